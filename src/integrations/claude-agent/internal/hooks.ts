/**
 * The hooks through which the Claude Agent SDK reports tools and subagents.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { nonEmpty, tryOrUndefined } from "../../../core/internal/inspect.ts"
import { AgentEvent } from "../../../trace/AgentEvent.ts"
import { ToolEvent } from "../../../trace/ToolEvent.ts"
import type { Runs } from "../../internal/runs.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

interface Matcher {
  readonly hooks: ReadonlyArray<(input: unknown, toolUseId?: string) => Promise<object>>
}

/** A hook that only observes. */
const observer = (observe: (input: Payload) => void): Matcher => ({
  hooks: [(input) => {
    tryOrUndefined(() => observe(object(input)))
    return Promise.resolve({})
  }]
})

/** The tools and subagents of a run. @internal */
export class Tools {
  readonly #runs: Runs
  /** Tools that run a subagent which has not started yet, with the subagent's type. */
  readonly #requested = new Map<string, string | undefined>()
  /** The id of the subagent that a tool runs. */
  readonly #agents = new Map<string, string>()
  /** The subagent that asked for a tool. Older versions do not pass it to the hook. */
  readonly #owners = new Map<string, string>()
  readonly #running = new Set<string>()

  constructor(runs: Runs) {
    this.#runs = runs
  }

  /** Whether a subagent is running. */
  get busy(): boolean {
    return this.#running.size > 0
  }

  /** The run that a message belongs to: its subagent, or the tool that runs the subagent. */
  ownerOf(message: Payload): string | undefined {
    const agent = nonEmpty(message["agent_id"])
    if (agent !== undefined && this.#runs.has(agent)) return agent
    const tool = nonEmpty(message["parent_tool_use_id"])
    return tool === undefined ? undefined : this.#agents.get(tool) ?? tool
  }

  /** Notes the tools that a subagent's answer asks for. */
  asks(owner: string, content: ReadonlyArray<unknown>): void {
    for (const part of content) {
      const { id, type } = object(part)
      if (type === "tool_use") this.#owners.set(String(id), owner)
    }
  }

  #startTool(input: Payload): void {
    const id = String(input["tool_use_id"])
    const name = nonEmpty(input["tool_name"]) ?? "unknown"
    if (name === "Agent" || name === "Task") {
      this.#requested.set(id, nonEmpty(object(input["tool_input"])["subagent_type"]))
    }
    this.#runs.start(id, nonEmpty(input["agent_id"]) ?? this.#owners.get(id), ToolEvent, {
      name,
      callId: id,
      type: name.startsWith("mcp__") ? "extension" : "function",
      parameters: input["tool_input"] as object
    })
  }

  #endTool(input: Payload, result: unknown, failed: boolean): void {
    const id = String(input["tool_use_id"])
    this.#owners.delete(id)
    this.#requested.delete(id)
    this.#add(id, { result })
    if (failed) this.#runs.get(id)?.unsuccessful("tool_error")
    this.#runs.end(id)
  }

  #startAgent(input: Payload): void {
    const id = String(input["agent_id"])
    const type = nonEmpty(input["agent_type"])
    const [tool] = [...this.#requested].find(([, asked]) => asked === type) ?? []
    if (tool !== undefined) {
      this.#requested.delete(tool)
      this.#agents.set(tool, id)
    }
    this.#running.add(id)
    this.#runs.start(id, tool, AgentEvent, { name: type ?? "subagent", id })
  }

  #endAgent(input: Payload): void {
    const id = String(input["agent_id"])
    this.#running.delete(id)
    this.#add(id, { output: input["last_assistant_message"] })
    this.#runs.end(id)
  }

  #add(id: string, fields: object): void {
    const event = this.#runs.get(id) as { readonly add: (fields: object) => void } | undefined
    event?.add(fields)
  }

  /** Hooks that start and end the events of tools and subagents. */
  hooks(): Readonly<Record<string, Matcher>> {
    return {
      PreToolUse: observer((input) => this.#startTool(input)),
      PostToolUse: observer((input) => this.#endTool(input, input["tool_response"], false)),
      PostToolUseFailure: observer((input) => this.#endTool(input, input["error"], input["is_interrupt"] !== true)),
      SubagentStart: observer((input) => this.#startAgent(input)),
      SubagentStop: observer((input) => this.#endAgent(input))
    }
  }
}
