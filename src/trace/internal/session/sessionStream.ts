/**
 * A session that lasts as long as a stream runs, or until a value that is read in parts has been read.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { Options } from "../../SessionOptions.ts"
import { clockTime } from "../startSpan.ts"
import type { Outcome } from "../stream/streamLife.ts"
import { defaultIdleTimeout, StreamLife } from "../stream/streamLife.ts"
import type { ActiveSession } from "./runSession.ts"
import { endSession } from "./runSession.ts"

/** @internal */
export class SessionStream extends StreamLife {
  readonly active: ActiveSession
  readonly label: string
  readonly #options: Options | undefined
  readonly #provide: (context: Context.Context<never>) => Context.Context<never>
  /** The source's exit. Its finalizers still run in the session. */
  #exit: Exit.Exit<unknown, unknown> | undefined = undefined
  ended = false
  kept = false

  constructor(
    active: ActiveSession,
    options: Options | undefined,
    provide: (context: Context.Context<never>) => Context.Context<never>
  ) {
    super(active.state.startTime, defaultIdleTimeout)
    this.active = active
    this.label = `the stream of session ${active.state.name}`
    this.#options = options
    this.#provide = provide
  }

  get outer(): Context.Context<never> {
    return this.active.context
  }

  now(): bigint {
    return clockTime(this.active.context)
  }

  contextOf(context: Context.Context<never>): Context.Context<never> {
    return this.#provide(context)
  }

  take(_: ReadonlyArray<unknown>): void {
    this.pulling = false
    if (this.ended) return
    this.heldSince = this.now()
    this.active.state.firstChunk(this.heldSince)
  }

  end(outcome: Outcome, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    if (outcome !== "drained" && outcome !== "failed") return this.#finish(outcome, exit)
    this.#exit ??= exit
    return undefined
  }

  override released(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    if (this.#exit === undefined) return super.released(exit)
    return this.#finish("drained", this.#exit)
  }

  override endUnsafe(outcome: Outcome, exit: Exit.Exit<unknown, unknown>): void {
    super.endUnsafe(outcome, exit)
    if (this.#exit !== undefined) super.endUnsafe("let_go", this.#exit)
  }

  /** Keeps the session open for a value that has not been read yet. */
  keep(): void {
    this.kept = true
    this.heldSince = this.now()
  }

  /** Ends the session of an effect whose value does not keep it open. */
  close(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    return this.#finish("drained", exit)
  }

  #finish(outcome: Outcome, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    if (this.ended) return undefined
    this.ended = true
    if (outcome === "abandoned") this.active.state.abandoned()
    return endSession(this.active, exit, this.#options)
  }
}
