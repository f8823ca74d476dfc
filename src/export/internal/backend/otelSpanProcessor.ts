/**
 * Passes spans to a `SpanProcessor` of OpenTelemetry when they start and end.
 *
 * @internal
 */
import type * as Otel from "@opentelemetry/api"
import type * as OtelSdk from "@opentelemetry/sdk-trace-base"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Convention } from "../../../convention/Convention.ts"
import type { Options } from "../../../convention/Encoding.ts"
import type { AttributeValue } from "../../../core/Attribute.ts"
import type { SpanData } from "../../../core/SpanData.ts"
import { toReadableSpan } from "../../../otlp/internal/readableSpan.ts"
import { redactAttributes, redactString } from "../../../privacy/internal/redact.ts"
import { toContext, toSpanContext } from "../../../trace/internal/otelSpanContext.ts"
import type { Sink, Span } from "../../../trace/Span.ts"
import { encodeSpan } from "../encodeSpan.ts"

const million = 1_000_000

const toNanos = (time: Otel.TimeInput | undefined, fallback: bigint): bigint => {
  if (time === undefined) return fallback
  if (typeof time === "number") return BigInt(Math.round(time * million))
  if (time instanceof Date) return BigInt(time.getTime()) * BigInt(million)
  return BigInt(time[0]) * BigInt(1_000_000_000) + BigInt(time[1])
}

/** The span that a processor's `onStart` receives. It writes through to our span. */
class StartedSpan implements Otel.Span {
  readonly #span: Span
  constructor(span: Span) {
    this.#span = span
  }
  spanContext(): Otel.SpanContext {
    return toSpanContext(this.#span)
  }
  setAttribute(key: string, value: Otel.AttributeValue): this {
    this.#span.attribute(key, value)
    return this
  }
  setAttributes(attributes: Otel.Attributes): this {
    for (const key in attributes) this.#span.attribute(key, attributes[key])
    return this
  }
  addEvent(name: string, attributesOrTime?: Otel.Attributes | Otel.TimeInput, time?: Otel.TimeInput): this {
    const isTime = typeof attributesOrTime === "number" || attributesOrTime instanceof Date ||
      Array.isArray(attributesOrTime)
    const at = isTime ? attributesOrTime as Otel.TimeInput : time
    this.#span.event(
      name,
      toNanos(at, this.#span.startTime),
      isTime ? {} : attributesOrTime as Record<string, AttributeValue> | undefined
    )
    return this
  }
  addLink(link: Otel.Link): this {
    return this.addLinks([link])
  }
  addLinks(links: Array<Otel.Link>): this {
    this.#span.addLinks(links.map(({ attributes, context }) => ({
      span: {
        _tag: "ExternalSpan",
        traceId: context.traceId,
        spanId: context.spanId,
        sampled: (context.traceFlags & 1) === 1,
        annotations: this.#span.annotations
      },
      attributes: attributes ?? {}
    })))
    return this
  }
  // The convention sets name and status, and the effect ends the span.
  setStatus(): this {
    return this
  }
  updateName(): this {
    return this
  }
  end(): void {}
  get ended(): boolean {
    return this.#span.status._tag === "Ended"
  }
  isRecording(): boolean {
    return this.#span.status._tag === "Started"
  }
  recordException(exception: Otel.Exception, time?: Otel.TimeInput): void {
    const error = typeof exception === "string" ? new Error(exception) : exception
    this.#span.event("exception", toNanos(time, this.#span.startTime), {
      "exception.type": "name" in error ? error.name : undefined,
      "exception.message": "message" in error ? error.message : undefined,
      "exception.stacktrace": "stack" in error ? error.stack : undefined
    })
  }
}

/** The data of a running span, which a processor may read at the start. */
const snapshot = (span: Span, convention: Convention, options: Options): SpanData => {
  const { tracedEvent } = span
  const { redactor } = span.settings
  const known = tracedEvent === undefined ? {} : tracedEvent.kind.toAttributes(tracedEvent.fields, options)
  const parent = Option.getOrUndefined(span.parent)
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: parent?.spanId,
    parentIsRemote: parent?._tag === "ExternalSpan",
    traceState: span.traceState,
    sampled: span.sampled,
    name: redactString(redactor, ["name"], span.name),
    kind: span.kind,
    status: { code: "unset" },
    startTime: span.startTime,
    endTime: span.startTime,
    attributes: redactAttributes(redactor, ["attributes"], known),
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    resource: span.settings.resource,
    scope: convention.schemaUrl === undefined
      ? span.settings.scope
      : { ...span.settings.scope, schemaUrl: convention.schemaUrl }
  }
}

const startedSpan = (span: Span, convention: Convention, options: Options): OtelSdk.Span => {
  const readable = toReadableSpan(snapshot(span, convention, options))
  const started = new StartedSpan(span)
  // Reading members come from the snapshot, writing members from the live span.
  return new Proxy(started, {
    get: (target, key) => {
      const source: object = key in target ? target : readable
      const value: unknown = Reflect.get(source, key, source)
      return typeof value === "function" ? value.bind(source) : value
    },
    has: (target, key) => key in target || key in readable
  }) as unknown as OtelSdk.Span
}

/** A sink that passes spans to a processor. @internal */
export const processorSink = (
  processor: OtelSdk.SpanProcessor,
  convention: Convention,
  options: Options,
  onHandedOver: (exit: Exit.Exit<void, unknown>) => void
): Sink => ({
  content: options.content,
  // The processor is foreign code and runs where the program's spans start and end.
  onStart: (span) => {
    try {
      processor.onStart(startedSpan(span, convention, options), toContext(Option.getOrUndefined(span.parent)))
    } catch {
      // A failure is counted at the span's end only.
    }
  },
  onEnd: (span) => {
    try {
      processor.onEnd(toReadableSpan(encodeSpan(span, convention, options)))
      onHandedOver(Exit.void)
    } catch (error) {
      onHandedOver(Exit.fail(error))
    }
  }
})
