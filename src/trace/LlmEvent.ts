/**
 * LLM events: a call of a language model.
 *
 * Attributes follow OpenTelemetry's GenAI conventions for client inference. The facts of a call are read from its
 * return value for the APIs of OpenAI and Anthropic. For any other API, pass them as options.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { callSite, throughPipe } from "../core/internal/callSite.ts"
import { dualAt } from "../core/internal/dualAt.ts"
import { isEffect, shallow } from "../core/internal/inspect.ts"
import * as Field from "../model/Field.ts"
import { readRequest, readResponse } from "../model/internal/onDemand.ts"
import type * as LlmCall from "../model/LlmCall.ts"
import * as Message from "../model/Message.ts"
import * as Usage from "../model/Usage.ts"
import * as Event from "./Event.ts"
import type { Plan } from "./internal/event/plan.ts"
import { makePlan } from "./internal/event/plan.ts"
import { traceEvent } from "./internal/event/traceEvent.ts"
import { unreadResponse } from "./internal/event/unread.ts"
import { markChunk } from "./internal/measure/chunk.ts"

/**
 * The fields of an LLM event.
 *
 * **Details**
 *
 * `usage.inputTokens` includes cached tokens, and `usage.outputTokens` includes reasoning tokens. `cost` is in US
 * dollars, exact to the nano-dollar. Unless given, it comes from `Pricing` by the model that answered.
 * `timeToFirstChunk` is in seconds. Messages, instructions and tool definitions are content.
 *
 * @category fields
 * @since 0.1.0
 */
