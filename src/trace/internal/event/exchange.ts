/**
 * What went into a session or an agent and what came out of it, as the calls inside tell it.
 *
 * Only references are kept, of the first question and the last answer: the text is looked for at the end.
 *
 * @internal
 */
import { attempt } from "../../../core/internal/look.ts"
import type { ActiveEvent } from "./activeEvent.ts"
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

/** @internal */
export class Exchange {
  #start: bigint | undefined = undefined
  #asked: unknown = undefined
  #said: ReadonlyArray<Said> | undefined = undefined
  #agentStart: bigint | undefined = undefined
  #given: unknown = undefined
  #returned: unknown = undefined

  /** Notes a model call or an agent that has ended. */
  note(event: ActiveEvent): void {
    if (event.kind.category === "modelCall") this.#noteCall(event)
    else if (event.kind.category === "agent") this.#noteAgent(event)
  }

  #noteCall(event: ActiveEvent): void {
    const { input, output } = exchangeOf(event)
    if (input === undefined && output === undefined) return
    const start = event.span?.status.startTime
    if (input !== undefined && start !== undefined && (this.#start === undefined || start < this.#start)) {
      const asked = attempt(() => question(input as ReadonlyArray<Said>))
      if (asked !== undefined) {
        this.#start = start
        this.#asked = asked
      }
    }
    // A turn that only calls tools is no answer yet.
    if (output !== undefined && attempt(() => isAnswer(output as ReadonlyArray<Said>)) === true) {
      this.#said = output as ReadonlyArray<Said>
    }
  }

  #noteAgent(event: ActiveEvent): void {
    const { input, output } = agentFacts(event)
    const start = event.span?.status.startTime
    if (input !== undefined && start !== undefined && (this.#agentStart === undefined || start < this.#agentStart)) {
      this.#agentStart = start
      this.#given = input
    }
    if (output !== undefined) this.#returned = output
  }

  /** What the first model call was asked, else what the first agent was given. */
  get input(): unknown {
    return this.#asked ?? this.#given
  }

  /** What the last model call answered, else what the last agent gave back. */
  get output(): unknown {
    const said = this.#said
    return (said === undefined ? undefined : attempt(() => answer(said))) ?? this.#returned
  }
}
