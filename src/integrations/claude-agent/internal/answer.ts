/**
 * An answer of the model as the Claude Agent SDK reports it, complete or streamed.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import { nonEmpty } from "../../../core/internal/inspect.ts"
import * as ChunkReader from "../../../model/ChunkReader.ts"
import * as LlmCall from "../../../model/LlmCall.ts"
import type * as Event from "../../../trace/Event.ts"
import type { fields } from "../../../trace/LlmEvent.ts"
import { toFields } from "../../../trace/LlmEvent.ts"
import { statusError } from "../../internal/requests.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

/** An answer in progress. The SDK sends one message for each of its parts. @internal */
export interface Answer {
  message: Payload
  readonly content: Array<unknown>
  /** The `error.type`, if the message reports a failed call. */
  readonly failure: string | undefined
  readonly context: Context.Context<never>
  readonly startTime: bigint
  endTime: bigint
}

/** The error of a failed call: the API's own code, or else the SDK's. @internal */
export const failureOf = (raw: Payload): string | undefined => nonEmpty(raw["api_error_type"]) ?? nonEmpty(raw["error"])

/** The facts of an answer. A message that reports a failed call has none, because the SDK wrote it. @internal */
export const answerOf = ({ content, failure, message }: Answer): LlmCall.LlmCall =>
  failure !== undefined || message["model"] === "<synthetic>"
    ? {}
    : LlmCall.readResponse({ ...message, type: "message", content }, { api: "messages", provider: "anthropic" }) ?? {}

/** A call whose progress the SDK reports. @internal */
export class Streamed {
  readonly #event: Event.StartedEvent<typeof fields>
  readonly #reader = ChunkReader.make()
  /** Whether the first chunk has arrived. */
  began = false
  #over = false

  constructor(event: Event.StartedEvent<typeof fields>) {
    this.#event = event
  }

  chunk(event: Payload): void {
    this.began = true
    this.#over = event["type"] === "message_stop"
    this.#event.chunk()
    this.#reader.add(event)
  }

  /** Starts the next attempt when the SDK retries. */
  retry(status: unknown, error: unknown): void {
    this.#event.endAttempt(Predicate.isNumber(status) ? statusError(status) : { _tag: nonEmpty(error) ?? "_OTHER" })
    this.#event.nextAttempt()
  }

  /** Ends the call with an answer that was not streamed. */
  whole({ endTime, failure }: Answer, facts: LlmCall.LlmCall): void {
    this.#event.add({ ...toFields(facts), stream: undefined })
    this.#event.end(failure === undefined ? undefined : Exit.fail({ _tag: failure }), endTime)
  }

  /** Ends the call. Returns its facts if the stream was complete. */
  end(exit?: Exit.Exit<unknown, unknown>): LlmCall.LlmCall | undefined {
    const facts = this.#reader.facts()
    this.#event.add({ ...toFields(facts), streamOutcome: this.#over ? "drained" : "interrupted" })
    this.#event.end(this.#over || exit === undefined ? undefined : exit)
    return this.#over ? facts : undefined
  }
}
