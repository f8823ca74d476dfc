/**
 * Approvals: the agent asks a person, or another program, for permission.
 *
 * Waiting for an approval is not an error, and neither is a rejection: the decision is a field. An interrupted wait has
 * not failed, it is undecided. No convention defines approvals, so the names are this library's own.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { property } from "../core/internal/inspect.ts"
import * as Field from "../model/Field.ts"
import * as Event from "./Event.ts"
import { agentOps } from "./EventMetrics.ts"

/**
 * The decision: `expired` if nobody decided in time.
 *
 * @category models
 * @since 0.1.0
 */
export const Decision = Schema.Literals(["approved", "rejected", "modified", "expired"])

/**
 * The decision.
 *
 * @category models
 * @since 0.1.0
 */
export type Decision = typeof Decision.Type

const isDecision = Schema.is(Decision)

/**
 * The fields of an approval. The request, the response and the reason are content.
 *
 * @category fields
 * @since 0.1.0
 */
export const fields = {
  /** The subject of the request, such as `refund` or the name of a tool. */
  name: Field.attribute("agentops.approval.name", Schema.String),
  decision: Field.attribute("agentops.approval.decision", Decision),
  /** The person or program that decided: an id rather than a name. */
  approver: Field.attribute("agentops.approval.approver", Schema.String),
  /** Seconds until the decision, if that differs from the effect's duration, for example over a restart. */
  wait: Field.attribute("agentops.approval.wait", Schema.Finite),
  request: Field.input(Field.json("agentops.approval.request", Schema.Unknown, { content: true })),
  response: Field.json("agentops.approval.response", Schema.Unknown, { content: true }),
  reason: Field.attribute("agentops.approval.reason", Schema.String, { content: true })
}

const decisionOf = (value: object): Decision | undefined => {
  const decision = property(value, "decision")
  if (isDecision(decision)) return decision
  const approved = property(value, "approved")
  return typeof approved === "boolean" ? approved ? "approved" : "rejected" : undefined
}

const text = (value: object, key: string): string | undefined => {
  const found = property(value, key)
  return typeof found === "string" ? found : undefined
}

const readValue = (value: unknown): Field.Values<typeof fields> | undefined => {
  if (typeof value === "boolean") return { decision: value ? "approved" : "rejected", response: value }
  if (isDecision(value)) return { decision: value, response: value }
  if (typeof value !== "object" || value === null) return undefined
  return {
    decision: decisionOf(value),
    approver: text(value, "approver"),
    reason: text(value, "reason"),
    response: value
  }
}

/**
 * The approval event: span `agent.approval`.
 *
 * **Details**
 *
 * The event is counted in `agentops.approvals` by its decision, which is `pending` if the wait was interrupted. The
 * time until a decision is recorded in `agentops.approval.wait`.
 *
 * @category kinds
 * @since 0.1.0
 */
export const ApprovalEvent = Event.define("approval", {
  category: "approval",
  span: "agent.approval",
  fields,
  nameField: "name",
  readValue,
  metrics: ({ agent, duration, endState, errorType, fields: { decision, name, wait } }, record) => {
    const attributes = {
      "agentops.approval.name": name ?? "approval",
      "agentops.approval.decision": decision ?? (endState === "Success" ? "unknown" : "pending"),
      "gen_ai.agent.name": agent,
      "error.type": errorType
    }
    record(agentOps.approvals, 1, attributes)
    if (endState === "Success") record(agentOps.approvalWait, wait ?? duration, attributes)
  }
})

/**
 * Traces an effect that waits for an approval.
 *
 * **Details**
 *
 * The value, error and requirements stay as they are. The decision is read from a value that is `true` or `false`, a
 * {@link Decision}, or an object with `decision` or `approved`. `approver` and `reason` are read from such an object
 * too. Options are fields of {@link fields}, each a value or a function of the success value, and `attributes`, `links`
 * and `success`.
 *
 * **Example** (a refund that needs an approval)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceApproval } from "effect-agentops"
 *
 * const answer = Effect.succeed({ approved: true, approver: "u-17" })
 * const asked = answer.pipe(traceApproval("refund", { request: { order: 7, amount: 59 } }))
 * await Effect.runPromise(asked) // => { approved: true, approver: "u-17" }
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceApproval: Event.TraceNamed<typeof fields> = ApprovalEvent.trace
