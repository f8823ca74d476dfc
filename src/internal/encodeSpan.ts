/**
 * Puts an ended span in the words of a convention.
 *
 * @internal
 */
import * as Option from "effect/Option"
import type { Attributes, AttributeValue } from "../Attribute.ts"
import * as Attribute from "../Attribute.ts"
import type { Convention, Policy } from "../Convention.ts"
import type { Redactor } from "../Redactor.ts"
import type { Span } from "../Span.ts"
import type { InstrumentationScope, SpanData, SpanEvent, SpanLink } from "../SpanData.ts"
import type { SpanLimits } from "../SpanLimits.ts"
import { isRemote } from "./otelContext.ts"
import { redactAttributes, redactString } from "./redaction/redact.ts"

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

const redactedBound = (
  redactor: Redactor,
  place: Array<string | number>,
  source: Readonly<Record<string, unknown>>,
  count: number,
  valueLength: number
): Bounded => {
  const { attributes, dropped } = bound(source, count, Infinity)
  const redacted = redactAttributes(redactor, place, attributes)
  return { attributes: valueLength === Infinity ? redacted : bound(redacted, count, valueLength).attributes, dropped }
}

// What a convention made is already normalized, so it is only looked at for its size.
const limited = (attributes: Attributes, limits: SpanLimits, convention: Convention): Bounded => {
  const count = Math.max(limits.attributeCount, convention.attributeCount ?? 0)
  if (limits.attributeValueLength === Infinity) {
    let size = 0
    for (const _ in attributes) size++
    if (size <= count) return { attributes, dropped: 0 }
  }
  return bound(attributes, count, limits.attributeValueLength)
}

// What an error says may quote what people wrote. Its type and the way it took do not.
const withoutMessage = (exception: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const { "exception.message": _, "exception.stacktrace": stacktrace, ...rest } = exception
  if (typeof stacktrace !== "string") return rest
  return { ...rest, "exception.stacktrace": stacktrace.split("\n").filter((line) => /^\s+at /.test(line)).join("\n") }
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
  const { limits, redactor, resource, scope } = span.origin
  const words = convention.encode(span, policy)
  // Redacted before it is cut: half a secret would not be known for one.
  const { attributes, dropped } = limited(
    redactAttributes(redactor, ["attributes"], words.attributes),
    limits,
    convention
  )
  const parent = Option.getOrUndefined(span.parent)
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: parent?.spanId,
    parentIsRemote: parent !== undefined && isRemote(parent),
    traceState: span.traceState,
    sampled: span.sampled,
    name: redactString(redactor, ["name"], words.name),
    kind: words.kind,
    status: words.status.message === undefined
      ? words.status
      : { code: words.status.code, message: redactString(redactor, ["status", "message"], words.status.message) },
    startTime: span.startTime,
    endTime: span.endTime,
    attributes,
    droppedAttributesCount: span.droppedAttributes + dropped,
    events: span.events.length === 0 ? noEvents : span.events.map(([name, time, recorded]) => {
      const source = policy.content || name !== "exception" ? recorded : withoutMessage(recorded)
      const { attributes, dropped } = redactedBound(
        redactor,
        ["events", name],
        source,
        limits.attributePerEventCount,
        limits.attributeValueLength
      )
      return { name: redactString(redactor, ["events"], name), time, attributes, droppedAttributesCount: dropped }
    }),
    droppedEventsCount: span.droppedEvents,
    links: span.links.length === 0 ? noLinks : span.links.map((link) => {
      const { attributes, dropped } = redactedBound(
        redactor,
        ["links"],
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
    droppedLinksCount: span.droppedLinks,
    resource,
    scope: scopeOf(convention, scope)
  }
}

/**
 * A span as it was told once, for others that ask for the same.
 *
 * @internal
 */
export interface Encoding {
  readonly convention: Convention
  readonly content: boolean
  readonly data: SpanData
}

/**
 * Encodes a span, once for each convention and policy however many exporters ask.
 *
 * @internal
 */
export const encodeSpan = (span: Span, convention: Convention, policy: Policy): SpanData => {
  for (const encoding of span.encodings ?? []) {
    if (encoding.convention === convention && encoding.content === policy.content) return encoding.data
  }
  const data = encode(span, convention, policy)
  // With one sink nobody else asks, and remembering would cost more than it saves.
  if (span.origin.sinks.length > 1) (span.encodings ??= []).push({ convention, content: policy.content, data })
  return data
}
