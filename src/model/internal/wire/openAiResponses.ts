/**
 * OpenAI's Responses API. A response is a list of items, which are parts of one answer, and echoes most of the request.
 *
 * @see https://platform.openai.com/docs/api-reference/responses
 */
import * as Schema from "effect/Schema"
import { defined } from "../../../core/internal/defined.ts"
import { anything, boolean, field, finite, int, list, reader, string } from "../../../core/internal/lenient.ts"
import type { LlmCall } from "../../LlmCallFacts.ts"
import * as Message from "../../Message.ts"
import * as Usage from "../../Usage.ts"
import { argumentsOf, blob, file, instructionsOf, outputTypeOf, partOfUrl, partsOf, unknownPart } from "./content.ts"
import { get } from "./lookup.ts"
import { reportedCost, searches } from "./usage.ts"

const readPart = reader(Schema.Struct({
  type: string,
  text: string,
  refusal: string,
  image_url: string,
  file_id: string,
  file_url: string,
  file_data: string,
  input_audio: field(Schema.Struct({ data: Schema.String, format: string }))
}))

const toPart = (raw: unknown): Message.Part => {
  const part = readPart(raw)
  switch (part?.type) {
    case "input_text":
    case "output_text":
    case "text":
      if (part.text !== undefined) return Message.text(part.text)
      break
    case "summary_text":
    case "reasoning_text":
      if (part.text !== undefined) return Message.reasoning(part.text)
      break
    case "refusal":
      if (part.refusal !== undefined) return Message.generic("refusal", { content: part.refusal })
      break
    case "input_image":
    case "input_file": {
      const modality = part.type === "input_image" ? "image" : "document"
      const url = part.image_url ?? part.file_url ?? part.file_data
      if (url !== undefined) return partOfUrl(url, modality)
      if (part.file_id !== undefined) return file(part.file_id, modality)
      break
    }
    case "input_audio": {
      const audio = part.input_audio
      if (audio !== undefined) return blob(audio.data, "audio", audio.format && `audio/${audio.format}`)
      break
    }
  }
  return unknownPart(raw)
}

const readItem = reader(Schema.Struct({
  type: string,
  role: string,
  id: string,
  content: anything,
  summary: anything,
  call_id: string,
  name: string,
  arguments: anything,
  input: anything,
  output: anything
}))

/** Without a summary, the provider does not return the reasoning. Then the part is empty. */
const reasoningParts = (summary: unknown, content: unknown): ReadonlyArray<Message.Part> => {
  const parts = [...partsOf(summary, toPart), ...partsOf(content, toPart)]
  return parts.length === 0 ? [Message.reasoning("")] : parts
}

const toMessage = (raw: unknown): Message.ChatMessage => {
  const item = readItem(raw)
  const type = item?.type
  if (item !== undefined) {
    switch (type ?? (item.role !== undefined ? "message" : undefined)) {
      case "message":
        return { role: item.role ?? "assistant", parts: partsOf(item.content, toPart) }
      case "reasoning":
        return Message.assistant(reasoningParts(item.summary, item.content))
      case "function_call":
      case "custom_tool_call":
        return Message.assistant([
          Message.toolCall({
            id: item.call_id,
            name: item.name ?? "unknown",
            arguments: item.arguments === undefined ? item.input : argumentsOf(item.arguments)
          })
        ])
      case "function_call_output":
      case "custom_tool_call_output":
        return Message.tool([Message.toolResult({ id: item.call_id, response: item.output ?? null })])
      case "compaction":
        return Message.assistant([defined({ type: "compaction", id: item.id })])
    }
  }
  const part = unknownPart(raw)
  return type?.endsWith("_output") === true ? Message.tool([part]) : Message.assistant([part])
}

/** The messages of a list of items, or one message for a text. */
const toMessages = (items: unknown, role: string): ReadonlyArray<Message.ChatMessage> | undefined =>
  typeof items === "string"
    ? [{ role, parts: [Message.text(items)] }]
    : Array.isArray(items)
    ? items.map(toMessage)
    : undefined

/** The fields that requests and responses share. */
const shared = {
  model: string,
  instructions: anything,
  tools: list(Schema.Struct({ type: string, name: string, description: string, parameters: anything })),
  temperature: finite,
  top_p: finite,
  max_output_tokens: int,
  frequency_penalty: finite,
  presence_penalty: finite,
  text: field(Schema.Struct({ format: field(Schema.Struct({ type: string })) })),
  reasoning: field(Schema.Struct({ effort: string })),
  previous_response_id: string,
  conversation: field(Schema.Union([Schema.String, Schema.Struct({ id: Schema.String })])),
  service_tier: string
}

