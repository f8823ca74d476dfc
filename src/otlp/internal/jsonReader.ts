/**
 * Reads OTLP's JSON from any writer: request bodies, and the lines of the Collector's file exporter.
 *
 * It also accepts what some writers send in addition to the encoding: enum names, ids in base64, 64-bit integers as
 * numbers. A field of an unexpected type is left out.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * @internal
 */
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { SpanKind } from "effect/Tracer"
import type { Attributes, AttributeValue } from "../../core/Attribute.ts"
import type { LogData } from "../../core/LogData.ts"
import type { InstrumentationScope, Resource, SpanData, SpanEvent, SpanLink, Status } from "../../core/SpanData.ts"
import { isInt64Number, isRemoteIn, readFlags } from "./span.ts"

/** @internal */
export type Json = Readonly<Record<string, unknown>>

/** @internal */
export const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** @internal */
export const records = (value: unknown): ReadonlyArray<Json> => Array.isArray(value) ? value.filter(isRecord) : []

/** @internal */
export const text = (value: unknown): string => typeof value === "string" ? value : ""

const textOrNone = (value: unknown): string | undefined => typeof value === "string" && value !== "" ? value : undefined

const count = (value: unknown): number => {
  const number = typeof value === "string" ? Number(value) : value
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : 0
}

