/**
 * Reads messages from the events of a span and from log records. OpenTelemetry's GenAI conventions have used three
 * forms: a prompt and a completion (1.26), an event for each message (1.28), and one event with all messages (1.38).
 *
 * @internal
 */
import type * as Message from "../../../model/Message.ts"
import { asText, isRecord, type Json, parsed } from "./json.ts"
import { messagesOf } from "./messages.ts"

/** An event of a span, or a log record. @internal */
export interface Told {
  readonly name: string
  readonly attributes: Json
  readonly body?: unknown
}

/** @internal */
export interface Messages {
  readonly input: ReadonlyArray<Message.OutputMessage>
  readonly output: ReadonlyArray<Message.OutputMessage>
}

const roles: Readonly<Record<string, string>> = {
  "gen_ai.system.message": "system",
  "gen_ai.user.message": "user",
  "gen_ai.assistant.message": "assistant",
  "gen_ai.tool.message": "tool"
}

// The content of an event: its body, a JSON text in one attribute, or its attributes.
const contentOf = ({ attributes, body }: Told): Json => {
  const own = parsed(body ?? attributes["gen_ai.event.content"])
  if (isRecord(own)) return own
  return typeof own === "string" ? { content: own } : attributes
}

const callsOf = (value: Json): unknown => parsed(value["tool_calls"])

const messageOf = (told: Told, role: string): ReadonlyArray<Message.OutputMessage> => {
  const said = contentOf(told)
  return messagesOf(
    [{
      role: asText(said["role"]) ?? role,
      content: parsed(said["content"]),
      tool_calls: callsOf(said),
      tool_call_id: role === "tool" ? said["id"] ?? said["tool_call_id"] : undefined
    }],
    role
  )
}

const choiceOf = (told: Told): ReadonlyArray<Message.OutputMessage> => {
  const said = contentOf(told)
  const message = parsed(said["message"])
  const inner = isRecord(message) ? message : { content: message ?? said["content"] }
  return messagesOf(
    [{
      role: "assistant",
      ...inner,
      tool_calls: callsOf(inner) ?? callsOf(said),
      finish_reason: said["finish_reason"]
    }],
    "assistant"
  )
}

const systemOf = (instructions: unknown): ReadonlyArray<Message.OutputMessage> =>
  instructions === undefined ? [] : messagesOf([{ role: "system", content: parsed(instructions) }], "system")

/** The messages of a model call, in the order of the events. @internal */
export const messagesOfEvents = (events: ReadonlyArray<Told>): Messages => {
  const input: Array<Message.OutputMessage> = []
  const output: Array<Message.OutputMessage> = []
  for (const told of events) {
    const { attributes } = told
    const name = asText(attributes["event.name"]) ?? told.name
    const role = Object.hasOwn(roles, name) ? roles[name] : undefined
    if (role !== undefined) input.push(...messageOf(told, role))
    else if (name === "gen_ai.choice") output.push(...choiceOf(told))
    else if (name === "gen_ai.content.prompt") input.push(...messagesOf(attributes["gen_ai.prompt"], "user"))
    else if (name === "gen_ai.content.completion") {
      output.push(...messagesOf(attributes["gen_ai.completion"], "assistant"))
    } else if (name === "gen_ai.client.inference.operation.details") {
      const all = isRecord(told.body) ? { ...told.body, ...attributes } : attributes
      input.push(...systemOf(all["gen_ai.system_instructions"]), ...messagesOf(all["gen_ai.input.messages"], "user"))
      output.push(...messagesOf(all["gen_ai.output.messages"], "assistant"))
    }
  }
  return { input, output }
}
