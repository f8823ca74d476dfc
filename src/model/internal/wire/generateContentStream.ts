/**
 * The pieces of a streamed `generateContent` response. Each has the form of a complete one.
 *
 * @see https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
 */
import type { LlmCall } from "../../LlmCallFacts.ts"
import { readResponse } from "./generateContent.ts"
import { get, list, named, objects, text } from "./lookup.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { at, compact, errorTypeOf, indexOf, object } from "./streamed.ts"

interface Candidate {
  readonly parts: Array<Record<string, unknown>>
  finishReason?: unknown
  /** The function call whose arguments are incomplete. */
  open?: Record<string, unknown> | undefined
}

/** Puts a piece of the arguments at its path, such as `$.a.b[0]`. */
const put = (args: Record<string, unknown>, path: string, piece: unknown): void => {
  const steps = path.replace(/^\$\.?/, "").split(/[.[\]]+/).filter((step) => step !== "" && step !== "__proto__")
  let at: Record<string, unknown> = args
  steps.forEach((step, i) => {
    if (i < steps.length - 1) {
      at = (at[step] ??= /^\d+$/.test(steps[i + 1]!) ? [] : {}) as Record<string, unknown>
    } else at[step] = typeof piece === "string" && typeof at[step] === "string" ? at[step] + piece : piece
  })
}

const valueOf = (piece: Payload): unknown =>
  text(get(piece, "string_value")) ?? get(piece, "number_value") ?? get(piece, "bool_value") ?? null

const addCall = (candidate: Candidate, call: Payload): void => {
  let { open } = candidate
  if (open === undefined || named(call.name) !== undefined) {
    open = { id: call.id, name: call.name, args: {} }
    candidate.parts.push({ functionCall: open })
  }
  for (const piece of objects(get(call, "partial_args"))) {
    put(open["args"] as Record<string, unknown>, text(get(piece, "json_path")) ?? "$", valueOf(piece))
  }
  candidate.open = get(call, "will_continue") === true ? open : undefined
}

const addPart = (candidate: Candidate, part: Payload): void => {
  const call = object(get(part, "function_call"))
  if (call !== undefined && (candidate.open !== undefined || get(call, "will_continue") === true)) {
    return addCall(candidate, call)
  }
  const content = text(part.text)
  const last = candidate.parts.at(-1)
  if (
    content !== undefined && last !== undefined && typeof last["text"] === "string" && last["thought"] === part.thought
  ) {
    last["text"] += content
  } else candidate.parts.push({ ...part })
}

class ContentAssembly implements Assembly {
  errorType: string | undefined = undefined
  readonly #candidates: Array<Candidate | undefined> = []
  #model: unknown = undefined
  #id: unknown = undefined
  #usage: Payload | undefined = undefined
  #feedback: unknown = undefined

  add(chunk: Payload): void {
    if (object(chunk.error) !== undefined) this.errorType = errorTypeOf(chunk.error)
    this.#model = named(get(chunk, "model_version")) ?? this.#model
    this.#id ??= named(get(chunk, "response_id"))
    this.#feedback ??= get(chunk, "prompt_feedback")
    // Counts are totals so far. The last piece may omit counts of earlier ones.
    const usage = object(get(chunk, "usage_metadata"))
    if (usage !== undefined) this.#usage = { ...this.#usage, ...usage }
    for (const raw of objects(chunk.candidates)) {
      const candidate = at(this.#candidates, indexOf(raw.index), (): Candidate => ({ parts: [] }))
      for (const part of list(get(get(raw, "content"), "parts"))) {
        const known = object(part)
        if (known !== undefined) addPart(candidate, known)
      }
      candidate.finishReason = named(get(raw, "finish_reason")) ?? candidate.finishReason
    }
  }

  facts(): LlmCall | undefined {
    return readResponse({
      modelVersion: this.#model,
      responseId: this.#id,
      promptFeedback: this.#feedback,
      usageMetadata: this.#usage,
      candidates: compact(this.#candidates).map(({ finishReason, parts }) => ({
        finishReason,
        content: { role: "model", parts: parts.filter((part) => part["text"] !== "") }
      }))
    })
  }
}

/** @internal */
export const make = (): Assembly => new ContentAssembly()
