/**
 * What waits in a queue: a span in the form that its exporter sends.
 *
 * A span is put in that form when it ends. It costs the same then as later; bytes
 * of OTLP take two thirds of the memory of the span, let it go at once with all
 * that it refers to, and give a queue a bound in bytes that is exact; and there is
 * no long stretch of encoding left for the time of sending: bench/waiting.ts.
 *
 * @internal
 */
import type { EncodedSpan, Scoped } from "../../core/internal/scoped.ts"
import type { SpanData } from "../../core/SpanData.ts"
import { encodeSpanJson } from "../../otlp/internal/json.ts"
import { encodeSpan } from "../../otlp/internal/protobuf.ts"
import { decodeSpan } from "../../otlp/internal/protobufReader.ts"
import type { Sized } from "./memoryQueue.ts"

/** @internal */
export interface Form<Item extends Sized> {
  readonly fromData: (span: SpanData) => Item
  /** From the form that is written to disk. */
  readonly fromEncoded: (span: EncodedSpan) => Item
}

/** What an object takes beside the text or the bytes in it. @internal */
export const overhead = 128

/** @internal */
export interface WaitingBytes extends EncodedSpan, Sized {}

const toWaitingBytes = ({ bytes, resource, scope }: EncodedSpan): WaitingBytes => ({
  bytes,
  resource,
  scope,
  size: bytes.length + overhead
})

const encode = (span: SpanData): WaitingBytes =>
  toWaitingBytes({ bytes: encodeSpan(span), resource: span.resource, scope: span.scope })

/** As OTLP's protobuf. @internal */
export const bytesForm: Form<WaitingBytes> = { fromData: encode, fromEncoded: toWaitingBytes }

/** @internal */
export interface WaitingSession extends WaitingBytes {
  /** The trace, where the span belongs to a session. */
  readonly session: string | undefined
}

const sessionOf = (span: SpanData): string | undefined =>
  span.attributes["session.id"] === undefined ? undefined : span.traceId

/** The same, and which session it is of. @internal */
export const sessionForm: Form<WaitingSession> = {
  fromData: (span) => ({ ...encode(span), session: sessionOf(span) }),
  fromEncoded: (span) => ({ ...toWaitingBytes(span), session: sessionOf(decodeSpan(span)) })
}

/** @internal */
export interface WaitingJson extends Scoped, Sized {
  readonly json: string
}

const toJson = (span: SpanData): WaitingJson => {
  const json = encodeSpanJson(span)
  return { json, resource: span.resource, scope: span.scope, size: json.length + overhead }
}

/** As OTLP's JSON. @internal */
export const jsonForm: Form<WaitingJson> = {
  fromData: toJson,
  fromEncoded: (span) => toJson(decodeSpan(span))
}

/** @internal */
export interface WaitingData extends Sized {
  readonly data: SpanData
}

const sizeOf = (span: SpanData): number => {
  let size = 512
  for (const key in span.attributes) {
    const value = span.attributes[key]
    size += 32 + key.length + (typeof value === "string" ? value.length : 8)
  }
  for (const event of span.events) {
    for (const key in event.attributes) {
      const value = event.attributes[key]
      size += 32 + key.length + (typeof value === "string" ? value.length : 8)
    }
  }
  return size
}

const toWaiting = (data: SpanData): WaitingData => ({ data, size: sizeOf(data) })

/** As it is, for exporters that read it: its size is an estimate. @internal */
export const dataForm: Form<WaitingData> = {
  fromData: toWaiting,
  fromEncoded: (span) => toWaiting(decodeSpan(span))
}
