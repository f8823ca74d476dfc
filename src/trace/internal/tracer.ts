/**
 * The tracer: makes {@link Span}s and hands them to whatever sinks there are.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { Attributes } from "../../core/Attribute.ts"
import type { IdGenerator } from "../../core/IdGenerator.ts"
import { checkedIds, hasValidIds, randomIds } from "../../core/internal/ids.ts"
import {
  parseTraceState,
  randomFlag,
  sampledFlag,
  TraceFlags,
  TraceState,
  tracewide
} from "../../core/internal/traceState.ts"
import * as LogLimits from "../../core/LogLimits.ts"
import type { InstrumentationScope, Resource } from "../../core/SpanData.ts"
import type { SpanLimits } from "../../core/SpanLimits.ts"
import type { Hook } from "../../privacy/Content.ts"
import type { Redactor } from "../../privacy/Redactor.ts"
import * as Sampler from "../Sampler.ts"
import type { Origin, Role, Sink } from "../Span.ts"
import { Span } from "../Span.ts"
import type { Backpressure } from "./backpressure.ts"
import type { EventRecord } from "./event/activeEvent.ts"
import type { SessionState } from "./session/sessionState.ts"

/** @internal */
export const TypeId = "~effect-agentops/Tracer"

/**
 * A tracer that knows of roles and sessions: the library's, whatever stands behind it.
 *
 * @internal
 */
export interface OwnTracer extends Tracer.Tracer {
  readonly [TypeId]: typeof TypeId
  readonly defaultTags: ReadonlyArray<string>
  readonly content: boolean
  startSpan(
    options: SpanOptions,
    role: Role | undefined,
    session: SessionState | undefined,
    creationAttributes: () => Attributes
  ): Tracer.Span
}

/** @internal */
export const isAgentOpsTracer = (tracer: Tracer.Tracer): tracer is OwnTracer => TypeId in tracer

/** @internal */
export type SpanOptions = Parameters<Tracer.Tracer["span"]>[0]

/** What a new span is called, and whether it is kept. @internal */
export interface Identity {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  readonly traceState: string | undefined
  readonly attributes: Attributes | undefined
}

/** Where a span's parent is, as OpenTelemetry's metrics tell them apart. @internal */
export const parentOrigins = ["none", "local", "remote"] as const

const originIndex = (parent: Tracer.AnySpan | undefined): number =>
  parent === undefined ? 0 : parent._tag === "Span" ? 1 : 2

/** What a span of the library's stands for, and what a sampler sees of it. @internal */
export interface Purpose {
  readonly role: Role
  readonly session: SessionState | undefined
  readonly creationAttributes: () => Attributes
}

/**
 * The purpose of a span among its annotations: a tracer that wraps ours passes these on.
 *
 * @internal
 */
export const Purpose = Context.Reference<Purpose | undefined>("effect-agentops/SpanPurpose", {
  defaultValue: () => undefined
})

const noAttributes: Attributes = {}
const none = () => noAttributes

const remoteTraceState = (parent: Tracer.AnySpan | undefined): string | undefined =>
  parent === undefined ? undefined : Context.get(parent.annotations, TraceState)

/** Whether the last seven bytes of an id that a session was given are random: a UUID of version 4 or 7. */
const isRandomId = (traceId: string): boolean => traceId[12] === "4" || traceId[12] === "7"

const agentOf = (span: Span): EventRecord | undefined =>
  span.role !== undefined && span.role._tag !== "Session" && span.role.record.kind.name === "agent"
    ? span.role.record
    : span.agent

/** @internal */
export class AgentOpsTracer implements OwnTracer, Origin {
  readonly [TypeId]: typeof TypeId = TypeId
  readonly sampler: Sampler.Sampler
  readonly limits: SpanLimits
  readonly logLimits: LogLimits.LogLimits
  readonly redactor: Redactor
  readonly contentHook: Hook | undefined
  readonly resource: Resource
  readonly scope: InstrumentationScope
  readonly defaultTags: ReadonlyArray<string>
  readonly disabled: boolean
  readonly ids: IdGenerator
  /** Replaced, never changed in place: a span that is ending walks over it. */
  sinks: ReadonlyArray<Sink> = []
  /** Destinations that are waited for while they are full; undefined where there is none. */
  backpressure: ReadonlyArray<Backpressure> | undefined = undefined
  /** Spans that started: for each of `parentOrigins`, those not sampled and those that are. */
  readonly started = [0, 0, 0, 0, 0, 0]
  /** Sampled spans that ended. */
  ended = 0