const Shared = Schema.Struct(shared)

const toTool = (tool: NonNullable<typeof Shared.Type["tools"]>[number]): Array<Message.ToolDefinition> =>
  tool.type === undefined ? [] : [{ ...tool, type: tool.type, name: tool.name ?? tool.type }]

const parametersOf = (wire: typeof Shared.Type) => {
  const instructions = toMessages(wire.instructions, "system")
  const tools = wire.tools?.flatMap(toTool)
  return {
    provider: "openai",
    operation: "chat",
    apiType: "responses",
    systemInstructions: instructions && instructionsOf(instructions.flatMap((message) => message.parts)),
    toolDefinitions: tools?.length === 0 ? undefined : tools,
    temperature: wire.temperature,
    topP: wire.top_p,
    maxTokens: wire.max_output_tokens,
    frequencyPenalty: wire.frequency_penalty,
    presencePenalty: wire.presence_penalty,
    outputType: outputTypeOf(wire.text?.format?.type),
    reasoningLevel: wire.reasoning?.effort,
    previousResponseId: wire.previous_response_id,
    conversationId: typeof wire.conversation === "string" ? wire.conversation : wire.conversation?.id
  } satisfies LlmCall
}

const readApiResponse = reader(Schema.Struct({
  ...shared,
  id: string,
  status: string,
  incomplete_details: field(Schema.Struct({ reason: string })),
  output: anything,
  usage: anything
}))

type ApiResponse = NonNullable<ReturnType<typeof readApiResponse>>

const finishReasonOf = (response: ApiResponse): string | undefined =>
  response.status === "in_progress" || response.status === "queued"
    ? undefined
    : response.incomplete_details?.reason ?? response.status

/** The searches among the items. The preview tool has other prices, so its searches are not counted. */
const searchCount = (output: unknown, tools: unknown): number => {
  const isPreview = Array.isArray(tools) &&
    tools.some((tool) => String(get(tool, "type")).startsWith("web_search_preview"))
  if (isPreview || !Array.isArray(output)) return 0
  return output.filter((item) => {
    if (get(item, "type") !== "web_search_call" || get(item, "status") === "failed") return false
    const action = get(get(item, "action"), "type")
    return action === undefined || action === "search"
  }).length
}

/** Whether a value without `object: "response"` is a response. */
export const isResponse = (value: Readonly<Record<PropertyKey, unknown>>): boolean =>
  Array.isArray(value.output) && (typeof value.status === "string" || typeof value.id === "string") &&
  value.output.every((item) => typeof item === "object" && item !== null && "type" in item)

export const readResponse = (value: unknown): LlmCall | undefined => {
  const response = readApiResponse(value)
  if (response === undefined) return undefined
  const finishReason = finishReasonOf(response)
  const items = toMessages(response.output, "assistant")
  return defined({
    ...parametersOf(response),
    responseModel: response.model,
    responseId: response.id,
    finishReasons: finishReason === undefined ? undefined : [finishReason],
    outputMessages: items === undefined || (items.length === 0 && finishReason === undefined)
      ? undefined
      : [Message.output(items.flatMap((message) => message.parts), { finishReason })],
    usage: Usage.fromOpenAi(response.usage),
    ...reportedCost(response.usage),
    webSearches: searches(searchCount(response.output, get(value, "tools"))),
    responseServiceTier: response.service_tier
  })
}

const readApiRequest = reader(Schema.Struct({ ...shared, input: anything, stream: boolean }))

/** Whether a body requests a response. Requests for embeddings, moderation and speech have an `input` too. */
export const isRequest = (body: Readonly<Record<PropertyKey, unknown>>): boolean =>
  typeof body.prompt === "object" && body.prompt !== null && !Array.isArray(body.prompt) ||
  (typeof body.input === "string" || Array.isArray(body.input)) &&
    !("encoding_format" in body || "dimensions" in body || "voice" in body) &&
    !(typeof body.model === "string" && /embed|moderation|tts/.test(body.model))

export const readRequest = (body: unknown): LlmCall | undefined => {
  const request = readApiRequest(body)
  if (request === undefined) return undefined
  return defined({
    ...parametersOf(request),
    requestModel: request.model,
    inputMessages: toMessages(request.input, "user"),
    stream: request.stream,
    requestServiceTier: request.service_tier
  })
}
