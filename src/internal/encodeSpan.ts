/**
 * Puts an ended span in the words of a convention.
 *
 * @internal
 */
import * as Option from "effect/Option"
import type { Attributes, AttributeValue } from "../Attribute.ts"
import * as Attribute from "../Attribute.ts"
import type { Convention, Policy } from "../Convention.ts"
import type { Span } from "../Span.ts"
import type { InstrumentationScope, SpanData, SpanEvent, SpanLink } from "../SpanData.ts"
import type { SpanLimits } from "../SpanLimits.ts"
import { hasValidIds } from "./identifiers.ts"
import { isRemote } from "./otelContext.ts"

interface Bounded {
  readonly attributes: Attributes
  readonly dropped: number
}

const bound = (source: Readonly<Record<string, unknown>>, count: number, valueLength: number): Bounded => {
  const attributes: Record<string, AttributeValue> = {}
  let size = 0
  let dropped = 0
  for (const key in source) {
    const value = Attribute.normalize(source[key], valueLength)
    if (value === undefined) continue
    if (size >= count) {
      dropped++
      continue
    }
    attributes[key] = value
    size++
  }
  return { attributes, dropped }
}

// What a convention made is already normalized, so it is only looked at for its size.
const limited = (attributes: Attributes, limits: SpanLimits): Bounded => {
  if (limits.attributeValueLength === Infinity) {
    let size = 0
    for (const _ in attributes) size++
    if (size <= limits.attributeCount) return { attributes, dropped: 0 }
  }
  return bound(attributes, limits.attributeCount, limits.attributeValueLength)
}

const noEvents: ReadonlyArray<SpanEvent> = []
const noLinks: ReadonlyArray<SpanLink> = []

// One scope object for each convention, so that a batch is grouped by identity.
const scopes = new WeakMap<Convention, WeakMap<InstrumentationScope, InstrumentationScope>>()

const scopeOf = (convention: Convention, scope: InstrumentationScope): InstrumentationScope => {
  if (convention.schemaUrl === undefined) return scope
  let known = scopes.get(convention)
  if (known === undefined) scopes.set(convention, known = new WeakMap())
  let own = known.get(scope)
  if (own === undefined) known.set(scope, own = { ...scope, schemaUrl: convention.schemaUrl })
  return own
}

const encode = (span: Span, convention: Convention, policy: Policy): SpanData => {
  const { limits, resource, scope } = span.origin
  const words = convention.encode(span, policy)
  const { attributes, dropped } = limited(words.attributes, limits)
  const parent = Option.getOrUndefined(span.parent)
  // A receiver may refuse a whole batch for one link whose ids are none.
  const links = span.links.length === 0 ? span.links : span.links.filter((link) => hasValidIds(link.span))
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: parent?.spanId,
    parentIsRemote: parent !== undefined && isRemote(parent),
    traceState: span.traceState,
    sampled: span.sampled,
    name: words.name,
    kind: words.kind,
    status: words.status,
    startTime: span.startTime,
    endTime: span.endTime,
    attributes,
    droppedAttributesCount: span.droppedAttributes + dropped,
    events: span.events.length === 0 ? noEvents : span.events.map(([name, time, source]) => {
      const { attributes, dropped } = bound(source, limits.attributePerEventCount, limits.attributeValueLength)
      return { name, time, attributes, droppedAttributesCount: dropped }
    }),
    droppedEventsCount: span.droppedEvents,
    links: links.length === 0 ? noLinks : links.map((link) => {
      const { attributes, dropped } = bound(
        link.attributes,
        limits.attributePerLinkCount,
        limits.attributeValueLength
      )
      return {
        traceId: link.span.traceId,
        spanId: link.span.spanId,
        sampled: link.span.sampled,
        isRemote: isRemote(link.span),
        attributes,
        droppedAttributesCount: dropped
      }
    }),
    droppedLinksCount: span.droppedLinks + span.links.length - links.length,
    resource,
    scope: scopeOf(convention, scope)
  }
}

interface Encoding {
  readonly convention: Convention
  readonly content: boolean
  readonly data: SpanData
}

const encodings = new WeakMap<Span, Array<Encoding>>()

/**
 * Encodes a span, once for each convention and policy however many exporters ask.
 *
 * @internal
 */
export const encodeSpan = (span: Span, convention: Convention, policy: Policy): SpanData => {
  // With one sink nobody else asks, and remembering would cost more than it saves.
  if (span.origin.sinks.length <= 1) return encode(span, convention, policy)
  let known = encodings.get(span)
  if (known === undefined) encodings.set(span, known = [])
  for (const encoding of known) {
    if (encoding.convention === convention && encoding.content === policy.content) return encoding.data
  }
  const data = encode(span, convention, policy)
  known.push({ convention, content: policy.content, data })
  return data
}

/**
 * Encodes a span that has only started, as far as it is known: its end is its start. Not remembered, for it
 * will be another span when it ends.
 *
 * @internal
 */
export const encodeStarted = (span: Span, convention: Convention, policy: Policy): SpanData =>
  encode(span, convention, policy)
