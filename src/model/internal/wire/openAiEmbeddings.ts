/**
 * OpenAI's embeddings.
 *
 * @see https://platform.openai.com/docs/api-reference/embeddings
 */
import * as Schema from "effect/Schema"
import { defined } from "../../../core/internal/defined.ts"
import { anything, reader, string } from "../../../core/internal/lenient.ts"
import type { LlmCall } from "../../LlmCall.ts"
import * as Usage from "../../Usage.ts"

const readEmbeddings = reader(Schema.Struct({ model: string, usage: anything }))

export const readResponse = (value: unknown): LlmCall | undefined => {
  const response = readEmbeddings(value)
  if (response === undefined) return undefined
  return defined({
    provider: "openai",
    operation: "embeddings",
    responseModel: response.model,
    usage: Usage.fromOpenAi(response.usage)
  })
}

const readBody = reader(Schema.Struct({ model: string }))

export const readRequest = (body: unknown): LlmCall | undefined => {
  const request = readBody(body)
  return request && defined({ provider: "openai", operation: "embeddings", requestModel: request.model })
}
