/**
 * Google's `generateContent`, as the Gemini API and Vertex AI serve it.
 *
 * @see https://ai.google.dev/api/generate-content
 */
import { defined } from "../../../core/internal/defined.ts"
import type { LlmCall } from "../../LlmCallFacts.ts"
import * as Message from "../../Message.ts"
import * as Usage from "../../Usage.ts"
import { blob, finishReasonsOf, instructionsOf, modalityOf, outputTypeOf, partOfUrl, unknownPart } from "./content.ts"
import type { Payload } from "./lookup.ts"
import { bool, get, has, list, named, number, object, objects, text, texts } from "./lookup.ts"

const toPart = (raw: unknown): Message.Part => {
  const content = text(get(raw, "text"))
  if (content !== undefined) return get(raw, "thought") === true ? Message.reasoning(content) : Message.text(content)
  const call = object(get(raw, "function_call"))
  if (call !== undefined) {
    return Message.toolCall({
      id: text(call.id),
      name: text(call.name) ?? "unknown",
      arguments: call.args ?? undefined
    })
  }
  const response = object(get(raw, "function_response"))
  if (response !== undefined) {
    return Message.toolResult({ id: text(response.id) ?? text(response.name), response: response.response ?? null })
  }
  const inline = get(raw, "inline_data")
  const data = get(inline, "data")
  if (typeof data === "string") {
    const mimeType = text(get(inline, "mime_type"))
    return blob(data, modalityOf(mimeType), mimeType)
  }
  const file = get(raw, "file_data")
  const uri = text(get(file, "file_uri"))
  if (uri !== undefined) {
    const mimeType = text(get(file, "mime_type"))
    return { ...partOfUrl(uri, modalityOf(mimeType)), ...defined({ mime_type: mimeType }) }
  }
  const code = object(get(raw, "executable_code"))
  if (code !== undefined) {
    return defined({
      type: "server_tool_call",
      id: text(code.id),
      name: "code_execution",
      server_tool_call: defined({ type: "code_execution", language: code.language, code: code.code })
    })
  }
  const result = object(get(raw, "code_execution_result"))
  if (result !== undefined) {
    return defined({
      type: "server_tool_call_response",
      id: text(result.id),
      server_tool_call_response: defined({
        type: "code_execution_result",
        outcome: result.outcome,
        output: result.output
      })
    })
  }
  return unknownPart(raw)
}

/** Converts Google's roles: `model` is the assistant, and `user` or `function` may hold tool results. */
const roleOf = (role: unknown, parts: ReadonlyArray<Message.Part>): string =>
  role === "model"
    ? "assistant"
    : role === "function" || parts.length > 0 && parts.every((part) => part.type === "tool_call_response")
    ? "tool"
    : text(role) ?? "user"

/** The parts of a content, a list of parts, one part, or a text. */
const partsOfContent = (content: unknown): Array<Message.Part> => {
  if (typeof content === "string") return [Message.text(content)]
  if (Array.isArray(content)) return content.flatMap(partsOfContent)
  if (object(content) === undefined) return []
  const parts = get(content, "parts")
  return parts === undefined ? has(content, "role") ? [] : [toPart(content)] : list(parts).flatMap(partsOfContent)
}

const toMessages = (contents: unknown): ReadonlyArray<Message.ChatMessage> | undefined => {
  if (typeof contents === "string") return [Message.user(contents)]
  const all = Array.isArray(contents) ? contents : object(contents) === undefined ? [] : [contents]
  if (all.length === 0) return undefined
  // The SDK accepts bare parts too and makes one message of them.
  if (all.every((content) => typeof content === "string" || !has(content, "parts"))) {
    return [{ role: "user", parts: partsOfContent(all) }]
  }
  return all.map((content) => {
    const parts = partsOfContent(content)
    return { role: roleOf(get(content, "role"), parts), parts }
  })
}

const traffic: Readonly<Record<string, string>> = {
  ON_DEMAND: "default",
  ON_DEMAND_PRIORITY: "priority",
  ON_DEMAND_FLEX: "flex",
  PROVISIONED_THROUGHPUT: "provisioned"
}

