/**
 * Counts the failures of a session. A failure that passes through several events counts once.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Tracer from "effect/Tracer"

// The span in which the root of a session started. The root has no parent, but counts as inside that span.
const startedIn = new WeakMap<Tracer.Span, Tracer.AnySpan>()

/** Stores the span in which the root of a session started. @internal */
export const registerRoot = (root: Tracer.Span, around: Tracer.AnySpan | undefined): void => {
  if (around !== undefined) startedIn.set(root, around)
}

const around = (span: Tracer.Span): Tracer.AnySpan | undefined =>
  Option.getOrUndefined(span.parent) ?? startedIn.get(span)

const isInside = (inner: Tracer.AnySpan | undefined, outer: Tracer.AnySpan): boolean => {
  let span = inner
  while (span !== undefined && span !== outer) span = span._tag === "Span" ? around(span) : undefined
  return span === outer
}

const maxPlain = 1_000

/** @internal */
export class Failures {
  // The outermost span through which each failure passed.
  readonly #objects = new WeakMap<object, Tracer.AnySpan | undefined>()
  readonly #plain = new Map<unknown, Tracer.AnySpan | undefined>()

  /**
   * The number of failures in a cause, without those that came from an event inside `span` or inside the session's
   * root.
   */
  count(cause: Cause.Cause<unknown>, span: Tracer.AnySpan | undefined): number {
    let found = 0
    for (const reason of cause.reasons) {
      if (Cause.isInterruptReason(reason)) continue
      const error = Cause.isFailReason(reason) ? reason.error : reason.defect
      const counted = Predicate.isObjectKeyword(error) ? this.#objects : this.#plain
      const passedThrough = counted.has(error as object) &&
        (span === undefined || isInside(counted.get(error as object), span))
      // Strings cannot be held weakly, and a session may last as long as its process, so the map is limited.
      if (this.#plain.size >= maxPlain) this.#plain.clear()
      counted.set(error as object, span)
      if (!passedThrough) found++
    }
    return found
  }
}
