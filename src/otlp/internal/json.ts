/**
 * Writes OTLP trace and log bodies as JSON: proto3's JSON mapping with OTLP's own rules, which write ids in hex and
 * enums as numbers. Keys are in lower camel case and 64-bit integers are strings.
 *
 * Protobuf's defaults (an empty string, an empty list, zero counts, `unset`) are still written where OpenTelemetry's
 * JavaScript serializer writes them, because some readers need them.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * @internal
 */
import * as Base64 from "effect/encoding/Base64"
import type { LogRecord, Scoped } from "../../core/internal/scoped.ts"
import type { InstrumentationScope, Resource, SpanData, SpanEvent, SpanLink } from "../../core/SpanData.ts"
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

/**
 * `AnyValue`: one of these fields, or none of them for null.
 *
 * @internal
 */
export interface OtlpAnyValue {
  stringValue?: string
  boolValue?: boolean
  intValue?: string
  doubleValue?: number | "NaN" | "Infinity" | "-Infinity"
  arrayValue?: { readonly values: ReadonlyArray<OtlpAnyValue> }
  kvlistValue?: { readonly values: ReadonlyArray<OtlpKeyValue> }
  bytesValue?: string
}

/**
 * `KeyValue`: one attribute.
 *
 * @internal
 */
export interface OtlpKeyValue {
  readonly key: string
  readonly value: OtlpAnyValue
}

/**
 * `Span.Event`.
 *
 * @internal
 */
export interface OtlpEvent {
  readonly timeUnixNano: string
  readonly name: string
  readonly attributes: ReadonlyArray<OtlpKeyValue>
  readonly droppedAttributesCount: number
}

/**
 * `Span.Link`.
 *
 * @internal
 */
export interface OtlpLink {
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string | undefined
  readonly attributes: ReadonlyArray<OtlpKeyValue>
  readonly droppedAttributesCount: number
  readonly flags: number
}

/**
 * `Span`.
 *
 * @internal
 */
export interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string | undefined
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: ReadonlyArray<OtlpKeyValue>
  readonly droppedAttributesCount: number
  readonly events: ReadonlyArray<OtlpEvent>
  readonly droppedEventsCount: number
  readonly links: ReadonlyArray<OtlpLink>
  readonly droppedLinksCount: number
  readonly status: { readonly code: 0 | 1 | 2; readonly message: string | undefined }
  readonly flags: number
}

/**
 * `ScopeSpans`.
 *
 * @internal
 */
export interface OtlpScopeSpans {
  readonly scope: {
    readonly name: string
    readonly version: string | undefined
    readonly attributes?: ReadonlyArray<OtlpKeyValue> | undefined
  }
  readonly spans: ReadonlyArray<OtlpSpan>
  readonly schemaUrl: string | undefined
}

/**
 * `ResourceSpans`.
 *
 * @internal
 */
export interface OtlpResourceSpans {
  readonly resource: { readonly attributes: ReadonlyArray<OtlpKeyValue>; readonly droppedAttributesCount: number }
  readonly scopeSpans: ReadonlyArray<OtlpScopeSpans>
  readonly schemaUrl: string | undefined
}

/**
 * `ExportTraceServiceRequest`.
 *
 * @internal
 */
export interface OtlpTraces {
  readonly resourceSpans: ReadonlyArray<OtlpResourceSpans>
}

/** @internal */
export const double = (value: number): NonNullable<OtlpAnyValue["doubleValue"]> =>
  Number.isFinite(value) ? value : Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity"

const anyValue = (value: unknown, isDouble = false): OtlpAnyValue => {
  switch (typeof value) {
    case "string":
      return { stringValue: value }
    case "boolean":
      return { boolValue: value }
    case "number":
      if (isDouble || !isInt64Number(value)) return { doubleValue: double(value) }
      return { intValue: Number.isSafeInteger(value) ? String(value) : BigInt(value).toString() }
    case "bigint":
      return isInt64(value) ? { intValue: value.toString() } : { stringValue: value.toString() }
    case "object":
      if (value === null) return {}
      if (value instanceof Uint8Array) return { bytesValue: Base64.encode(value) }
      if (Array.isArray(value)) {
        const areDoubles = isDouble || hasDoubles(value)
        return { arrayValue: { values: value.map((item) => anyValue(item, areDoubles)) } }
      }
      return { kvlistValue: { values: keyValues(value as Readonly<Record<string, unknown>>) } }
    default:
      return {}
  }
}

/** @internal */
export const keyValues = (
  attributes: Readonly<Record<string, unknown>>,
  doubles?: ReadonlySet<string>
): Array<OtlpKeyValue> =>
  Object.keys(attributes).map((key) => ({ key, value: anyValue(attributes[key], doubles?.has(key)) }))

/** As in protobuf, an empty string is the same as an absent one. */
const text = (value: string | undefined): string | undefined => value === "" ? undefined : value

const toEvent = (event: SpanEvent, doubles: SpanData["doubles"]): OtlpEvent => ({
  timeUnixNano: event.time.toString(),
  name: event.name,
  attributes: keyValues(event.attributes, doubles),
  droppedAttributesCount: event.droppedAttributesCount
})

const toLink = (link: SpanLink): OtlpLink => ({
  traceId: link.traceId,
  spanId: link.spanId,
  traceState: text(link.traceState),
  attributes: keyValues(link.attributes),
  droppedAttributesCount: link.droppedAttributesCount,
  flags: linkFlags(link)
})