const tierOf = (usage: unknown): string | undefined => {
  const kind = text(get(usage, "traffic_type")) ?? text(get(usage, "service_tier"))
  return kind === undefined ? undefined : traffic[kind] ?? kind.toLowerCase()
}

export const isResponse = (value: Payload): boolean =>
  Array.isArray(value.candidates) ||
  (has(value, "usage_metadata") && (has(value, "model_version") || has(value, "response_id"))) ||
  has(value, "prompt_feedback")

export const readResponse = (value: unknown): LlmCall | undefined => {
  if (object(value) === undefined) return undefined
  const usage = get(value, "usage_metadata")
  const candidates = objects(get(value, "candidates"))
  const blocked = named(get(get(value, "prompt_feedback"), "block_reason"))
  const reasons = candidates.map((candidate) => named(get(candidate, "finish_reason")))
  return defined({
    // Only Vertex reports how it served a call.
    provider: has(usage, "traffic_type") ? "gcp.vertex_ai" : "gcp.gemini",
    operation: "generate_content",
    responseModel: named(get(value, "model_version"))?.replace(/^(?:.*\/)?models\//, ""),
    responseId: named(get(value, "response_id")),
    finishReasons: candidates.length === 0 ? blocked === undefined ? undefined : [blocked] : finishReasonsOf(reasons),
    outputMessages: candidates.length === 0 ?
      undefined :
      candidates.map((candidate, i) =>
        Message.output(partsOfContent(get(candidate, "content")), { role: "assistant", finishReason: reasons[i] })
      ),
    usage: Usage.fromGemini(usage),
    responseServiceTier: tierOf(usage)
  })
}

const toTools = (tools: unknown): ReadonlyArray<Message.ToolDefinition> | undefined => {
  const found = objects(tools).flatMap((tool): Array<Message.ToolDefinition> => {
    const functions = get(tool, "function_declarations")
    if (functions !== undefined) {
      return objects(functions).flatMap((f) =>
        text(f.name) === undefined ? [] : [defined({
          type: "function" as const,
          name: text(f.name)!,
          description: text(f.description),
          parameters: f.parameters ?? get(f, "parameters_json_schema")
        })]
      )
    }
    // Each of Google's own tools is a property with the tool's name.
    return Object.keys(tool).map((name) => ({ type: name, name }))
  })
  return found.length === 0 ? undefined : found
}

/** Whether a body is a REST request or the arguments of the SDK. */
export const isRequest = (body: Payload): boolean => "contents" in body

export const readRequest = (body: unknown): LlmCall | undefined => {
  if (object(body) === undefined) return undefined
  // The SDK has all settings in `config`. REST has some of them in `generationConfig`.
  const config = get(body, "config") ?? get(body, "generation_config")
  const setting = (name: string) => get(config, name)
  const beside = (name: string) => get(body, name) ?? setting(name)
  const thinking = setting("thinking_config")
  const format = text(setting("response_mime_type"))
  const modalities = texts(setting("response_modalities"))?.map((modality) => modality.toLowerCase())
  return defined({
    provider: "gcp.gemini",
    operation: "generate_content",
    requestModel: named(get(body, "model"))?.replace(/^(?:.*\/)?models\//, ""),
    systemInstructions: instructionsOf(partsOfContent(beside("system_instruction"))),
    inputMessages: toMessages(get(body, "contents")),
    toolDefinitions: toTools(beside("tools")),
    temperature: number(setting("temperature")),
    topP: number(setting("top_p")),
    topK: number(setting("top_k")),
    maxTokens: number(setting("max_output_tokens")),
    frequencyPenalty: number(setting("frequency_penalty")),
    presencePenalty: number(setting("presence_penalty")),
    stopSequences: texts(setting("stop_sequences")),
    seed: number(setting("seed")),
    choiceCount: number(setting("candidate_count")),
    stream: bool(get(body, "stream")),
    outputType: modalities?.includes("audio") === true
      ? "speech"
      : modalities?.includes("image") === true
      ? "image"
      : format === "application/json"
      ? "json"
      : outputTypeOf(format === "text/plain" ? "text" : undefined),
    reasoningLevel: text(get(thinking, "thinking_level"))?.toLowerCase(),
    requestServiceTier: text(beside("service_tier"))
  })
}