export const fields = {
  /** Such as `openai` or `anthropic`. */
  provider: Field.attribute("gen_ai.provider.name", Schema.String),
  /** `chat`, `text_completion`, `embeddings` or another operation of the convention. */
  operation: Field.attribute("gen_ai.operation.name", Schema.String),
  /** The requested model. */
  model: Field.attribute("gen_ai.request.model", Schema.String),
  /** The model that answered. */
  responseModel: Field.attribute("gen_ai.response.model", Schema.String),
  responseId: Field.attribute("gen_ai.response.id", Schema.String),
  /** One for each choice, in the provider's words. */
  finishReasons: Field.attribute("gen_ai.response.finish_reasons", Schema.Array(Schema.String)),
  usage: Field.group(Usage.Reported, {
    inputTokens: "gen_ai.usage.input_tokens",
    outputTokens: "gen_ai.usage.output_tokens",
    cacheReadTokens: "gen_ai.usage.cache_read.input_tokens",
    cacheWriteTokens: "gen_ai.usage.cache_write.input_tokens",
    cacheWrite1hTokens: "agentops.usage.cache_write_1h.input_tokens",
    reasoningTokens: "gen_ai.usage.reasoning.output_tokens",
    textInputTokens: "gen_ai.usage.text.input_tokens",
    imageInputTokens: "gen_ai.usage.image.input_tokens",
    audioInputTokens: "gen_ai.usage.audio.input_tokens",
    textOutputTokens: "gen_ai.usage.text.output_tokens",
    imageOutputTokens: "gen_ai.usage.image.output_tokens",
    audioOutputTokens: "gen_ai.usage.audio.output_tokens",
    textCacheReadTokens: "gen_ai.usage.text.cache_read.input_tokens",
    imageCacheReadTokens: "gen_ai.usage.image.cache_read.input_tokens",
    audioCacheReadTokens: "gen_ai.usage.audio.cache_read.input_tokens"
  }, { numbers: "integers" }),
  cost: Field.attribute("agentops.usage.cost", Schema.Finite),
  /** Whether the output tokens were estimated, because the stream was not read to its end. */
  usageEstimated: Field.attribute("agentops.usage.estimated", Schema.Boolean),
  /** Whether the answer came from a cache. It then has no tokens and no cost of its own. */
  cached: Field.attribute("agentops.response.cached", Schema.Boolean),
  /** True if nothing could be read from the answer and no option describes it. */
  responseUnread: Field.attribute("agentops.response.unread", Schema.Boolean),
  /** `told` if the server itself reported the cost. */
  costSource: Field.attribute("agentops.usage.cost_source", Schema.String),
  temperature: Field.attribute("gen_ai.request.temperature", Schema.Finite),
  topP: Field.attribute("gen_ai.request.top_p", Schema.Finite),
  topK: Field.attribute("gen_ai.request.top_k", Schema.Finite, { numbers: "integers" }),
  maxTokens: Field.attribute("gen_ai.request.max_tokens", Schema.Finite, { numbers: "integers" }),
  frequencyPenalty: Field.attribute("gen_ai.request.frequency_penalty", Schema.Finite),
  presencePenalty: Field.attribute("gen_ai.request.presence_penalty", Schema.Finite),
  stopSequences: Field.attribute("gen_ai.request.stop_sequences", Schema.Array(Schema.String)),
  seed: Field.attribute("gen_ai.request.seed", Schema.Finite, { numbers: "integers" }),
  choiceCount: Field.attribute("gen_ai.request.choice.count", Schema.Finite, { numbers: "integers" }),
  stream: Field.attribute("gen_ai.request.stream", Schema.Boolean),
  reasoningLevel: Field.attribute("gen_ai.request.reasoning.level", Schema.String),
  previousResponseId: Field.attribute("gen_ai.request.previous_response.id", Schema.String),
  outputType: Field.attribute("gen_ai.output.type", Schema.String),
  timeToFirstChunk: Field.attribute("gen_ai.response.time_to_first_chunk", Schema.Finite),
  /** How a stream ended: `drained`, `failed`, `interrupted`, `let_go` or `abandoned`. */
  streamOutcome: Field.attribute("agentops.stream.outcome", Schema.String),
  /** The thread or conversation that the call belongs to, if the program has one. */
  conversationId: Field.attribute("gen_ai.conversation.id", Schema.String),
  serverAddress: Field.attribute("server.address", Schema.String),
  serverPort: Field.attribute("server.port", Schema.Finite, { numbers: "integers" }),
  /** The length of an embedding's vectors. */
  dimensionCount: Field.attribute("gen_ai.embeddings.dimension.count", Schema.Finite, { numbers: "integers" }),
  apiType: Field.attribute("openai.api.type", Schema.String),
  requestServiceTier: Field.attribute("openai.request.service_tier", Schema.String),
  responseServiceTier: Field.attribute("openai.response.service_tier", Schema.String),
  systemFingerprint: Field.attribute("openai.response.system_fingerprint", Schema.String),
  /** The service tier that a provider other than OpenAI reported: `batch`, `priority`, … */
  serviceTier: Field.attribute("agentops.response.service_tier", Schema.String),
  /** The requested speed, such as Anthropic's `fast`. */
  responseSpeed: Field.attribute("agentops.response.speed", Schema.String),
  /** The region in which Anthropic ran the model, such as `us`. */
  inferenceGeo: Field.attribute("agentops.response.inference_geo", Schema.String),
  /** The searches of the web that the provider made for the response and charges for. */
  webSearches: Field.attribute("agentops.usage.web_searches", Schema.Finite, { numbers: "integers" }),
  systemInstructions: Field.json("gen_ai.system_instructions", Message.SystemInstructions, { content: true }),
  inputMessages: Field.json("gen_ai.input.messages", Message.InputMessages, { content: true }),
  outputMessages: Field.json("gen_ai.output.messages", Message.OutputMessages, { content: true }),
  toolDefinitions: Field.json("gen_ai.tool.definitions", Message.ToolDefinitions, { content: true })
}

/**
 * Turns the facts of a call, as `LlmCall.readRequest` and similar functions return them, into fields of an LLM event.
 * It is for an event that you start yourself.
 *
 * **Example** (a request's fields)
 *
 * ```ts
 * import { LlmCall, LlmEvent } from "effect-agentops"
 *
 * LlmEvent.toFields({ requestModel: "gpt-4o", temperature: 0 }) // => { temperature: 0, model: "gpt-4o" }
 * ```
 *
 * @category reading
 * @since 0.1.0
 */
