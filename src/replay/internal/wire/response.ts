/**
 * A model's answer as a body of OpenAI's Responses API, whole or as events: the inverse of reading one.
 *
 * @see https://platform.openai.com/docs/api-reference/responses
 * @internal
 */
import { defined } from "../../../core/internal/defined.ts"
import type { LlmCall } from "../../../model/LlmCall.ts"
import type { Part } from "../../../model/Message.ts"
import { argumentsText, contentOf } from "./parts.ts"

const usageOf = ({ usage }: LlmCall): object | undefined =>
  usage === undefined ? undefined : defined({
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    total_tokens: (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0),
    input_tokens_details: usage.cacheReadTokens === undefined && usage.cacheWriteTokens === undefined
      ? undefined
      : defined({ cached_tokens: usage.cacheReadTokens, cache_write_tokens: usage.cacheWriteTokens }),
    output_tokens_details: usage.reasoningTokens === undefined ? undefined : { reasoning_tokens: usage.reasoningTokens }
  })

const idOf = (facts: LlmCall, kind: string, index: number) => `${kind}_${facts.responseId ?? ""}_${index}`

/** Consecutive texts and refusals form one message. */
const itemsOf = (facts: LlmCall): ReadonlyArray<Readonly<Record<string, unknown>>> => {
  const items: Array<Record<string, unknown>> = []
  const parts: ReadonlyArray<Part> = (facts.outputMessages ?? []).flatMap((message) => message.parts)
  for (const [index, part] of parts.entries()) {
    if (part.type === "tool_call") {
      items.push({
        type: "function_call",
        id: idOf(facts, "fc", index),
        call_id: part.id ?? "",
        name: part.name,
        arguments: argumentsText(part.arguments),
        status: "completed"
      })
    } else if (part.type === "reasoning") {
      const text = contentOf(part)
      const summary = text === "" ? [] : [{ type: "summary_text", text }]
      items.push({ type: "reasoning", id: idOf(facts, "rs", index), summary })
    } else {
      const content = part.type === "refusal"
        ? { type: "refusal", refusal: contentOf(part) }
        : { type: "output_text", text: contentOf(part), annotations: [], logprobs: [] }
      const last = items.at(-1)
      if (last?.["type"] === "message") (last["content"] as Array<object>).push(content)
      else {
        items.push({
          type: "message",
          id: idOf(facts, "msg", index),
          role: "assistant",
          status: "completed",
          content: [content]
        })
      }
    }
  }
  return items
}

const states: ReadonlySet<string> = new Set(["completed", "failed", "cancelled", "queued", "in_progress", "incomplete"])

const bodyOf = (
  facts: LlmCall,
  created_at: number,
  output: ReadonlyArray<object>
): Readonly<Record<string, unknown>> => {
  const reason = facts.finishReasons?.[0] ?? "completed"
  const done = states.has(reason)
  return defined({
    id: facts.responseId ?? "",
    object: "response",
    created_at,
    model: facts.responseModel ?? facts.requestModel ?? "",
    status: done ? reason : "incomplete",
    incomplete_details: done ? null : { reason },
    error: null,
    instructions: facts.systemInstructions?.map(contentOf).join("\n") ?? null,
    tools: [],
    tool_choice: "auto",
    parallel_tool_calls: true,
    metadata: {},
    temperature: facts.temperature ?? null,
    top_p: facts.topP ?? null,
    service_tier: facts.responseServiceTier,
    output,
    usage: usageOf(facts)
  })
}

/** The whole answer. @internal */
export const whole = (facts: LlmCall, created: number): object => bodyOf(facts, created, itemsOf(facts))

/** The answer as events. `pieces` splits a text. @internal */
export const events = (
  facts: LlmCall,
  created: number,
  pieces: (text: string) => ReadonlyArray<string>
): ReadonlyArray<{ readonly type: string }> => {
  const items = itemsOf(facts)
  const opened = { ...bodyOf(facts, created, []), status: "in_progress", usage: null }
  const inside = items.flatMap((item, output_index) => {
    const item_id = item["id"]
    const open = item["type"] === "message"
      ? { ...item, status: "in_progress", content: [] }
      : item["type"] === "function_call"
      ? { ...item, status: "in_progress", arguments: "" }
      : { ...item, summary: [] }
    const at = { item_id, output_index }
    const deltas = item["type"] === "function_call"
      ? [
        ...pieces(String(item["arguments"])).map((delta) => ({
          type: "response.function_call_arguments.delta",
          ...at,
          delta
        })),
        { type: "response.function_call_arguments.done", ...at, arguments: item["arguments"], name: item["name"] }
      ]
      : item["type"] === "reasoning"
      ? (item["summary"] as ReadonlyArray<{ readonly text: string }>).flatMap((part, summary_index) => [
        { type: "response.reasoning_summary_part.added", ...at, summary_index, part: { ...part, text: "" } },
        ...pieces(part.text).map((delta) => ({
          type: "response.reasoning_summary_text.delta",
          ...at,
          summary_index,
          delta
        })),
        { type: "response.reasoning_summary_text.done", ...at, summary_index, text: part.text },
        { type: "response.reasoning_summary_part.done", ...at, summary_index, part }
      ])
      : (item["content"] as ReadonlyArray<{ readonly type: string; readonly text?: string; readonly refusal?: string }>)
        .flatMap((part, content_index) => {
          const name = part.type === "refusal" ? "refusal" : "output_text"
          const text = part.text ?? part.refusal ?? ""
          const empty = part.type === "refusal" ? { ...part, refusal: "" } : { ...part, text: "" }
          return [
            { type: "response.content_part.added", ...at, content_index, part: empty },
            ...pieces(text).map((delta) => ({
              type: `response.${name}.delta`,
              ...at,
              content_index,
              delta,
              logprobs: []
            })),
            part.type === "refusal"
              ? { type: "response.refusal.done", ...at, content_index, refusal: text }
              : { type: "response.output_text.done", ...at, content_index, text, logprobs: [] },
            { type: "response.content_part.done", ...at, content_index, part }
          ]
        })
    return [
      { type: "response.output_item.added", output_index, item: open },
      ...deltas,
      { type: "response.output_item.done", output_index, item }
    ]
  })
  const response = bodyOf(facts, created, items)
  const end = response["status"] === "incomplete" ? "response.incomplete" : "response.completed"
  return [
    { type: "response.created", response: opened },
    { type: "response.in_progress", response: opened },
    ...inside,
    { type: end, response }
  ].map((event, sequence_number) => ({ ...event, sequence_number }))
}
