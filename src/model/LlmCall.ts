/**
 * The facts of one LLM call of any provider, and the readers of requests and responses.
 *
 * {@link readRequest} reads the body of a request, {@link readResponse} the value that the provider's SDK or API
 * returned. Both know OpenAI's chat completions, responses and legacy completions, Anthropic's messages, and the
 * servers with these APIs, among others. They never throw. A field of an unexpected type is left out and the rest is
 * read. For any other value they return `undefined`.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as Predicate from "effect/Predicate"
import { defined } from "../core/internal/defined.ts"
import { tryReading } from "../core/internal/inspect.ts"
import { batched, readers, requestApi, responseApi } from "./internal/wire/apis.ts"
import type { Api, LlmCall } from "./LlmCallFacts.ts"

export { type Api, LlmCall } from "./LlmCallFacts.ts"

/**
 * What a caller knows about the payload.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadOptions {
  /** The API of the payload. By default it is detected from the payload. */
  readonly api?: Api | undefined
  /**
   * The value of `provider`, for a server with the API of another provider. `anthropic` and `openai` also tell their
   * chat requests apart. Default `openai` or `anthropic`, by the API.
   */
  readonly provider?: string | undefined
}

const withProvider = (call: LlmCall | undefined, provider: string | undefined): LlmCall | undefined =>
  call === undefined || provider === undefined ? call : { ...call, provider }

/**
 * Reads the facts from a provider's response, or returns `undefined` if the value is not a response of a known API.
 *
 * **Details**
 *
 * The value may be parsed JSON or the return value of an SDK. Streams, chunks, errors and text are not read. There is
 * one output message for each choice; the output items of a Responses API response are the parts of one message. Parts
 * of unknown types become generic parts. The arguments of a tool call are parsed if they are JSON, and otherwise stay
 * text. The Responses API echoes the request, so its instructions, tools and parameters are read as well.
 *
 * It never throws, whatever the value's getters do.
 *
 * **Example** (an answer from OpenAI)
 *
 * ```ts
 * import { LlmCall } from "effect-agentops"
 *
 * const call = LlmCall.readResponse({
 *   id: "chatcmpl-1",
 *   object: "chat.completion",
 *   model: "gpt-4o-2024-08-06",
 *   choices: [{ index: 0, message: { role: "assistant", content: "Hello!" }, finish_reason: "stop" }],
 *   usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 }
 * })
 * call?.responseModel // => "gpt-4o-2024-08-06"
 * call?.finishReasons // => ["stop"]
 * call?.usage // => { inputTokens: 9, outputTokens: 3 }
 * ```
 *
 * @category reading
 * @since 0.1.0
 */
export const readResponse = (value: unknown, options?: ReadOptions): LlmCall | undefined =>
  tryReading(value, (value) => {
    if (!Predicate.isObject(value)) return undefined
    const line = options?.api === undefined ? batched(value) : undefined
    const answer = line ?? value
    const api = options?.api ?? responseApi(answer)
    if (api === undefined) return undefined
    const call = withProvider(readers[api].readResponse(answer), options?.provider)
    return call === undefined || line === undefined ? call : { ...call, responseServiceTier: "batch" }
  })

/**
 * Reads the facts from the body of a request, or returns `undefined` if it is not a request of a known API.
 *
 * **Details**
 *
 * A body with `messages` may be OpenAI's or Anthropic's. A feature that only one of them has decides, such as a
 * `system` field, tools with an `input_schema` or a message with the role `tool`. Without one, a model named `claude…`
 * decides for Anthropic, and any other body counts as OpenAI's. `options.api` overrides the detection. Requests for
 * images and the like are not read.
 *
 * It never throws, whatever the body's getters do.
 *
 * **Example** (a question to Anthropic)
 *
 * ```ts
 * import { LlmCall } from "effect-agentops"
 *
 * const call = LlmCall.readRequest({
 *   model: "claude-sonnet-4-5",
 *   max_tokens: 1024,
 *   system: "Answer briefly.",
 *   messages: [{ role: "user", content: "Hello!" }]
 * })
 * call?.provider // => "anthropic"
 * call?.maxTokens // => 1024
 * call?.systemInstructions // => [{ type: "text", content: "Answer briefly." }]
 * ```
 *
 * @category reading
 * @since 0.1.0
 */
export const readRequest = (body: unknown, options?: ReadOptions): LlmCall | undefined =>
  tryReading(body, (body) => {
    if (!Predicate.isObject(body)) return undefined
    const api = options?.api ?? requestApi(body, options?.provider)
    return api === undefined ? undefined : withProvider(readers[api].readRequest(body), options?.provider)
  })

/**
 * Merges the facts of one call from two sources. If both have a fact, `that` wins.
 *
 * **Example** (a request and its response)
 *
 * ```ts
 * import { LlmCall } from "effect-agentops"
 *
 * LlmCall.merge({ requestModel: "gpt-4o" }, { responseModel: "gpt-4o-2024-08-06" })
 * // => { requestModel: "gpt-4o", responseModel: "gpt-4o-2024-08-06" }
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const merge: {
  /**
   * Merges the facts of one call from two sources. If both have a fact, `that` wins.
   */
  (that: LlmCall): (self: LlmCall) => LlmCall
  /**
   * Merges the facts of one call from two sources. If both have a fact, `that` wins.
   */
  (self: LlmCall, that: LlmCall): LlmCall
} = dual(2, (self: LlmCall, that: LlmCall): LlmCall => ({ ...self, ...defined(that) }))
