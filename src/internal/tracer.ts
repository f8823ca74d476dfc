/**
 * The tracer: makes {@link Span}s and hands them to whatever sinks there are.
 *
 * @internal
 */
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { Attributes } from "../Attribute.ts"
import type { Hook } from "../Content.ts"
import type { Redactor } from "../Redactor.ts"
import * as Sampler from "../Sampler.ts"
import type { Origin, Role, Sink } from "../Span.ts"
import { Span } from "../Span.ts"
import type { InstrumentationScope, Resource } from "../SpanData.ts"
import type { SpanLimits } from "../SpanLimits.ts"
import type { EventRecord } from "./eventRecord.ts"
import { isValidParent, randomSpanId, randomTraceId } from "./identifiers.ts"
import type { SessionState } from "./sessionState.ts"

const TypeId = "~effect-agentops/Tracer"

/** @internal */
export const isAgentOpsTracer = (tracer: Tracer.Tracer): tracer is AgentOpsTracer => TypeId in tracer

type SpanOptions = Parameters<Tracer.Tracer["span"]>[0]

const noAttributes: Attributes = {}
const none = () => noAttributes

const agentOf = (span: Span): EventRecord | undefined =>
  span.role !== undefined && span.role._tag !== "Session" && span.role.record.kind.name === "agent"
    ? span.role.record
    : span.agent

/** @internal */
export class AgentOpsTracer implements Tracer.Tracer, Origin {
  readonly [TypeId] = TypeId
  readonly sampler: Sampler.Sampler
  readonly limits: SpanLimits
  readonly redactor: Redactor
  readonly contentHook: Hook | undefined
  readonly resource: Resource
  readonly scope: InstrumentationScope
  readonly defaultTags: ReadonlyArray<string>
  /** Replaced, never changed in place: a span that is ending walks over it. */
  sinks: ReadonlyArray<Sink> = []
  /** Whether any sink wants content, so that it is worth writing down. */
  content = false

  constructor(options: {
    readonly sampler: Sampler.Sampler
    readonly limits: SpanLimits
    readonly redactor: Redactor
    readonly contentHook: Hook | undefined
    readonly resource: Resource
    readonly scope: InstrumentationScope
    readonly defaultTags: ReadonlyArray<string>
  }) {
    this.sampler = options.sampler
    this.limits = options.limits
    this.redactor = options.redactor
    this.contentHook = options.contentHook
    this.resource = options.resource
    this.scope = options.scope
    this.defaultTags = options.defaultTags
  }

  setSinks(sinks: ReadonlyArray<Sink>): void {
    this.sinks = sinks
    this.content = sinks.some((sink) => sink.content)
  }

  span(options: SpanOptions): Span {
    return this.startSpan(options, undefined, undefined, none)
  }

  startSpan(
    options: SpanOptions,
    role: Role | undefined,
    session: SessionState | undefined,
    creationAttributes: () => Attributes
  ): Span {
    const given = Option.getOrUndefined(options.parent)
    // An outside parent with ids that no backend takes would poison its whole batch.
    const parent = given === undefined || given._tag === "Span" || isValidParent(given) ? given : undefined
    const local = parent instanceof Span ? parent : undefined
    const traceId = parent?.traceId ?? (role?._tag === "Session" ? role.session.traceId : randomTraceId())
    const decision = options.sampled
      ? this.decide(options, parent, traceId, creationAttributes)
      : undefined
    const span = new Span({
      name: options.name,
      parent: parent === given ? options.parent : Option.none(),
      annotations: options.annotations,
      links: options.links,
      startTime: options.startTime,
      kind: options.kind,
      sampled: decision === undefined ? options.sampled : decision.sampled,
      traceId,
      spanId: randomSpanId(),
      traceState: decision?.traceState ?? local?.traceState,
      origin: this,
      role,
      session: session ?? local?.session,
      agent: local === undefined ? undefined : agentOf(local)
    })
    if (!span.sampled) return span
    if (decision?.attributes !== undefined) {
      for (const key in decision.attributes) span.attribute(key, decision.attributes[key])
    }
    const { sinks } = this
    for (let i = 0; i < sinks.length; i++) sinks[i]!.onStart?.(span)
    return span
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
