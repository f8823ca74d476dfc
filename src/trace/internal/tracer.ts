/**
 * The tracer: makes spans and passes them to its sinks.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { Attributes } from "../../core/Attribute.ts"
import type { IdGenerator } from "../../core/IdGenerator.ts"
import { checkedIds, hasValidIds, randomIds } from "../../core/internal/ids.ts"
import {
  parseTraceState,
  propagatedFlags,
  randomFlag,
  sampledFlag,
  TraceFlags,
  TraceState
} from "../../core/internal/traceState.ts"
import type { LogLimits } from "../../core/LogLimits.ts"
import type { InstrumentationScope, Resource } from "../../core/SpanData.ts"
import type { SpanLimits } from "../../core/SpanLimits.ts"
import type { Hook, TakeMedia } from "../../privacy/Content.ts"
import type { Redactor } from "../../privacy/Redactor.ts"
import type { Decision, Sampler } from "../Sampler.ts"
import type { Sink, TracerSettings } from "../Span.ts"
import type { Backpressure } from "./backpressure.ts"
import { ScopedSettings } from "./scopedSettings.ts"
import { parentInSession, providedIn } from "./session/currentSession.ts"
import type { SpanOptions, SpanTracer } from "./span.ts"
import { RecordedSpan } from "./span.ts"

/** @internal */
export const TypeId = "~effect-agentops/Tracer"

/**
 * A tracer that supports events and sessions: this library's tracer, with any backend.
 *
 * @internal
 */
export interface OwnTracer extends Tracer.Tracer {
  readonly [TypeId]: typeof TypeId
  readonly defaultTags: ReadonlyArray<string>
  /** The library that makes the spans. */
  readonly scope: InstrumentationScope
  /** Whether any sink needs content, so that it has to be recorded. */
  readonly content: boolean
  /** The owner of the traces. */
  readonly tenant: object
  readonly start: (options: SpanOptions) => Tracer.Span
}

/** @internal */
export const isAgentOpsTracer = (tracer: Tracer.Tracer): tracer is OwnTracer => TypeId in tracer

/** The origins of a parent span in OpenTelemetry's metrics. @internal */
export const parentOrigins = ["none", "local", "remote"] as const

const originIndex = (parent: Tracer.AnySpan | undefined): number =>
  parent === undefined ? 0 : parent._tag === "Span" ? 1 : 2

/**
 * The options of this library's span, in its annotations, which a wrapping tracer passes on.
 *
 * @internal
 */
export const CurrentOptions = Context.Reference<SpanOptions | undefined>("effect-agentops/SpanOptions", {
  defaultValue: () => undefined
})

/** The attributes that a sampler sees at the start of a span. @internal */
export const creationAttributes = ({ isSession, record, session }: SpanOptions): Attributes => {
  if (record !== undefined) return record.kind.toAttributes(record.fields, { content: false })
  return isSession && session !== undefined
    ? { "session.id": session.id, "agentops.session.name": session.name }
    : {}
}

/** The counterpart of our span that another library has started. @internal */
export interface Started {
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string | undefined
  readonly sampled: boolean
  readonly onSpan: (span: RecordedSpan) => void
}

/** Another library that makes the exported spans. @internal */
export interface SpanBackend {
  /** Its current span, which becomes the parent of our spans without a parent. */
  readonly parent: () => Tracer.AnySpan | undefined
  readonly start: (options: SpanOptions, parent: Tracer.AnySpan | undefined) => Started
}

/** The options of a span, with a parent from elsewhere if it has none. @internal */
export const adopt = (options: SpanOptions, active: () => Tracer.AnySpan | undefined): SpanOptions => {
  if (options.root || Option.isSome(options.parent)) return options
  const parent = active()
  return parent === undefined
    ? options
    : { ...options, parent: Option.some(parent), sampled: options.sampled && parent.sampled }
}

/** Converts Effect's options of a span, with our own options from the annotations. @internal */
export const fromEffect = (options: Parameters<Tracer.Tracer["span"]>[0]): SpanOptions => {
  const { annotations, kind, links, name, parent, root, sampled, scope, startTime }:
    & typeof options
    & Pick<SpanOptions, "scope"> = options
  const own = Context.getOrUndefined(annotations, CurrentOptions)
  // Property by property, because a spread copy is slower, and each span of `Effect.withSpan` makes one.
  return {
    name,
    parent,
    annotations,
    links,
    startTime,
    kind,
    root,
    sampled,
    scope,
    record: own?.record,
    attemptNumber: own?.attemptNumber ?? 0,
    isSession: own?.isSession ?? false,
    session: own?.session
  }
}

