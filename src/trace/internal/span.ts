/**
 * The span of this library's tracer: Effect's `Tracer.Span` with its event.
 *
 * One object serves Effect and every backend. Effect writes to it through `Tracer.Span`. When it ends, each sink
 * receives the same object.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import * as Attribute from "../../core/Attribute.ts"
import { failureOf, isInterrupted } from "../../core/internal/failure.ts"
import { randomBits, spanIdOf } from "../../core/internal/ids.ts"
import { shallow, textOf } from "../../core/internal/inspect.ts"
import { fixed64, notBefore } from "../../core/internal/time.ts"
import type { Failure, InstrumentationScope } from "../../core/SpanData.ts"
import { redactionMargin } from "../../privacy/internal/redactionMargin.ts"
import type { RecordedEvent, Sink, Span, TracerSettings } from "../Span.ts"
import { TypeId } from "../Span.ts"
import type { ActiveEvent } from "./event/activeEvent.ts"
import { noteFailure } from "./event/failedEvents.ts"
import { readLinks } from "./links.ts"
import type { SessionState } from "./session/sessionState.ts"

/** The purpose of a span. @internal */
export interface Purpose {
  /** The event of the span, or of its attempt. */
  readonly record: ActiveEvent | undefined
  /** The number of the attempt, from 1, or 0 for the event itself. */
  readonly attemptNumber: number
  /** Whether the span is the root of its session. */
  readonly isSession: boolean
}

/** The options of a new span: Effect's options, and its purpose. @internal */
export interface SpanOptions extends Purpose {
  readonly name: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Context.Context<never>
  readonly links: Array<Tracer.SpanLink>
  readonly startTime: bigint
  readonly kind: Tracer.SpanKind
  readonly root: boolean
  readonly sampled: boolean
  /** The session of the span. */
  readonly session: SessionState | undefined
  /** The library that makes the span, if it is not the tracer's own. */
  readonly scope?: InstrumentationScope | undefined
}

/** The settings and counters that a span shares with its tracer. @internal */
export interface SpanTracer extends TracerSettings {
  /** The owner of the traces. Two nested tracers do not mix their traces. */
  readonly tenant: object
  readonly sinks: ReadonlyArray<Sink>
  /** The number of ended sampled spans. */
  ended: number
  /** Whether tracing is off, so that an outer span is propagated to other processes instead. */
  readonly disabled: boolean
}

const noAttributes: ReadonlyMap<string, Attribute.AttributeValue> = new Map()
const noEvents: ReadonlyArray<RecordedEvent> = []

/**
 * A span of this library's tracer.
 *
 * Writes after the end are ignored, as `Tracer.Span` requires. At its end the span drops the success value of its exit,
 * because that may be a whole model response. A failure is kept. The `dropped…` properties count data beyond the span
 * limits.
 *
 * @internal
 */
export class RecordedSpan implements Span, Purpose {
  readonly [TypeId] = TypeId
  readonly _tag = "Span"
  readonly name: string
  readonly traceId: string
  /** The halves of a random id, which becomes text only when it is read. */
  readonly idHigh: number
  readonly idLow: number
  /** The id as text, from the start if it was given. */
  idText: string | undefined
  readonly hasRandomId: boolean
  readonly traceState: string | undefined
  readonly traceFlags: number
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Context.Context<never>
  readonly links: Array<Tracer.SpanLink>
  readonly kind: Tracer.SpanKind
  readonly sampled: boolean
  readonly startTime: bigint
  readonly settings: SpanTracer
  readonly record: ActiveEvent | undefined
  readonly attemptNumber: number
  readonly isSession: boolean
  readonly session: SessionState | undefined
  readonly agent: ActiveEvent | undefined
  /** The context in which the span is the parent, and its settings, which are read once for all spans in it. */
  within: Context.Context<never> | undefined
  inherited: unknown
  endTime: bigint
  failure: Failure | undefined
  interrupted: boolean
  droppedAttributes: number
  droppedEvents: number
  droppedLinks: number
  /** The approximate length of the event's content, set at its end. */
  contentLength: number
  #exit: Exit.Exit<unknown, unknown> | undefined
  #attributes: Map<string, Attribute.AttributeValue> | undefined
  #events: Array<RecordedEvent> | undefined
  /** Whether the sinks have received the span. */
  #isOut: boolean

