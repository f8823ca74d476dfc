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
export interface MessageEvent {
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
const contentOf = ({ attributes, body }: MessageEvent): Json => {
  const own = parsed(body ?? attributes["gen_ai.event.content"])
  if (isRecord(own)) return own
  return typeof own === "string" ? { content: own } : attributes
}

const callsOf = (value: Json): unknown => parsed(value["tool_calls"])

const messageOf = (event: MessageEvent, role: string): ReadonlyArray<Message.OutputMessage> => {
  const content = contentOf(event)
  return messagesOf(
    [{
      role: asText(content["role"]) ?? role,
      content: parsed(content["content"]),
      tool_calls: callsOf(content),
      tool_call_id: role === "tool" ? content["id"] ?? content["tool_call_id"] : undefined
    }],
    role
  )
}

const choiceOf = (event: MessageEvent): ReadonlyArray<Message.OutputMessage> => {
  const content = contentOf(event)
  const message = parsed(content["message"])
  const inner = isRecord(message) ? message : { content: message ?? content["content"] }
  return messagesOf(
    [{
      role: "assistant",
      ...inner,
      tool_calls: callsOf(inner) ?? callsOf(content),
      finish_reason: content["finish_reason"]
    }],
    "assistant"
  )
}

const systemOf = (instructions: unknown): ReadonlyArray<Message.OutputMessage> =>
  instructions === undefined ? [] : messagesOf([{ role: "system", content: parsed(instructions) }], "system")

/** The messages of a model call, in the order of the events. @internal */
export const messagesOfEvents = (events: ReadonlyArray<MessageEvent>): Messages => {
  const input: Array<Message.OutputMessage> = []
  const output: Array<Message.OutputMessage> = []
  for (const event of events) {
    const { attributes } = event
    const name = asText(attributes["event.name"]) ?? event.name
    const role = Object.hasOwn(roles, name) ? roles[name] : undefined
    if (role !== undefined) input.push(...messageOf(event, role))
    else if (name === "gen_ai.choice") output.push(...choiceOf(event))
    else if (name === "gen_ai.content.prompt") input.push(...messagesOf(attributes["gen_ai.prompt"], "user"))
    else if (name === "gen_ai.content.completion") {
      output.push(...messagesOf(attributes["gen_ai.completion"], "assistant"))
    } else if (name === "gen_ai.client.inference.operation.details") {
      const all = isRecord(event.body) ? { ...event.body, ...attributes } : attributes
      input.push(...systemOf(all["gen_ai.system_instructions"]), ...messagesOf(all["gen_ai.input.messages"], "user"))
      output.push(...messagesOf(all["gen_ai.output.messages"], "assistant"))
    }
  }
  return { input, output }
}