/**
 * Effect considers only the parent span. This also considers a session that is provided as a service.
 *
 * @internal
 */
export const inProvidedSession = (options: SpanOptions): SpanOptions => {
  const context = options.root ? undefined : Fiber.getCurrent()?.context
  if (context === undefined || providedIn(context) === undefined) return options
  const parent = parentInSession(context)
  const given = Context.getOrUndefined(context, Tracer.ParentSpan)
  if (parent === undefined || parent === given || Option.getOrUndefined(options.parent) !== given) return options
  return { ...options, parent: Option.some(parent), sampled: options.sampled && parent.sampled }
}

/** A tracer for the spans of another library. @internal */
export const withScope = (tracer: OwnTracer, scope: InstrumentationScope): OwnTracer => {
  const start = (options: SpanOptions) => tracer.start(options.scope === undefined ? { ...options, scope } : options)
  return {
    [TypeId]: TypeId,
    defaultTags: tracer.defaultTags,
    tenant: tracer.tenant,
    scope,
    get content() {
      return tracer.content
    },
    span: (options) => start(inProvidedSession(fromEffect(options))),
    start,
    context: tracer.context
  }
}

/** Whether a session's id ends in seven random bytes: a UUID of version 4 or 7. */
const isRandomId = (traceId: string): boolean => traceId[12] === "4" || traceId[12] === "7"

/** @internal */
export interface TracerOptions extends Omit<TracerSettings, "sinks" | "takeMedia"> {
  readonly takeMedia?: TakeMedia | undefined
  /** Absent if every span is recorded. */
  readonly sampler?: Sampler | undefined
  readonly defaultTags: ReadonlyArray<string>
  readonly disabled?: boolean | undefined
  readonly idGenerator?: IdGenerator | undefined
  readonly backend?: SpanBackend | undefined
  readonly sinks?: ReadonlyArray<Sink> | undefined
  /** Runs each step of an effect, as Effect's tracers may. */
  readonly context?: Tracer.Tracer["context"] | undefined
}

/** @internal */
export class AgentOpsTracer implements OwnTracer, SpanTracer {
  readonly [TypeId]: typeof TypeId = TypeId
  readonly tenant = this
  readonly sampler: Sampler | undefined
  readonly limits: SpanLimits
  readonly logLimits: LogLimits
  readonly redactor: Redactor
  readonly contentHook: Hook | undefined
  readonly takeMedia: TakeMedia | undefined
  readonly resource: Resource
  readonly scope: InstrumentationScope
  readonly defaultTags: ReadonlyArray<string>
  readonly disabled: boolean
  readonly ids: IdGenerator
  readonly context: Tracer.Tracer["context"]
  /** Replaced as a whole, because a span that is ending iterates over it. */
  sinks: ReadonlyArray<Sink>
  /** Destinations with backpressure. Undefined if there are none. */
  backpressure: ReadonlyArray<Backpressure> | undefined = undefined
  /** The number of started spans: for each of `parentOrigins`, the unsampled and the sampled. */
  readonly started = [0, 0, 0, 0, 0, 0]
  /** The number of ended sampled spans. */
  ended = 0
  readonly #backend: SpanBackend | undefined
  readonly #scopes = new WeakMap<InstrumentationScope, SpanTracer>()

  constructor(options: TracerOptions) {
    this.sampler = options.sampler
    this.limits = options.limits
    this.logLimits = options.logLimits
    this.redactor = options.redactor
    this.contentHook = options.contentHook
    this.takeMedia = options.takeMedia
    this.resource = options.resource
    this.scope = options.scope
    this.defaultTags = options.defaultTags
    this.disabled = options.disabled ?? false
    this.ids = options.idGenerator === undefined ? randomIds : checkedIds(options.idGenerator)
    this.context = options.context
    this.sinks = options.sinks ?? []
    this.#backend = options.backend
  }

  /** The settings for the spans of a library. */
  settingsOf(scope: InstrumentationScope | undefined): SpanTracer {
    if (scope === undefined || scope === this.scope) return this
    let settings = this.#scopes.get(scope)
    if (settings === undefined) this.#scopes.set(scope, settings = new ScopedSettings(this, scope))
    return settings
  }

