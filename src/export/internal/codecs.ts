/**
 * Encodes spans and log records for the queue of each exporter, and batches into request bodies.
 *
 * OTLP bytes take two thirds of the memory of the span: bench/waiting.ts.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Convention } from "../../convention/Convention.ts"
import type { Options } from "../../convention/Encoding.ts"
import { tryOrUndefined } from "../../core/internal/inspect.ts"
import type { EncodedSpan, LogRecord, Scoped } from "../../core/internal/scoped.ts"
import type { InstrumentationScope, Resource, SpanData } from "../../core/SpanData.ts"
import type { Sized } from "../../delivery/internal/batch.ts"
import type { Codec } from "../../delivery/internal/codec.ts"
import { overhead } from "../../delivery/internal/codec.ts"
import type { Journal } from "../../delivery/internal/disk/recovery.ts"
import { assembleJson, assembleLogsJson, encodeLogJson, encodeSpanJson } from "../../otlp/internal/json.ts"
import { encodeLogRecord, encodeSpan } from "../../otlp/internal/protobuf.ts"
import { decodeSpan } from "../../otlp/internal/protobufReader.ts"
import type { Slice } from "../../otlp/internal/protobufWriter.ts"
import type { EncodedSlice } from "../../otlp/internal/requestBody.ts"
import { requestBody } from "../../otlp/internal/requestBody.ts"
import { SpanWriter } from "../../otlp/internal/spanWriter.ts"
import { longContent } from "../../trace/internal/event/content.ts"
import { RecordedSpan } from "../../trace/internal/span.ts"
import type { Span } from "../../trace/Span.ts"
import { DirectSpans } from "./directSpan.ts"
import { encodeSpan as encodeData, scopeOf } from "./encodeSpan.ts"
import { LateSpan } from "./lateSpan.ts"

/** A codec that also builds request bodies. @internal */
export interface BodyCodec<in Data, Item extends Sized> extends Codec<Data, Item> {
  /** The chunks of the body, in order. */
  readonly body: (items: ReadonlyArray<Item>) => Effect.Effect<ReadonlyArray<Uint8Array>>
}

/** A span codec that may encode in one pass. Each destination has its own pages. @internal */
export interface SpanCodec<Item extends Sized> extends Codec<SpanData, Item> {
  readonly inOnePass?: ((convention: Convention, options: Options) => (span: Span) => Item) | undefined
}

/** @internal */
export interface WaitingBytes extends EncodedSlice, Sized {}

/**
 * A class, because V8 allocates object literals in the old generation after many objects of one place in the code have
 * survived. They then stay until the next full garbage collection.
 */
class WaitingSlice implements WaitingBytes {
  readonly page: Uint8Array
  readonly from: number
  readonly to: number
  readonly resource: Resource
  readonly scope: InstrumentationScope
  readonly size: number

  constructor({ from, page, to }: Slice, { resource, scope }: Scoped) {
    this.page = page
    this.from = from
    this.to = to
    this.resource = resource
    this.scope = scope
    this.size = to - from + overhead
  }
}

const pages = new SpanWriter()

const toWaitingBytes = (encoded: EncodedSpan): WaitingBytes => new WaitingSlice(pages.whole(encoded.bytes), encoded)

const spanToDisk = (span: SpanData): EncodedSpan => ({
  bytes: encodeSpan(span),
  resource: span.resource,
  scope: span.scope
})

const isLate = (item: EncodedSlice): item is LateSpan => item instanceof LateSpan && !item.isEncoded

/** Yields after each span that still has to be encoded, so that other fibers can run. */
const body = (items: ReadonlyArray<EncodedSlice>): Effect.Effect<ReadonlyArray<Uint8Array>> =>
  Effect.suspend(() => {
    const late = items.filter(isLate)
    const joined = Effect.sync(() => requestBody(items))
    return late.length === 0 ? joined : Effect.andThen(
      Effect.forEach(late, (span) => Effect.andThen(Effect.sync(() => span.encode()), Effect.yieldNow), {
        discard: true
      }),
      joined
    )
  })

/** The convention for a span that its own convention could not encode late. */
const bare: Convention = {
  name: "bare",
  encode: ({ kind, name }) => ({ name, kind, status: { code: "unset" }, attributes: {} })
}

// The estimated length of a span without its content.
const besideContent = 2048

/** Spans as OTLP protobuf. @internal */
export const spanBytes: BodyCodec<SpanData, WaitingBytes> & SpanCodec<WaitingBytes> = {
  encode: (span) => toWaitingBytes(spanToDisk(span)),
  toDisk: spanToDisk,
  fromDisk: toWaitingBytes,
  inOnePass: (convention, options) => {
    const direct = new DirectSpans(convention, options)
    // Nearly all spans of a program have one scope.
    let last: InstrumentationScope | undefined
    let scoped: Scoped | undefined
    const scopedOf = ({ settings: { resource, scope } }: Span): Scoped => {
      if (scoped === undefined || scope !== last || resource !== scoped.resource) {
        scoped = { resource, scope: scopeOf(convention, scope) }
        last = scope
      }
      return scoped
    }
    const write = (span: Span): Slice =>
      direct.write(span) ?? direct.whole(encodeSpan(encodeData(span, convention, options)))
    const later = (span: Span, length: number): LateSpan =>
      new LateSpan(
        scopedOf(span),
        length + besideContent,
        () => tryOrUndefined(() => write(span)) ?? direct.whole(encodeSpan(encodeData(span, bare, options)))
      )
    return (span) => {
      const length = options.content && span instanceof RecordedSpan ? span.contentLength : 0
      return length <= longContent ? new WaitingSlice(write(span), scopedOf(span)) : later(span, length)
    }
  },
  body
}