export const toFields = (facts: LlmCall.LlmCall | undefined): Field.Values<typeof fields> | undefined => {
  if (facts === undefined) return undefined
  const { requestModel, ...rest } = facts
  // The attribute of the service tier is OpenAI's own, so only calls of its APIs use it.
  if (rest.apiType !== undefined || rest.responseServiceTier === undefined) return { ...rest, model: requestModel }
  const { responseServiceTier, ...other } = rest
  return { ...other, model: requestModel, serviceTier: responseServiceTier }
}

/**
 * The LLM event: span `llm.completion`, child `llm.api.call`.
 *
 * **Example** (the attributes of a call)
 *
 * ```ts
 * import { LlmEvent } from "effect-agentops"
 *
 * LlmEvent.LlmEvent.toAttributes({ model: "gpt-4o", usage: { inputTokens: 12, outputTokens: 3 } })
 * // => { "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 3 }
 * ```
 *
 * @category kinds
 * @since 0.1.0
 */
export const LlmEvent = Event.define("llm", {
  category: "modelCall",
  span: "llm.completion",
  attempt: "llm.api.call",
  spanKind: "client",
  fields,
  readValue: (value) => toFields(readResponse(value))
})

/**
 * Marks the arrival of a chunk of a streamed answer. Run it for each chunk, inside the traced call.
 *
 * **Details**
 *
 * The first chunk sets `timeToFirstChunk`, measured from the start of the call, and `stream`, unless they are given.
 * The time between two chunks is recorded in the metric `time_per_output_chunk`. Outside a traced LLM call it does
 * nothing.
 *
 * **Example** (reading a stream)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { LlmEvent, traceLlm } from "effect-agentops"
 *
 * const answer = Stream.make("Hel", "lo").pipe(
 *   Stream.tap(() => LlmEvent.chunk),
 *   Stream.mkString,
 *   traceLlm
 * )
 * await Effect.runPromise(answer) // => "Hello"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const chunk: Effect.Effect<void> = Effect.contextWith((context: Context.Context<never>) =>
  Effect.sync(() => markChunk(context))
)

/**
 * Options of an LLM call, in addition to its fields.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions {
  /**
   * The body of the request as it is sent to OpenAI or Anthropic. Model, messages, tools and settings are read from it,
   * unless they are given as fields.
   */
  readonly request?: unknown
}

/**
 * Options that do not depend on the effect's value.
 *
 * @category models
 * @since 0.1.0
 */
export type StaticOptions = Event.StaticOptions<typeof fields> & CallOptions & { readonly response?: undefined }

/**
 * Options whose fields may also be functions of the success value.
 *
 * @category models
 * @since 0.1.0
 */
export type Options<A> = Event.Options<typeof fields, A> & CallOptions & {
  /** Selects the provider's response within the value, if the value is not the response itself. */
  readonly response?: ((value: A) => unknown) | undefined
}

const answerFields = ["usage", "cost", "outputMessages", "responseModel", "responseId", "finishReasons"] as const

/** Whether the options describe the answer themselves. */
const describesAnswer = (options: Options<unknown>): boolean =>
  answerFields.some((field) => options[field] !== undefined) ||
  Object.entries(options).some(([name, option]) => typeof option === "function" && name !== "response")

/** @internal */
export const planOf = (options: Options<unknown>): Plan => {
  const given = shallow(options) as Options<unknown>
  const { request, response } = given
  return makePlan(
    LlmEvent,
    given,
    request === undefined ? undefined : () => toFields(readRequest(request)),
    {
      readValue: (value) =>
        toFields(readResponse(response === undefined ? value : response(value))) ??
          (describesAnswer(given) ? undefined : unreadResponse())
    }
  )
}

const barePlan = makePlan(LlmEvent, undefined, undefined, {
  readValue: (value) => toFields(readResponse(value)) ?? unreadResponse()
})

