/** Sessions as data, for readers of sessions. */
import type { Attributes } from "../../../src/core/Attribute.ts"
import type { SpanData } from "../../../src/core/SpanData.ts"
import * as Span from "../../../src/core/SpanData.ts"

export const traceId = (n: number): string => n.toString(16).padStart(32, "0")
export const spanId = (n: number): string => n.toString(16).padStart(16, "0")

const epoch = 1_790_000_000_000_000_000n

export interface Given {
  readonly trace?: number | undefined
  readonly id: number
  readonly parent?: number | undefined
  readonly name?: string | undefined
  /** Milliseconds after the first span. */
  readonly at?: number | undefined
  readonly lasts?: number | undefined
  readonly failed?: string | undefined
  readonly attributes?: Attributes | undefined
  readonly service?: string | undefined
}

/** A span of a session. */
export const span = (given: Given): SpanData => {
  const startTime = epoch + BigInt(Math.round((given.at ?? 0) * 1e6))
  return Span.make({
    traceId: traceId(given.trace ?? 1),
    spanId: spanId(given.id),
    parentSpanId: given.parent === undefined ? undefined : spanId(given.parent),
    name: given.name ?? "span",
    startTime,
    endTime: startTime + BigInt(Math.round((given.lasts ?? 10) * 1e6)),
    status: given.failed === undefined ? { code: "unset" } : { code: "error", message: given.failed },
    attributes: given.attributes ?? {},
    resource: { attributes: { "service.name": given.service ?? "shop" } },
    scope: { name: "test" }
  })
}

const said = (role: string, content: string) => JSON.stringify([{ role, parts: [{ type: "text", content }] }])

/** A session with an agent, a model call with one attempt, a tool that failed, and a model call that answers. */
export const session = (trace: number, options?: {
  readonly name?: string | undefined
  readonly question?: string | undefined
  readonly answer?: string | undefined
  readonly at?: number | undefined
  readonly tag?: string | undefined
  readonly model?: string | undefined
  readonly cost?: number | undefined
}): ReadonlyArray<SpanData> => {
  const at = options?.at ?? 0
  const model = options?.model ?? "gpt-4o-mini"
  const call = (id: number, parent: number, after: number, more: Attributes): SpanData =>
    span({
      trace,
      id,
      parent,
      name: "llm.completion",
      at: at + after,
      lasts: 100,
      attributes: {
        "agentops.event.kind": "llm",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 100,
        "agentops.usage.cost": options?.cost ?? 0.5,
        "gen_ai.input.messages": said("user", options?.question ?? "Where is order 7?"),
        ...more
      }
    })
  return [
    span({
      trace,
      id: 4,
      parent: 3,
      name: "llm.api.call",
      at: at + 5,
      lasts: 95,
      attributes: { "agentops.attempt": 1 }
    }),
    call(3, 2, 5, {
      "gen_ai.output.messages": JSON.stringify([{
        role: "assistant",
        parts: [{ type: "tool_call", id: "c1", name: "find_order", arguments: { id: 7 } }]
      }])
    }),
    span({
      trace,
      id: 5,
      parent: 2,
      name: "agent.tool",
      at: at + 110,
      lasts: 3,
      failed: "no order 7",
      attributes: {
        "agentops.event.kind": "tool",
        "gen_ai.tool.name": "find_order",
        "gen_ai.tool.call.arguments": `{"id":7}`,
        "error.type": "NotFound"
      }
    }),
    call(6, 2, 120, { "gen_ai.output.messages": said("assistant", options?.answer ?? "There is no order 7.") }),
    span({
      trace,
      id: 2,
      parent: 1,
      name: "agent.run",
      at: at + 2,
      lasts: 230,
      attributes: { "agentops.event.kind": "agent", "gen_ai.agent.name": "support" }
    }),
    span({
      trace,
      id: 1,
      name: options?.name ?? "order-question",
      at,
      lasts: 240,
      attributes: {
        "agentops.session.name": options?.name ?? "order-question",
        "agentops.session.end_state": "Success",
        "agentops.tags": [options?.tag ?? "prod"],
        "user.id": "u1"
      }
    })
  ]
}