/** @internal */
export interface WaitingSession extends WaitingBytes {
  /** The trace id, if the span belongs to a session. */
  readonly session: string | undefined
}

const sessionOf = (span: SpanData): string | undefined =>
  span.attributes["session.id"] === undefined ? undefined : span.traceId

/** The same, with the session of each span. @internal */
export const sessionBytes: BodyCodec<SpanData, WaitingSession> = {
  encode: (span) => ({ ...toWaitingBytes(spanToDisk(span)), session: sessionOf(span) }),
  toDisk: spanToDisk,
  fromDisk: (span) => ({ ...toWaitingBytes(span), session: sessionOf(decodeSpan(span)) }),
  body
}

/** @internal */
export interface WaitingJson extends Scoped, Sized {
  readonly json: string
}

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true })

// A string may take two bytes for each character.
const toWaitingJson = (json: string, { resource, scope }: Scoped): WaitingJson => ({
  json,
  resource,
  scope,
  size: 2 * json.length + overhead
})

/** Spans as OTLP JSON. @internal */
export const spanJson: BodyCodec<SpanData, WaitingJson> = {
  encode: (span) => toWaitingJson(encodeSpanJson(span), span),
  toDisk: spanToDisk,
  fromDisk: (span) => toWaitingJson(encodeSpanJson(decodeSpan(span)), span),
  body: (items) => Effect.sync(() => [encoder.encode(assembleJson(items))])
}

/** @internal */
export interface WaitingData extends Sized {
  readonly data: SpanData
}

const attributesSize = (attributes: SpanData["attributes"]): number => {
  let size = 0
  for (const key in attributes) size += 32 + 2 * key.length + valueSize(attributes[key])
  return size
}

const valueSize = (value: SpanData["attributes"][string]): number => {
  if (typeof value === "string") return 16 + 2 * value.length
  if (typeof value !== "object") return 8
  let size = 16
  for (let i = 0; i < value.length; i++) size += valueSize(value[i])
  return size
}

const toWaitingData = (data: SpanData): WaitingData => {
  let size = 512 + 2 * (data.name.length + (data.status.message?.length ?? 0)) + attributesSize(data.attributes)
  for (const event of data.events) size += 128 + attributesSize(event.attributes)
  for (const link of data.links) size += 256 + attributesSize(link.attributes)
  return { data, size }
}

/** Spans as data, for exporters that read them. Their size is an estimate. @internal */
export const spanData: Codec<SpanData, WaitingData> = {
  encode: toWaitingData,
  toDisk: spanToDisk,
  fromDisk: (span) => toWaitingData(decodeSpan(span))
}

const logToDisk = (record: LogRecord): EncodedSpan => ({
  bytes: encodeLogRecord(record),
  resource: record.resource,
  scope: record.scope
})

const jsonStart = 0x7b

/** Log records as OTLP protobuf. @internal */
export const logBytes: BodyCodec<LogRecord, WaitingBytes> = {
  encode: (record) => toWaitingBytes(logToDisk(record)),
  toDisk: logToDisk,
  fromDisk: (record) => {
    if (record.bytes[0] === jsonStart) throw new Error("a log record in JSON cannot be sent as protobuf")
    return toWaitingBytes(record)
  },
  // The requests of spans and log records have the same field numbers, so their body is built the same way.
  body
}

/** Log records as OTLP JSON, on disk too. @internal */
export const logJson: BodyCodec<LogRecord, WaitingJson> = {
  encode: (record) => toWaitingJson(encodeLogJson(record), record),
  toDisk: (record) => ({
    bytes: encoder.encode(encodeLogJson(record)),
    resource: record.resource,
    scope: record.scope
  }),
  fromDisk: (record) => {
    if (record.bytes[0] !== jsonStart) throw new Error("a log record in protobuf cannot be sent as JSON")
    return toWaitingJson(decoder.decode(record.bytes), record)
  },
  body: (items) => Effect.sync(() => [encoder.encode(assembleLogsJson(items))])
}

const hex = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0")
  return text
}

/** How the disk log reads spans. @internal */
export const spanJournal: Journal = {
  // The trace id and span id are the first two fields.
  keyOf: (bytes) => hex(bytes.subarray(2, 18)) + hex(bytes.subarray(20, 28)),
  endTimeOf: (span) => decodeSpan(span).endTime,
  end: (started, lastSeen) => {
    const data = decodeSpan(started)
    return spanToDisk({
      ...data,
      endTime: lastSeen > data.startTime ? lastSeen : data.startTime,
      status: { code: "error", message: "the process died before the span ended" },
      attributes: { ...data.attributes, "error.type": "process_crash", "agentops.recovered": true }
    })
  }
}
