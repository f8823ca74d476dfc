/**
 * The span that the library records: Effect's `Span`, with its event.
 *
 * One object serves Effect and every backend. Effect writes to it through
 * `Tracer.Span`; when it ends it is handed, as it is, to each sink, and an
 * exporter reads it through its convention as {@link SpanData.SpanData}, or as
 * OpenTelemetry's `ReadableSpan`.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import type * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import * as Attribute from "../core/Attribute.ts"
import type { Failure } from "../core/internal/failure.ts"
import { failureOf, isInterrupted } from "../core/internal/failure.ts"
import { shallow, textOf } from "../core/internal/look.ts"
import { fixed64, notBefore } from "../core/internal/time.ts"
import type { LogLimits } from "../core/LogLimits.ts"
import type { InstrumentationScope, Resource } from "../core/SpanData.ts"
import type { SpanLimits } from "../core/SpanLimits.ts"
import type { Hook } from "../privacy/Content.ts"
import { redactionMargin } from "../privacy/internal/truncate.ts"
import type { Redactor } from "../privacy/Redactor.ts"
import type { EventRecord } from "./internal/event/activeEvent.ts"
import { readLinks } from "./internal/links.ts"
import type { SessionState } from "./internal/session/sessionState.ts"

/**
 * What a span stands for, beside what any span is: the root of a session, an
 * event, or one attempt at an event.
 *
 * @category models
 * @since 0.1.0
 */
export type Role =
  | { readonly _tag: "Session"; readonly session: SessionState }
  | { readonly _tag: "Event"; readonly record: EventRecord }
  | { readonly _tag: "Attempt"; readonly record: EventRecord; readonly number: number }

/**
 * Where spans go when they start and end: the inside of an exporter.
 *
 * **Details**
 *
 * Both functions run on the fiber that starts or ends the span, so they only take
 * note. They must not throw. Only sampled spans are handed over.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sink {
  /** Whether the sink wants content: prompts, completions, a tool's arguments and results. */
  readonly content: boolean
  readonly onStart?: ((span: Span) => void) | undefined
  readonly onEnd: (span: Span) => void
}

/** What a span knows of the tracer that made it. @internal */
export interface Origin {
  readonly sinks: ReadonlyArray<Sink>
  /** Sampled spans that ended. */
  ended: number
  readonly limits: SpanLimits
  readonly logLimits: LogLimits
  readonly redactor: Redactor
  readonly contentHook: Hook | undefined
  readonly resource: Resource
  readonly scope: InstrumentationScope
  /** Whether nothing of it is anybody's: other processes are told of what its spans are in, instead of them. */
  readonly disabled: boolean
}

/** @internal */
export interface SpanInit {
  readonly name: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Context.Context<never>
  readonly links: Array<Tracer.SpanLink>
  readonly startTime: bigint
  readonly kind: Tracer.SpanKind
  readonly sampled: boolean
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string | undefined
  readonly traceFlags: number
  readonly origin: Origin
  readonly role: Role | undefined
  readonly session: SessionState | undefined
  readonly agent: EventRecord | undefined
}

/**
 * An event of a span as it was recorded: name, nanoseconds since the epoch, attributes.
 *
 * @category models
 * @since 0.1.0
 */
export type RecordedEvent = readonly [name: string, time: bigint, attributes: Readonly<Record<string, unknown>>]

const noAttributes: ReadonlyMap<string, Attribute.AttributeValue> = new Map()

/**
 * A span of this library's tracer.
 *
 * **Details**
 *
 * Writes after the end are ignored, as `Tracer.Span` asks. When it ends it lets go
 * of the success value of its exit, which may be a whole model response; a failure
 * is kept. What exceeds the span limits is counted in the `dropped…` properties.
 *
 * @category models
 * @since 0.1.0
 */
