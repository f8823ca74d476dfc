/**
 * Encodes an ended span by a convention, redacted and limited.
 *
 * @internal
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Convention } from "../../convention/Convention.ts"
import type { Encoding, Options } from "../../convention/Encoding.ts"
import { doublesOf } from "../../convention/internal/doubles.ts"
import { includesErrorMessage } from "../../convention/internal/spanFacts.ts"
import type { AttributeValue } from "../../core/Attribute.ts"
import * as Attribute from "../../core/Attribute.ts"
import type { ErrorPolicy } from "../../core/ErrorPolicy.ts"
import { hasValidIds } from "../../core/internal/ids.ts"
import { copyOf, textOf, tryOrUndefined } from "../../core/internal/inspect.ts"
import { randomFlag } from "../../core/internal/traceState.ts"
import type { InstrumentationScope, SpanData, SpanEvent, SpanLink } from "../../core/SpanData.ts"
import type { SpanLimits } from "../../core/SpanLimits.ts"
import { redactAttributes, redactString } from "../../privacy/internal/redact.ts"
import { redactionMargin } from "../../privacy/internal/redactionMargin.ts"
import type { Redactor } from "../../privacy/Redactor.ts"
import type { ActiveEvent } from "../../trace/internal/event/activeEvent.ts"
import { isRemote } from "../../trace/internal/otelSpanContext.ts"
import { RecordedSpan } from "../../trace/internal/span.ts"
import { propagatedFlagsOf, traceStateOf } from "../../trace/internal/spanContext.ts"
import type { Span } from "../../trace/Span.ts"
import { limited, redactedBound, small } from "./bounds.ts"
import { causesOf, withoutMessage } from "./exception.ts"

const stateOf = (redactor: Redactor, span: Parameters<typeof traceStateOf>[0]): string | undefined => {
  const state = traceStateOf(span)
  return state === undefined ? undefined : redactString(redactor, ["traceState"], state)
}

const noEvents: ReadonlyArray<SpanEvent> = []
const noLinks: ReadonlyArray<SpanLink> = []

// One scope object for each convention, so that a batch is grouped by identity.
const scopes = new WeakMap<Convention, WeakMap<InstrumentationScope, InstrumentationScope>>()

/** The instrumentation scope of a span in a convention. @internal */
export const scopeOf = (convention: Convention, scope: InstrumentationScope): InstrumentationScope => {
  // A custom scope keeps its own schema URL.
  if (convention.schemaUrl === undefined || scope.schemaUrl !== undefined) return scope
  let known = scopes.get(convention)
  if (known === undefined) scopes.set(convention, known = new WeakMap())
  let own = known.get(scope)
  if (own === undefined) known.set(scope, own = { ...scope, schemaUrl: convention.schemaUrl })
  return own
}

/** The longest name or message of a span. @internal */
export const textLengthOf = (limits: SpanLimits): number => Math.max(small, Math.floor(limits.spanLength / 8))

/** The longest attribute of an event or a link. @internal */
export const valueLength = (limits: SpanLimits): number => Math.min(limits.attributeValueLength, textLengthOf(limits))

/** @internal */
export const redactedText = (
  redactor: Redactor,
  place: Array<string | number>,
  value: string,
  length: number
): string => redactString(redactor, place, value.slice(0, length + redactionMargin)).slice(0, length)

const isScalar = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"

/** Repairs an encoding: names become text, and attributes that are not valid values are removed or converted. */
const wellFormed = (encoding: Encoding): Encoding => {
  const { attributes, name, status } = encoding
  let formed: Record<string, AttributeValue> | undefined
  for (const key in attributes) {
    // A list is copied, because the program may own it.
    if (isScalar(attributes[key])) continue
    formed ??= { ...attributes }
    const value = Attribute.normalize(attributes[key])
    if (value === undefined) delete formed[key]
    else formed[key] = value
  }
  const { message } = status
  if (formed === undefined && typeof name === "string" && (message === undefined || typeof message === "string")) {
    return encoding
  }
  return {
    ...encoding,
    name: textOf(name),
    status: message === undefined ? status : { code: status.code, message: textOf(message) },
    attributes: formed ?? attributes
  }
}

/** Copies an event's fields as data. Fields that do not match their type become text attributes. */
const repairFields = ({ fields, kind }: ActiveEvent): Record<string, AttributeValue> => {
  const others: Record<string, AttributeValue> = {}
  for (const name in fields) {
    const field = kind.fields[name]
    const value = copyOf(fields[name])
    if (field === undefined || tryOrUndefined(() => Schema.is(field.schema)(value)) === true) {
      fields[name] = value
      continue
    }
    delete fields[name]
    const key = field.keys[0]
    const text = Attribute.normalize(value)
    if (!field.content && key !== undefined && text !== undefined) others[key] = text
  }
  return others
}

/**
 * Encodes a span by a convention, even if fields have the wrong types.
 *
 * A convention may throw if a field does not match its type. The fields are then repaired, and the convention is called
 * again. If it throws again, nothing is exported, because it may have been about to remove something.
 */
