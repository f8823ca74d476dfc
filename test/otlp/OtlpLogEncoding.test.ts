import { assert, describe, it } from "@effect/vitest"
import { JsonLogsSerializer, ProtobufLogsSerializer } from "@opentelemetry/otlp-transformer"
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs"
import type { LogRecord } from "../../src/core/internal/scoped.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import { assembleLogsJson, encodeLogJson } from "../../src/otlp/internal/json.ts"
import { assemble, encodeLogRecord } from "../../src/otlp/internal/protobuf.ts"
import { toReadableSpan } from "../../src/otlp/internal/readableSpan.ts"
import { batch, batchOf, plainNumber } from "../support/otlp/arbitrarySpanData.ts"
import { makeSpan } from "../support/otlp/spans.ts"
import { decodeJson, decodeProtobuf } from "../support/otlp/wire.ts"

const name = "ExportLogsServiceRequest"

/** A log record made from an arbitrary span. */
const toRecord = (span: SpanData): LogRecord => ({
  traceId: span.traceId,
  spanId: span.spanId,
  sampled: span.sampled,
  time: span.startTime,
  observedTime: span.endTime,
  severityNumber: span.name.length % 25,
  severityText: span.kind,
  eventName: span.status.message,
  body: span.events.length === 0
    ? span.name
    : { events: span.events.map(({ attributes, name }) => [name, attributes]) },
  attributes: { ...span.attributes, nested: { attributes: span.attributes, list: [[1, "a"], { b: true }] } },
  droppedAttributesCount: span.droppedAttributesCount,
  resource: span.resource,
  scope: span.scope
})

const theirs = (span: SpanData): ReadableLogRecord => {
  const record = toRecord(span)
  const { endTime, instrumentationScope, resource, startTime } = toReadableSpan(span)
  return {
    hrTime: startTime,
    hrTimeObserved: endTime,
    spanContext: { traceId: record.traceId, spanId: record.spanId, traceFlags: record.sampled ? 1 : 0 },
    severityNumber: record.severityNumber,
    severityText: record.severityText,
    body: record.body as ReadableLogRecord["body"],
    ...(record.eventName === undefined ? {} : { eventName: record.eventName }),
    resource,
    instrumentationScope,
    attributes: record.attributes as ReadableLogRecord["attributes"],
    droppedAttributesCount: record.droppedAttributesCount
  }
}

const ourProtobuf = (spans: ReadonlyArray<SpanData>) =>
  decodeProtobuf(
    assemble(spans.map(toRecord).map((record) => ({ ...record, bytes: encodeLogRecord(record) }))),
    name
  )

const ourJson = (spans: ReadonlyArray<SpanData>) =>
  decodeJson(assembleLogsJson(spans.map(toRecord).map((record) => ({ ...record, json: encodeLogJson(record) }))), name)

describe("log records in OTLP", () => {
  it.prop("protobuf decodes to the request of OpenTelemetry's serializer", { spans: batch }, ({ spans }) => {
    assert.deepStrictEqual(
      ourProtobuf(spans),
      decodeProtobuf(ProtobufLogsSerializer.serializeRequest(spans.map(theirs))!, name)
    )
  }, { arbitrary: { runs: 200 } })

  it.prop("JSON decodes to the request of OpenTelemetry's serializer", { spans: batchOf(plainNumber) }, ({ spans }) => {
    assert.deepStrictEqual(
      ourJson(spans),
      decodeJson(new TextDecoder().decode(JsonLogsSerializer.serializeRequest(spans.map(theirs))!), name)
    )
  }, { arbitrary: { runs: 200 } })

  it("protobuf and JSON agree for a record without body and event name", () => {
    const record = { ...toRecord(makeSpan({})), body: undefined, eventName: undefined }
    const expected = decodeProtobuf(assemble([{ ...record, bytes: encodeLogRecord(record) }]), name)
    assert.deepStrictEqual(
      decodeJson(assembleLogsJson([{ ...record, json: encodeLogJson(record) }]), name),
      expected
    )
    assert.notInclude(JSON.stringify(expected), "body")
  })
})
