/**
 * A model's answer as a body of OpenAI's chat completions, whole or in chunks: the inverse of reading one.
 *
 * @see https://platform.openai.com/docs/api-reference/chat
 * @internal
 */
import { defined } from "../../../core/internal/defined.ts"
import type { LlmCall } from "../../../model/LlmCall.ts"
import type { OutputMessage, Part } from "../../../model/Message.ts"
import type { Usage } from "../../../model/Usage.ts"
import { argumentsText, contentOf, textsOf } from "./parts.ts"

const details = (counts: Readonly<Record<string, number | undefined>>): object | undefined => {
  const present = defined(counts)
  return Object.keys(present).length === 0 ? undefined : present
}

const usageOf = (usage: Partial<Usage> | undefined, cost: number | undefined): object | undefined =>
  usage === undefined ? undefined : defined({
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0),
    cost,
    prompt_tokens_details: details({
      cached_tokens: usage.cacheReadTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      text_tokens: usage.textInputTokens,
      image_tokens: usage.imageInputTokens,
      audio_tokens: usage.audioInputTokens
    }),
    completion_tokens_details: details({
      reasoning_tokens: usage.reasoningTokens,
      text_tokens: usage.textOutputTokens,
      image_tokens: usage.imageOutputTokens,
      audio_tokens: usage.audioOutputTokens
    })
  })

const callsOf = (parts: ReadonlyArray<Part>): ReadonlyArray<object> =>
  parts.flatMap((part) =>
    part.type === "tool_call"
      ? [{
        id: part.id ?? "",
        type: "function",
        function: { name: part.name, arguments: argumentsText(part.arguments) }
      }]
      : []
  )

const messageOf = ({ parts, role }: OutputMessage): object => {
  const calls = callsOf(parts)
  const refusals = parts.filter((part) => part.type === "refusal").map(contentOf)
  return defined({
    role: role ?? "assistant",
    content: textsOf(parts, "text").join("") || null,
    refusal: refusals.length === 0 ? null : refusals.join(""),
    reasoning_content: textsOf(parts, "reasoning").join("") || undefined,
    tool_calls: calls.length === 0 ? undefined : calls
  })
}

const headOf = (facts: LlmCall, created: number, object: string): object =>
  defined({
    id: facts.responseId ?? "",
    object,
    created,
    model: facts.responseModel ?? facts.requestModel ?? "",
    service_tier: facts.responseServiceTier,
    system_fingerprint: facts.systemFingerprint
  })

/** The whole answer. @internal */
export const whole = (facts: LlmCall, created: number): object =>
  defined({
    ...headOf(facts, created, "chat.completion"),
    choices: (facts.outputMessages ?? []).map((message, index) => ({
      index,
      message: messageOf(message),
      logprobs: null,
      finish_reason: facts.finishReasons?.[index] ?? message.finish_reason ?? null
    })),
    usage: usageOf(facts.usage, facts.costSource === "told" ? facts.cost : undefined)
  })

/** The answer in chunks. `pieces` splits a text. @internal */
export const chunks = (
  facts: LlmCall,
  created: number,
  pieces: (text: string) => ReadonlyArray<string>
): ReadonlyArray<object> => {
  const head = headOf(facts, created, "chat.completion.chunk")
  const chunk = (index: number, delta: object, finish_reason: string | null = null) => ({
    ...head,
    choices: [{ index, delta, logprobs: null, finish_reason }]
  })
  const all = (facts.outputMessages ?? []).flatMap((message, index) => {
    const deltas: ReadonlyArray<object> = [
      ...textsOf(message.parts, "reasoning").flatMap(pieces).map((reasoning_content) => ({ reasoning_content })),
      ...textsOf(message.parts, "text").flatMap(pieces).map((content) => ({ content })),
      ...message.parts.filter((part) => part.type === "refusal").map((part) => ({ refusal: contentOf(part) })),
      ...callsOf(message.parts).map((call, index) => ({ tool_calls: [{ index, ...call }] }))
    ]
    const reason = facts.finishReasons?.[index] ?? message.finish_reason ?? null
    return [
      chunk(index, { role: message.role ?? "assistant", content: "" }),
      ...deltas.map((delta) => chunk(index, delta)),
      chunk(index, {}, reason)
    ]
  })
  const usage = usageOf(facts.usage, facts.costSource === "told" ? facts.cost : undefined)
  return usage === undefined ? all : [...all, { ...head, choices: [], usage }]
}
