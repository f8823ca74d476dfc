/**
 * Tool events: the agent used a tool.
 *
 * Attributes follow OpenTelemetry's GenAI conventions for `execute_tool`. AgentOps's further attributes are in the
 * `agentops.` namespace.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Field from "../model/Field.ts"
import * as Event from "./Event.ts"

/**
 * The fields of a tool event.
 *
 * **Details**
 *
 * `result` is the effect's success value unless given. Pass `null` to leave it out. `parameters`, `result` and `logs`
 * are content.
 *
 * @category fields
 * @since 0.1.0
 */
export const fields = {
  name: Field.attribute("gen_ai.tool.name", Schema.String),
  /** The id of the model's request for this call. */
  callId: Field.attribute("gen_ai.tool.call.id", Schema.String),
  /** `function`, `extension` or `datastore`. */
  type: Field.attribute("gen_ai.tool.type", Schema.String),
  description: Field.attribute("gen_ai.tool.description", Schema.String),
  parameters: Field.input(Field.json("gen_ai.tool.call.arguments", Schema.Unknown, { content: true })),
  result: Field.json("gen_ai.tool.call.result", Schema.Unknown, { content: true }),
  logs: Field.json("agentops.tool.logs", Schema.Unknown, { content: true })
}

/**
 * The tool event: span `agent.tool`, child `tool.execution`.
 *
 * **Example** (the attributes of a tool call)
 *
 * ```ts
 * import { ToolEvent } from "effect-agentops"
 *
 * ToolEvent.ToolEvent.toAttributes({ name: "search", parameters: { query: "shoes" } })
 * // => { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search", "gen_ai.tool.call.arguments": '{"query":"shoes"}' }
 * ```
 *
 * @category kinds
 * @since 0.1.0
 */
export const ToolEvent = Event.define("tool", {
  category: "tool",
  span: "agent.tool",
  attempt: "tool.execution",
  fields,
  nameField: "name",
  constants: { "gen_ai.operation.name": "execute_tool" },
  readValue: (value) => ({ result: value })
})

/**
 * Traces an effect as the use of a tool.
 *
 * **Details**
 *
 * The value, error and requirements stay as they are. Options are fields of
 * {@link fields}, each a value or a function of the success value, and
 * `attributes`, `links` and `success`.
 *
 * **Example** (a search tool)
 *
 * ```ts
 * import { Effect, pipe } from "effect"
 * import { traceTool } from "effect-agentops"
 *
 * const search = (query: string) =>
 *   pipe(
 *     Effect.succeed({ hits: [query] }),
 *     traceTool("search_orders", { parameters: { query }, result: (found) => found.hits.length })
 *   )
 * await Effect.runPromise(search("shoes")) // => { hits: ["shoes"] }
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceTool: Event.TraceNamed<typeof fields> = ToolEvent.trace
