/**
 * Decodes a span that this library wrote as OTLP protobuf, for an exporter that needs spans instead of bytes.
 *
 * On disk the bytes have a checksum, so an error here is a bug of this library or a difference of versions. Unknown
 * fields are skipped, and a truncated message throws a `RangeError`.
 *
 * @internal
 */
import type { SpanKind } from "effect/Tracer"
import type { AttributeValue } from "../../core/Attribute.ts"
import type { EncodedSpan } from "../../core/internal/scoped.ts"
import type { SpanData, SpanEvent, SpanLink, Status } from "../../core/SpanData.ts"
import * as Spans from "../../core/SpanData.ts"
import { isInt64Number, isRemoteIn, readFlags } from "./span.ts"
import { Reader } from "./wireReader.ts"

/** Decodes a value, or returns `undefined` for null. @internal */
export const readAnyValue = (reader: Reader): AttributeValue | undefined => {
  let value: unknown
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    switch (field) {
      case 1:
        value = reader.text()
        break
      case 2:
        value = reader.uint() !== 0
        break
      case 3:
        value = Number(reader.int64())
        break
      case 4:
        value = reader.double()
        break
      case 5: {
        const values: Array<unknown> = []
        const array = reader.message()
        for (let inner = array.next(); inner !== 0; inner = array.next()) {
          if (inner === 1) values.push(readAnyValue(array.message()))
          else array.skip()
        }
        value = values
        break
      }
      case 6: {
        const record: Record<string, AttributeValue> = {}
        const list = reader.message()
        for (let inner = list.next(); inner !== 0; inner = list.next()) {
          if (inner === 1) readKeyValue(list.message(), record)
          else list.skip()
        }
        value = record
        break
      }
      case 7:
        value = reader.bytes()
        break
      default:
        reader.skip()
    }
  }
  return value as AttributeValue | undefined
}

/** Whether a value, or every item of a list, was written as a double although it is a whole number. */
const isWholeDouble = (bytes: Uint8Array, value: AttributeValue | undefined): boolean => {
  if (typeof value === "number") return isInt64Number(value) && new Reader(bytes).next() === 4
  if (!Array.isArray(value) || value.length === 0 || value.some((item) => !isInt64Number(item as number))) {
    return false
  }
  const list = new Reader(bytes)
  list.next()
  const items = list.message()
  items.next()
  return items.message().next() === 4
}

/**
 * Reads one attribute into a record. If it is a double with a whole value, its name is added to `doubles`. @internal
 */
export const readKeyValue = (
  reader: Reader,
  into: Record<string, AttributeValue>,
  doubles?: Set<string>
): void => {
  let key = ""
  let value: AttributeValue | undefined
  let isDouble = false
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) key = reader.text()
    else if (field === 2) {
      const bytes = reader.bytes()
      value = readAnyValue(new Reader(bytes))
      isDouble = doubles !== undefined && isWholeDouble(bytes, value)
    } else reader.skip()
  }
  if (isDouble) doubles!.add(key)
  // An assignment to `__proto__` would not create a key.
  if (value !== undefined) {
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true })
  }
}

const kinds: ReadonlyArray<SpanKind> = ["internal", "internal", "server", "client", "producer", "consumer"]
const codes: ReadonlyArray<Status["code"]> = ["unset", "ok", "error"]

const readStatus = (reader: Reader): Status => {
  let message: string | undefined
  let code = 0
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) message = reader.text()
    else if (field === 3) code = reader.uint()
    else reader.skip()
  }
  return message === undefined ? { code: codes[code] ?? "unset" } : { code: codes[code] ?? "unset", message }
}

const readEvent = (reader: Reader): SpanEvent => {
  const attributes: Record<string, AttributeValue> = {}
  const event = { name: "", time: 0n, attributes, droppedAttributesCount: 0 }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) event.time = reader.fixed64()
    else if (field === 2) event.name = reader.text()
    else if (field === 3) readKeyValue(reader.message(), attributes)
    else if (field === 4) event.droppedAttributesCount = reader.uint()
    else reader.skip()
  }
  return event
}

const readLink = (reader: Reader): SpanLink => {
  const attributes: Record<string, AttributeValue> = {}
  const link = { traceId: "", spanId: "", traceState: undefined as string | undefined, flags: 0, dropped: 0 }
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) link.traceId = reader.hex()
    else if (field === 2) link.spanId = reader.hex()
    else if (field === 3) link.traceState = reader.text()
    else if (field === 4) readKeyValue(reader.message(), attributes)
    else if (field === 5) link.dropped = reader.uint()
    else if (field === 6) link.flags = reader.fixed32()
    else reader.skip()
  }
  return {
    traceId: link.traceId,
    spanId: link.spanId,
    ...link.traceState === undefined ? {} : { traceState: link.traceState },
    ...readFlags(link.flags),
    isRemote: isRemoteIn(link.flags),
    attributes,
    droppedAttributesCount: link.dropped
  }
}

/** A span that is being read field by field. */
type Draft = { -readonly [K in keyof Omit<SpanData, "events" | "links">]: SpanData[K] } & {
  readonly events: Array<SpanEvent>
  readonly links: Array<SpanLink>
}

/** Decodes a span that `encodeSpan` of `protobuf.ts` encoded. @internal */
export const decodeSpan = (encoded: EncodedSpan): SpanData => {
  const attributes: Record<string, AttributeValue> = {}
  const doubles = new Set<string>()
  const span: Draft = {
    ...Spans.make({ name: "", resource: encoded.resource, scope: encoded.scope }),
    attributes,
    events: [],
    links: []
  }
  const reader = new Reader(encoded.bytes)
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    switch (field) {
      case 1:
        span.traceId = reader.hex()
        break
      case 2:
        span.spanId = reader.hex()
        break
      case 3:
        span.traceState = reader.text()
        break
      case 4:
        span.parentSpanId = reader.hex()
        break
      case 5:
        span.name = reader.text()
        break
      case 6:
        span.kind = kinds[reader.uint()] ?? "internal"
        break
      case 7:
        span.startTime = reader.fixed64()
        break
      case 8:
        span.endTime = reader.fixed64()
        break
      case 9:
        readKeyValue(reader.message(), attributes, doubles)
        break
      case 10:
        span.droppedAttributesCount = reader.uint()
        break
      case 11:
        span.events.push(readEvent(reader.message()))
        break
      case 12:
        span.droppedEventsCount = reader.uint()
        break
      case 13:
        span.links.push(readLink(reader.message()))
        break
      case 14:
        span.droppedLinksCount = reader.uint()
        break
      case 15:
        span.status = readStatus(reader.message())
        break
      case 16: {
        const flags = reader.fixed32()
        Object.assign(span, readFlags(flags))
        span.parentIsRemote = isRemoteIn(flags)
        break
      }
      default:
        reader.skip()
    }
  }
  if (doubles.size > 0) span.doubles = doubles
  return span
}
