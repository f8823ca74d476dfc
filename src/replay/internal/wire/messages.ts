/**
 * A model's answer as a body of Anthropic's messages, whole or as events: the inverse of reading one.
 *
 * @see https://docs.anthropic.com/en/api/messages
 * @internal
 */
import { defined } from "../../../core/internal/defined.ts"
import type { LlmCall } from "../../../model/LlmCall.ts"
import type { Part } from "../../../model/Message.ts"
import type { Usage } from "../../../model/Usage.ts"
import { argumentsText, contentOf } from "./parts.ts"

const usageOf = (usage: Partial<Usage> | undefined, facts: LlmCall): object | undefined =>
  usage === undefined ? undefined : defined({
    input_tokens: usage.inputTokens === undefined
      ? undefined
      : usage.inputTokens - (usage.cacheReadTokens ?? 0) - (usage.cacheWriteTokens ?? 0),
    output_tokens: usage.outputTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_creation: usage.cacheWrite1hTokens === undefined ? undefined : {
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
      ephemeral_5m_input_tokens: (usage.cacheWriteTokens ?? 0) - usage.cacheWrite1hTokens
    },
    output_tokens_details: usage.reasoningTokens === undefined ? undefined : { thinking_tokens: usage.reasoningTokens },
    service_tier: facts.responseServiceTier,
    speed: facts.responseSpeed,
    inference_geo: facts.inferenceGeo
  })

const inputOf = (value: unknown): unknown => value ?? {}

const blockOf = (part: Part): object => {
  switch (part.type) {
    case "tool_call":
      return { type: "tool_use", id: part.id ?? "", name: part.name, input: inputOf(part.arguments) }
    case "reasoning":
      return { type: "thinking", thinking: contentOf(part), signature: "" }
    default:
      return { type: "text", text: contentOf(part), citations: null }
  }
}

const partsOf = (facts: LlmCall): ReadonlyArray<Part> => facts.outputMessages?.[0]?.parts ?? []

const stopOf = (facts: LlmCall): string | null =>
  facts.finishReasons?.[0] ?? facts.outputMessages?.[0]?.finish_reason ?? null

const headOf = (facts: LlmCall) => ({
  id: facts.responseId ?? "",
  type: "message",
  role: "assistant",
  model: facts.responseModel ?? facts.requestModel ?? ""
})

/** The whole answer. @internal */
export const whole = (facts: LlmCall): object =>
  defined({
    ...headOf(facts),
    content: partsOf(facts).map(blockOf),
    stop_reason: stopOf(facts),
    stop_sequence: null,
    usage: usageOf(facts.usage, facts)
  })

/** The answer as events. `pieces` splits a text. @internal */
export const events = (
  facts: LlmCall,
  pieces: (text: string) => ReadonlyArray<string>
): ReadonlyArray<{ readonly type: string }> => {
  const usage = usageOf(facts.usage, facts)
  const blocks = partsOf(facts).flatMap((part, index) => {
    const [start, deltas] = part.type === "tool_call"
      ? [
        { ...blockOf(part), input: {} },
        pieces(argumentsText(part.arguments)).map((partial_json) => ({ type: "input_json_delta", partial_json }))
      ]
      : part.type === "reasoning"
      ? [
        { type: "thinking", thinking: "", signature: "" },
        pieces(contentOf(part)).map((thinking) => ({ type: "thinking_delta", thinking }))
      ]
      : [
        { type: "text", text: "", citations: null },
        pieces(contentOf(part)).map((text) => ({ type: "text_delta", text }))
      ]
    return [
      { type: "content_block_start", index, content_block: start },
      ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
      { type: "content_block_stop", index }
    ]
  })
  return [
    {
      type: "message_start",
      message: {
        ...headOf(facts),
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...usage, output_tokens: 0 }
      }
    },
    ...blocks,
    {
      type: "message_delta",
      delta: { stop_reason: stopOf(facts), stop_sequence: null },
      usage: usage ?? { output_tokens: 0 }
    },
    { type: "message_stop" }
  ] as ReadonlyArray<{ readonly type: string }>
}
