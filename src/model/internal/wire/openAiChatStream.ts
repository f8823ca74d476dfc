/**
 * The chunks of a streamed chat completion.
 *
 * @see https://platform.openai.com/docs/api-reference/chat-streaming
 */
import type { LlmCall } from "../../LlmCall.ts"
import { readResponse } from "./openAiChat.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { append, at, compact, errorTypeOf, indexOf, object, text } from "./streamed.ts"

interface Called {
  name?: string | undefined
  arguments?: string | undefined
  input?: string | undefined
}

interface ToolCall {
  id?: string | undefined
  type?: string | undefined
  function?: Called | undefined
  custom?: Called | undefined
}

interface Choice {
  role?: string | undefined
  content?: string | undefined
  refusal?: string | undefined
  reasoning_content?: string | undefined
  reasoning?: string | undefined
  function_call?: Called | undefined
  audio?: { id?: string | undefined; data?: string | undefined; transcript?: string | undefined } | undefined
  finish_reason?: string | undefined
  readonly tool_calls: Array<ToolCall | undefined>
}

const addCalled = (called: Called | undefined, delta: Payload): Called => {
  const self = called ?? {}
  self.name = append(self.name, delta.name)
  self.arguments = append(self.arguments, delta.arguments)
  self.input = append(self.input, delta.input)
  return self
}

const addToolCall = (calls: Array<ToolCall | undefined>, raw: unknown): void => {
  const delta = object(raw)
  if (delta === undefined) return
  const call = at(calls, indexOf(delta.index), (): ToolCall => ({}))
  call.id ??= text(delta.id)
  call.type ??= text(delta.type)
  const called = object(delta.function)
  if (called !== undefined) call.function = addCalled(call.function, called)
  const custom = object(delta.custom)
  if (custom !== undefined) call.custom = addCalled(call.custom, custom)
}

const addDelta = (choice: Choice, delta: Payload): void => {
  choice.role ??= text(delta.role)
  choice.content = append(choice.content, delta.content)
  if (delta.refusal !== undefined) choice.refusal = append(choice.refusal, delta.refusal)
  if (delta.reasoning_content !== undefined) {
    choice.reasoning_content = append(choice.reasoning_content, delta.reasoning_content)
  }
  if (delta.reasoning !== undefined) choice.reasoning = append(choice.reasoning, delta.reasoning)
  if (Array.isArray(delta.tool_calls)) { for (const call of delta.tool_calls) addToolCall(choice.tool_calls, call) }
  const called = object(delta.function_call)
  if (called !== undefined) choice.function_call = addCalled(choice.function_call, called)
  const audio = object(delta.audio)
  if (audio !== undefined) {
    choice.audio ??= {}
    choice.audio.id ??= text(audio.id)
    choice.audio.data = append(choice.audio.data, audio.data)
    choice.audio.transcript = append(choice.audio.transcript, audio.transcript)
  }
}

class ChatAssembly implements Assembly {
  errorType: string | undefined = undefined
  readonly #choices: Array<Choice | undefined> = []
  #first: Payload | undefined = undefined
  #usage: unknown = undefined
  #serviceTier: unknown = undefined

  add(chunk: Payload): void {
    if (chunk.error !== undefined && chunk.error !== null) this.errorType = errorTypeOf(chunk.error)
    if (chunk.id !== undefined) this.#first ??= chunk
    if (chunk.usage !== undefined && chunk.usage !== null) this.#usage = chunk.usage
    if (typeof chunk.service_tier === "string") this.#serviceTier = chunk.service_tier
    if (!Array.isArray(chunk.choices)) return
    for (const raw of chunk.choices) {
      const wire = object(raw)
      if (wire === undefined) continue
      const choice = at(this.#choices, indexOf(wire.index), (): Choice => ({ tool_calls: [] }))
      const delta = object(wire.delta)
      if (delta !== undefined) addDelta(choice, delta)
      if (typeof wire.finish_reason === "string") choice.finish_reason = wire.finish_reason
    }
  }

  facts(): LlmCall | undefined {
    return readResponse({
      id: this.#first?.id,
      model: this.#first?.model,
      system_fingerprint: this.#first?.system_fingerprint,
      service_tier: this.#serviceTier,
      usage: this.#usage,
      choices: this.#choices.length === 0 ? undefined : compact(this.#choices).map((choice) => ({
        finish_reason: choice.finish_reason,
        // The first piece is the empty text, which a whole answer of tool calls has not.
        message: {
          ...choice,
          content: choice.content === "" && (choice.tool_calls.length > 0 || choice.function_call !== undefined)
            ? undefined
            : choice.content,
          tool_calls: compact(choice.tool_calls)
        }
      }))
    })
  }
}

/** @internal */
export const make = (): Assembly => new ChatAssembly()