  constructor(
    tracer: SpanTracer,
    options: SpanOptions,
    parent: Tracer.AnySpan | undefined,
    traceId: string,
    spanId: string | undefined,
    sampled: boolean,
    traceState: string | undefined,
    traceFlags: number
  ) {
    const local = parent instanceof RecordedSpan ? parent : undefined
    this.name = textOf(options.name)
    this.traceId = traceId
    this.idText = spanId
    this.hasRandomId = spanId === undefined
    this.idHigh = spanId === undefined ? randomBits() : 0
    const low = spanId === undefined ? randomBits() : 0
    this.idLow = low === 0 ? 1 : low
    this.traceState = traceState
    this.traceFlags = traceFlags
    this.parent = parent === undefined ? Option.none() : options.parent
    this.annotations = options.annotations
    this.links = options.links
    this.kind = options.kind
    this.sampled = sampled
    this.startTime = fixed64(options.startTime)
    this.settings = tracer
    this.record = options.record
    this.attemptNumber = options.attemptNumber
    this.isSession = options.isSession
    this.session = options.session ?? local?.session
    this.agent = local === undefined ? undefined : local.record?.kind.category === "agent" ? local.record : local.agent
    this.endTime = this.startTime
    this.within = undefined
    this.inherited = undefined
    this.failure = undefined
    this.interrupted = false
    this.droppedAttributes = 0
    this.droppedEvents = 0
    this.droppedLinks = 0
    this.contentLength = 0
    this.#exit = undefined
    this.#attributes = undefined
    this.#events = undefined
    this.#isOut = false
    const { linkCount } = tracer.limits
    if (options.links.length > linkCount) {
      this.droppedLinks = options.links.length - linkCount
      options.links.length = linkCount
    }
  }

  /** For an attempt at a model call: the facts that identify the call and its cost, known at its end. */
  call: Readonly<Record<string, unknown>> | undefined

  get spanId(): string {
    return this.idText ??= spanIdOf(this.idHigh, this.idLow)
  }

  get status(): Tracer.SpanStatus {
    return this.#exit === undefined
      ? { _tag: "Started", startTime: this.startTime }
      : { _tag: "Ended", startTime: this.startTime, endTime: this.endTime, exit: this.#exit }
  }

  get tracedEvent(): ActiveEvent | undefined {
    return this.attemptNumber === 0 ? this.record : undefined
  }

  get attempt(): Span["attempt"] {
    return this.record === undefined || this.attemptNumber === 0
      ? undefined
      : { event: this.record, number: this.attemptNumber, call: this.call }
  }

  /** The event's attributes for a tracer that wraps this one and reads the ended span. */
  shown: (() => Readonly<Record<string, Attribute.AttributeValue>>) | undefined

  get attributes(): ReadonlyMap<string, Attribute.AttributeValue> {
    const set = this.#attributes ?? noAttributes
    return this.shown === undefined || !this.#isOut ? set : new Map([...set, ...Object.entries(this.shown())])
  }

  get events(): ReadonlyArray<RecordedEvent> {
    return this.#events ?? noEvents
  }

  attribute(key: string, value: unknown): void {
    if (this.#exit !== undefined || !this.sampled) return
    const { limits } = this.settings
    // Redaction comes before truncation, because half a secret would not be recognized. So a margin is kept.
    const length = Math.min(limits.attributeValueLength, limits.spanLength) + redactionMargin
    const normalized = Attribute.normalize(value, length)
    if (normalized === undefined || key === "") return
    const attributes = this.#attributes ??= new Map()
    if (attributes.size >= limits.attributeCount && !attributes.has(key)) this.droppedAttributes++
    else attributes.set(key, normalized)
  }

  event(name: string, time: bigint, attributes?: Record<string, unknown>): void {
    if (this.#exit !== undefined || !this.sampled) return
    const events = this.#events ??= []
    if (events.length >= this.settings.limits.eventCount) this.droppedEvents++
    else events.push([textOf(name), fixed64(time), shallow(attributes)])
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    if (this.#exit !== undefined || !this.sampled) return
    const { linkCount } = this.settings.limits
    for (const link of readLinks(links)) {
      if (this.links.length >= linkCount) this.droppedLinks++
      else this.links.push(link)
    }
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.#exit !== undefined) return
    endTime = notBefore(this.startTime, endTime)
    this.endTime = endTime
    if (exit._tag === "Failure") {
      this.failure = failureOf(exit)
      this.interrupted = isInterrupted(exit)
      if (this.failure !== undefined) {
        if (this.record !== undefined) noteFailure(this, exit.cause)
        for (const exception of this.failure.exceptions) {
          this.event("exception", endTime, {
            "exception.type": exception.type,
            "exception.message": exception.message,
            "exception.stacktrace": exception.stacktrace
          })
        }
      }
    }
    this.within = undefined
    this.inherited = undefined
    this.#exit = exit._tag === "Success" ? Exit.void : exit
    if (!this.sampled) return
    this.settings.ended++
    const { sinks } = this.settings
    for (let i = 0; i < sinks.length; i++) sinks[i]!.onEnd(this)
    this.#isOut = true
  }
}
