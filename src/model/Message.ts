/**
 * Messages: the input and output of a model.
 *
 * A message is a role and a list of parts, as in the JSON of OpenTelemetry's GenAI conventions
 * (`gen_ai.input.messages`, `gen_ai.output.messages`, `gen_ai.system_instructions`, `gen_ai.tool.definitions`). The
 * schemas describe that JSON field by field. A decoded value **is** its encoded form, so writing a message takes only
 * `JSON.stringify`.
 *
 * Build parts and messages with the constructors, which leave out absent fields. Tell parts apart with {@link isPart}.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { openEnum } from "./internal/open.ts"
import { GenericPart, isPart, Part, text, TextPart } from "./MessagePart.ts"

export {
  BlobPart,
  CompactionPart,
  FilePart,
  generic,
  GenericPart,
  isKnownPart,
  isPart,
  KnownPart,
  Modality,
  Part,
  reasoning,
  ReasoningPart,
  ServerToolCallPart,
  ServerToolCallResponsePart,
  text,
  TextPart,
  toolCall,
  ToolCallPart,
  ToolCallResponsePart,
  toolResult,
  UriPart
} from "./MessagePart.ts"
export { FunctionTool, GenericTool, ToolDefinition, ToolDefinitions } from "./ToolDefinition.ts"

/**
 * The author of a message: `system`, `user`, `assistant`, `tool`, or another name of the provider.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Role = openEnum(["system", "user", "assistant", "tool"])

/**
 * A message of the conversation that was sent to the model.
 *
 * **Example** (the convention's JSON is the message)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { Message } from "effect-agentops"
 *
 * const message = Message.user("What is the weather in Boston?")
 * Schema.encodeSync(Message.ChatMessage)(message)
 * // => { role: "user", parts: [{ type: "text", content: "What is the weather in Boston?" }] }
 * ```
 *
 * @category schemas
 * @since 0.1.0
 */
export const ChatMessage = Schema.Struct({
  role: Role,
  parts: Schema.Array(Part),
  name: Schema.optional(Schema.NullOr(Schema.String))
})

/**
 * A message that was sent to the model.
 *
 * @category models
 * @since 0.1.0
 */
export interface ChatMessage extends Schema.Schema.Type<typeof ChatMessage> {}

/**
 * A message that the model returned. There is one for each choice.
 *
 * **Details**
 *
 * `finish_reason` is the provider's value for why the message ended.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OutputMessage = Schema.Struct({
  ...ChatMessage.fields,
  finish_reason: Schema.optional(Schema.NullOr(Schema.String))
})

/**
 * A message that the model returned.
 *
 * @category models
 * @since 0.1.0
 */
export interface OutputMessage extends Schema.Schema.Type<typeof OutputMessage> {}

/**
 * The value of `gen_ai.input.messages`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const InputMessages = Schema.Array(ChatMessage)

/**
 * The value of `gen_ai.output.messages`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OutputMessages = Schema.Array(OutputMessage)

/**
 * The value of `gen_ai.system_instructions`: instructions that the API takes apart from the conversation. A system
 * message in the conversation stays there.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SystemInstructions = Schema.Array(Schema.Union([TextPart, GenericPart]))

const message =
  (role: string) =>
  (content: string | ReadonlyArray<Part>, options?: { readonly name?: string | undefined }): ChatMessage => {
    const parts = typeof content === "string" ? [text(content)] : content
    return options?.name === undefined ? { role, parts } : { role, parts, name: options.name }
  }

/**
 * A message of the user: text or parts.
 *
 * **Example** (a question)
 *
 * ```ts
 * import { Message } from "effect-agentops"
 *
 * Message.user("Where is my order?")
 * // => { role: "user", parts: [{ type: "text", content: "Where is my order?" }] }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const user = message("user")

/**
 * A system message in the conversation: text or parts.
 *
 * @category constructors
 * @since 0.1.0
 */
export const system = message("system")

/**
 * A message of the model: text or parts.
 *
 * @category constructors
 * @since 0.1.0
 */
export const assistant = message("assistant")

/**
 * A message of tool results.
 *
 * @category constructors
 * @since 0.1.0
 */
export const tool = message("tool")

/**
 * A message that the model returned: text or parts, and why it ended.
 *
 * **Example** (an answer)
 *
 * ```ts
 * import { Message } from "effect-agentops"
 *
 * Message.output("It arrives tomorrow.", { finishReason: "stop" })
 * // => {
 * //   role: "assistant",
 * //   parts: [{ type: "text", content: "It arrives tomorrow." }],
 * //   finish_reason: "stop"
 * // }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const output = (
  content: string | ReadonlyArray<Part>,
  options?: { readonly finishReason?: string | undefined; readonly role?: string | undefined }
): OutputMessage => {
  const answer = message(options?.role ?? "assistant")(content)
  return options?.finishReason === undefined ? answer : { ...answer, finish_reason: options.finishReason }
}

/**
 * The text of a message: its text parts, one a line.
 *
 * **Example** (the text of an answer)
 *
 * ```ts
 * import { Message } from "effect-agentops"
 *
 * Message.toText(Message.user([Message.text("Hello."), Message.text("Anyone there?")]))
 * // => "Hello.\nAnyone there?"
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const toText = (message: { readonly parts: ReadonlyArray<Part> }): string =>
  message.parts.filter(isText).map((part) => part.content).join("\n")

const isText = isPart("text")
