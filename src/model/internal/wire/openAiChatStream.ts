/**
 * The chunks of a streamed chat completion, from OpenAI and from the many servers with nearly its API.
 *
 * A piece is identified by its own id or name before its index, because the index is often wrong or missing.
 *
 * @see https://platform.openai.com/docs/api-reference/chat-streaming
 */
import type { LlmCall } from "../../LlmCallFacts.ts"
import { get, list, named, number, objects } from "./lookup.ts"
import { readResponse } from "./openAiChat.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { append, at, compact, errorTypeOf, indexOf, object, text } from "./streamed.ts"
import type { Called, ToolCall } from "./toolCalls.ts"
import { addCalled, addToolCall, inOrder } from "./toolCalls.ts"

interface Choice {
  role?: string | undefined
  content?: string | undefined
  /** The content as parts, after a piece was not plain text. */
  parts?: Array<Record<string, unknown>> | undefined
  refusal?: string | undefined
  reasoning_content?: string | undefined
  reasoning?: string | undefined
  details?: string | undefined
  function_call?: Called | undefined
  audio?: { id?: string | undefined; data?: string | undefined; transcript?: string | undefined } | undefined
  images?: Array<unknown> | undefined
  annotations?: Array<unknown> | undefined
  finish_reason?: string | undefined
  /** A complete message in a chunk. */
  message?: Payload | undefined
  readonly tool_calls: Array<ToolCall>
}

const thoughtOf = (part: Payload): string =>
  typeof part.thinking === "string"
    ? part.thinking
    : objects(part.thinking).map((piece) => text(piece.text) ?? "").join("") || (text(part.text) ?? "")

const addContentPart = (parts: Array<Record<string, unknown>>, part: Payload): void => {
  const type = part.type === "thinking" || part.type === "reasoning" ? "thinking" : part.type
  const last = parts.at(-1)
  if (type === "text") {
    if (last?.["type"] === "text") last["text"] = append(text(last["text"]), part.text)
    else parts.push({ type, text: text(part.text) ?? "" })
  } else if (type === "thinking") {
    if (last?.["type"] === "thinking") last["thinking"] = append(text(last["thinking"]), thoughtOf(part))
    else parts.push({ type, thinking: thoughtOf(part) })
  } else parts.push({ ...part })
}

const addContent = (choice: Choice, content: unknown): void => {
  if (Array.isArray(content)) {
    if (choice.parts === undefined) {
      choice.parts = choice.content === undefined || choice.content === ""
        ? []
        : [{ type: "text", text: choice.content }]
    }
    for (const part of objects(content)) addContentPart(choice.parts, part)
  } else if (choice.parts === undefined) choice.content = append(choice.content, content)
  else if (named(content) !== undefined) addContentPart(choice.parts, { type: "text", text: content })
}

const addDelta = (choice: Choice, delta: Payload): void => {
  choice.role ??= named(delta.role)
  addContent(choice, delta.content)
  if (delta.refusal !== undefined) choice.refusal = append(choice.refusal, delta.refusal)
  if (delta.reasoning_content !== undefined) {
    choice.reasoning_content = append(choice.reasoning_content, delta.reasoning_content)
  }
  if (delta.reasoning !== undefined) choice.reasoning = append(choice.reasoning, delta.reasoning)
  for (const detail of objects(delta.reasoning_details)) {
    choice.details = append(choice.details, detail.text ?? detail.summary)
  }
  for (const call of list(get(delta, "tool_calls"))) addToolCall(choice.tool_calls, call)
  const called = object(delta.function_call)
  if (called !== undefined) choice.function_call = addCalled(choice.function_call, called)
  const audio = object(delta.audio)
  if (audio !== undefined) {
    choice.audio ??= {}
    choice.audio.id ??= text(audio.id)
    choice.audio.data = append(choice.audio.data, audio.data)
    choice.audio.transcript = append(choice.audio.transcript, audio.transcript)
  }
  if (Array.isArray(delta.images)) choice.images = [...choice.images ?? [], ...delta.images]
  if (Array.isArray(delta.annotations)) choice.annotations = [...choice.annotations ?? [], ...delta.annotations]
}

const messageOf = (choice: Choice): Payload => {
  if (choice.message !== undefined) return choice.message
  const {
    annotations,
    audio,
    content,
    details,
    function_call,
    images,
    parts,
    reasoning,
    reasoning_content,
    refusal,
    role
  } = choice
  const calls = choice.tool_calls.length > 0 || function_call !== undefined
  return {
    role,
    // The first piece has an empty text, which a complete response with tool calls does not have.
    content: parts ?? (content === "" && calls ? undefined : content),
    refusal,
    reasoning_content,
    reasoning: reasoning ?? details,
    function_call,
    audio,
    images,
    annotations,
    tool_calls: inOrder(choice.tool_calls)
  }
}

const countOf = (usage: Payload): number =>
  (number(get(usage, "prompt_tokens")) ?? 0) + (number(get(usage, "completion_tokens")) ?? 0)

class ChatAssembly implements Assembly {
  errorType: string | undefined = undefined
  readonly #choices: Array<Choice | undefined> = []
  readonly #fields: Record<string, unknown> = {}
  #usage: Payload | undefined = undefined

  add(chunk: Payload): void {
    if (object(chunk.error) !== undefined || named(chunk.error) !== undefined) this.errorType = errorTypeOf(chunk.error)
    for (const name of ["id", "model", "system_fingerprint", "provider", "x_groq"]) {
      // Azure's first chunk has empty values.
      if (chunk[name] !== "" && chunk[name] !== null) this.#fields[name] ??= chunk[name]
    }
    if (typeof chunk.service_tier === "string") this.#fields["service_tier"] = chunk.service_tier
    this.#addUsage(chunk.usage)
    this.#addUsage(get(chunk.x_groq, "usage"))
    for (const wire of objects(chunk.choices)) this.#addChoice(wire)
  }

  #addChoice(wire: Payload): void {
    const choice = at(this.#choices, indexOf(wire.index), (): Choice => ({ tool_calls: [] }))
    const delta = object(wire.delta)
    const message = object(wire.message)
    if (delta !== undefined) addDelta(choice, delta)
    else if (message !== undefined) choice.message = message
    choice.finish_reason = named(get(wire, "finish_reason")) ?? choice.finish_reason
    this.#addUsage(wire.usage)
    if (object(wire.error) !== undefined) this.errorType = errorTypeOf(wire.error)
  }

  /** Counts are totals so far. A server may send empty ones at the end. */
  #addUsage(value: unknown): void {
    const usage = object(value)
    if (usage !== undefined && (this.#usage === undefined || countOf(usage) >= countOf(this.#usage))) {
      this.#usage = usage
    }
  }

  facts(): LlmCall | undefined {
    return readResponse({
      ...this.#fields,
      usage: this.#usage,
      choices: this.#choices.length === 0 ? undefined : compact(this.#choices).map((choice) => ({
        finish_reason: choice.finish_reason,
        message: messageOf(choice)
      }))
    })
  }
}

/** @internal */
export const make = (): Assembly => new ChatAssembly()
