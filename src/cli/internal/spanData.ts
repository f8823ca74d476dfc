/**
 * Turns a span of the viewer back into the span that was sent.
 *
 * @internal
 */
import type { Attributes } from "../../core/Attribute.ts"
import * as SpanData from "../../core/SpanData.ts"
import type { SpanView } from "../../viewer/SpanView.ts"

// Times of events are doubles, which are exact only to whole microseconds since the epoch.
const nanos = (millis: number): bigint => BigInt(Math.round(millis * 1000)) * 1000n

/** @internal */
export const toSpanData = (span: SpanView): SpanData.SpanData => {
  const [startTime, endTime] = span.nanos.map(BigInt) as [bigint, bigint]
  return SpanData.make({
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: span.kind as SpanData.SpanData["kind"],
    status: span.status,
    startTime,
    endTime,
    attributes: span.attributes as Attributes,
    events: span.events.map((event) => ({
      name: event.name,
      time: nanos(event.time),
      attributes: event.attributes as Attributes,
      droppedAttributesCount: 0
    })),
    links: span.links.map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      sampled: true,
      isRemote: false,
      attributes: link.attributes as Attributes,
      droppedAttributesCount: 0
    })),
    resource: { attributes: span.resource as Attributes },
    scope: span.scopeVersion === undefined
      ? { name: span.scope }
      : { name: span.scope, version: span.scopeVersion }
  })
}
