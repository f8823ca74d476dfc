/**
 * The input and output of a session or an agent, derived from the calls inside.
 *
 * Only the events with the first input and the last output are kept, and they are read at the end. So changes of a
 * content hook apply here too.
 *
 * @internal
 */
import { tryOrUndefined } from "../../../core/internal/look.ts"
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

/** The newest user message: its text, or its parts if none is text. */
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
  return input === undefined ? undefined : tryOrUndefined(() => question(input as ReadonlyArray<Said>))
}

const said = (event: TracedEvent): unknown => {
  const { output } = exchangeOf(event)
  return output === undefined ? undefined : tryOrUndefined(() => answer(output as ReadonlyArray<Said>))
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
  #asking: First | undefined = undefined
  #saying: TracedEvent | undefined = undefined
  #given: First | undefined = undefined
  #returning: TracedEvent | undefined = undefined

  /** Notes an ended model call or agent. `start` is its start time. */
  note(event: TracedEvent, start: bigint | undefined): void {
    if (event.kind.category === "modelCall") this.#noteCall(event, start)
    else if (event.kind.category === "agent") this.#noteAgent(event, start)
  }

  #noteCall(event: TracedEvent, start: bigint | undefined): void {
    const asking = firstOf(this.#asking, event, start)
    if (asking !== this.#asking && asked(event) !== undefined) this.#asking = asking
    const { output } = exchangeOf(event)
    // An answer that only calls tools is not an output yet.
    if (output !== undefined && tryOrUndefined(() => isAnswer(output as ReadonlyArray<Said>)) === true) {
      this.#saying = event
    }
  }

  #noteAgent(event: TracedEvent, start: bigint | undefined): void {
    const { input, output } = agentFacts(event)
    if (input !== undefined) this.#given = firstOf(this.#given, event, start)
    if (output !== undefined) this.#returning = event
  }

  /** The input of the first model call, otherwise of the first agent. */
  get input(): unknown {
    if (this.#asking !== undefined) return asked(this.#asking.event)
    return this.#given === undefined ? undefined : agentFacts(this.#given.event).input
  }

  /** The answer of the last model call, otherwise the output of the last agent. */
  get output(): unknown {
    if (this.#saying !== undefined) return said(this.#saying)
    return this.#returning === undefined ? undefined : agentFacts(this.#returning).output
  }
}
