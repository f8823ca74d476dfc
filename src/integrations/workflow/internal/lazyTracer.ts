/**
 * A tracer whose plain spans start only when they are needed: as a parent, or at their end.
 *
 * Effect starts a span for each activity before it knows whether the activity runs or is replayed. A replayed activity
 * must not have a second span.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { SessionState } from "../../../trace/internal/session/sessionState.ts"
import type { SpanOptions } from "../../../trace/internal/span.ts"
import type { OwnTracer } from "../../../trace/internal/tracer.ts"
import { CurrentOptions, fromEffect, TypeId } from "../../../trace/internal/tracer.ts"

type EffectOptions = Parameters<Tracer.Tracer["span"]>[0]

const resolve = (parent: Option.Option<Tracer.AnySpan>): Option.Option<Tracer.AnySpan> =>
  Option.map(parent, (span) => span instanceof LazySpan ? span.begin() : span)

/** A span that may never start. @internal */
export class LazySpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly name: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Context.Context<never>
  readonly links: Array<Tracer.SpanLink>
  readonly kind: Tracer.SpanKind
  readonly sampled: boolean
  readonly attributes = new Map<string, unknown>()
  readonly #tracer: OwnTracer
  readonly #options: EffectOptions
  #span: Tracer.Span | undefined
  #isUnwanted = false
  #exit: { readonly endTime: bigint; readonly exit: Exit.Exit<unknown, unknown> } | undefined
  readonly #events: Array<Parameters<Tracer.Span["event"]>> = []

  constructor(tracer: OwnTracer, options: EffectOptions) {
    this.name = options.name
    this.parent = options.parent
    this.annotations = options.annotations
    this.links = options.links
    this.kind = options.kind
    this.sampled = options.sampled
    this.#tracer = tracer
    this.#options = options
  }

  /** Starts the span if it has not started, in the given part of its session. */
  begin(session?: SessionState): Tracer.Span {
    if (this.#span !== undefined) return this.#span
    const options: SpanOptions = { ...fromEffect(this.#options), parent: resolve(this.parent), session }
    const span = this.#span = this.#tracer.start(options)
    for (const [key, value] of this.attributes) span.attribute(key, value)
    for (const event of this.#events) span.event(...event)
    return span
  }

  /** Marks the span as unwanted, so that it never starts. */
  discard(): void {
    if (this.#span === undefined) this.#isUnwanted = true
  }

  get traceId(): string {
    return this.begin().traceId
  }

  get spanId(): string {
    return this.begin().spanId
  }

  get status(): Tracer.SpanStatus {
    const { startTime } = this.#options
    return this.#exit === undefined ? { _tag: "Started", startTime } : { _tag: "Ended", startTime, ...this.#exit }
  }

  attribute(key: string, value: unknown): void {
    if (this.#span === undefined) this.attributes.set(key, value)
    else this.#span.attribute(key, value)
  }

  event(name: string, startTime: bigint, attributes?: Record<string, unknown>): void {
    if (this.#span === undefined) this.#events.push([name, startTime, attributes])
    else this.#span.event(name, startTime, attributes)
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    if (this.#span === undefined) this.links.push(...links)
    else this.#span.addLinks(links)
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.#exit !== undefined) return
    this.#exit = { endTime, exit }
    if (!this.#isUnwanted) this.begin().end(endTime, exit)
  }
}

/** @internal */
export class LazyTracer implements OwnTracer {
  readonly [TypeId]: typeof TypeId = TypeId
  readonly base: OwnTracer

  constructor(base: OwnTracer) {
    this.base = base
  }

  get defaultTags(): OwnTracer["defaultTags"] {
    return this.base.defaultTags
  }

  get scope(): OwnTracer["scope"] {
    return this.base.scope
  }

  get tenant(): object {
    return this.base.tenant
  }

  get content(): boolean {
    return this.base.content
  }

  get context(): OwnTracer["context"] {
    return this.base.context
  }

  readonly span = (options: EffectOptions): Tracer.Span => {
    if (Context.getOrUndefined(options.annotations, CurrentOptions) !== undefined) {
      return this.base.span({ ...options, parent: resolve(options.parent) })
    }
    const span = new LazySpan(this.base, options)
    // The engine repeats its own work for the workflow at each replay.
    if (options.name.startsWith("WorkflowEngine.")) span.discard()
    return span
  }

  readonly start = (options: SpanOptions): Tracer.Span =>
    this.base.start({ ...options, parent: resolve(options.parent) })
}

/** The tracer that a lazy tracer wraps. @internal */
export const baseOf = (tracer: OwnTracer): OwnTracer => tracer instanceof LazyTracer ? tracer.base : tracer
