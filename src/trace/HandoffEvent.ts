/**
 * Handoffs: one agent passes the task to another.
 *
 * Names are those of AgentOps's `from_agent` and `to_agent`, because no other convention defines handoffs.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Field from "../model/Field.ts"
import * as Event from "./Event.ts"
import { agentOps } from "./EventMetrics.ts"

/**
 * The fields of a handoff. The input, the output and the reason are content.
 *
 * @category fields
 * @since 0.1.0
 */
export const fields = {
  /** The agent that takes over. */
  to: Field.attribute("agentops.handoff.to", Schema.String),
  /** The agent that passes the task on. Without it, conventions and metrics use the nearest enclosing agent. */
  from: Field.attribute("agentops.handoff.from", Schema.String),
  reason: Field.attribute("agentops.handoff.reason", Schema.String, { content: true }),
  input: Field.input(Field.json("agentops.handoff.input", Schema.Unknown, { content: true })),
  output: Field.json("agentops.handoff.output", Schema.Unknown, { content: true })
}

/**
 * The handoff event: span `agent.handoff`. It is counted in `agentops.handoffs`.
 *
 * @category kinds
 * @since 0.1.0
 */
export const HandoffEvent = Event.define("handoff", {
  category: "handoff",
  span: "agent.handoff",
  fields,
  nameField: "to",
  readValue: (value) => ({ output: value }),
  metrics: ({ agent, errorType, fields: { from, to } }, record) =>
    record(agentOps.handoffs, 1, {
      "agentops.handoff.to": to ?? "agent",
      "agentops.handoff.from": from ?? agent,
      "error.type": errorType
    })
})

/**
 * Traces an effect in which another agent takes over: around that agent's run, or around the call that switches to it.
 *
 * **Details**
 *
 * The value, error and requirements stay as they are. Options are fields of {@link fields}, each a value or a function of
 * the success value, and `attributes`, `links` and `success`.
 *
 * **Example** (from triage to billing)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceAgent, traceHandoff } from "effect-agentops"
 *
 * const billing = Effect.succeed("refunded").pipe(traceAgent("billing"))
 * const triage = billing.pipe(traceHandoff("billing", { reason: "a refund" }), traceAgent("triage"))
 * await Effect.runPromise(triage) // => "refunded"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceHandoff: Event.TraceNamed<typeof fields> = HandoffEvent.trace