  constructor(options: {
    readonly sampler: Sampler.Sampler
    readonly limits: SpanLimits
    readonly redactor: Redactor
    readonly contentHook: Hook | undefined
    readonly resource: Resource
    readonly scope: InstrumentationScope
    readonly defaultTags: ReadonlyArray<string>
    readonly disabled?: boolean | undefined
    readonly logLimits?: LogLimits.LogLimits | undefined
    readonly idGenerator?: IdGenerator | undefined
  }) {
    this.sampler = options.sampler
    this.limits = options.limits
    this.logLimits = options.logLimits ?? LogLimits.defaults
    this.redactor = options.redactor
    this.contentHook = options.contentHook
    this.resource = options.resource
    this.scope = options.scope
    this.defaultTags = options.defaultTags
    this.disabled = options.disabled ?? false
    this.ids = options.idGenerator === undefined ? randomIds : checkedIds(options.idGenerator)
  }

  setSinks(sinks: ReadonlyArray<Sink>): void {
    this.sinks = sinks
  }

  /** Whether any sink wants content, so that it is worth writing down. */
  get content(): boolean {
    for (let i = 0; i < this.sinks.length; i++) {
      if (this.sinks[i]!.content) return true
    }
    return false
  }

  span(options: SpanOptions): Span {
    const purpose = Context.getOrUndefined(options.annotations, Purpose)
    return this.startSpan(options, purpose?.role, purpose?.session, purpose?.creationAttributes ?? none)
  }

  startSpan(
    options: SpanOptions,
    role: Role | undefined,
    session: SessionState | undefined,
    creationAttributes: () => Attributes
  ): Span {
    const given = Option.getOrUndefined(options.parent)
    const local = given instanceof Span ? given : undefined
    // An outside parent with ids that no backend takes would poison its whole batch.
    const parent = local !== undefined || given === undefined || hasValidIds(given) ? given : undefined
    const identity = this.identify(options, parent, role, creationAttributes)
    const span = new Span({
      name: options.name,
      parent: parent === given ? options.parent : Option.none(),
      annotations: options.annotations,
      links: options.links,
      startTime: options.startTime,
      kind: options.kind,
      sampled: identity.sampled,
      traceId: identity.traceId,
      spanId: identity.spanId,
      traceState: identity.traceState ?? (local === undefined ? remoteTraceState(parent) : local.traceState),
      traceFlags: this.traceFlags(parent, identity, role),
      origin: this,
      role,
      session: session ?? local?.session,
      agent: local === undefined ? undefined : agentOf(local)
    })
    this.started[2 * originIndex(parent) + (span.sampled ? 1 : 0)]!++
    if (!span.sampled) return span
    for (const key in identity.attributes) span.attribute(key, identity.attributes[key])
    const { sinks } = this
    for (let i = 0; i < sinks.length; i++) sinks[i]!.onStart?.(span)
    return span
  }

  private traceFlags(
    parent: Tracer.AnySpan | undefined,
    { sampled, traceId }: Identity,
    role: Role | undefined
  ): number {
    const own = sampled ? sampledFlag : 0
    if (parent instanceof Span) return own | (parent.traceFlags & tracewide)
    if (parent !== undefined) return own | (Context.get(parent.annotations, TraceFlags) & tracewide)
    // A sampler elsewhere is asked by this flag; of what is not sampled there is nothing to ask.
    return sampled && (role?._tag === "Session" ? isRandomId(traceId) : this.ids.random) ? own | randomFlag : own
  }

  protected identify(
    options: SpanOptions,
    parent: Tracer.AnySpan | undefined,
    role: Role | undefined,
    creationAttributes: () => Attributes
  ): Identity {
    const traceId = parent?.traceId ??
      (role?._tag === "Session" ? role.session.traceId : this.ids.generateTraceId())
    const decision = options.sampled ? this.decide(options, parent, traceId, creationAttributes) : undefined
    return {
      traceId,
      spanId: this.ids.generateSpanId(),
      sampled: decision === undefined ? options.sampled : decision.sampled,
      // Foreign text, which would go out as a header. An empty one says that nothing goes out.
      traceState: decision?.traceState === "" ? "" : parseTraceState(decision?.traceState),
      attributes: decision?.attributes
    }
  }

  private decide(
    options: SpanOptions,
    parent: Tracer.AnySpan | undefined,
    traceId: string,
    creationAttributes: () => Attributes
  ): Sampler.Decision | undefined {
    if (this.sampler === Sampler.always) return undefined
    // A sampler is foreign code, and telemetry must not fail the effect: keep the span when it throws.
    try {
      return this.sampler.decide({
        traceId,
        parent,
        name: options.name,
        kind: options.kind,
        get attributes() {
          return creationAttributes()
        },
        links: options.links
      })
    } catch {
      return undefined
    }
  }
}