  setSinks(sinks: ReadonlyArray<Sink>): void {
    this.sinks = sinks
  }

  get content(): boolean {
    for (let i = 0; i < this.sinks.length; i++) {
      if (this.sinks[i]!.content) return true
    }
    return false
  }

  readonly span = (options: Parameters<Tracer.Tracer["span"]>[0]): RecordedSpan =>
    this.start(inProvidedSession(fromEffect(options)))

  readonly start = (options: SpanOptions): RecordedSpan => {
    const backend = this.#backend
    if (backend !== undefined) options = adopt(options, backend.parent)
    let given = Option.getOrUndefined(options.parent)
    if (given instanceof RecordedSpan && given.settings !== this && given.settings.tenant !== this) {
      // The parent belongs to another tenant, so the span starts a trace of its own and is sampled by itself.
      options = { ...options, parent: Option.none(), sampled: options.sampled || !given.sampled }
      given = undefined
    }
    // A parent with invalid ids would make backends reject the whole batch.
    const parent = given === undefined || given instanceof RecordedSpan || hasValidIds(given) ? given : undefined
    const traceState = parent === undefined
      ? undefined
      : parent instanceof RecordedSpan
      ? parent.traceState
      : Context.get(parent.annotations, TraceState)
    if (backend !== undefined && options.sampled) {
      const started = backend.start(options, parent)
      const { sampled, spanId, traceId } = started
      const span = new RecordedSpan(
        this.settingsOf(options.scope),
        options,
        parent,
        traceId,
        spanId,
        sampled,
        parseTraceState(started.traceState) ?? traceState,
        this.#flags(options, parent, traceId, sampled)
      )
      started.onSpan(span)
      return this.#begin(span, parent)
    }
    const traceId = parent !== undefined
      ? parent.traceId
      : options.isSession && options.session !== undefined
      ? options.session.traceId
      : this.ids.generateTraceId()
    const decision = options.sampled && this.sampler !== undefined
      ? this.#decide(this.sampler, options, parent, traceId)
      : undefined
    const sampled = decision === undefined ? options.sampled : decision.sampled
    const span = new RecordedSpan(
      options.scope === undefined ? this : this.settingsOf(options.scope),
      options,
      parent,
      traceId,
      this.ids === randomIds ? undefined : this.ids.generateSpanId(),
      sampled,
      // The trace state of a sampler is parsed, because it is sent as a header. An empty one removes the header.
      decision?.traceState === "" ? "" : parseTraceState(decision?.traceState) ?? traceState,
      this.#flags(options, parent, traceId, sampled)
    )
    if (span.sampled) { for (const key in decision?.attributes) span.attribute(key, decision.attributes[key]) }
    return this.#begin(span, parent)
  }

  /** Whether the id of a new trace ends in random bytes. */
  #isRandom({ isSession }: SpanOptions, traceId: string): boolean {
    return isSession ? isRandomId(traceId) : this.ids.random === true
  }

  #flags(options: SpanOptions, parent: Tracer.AnySpan | undefined, traceId: string, sampled: boolean): number {
    const inheritedFlags = parent === undefined
      // The flag matters to samplers of other services, and only for sampled traces.
      ? sampled && this.#isRandom(options, traceId) ? randomFlag : 0
      : (parent instanceof RecordedSpan ? parent.traceFlags : Context.get(parent.annotations, TraceFlags)) &
        propagatedFlags
    return (sampled ? sampledFlag : 0) | inheritedFlags
  }

  #begin(span: RecordedSpan, parent: Tracer.AnySpan | undefined): RecordedSpan {
    this.started[2 * originIndex(parent) + (span.sampled ? 1 : 0)]!++
    if (!span.sampled) return span
    const { sinks } = this
    for (let i = 0; i < sinks.length; i++) sinks[i]!.onStart?.(span)
    return span
  }

  #decide(
    sampler: Sampler,
    options: SpanOptions,
    parent: Tracer.AnySpan | undefined,
    traceId: string
  ): Decision | undefined {
    // A sampler is foreign code and may throw. Telemetry must not fail the effect, so the span is then kept.
    try {
      return sampler.decide({
        traceId,
        parent,
        name: options.name,
        kind: options.kind,
        get attributes() {
          return creationAttributes(options)
        },
        links: options.links,
        random: parent === undefined ? this.#isRandom(options, traceId) : undefined,
        event: options.record,
        session: options.session
      })
    } catch {
      return undefined
    }
  }
}
