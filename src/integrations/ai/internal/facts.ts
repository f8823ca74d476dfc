/**
 * Reads the facts of a call of `effect/ai`: its prompt, its tools and the parts of its answer.
 *
 * @internal
 */
import * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as Tool from "effect/ai/Tool"
import * as Base64 from "effect/encoding/Base64"
import * as Predicate from "effect/Predicate"
import { defined } from "../../../core/internal/defined.ts"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import type { LlmCall } from "../../../model/LlmCall.ts"
import * as Message from "../../../model/Message.ts"
import * as Usage from "../../../model/Usage.ts"

const modalityOf = (mediaType: string): string => {
  const kind = mediaType.split("/", 1)[0]!
  return kind === "image" || kind === "audio" || kind === "video" ? kind : "document"
}

const filePart = (mediaType: string, data: string | Uint8Array | URL): Message.Part =>
  data instanceof URL
    ? { type: "uri", modality: modalityOf(mediaType), mime_type: mediaType, uri: data.href }
    : {
      type: "blob",
      modality: modalityOf(mediaType),
      mime_type: mediaType,
      content: typeof data === "string" ? data : Base64.encode(data)
    }

/** The fields that parts of prompts and parts of answers share. */
interface AnyPart {
  readonly type: string
  readonly id?: string
  readonly name?: string
  readonly text?: string
  readonly mediaType?: string
  readonly data?: string | Uint8Array | URL
  readonly params?: unknown
  readonly result?: unknown
  readonly encodedResult?: unknown
  readonly providerExecuted?: boolean
}

const toPart = (part: AnyPart): Message.Part => {
  switch (part.type) {
    case "text":
      return Message.text(part.text ?? "")
    case "reasoning":
      return Message.reasoning(part.text ?? "")
    case "file":
      return filePart(part.mediaType ?? "", part.data ?? "")
    case "tool-call":
      return part.providerExecuted === true
        ? defined({
          type: "server_tool_call" as const,
          id: part.id,
          name: part.name ?? "unknown",
          server_tool_call: { type: part.name ?? "unknown", input: part.params }
        })
        : Message.toolCall({ id: part.id, name: part.name ?? "unknown", arguments: part.params })
    case "tool-result": {
      const response = part.encodedResult ?? part.result ?? null
      return part.providerExecuted === true
        ? defined({
          type: "server_tool_call_response" as const,
          id: part.id,
          server_tool_call_response: { type: part.name ?? "unknown", content: response }
        })
        : Message.toolResult({ id: part.id, response })
    }
  }
  const { options: _, metadata: __, ...rest } = part as AnyPart & {
    readonly options?: unknown
    readonly metadata?: unknown
  }
  return Message.generic(part.type, { ...rest })
}

const toMessage = (message: Prompt.Message): Message.ChatMessage => ({
  role: message.role,
  parts: typeof message.content === "string"
    ? [Message.text(message.content)]
    : message.content.map((part) => toPart(part as AnyPart))
})

// Deriving a tool's JSON Schema takes a while, so it is kept.
const definitions = new WeakMap<Tool.Any, Message.ToolDefinition>()

const toDefinition = (tool: Tool.Any): Message.ToolDefinition => {
  let definition = definitions.get(tool)
  if (definition === undefined) {
    definition = Tool.isProviderDefined(tool)
      ? { type: "provider", name: tool.name }
      : defined({
        type: "function" as const,
        name: tool.name,
        description: tryOrUndefined(() => Tool.getDescription(tool)),
        parameters: tryOrUndefined(() => Tool.getJsonSchema(tool))
      })
    definitions.set(tool, definition)
  }
  return definition
}

/** @internal */
export const toolsOf = (tools: ReadonlyArray<Tool.Any>): Pick<LlmCall, "toolDefinitions"> | undefined =>
  tools.length === 0 ? undefined : { toolDefinitions: tools.map(toDefinition) }

/** @internal */
export const promptOf = (prompt: Prompt.RawInput): Pick<LlmCall, "inputMessages"> => ({
  inputMessages: Prompt.make(prompt).content.map(toMessage)
})

// Converts Effect's finish reasons to the values of most APIs.
const finishReasons: Readonly<Record<string, string>> = {
  "tool-calls": "tool_calls",
  "content-filter": "content_filter"
}

const usageOf = ({ inputTokens, outputTokens }: Response.Usage): Usage.Usage | undefined =>
  inputTokens.total === undefined && inputTokens.uncached === undefined && outputTokens.total === undefined
    ? undefined
    : Usage.make({
      inputTokens: inputTokens.total ??
        (inputTokens.uncached ?? 0) + (inputTokens.cacheRead ?? 0) + (inputTokens.cacheWrite ?? 0),
      outputTokens: outputTokens.total,
      cacheReadTokens: inputTokens.cacheRead,
      cacheWriteTokens: inputTokens.cacheWrite,
      reasoningTokens: outputTokens.reasoning
    })

interface Piece {
  readonly type: string
  text: string
}

/** Assembles the parts of an answer, streamed or whole. @internal */
export class Answer {
  readonly #parts: Array<AnyPart | Piece> = []
  readonly #pieces = new Map<string, Piece>()
  #metadata: { readonly id?: string | undefined; readonly modelId?: string | undefined } | undefined
  #finish: { readonly reason: string; readonly usage: Response.Usage } | undefined
  #errorType: string | undefined = undefined

  readonly errorType = (): string | undefined => this.#errorType

  /** Adds the next part. Never throws. */
  readonly add = (part: unknown): void => {
    if (Predicate.hasProperty(part, "type")) {
      tryOrUndefined(() => this.#take(part as AnyPart & { readonly delta?: string }))
    }
  }

  #take(part: AnyPart & { readonly delta?: string }): void {
    switch (part.type) {
      case "text-start":
      case "reasoning-start": {
        const piece = { type: part.type.slice(0, -6), text: "" }
        this.#pieces.set(`${piece.type} ${part.id}`, piece)
        this.#parts.push(piece)
        break
      }
      case "text-delta":
      case "reasoning-delta": {
        const piece = this.#pieces.get(`${part.type.slice(0, -6)} ${part.id}`)
        if (piece !== undefined) piece.text += part.delta ?? ""
        break
      }
      case "text":
      case "reasoning":
      case "file":
      case "tool-call":
      case "source":
        this.#parts.push(part)
        break
      case "tool-result":
        // Other tool results are the program's answers to the model.
        if (part.providerExecuted === true) this.#parts.push(part)
        break
      case "response-metadata":
        this.#metadata = part as never
        break
      case "finish":
        this.#finish = part as never
        break
      case "error":
        this.#errorType = "_OTHER"
        break
    }
  }

  facts(): LlmCall | undefined {
    if (this.#parts.length === 0 && this.#finish === undefined && this.#metadata === undefined) return undefined
    const reason = this.#finish?.reason
    const finishReason = reason === undefined || reason === "unknown" ? undefined : finishReasons[reason] ?? reason
    return defined({
      responseId: this.#metadata?.id,
      responseModel: this.#metadata?.modelId,
      finishReasons: finishReason === undefined ? undefined : [finishReason],
      outputMessages: [Message.output(this.#parts.map(toPart), { finishReason })],
      usage: this.#finish === undefined ? undefined : usageOf(this.#finish.usage)
    })
  }
}

/** The facts of a complete answer. @internal */
export const answerOf = (parts: ReadonlyArray<unknown>): LlmCall | undefined => {
  const answer = new Answer()
  for (const part of parts) answer.add(part)
  return answer.facts()
}
