/**
 * What every vocabulary asks of a span, whatever it calls it.
 *
 * @internal
 */
import type { AttributeValue } from "../../core/Attribute.ts"
import type { Status } from "../../core/SpanData.ts"
import type { Fields, Values } from "../../model/Field.ts"
import type { EventRecord } from "../../trace/internal/event/activeEvent.ts"
import type { Span } from "../../trace/Span.ts"
import type { Policy } from "../Convention.ts"

/** Attributes that are being written. @internal */
export type Target = Record<string, AttributeValue>

const unset: Status = { code: "unset" }

/**
 * The status by OpenTelemetry's "Recording errors": unset on success. An error's
 * message may quote what people wrote, so it is content; its type is not.
 *
 * @internal
 */
export const statusOf = (span: Span, policy: Policy): Status => {
  const { failure, role } = span
  if (failure !== undefined) return { code: "error", message: policy.content ? failure.message : failure.errorType }
  if (role?._tag === "Event" && role.record.unsuccessful) return { code: "error", message: "unsuccessful" }
  if (role?._tag === "Session" && role.session.endState === "Fail") {
    return { code: "error", message: role.session.endStateReason }
  }
  return unset
}

/** Why a session ended as it did, where that may be told: a reason that an error gave is content. @internal */
export const endStateReason = (span: Span, policy: Policy): string | undefined => {
  if (span.role?._tag !== "Session") return undefined
  const { endStateReason } = span.role.session
  return policy.content || endStateReason !== span.failure?.message ? endStateReason : span.failure?.errorType
}

// By the fields, which every plan of a kind shares.
const contentKeys = new WeakMap<Fields, ReadonlySet<string>>()

const contentKeysOf = (fields: Fields): ReadonlySet<string> => {
  let keys = contentKeys.get(fields)
  if (keys === undefined) {
    keys = new Set(Object.values(fields).flatMap((field) => field.content ? field.keys : []))
    contentKeys.set(fields, keys)
  }
  return keys
}

/** Writes an event's fields as its own kind encodes them, without content unless it may leave. @internal */
export const writeFields = (target: Target, record: EventRecord, policy: Policy): void => {
  const { kind } = record
  const attributes = record.attributes ?? kind.toAttributes(record.fields, policy)
  if (policy.content) {
    for (const key in attributes) target[key] = attributes[key]!
    return
  }
  const content = contentKeysOf(kind.fields)
  for (const key in attributes) {
    if (!content.has(key)) target[key] = attributes[key]!
  }
}

/**
 * The fields of an event that is known to be of a kind. Options are typed, but a
 * program in plain JavaScript may have given anything.
 *
 * @internal
 */
export const fieldsOf = <F extends Fields>(record: EventRecord): Values<F> => record.fields as Values<F>

/** The name of an agent event, if it is one and has one. @internal */
export const agentName = (agent: EventRecord | undefined): string | undefined => {
  const name = agent?.fields["name"]
  return typeof name === "string" ? name : undefined
}
