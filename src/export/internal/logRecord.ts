/**
 * Encodes log records in OpenTelemetry's data model: the logs of a program in a span, or the content of a model call.
 *
 * @see https://opentelemetry.io/docs/specs/otel/logs/data-model/
 * @internal
 */
import * as Exit from "effect/Exit"
import type * as LogLevel from "effect/LogLevel"
import type { Convention } from "../../convention/Convention.ts"
import { doubleNames } from "../../convention/internal/doubles.ts"
import * as Attribute from "../../core/Attribute.ts"
import type { Attributes } from "../../core/Attribute.ts"
import type { ErrorPolicy } from "../../core/ErrorPolicy.ts"
import { failureOf } from "../../core/internal/failure.ts"
import { tryOrUndefined } from "../../core/internal/inspect.ts"
import type { LogRecord } from "../../core/internal/scoped.ts"
import { randomFlag } from "../../core/internal/traceState.ts"
import type { SpanLimits } from "../../core/SpanLimits.ts"
import { parseRedacted, redactString } from "../../privacy/internal/redact.ts"
import { shortenText } from "../../privacy/internal/truncate.ts"
import { callFacts } from "../../trace/internal/event/facts.ts"
import { isOfEvent } from "../../trace/internal/event/failedEvents.ts"
import { propagatedFlagsOf } from "../../trace/internal/spanContext.ts"
import type { LogRecord as Logged } from "../../trace/LogRecord.ts"
import type { Span, TracerSettings } from "../../trace/Span.ts"
import { redactedBound } from "./bounds.ts"
import { encodeWithin, valueLength } from "./encodeSpan.ts"
import { withoutMessage } from "./exception.ts"

/** The lowest number of each level's range. */
const severities: Readonly<Record<LogLevel.LogLevel, number>> = {
  All: 0,
  Trace: 1,
  Debug: 5,
  Info: 9,
  Warn: 13,
  Error: 17,
  Fatal: 21,
  None: 0
}

// The body is not an attribute, so the attribute limits do not apply.
const bodyLength = (limits: SpanLimits): number => limits.spanLength / 2

// Redacts the body as text and then shortens it, because half a secret would not be recognized.
const bodyOf = (message: unknown, { limits, redactor }: TracerSettings): unknown => {
  const only = tryOrUndefined(() => Array.isArray(message) && message.length === 1 ? message[0] as unknown : message)
  if (typeof only === "number" || typeof only === "boolean") return only
  const isText = typeof only === "string"
  const text = redactString(redactor, ["body"], isText ? only : Attribute.toJson(only))
  const short = shortenText(text, bodyLength(limits), redactor)
  return isText ? short : parseRedacted(short)
}

/** What log records may contain. @internal */
export interface LogPolicy {
  /** Whether each model call is also an event with its content. */
  readonly events: boolean
  /** Whether every error keeps its message. */
  readonly messages: boolean
  /** Which errors keep their message if `messages` is `false`. */
  readonly errors: ErrorPolicy
}

const exceptionOf = (
  { cause, span }: Logged,
  { errors, messages }: LogPolicy
): Readonly<Record<string, unknown>> | undefined => {
  const exception = failureOf(Exit.failCause(cause))?.exceptions[0]
  if (exception === undefined) return undefined
  const attributes = {
    "exception.type": exception.type,
    "exception.message": exception.message,
    "exception.stacktrace": exception.stacktrace
  }
  const includesMessage = messages || errors === "all" || (errors === "outside" && !isOfEvent(span, cause))
  return includesMessage ? attributes : withoutMessage(attributes, exception.causes)
}

/** Encodes a program's log record. @internal */
export const encodeLog = (logged: Logged, settings: TracerSettings, policy: LogPolicy): LogRecord => {
  const { cause, level, message, span, time } = logged
  const { limits, logLimits, redactor, resource, scope } = settings
  const { attributes, dropped } = redactedBound(
    redactor,
    ["attributes"],
    // The exception comes first, so that no limit removes it. The program's own attributes take precedence.
    cause.reasons.length === 0 ? logged.attributes : { ...exceptionOf(logged, policy), ...logged.attributes },
    logLimits.attributeCount,
    valueLength({ ...limits, ...logLimits })
  )
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    sampled: span.sampled,
    random: (propagatedFlagsOf(span) & randomFlag) !== 0,
    time,
    observedTime: time,
    severityNumber: severities[level],
    severityText: level,
    eventName: logged.eventName,
    body: bodyOf(message, settings),
    attributes,
    doubles: logged.eventName === undefined ? undefined : doubleNames,
    droppedAttributesCount: dropped,
    resource,
    scope
  }
}

/** Whether a span is a model call whose content is an event of its own. @internal */
export const isInference = ({ tracedEvent }: Span): boolean =>
  tracedEvent?.kind.category === "modelCall" && callFacts(tracedEvent).operation !== "embeddings"

/** Attributes that the convention defines as structured values on events, and as JSON text on spans. */
const structured = [
  "gen_ai.system_instructions",
  "gen_ai.input.messages",
  "gen_ai.output.messages",
  "gen_ai.tool.definitions"
]

const withStructure = (attributes: Attributes): Readonly<Record<string, unknown>> => {
  const copy: Record<string, unknown> = { ...attributes }
  for (const key of structured) {
    const value = copy[key]
    if (typeof value === "string") copy[key] = parseRedacted(value)
  }
  return copy
}

/**
 * The content of a model call as the event of OpenTelemetry's GenAI conventions. It has all attributes of the span,
 * redacted and limited in the same way.
 *
 * @internal
 */
export const encodeInference = (span: Span, convention: Convention): LogRecord => {
  const data = encodeWithin(span, convention, { content: true }, {
    ...span.settings.limits,
    ...span.settings.logLimits
  })
  return {
    traceId: data.traceId,
    spanId: data.spanId,
    sampled: data.sampled,
    random: data.random,
    time: data.endTime,
    observedTime: data.endTime,
    severityNumber: severities.Debug,
    severityText: "Debug",
    eventName: "gen_ai.client.inference.operation.details",
    body: undefined,
    attributes: withStructure(data.attributes),
    doubles: data.doubles,
    droppedAttributesCount: data.droppedAttributesCount,
    resource: data.resource,
    scope: data.scope
  }
}
