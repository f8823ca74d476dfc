/**
 * The open events of a framework that identifies its runs by ids.
 *
 * A run without an event of its own, such as a step of a chain, only passes its parent's context on.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import type { Fields } from "../../model/Field.ts"
import * as Event from "../../trace/Event.ts"

interface Run {
  readonly event: Event.StartedEvent | undefined
  readonly context: () => Context.Context<never>
}

/** @internal */
export class Runs {
  readonly #runs = new Map<string, Run>()
  readonly #root: Context.Context<never>

  constructor(root: Context.Context<never>) {
    this.#root = root
  }

  /** The context inside of a run: that of its event, else that of its parent. */
  contextOf(id: string | undefined | null): Context.Context<never> {
    return (id === undefined || id === null ? undefined : this.#runs.get(id)?.context()) ?? this.#root
  }

  has(id: string): boolean {
    return this.#runs.has(id)
  }

  start<F extends Fields>(
    id: string,
    parent: string | undefined | null,
    kind: Event.Kind<F>,
    options: Event.StartOptions<F> & Event.StartTime
  ): Event.StartedEvent<F> {
    this.end(id)
    const event = Event.startUnsafe(this.contextOf(parent), kind, { ...options, below: null })
    this.#runs.set(id, { event, context: () => event.context })
    return event
  }

  /** Registers a run without an event. */
  pass(id: string, parent: string | undefined | null): void {
    const context = this.contextOf(parent)
    this.#runs.set(id, { event: undefined, context: () => context })
  }

  get(id: string): Event.StartedEvent | undefined {
    return this.#runs.get(id)?.event
  }

  #take(id: string): Event.StartedEvent | undefined {
    const run = this.#runs.get(id)
    this.#runs.delete(id)
    return run?.event
  }

  end(id: string, exit?: Exit.Exit<unknown, unknown>, endTime?: bigint): void {
    this.#take(id)?.end(exit, endTime)
  }

  fail(id: string, error: unknown, endTime?: bigint): void {
    this.#take(id)?.fail(error, endTime)
  }

  /** Ends all open events as interrupted, because the code that ran them is gone. */
  close(): void {
    for (const { event } of this.#runs.values()) event?.end(Exit.interrupt())
    this.#runs.clear()
  }
}
