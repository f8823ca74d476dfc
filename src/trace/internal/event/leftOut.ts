/**
 * Content that a program leaves out of a model call with `null`. A framework that runs inside of the call tells of its
 * own agents, calls and tools, and would tell the same content again. So these have none either. What the program traces
 * in there with its own combinators is told as it says; what it starts or records there as a framework does is not.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Option from "effect/Option"
import type { Fields } from "../../../model/Field.ts"
import type { Kind } from "../../EventKind.ts"
import { currentParent, purposeOf } from "../startSpan.ts"
import type { ActiveEvent } from "./activeEvent.ts"

/** The nearest event around, whatever its kind. */
const nearestEvent = (context: Context.Context<never>): ActiveEvent | undefined => {
  let span = Option.getOrUndefined(currentParent(context))
  while (span !== undefined && span._tag === "Span") {
    const purpose = purposeOf(span)
    if (purpose !== undefined) return purpose.record
    span = Option.getOrUndefined(span.parent)
  }
  return undefined
}

/** Whether the program left out the content of a model call that this is inside of. @internal */
export const isContentLeftOut = (context: Context.Context<never>): boolean => {
  const event = nearestEvent(context)
  if (event === undefined) return false
  const { kind, omitted } = event
  return event.isLeftOut || (kind.category === "modelCall" && omitted.some((field) => kind.fields[field]!.content))
}

/** The names of a kind's content fields. @internal */
export const contentFields = (kind: Kind<Fields>): ReadonlyArray<string> =>
  Object.keys(kind.fields).filter((name) => kind.fields[name]!.content)
