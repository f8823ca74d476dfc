/**
 * The facts of one LLM call of any provider, and the APIs from which they are read.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { openEnum } from "./internal/open.ts"
import * as Message from "./Message.ts"
import * as Usage from "./Usage.ts"

const string = Schema.optional(Schema.String)

const strings = Schema.optional(Schema.Array(Schema.String))

const number = Schema.optional(Schema.Number)

/**
 * The schema of the facts of one LLM call. Every field is optional.
 *
 * **Details**
 *
 * The names and their meanings follow OpenTelemetry's GenAI conventions:
 *
 * - `finishReasons` has one entry for each choice, with the provider's own value: `stop`, `length`, `tool_calls`
 *   (OpenAI chat), `end_turn`, `tool_use` (Anthropic). OpenAI's Responses API has no such value. There it is the reason
 *   why the response is incomplete, else its status, such as `completed`. A choice without a reason counts as `error`
 *   if another choice has one.
 * - `systemInstructions` are the instructions that the API takes apart from the conversation. A system message in the
 *   conversation stays in `inputMessages`.
 * - `usage` is as reported, see {@link Usage.Reported}.
 * - `apiType`, the service tiers and `systemFingerprint` are OpenAI's.
 *
 * A decoded value is its encoded form.
 *
 * @category schemas
 * @since 0.1.0
 */
export const LlmCall = Schema.Struct({
  /** The provider of the API: `openai`, `anthropic`, `aws.bedrock`, … */
  provider: string,
  operation: Schema.optional(openEnum(["chat", "text_completion", "generate_content", "embeddings"])),
  requestModel: string,
  responseModel: string,
  responseId: string,
  finishReasons: strings,
  systemInstructions: Schema.optional(Message.SystemInstructions),
  inputMessages: Schema.optional(Message.InputMessages),
  outputMessages: Schema.optional(Message.OutputMessages),
  toolDefinitions: Schema.optional(Message.ToolDefinitions),
  usage: Schema.optional(Usage.Reported),
  temperature: number,
  topP: number,
  topK: number,
  maxTokens: number,
  frequencyPenalty: number,
  presencePenalty: number,
  stopSequences: strings,
  seed: number,
  choiceCount: number,
  stream: Schema.optional(Schema.Boolean),
  outputType: Schema.optional(openEnum(["text", "json", "image", "speech"])),
  reasoningLevel: string,
  previousResponseId: string,
  conversationId: string,
  apiType: Schema.optional(openEnum(["chat_completions", "responses"])),
  requestServiceTier: string,
  responseServiceTier: string,
  systemFingerprint: string,
  /** The speed of the call according to the response, such as Anthropic's `fast`. */
  responseSpeed: string,
  /** The region in which Anthropic ran the model, such as `us`. */
  inferenceGeo: string,
  /** The searches of the web that the provider made for the response and charges for, if there are any. */
  webSearches: number,
  /** The length of an embedding's vectors. */
  dimensionCount: number,
  /** The cost of the call in US dollars, as the server reports it. */
  cost: number,
  /** `told` if the server reported `cost`. */
  costSource: Schema.optional(openEnum(["told"]))
})

/**
 * The facts of one LLM call.
 *
 * @category models
 * @since 0.1.0
 */
export interface LlmCall extends Schema.Schema.Type<typeof LlmCall> {}

/**
 * The APIs whose requests and responses the library reads.
 *
 * **Details**
 *
 * `chat_completions`, `responses` and legacy `completions` are APIs of OpenAI and of the many servers that implement
 * them. `embeddings` are those of OpenAI, Google, Cohere and Ollama. `messages` is Anthropic's, `generate_content` and
 * `interactions` are Google's, and `converse` is Amazon Bedrock's. `mistral` is the form of Mistral's SDK, `cohere` the
 * chat API of Cohere's version 2, and `ollama` Ollama's own API.
 *
 * @category models
 * @since 0.1.0
 */
export type Api =
  | "chat_completions"
  | "responses"
  | "completions"
  | "messages"
  | "embeddings"
  | "generate_content"
  | "interactions"
  | "converse"
  | "mistral"
  | "cohere"
  | "ollama"
