/**
 * The span that the tracer makes: Effect's `Tracer.Span`, with its event.
 *
 * One object serves Effect and every backend. Effect writes to it through
 * `Tracer.Span`; when it ends it is handed, as it is, to each sink.
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
import { shallow, textOf } from "../../core/internal/look.ts"
import { fixed64, notBefore } from "../../core/internal/time.ts"
import type { Failure, InstrumentationScope } from "../../core/SpanData.ts"
import { redactionMargin } from "../../privacy/internal/truncate.ts"
import type { RecordedEvent, Sink, Span, TracerSettings } from "../Span.ts"
import { TypeId } from "../Span.ts"
import type { ActiveEvent } from "./event/activeEvent.ts"
import { noteFailure } from "./event/failedEvents.ts"
import { readLinks } from "./links.ts"
import type { SessionState } from "./session/sessionState.ts"

/** What a span stands for, beside what any span is. @internal */
export interface Purpose {
  /** The event that it is the span of, or of an attempt at. */
  readonly record: ActiveEvent | undefined
  /** Which attempt at the event it is, from 1; 0 for the event itself. */
  readonly attemptNumber: number
  /** Whether it is the root of its session. */
  readonly isSession: boolean
}

/** What a tracer is asked for: Effect's options of a span, and what it stands for. @internal */
export interface SpanOptions extends Purpose {
  readonly name: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Context.Context<never>
  readonly links: Array<Tracer.SpanLink>
  readonly startTime: bigint
  readonly kind: Tracer.SpanKind
  readonly root: boolean
  readonly sampled: boolean
  /** The session that it belongs to. */
  readonly session: SessionState | undefined
  /** The library whose span it is, if that is not the tracer's own. */
  readonly scope?: InstrumentationScope | undefined
}

/** What a span takes from its tracer, and counts there. @internal */
export interface SpanTracer extends TracerSettings {
  /** The tracer whose traces they are: two that nest do not mix theirs. */
  readonly tenant: object
  readonly sinks: ReadonlyArray<Sink>
  /** Sampled spans that ended. */
  ended: number
  /** Whether nothing of it is anybody's: other processes are told of what its spans are in, instead of them. */
  readonly disabled: boolean
}

const noAttributes: ReadonlyMap<string, Attribute.AttributeValue> = new Map()
const noEvents: ReadonlyArray<RecordedEvent> = []

/**
 * A span of this library's tracer.
 *
 * Writes after the end are ignored, as `Tracer.Span` asks. When it ends it lets go
 * of the success value of its exit, which may be a whole model response; a failure
 * is kept. What exceeds the span limits is counted in the `dropped…` properties.
 *
 * @internal
 */
export class RecordedSpan implements Span, Purpose {
  readonly [TypeId] = TypeId
  readonly _tag = "Span"
  readonly name: string
  readonly traceId: string
  /** The halves of a random id, which is written as text where somebody asks for that. */
  readonly idHigh: number
  readonly idLow: number
  /** The id as text, from the beginning where it is given. */
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
  /** The context that it is the parent span of, and what was set there: read once for all that happens in it. */
  within: Context.Context<never> | undefined
  inherited: unknown
  endTime: bigint
  failure: Failure | undefined
  interrupted: boolean
  droppedAttributes: number
  droppedEvents: number
  droppedLinks: number
  /** About how much content its event has, once that has ended. */
  contentLength: number
  #exit: Exit.Exit<unknown, unknown> | undefined
  #attributes: Map<string, Attribute.AttributeValue> | undefined
  #events: Array<RecordedEvent> | undefined
  /** Whether the sinks have it. */
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

  /** Of an attempt at a model call: which it was and what it cost, known when it ends. */
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

  /** What a tracer around ours sees as attributes when the span has ended, beside those that were set. */
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
    // Cut to its limit when it has been redacted: half a secret would not be known for one.
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