/** @internal */
export const nanos = (value: unknown): bigint => {
  if (typeof value === "string" && /^\d{1,20}$/.test(value)) return BigInt(value)
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? BigInt(Math.round(value)) : 0n
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

const id = (value: unknown, bytes: 8 | 16): string => {
  const given = text(value)
  if (given.length === bytes * 2 && /^[0-9a-fA-F]+$/.test(given)) return given.toLowerCase()
  const decoded = given === "" ? undefined : Result.getOrUndefined(Base64.decode(given))
  return decoded?.length === bytes ? hexOf(decoded) : given
}

const anyValue = (value: unknown): unknown => {
  if (!isRecord(value)) return undefined
  if (typeof value["stringValue"] === "string") return value["stringValue"]
  if (typeof value["boolValue"] === "boolean") return value["boolValue"]
  if (value["intValue"] !== undefined) return Number(value["intValue"])
  if (value["doubleValue"] !== undefined) return Number(value["doubleValue"])
  if (isRecord(value["arrayValue"])) return records(value["arrayValue"]["values"]).map(anyValue)
  if (isRecord(value["kvlistValue"])) return readAttributes(value["kvlistValue"]["values"])
  if (typeof value["bytesValue"] === "string") return value["bytesValue"]
  return undefined
}

/** @internal */
export const readAttributes = (value: unknown): Attributes => {
  const attributes: Record<string, AttributeValue> = {}
  for (const entry of records(value)) {
    const read = anyValue(entry["value"])
    if (typeof entry["key"] !== "string" || read === undefined) continue
    // An assignment to `__proto__` would not create a key.
    Object.defineProperty(attributes, entry["key"], { value: read, enumerable: true, configurable: true })
  }
  return attributes
}

const isWholeDouble = (value: unknown): boolean => {
  if (!isRecord(value)) return false
  const items = isRecord(value["arrayValue"]) ? records(value["arrayValue"]["values"]) : [value]
  return items.length > 0 && items.every((item) => isInt64Number(Number(item["doubleValue"] ?? NaN)))
}

/** A span's attributes, and the names of those that are doubles with a whole value. */
const readValues = (value: unknown): Pick<SpanData, "attributes" | "doubles"> => {
  const doubles = records(value).flatMap(({ key, value }) =>
    typeof key === "string" && isWholeDouble(value) ? [key] : []
  )
  const attributes = readAttributes(value)
  return doubles.length === 0 ? { attributes } : { attributes, doubles: new Set(doubles) }
}

const kinds: ReadonlyArray<SpanKind> = ["internal", "internal", "server", "client", "producer", "consumer"]

const kind = (value: unknown): SpanKind => {
  if (typeof value === "number") return kinds[value] ?? "internal"
  const named = text(value).replace("SPAN_KIND_", "").toLowerCase()
  return kinds.find((kind) => kind === named) ?? "internal"
}

const codes: ReadonlyArray<Status["code"]> = ["unset", "ok", "error"]

const status = (value: unknown): Status => {
  const { code, message } = isRecord(value) ? value : {} as Json
  const named = text(code).replace("STATUS_CODE_", "").toLowerCase()
  const known = typeof code === "number" ? codes[code] : codes.find((code) => code === named)
  const statusMessage = textOrNone(message)
  return statusMessage === undefined ? { code: known ?? "unset" } : { code: known ?? "unset", message: statusMessage }
}

const readEvent = (event: Json): SpanEvent => ({
  name: text(event["name"]),
  time: nanos(event["timeUnixNano"]),
  attributes: readAttributes(event["attributes"]),
  droppedAttributesCount: count(event["droppedAttributesCount"])
})

const readLink = (link: Json): SpanLink => ({
  traceId: id(link["traceId"], 16),
  spanId: id(link["spanId"], 8),
  traceState: textOrNone(link["traceState"]),
  ...readFlags(count(link["flags"])),
  isRemote: isRemoteIn(count(link["flags"])),
  attributes: readAttributes(link["attributes"]),
  droppedAttributesCount: count(link["droppedAttributesCount"])
})

const readSpan = (span: Json, resource: Resource, scope: InstrumentationScope): SpanData => {
  const flags = count(span["flags"])
  const parent = id(span["parentSpanId"], 8)
  return {
    traceId: id(span["traceId"], 16),
    spanId: id(span["spanId"], 8),
    parentSpanId: parent === "" || parent === "0000000000000000" ? undefined : parent,
    parentIsRemote: isRemoteIn(flags),
    traceState: textOrNone(span["traceState"]),
    ...readFlags(span["flags"] === undefined ? undefined : flags),
    name: text(span["name"]),
    kind: kind(span["kind"]),
    status: status(span["status"]),
    startTime: nanos(span["startTimeUnixNano"]),
    endTime: nanos(span["endTimeUnixNano"]),
    ...readValues(span["attributes"]),
    droppedAttributesCount: count(span["droppedAttributesCount"]),
    events: records(span["events"]).map(readEvent),
    droppedEventsCount: count(span["droppedEventsCount"]),
    links: records(span["links"]).map(readLink),
    droppedLinksCount: count(span["droppedLinksCount"]),
    resource,
    scope
  }
}

/** @internal */
export const readResource = (value: unknown): Resource => ({
  attributes: readAttributes(isRecord(value) ? value["attributes"] : undefined)
})

const readScope = (value: unknown): InstrumentationScope => {
  const scope = isRecord(value) ? value : {} as Json
  const attributes = readAttributes(scope["attributes"])
  return {
    name: text(scope["name"]),
    version: textOrNone(scope["version"]),
    ...Object.keys(attributes).length === 0 ? {} : { attributes }
  }
}

/** Whether a value has the form of a trace request. @internal */
export const isTracesJson = (value: unknown): boolean => isRecord(value) && Array.isArray(value["resourceSpans"])

/** Whether a value has the form of a log request. @internal */
export const isLogsJson = (value: unknown): boolean => isRecord(value) && Array.isArray(value["resourceLogs"])

/** The spans of a request or of one line of a file. @internal */
export const readTracesJson = (value: unknown): Array<SpanData> =>
  records(isRecord(value) ? value["resourceSpans"] : undefined).flatMap((group) => {
    const resource = readResource(group["resource"])
    return records(group["scopeSpans"]).flatMap((scoped) => {
      const scope = readScope(scoped["scope"])
      return records(scoped["spans"]).map((span) => readSpan(span, resource, scope))
    })
  })

/** The log records of a request or of one line of a file. @internal */
export const readLogsJson = (value: unknown): Array<LogData> =>
  records(isRecord(value) ? value["resourceLogs"] : undefined).flatMap((group) => {
    const resource = readResource(group["resource"])
    return records(group["scopeLogs"]).flatMap((scoped) =>
      records(scoped["logRecords"]).map((log): LogData => {
        const time = nanos(log["timeUnixNano"])
        return {
          traceId: id(log["traceId"], 16),
          spanId: id(log["spanId"], 8),
          time: time === 0n ? nanos(log["observedTimeUnixNano"]) : time,
          severityNumber: count(log["severityNumber"]),
          severityText: text(log["severityText"]),
          eventName: textOrNone(log["eventName"]),
          body: anyValue(log["body"]),
          attributes: readAttributes(log["attributes"]),
          resource
        }
      })
    )
  })
