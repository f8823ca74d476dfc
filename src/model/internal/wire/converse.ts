/**
 * Amazon Bedrock's Converse API. Each content block is an object with one property, whose name is its type.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
import { defined } from "../../../core/internal/defined.ts"
import type { LlmCall } from "../../LlmCallFacts.ts"
import * as Message from "../../Message.ts"
import * as Usage from "../../Usage.ts"
import { argumentsOf, blob, instructionsOf, unknownPart } from "./content.ts"
import type { Payload } from "./lookup.ts"
import { get, list, named, number, object, objects, text, texts } from "./lookup.ts"

const base64 = (bytes: unknown): string | undefined => {
  if (typeof bytes === "string") return bytes
  if (!(bytes instanceof Uint8Array)) return undefined
  // Reads a blob in pieces, because `fromCharCode` takes a limited number of arguments.
  let binary = ""
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(binary)
}

const media = (block: Payload, modality: string): Message.Part => {
  const format = text(block.format)
  const mimeType = format === undefined
    ? undefined
    : modality === "document"
    ? `application/${format}`
    : `${modality}/${format}`
  const bytes = base64(get(block.source, "bytes"))
  if (bytes !== undefined) return blob(bytes, modality, mimeType)
  const uri = text(get(get(block.source, "s3Location"), "uri"))
  if (uri !== undefined) return defined({ type: "uri", modality, uri, mime_type: mimeType })
  const content = text(get(block.source, "text"))
  return content === undefined ? unknownPart({ [modality]: block }) : Message.text(content)
}

const toPart = (raw: unknown): Message.Part => {
  const content = text(get(raw, "text"))
  if (content !== undefined) return Message.text(content)
  const use = object(get(raw, "toolUse"))
  if (use !== undefined) {
    return Message.toolCall({
      id: text(use.toolUseId),
      name: text(use.name) ?? "unknown",
      arguments: argumentsOf(use.input)
    })
  }
  const result = object(get(raw, "toolResult"))
  if (result !== undefined) {
    return Message.toolResult({ id: text(result.toolUseId), response: result.content ?? null })
  }
  const thinking = object(get(raw, "reasoningContent"))
  if (thinking !== undefined) {
    const thought = text(get(get(thinking, "reasoningText"), "text"))
    return thought === undefined ? Message.generic("redacted_reasoning") : Message.reasoning(thought)
  }
  for (const modality of ["image", "video", "audio", "document"]) {
    const block = object(get(raw, modality))
    if (block !== undefined) return media(block, modality)
  }
  const cited = objects(get(get(raw, "citationsContent"), "content"))
  if (cited.length > 0) return Message.text(cited.map((part) => text(part.text) ?? "").join(""))
  return unknownPart(raw)
}

const toParts = (content: unknown): Array<Message.Part> =>
  list(content).filter((block) => object(get(block, "cachePoint")) === undefined).map(toPart)

export const isResponse = (value: Payload): boolean =>
  object(get(value.output, "message")) !== undefined ||
  typeof value.stopReason === "string" && object(value.usage) !== undefined

export const readResponse = (value: unknown): LlmCall | undefined => {
  if (object(value) === undefined) return undefined
  const message = object(get(get(value, "output"), "message"))
  const finishReason = named(get(value, "stopReason"))
  return defined({
    provider: "aws.bedrock",
    operation: "chat",
    responseModel: named(get(get(get(value, "trace"), "promptRouter"), "invokedModelId")),
    responseId: named(get(get(value, "$metadata"), "requestId")),
    finishReasons: finishReason === undefined ? undefined : [finishReason],
    outputMessages: message === undefined
      ? undefined
      : [Message.output(toParts(message.content), { role: text(message.role), finishReason })],
    usage: Usage.fromConverse(get(value, "usage")),
    responseServiceTier: named(get(get(value, "serviceTier"), "type"))
  })
}

/** Whether a body with `messages` is Bedrock's: its content blocks are objects without a `type`. */
export const isRequest = (body: Payload): boolean =>
  "modelId" in body || "inferenceConfig" in body || "toolConfig" in body ||
  objects(body.messages).some((message) =>
    objects(message.content).some((block) =>
      !("type" in block) && ("text" in block || "toolUse" in block || "toolResult" in block)
    )
  )

const toTools = (config: unknown): ReadonlyArray<Message.ToolDefinition> | undefined => {
  const found = objects(get(config, "tools")).flatMap((tool): Array<Message.ToolDefinition> => {
    const spec = object(tool.toolSpec)
    const name = text(spec?.name) ?? text(get(tool.systemTool, "name"))
    if (name === undefined) return []
    return [
      spec === undefined
        ? { type: "system", name }
        : defined({
          type: "function" as const,
          name,
          description: text(spec.description),
          parameters: get(spec.inputSchema, "json")
        })
    ]
  })
  return found.length === 0 ? undefined : found
}

const roleOf = (message: Payload, parts: ReadonlyArray<Message.Part>): string =>
  parts.length > 0 && parts.every((part) => part.type === "tool_call_response") ? "tool" : text(message.role) ?? "user"

export const readRequest = (body: unknown): LlmCall | undefined => {
  if (object(body) === undefined) return undefined
  const config = get(body, "inferenceConfig")
  const more = get(body, "additionalModelRequestFields")
  const messages = objects(get(body, "messages")).map((message) => {
    const parts = toParts(message.content)
    return { role: roleOf(message, parts), parts }
  })
  return defined({
    provider: "aws.bedrock",
    operation: "chat",
    requestModel: named(get(body, "modelId")),
    systemInstructions: instructionsOf(toParts(get(body, "system"))),
    inputMessages: messages.length === 0 ? undefined : messages,
    toolDefinitions: toTools(get(body, "toolConfig")),
    maxTokens: number(get(config, "maxTokens")),
    temperature: number(get(config, "temperature")),
    topP: number(get(config, "topP")),
    topK: number(get(more, "top_k")),
    stopSequences: texts(get(config, "stopSequences")),
    outputType: object(get(get(body, "outputConfig"), "textFormat")) === undefined ? undefined : "json",
    requestServiceTier: named(get(get(body, "serviceTier"), "type"))
  })
}
