/**
 * Embeddings of OpenAI and of servers with its API, Google, Cohere and Ollama.
 *
 * @see https://platform.openai.com/docs/api-reference/embeddings
 */
import { defined } from "../../../core/internal/defined.ts"
import type { LlmCall } from "../../LlmCallFacts.ts"
import * as Usage from "../../Usage.ts"
import type { Payload } from "./lookup.ts"
import { get, has, list, named, number, object, objects, text } from "./lookup.ts"
import { reportedCost } from "./usage.ts"

/** The length of a vector of numbers, or of 32-bit floats in base64. */
const lengthOf = (vector: unknown): number | undefined =>
  Array.isArray(vector)
    ? vector.length
    : typeof vector === "string" && vector.length > 0
    ? Math.floor(vector.length * 3 / 4 / 4)
    : undefined

/** The first vector of a response, in any of the known places. */
const vectorOf = (value: Payload): unknown => {
  const first = objects(value.data)[0]
  if (first !== undefined) return first.embedding
  const single = get(value.embedding, "values")
  if (single !== undefined) return single
  const { embeddings } = value
  if (!Array.isArray(embeddings)) {
    return list(get(embeddings, "float") ?? get(embeddings, "int8") ?? get(embeddings, "base64"))[0]
  }
  return get(embeddings[0], "values") ?? embeddings[0]
}

const countOf = (value: Payload): Usage.Usage | undefined => {
  const tokens = number(get(value, "prompt_eval_count")) ??
    number(get(get(get(value, "meta"), "billed_units"), "input_tokens")) ??
    number(get(get(value, "metadata"), "billable_token_count")) ??
    number(get(get(value, "usage_metadata"), "prompt_token_count"))
  return Usage.fromOpenAi(value.usage) ?? Usage.fromOpenAi({
    prompt_tokens: get(value.usage, "prompt_tokens")
  }) ?? (tokens === undefined ? undefined : Usage.make({ inputTokens: tokens }))
}

const providerOf = (value: Payload): string =>
  has(value, "prompt_eval_count") || has(value, "total_duration")
    ? "ollama"
    : has(get(value, "meta"), "billed_units") || has(value, "response_type")
    ? "cohere"
    : objects(value.embeddings).some((embedding) => Array.isArray(embedding.values)) || has(value.embedding, "values")
    ? "gcp.gemini"
    : has(value.usage, "promptTokens")
    ? "mistral_ai"
    : "openai"

export const isResponse = (value: Payload): boolean =>
  objects(value.data).some((item) => item.object === "embedding" || Array.isArray(item.embedding)) ||
  Array.isArray(value.embeddings) || object(value.embeddings) !== undefined ||
  Array.isArray(get(value.embedding, "values"))

export const readResponse = (value: unknown): LlmCall | undefined => {
  const response = object(value)
  if (response === undefined) return undefined
  return defined({
    provider: providerOf(response),
    operation: "embeddings",
    responseModel: named(response.model),
    usage: countOf(response),
    ...reportedCost(response.usage),
    dimensionCount: lengthOf(vectorOf(response))
  })
}

/** Whether a body requests embeddings. */
export const isRequest = (body: Payload): boolean =>
  (has(body, "input") || has(body, "texts") || has(body, "inputs")) &&
  ("encoding_format" in body || "encodingFormat" in body || "dimensions" in body || "input_type" in body ||
    "inputType" in body ||
    /embed/.test(text(body.model) ?? ""))

export const readRequest = (body: unknown): LlmCall | undefined => {
  const request = object(body)
  if (request === undefined) return undefined
  return defined({
    provider: has(request, "texts") || has(request, "input_type") ? "cohere" : "openai",
    operation: "embeddings",
    requestModel: named(request.model)
  })
}
