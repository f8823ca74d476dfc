/**
 * Content that a program leaves out of a model call with `null`. A framework inside the call reports its own agents,
 * model calls and tools, with the same content. So their content is left out, too. This holds for all events that are
 * started or recorded inside the call. Events of the program's own combinators keep their content.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Option from "effect/Option"
import type { Fields } from "../../../model/Field.ts"
import type { Kind } from "../../EventKind.ts"
import { currentParent, purposeOf } from "../startSpan.ts"
import type { ActiveEvent } from "./activeEvent.ts"

/** The nearest outer event of any kind. */
const nearestEvent = (context: Context.Context<never>): ActiveEvent | undefined => {
  let span = Option.getOrUndefined(currentParent(context))
  while (span !== undefined && span._tag === "Span") {
    const purpose = purposeOf(span)
    if (purpose !== undefined) return purpose.record
    span = Option.getOrUndefined(span.parent)
  }
  return undefined
}

/** Whether the context is inside a model call whose content the program left out. @internal */
export const isContentLeftOut = (context: Context.Context<never>): boolean => {
  const event = nearestEvent(context)
  if (event === undefined) return false
  const { kind, omitted } = event
  return event.isLeftOut || (kind.category === "modelCall" && omitted.some((field) => kind.fields[field]!.content))
}

/** The names of a kind's content fields. @internal */
export const contentFields = (kind: Kind<Fields>): ReadonlyArray<string> =>
  Object.keys(kind.fields).filter((name) => kind.fields[name]!.content)
