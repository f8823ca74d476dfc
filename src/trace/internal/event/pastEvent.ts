/**
 * Records an event that already happened.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import type { CallSite } from "../../../core/internal/callSite.ts"
import type { Fields } from "../../../model/Field.ts"
import type { Event } from "../../Event.ts"
import { currentSession } from "../session/currentSession.ts"
import { ownTracer, spanTime, tracerEnabled } from "../startSpan.ts"
import type { EventRecord } from "./activeEvent.ts"
import { finishRecord, startRecord } from "./traceEvent.ts"

/**
 * When and how a recorded event happened.
 *
 * @internal
 */
export interface RecordOptions {
  /** Nanoseconds since the epoch. Default: `endTime`. */
  readonly startTime?: bigint | undefined
  /** Nanoseconds since the epoch. Default: now. */
  readonly endTime?: bigint | undefined
  /** What it failed with, if it did. */
  readonly error?: unknown
  /** Further attributes of the event's span. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
}

const exitOf = (
  event: Event<Fields>,
  options: RecordOptions | undefined,
  site: CallSite
): Exit.Exit<unknown, unknown> => {
  if (options?.error !== undefined) return Exit.fail(options.error)
  if (event.kind.name !== "error") return Exit.void
  const fields = event.fields as { readonly [K in "message" | "stacktrace" | "type"]?: string | undefined }
  const name = fields.type ?? "_OTHER"
  const message = fields.message ?? name
  // No `Error`: its stack would be the library's own.
  return Exit.fail({
    _tag: name,
    name,
    message,
    stack: fields.stacktrace ?? `${name}: ${message}\n    ${site.frame()}`
  })
}

/** @internal */
export const recordEvent = (
  context: Context.Context<never>,
  event: Event<Fields>,
  options: RecordOptions | undefined,
  site: CallSite
): void => {
  if (!tracerEnabled(context)) return
  const endTime = options?.endTime ?? spanTime(context)
  const session = currentSession(context)
  const record: EventRecord = {
    kind: event.kind,
    fields: { ...event.fields },
    site,
    attributes: undefined,
    unsuccessful: false,
    span: undefined,
    attempts: 0,
    implicitAttempt: undefined
  }
  startRecord(
    context,
    record,
    session,
    { attributes: options?.attributes, links: undefined },
    options?.startTime ?? endTime
  )
  const exit = exitOf(event, options, site)
  record.implicitAttempt?.end(endTime, exit)
  finishRecord(context, record, session, ownTracer(context)?.content ?? true, exit, endTime)
  record.span?.end(endTime, exit)
}
