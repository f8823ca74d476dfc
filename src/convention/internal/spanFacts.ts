/**
 * The facts of a span that every vocabulary encodes.
 *
 * @internal
 */
import type { Attributes, AttributeValue, Writer } from "../../core/Attribute.ts"
import { RecordWriter } from "../../core/internal/recordWriter.ts"
import type { Status } from "../../core/SpanData.ts"
import type { Fields, Values } from "../../model/Field.ts"
import * as AgentEvent from "../../trace/AgentEvent.ts"
import { agentFacts } from "../../trace/internal/event/facts.ts"
import { isOfEvent } from "../../trace/internal/event/failedEvents.ts"
import type { Span, TracedEvent } from "../../trace/Span.ts"
import type { Encoding, Options, Part, Table } from "../Writing.ts"

/** Attributes that are being written. @internal */
export type Target = Record<string, AttributeValue>

const unset: Status = { code: "unset" }

/** Whether the message of a span's error may be exported. @internal */
export const includesErrorMessage = (span: Span, { content, errors = "outside" }: Options): boolean => {
  if (content || errors === "all") return true
  if (errors === "none") return false
  const { status } = span
  const cause = status._tag === "Ended" && status.exit._tag === "Failure" ? status.exit.cause : undefined
  return !isOfEvent(span, cause)
}

/** @internal */
export const statusOf = (span: Span, options: Options): Status => {
  const { failure, session } = span
  if (failure !== undefined) {
    return { code: "error", message: includesErrorMessage(span, options) ? failure.message : failure.errorType }
  }
  if (span.tracedEvent?.success === false) return { code: "error", message: "unsuccessful" }
  if (span.isSession && session?.endState === "Fail") return { code: "error", message: session.endStateReason }
  return unset
}

/** @internal */
export const errorTypeOf = ({ failure, tracedEvent }: Span): string | undefined =>
  failure?.errorType ?? (tracedEvent?.success === false ? "unsuccessful" : undefined)

/** The reason for a session's end state. The message of an error is content, so its type may replace it. @internal */
export const endStateReason = (span: Span, options: Options): string | undefined => {
  const { failure, isSession, session } = span
  if (!isSession || session === undefined) return undefined
  return session.endStateReason !== failure?.message || includesErrorMessage(span, options)
    ? session.endStateReason
    : failure?.errorType
}

/** The attributes of an event as its kind encodes them, without content unless content may be exported. @internal */
export const attributesOf = ({ fields, kind }: TracedEvent, { content }: Options): Attributes =>
  kind.toAttributes(fields, { content })

// Keyed by the fields, which all events of a kind share.
const ownKeys = new WeakMap<Fields, ReadonlySet<string>>()

const ownKeysOf = (fields: Fields, known: Fields): ReadonlySet<string> => {
  let keys = ownKeys.get(fields)
  if (keys === undefined) {
    const others = new Set(Object.values(known).flatMap((field) => field.keys))
    keys = new Set(Object.values(fields).flatMap((field) => field.keys).filter((key) => !others.has(key)))
    ownKeys.set(fields, keys)
  }
  return keys
}

/** Writes the fields that a program's own kind has beyond those of the library's kind of that category. @internal */
export const writeOwn = (target: Target, event: TracedEvent, known: Fields, options: Options): void => {
  const { fields }: { readonly fields: Fields } = event.kind
  if (fields === known) return
  const own = ownKeysOf(fields, known)
  if (own.size === 0) return
  const attributes = attributesOf(event, options)
  for (const key of own) if (attributes[key] !== undefined) target[key] = attributes[key]
}

/** The name of an agent event, if there is one. @internal */
export const agentName = (agent: TracedEvent | undefined): string | undefined =>
  agent === undefined ? undefined : agentFacts(agent).name

/** Writes an agent's own totals, for vocabularies that have no names for them. @internal */
export const writeAgentTotals = (target: Target, values: Values<typeof AgentEvent.fields>): void => {
  for (const name of ["llmCalls", "toolCalls", "inputTokens", "outputTokens", "cost"] as const) {
    const value = values[name]
    if (value !== undefined) target[AgentEvent.fields[name].keys[0]!] = value
  }
}

const nothing: Part = {}

const eventPart = (event: TracedEvent, span: Span, { events }: Table, options: Options): Part => {
  const row = (event.kind.category === undefined ? undefined : events?.[event.kind.category]) ?? events?.other
  return row === undefined ? { attributes: attributesOf(event, options) } : row(event, span, options)
}

const partOf = (span: Span, table: Table, options: Options): Part => {
  const { attempt, isSession, session, tracedEvent } = span
  if (tracedEvent !== undefined) return eventPart(tracedEvent, span, table, options)
  if (attempt !== undefined) return table.attempt?.(attempt.number, attempt.event, span, options) ?? nothing
  return isSession && session !== undefined ? table.session?.(session, span, options) ?? nothing : nothing
}

const write = (target: Target, attributes: Part["attributes"]): void => {
  for (const key in attributes) {
    const value = attributes[key]
    if (value !== undefined) target[key] = value
  }
}

/** Writes the last attributes of every vocabulary: the error, and the program's attributes, which win. @internal */
export const putEnd = (writer: Writer, span: Span): void => {
  writer.put("error.type", errorTypeOf(span))
  if (span.interrupted) writer.put("effect.fiber.interrupted", true)
  if (span.attributes.size > 0) { for (const [key, value] of span.attributes) writer.put(key, value) }
}

/** @internal */
export const encodeTable = (span: Span, table: Table, options: Options): Encoding => {
  const target: Target = {}
  const every = table.every?.(span, options) ?? nothing
  const part = partOf(span, table, options)
  write(target, every.attributes)
  write(target, part.attributes)
  putEnd(new RecordWriter(target), span)
  return {
    name: part.name ?? every.name ?? span.name,
    kind: part.kind ?? every.kind ?? span.kind,
    status: (table.status ?? statusOf)(span, options),
    attributes: target
  }
}
