/**
 * The readable span, for conventions, samplers, tail sampling rules and sinks.
 *
 * A span is Effect's own `Tracer.Span`, and has its purpose: the root of a session, an event, or one attempt at an
 * event.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import type * as Tracer from "effect/Tracer"
import type { AttributeValue } from "../core/Attribute.ts"
import type { LogLimits } from "../core/LogLimits.ts"
import type { SessionId } from "../core/SessionId.ts"
import type { CodeLocation, Failure, InstrumentationScope, Resource } from "../core/SpanData.ts"
import type { SpanLimits } from "../core/SpanLimits.ts"
import type { Fields } from "../model/Field.ts"
import type { Usage } from "../model/Usage.ts"
import type { Hook, TakeMedia } from "../privacy/Content.ts"
import type { Redactor } from "../privacy/Redactor.ts"
import type { Kind } from "./EventKind.ts"

/** @internal */
export const TypeId = "~effect-agentops/Span"

/**
 * An event as it is known so far.
 *
 * **Details**
 *
 * `fields` have the names of the event's kind, and are completed until the event ends. `Event.as` returns them typed.
 * `success` is `false` if a success value was judged a failure.
 *
 * @category models
 * @since 0.1.0
 */
export interface TracedEvent {
  readonly kind: Kind<Fields>
  readonly fields: Readonly<Record<string, unknown>>
  readonly success: boolean
  /** The usage of an ended model call, if it is known. */
  readonly usage: Usage | undefined
  /** The cost in nano-dollars, if it is known. */
  readonly costNanos: number | undefined
  /** The source location, if it is known: see the option `callSites` of `AgentOps.layer`. */
  readonly callSite: CodeLocation | undefined
}

/**
 * The current state of a span's session.
 *
 * **Details**
 *
 * Times are in nanoseconds since the epoch, `costNanos` is in nano-dollars. `continued` means that the session began in
 * another process and that this is its part here.
 *
 * @category models
 * @since 0.1.0
 */
export interface TracedSession {
  readonly id: SessionId
  readonly traceId: string
  readonly name: string
  readonly continued: boolean
  readonly startTime: bigint
  readonly endTime: bigint | undefined
  readonly endState: "Success" | "Fail" | "Indeterminate" | undefined
  readonly endStateReason: string | undefined
  /** Seconds to the first chunk that the session streamed, if it streamed. */
  readonly timeToFirstChunk: number | undefined
  readonly tags: ReadonlySet<string>
  readonly metadata: Readonly<Record<string, unknown>>
  /** The input and output, which are content. Known at the end of the session, until then `undefined` or `null`. */
  readonly input: unknown
  readonly output: unknown
  readonly userId: string | undefined
  readonly agent: string | undefined
  /** The conversation in which the session is a turn. */
  readonly conversationId: string | undefined
  /** Seconds for which the session was suspended. */
  readonly waited: number
  readonly llmCalls: number
  readonly toolCalls: number
  readonly actions: number
  readonly errors: number
  readonly usage: Usage
  readonly costNanos: number
  readonly unpricedCalls: number
  readonly callSite: CodeLocation | undefined
}

/**
 * The settings that all spans of a tracer share.
 *
 * @category models
 * @since 0.1.0
 */
export interface TracerSettings {
  readonly resource: Resource
  readonly scope: InstrumentationScope
  readonly limits: SpanLimits
  readonly logLimits: LogLimits
  readonly redactor: Redactor
  readonly contentHook: Hook | undefined
  /** Stores binary content, if the program wants to keep it. */
  readonly takeMedia: TakeMedia | undefined
  /** The receivers of the spans. */
  readonly sinks: ReadonlyArray<Sink>
}

/**
 * An event on a span in OpenTelemetry's sense: name, nanoseconds since the epoch, attributes.
 *
 * @category models
 * @since 0.1.0
 */
export type RecordedEvent = readonly [name: string, time: bigint, attributes: Readonly<Record<string, unknown>>]

/**
 * A span of this library's tracer.
 *
 * **Details**
 *
 * At most one of `isSession`, `tracedEvent` and `attempt` states the purpose of the span. A span of the program's own,
 * made by `Effect.withSpan`, has none. `agent` is the nearest enclosing agent event. The `dropped…` properties count
 * data beyond the span limits.
 *
 * **Example** (a sink that reads events)
 *
 * ```ts
 * import type { Span } from "effect-agentops"
 *
 * const calls: Array<string> = []
 * const sink: Span.Sink = {
 *   content: false,
 *   onEnd: (span) => {
 *     const event = span.tracedEvent
 *     if (event?.kind.category === "modelCall") calls.push(`${span.session?.name}: ${event.fields["model"]}`)
 *   }
 * }
 * ```
 *
 * @category models
 * @since 0.1.0
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- the tracer's own class implements the interface
export interface Span extends Tracer.Span {
  readonly traceState: string | undefined
  /** W3C's flags: 1 means sampled, 2 means that the trace id is random. */
  readonly traceFlags: number
  readonly settings: TracerSettings
  /** The event of an event's span. */
  readonly tracedEvent: TracedEvent | undefined
  /** The event and the number, from 1, of an attempt's span. */
  readonly attempt: {
    readonly event: TracedEvent
    readonly number: number
    /** For a model call: the fields that identify it and its cost, known when it ends. */
    readonly call: Readonly<Record<string, unknown>> | undefined
  } | undefined
  /** The session of the span. */
  readonly session: TracedSession | undefined
  /** Whether the span is the root of its session. */
  readonly isSession: boolean
  readonly agent: TracedEvent | undefined
  readonly startTime: bigint
  /** Equal to the start until the span ends. */
  readonly endTime: bigint
  /** The failure of the span. */
  readonly failure: Failure | undefined
  /** Whether the span was interrupted, which is not a failure. */
  readonly interrupted: boolean
  /** The attributes that the program set. */
  readonly attributes: ReadonlyMap<string, AttributeValue>
  readonly events: ReadonlyArray<RecordedEvent>
  readonly droppedAttributes: number
  readonly droppedEvents: number
  readonly droppedLinks: number
}

/**
 * Matches the spans of this library's tracer with `instanceof`.
 *
 * **Example** (the current span, if it is ours)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Span } from "effect-agentops"
 *
 * const name = Effect.map(Effect.currentSpan, (span) => span instanceof Span.Span ? span.session?.name : undefined)
 * await Effect.runPromise(name.pipe(Effect.withSpan("native"))) // => undefined
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
// oxlint-disable-next-line typescript/no-extraneous-class -- there is no other way to be asked by `instanceof`
export class Span {
  static [Symbol.hasInstance](value: unknown): boolean {
    return Predicate.hasProperty(value, TypeId)
  }
}

/**
 * Receives spans when they start and end: the core of an exporter.
 *
 * **Details**
 *
 * Both functions run on the fiber that starts or ends the span, so they must be quick. Their exceptions are ignored.
 * They receive sampled spans only.
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
