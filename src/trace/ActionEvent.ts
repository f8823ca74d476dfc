/**
 * Action events: a step of the agent that is neither a model call nor a tool call, such as handling a ticket.
 *
 * No convention defines a span for actions, so the names are those of AgentOps's "Open Telemetry V2".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Field from "../model/Field.ts"
import * as Event from "./Event.ts"

/**
 * The fields of an action event.
 *
 * **Details**
 *
 * `result` is the effect's success value unless given. Pass `null` to leave it out. `parameters`, `result`, `logs` and
 * `screenshot` are content.
 *
 * @category fields
 * @since 0.1.0
 */
export const fields = {
  type: Field.attribute("action.type", Schema.String),
  parameters: Field.input(Field.json("action.params", Schema.Unknown, { content: true })),
  result: Field.json("action.result", Schema.Unknown, { content: true }),
  logs: Field.json("action.logs", Schema.Unknown, { content: true }),
  /** A URL or a data URL. */
  screenshot: Field.attribute("action.screenshot", Schema.String, { content: true })
}

/**
 * The action event: span `agent.action`, child `action.execution`.
 *
 * @category kinds
 * @since 0.1.0
 */
export const ActionEvent = Event.define("action", {
  category: "action",
  span: "agent.action",
  attempt: "action.execution",
  fields,
  nameField: "type",
  readValue: (value) => ({ result: value })
})

/**
 * Traces an effect as an action of the agent.
 *
 * **Details**
 *
 * The value, error and requirements stay as they are. Options are fields of
 * {@link fields}, each a value or a function of the success value, and
 * `attributes`, `links` and `success`.
 *
 * **Example** (handling a ticket)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceAction } from "effect-agentops"
 *
 * const handle = (ticket: string) => Effect.succeed(`closed ${ticket}`).pipe(traceAction("handle_ticket"))
 * await Effect.runPromise(handle("T-1")) // => "closed T-1"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceAction: Event.TraceNamed<typeof fields> = ActionEvent.trace