const encodingOf = (span: Span, convention: Convention, options: Options): Encoding => {
  const encoding = tryOrUndefined(() => wellFormed(convention.encode(span, options)))
  if (encoding !== undefined) return encoding
  const repairedText = span instanceof RecordedSpan && span.tracedEvent !== undefined
    ? repairFields(span.tracedEvent)
    : {}
  const repaired = wellFormed(convention.encode(span, options))
  return { ...repaired, attributes: { ...repairedText, ...repaired.attributes } }
}

const encode = (span: Span, convention: Convention, options: Options): SpanData =>
  encodeWithin(span, convention, options, span.settings.limits)

/** Encodes a span within other limits. The result is not cached. @internal */
export const encodeWithin = (span: Span, convention: Convention, options: Options, limits: SpanLimits): SpanData => {
  const { redactor, resource, scope } = span.settings
  const encoding = encodingOf(span, convention, options)
  const textLength = textLengthOf(limits)
  // Redaction comes before truncation, because half a secret would not be recognized.
  const { attributes, dropped } = limited(
    redactAttributes(redactor, ["attributes"], encoding.attributes),
    limits,
    convention,
    redactor
  )
  const parent = Option.getOrUndefined(span.parent)
  // A receiver may refuse a whole batch because of one link with invalid ids.
  const links = span.links.length === 0
    ? span.links
    : span.links.filter((link) => tryOrUndefined(() => hasValidIds(link.span)) === true)
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: parent?.spanId,
    parentIsRemote: parent !== undefined && isRemote(parent),
    traceState: span.traceState === undefined ? undefined : redactString(redactor, ["traceState"], span.traceState),
    sampled: span.sampled,
    random: (span.traceFlags & randomFlag) !== 0,
    name: redactedText(redactor, ["name"], encoding.name, textLength),
    kind: encoding.kind,
    status: encoding.status.message === undefined
      ? encoding.status
      : {
        code: encoding.status.code,
        message: redactedText(redactor, ["status", "message"], encoding.status.message, textLength)
      },
    startTime: span.startTime,
    endTime: span.endTime,
    attributes,
    doubles: encoding.doubles ?? doublesOf(span),
    droppedAttributesCount: span.droppedAttributes + dropped,
    events: span.events.length === 0 ? noEvents : span.events.map(([name, time, recorded]) => {
      const source = name !== "exception" || includesErrorMessage(span, options)
        ? recorded
        : withoutMessage(recorded, causesOf(span.failure, recorded))
      const { attributes, dropped } = redactedBound(
        redactor,
        ["events", name],
        source,
        limits.attributePerEventCount,
        valueLength(limits)
      )
      return {
        name: redactedText(redactor, ["events"], name, textLength),
        time,
        attributes,
        droppedAttributesCount: dropped
      }
    }),
    droppedEventsCount: span.droppedEvents,
    links: links.length === 0 ? noLinks : links.map((link) => {
      const { attributes, dropped } = redactedBound(
        redactor,
        ["links"],
        link.attributes,
        limits.attributePerLinkCount,
        valueLength(limits)
      )
      return {
        traceId: link.span.traceId,
        spanId: link.span.spanId,
        traceState: stateOf(redactor, link.span),
        sampled: link.span.sampled,
        random: (propagatedFlagsOf(link.span) & randomFlag) !== 0,
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

/** A span's encoding, cached for other sinks with the same convention and policy. */
interface Remembered {
  readonly convention: Convention
  readonly content: boolean
  readonly errors: ErrorPolicy
  readonly traceState: string | undefined
  readonly data: SpanData
}

const encodings = new WeakMap<Span, Array<Remembered>>()

/**
 * Encodes a span, once for each convention and content policy, for any number of exporters.
 *
 * @internal
 */
export const encodeSpan = (span: Span, convention: Convention, options: Options): SpanData => {
  // With a single sink, caching would cost more than it saves.
  if (span.settings.sinks.length < 2) return encode(span, convention, options)
  let known = encodings.get(span)
  if (known === undefined) encodings.set(span, known = [])
  const { content, errors = "outside" } = options
  for (const encoding of known) {
    if (
      encoding.convention === convention && encoding.content === content && encoding.errors === errors &&
      // A tail sampler may change the trace state for its own exporters.
      encoding.traceState === span.traceState
    ) return encoding.data
  }
  const data = encode(span, convention, options)
  known.push({ convention, content, errors, traceState: span.traceState, data })
  return data
}

/**
 * Encodes a running span as far as it is known, with its start as its end. The result is not cached, because the ended
 * span differs. If there is a content hook, content is left out, because the hook has not seen it yet.
 *
 * @internal
 */
export const encodeStarted = (span: Span, convention: Convention, options: Options): SpanData =>
  encode(span, convention, span.settings.contentHook === undefined ? options : { ...options, content: false })
