/**
 * What is open while a stream runs: a model call, an event of another kind, a session.
 *
 * It ends once, with the stream, however that ends.
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

/** How a stream ended. @internal */
export type Outcome = "drained" | "failed" | "interrupted" | "let_go" | "abandoned"

/** How long a consumer may hold a stream without asking for more, unless the program says. @internal */
export const defaultIdleTimeout = Duration.minutes(5)

/** @internal */
export abstract class StreamLife {
  /** Whether the consumer waits for us, so that the time that goes by is not its own. */
  pulling = false
  protected heldSince: bigint
  readonly #idleTimeout: Duration.Duration

  constructor(startTime: bigint, idleTimeout: Duration.Duration) {
    this.heldSince = startTime
    this.#idleTimeout = idleTimeout
  }

  /** What a warning calls it. */
  abstract readonly label: string
  abstract readonly ended: boolean
  /** Where it was opened. */
  abstract readonly outer: Context.Context<never>
  abstract now(): bigint
  /** For what the source does. */
  abstract contextOf(context: Context.Context<never>): Context.Context<never>
  /** Takes in what arrived together. */
  abstract take(chunks: ReadonlyArray<unknown>): void
  /** Ends it; the effect that is left tells whoever runs the program. */
  abstract end(outcome: Outcome, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined

  takeOne(chunk: unknown): void {
    this.take([chunk])
  }

  /** Ends it where no effect can be run, in another library's callback. */
  endUnsafe(outcome: Outcome, exit: Exit.Exit<unknown, unknown>): void {
    const left = this.end(outcome, exit)
    if (left !== undefined) Effect.runForkWith(this.outer)(left)
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
   * Ends it where the consumer has forgotten the stream. One timer for the
   * stream, not one for each chunk: it looks when it would be due.
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
