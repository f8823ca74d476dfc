/**
 * Writes OTLP bodies as protobuf: `ExportTraceServiceRequest` and `ExportLogsServiceRequest` of opentelemetry/proto v1.
 *
 * The bytes equal those of OpenTelemetry's own JavaScript serializer, with two differences: spans are grouped by equal
 * resources and scopes and not only by identical objects, and a bigint is written as a number instead of being left
 * out.
 *
 * A field key is one byte, `field number << 3 | wire type`. Each constant below is such a key.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 * @internal
 */
import type { EncodedSpan, LogRecord, Scoped } from "../../core/internal/scoped.ts"
import type { InstrumentationScope, Resource, SpanData, SpanEvent, SpanLink, Status } from "../../core/SpanData.ts"
import { ProtobufWriter, varintSize } from "./protobufWriter.ts"
import {
  hasDoubles,
  hasParent,
  isInt64,
  isInt64Number,
  kindNumber,
  linkFlags,
  spanFlags,
  statusNumber,
  traceFlags
} from "./span.ts"
import { groupSpans } from "./spanGroups.ts"

const LENGTH_DELIMITED = 2
/** The key of field 1, 2 or 3 with a length-delimited value. */
/** @internal */
export const FIRST = 1 << 3 | LENGTH_DELIMITED
/** @internal */
export const SECOND = 2 << 3 | LENGTH_DELIMITED
const THIRD = 3 << 3 | LENGTH_DELIMITED

/** @internal */
export const writer = new ProtobufWriter()

/** The size of a length-delimited field of `length` bytes with its key. @internal */
export const fieldSize = (length: number): number => 1 + varintSize(length) + length

const writeAnyValue = (value: unknown, isDouble = false): void => {
  switch (typeof value) {
    case "string":
      return writer.string(FIRST, value)
    case "boolean":
      return writer.uint(2 << 3, value ? 1 : 0)
    case "number":
      return !isDouble && isInt64Number(value) ? writer.int64(3 << 3, value) : writer.double(4 << 3 | 1, value)
    case "bigint":
      return isInt64(value) ? writer.bigint64(3 << 3, value) : writer.string(FIRST, value.toString())
    case "object": {
      if (value === null) return
      if (value instanceof Uint8Array) return writer.raw(7 << 3 | LENGTH_DELIMITED, value)
      if (Array.isArray(value)) return writeArray(value, isDouble || hasDoubles(value))
      const start = writer.open(6 << 3 | LENGTH_DELIMITED, 0)
      writeKeyValues(FIRST, value as Readonly<Record<string, unknown>>)
      return writer.close(start, 0)
    }
  }
}

const writeArray = (values: ReadonlyArray<unknown>, isDouble: boolean): void => {
  const array = writer.open(5 << 3 | LENGTH_DELIMITED, 0)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    const expected = typeof value === "string" ? fieldSize(value.length) : 0
    const start = writer.open(FIRST, expected)
    writeAnyValue(value, isDouble)
    writer.close(start, expected)
  }
  writer.close(array, 0)
}

/** @internal */
export const writeKeyValues = (
  tag: number,
  attributes: Readonly<Record<string, unknown>>,
  doubles?: ReadonlySet<string>
): void => {
  const keys = Object.keys(attributes)
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const value = attributes[key]
    const expectedValue = typeof value === "string" ? fieldSize(value.length) : 0
    const expected = fieldSize(key.length) + fieldSize(expectedValue)
    const keyValue = writer.open(tag, expected)
    writer.string(FIRST, key)
    const start = writer.open(SECOND, expectedValue)
    writeAnyValue(value, typeof value !== "string" && doubles?.has(key))
    writer.close(start, expectedValue)
    writer.close(keyValue, expected)
  }
}

/** @internal */
export const writeText = (tag: number, value: string | undefined): void => {
  if (value !== undefined && value !== "") writer.string(tag, value)
}

const writeStatus = (status: Status): void => {
  const expected = status.message === undefined ? 0 : status.message.length
  const start = writer.open(15 << 3 | LENGTH_DELIMITED, expected)
  writeText(SECOND, status.message)
  writer.uint(3 << 3, statusNumber(status.code))
  writer.close(start, expected)
}

const writeEvent = (event: SpanEvent, doubles: SpanData["doubles"]): void => {
  const start = writer.open(11 << 3 | LENGTH_DELIMITED, 0)
  writer.fixed64(1 << 3 | 1, event.time)
  writer.string(SECOND, event.name)
  writeKeyValues(THIRD, event.attributes, doubles)
  writer.uint(4 << 3, event.droppedAttributesCount)
  writer.close(start, 0)
}

const writeLink = (link: SpanLink): void => {
  const start = writer.open(13 << 3 | LENGTH_DELIMITED, 0)
  writer.hex(FIRST, link.traceId)
  writer.hex(SECOND, link.spanId)
  writeText(THIRD, link.traceState)
  writeKeyValues(4 << 3 | LENGTH_DELIMITED, link.attributes)
  writer.uint(5 << 3, link.droppedAttributesCount)
  writer.varint(6 << 3 | 5)
  writer.fixed32(linkFlags(link))
  writer.close(start, 0)
}

