/**
 * The base of anything that is open while a stream runs: a model call, an event of another kind, a session.
 *
 * It ends once, with the stream, whatever the outcome.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { succeeded } from "../event/openEvent.ts"

/** The outcome of a stream. @internal */
export type Outcome = "drained" | "failed" | "interrupted" | "let_go" | "abandoned"

/** The default time that a consumer may wait before it asks for the next chunk. @internal */
export const defaultIdleTimeout = Duration.minutes(5)

/** @internal */
export abstract class StreamLife {
  /** Whether the consumer is waiting for the source, so that the passing time is not the consumer's. */
  pulling = false
  protected heldSince: bigint
  readonly #idleTimeout: Duration.Duration

  constructor(startTime: bigint, idleTimeout: Duration.Duration) {
    this.heldSince = startTime
    this.#idleTimeout = idleTimeout
  }

  /** Its name in warnings. */
  abstract readonly label: string
  abstract readonly ended: boolean
  /** The context in which it was opened. */
  abstract readonly outer: Context.Context<never>
  abstract now(): bigint
  /** The context for the source. */
  abstract contextOf(context: Context.Context<never>): Context.Context<never>
  /** Records elements that arrived together. */
  abstract take(chunks: ReadonlyArray<unknown>): void
  /** Ends it. The returned effect logs warnings. */
  abstract end(outcome: Outcome, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined

  takeOne(chunk: unknown): void {
    this.take([chunk])
  }

  /** Ends it in another library's callback, where no effect can run. */
  endUnsafe(outcome: Outcome, exit: Exit.Exit<unknown, unknown>): void {
    const left = this.end(outcome, exit)
    if (left !== undefined) Effect.runForkWith(this.outer)(left)
  }

  /** Ends it after a failure of the stream. */
  failed(cause: Cause.Cause<unknown>): Effect.Effect<void> | undefined {
    return this.end("failed", Exit.failCause(cause))
  }

  /** Ends it after the consumer has stopped before the end of the stream. */
  released(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    return exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)
      ? this.end("interrupted", exit)
      : this.end("let_go", succeeded)
  }

  /**
   * Ends it if the consumer has forgotten the stream. There is one timer for the stream, not one for each chunk. When
   * it fires, it checks the time of the last chunk and waits for the rest.
   */
  watch(): Effect.Effect<void> {
    const limit = Duration.toMillis(this.#idleTimeout)
    const look = (wait: number): Effect.Effect<void> =>
      Effect.flatMap(sleep(wait), () =>
        Effect.suspend(() => {
          if (this.ended) return Effect.void
          if (this.pulling) return look(limit)
          const held = Number(this.now() - this.heldSince) / 1e6
          if (held < limit) return look(limit - held)
          return Effect.andThen(
            this.end("abandoned", succeeded) ?? Effect.void,
            Effect.logWarning(
              `effect-agentops: nobody read on from ${this.label} for ${
                Duration.format(this.#idleTimeout)
              }, so its span was ended. Read streams to their end, or close their scope; idleTimeout sets the time`
            )
          )
        }))
    return Number.isFinite(limit) ? look(limit) : Effect.void
  }
}

const liveClock = Context.get(Context.empty(), Clock.Clock)

/** Sleeps. With the real clock, the timer does not keep the process alive. */
const sleep = (millis: number): Effect.Effect<void> =>
  Effect.clockWith((clock) => {
    if (clock !== liveClock) return clock.sleep(Duration.millis(millis))
    return Effect.callback<void>((resume) => {
      const timer = setTimeout(() => resume(Effect.void), Math.min(millis, 2 ** 31 - 1)) as unknown
      // Node's timers have `unref`. A browser's timers are numbers.
      if (typeof timer === "object") (timer as { readonly unref?: () => void }).unref?.()
      return Effect.sync(() => clearTimeout(timer as ReturnType<typeof setTimeout>))
    })
  })
