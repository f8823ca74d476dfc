/**
 * Reads messages from attributes: JSON in the shape of any provider's API, or flat, with an attribute for each part.
 *
 * @internal
 */
import type { Attributes } from "../../../core/Attribute.ts"
import * as Message from "../../../model/Message.ts"
import { asText, isRecord, type Json, parsed } from "./json.ts"

const textOf = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value) ?? ""

const toolCall = (id: unknown, name: unknown, args: unknown): Message.Part =>
  Message.toolCall({ id: asText(id), name: asText(name) ?? "", arguments: parsed(args) })

const toolResult = (id: unknown, response: unknown): Message.Part =>
  Message.toolResult({ id: asText(id), response: parsed(response) })

// A part of a message in the shape of OpenTelemetry, OpenAI, Anthropic, Gemini or Vercel's AI SDK.
const partOf = (part: unknown): Message.Part => {
  if (typeof part === "string") return Message.text(part)
  if (!isRecord(part)) return Message.generic("json", { value: part })
  const type = asText(part["type"]) ?? (typeof part["text"] === "string" ? "text" : undefined)
  switch (type) {
    case "text":
    case "input_text":
    case "output_text":
      return Message.text(textOf(part["content"] ?? part["text"]))
    case "refusal":
      return Message.text(textOf(part["content"] ?? part["refusal"]))
    case "reasoning":
    case "thinking":
      return Message.reasoning(textOf(part["content"] ?? part["text"] ?? part["thinking"]))
    case "tool_call":
      return toolCall(part["id"], part["name"], part["arguments"])
    case "tool_use":
      return toolCall(part["id"], part["name"], part["input"])
    case "tool-call":
      return toolCall(part["toolCallId"], part["toolName"], part["input"] ?? part["args"])
    case "tool_call_response":
      return toolResult(part["id"], part["response"] ?? part["result"])
    case "tool_result":
      return toolResult(part["tool_use_id"], part["content"])
    case "tool-result": {
      const output = part["output"] ?? part["result"]
      return toolResult(part["toolCallId"], isRecord(output) && "value" in output ? output["value"] : output)
    }
  }
  if (isRecord(part["functionCall"])) {
    return toolCall(part["functionCall"]["id"], part["functionCall"]["name"], part["functionCall"]["args"])
  }
  if (isRecord(part["functionResponse"])) {
    return toolResult(part["functionResponse"]["id"], part["functionResponse"]["response"])
  }
  return Message.generic(type ?? "json", part)
}

const partsOf = (content: unknown): Array<Message.Part> => {
  if (content === undefined || content === null || content === "") return []
  if (Array.isArray(content)) return content.map(partOf)
  return [partOf(content)]
}

const callsOf = (calls: unknown): Array<Message.Part> =>
  (Array.isArray(calls) ? calls : []).filter(isRecord).map((call) => {
    const of = isRecord(call["function"]) ? call["function"] : call
    return toolCall(
      call["id"] ?? call["toolCallId"],
      of["name"] ?? of["toolName"],
      of["arguments"] ?? of["input"] ?? of["args"]
    )
  })

// The `function_call` of OpenAI's older API, as an object or in OpenInference's flat form.
const functionCallOf = (message: Json): Array<Message.Part> => {
  const call = parsed(message["function_call"])
  if (isRecord(call)) return [toolCall(undefined, call["name"], call["arguments"])]
  const name = message["function_call_name"]
  return name === undefined ? [] : [toolCall(undefined, name, message["function_call_arguments_json"])]
}

const roles: Readonly<Record<string, string>> = { human: "user", ai: "assistant", model: "assistant", function: "tool" }

