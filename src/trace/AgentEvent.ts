/**
 * Agent events: one run of an agent, around the calls that it makes.
 *
 * Attributes follow OpenTelemetry's GenAI conventions for an in-process `invoke_agent`. Agents nest, and every event
 * has the name of the nearest agent around it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Field from "../model/Field.ts"
import * as Event from "./Event.ts"

/**
 * The fields of an agent event.
 *
 * **Details**
 *
 * Unless given, `input` is the input of the agent's first model call. `output` is the effect's success value, or the
 * last answer if that is empty. Pass `null` to leave one out. Both are content. Its calls, tokens and cost are counted,
 * unless given.
 *
 * @category fields
 * @since 0.1.0
 */
export const fields = {
  name: Field.attribute("gen_ai.agent.name", Schema.String),
  id: Field.attribute("gen_ai.agent.id", Schema.String),
  description: Field.attribute("gen_ai.agent.description", Schema.String),
  version: Field.attribute("gen_ai.agent.version", Schema.String),
  role: Field.attribute("agentops.agent.role", Schema.String),
  /** Names of the tools that the agent may use. */
  tools: Field.attribute("agentops.agent.tools", Schema.Array(Schema.String)),
  /** Names of the models that the agent may call. */
  models: Field.attribute("agentops.agent.models", Schema.Array(Schema.String)),
  /** Seconds to the first chunk that the agent, or a model that it called, streamed. */
  timeToFirstChunk: Field.attribute("gen_ai.response.time_to_first_chunk", Schema.Finite),
  input: Field.input(Field.json("agentops.agent.input", Schema.Unknown, { content: true })),
  output: Field.json("agentops.agent.output", Schema.Unknown, { content: true }),
  /** The agent's own totals, without those of agents inside it. */
  llmCalls: Field.attribute("agentops.agent.llm_calls", Schema.Natural),
  toolCalls: Field.attribute("agentops.agent.tool_calls", Schema.Natural),
  inputTokens: Field.attribute("agentops.agent.input_tokens", Schema.Finite),
  outputTokens: Field.attribute("agentops.agent.output_tokens", Schema.Finite),
  /** In US dollars, over the calls whose cost is known. */
  cost: Field.attribute("agentops.agent.cost", Schema.Finite)
}

/**
 * The agent event: span `agent.run`.
 *
 * @category kinds
 * @since 0.1.0
 */
export const AgentEvent = Event.define("agent", {
  category: "agent",
  span: "agent.run",
  fields,
  nameField: "name",
  constants: { "gen_ai.operation.name": "invoke_agent" },
  readValue: (value) => ({ output: value })
})

/**
 * Traces an effect as a run of an agent.
 *
 * **Details**
 *
 * The value, error and requirements stay as they are. Options are fields of
 * {@link fields}, each a value or a function of the success value, and
 * `attributes`, `links` and `success`.
 *
 * **Example** (a planner)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceAgent } from "effect-agentops"
 *
 * const plan = Effect.succeed(["look up", "answer"]).pipe(traceAgent("planner", { role: "plans" }))
 * await Effect.runPromise(plan) // => ["look up", "answer"]
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceAgent: Event.TraceNamed<typeof fields> = AgentEvent.trace
