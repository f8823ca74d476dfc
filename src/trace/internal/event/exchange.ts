/**
 * What went into a session or an agent and what came out of it, as the calls inside tell it.
 *
 * Only the events of the first question and the last answer are kept, and read at the end: what a content hook has
 * taken out of them, or put in its place, holds here too.
 *
 * @internal
 */
import { attempt } from "../../../core/internal/look.ts"
import type { TracedEvent } from "../../Span.ts"
import { agentFacts, exchangeOf } from "./facts.ts"

interface Part {
  readonly type?: unknown
  readonly content?: unknown
}

interface Said {
  readonly role?: unknown
  readonly parts?: ReadonlyArray<Part> | undefined
}

const textOf = ({ parts }: Said): string | undefined => {
  const texts = (parts ?? []).flatMap(({ content, type }) =>
    type === "text" && typeof content === "string" ? content : []
  )
  return texts.length === 0 ? undefined : texts.join("\n")
}

/** The newest message of a person's: its text, or its parts where none of them is text. */
const question = (messages: ReadonlyArray<Said>): unknown => {
  const asked = messages.findLast(({ role }) => role === "user")
  return asked === undefined ? undefined : textOf(asked) ?? asked.parts
}

const answer = (messages: ReadonlyArray<Said>): string | undefined =>
  messages.length === 0 ? undefined : textOf(messages[0]!)

const isAnswer = (messages: ReadonlyArray<Said>): boolean => {
  const parts = messages[0]?.parts ?? []
  for (let i = 0; i < parts.length; i++) {
    if (parts[i]!.type === "text" && typeof parts[i]!.content === "string") return true
  }
  return false
}

const asked = (event: TracedEvent): unknown => {
  const { input } = exchangeOf(event)
  return input === undefined ? undefined : attempt(() => question(input as ReadonlyArray<Said>))
}

const said = (event: TracedEvent): unknown => {
  const { output } = exchangeOf(event)
  return output === undefined ? undefined : attempt(() => answer(output as ReadonlyArray<Said>))
}

/** An event, and when it began. */
interface First {
  readonly event: TracedEvent
  readonly start: bigint
}

const firstOf = (known: First | undefined, event: TracedEvent, start: bigint | undefined): First | undefined =>
  start === undefined || (known !== undefined && known.start <= start) ? known : { event, start }

/** @internal */
export class Exchange {
  #asking: First | undefined = undefined
  #saying: TracedEvent | undefined = undefined
  #given: First | undefined = undefined
  #returning: TracedEvent | undefined = undefined

  /** Notes a model call or an agent that has ended; `start` is when it began. */
  note(event: TracedEvent, start: bigint | undefined): void {
    if (event.kind.category === "modelCall") this.#noteCall(event, start)
    else if (event.kind.category === "agent") this.#noteAgent(event, start)
  }

  #noteCall(event: TracedEvent, start: bigint | undefined): void {
    const asking = firstOf(this.#asking, event, start)
    if (asking !== this.#asking && asked(event) !== undefined) this.#asking = asking
    const { output } = exchangeOf(event)
    // A turn that only calls tools is no answer yet.
    if (output !== undefined && attempt(() => isAnswer(output as ReadonlyArray<Said>)) === true) this.#saying = event
  }

  #noteAgent(event: TracedEvent, start: bigint | undefined): void {
    const { input, output } = agentFacts(event)
    if (input !== undefined) this.#given = firstOf(this.#given, event, start)
    if (output !== undefined) this.#returning = event
  }

  /** What the first model call was asked, else what the first agent was given. */
  get input(): unknown {
    if (this.#asking !== undefined) return asked(this.#asking.event)
    return this.#given === undefined ? undefined : agentFacts(this.#given.event).input
  }

  /** What the last model call answered, else what the last agent gave back. */
  get output(): unknown {
    if (this.#saying !== undefined) return said(this.#saying)
    return this.#returning === undefined ? undefined : agentFacts(this.#returning).output
  }
}
