/**
 * Google's Interactions API: a response is a list of steps.
 *
 * The first version of the API has `outputs` where later ones have `steps`.
 *
 * @see https://ai.google.dev/api/interactions-api
 */
import { defined } from "../../../core/internal/defined.ts"
import type { LlmCall } from "../../LlmCallFacts.ts"
import * as Message from "../../Message.ts"
import { argumentsOf, blob, instructionsOf, partOfUrl, unknownPart } from "./content.ts"
import type { Payload } from "./lookup.ts"
import { bool, get, has, list, named, number, object, objects, text, texts } from "./lookup.ts"
import { fromInteractions } from "./usage.ts"

const mediaPart = (content: Payload, modality: string): Message.Part => {
  const mimeType = text(get(content, "mime_type"))
  const data = text(content.data)
  if (data !== undefined) return blob(data, modality, mimeType)
  const uri = text(content.uri)
  return uri === undefined ? unknownPart(content) : { ...partOfUrl(uri, modality), ...defined({ mime_type: mimeType }) }
}

const serverCall = (step: Payload, type: string): Message.Part =>
  defined({
    type: "server_tool_call",
    id: text(step.id),
    name: named(step.name) ?? type,
    server_tool_call: defined({ type, arguments: step.arguments ?? undefined, server_name: get(step, "server_name") })
  })

const serverResult = (step: Payload, type: string): Message.Part =>
  defined({
    type: "server_tool_call_response",
    id: text(get(step, "call_id")),
    server_tool_call_response: defined({ type, result: step.result ?? undefined, is_error: get(step, "is_error") })
  })

const toParts = (raw: unknown): Array<Message.Part> => {
  if (typeof raw === "string") return [Message.text(raw)]
  const step = object(raw)
  const type = text(step?.type)
  if (step === undefined || type === undefined) return [unknownPart(raw)]
  switch (type) {
    case "model_output":
    case "user_input":
      return toAllParts(step.content)
    case "text":
      return [typeof step.text === "string" ? Message.text(step.text) : unknownPart(raw)]
    case "image":
    case "audio":
    case "video":
    case "document":
      return [mediaPart(step, type)]
    case "thought":
      return [Message.reasoning(objects(step.summary).map((part) => text(part.text) ?? "").join(""))]
    case "function_call":
      return [
        Message.toolCall({
          id: text(step.id),
          name: text(step.name) ?? "unknown",
          arguments: argumentsOf(step.arguments)
        })
      ]
    case "function_result":
      return [Message.toolResult({ id: text(get(step, "call_id")), response: step.result ?? null })]
  }
  if (type.endsWith("_call")) return [serverCall(step, type.slice(0, -"_call".length))]
  if (type.endsWith("_result")) return [serverResult(step, type)]
  return [unknownPart(raw)]
}

const toAllParts = (content: unknown): Array<Message.Part> =>
  Array.isArray(content) ? content.flatMap(toParts) : content === undefined || content === null ? [] : toParts(content)

const roleOf = (step: Payload): string => {
  switch (step.role) {
    case "model":
      return "assistant"
    case undefined:
      break
    default:
      return text(step.role) ?? "user"
  }
  const type = text(step.type)
  return type === "function_result"
    ? "tool"
    : type === "model_output" || type === "thought" || type?.endsWith("_call") === true ||
        type?.endsWith("_result") === true
    ? "assistant"
    : "user"
}

const toMessages = (input: unknown): ReadonlyArray<Message.ChatMessage> | undefined => {
  if (typeof input === "string") return [Message.user(input)]
  const items = Array.isArray(input) ? objects(input) : object(input) === undefined ? [] : [object(input)!]
  if (items.length === 0) return undefined
  const messages: Array<{ role: string; parts: Array<Message.Part> }> = []
  for (const item of items) {
    const role = roleOf(item)
    const parts = has(item, "role") && !has(item, "type") ? toAllParts(item.content) : toParts(item)
    const last = messages.at(-1)
    // Bare contents are pieces of one message, and so are successive steps with one role.
    if (last !== undefined && last.role === role && !has(item, "role")) last.parts.push(...parts)
    else messages.push({ role, parts })
  }
  return messages
}

const toTools = (tools: unknown): ReadonlyArray<Message.ToolDefinition> | undefined => {
  const found = objects(tools).flatMap((tool): Array<Message.ToolDefinition> => {
    const type = text(tool.type)
    if (type === undefined) return []
    return [
      type === "function"
        ? defined({
          type: "function" as const,
          name: text(tool.name) ?? "unknown",
          description: text(tool.description),
          parameters: tool.parameters ?? undefined
        })
        : { type, name: named(tool.name) ?? type }
    ]
  })
  return found.length === 0 ? undefined : found
}

const running: ReadonlySet<unknown> = new Set(["in_progress", "queued", undefined])

const settings = (body: unknown) => {
  const config = get(body, "generation_config")
  const mimeType = text(get(body, "response_mime_type"))
  return {
    provider: "gcp.gemini",
    operation: "generate_content",
    systemInstructions: instructionsOf(toAllParts(get(body, "system_instruction"))),
    toolDefinitions: toTools(get(body, "tools")),
    temperature: number(get(config, "temperature")),
    topP: number(get(config, "top_p")),
    maxTokens: number(get(config, "max_output_tokens")),
    stopSequences: texts(get(config, "stop_sequences")),
    seed: number(get(config, "seed")),
    reasoningLevel: text(get(config, "thinking_level")),
    outputType: mimeType === "application/json" ? "json" : undefined,
    previousResponseId: named(get(body, "previous_interaction_id"))
  } satisfies LlmCall
}

export const isResponse = (value: Payload): boolean =>
  value.object === "interaction" ||
  typeof value.status === "string" && (Array.isArray(value.steps) || Array.isArray(value.outputs)) ||
  has(value.usage, "total_input_tokens") || has(value.usage, "total_output_tokens")

export const readResponse = (value: unknown): LlmCall | undefined => {
  if (object(value) === undefined) return undefined
  const status = get(value, "status")
  const finishReason = running.has(status) ? undefined : text(status)
  const steps = list(get(value, "steps") ?? get(value, "outputs")).filter((step) => get(step, "type") !== "user_input")
  return defined({
    ...settings(value),
    // A research agent reports its own name in place of a model.
    responseModel: named(get(value, "model")) ?? named(get(value, "agent")),
    responseId: named(get(value, "id")),
    finishReasons: finishReason === undefined ? undefined : [finishReason],
    outputMessages: steps.length === 0
      ? undefined
      : [Message.output(steps.flatMap(toParts), { role: "assistant", finishReason })],
    usage: fromInteractions(get(value, "usage")),
    responseServiceTier: named(get(value, "service_tier"))
  })
}

/** Whether a body with an `input` is Google's. OpenAI's Responses API has an `input` too. */
export const isRequest = (body: Payload): boolean =>
  has(body, "input") && (
    has(body, "agent") || has(body, "generation_config") || has(body, "system_instruction") ||
    has(body, "previous_interaction_id") || has(body, "response_modalities") ||
    typeof body.model === "string" && /^(?:models\/)?gemini/.test(body.model)
  )

export const readRequest = (body: unknown): LlmCall | undefined => {
  if (object(body) === undefined) return undefined
  return defined({
    ...settings(body),
    requestModel: named(get(body, "model")) ?? named(get(body, "agent")),
    inputMessages: toMessages(get(body, "input")),
    stream: bool(get(body, "stream")),
    requestServiceTier: named(get(body, "service_tier"))
  })
}
