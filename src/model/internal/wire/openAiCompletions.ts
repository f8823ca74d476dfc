/**
 * OpenAI's legacy completions: a prompt and the text that continues it.
 *
 * @see https://platform.openai.com/docs/api-reference/completions
 */
import * as Schema from "effect/Schema"
import { defined } from "../../../core/internal/defined.ts"
import { anything, boolean, field, finite, int, list, reader, string } from "../../../core/internal/lenient.ts"
import type { LlmCall } from "../../LlmCallFacts.ts"
import * as Message from "../../Message.ts"
import * as Usage from "../../Usage.ts"
import { finishReasonsOf } from "./content.ts"
import { named } from "./lookup.ts"
import { reportedCost } from "./usage.ts"

const readCompletion = reader(Schema.Struct({
  id: string,
  model: string,
  choices: list(Schema.Struct({ text: string, finish_reason: string })),
  usage: anything,
  service_tier: string,
  system_fingerprint: string
}))

export const readResponse = (value: unknown): LlmCall | undefined => {
  const completion = readCompletion(value)
  if (completion === undefined) return undefined
  const { choices } = completion
  return defined({
    provider: "openai",
    operation: "text_completion",
    responseModel: completion.model,
    responseId: completion.id,
    finishReasons: choices && finishReasonsOf(choices.map((choice) => named(choice.finish_reason))),
    outputMessages: choices?.map((choice) =>
      Message.output(choice.text ?? [], { finishReason: named(choice.finish_reason) })
    ),
    usage: Usage.fromOpenAi(completion.usage),
    ...reportedCost(completion.usage),
    responseServiceTier: completion.service_tier,
    systemFingerprint: completion.system_fingerprint
  })
}

const readCompletionRequest = reader(Schema.Struct({
  model: string,
  prompt: anything,
  temperature: finite,
  top_p: finite,
  max_tokens: int,
  frequency_penalty: finite,
  presence_penalty: finite,
  stop: field(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  seed: int,
  n: int,
  stream: boolean
}))

/** A prompt is a text, token ids, or a list of either. Each becomes a message. */
const toMessages = (prompt: unknown): ReadonlyArray<Message.ChatMessage> => {
  if (typeof prompt === "string") return [Message.user(prompt)]
  if (!Array.isArray(prompt)) return []
  return prompt.every((token) => typeof token === "number")
    ? [Message.user([Message.generic("token_ids", { content: prompt })])]
    : prompt.flatMap(toMessages)
}

/** Whether a body requests a legacy completion. Requests for images and videos have a `prompt` too. */
export const isRequest = (body: Readonly<Record<PropertyKey, unknown>>): boolean =>
  (typeof body.prompt === "string" || Array.isArray(body.prompt)) &&
  !("size" in body) &&
  !(typeof body.model === "string" && /dall-e|image|sora|flux/.test(body.model))

export const readRequest = (body: unknown): LlmCall | undefined => {
  const request = readCompletionRequest(body)
  if (request === undefined) return undefined
  const { stop } = request
  return defined({
    provider: "openai",
    operation: "text_completion",
    requestModel: request.model,
    inputMessages: request.prompt === undefined ? undefined : toMessages(request.prompt),
    temperature: request.temperature,
    topP: request.top_p,
    maxTokens: request.max_tokens,
    frequencyPenalty: request.frequency_penalty,
    presencePenalty: request.presence_penalty,
    stopSequences: typeof stop === "string" ? [stop] : stop,
    seed: request.seed,
    choiceCount: request.n,
    stream: request.stream
  })
}
