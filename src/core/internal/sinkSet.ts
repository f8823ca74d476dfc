/**
 * A set of sinks, each in it for as long as a scope is open.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** @internal */
export class SinkSet<A> {
  /** In the order in which they came. Replaced, never changed in place: something may be walking over it. */
  all: ReadonlyArray<A>
  readonly #onChange: ((all: ReadonlyArray<A>) => void) | undefined

  constructor(onChange?: (all: ReadonlyArray<A>) => void, all: ReadonlyArray<A> = []) {
    this.all = all
    this.#onChange = onChange
  }

  #set(all: ReadonlyArray<A>): void {
    this.all = all
    this.#onChange?.(all)
  }

  /** Puts a sink in, and takes it out when the scope closes. */
  add(sink: A): Effect.Effect<void, never, Scope.Scope> {
    return Effect.asVoid(Effect.acquireRelease(
      Effect.sync(() => this.#set([...this.all, sink])),
      () => Effect.sync(() => this.#set(this.all.filter((other) => other !== sink)))
    ))
  }
}
