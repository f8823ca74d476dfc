/**
 * An agent's own totals: its calls, their tokens and their cost, and its input and output. Calls of agents inside it
 * are not included.
 *
 * @internal
 */
import type { TracedEvent } from "../../Span.ts"
import { Exchange } from "./exchange.ts"

const amount = (value: unknown): number => typeof value === "number" && Number.isFinite(value) ? value : 0

/** @internal */
export class AgentTotals {
  llm = 0
  tool = 0
  inputTokens = 0
  outputTokens = 0
  costNanos: number | undefined = undefined
  readonly exchange = new Exchange()

  /** Adds an ended event. `start` is its start time. */
  count(event: TracedEvent, start: bigint | undefined): void {
    this.exchange.add(event, start)
    if (event.kind.category === "tool") this.tool++
    if (event.kind.category !== "modelCall") return
    this.llm++
    this.inputTokens += amount(event.usage?.inputTokens)
    this.outputTokens += amount(event.usage?.outputTokens)
    if (event.costNanos !== undefined) this.costNanos = (this.costNanos ?? 0) + event.costNanos
  }
}
