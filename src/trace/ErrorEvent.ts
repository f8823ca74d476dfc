/**
 * Error events: errors that did not fail an effect of the program.
 *
 * A traced effect that fails needs no such event, because its span has the error. This kind is for errors that
 * `Session.record` reports afterwards or from elsewhere.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Field from "../model/Field.ts"
import * as Event from "./Event.ts"

/**
 * The fields of an error event. `message`, `details` and `stacktrace` are content.
 *
 * @category fields
 * @since 0.1.0
 */
export const fields = {
  /** The type of the error, with few distinct values. */
  type: Field.attribute("error.type", Schema.String),
  code: Field.attribute("agentops.error.code", Schema.String),
  message: Field.attribute("error.message", Schema.String, { content: true }),
  details: Field.json("agentops.error.details", Schema.Unknown, { content: true }),
  stacktrace: Field.attribute("exception.stacktrace", Schema.String, { content: true }),
  /** The span id of the event in which it happened. */
  triggerId: Field.attribute("agentops.error.trigger.id", Schema.String),
  triggerKind: Field.attribute("agentops.error.trigger.kind", Schema.String)
}

/**
 * The error event: span `agent.error`, with status ERROR.
 *
 * @category kinds
 * @since 0.1.0
 */
export const ErrorEvent = Event.define("error", { span: "agent.error", category: "error", fields })