const toSpan = (span: SpanData): OtlpSpan => ({
  traceId: span.traceId,
  spanId: span.spanId,
  traceState: text(span.traceState),
  parentSpanId: hasParent(span) ? span.parentSpanId : undefined,
  name: span.name,
  kind: kindNumber(span.kind),
  startTimeUnixNano: span.startTime.toString(),
  endTimeUnixNano: span.endTime.toString(),
  attributes: keyValues(span.attributes, span.doubles),
  droppedAttributesCount: span.droppedAttributesCount,
  events: span.events.map((event) => toEvent(event, span.doubles)),
  droppedEventsCount: span.droppedEventsCount,
  links: span.links.map(toLink),
  droppedLinksCount: span.droppedLinksCount,
  status: { code: statusNumber(span.status.code), message: text(span.status.message) },
  flags: spanFlags(span)
})

/** @internal */
export const toResource = (resource: Resource): OtlpResourceSpans["resource"] => ({
  attributes: keyValues(resource.attributes),
  droppedAttributesCount: 0
})

/** @internal */
export const toScope = (scope: InstrumentationScope): OtlpScopeSpans["scope"] => ({
  name: scope.name,
  version: text(scope.version),
  attributes: scope.attributes === undefined ? undefined : keyValues(scope.attributes)
})

/**
 * A request as the object that its JSON describes, for a reader in the same process.
 *
 * @internal
 */
export const toOtlpJson = (spans: ReadonlyArray<SpanData>): OtlpTraces => ({
  resourceSpans: groupSpans(spans).map(({ resource, scopes }) => ({
    resource: toResource(resource),
    scopeSpans: scopes.map(({ scope, spans }) => ({
      scope: toScope(scope),
      spans: spans.map(toSpan),
      schemaUrl: text(scope.schemaUrl)
    })),
    schemaUrl: text(resource.schemaUrl)
  }))
})

/** With the `u` flag, a surrogate pair is one character and does not match. */
const loneSurrogates = /\p{Surrogate}/gu

const wellFormed = (_key: string, value: unknown): unknown =>
  typeof value === "string" ? value.replace(loneSurrogates, "\ufffd") : value

/**
 * Writes JSON with U+FFFD in place of lone surrogates, as in protobuf. `JSON.stringify` would escape them, and strict
 * readers reject the whole body then. The search costs little, and a match is rare.
 */
export const stringify = (value: unknown): string => {
  const json = JSON.stringify(value)
  return json.includes("\\ud") ? JSON.stringify(value, wellFormed) : json
}

/**
 * A request as JSON text. Without spans it has no resources.
 *
 * @internal
 */
export const encodeTracesJson = (spans: ReadonlyArray<SpanData>): string => stringify(toOtlpJson(spans))

/**
 * The JSON of one span in a request, for {@link assembleJson}, so that a large batch can be encoded in slices.
 *
 * @internal
 */
export const encodeSpanJson = (span: SpanData): string => stringify(toSpan(span))

/**
 * A span that {@link encodeSpanJson} encoded, with its resource and scope.
 *
 * @internal
 */
export interface EncodedSpanJson extends Scoped {
  readonly json: string
}

const schemaUrlJson = (schemaUrl: string | undefined): string =>
  schemaUrl === undefined || schemaUrl === "" ? "" : `,"schemaUrl":${stringify(schemaUrl)}`

/**
 * The JSON of one log record in a request, for {@link assembleLogsJson}.
 *
 * @internal
 */
export const encodeLogJson = (record: LogRecord): string =>
  stringify({
    timeUnixNano: record.time.toString(),
    observedTimeUnixNano: record.observedTime.toString(),
    severityNumber: record.severityNumber,
    severityText: record.severityText,
    eventName: text(record.eventName),
    body: record.body === undefined ? undefined : anyValue(record.body),
    attributes: keyValues(record.attributes, record.doubles),
    droppedAttributesCount: record.droppedAttributesCount,
    flags: traceFlags(record),
    traceId: record.traceId,
    spanId: record.spanId
  })

const assembleAs = (
  [resourceItems, scopeItems, items]: readonly [string, string, string],
  encoded: ReadonlyArray<EncodedSpanJson>
): string => {
  const resources = groupSpans(encoded).map(({ resource, scopes }) => {
    const ofScopes = scopes.map(({ scope, spans }) =>
      `{"scope":${stringify(toScope(scope))},"${items}":[${spans.map(({ json }) => json).join(",")}]` +
      `${schemaUrlJson(scope.schemaUrl)}}`
    )
    return `{"resource":${stringify(toResource(resource))},"${scopeItems}":[${ofScopes.join(",")}]` +
      `${schemaUrlJson(resource.schemaUrl)}}`
  })
  return `{"${resourceItems}":[${resources.join(",")}]}`
}

/**
 * Assembles a request from encoded log records.
 *
 * @internal
 */
export const assembleLogsJson = (records: ReadonlyArray<EncodedSpanJson>): string =>
  assembleAs(["resourceLogs", "scopeLogs", "logRecords"], records)

/**
 * Assembles a request from encoded spans: the text of {@link encodeTracesJson} for the same spans.
 *
 * @internal
 */
export const assembleJson = (spans: ReadonlyArray<EncodedSpanJson>): string =>
  assembleAs(["resourceSpans", "scopeSpans", "spans"], spans)
