/**
 * The position in a script.
 *
 * @internal
 */
import type { LlmCall } from "../../model/LlmCall.ts"
import * as Message from "../../model/Message.ts"
import { compare, show } from "../Pattern.ts"
import type { Answer, BodyAnswer, ErrorAnswer, MessageAnswer, Script, ScriptedRequest } from "../Script.ts"
import { ScriptError } from "../ScriptError.ts"

/** An answer in which a plain string has become an object. @internal */
export type ScriptedAnswer = MessageAnswer | ErrorAnswer | BodyAnswer

const toAnswer = (answer: Answer): ScriptedAnswer => typeof answer === "string" ? { text: answer } : answer

const lastMessage = ({ inputMessages }: LlmCall): string => {
  const last = inputMessages?.at(-1)
  return last === undefined ? "" : `: ${last.role} ${show(Message.toText(last) || last.parts)}`
}

/** @internal */
export class ScriptState {
  readonly requests: Array<ScriptedRequest> = []
  readonly #script: Script
  #error: ScriptError | undefined = undefined

  constructor(script: Script) {
    this.#script = script
  }

  /** Records a call and returns its answer. */
  next(
    given: Omit<ScriptedRequest, "number">
  ): { readonly request: ScriptedRequest; readonly answer: ScriptedAnswer | ScriptError } {
    const request: ScriptedRequest = { ...given, number: this.requests.length + 1 }
    this.requests.push(request)
    return { request, answer: this.#answer(request) }
  }

  #answer(request: ScriptedRequest): ScriptedAnswer | ScriptError {
    const script = this.#script
    const answer = typeof script === "function" ? script(request) : script[request.number - 1]
    if (answer === undefined) {
      const count = typeof script === "function" ? "no answer for it" : `${script.length} answers`
      return this.#note(
        request.number,
        `Call ${request.number} has no answer: the script has ${count}${lastMessage(request.call)}`
      )
    }
    const answered = toAnswer(answer)
    const [first] = answered.request === undefined ? [] : compare(answered.request, request.call)
    if (first === undefined) return answered
    return this.#note(
      request.number,
      `Call ${request.number} is not what the script has an answer to: ${
        first.path.replace(/^\./, "")
      }: expected ${first.expected}, ` +
        `found ${first.found}`
    )
  }

  #note(number: number, message: string): ScriptError {
    const error = new ScriptError({ number, message })
    this.#error ??= error
    return error
  }

  /** The first error, or an error for answers that are left. */
  wrong(): ScriptError | undefined {
    const left = typeof this.#script === "function" ? 0 : this.#script.length - this.requests.length
    if (this.#error !== undefined || left <= 0) return this.#error
    return new ScriptError({
      number: this.requests.length + 1,
      message: `${left} ${
        left === 1 ? "answer is" : "answers are"
      } left: the model was asked ${this.requests.length} times`
    })
  }
}

/** The facts of an answer. `reasons` are the API's finish reasons for a text and for tool calls. @internal */
export const factsOf = (
  { chunks, finishReason, id, model, reasoning, text, toolCalls = [], usage }: MessageAnswer,
  { call, number }: { readonly call: LlmCall; readonly number: number },
  reasons: readonly [answer: string, calls: string]
): LlmCall => {
  const content = text ?? chunks?.join("")
  const reason = finishReason ?? (toolCalls.length > 0 ? reasons[1] : reasons[0])
  const parts = [
    ...reasoning === undefined ? [] : [Message.reasoning(reasoning)],
    ...content === undefined ? [] : [Message.text(content)],
    ...toolCalls.map((tool, i) =>
      Message.toolCall({ id: tool.id ?? `call_${number}_${i + 1}`, name: tool.name, arguments: tool.arguments ?? {} })
    )
  ]
  return {
    responseId: id ?? `scripted_${number}`,
    responseModel: model ?? call.requestModel ?? "scripted",
    finishReasons: [reason],
    outputMessages: [Message.output(parts, { finishReason: reason })],
    usage: { inputTokens: 0, outputTokens: 0, ...usage }
  }
}
