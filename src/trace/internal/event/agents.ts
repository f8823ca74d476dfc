/**
 * Finds the agent around an event, and adds the event to its totals.
 *
 * @internal
 */
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { toDollars } from "../../../model/Pricing.ts"
import { RecordedSpan } from "../span.ts"
import { findAround } from "../startSpan.ts"
import type { ActiveEvent } from "./activeEvent.ts"
import { AgentTotals } from "./agentTotals.ts"
import { agentFields } from "./facts.ts"

/** The nearest agent around an event, also on another library's tracer. @internal */
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

/** Adds an ended event to the totals of its agent. @internal */
export const countForAgent = (agent: ActiveEvent, event: ActiveEvent): void => {
  if (isCounted(event)) (agent.own ??= new AgentTotals()).count(event, event.span?.status.startTime)
}

/** Fills the totals into the fields of an ending agent, unless the program has set them. @internal */
export const fillInTotals = (agent: ActiveEvent): void => {
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
