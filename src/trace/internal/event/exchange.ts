/**
 * The input and output of a session or an agent, derived from the calls inside.
 *
 * Only the events with the first input and the last output are kept, and they are read at the end. So changes of a
 * content hook apply here too.
 *
 * @internal
 */
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import type { TracedEvent } from "../../Span.ts"
import { agentFacts, exchangeOf } from "./facts.ts"

interface Part {
  readonly type?: unknown
  readonly content?: unknown
}

interface MessageLike {
  readonly role?: unknown
  readonly parts?: ReadonlyArray<Part> | undefined
}

const textOf = ({ parts }: MessageLike): string | undefined => {
  const texts = (parts ?? []).flatMap(({ content, type }) =>
    type === "text" && typeof content === "string" ? content : []
  )
  return texts.length === 0 ? undefined : texts.join("\n")
}

/** The newest user message: its text, or its parts if none is text. */
const newestQuestion = (messages: ReadonlyArray<MessageLike>): unknown => {
  const message = messages.findLast(({ role }) => role === "user")
  return message === undefined ? undefined : textOf(message) ?? message.parts
}

const answerText = (messages: ReadonlyArray<MessageLike>): string | undefined =>
  messages.length === 0 ? undefined : textOf(messages[0]!)

const isAnswer = (messages: ReadonlyArray<MessageLike>): boolean => {
  const parts = messages[0]?.parts ?? []
  for (let i = 0; i < parts.length; i++) {
    if (parts[i]!.type === "text" && typeof parts[i]!.content === "string") return true
  }
  return false
}

const inputOf = (event: TracedEvent): unknown => {
  const { input } = exchangeOf(event)
  return input === undefined ? undefined : tryOrUndefined(() => newestQuestion(input as ReadonlyArray<MessageLike>))
}

const outputOf = (event: TracedEvent): unknown => {
  const { output } = exchangeOf(event)
  return output === undefined ? undefined : tryOrUndefined(() => answerText(output as ReadonlyArray<MessageLike>))
}

/** An event and its start. */
interface First {
  readonly event: TracedEvent
  readonly start: bigint
}

const firstOf = (known: First | undefined, event: TracedEvent, start: bigint | undefined): First | undefined =>
  start === undefined || (known !== undefined && known.start <= start) ? known : { event, start }

/** @internal */
export class Exchange {
  #firstCall: First | undefined = undefined
  #lastAnswer: TracedEvent | undefined = undefined
  #firstAgent: First | undefined = undefined
  #lastAgent: TracedEvent | undefined = undefined

  /** Notes an ended model call or agent. `start` is its start time. */
  add(event: TracedEvent, start: bigint | undefined): void {
    if (event.kind.category === "modelCall") this.#addCall(event, start)
    else if (event.kind.category === "agent") this.#addAgent(event, start)
  }

  #addCall(event: TracedEvent, start: bigint | undefined): void {
    const asking = firstOf(this.#firstCall, event, start)
    if (asking !== this.#firstCall && inputOf(event) !== undefined) this.#firstCall = asking
    const { output } = exchangeOf(event)
    // An answer that only calls tools is not an output yet.
    if (output !== undefined && tryOrUndefined(() => isAnswer(output as ReadonlyArray<MessageLike>)) === true) {
      this.#lastAnswer = event
    }
  }

  #addAgent(event: TracedEvent, start: bigint | undefined): void {
    const { input, output } = agentFacts(event)
    if (input !== undefined) this.#firstAgent = firstOf(this.#firstAgent, event, start)
    if (output !== undefined) this.#lastAgent = event
  }

  /** The input of the first model call, otherwise of the first agent. */
  get input(): unknown {
    if (this.#firstCall !== undefined) return inputOf(this.#firstCall.event)
    return this.#firstAgent === undefined ? undefined : agentFacts(this.#firstAgent.event).input
  }

  /** The answer of the last model call, otherwise the output of the last agent. */
  get output(): unknown {
    if (this.#lastAnswer !== undefined) return outputOf(this.#lastAnswer)
    return this.#lastAgent === undefined ? undefined : agentFacts(this.#lastAgent).output
  }
}
