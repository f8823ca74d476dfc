/**
 * What an agent did itself: its own calls, their tokens and their cost, and what was asked and answered. What the agents
 * inside of it did is theirs.
 *
 * @internal
 */
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { toDollars } from "../../../model/Pricing.ts"
import { RecordedSpan } from "../span.ts"
import { findAround } from "../startSpan.ts"
import type { ActiveEvent } from "./activeEvent.ts"
import { Exchange } from "./exchange.ts"
import { agentFields } from "./facts.ts"

const amount = (value: unknown): number => typeof value === "number" && Number.isFinite(value) ? value : 0

/** @internal */
export class AgentTotals {
  llm = 0
  tool = 0
  inputTokens = 0
  outputTokens = 0
  costNanos: number | undefined = undefined
  readonly exchange = new Exchange()

  count(event: ActiveEvent): void {
    this.exchange.note(event)
    if (event.kind.category === "tool") this.tool++
    if (event.kind.category !== "modelCall") return
    this.llm++
    this.inputTokens += amount(event.usage?.inputTokens)
    this.outputTokens += amount(event.usage?.outputTokens)
    if (event.costNanos !== undefined) this.costNanos = (this.costNanos ?? 0) + event.costNanos
  }
}

/** The nearest agent around an event, on another library's tracer too. @internal */
export const agentAround = (span: Tracer.Span, tracer: Tracer.Tracer): ActiveEvent | undefined => {
  if (span instanceof RecordedSpan) return span.agent
  // Nobody reads the spans of the native tracer.
  if (tracer === Tracer.nativeTracer) return undefined
  return findAround(
    Option.getOrUndefined(span.parent),
    ({ attemptNumber, record }) => attemptNumber === 0 && record?.kind.category === "agent" ? record : undefined
  )
}

const isCounted = ({ kind: { category } }: ActiveEvent): boolean =>
  category === "modelCall" || category === "tool" || category === "agent"

/** Takes an event that has ended into what its agent did. @internal */
export const countForAgent = (agent: ActiveEvent, event: ActiveEvent): void => {
  if (isCounted(event)) (agent.own ??= new AgentTotals()).count(event)
}

/** Has an agent that ends tell what it did, as far as the program has not. @internal */
export const tellTotals = (agent: ActiveEvent): void => {
  const { own } = agent
  if (own === undefined) return
  const { costNanos, exchange, inputTokens, llm, outputTokens, tool } = own
  agent.fillIn(agentFields(agent.kind, {
    input: exchange.input,
    output: exchange.output,
    llmCalls: llm,
    toolCalls: tool,
    inputTokens: llm === 0 ? undefined : inputTokens,
    outputTokens: llm === 0 ? undefined : outputTokens,
    cost: costNanos === undefined ? undefined : toDollars(costNanos)
  }))
}