export class Span implements Tracer.Span {
  readonly _tag = "Span"
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string | undefined
  /** W3C's flags: 1 is sampled, 2 says that the trace id is random. */
  readonly traceFlags: number
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Context.Context<never>
  readonly links: Array<Tracer.SpanLink>
  readonly kind: Tracer.SpanKind
  readonly sampled: boolean
  readonly startTime: bigint
  readonly origin: Origin
  readonly role: Role | undefined
  readonly session: SessionState | undefined
  readonly agent: EventRecord | undefined
  status: Tracer.SpanStatus
  endTime: bigint
  failure: Failure | undefined
  interrupted: boolean
  droppedAttributes: number
  droppedEvents: number
  droppedLinks: number
  #attributes: Map<string, Attribute.AttributeValue> | undefined
  #events: Array<RecordedEvent> | undefined

  constructor(init: SpanInit) {
    this.name = textOf(init.name)
    this.traceId = init.traceId
    this.spanId = init.spanId
    this.traceState = init.traceState
    this.traceFlags = init.traceFlags
    this.parent = init.parent
    this.annotations = init.annotations
    this.links = init.links
    this.kind = init.kind
    this.sampled = init.sampled
    this.startTime = fixed64(init.startTime)
    this.origin = init.origin
    this.role = init.role
    this.session = init.session
    this.agent = init.agent
    this.status = { _tag: "Started", startTime: this.startTime }
    this.endTime = this.startTime
    this.failure = undefined
    this.interrupted = false
    this.droppedAttributes = 0
    this.droppedEvents = 0
    this.droppedLinks = 0
    this.#attributes = undefined
    this.#events = undefined
    const { linkCount } = init.origin.limits
    if (init.links.length > linkCount) {
      this.droppedLinks = init.links.length - linkCount
      init.links.length = linkCount
    }
  }

  get attributes(): ReadonlyMap<string, Attribute.AttributeValue> {
    return this.#attributes ?? noAttributes
  }

  get events(): ReadonlyArray<RecordedEvent> {
    return this.#events ?? []
  }

  attribute(key: string, value: unknown): void {
    if (this.status._tag === "Ended" || !this.sampled) return
    const { limits } = this.origin
    // Cut to its limit when it has been redacted: half a secret would not be known for one.
    const length = Math.min(limits.attributeValueLength, limits.spanLength) + redactionMargin
    const normalized = Attribute.normalize(value, length)
    if (normalized === undefined || typeof key !== "string" || key === "") return
    const attributes = this.#attributes ??= new Map()
    if (attributes.size >= limits.attributeCount && !attributes.has(key)) this.droppedAttributes++
    else attributes.set(key, normalized)
  }

  event(name: string, time: bigint, attributes?: Record<string, unknown>): void {
    if (this.status._tag === "Ended" || !this.sampled) return
    const events = this.#events ??= []
    if (events.length >= this.origin.limits.eventCount) this.droppedEvents++
    else events.push([textOf(name), fixed64(time), shallow(attributes)])
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    if (this.status._tag === "Ended" || !this.sampled) return
    const { linkCount } = this.origin.limits
    for (const link of readLinks(links)) {
      if (this.links.length >= linkCount) this.droppedLinks++
      else this.links.push(link)
    }
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.status._tag === "Ended") return
    endTime = notBefore(this.startTime, endTime)
    this.endTime = endTime
    if (exit._tag === "Failure") {
      this.failure = failureOf(exit)
      this.interrupted = isInterrupted(exit)
      if (this.failure !== undefined) {
        for (const exception of this.failure.exceptions) {
          this.event("exception", endTime, {
            "exception.type": exception.type,
            "exception.message": exception.message,
            "exception.stacktrace": exception.stacktrace
          })
        }
      }
    }
    this.status = {
      _tag: "Ended",
      startTime: this.startTime,
      endTime,
      exit: exit._tag === "Success" ? Exit.void : exit
    }
    if (!this.sampled) return
    this.origin.ended++
    const { sinks } = this.origin
    for (let i = 0; i < sinks.length; i++) sinks[i]!.onEnd(this)
  }
}
