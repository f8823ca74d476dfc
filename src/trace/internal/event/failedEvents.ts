/**
 * Recognizes failures that come from events, because their errors may quote content.
 *
 * An error comes from an event if it was raised inside one, passed through one, or has such an error as its cause. A
 * program may also raise a new error about one that it caught. So every failure around a failed event counts too.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"

/** The part of this library's span that is read here. */
interface Recorded {
  readonly record?: object | undefined
}

const spans = new WeakSet<Tracer.AnySpan>()
const errors = new WeakSet<object>()

const maxDepth = 8

const causeOf = (error: object): unknown => tryOrUndefined(() => (error as { readonly cause?: unknown }).cause)

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const objectsOf = (cause: Cause.Cause<unknown>): ReadonlyArray<object> =>
  cause.reasons.flatMap((reason) => {
    const found: Array<object> = []
    let error: unknown = reason._tag === "Fail" ? reason.error : reason._tag === "Die" ? reason.defect : undefined
    for (; isObject(error) && found.length < maxDepth; error = causeOf(error)) found.push(error)
    return found
  })

const around = function*(span: Tracer.AnySpan): Generator<Tracer.AnySpan> {
  for (
    let next: Tracer.AnySpan | undefined = span;
    next !== undefined;
    next = next._tag === "Span" ? Option.getOrUndefined(next.parent) : undefined
  ) yield next
}

/** Notes that the event of a span has failed. @internal */
export const noteFailure = (span: Tracer.Span, cause: Cause.Cause<unknown>): void => {
  for (const outer of around(span)) spans.add(outer)
  for (const error of objectsOf(cause)) errors.add(error)
}

/** Whether a failure on a span comes from an event. @internal */
export const isOfEvent = (span: Tracer.AnySpan, cause: Cause.Cause<unknown> | undefined): boolean => {
  if (spans.has(span)) return true
  for (const outer of around(span)) if ((outer as Recorded).record !== undefined) return true
  return cause !== undefined && objectsOf(cause).some((error) => errors.has(error))
}
