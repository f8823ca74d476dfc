/**
 * Reads the facts of a span of the OpenAI Agents SDK.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { defined } from "../../../core/internal/defined.ts"
import { nonEmpty, tryOrUndefined } from "../../../core/internal/inspect.ts"
import * as LlmCall from "../../../model/LlmCall.ts"
import * as Usage from "../../../model/Usage.ts"

/** @internal */
export type Payload = Readonly<Record<PropertyKey, unknown>>

/** @internal */
export const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

const number = (value: unknown): number | undefined => typeof value === "number" ? value : undefined

/** Parses a value that may be JSON text. @internal */
export const parsed = (value: unknown): unknown =>
  typeof value === "string" ? tryOrUndefined(() => JSON.parse(value) as unknown) ?? value : value

const usageOf = (raw: unknown): Usage.Usage | undefined => {
  const usage = object(raw)
  const inputTokens = number(usage.input_tokens) ?? number(usage.prompt_tokens)
  const outputTokens = number(usage.output_tokens) ?? number(usage.completion_tokens)
  return inputTokens === undefined && outputTokens === undefined
    ? undefined
    : Usage.make({ inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 })
}

/** A call of chat completions, or of another provider's model. */
const generation = (data: Payload): LlmCall.LlmCall => {
  const config = object(data.model_config)
  const model = nonEmpty(data.model)
  const request = LlmCall.readRequest({ ...config, model, messages: data.input }, { api: "chat_completions" })
  const [output] = Array.isArray(data.output) ? data.output : []
  const answered = LlmCall.readResponse(output)
  return {
    ...defined({ requestModel: model, operation: "chat" as const, usage: usageOf(data.usage) }),
    ...request,
    ...answered
  }
}

/** A call of the Responses API. */
const response = (data: Payload): LlmCall.LlmCall => {
  const raw = object(data._response)
  const request = LlmCall.readRequest({ model: raw.model, input: data._input }, { api: "responses" })
  return {
    ...request,
    ...LlmCall.readResponse(raw, { api: "responses" }),
    ...defined({ responseId: nonEmpty(data.response_id) })
  }
}

/** The facts of an ended model call. @internal */
export const callOf = (data: Payload): LlmCall.LlmCall | undefined =>
  tryOrUndefined(() => data.type === "generation" ? generation(data) : response(data))

class SpanError extends Error {
  override readonly name = "SpanError"
}

/** The error of a span, with the data of the thrown error. @internal */
export const errorOf = (raw: unknown): Error | undefined => {
  if (!Predicate.isObject(raw)) return undefined
  const { data, message }: Payload = raw
  return Object.assign(
    new SpanError(nonEmpty(message) ?? ""),
    defined({ data: Predicate.isObject(data) ? data : undefined })
  )
}