const messageOf = (message: unknown, role: string): Message.OutputMessage => {
  if (!isRecord(message)) return { role, parts: partsOf(message) }
  const own = asText(message["role"]) ?? role
  const answered = message["tool_call_id"] ?? message["toolCallId"]
  const content = message["parts"] ?? parsed(message["content"])
  const calls = [...callsOf(parsed(message["tool_calls"] ?? message["toolCalls"])), ...functionCallOf(message)]
  const parts = own === "tool" && answered !== undefined
    ? [toolResult(answered, content)]
    : [...partsOf(content), ...calls]
  const reason = asText(message["finish_reason"])
  const known = Object.hasOwn(roles, own) ? roles[own]! : own
  return reason === undefined ? { role: known, parts } : { role: known, parts, finish_reason: reason }
}

// The list of messages in a value: a list, one message, the body of a request or an answer, or plain text.
const listOf = (value: unknown): ReadonlyArray<unknown> => {
  const given = parsed(value)
  if (Array.isArray(given)) return given
  if (!isRecord(given)) return given === undefined || given === null ? [] : [given]
  const { choices, messages, prompt, system } = given
  if (Array.isArray(messages)) {
    return system === undefined
      ? messages
      : [{ role: "system", content: system }, ...messages]
  }
  if (Array.isArray(choices)) {
    return choices.map((choice: unknown) => isRecord(choice) ? choice["message"] ?? choice : choice)
  }
  if (prompt !== undefined) {
    const asked = { role: "user", content: prompt }
    return system === undefined ? [asked] : [{ role: "system", content: system }, asked]
  }
  return [given]
}

/** The messages in an attribute that holds them all. A string is one message of the given role. @internal */
export const messagesOf = (value: unknown, role: string): Array<Message.OutputMessage> =>
  listOf(value).map((message) => messageOf(message, role)).filter(({ parts }) => parts.length > 0)

const nest = (target: Record<string, unknown>, path: ReadonlyArray<string>, value: unknown): void => {
  let at = target
  for (const step of path.slice(0, -1)) {
    const next = Object.hasOwn(at, step) ? at[step] : undefined
    if (isRecord(next)) at = next as Record<string, unknown>
    else {
      const made: Record<string, unknown> = Object.create(null)
      at[step] = made
      at = made
    }
  }
  at[path.at(-1)!] = value
}

const inOrder = (record: unknown): ReadonlyArray<Json> =>
  isRecord(record)
    ? Object.keys(record).filter((key) => /^\d+$/.test(key)).sort((a, b) => Number(a) - Number(b))
      .map((key) => record[key]).filter(isRecord)
    : []

const flatMessage = (message: Json, role: string): Message.OutputMessage => {
  // OpenInference nests each part below a name of its own.
  const inner = isRecord(message["message"]) ? message["message"] : message
  const contents = inOrder(inner["contents"]).map((entry) => {
    const content = isRecord(entry["message_content"]) ? entry["message_content"] : entry
    return { type: content["type"], text: content["text"], ...content }
  })
  const calls = inOrder(inner["tool_calls"]).map((entry) => isRecord(entry["tool_call"]) ? entry["tool_call"] : entry)
  const content = contents.length > 0 ? contents : inner["content"]
  return messageOf({ ...inner, content, tool_calls: calls }, role)
}

/** A list in flat form, as `PREFIX.0.a.b`. @internal */
export const flatRecordsOf = (attributes: Attributes, prefix: string): ReadonlyArray<Json> => {
  const tree: Record<string, unknown> = Object.create(null)
  let found = false
  for (const key in attributes) {
    if (!key.startsWith(prefix)) continue
    found = true
    nest(tree, key.slice(prefix.length).split("."), attributes[key])
  }
  return found ? inOrder(tree) : []
}

/** Messages in flat form, as `PREFIX.0.role`, `PREFIX.0.content`, `PREFIX.0.tool_calls.0.name`. @internal */
export const flatMessagesOf = (attributes: Attributes, prefix: string, role: string): Array<Message.OutputMessage> =>
  flatRecordsOf(attributes, prefix).map((message) => flatMessage(message, role)).filter(({ parts }) => parts.length > 0)