/**
 * Traces an effect as an LLM call: `pipe(llmCall, traceLlm)`.
 *
 * **Details**
 *
 * Model, response id, finish reasons, answer, tool calls and token usage are read from the success value if it is a
 * response of OpenAI's chat completions, responses or legacy completions, or of Anthropic's messages. For any other
 * value the span has its time and status. A response does not contain the request: see {@link traceLlmWith} and its
 * `request`.
 *
 * The value, error and requirements stay as they are. The function has one call signature, so that types are inferred
 * when it is passed to `pipe`.
 *
 * **Example** (a call)
 *
 * ```ts
 * import { Effect, pipe } from "effect"
 * import { traceLlm } from "effect-agentops"
 *
 * const call = Effect.succeed({
 *   object: "chat.completion",
 *   id: "chatcmpl-1",
 *   model: "gpt-4o-2024-08-06",
 *   choices: [{ index: 0, message: { role: "assistant", content: "Hi!" }, finish_reason: "stop" }],
 *   usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }
 * })
 * const answer = pipe(call, traceLlm, Effect.map((response) => response.choices[0].message.content))
 * await Effect.runPromise(answer) // => "Hi!"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceLlm = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  traceEvent(self, barePlan, callSite(traceLlm, throughPipe))

/**
 * Traces an effect as an LLM call, with facts that its value does not contain.
 *
 * **Details**
 *
 * Data-last and data-first. The options are:
 *
 * - each of {@link fields}, as a value or a function of the success value
 * - `request`: the body that was sent
 * - `response`: selects the provider's response within the value
 * - `attributes`, `links` and `success`, as for any event
 *
 * A given field replaces one that is read.
 *
 * **Example** (a custom client)
 *
 * ```ts
 * import { Effect, pipe } from "effect"
 * import { traceLlmWith } from "effect-agentops"
 *
 * const ask = Effect.succeed({ text: "Hi!", tokens: { in: 9, out: 2 } })
 * const traced = pipe(
 *   ask,
 *   traceLlmWith({
 *     provider: "groq",
 *     model: "llama-3.3-70b",
 *     usage: (answer) => ({ inputTokens: answer.tokens.in, outputTokens: answer.tokens.out })
 *   })
 * )
 * await Effect.runPromise(Effect.map(traced, (answer) => answer.text)) // => "Hi!"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceLlmWith: {
  /**
   * Traces an effect as an LLM call, with facts that its value does not contain.
   *
   * **Details**
   *
   * Data-last and data-first. The options are:
   *
   * - each of {@link fields}, as a value or a function of the success value
   * - `request`: the body that was sent
   * - `response`: selects the provider's response within the value
   * - `attributes`, `links` and `success`, as for any event
   *
   * A given field replaces one that is read.
   */
  (options: StaticOptions): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /**
   * Traces an effect as an LLM call, with facts that its value does not contain.
   *
   * **Details**
   *
   * Data-last and data-first. The options are:
   *
   * - each of {@link fields}, as a value or a function of the success value
   * - `request`: the body that was sent
   * - `response`: selects the provider's response within the value
   * - `attributes`, `links` and `success`, as for any event
   *
   * A given field replaces one that is read.
   */
  <A>(options: Options<A>): <E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /**
   * Traces an effect as an LLM call, with facts that its value does not contain.
   *
   * **Details**
   *
   * Data-last and data-first. The options are:
   *
   * - each of {@link fields}, as a value or a function of the success value
   * - `request`: the body that was sent
   * - `response`: selects the provider's response within the value
   * - `attributes`, `links` and `success`, as for any event
   *
   * A given field replaces one that is read.
   */
  <A, E, R>(self: Effect.Effect<A, E, R>, options: Options<A>): Effect.Effect<A, E, R>
} = dualAt(isEffect, (site, options: Options<unknown>) => {
  const plan = planOf(options)
  return (self: Effect.Effect<unknown>) => traceEvent(self, plan, site)
})
