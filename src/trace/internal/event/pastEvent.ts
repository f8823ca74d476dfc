/**
 * Records an event that already happened.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { shallow, textOf } from "../../../core/internal/inspect.ts"
import { notBefore } from "../../../core/internal/time.ts"
import type { Fields } from "../../../model/Field.ts"
import type { Event } from "../../EventKind.ts"
import type { RecordOptions } from "../../InvalidTime.ts"
import { InvalidTime } from "../../InvalidTime.ts"
import { isBudgeted } from "../budget/budgetsInForce.ts"
import { nanosOf } from "../nanosOf.ts"
import { recordPastTimes } from "../session/past.ts"
import { spanSettings, timeOf, tracerEnabled } from "../startSpan.ts"
import { ActiveEvent } from "./activeEvent.ts"
import { settlePastCall } from "./charge.ts"
import { errorFacts } from "./facts.ts"
import { contentFields, isContentLeftOut } from "./leftOut.ts"
import { endEvent, startEvent } from "./lifecycle.ts"

const exitOf = (
  event: ActiveEvent,
  options: RecordOptions | undefined,
  site: CallSite
): Exit.Exit<unknown, unknown> => {
  if (options?.error !== undefined) return Exit.fail(options.error)
  if (event.kind.category !== "error") return Exit.void
  const { message: text, stacktrace, type } = errorFacts(event)
  const name = textOf(type ?? "_OTHER")
  const message = textOf(text ?? name)
  // A plain object, because the stack of an `Error` would be the library's own.
  return Exit.fail({
    _tag: name,
    name,
    message,
    stack: stacktrace !== undefined ? textOf(stacktrace) : `${name}: ${message}\n    ${site.frame()}`
  })
}

/** @internal */
export const recordEvent = (
  context: Context.Context<never>,
  event: Event<Fields>,
  given: RecordOptions | undefined,
  site: CallSite
): Effect.Effect<void, InvalidTime> | undefined => {
  if (!tracerEnabled(context) && !isBudgeted(context)) return undefined
  const options = shallow(given) as RecordOptions
  const start = nanosOf("startTime", options.startTime)
  const end = nanosOf("endTime", options.endTime)
  if (start instanceof InvalidTime) return Effect.fail(start)
  if (end instanceof InvalidTime) return Effect.fail(end)
  const settings = spanSettings(context)
  const endTime = notBefore(start ?? BigInt(0), end ?? timeOf(settings))
  const fields = shallow(event.fields)
  if (isContentLeftOut(context)) { for (const name of contentFields(event.kind)) delete fields[name] }
  const active = new ActiveEvent(event.kind, fields, [], site)
  startEvent(context, settings, active, options.attributes, undefined, start ?? endTime)
  const exit = exitOf(active, options, site)
  settlePastCall(context, active, exit)
  if (settings.session !== undefined) recordPastTimes(settings.session, start ?? endTime, endTime)
  return endEvent(context, settings, active, exit, endTime)
}
