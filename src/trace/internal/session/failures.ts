/**
 * The failures of a session, each counted once: one that passes through several events is one error.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Tracer from "effect/Tracer"

// The root of a session has no parent, and is all the same inside of what the session started in.
const startedIn = new WeakMap<Tracer.Span, Tracer.AnySpan>()

/** Notes what the root of a session started in. @internal */
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
  // The outermost span that each has come to.
  readonly #objects = new WeakMap<object, Tracer.AnySpan | undefined>()
  readonly #plain = new Map<unknown, Tracer.AnySpan | undefined>()

  /** The failures of a cause but those that came out of an event inside of `span`, or of the session's root. */
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
