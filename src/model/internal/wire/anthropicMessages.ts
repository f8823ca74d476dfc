/**
 * Anthropic's Messages API, as Anthropic, Bedrock and Vertex serve it.
 *
 * @see https://docs.anthropic.com/en/api/messages
 */
import * as Schema from "effect/Schema"
import { defined } from "../../../core/internal/defined.ts"
import { anything, boolean, field, finite, int, list, reader, string } from "../../../core/internal/lenient.ts"
import type { LlmCall } from "../../LlmCallFacts.ts"
import * as Message from "../../Message.ts"
import * as Usage from "../../Usage.ts"
import { blob, file, instructionsOf, outputTypeOf, partOfUrl, partsOf, unknownPart } from "./content.ts"
import { get, text } from "./lookup.ts"
import { reportedCost, searches } from "./usage.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

const Source = Schema.Struct({
  type: string,
  media_type: string,
  data: string,
  url: string,
  file_id: string
})

const readBlock = reader(Schema.Struct({
  type: string,
  text: string,
  thinking: string,
  id: string,
  name: string,
  input: anything,
  server_name: string,
  tool_use_id: string,
  content: anything,
  source: field(Source)
}))

type Block = NonNullable<ReturnType<typeof readBlock>>

const sourcePart = (source: typeof Source.Type, modality: string): Message.Part | undefined => {
  switch (source.type) {
    case "base64":
      return source.data === undefined ? undefined : blob(source.data, modality, source.media_type)
    case "text":
      return source.data === undefined ? undefined : Message.text(source.data)
    case "url":
      return source.url === undefined ? undefined : partOfUrl(source.url, modality)
    case "file":
      return source.file_id === undefined ? undefined : file(source.file_id, modality)
  }
}

const serverToolCall = (block: Block, type: string): Message.Part | undefined =>
  block.name === undefined ? undefined : defined({
    type: "server_tool_call",
    id: block.id,
    name: block.name,
    server_tool_call: defined({ type, input: block.input, server_name: block.server_name })
  })

const known = (block: Block): Message.Part | undefined => {
  switch (block.type) {
    case "text":
      return block.text === undefined ? undefined : Message.text(block.text)
    case "thinking":
      return block.thinking === undefined ? undefined : Message.reasoning(block.thinking)
    case "tool_use":
      return block.name === undefined
        ? undefined
        : Message.toolCall({ id: block.id, name: block.name, arguments: block.input })
    case "tool_result":
      return Message.toolResult({ id: block.tool_use_id, response: block.content ?? null })
    case "image":
      return block.source && sourcePart(block.source, "image")
    case "document":
      return block.source && sourcePart(block.source, "document")
    case "server_tool_use":
      return serverToolCall(block, block.name ?? "unknown")
    case "mcp_tool_use":
      return serverToolCall(block, "mcp")
    case "compaction":
      return defined({ type: "compaction", content: typeof block.content === "string" ? block.content : undefined })
  }
  // The result types of the provider's tools: web_search_tool_result, code_execution_tool_result, mcp_tool_result and
  // so on.
  return block.type?.endsWith("_tool_result") === true
    ? defined({
      type: "server_tool_call_response",
      id: block.tool_use_id,
      server_tool_call_response: { type: block.type, content: block.content }
    })
    : undefined
}

const toPart = (raw: unknown): Message.Part => {
  const block = readBlock(raw)
  return (block && known(block)) ?? unknownPart(raw)
}

const readMessage = reader(Schema.Struct({
  id: string,
  model: string,
  role: string,
  content: anything,
  stop_reason: string,
  usage: anything
}))

/** Whether a value is a response. OpenAI's output items have the type `message` too, but none of these fields. */
export const isResponse = (value: Payload): boolean =>
  value.type === "message" && ("stop_reason" in value || "usage" in value || "model" in value)