/** The content of a Span message, without key and length. */
const writeSpan = (span: SpanData): void => {
  writer.hex(FIRST, span.traceId)
  writer.hex(SECOND, span.spanId)
  writeText(THIRD, span.traceState)
  if (hasParent(span)) writer.hex(4 << 3 | LENGTH_DELIMITED, span.parentSpanId)
  writer.string(5 << 3 | LENGTH_DELIMITED, span.name)
  writer.uint(6 << 3, kindNumber(span.kind))
  writer.fixed64(7 << 3 | 1, span.startTime)
  writer.fixed64(8 << 3 | 1, span.endTime)
  writeKeyValues(9 << 3 | LENGTH_DELIMITED, span.attributes, span.doubles)
  writer.uint(10 << 3, span.droppedAttributesCount)
  for (let i = 0; i < span.events.length; i++) writeEvent(span.events[i]!, span.doubles)
  writer.uint(12 << 3, span.droppedEventsCount)
  for (let i = 0; i < span.links.length; i++) writeLink(span.links[i]!)
  writer.uint(14 << 3, span.droppedLinksCount)
  writeStatus(span.status)
  writer.varint(16 << 3 | 5)
  writer.fixed32(spanFlags(span))
}

/** The content of a LogRecord message, without key and length. */
const writeLogRecord = (record: LogRecord): void => {
  writer.fixed64(1 << 3 | 1, record.time)
  writer.uint(2 << 3, record.severityNumber)
  writeText(THIRD, record.severityText)
  if (record.body !== undefined) {
    const start = writer.open(5 << 3 | LENGTH_DELIMITED, 0)
    writeAnyValue(record.body)
    writer.close(start, 0)
  }
  writeKeyValues(6 << 3 | LENGTH_DELIMITED, record.attributes, record.doubles)
  writer.uint(7 << 3, record.droppedAttributesCount)
  writer.varint(8 << 3 | 5)
  writer.fixed32(traceFlags(record))
  writer.hex(9 << 3 | LENGTH_DELIMITED, record.traceId)
  writer.hex(10 << 3 | LENGTH_DELIMITED, record.spanId)
  writer.fixed64(11 << 3 | 1, record.observedTime)
  writeText(12 << 3 | LENGTH_DELIMITED, record.eventName)
}

/** @internal */
export const writeResource = (resource: Resource): void => {
  const start = writer.open(FIRST, 0)
  writeKeyValues(FIRST, resource.attributes)
  writer.uint(2 << 3, 0)
  writer.close(start, 0)
}

/** @internal */
export const writeScope = (scope: InstrumentationScope): void => {
  const start = writer.open(FIRST, 0)
  writer.string(FIRST, scope.name)
  writeText(SECOND, scope.version)
  if (scope.attributes !== undefined) writeKeyValues(THIRD, scope.attributes)
  writer.close(start, 0)
}

/** The schema URL of a resource or a scope, if it has one. @internal */
export const writeSchemaUrl = (schemaUrl: string | undefined): void => writeText(THIRD, schemaUrl)

/** The usual sizes of a span and of a batch. Only the number of bytes of their length matters. */
const SPAN_SIZE = 1 << 10
const BATCH_SIZE = 1 << 17

const writeRequest = <A extends Scoped>(spans: ReadonlyArray<A>, writeOne: (span: A) => void): Uint8Array => {
  writer.reset()
  for (const { resource, scopes } of groupSpans(spans)) {
    const resourceSpans = writer.open(FIRST, BATCH_SIZE)
    writeResource(resource)
    for (const group of scopes) {
      const scopeSpans = writer.open(SECOND, BATCH_SIZE)
      writeScope(group.scope)
      for (let i = 0; i < group.spans.length; i++) writeOne(group.spans[i]!)
      writeSchemaUrl(group.scope.schemaUrl)
      writer.close(scopeSpans, BATCH_SIZE)
    }
    writeSchemaUrl(resource.schemaUrl)
    writer.close(resourceSpans, BATCH_SIZE)
  }
  return writer.finish()
}

const writeWholeSpan = (span: SpanData): void => {
  const start = writer.open(SECOND, SPAN_SIZE)
  writeSpan(span)
  writer.close(start, SPAN_SIZE)
}

/**
 * A request from spans. Without spans it has no bytes, which is a valid empty request.
 *
 * @internal
 */
export const encodeTraces = (spans: ReadonlyArray<SpanData>): Uint8Array => writeRequest(spans, writeWholeSpan)

/**
 * Encodes one span of a request, so that a queue holds bytes instead of objects and a large batch can be encoded in
 * slices. {@link assemble} joins them.
 *
 * @internal
 */
export const encodeSpan = (span: SpanData): Uint8Array => {
  writer.reset()
  writeSpan(span)
  return writer.finishSmall()
}

/**
 * Encodes one log record of a request. {@link assemble} joins log records like spans, because the messages around them
 * have the same field numbers.
 *
 * @internal
 */
export const encodeLogRecord = (record: LogRecord): Uint8Array => {
  writer.reset()
  writeLogRecord(record)
  return writer.finishSmall()
}

/**
 * Assembles a request from encoded spans: the bytes of {@link encodeTraces} for the same spans.
 *
 * @internal
 */
export const assemble = (spans: ReadonlyArray<EncodedSpan>): Uint8Array =>
  writeRequest(spans, (span) => writer.raw(SECOND, span.bytes))

/** The bytes that one function writes. @internal */
export const bytesOf = (write: () => void): Uint8Array => {
  writer.reset()
  write()
  return writer.finish()
}
