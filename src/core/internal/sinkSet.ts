/**
 * A set of sinks. A sink belongs to the set while its scope is open.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** @internal */
export class SinkSet<A> {
  /** In the order of addition. The array is replaced and never changed, because a caller may be iterating over it. */
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

  /** Adds a sink, and removes it when the scope closes. */
  add(sink: A): Effect.Effect<void, never, Scope.Scope> {
    return Effect.asVoid(Effect.acquireRelease(
      Effect.sync(() => this.#set([...this.all, sink])),
      () => Effect.sync(() => this.#set(this.all.filter((other) => other !== sink)))
    ))
  }
}
