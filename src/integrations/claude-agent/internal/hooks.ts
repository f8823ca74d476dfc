/**
 * The hooks through which the Claude Agent SDK reports tools and subagents.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { attempt } from "../../../core/internal/look.ts"
import { AgentEvent } from "../../../trace/AgentEvent.ts"
import { ToolEvent } from "../../../trace/ToolEvent.ts"
import type { Runs } from "../../internal/runs.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

const text = (value: unknown): string | undefined => typeof value === "string" && value !== "" ? value : undefined

interface Matcher {
  readonly hooks: ReadonlyArray<(input: unknown, toolUseId?: string) => Promise<object>>
}

/** A hook that only observes. */
const looking = (look: (input: Payload, toolUseId: string | undefined) => void): Matcher => ({
  hooks: [(input, toolUseId) => {
    attempt(() => look(object(input), toolUseId))
    return Promise.resolve({})
  }]
})

/** Hooks that start and end the events of tools and subagents. @internal */
export const toolHooks = (runs: Runs): Readonly<Record<string, Matcher>> => {
  const toolOf = (input: Payload): string => String(input["tool_use_id"])
  const add = (id: string, fields: object): void =>
    (runs.get(id) as { readonly add: (fields: object) => void } | undefined)?.add(fields)
  return {
    PreToolUse: looking((input) => {
      const name = text(input["tool_name"]) ?? "unknown"
      runs.start(toolOf(input), text(input["agent_id"]), ToolEvent, {
        name,
        callId: toolOf(input),
        type: name.startsWith("mcp__") ? "extension" : "function",
        parameters: input["tool_input"] as object
      })
    }),
    PostToolUse: looking((input) => {
      add(toolOf(input), { result: input["tool_response"] })
      runs.end(toolOf(input))
    }),
    PostToolUseFailure: looking((input) => {
      add(toolOf(input), { result: input["error"] })
      if (input["is_interrupt"] !== true) runs.get(toolOf(input))?.unsuccessful("tool_error")
      runs.end(toolOf(input))
    }),
    SubagentStart: looking((input, toolUseId) => {
      const id = String(input["agent_id"])
      runs.start(id, toolUseId, AgentEvent, { name: text(input["agent_type"]) ?? "subagent", id })
    }),
    SubagentStop: looking((input) => {
      const id = String(input["agent_id"])
      add(id, { output: input["last_assistant_message"] })
      runs.end(id)
    })
  }
}