export const readResponse = (value: unknown): LlmCall | undefined => {
  const message = readMessage(value)
  if (message === undefined) return undefined
  return defined({
    provider: "anthropic",
    operation: "chat",
    responseModel: message.model,
    responseId: message.id,
    finishReasons: message.stop_reason === undefined ? undefined : [message.stop_reason],
    outputMessages: message.content === undefined
      ? undefined
      : [Message.output(partsOf(message.content, toPart), { role: message.role, finishReason: message.stop_reason })],
    usage: Usage.fromAnthropic(message.usage),
    responseServiceTier: text(get(message.usage, "service_tier")),
    responseSpeed: text(get(message.usage, "speed")),
    inferenceGeo: text(get(message.usage, "inference_geo")),
    webSearches: searches(get(get(message.usage, "server_tool_use"), "web_search_requests")),
    ...reportedCost(message.usage)
  })
}

const openAiRoles: ReadonlySet<unknown> = new Set(["system", "developer", "tool", "function"])

const openAiFields = [
  "functions",
  "max_completion_tokens",
  "response_format",
  "reasoning_effort",
  "n",
  "stop",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "stream_options"
]

const anthropicFields = ["system", "anthropic_version", "thinking", "output_config", "stop_sequences"]

const some = (items: unknown, has: (item: Payload) => boolean): boolean =>
  Array.isArray(items) && items.some((item) => typeof item === "object" && item !== null && has(item))

const blockTypes: ReadonlySet<unknown> = new Set(["tool_use", "tool_result", "thinking", "image", "document"])

/** Whether a body with `messages` is Anthropic's: decided by fields that only one API has, else by the model's name. */
export const isRequest = (body: Payload): boolean => {
  if (
    openAiFields.some((name) => name in body) ||
    some(body.messages, (message) => openAiRoles.has(message.role) || "tool_calls" in message) ||
    some(body.tools, (tool) => "function" in tool)
  ) return false
  return anthropicFields.some((name) => name in body) ||
    some(body.tools, (tool) => "input_schema" in tool) ||
    some(body.messages, (message) => some(message.content, (block) => blockTypes.has(block.type))) ||
    typeof body.model === "string" && /^claude|anthropic\.claude/.test(body.model)
}

const readMessagesRequest = reader(Schema.Struct({
  model: string,
  system: anything,
  messages: list(Schema.Struct({ role: string, content: anything })),
  tools: list(Schema.Struct({ type: string, name: string, description: string, input_schema: anything })),
  max_tokens: int,
  temperature: finite,
  top_p: finite,
  top_k: int,
  stop_sequences: field(Schema.Array(Schema.String)),
  stream: boolean,
  output_config: field(Schema.Struct({ effort: string, format: field(Schema.Struct({ type: string })) })),
  output_format: field(Schema.Struct({ type: string }))
}))

type MessagesRequest = NonNullable<ReturnType<typeof readMessagesRequest>>

const toTool = (tool: NonNullable<MessagesRequest["tools"]>[number]): Array<Message.ToolDefinition> => {
  const name = tool.name ?? tool.type
  if (name === undefined) return []
  return tool.type === undefined || tool.type === "custom"
    ? [defined({ type: "function", name, description: tool.description, parameters: tool.input_schema })]
    : [{ type: tool.type, name }]
}

export const readRequest = (body: unknown): LlmCall | undefined => {
  const request = readMessagesRequest(body)
  if (request === undefined) return undefined
  const tools = request.tools?.flatMap(toTool)
  return defined({
    provider: "anthropic",
    operation: "chat",
    requestModel: request.model,
    systemInstructions: instructionsOf(partsOf(request.system, toPart)),
    inputMessages: request.messages?.map((message) => ({
      role: message.role ?? "user",
      parts: partsOf(message.content, toPart)
    })),
    toolDefinitions: tools?.length === 0 ? undefined : tools,
    maxTokens: request.max_tokens,
    temperature: request.temperature,
    topP: request.top_p,
    topK: request.top_k,
    stopSequences: request.stop_sequences,
    stream: request.stream,
    outputType: outputTypeOf(request.output_config?.format?.type ?? request.output_format?.type),
    reasoningLevel: request.output_config?.effort
  })
}
