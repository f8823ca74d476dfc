/**
 * Repeats the parts of a call other than its answer: failed attempts, and the program's own spans inside the call.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as SpanTree from "../../convention/SpanTree.ts"
import type { Attributes } from "../../core/Attribute.ts"
import { traceAttempt } from "../../trace/Attempt.ts"
import type { RecordedCall } from "../Recording.ts"
import type { ReplayClock } from "./clock.ts"
import { errorOf } from "./failure.ts"

const isOwn = (key: string): boolean => key !== "session.id" && key !== "error.type" && !key.startsWith("code.")

const spanOf = ({ children, decoded, span }: SpanTree.Node, clock: ReplayClock | undefined): Effect.Effect<void> => {
  const attributes: Attributes = Object.fromEntries(Object.entries(span.attributes).filter(([key]) => isOwn(key)))
  return Effect.gen(function*() {
    clock?.reach(span.startTime)
    for (const child of children) yield* spanOf(child, clock)
    clock?.reach(span.endTime)
    if (span.status.code !== "error") return
    yield* Effect.fail(errorOf(decoded))
  }).pipe(Effect.withSpan(span.name, { kind: span.kind, attributes }), Effect.ignore)
}

/** The recorded attempts, with the recorded spans below the last of them. @internal */
export const withRecordedAttempts = (
  call: RecordedCall,
  clock: ReplayClock | undefined,
  last: Effect.Effect<unknown, unknown>
): Effect.Effect<unknown, unknown> => {
  const { attempts, children } = call.node
  const own = children.map((node) => spanOf(node, clock))
  const inside = own.length === 0 ? last : Effect.andThen(Effect.all(own, { discard: true }), last)
  if (attempts.length < 2) return inside
  const failed = attempts.slice(0, -1).map(({ attributes, endTime, status }) =>
    Effect.suspend(() => {
      clock?.reach(endTime)
      const errorType = String(attributes["error.type"] ?? "Error")
      return Effect.fail(errorOf({ errorType, errorMessage: status.message }))
    }).pipe(traceAttempt, Effect.ignore)
  )
  return Effect.andThen(Effect.all(failed, { discard: true }), traceAttempt(inside))
}
