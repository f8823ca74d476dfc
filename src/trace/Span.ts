/**
 * What can be read of a span: by a convention, a sampler, a rule of tail sampling, a sink.
 *
 * A span is Effect's own `Tracer.Span`, and knows what it stands for: a session, an
 * event, or one attempt at an event.
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
 * An event, as far as it is known.
 *
 * **Details**
 *
 * `fields` are by the names of the event's kind, and grow until the event has ended. `Event.as` has them with their
 * types. `success` is `false` where a value that was returned normally was judged a failure.
 *
 * @category models
 * @since 0.1.0
 */
export interface TracedEvent {
  readonly kind: Kind<Fields>
  readonly fields: Readonly<Record<string, unknown>>
  readonly success: boolean
  /** What a model call that has ended used, where that is known. */
  readonly usage: Usage | undefined
  /** What it cost in nano-dollars, where that is known. */
  readonly costNanos: number | undefined
  /** Where in the program it is traced, where that is known: see the option `callSites` of `AgentOps.layer`. */
  readonly callSite: CodeLocation | undefined
}

/**
 * The session of a span, as it stands.
 *
 * **Details**
 *
 * Times are in nanoseconds since the epoch, `costNanos` is in nano-dollars. `continued` tells that the session began
 * in another process, and this is its part here.
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
  /** Seconds to the first chunk of what the session streamed, if it did. */
  readonly timeToFirstChunk: number | undefined
  readonly tags: ReadonlySet<string>
  readonly metadata: Readonly<Record<string, unknown>>
  /** What went in and what came out, which is content: as far as it is known when the session has ended, else `undefined` or `null`. */
  readonly input: unknown
  readonly output: unknown
  readonly userId: string | undefined
  readonly agent: string | undefined
  /** The conversation that it is a turn of. */
  readonly conversationId: string | undefined
  /** Seconds for which it was suspended. */
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
 * What was set for all the spans of a tracer.
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
  /** Takes what is binary in content, where that is kept. */
  readonly takeMedia: TakeMedia | undefined
  /** Where its spans go. */
  readonly sinks: ReadonlyArray<Sink>
}

/**
 * A happening on a span, by the word of OpenTelemetry an event: name, nanoseconds since the epoch, attributes.
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
 * At most one of `isSession`, `tracedEvent` and `attempt` says what it stands for; on a span of the program's own,
 * made by `Effect.withSpan`, none does. `agent` is the nearest agent event around it. What exceeds the span limits is
 * counted in the `dropped…` properties.
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
  /** W3C's flags: 1 is sampled, 2 says that the trace id is random. */
  readonly traceFlags: number
  readonly settings: TracerSettings
  /** The event that it is the span of. */
  readonly tracedEvent: TracedEvent | undefined
  /** The attempt that it is the span of, and at which event; numbers begin with 1. */
  readonly attempt: {
    readonly event: TracedEvent
    readonly number: number
    /** Of a model call: the fields that say which it was and what it cost, known when it ends. */
    readonly call: Readonly<Record<string, unknown>> | undefined
  } | undefined
  /** The session that it belongs to. */
  readonly session: TracedSession | undefined
  /** Whether it is the root of its session. */
  readonly isSession: boolean
  readonly agent: TracedEvent | undefined
  readonly startTime: bigint
  /** Its start, until it ends. */
  readonly endTime: bigint
  /** What it failed of. */
  readonly failure: Failure | undefined
  /** Whether it was interrupted, which is no failure. */
  readonly interrupted: boolean
  /** What the program wrote on it. */
  readonly attributes: ReadonlyMap<string, AttributeValue>
  readonly events: ReadonlyArray<RecordedEvent>
  readonly droppedAttributes: number
  readonly droppedEvents: number
  readonly droppedLinks: number
}

/**
 * Tells the spans of this library's tracer from others, by `instanceof`.
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
 * Where spans go when they start and end: the inside of an exporter.
 *
 * **Details**
 *
 * Both functions run on the fiber that starts or ends the span, so they only take
 * note. What they throw is let go. Only sampled spans are handed over.
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
