/**
 * A model call whose answer is a stream: the part between the chunks and the event.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { attempt } from "../../../core/internal/look.ts"
import type { ChunkReader } from "../../../model/ChunkReader.ts"
import type { LlmCall } from "../../../model/LlmCall.ts"
import type { OpenEvent } from "../event/openEvent.ts"
import { succeeded } from "../event/openEvent.ts"
import { estimateUsage } from "./estimate.ts"

/** How a stream ended. @internal */
export type Outcome = "drained" | "failed" | "interrupted" | "let_go" | "abandoned"

/** @internal */
export interface StreamSettings {
  readonly reader: ChunkReader
  readonly toFields: (facts: LlmCall | undefined) => Readonly<Record<string, unknown>> | undefined
  /** How long a consumer may hold the stream without asking for more. */
  readonly idleTimeout: Duration.Duration
}

/** @internal */
export class StreamEvent {
  readonly event: OpenEvent
  readonly #settings: StreamSettings
  /** Whether the consumer waits for us, so that the time that goes by is not its own. */
  pulling = false
  #heldSince: bigint

  constructor(event: OpenEvent, settings: StreamSettings) {
    this.event = event
    this.#settings = settings
    this.#heldSince = event.startTime
  }

  /** Takes in what arrived together. */
  take(chunks: ReadonlyArray<unknown>): void {
    this.pulling = false
    const { event } = this
    if (event.ended) return
    this.#heldSince = event.chunks(chunks.length)
    for (let i = 0; i < chunks.length; i++) this.#read(chunks[i])
  }

  takeOne(chunk: unknown): void {
    this.pulling = false
    const { event } = this
    if (event.ended) return
    this.#heldSince = event.chunks(1)
    this.#read(chunk)
  }

  /** A reader may be a user's own: what it throws must not reach the stream. */
  #read(chunk: unknown): void {
    try {
      this.#settings.reader.add(chunk)
    } catch {
      // The chunk goes unread, the stream goes on.
    }
  }

  /** Ends the event; the effect that is left tells whoever runs the program. */
  end(outcome: Outcome, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    const { event } = this
    if (event.ended) return undefined
    const { reader } = this.#settings
    const errorType = attempt(() => reader.errorType?.())
    event.add(this.#settings.toFields(attempt(() => reader.facts())))
    event.add({ stream: true, streamOutcome: outcome })
    if (outcome !== "drained") attempt(() => estimateUsage(event.fields, outcome !== "failed"))
    if (errorType !== undefined) {
      if (exit._tag === "Success") event.unsuccessful()
      event.errorType(errorType)
    }
    return event.end(exit)
  }

  /** Ends the event where no effect can be run, in another library's callback. */
  endUnsafe(outcome: Outcome, exit: Exit.Exit<unknown, unknown>): void {
    const left = this.end(outcome, exit)
    if (left !== undefined) Effect.runForkWith(this.event.outer)(left)
  }

  /** The stream itself came to an end that is no interruption. */
  failed(cause: Cause.Cause<unknown>): Effect.Effect<void> | undefined {
    return this.end("failed", Exit.failCause(cause))
  }

  /** The consumer is done with the stream, and has not seen its end. */
  released(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    return exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)
      ? this.end("interrupted", exit)
      : this.end("let_go", succeeded)
  }

  /**
   * Ends the event of a stream that its consumer has forgotten. One timer for the
   * stream, not one for each chunk: it looks when it would be due.
   */
  watch(): Effect.Effect<void> {
    const limit = Duration.toMillis(this.#settings.idleTimeout)
    const look = (wait: number): Effect.Effect<void> =>
      Effect.flatMap(sleep(wait), () =>
        Effect.suspend(() => {
          if (this.event.ended) return Effect.void
          if (this.pulling) return look(limit)
          const held = Number(this.event.now() - this.#heldSince) / 1e6
          if (held < limit) return look(limit - held)
          return Effect.andThen(
            this.end("abandoned", succeeded) ?? Effect.void,
            Effect.logWarning(
              `effect-agentops: nobody read on from the model's stream for ${
                Duration.format(this.#settings.idleTimeout)
              }, so its span was ended. Read streams to their end, or close their scope; idleTimeout sets the time`
            )
          )
        }))
    return Number.isFinite(limit) ? look(limit) : Effect.void
  }
}

const liveClock = Context.get(Context.empty(), Clock.Clock)

/** Sleeps without keeping the process alive for it, where the clock is the real one. */
const sleep = (millis: number): Effect.Effect<void> =>
  Effect.clockWith((clock) => {
    if (clock !== liveClock) return clock.sleep(Duration.millis(millis))
    return Effect.callback<void>((resume) => {
      const timer = setTimeout(() => resume(Effect.void), Math.min(millis, 2 ** 31 - 1)) as unknown
      // Node's timers can be left out of what a process waits for; a browser's are numbers.
      if (typeof timer === "object") (timer as { readonly unref?: () => void }).unref?.()
      return Effect.sync(() => clearTimeout(timer as ReturnType<typeof setTimeout>))
    })
  })
