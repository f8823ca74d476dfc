/**
 * Starts a span outside of `Effect.withSpan`, as `Effect.withSpan` would.
 *
 * The library makes its spans itself, so that the sampler sees the event, several
 * spans share one finaliser, and the caller's line is the user's. Everything that
 * a program sets for its spans holds for these too: annotations, links, levels,
 * timing, propagation.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import type { Attributes } from "../../core/Attribute.ts"
import { shallow } from "../../core/internal/look.ts"
import type { Role } from "../Span.ts"
import { readLinks } from "./links.ts"
import type { SessionState } from "./session/sessionState.ts"
import type { OwnTracer } from "./tracer.ts"
import { isAgentOpsTracer, Purpose } from "./tracer.ts"

/** @internal */
export interface StartOptions {
  readonly name: string
  readonly kind: Tracer.SpanKind
  readonly role: Role
  readonly session: SessionState | undefined
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly root: boolean
  readonly links: ReadonlyArray<Tracer.SpanLink> | undefined
  readonly attributes: Readonly<Record<string, unknown>> | undefined
  /** What a sampler sees. */
  readonly creationAttributes: () => Attributes
  readonly startTime?: bigint | undefined
  /** `false` keeps the span away from every backend. */
  readonly sampled?: boolean | undefined
}

const zero = BigInt(0)

/** Whether the program wants spans here at all. @internal */
export const tracerEnabled = (context: Context.Context<never>): boolean =>
  Context.get(context, References.TracerEnabled)

/** The time now. @internal */
export const clockTime = (context: Context.Context<never>): bigint =>
  Context.get(context, Clock.Clock).currentTimeNanosUnsafe()

/** The time that a span starting or ending now gets. @internal */
export const spanTime = (context: Context.Context<never>, now?: bigint): bigint =>
  Context.get(context, References.TracerTimingEnabled) ? now ?? clockTime(context) : zero

const propagated = (span: Tracer.AnySpan | undefined): Option.Option<Tracer.AnySpan> => {
  if (span === undefined) return Option.none()
  if (!Context.get(span.annotations, Tracer.DisablePropagation)) return Option.some(span)
  return span._tag === "Span" ? propagated(Option.getOrUndefined(span.parent)) : Option.none()
}

/** The span that a new span becomes a child of. @internal */
export const currentParent = (context: Context.Context<never>): Option.Option<Tracer.AnySpan> =>
  propagated(Context.getOrUndefined(context, Tracer.ParentSpan))

/** The library's own tracer, where it is the one in force. @internal */
export const ownTracer = (context: Context.Context<never>): OwnTracer | undefined => {
  const tracer = Context.getOrUndefined(context, Tracer.Tracer)
  return tracer !== undefined && isAgentOpsTracer(tracer) ? tracer : undefined
}

// Another library's span has no place for a role.
const foreignRoles = new WeakMap<Tracer.AnySpan, Role>()

/** What a span of ours, or one that we started on another tracer, stands for. @internal */
export const roleOf = (span: Tracer.AnySpan): Role | undefined =>
  (span as { readonly role?: Role | undefined }).role ?? foreignRoles.get(span)

/** What the program has set for the spans that it starts. @internal */
export interface SpanSettings {
  readonly tracer: Tracer.Tracer
  readonly links: ReadonlyArray<Tracer.SpanLink>
  readonly annotations: Readonly<Record<string, unknown>>
  /** Whether the level of the spans is one that the program wants. */
  readonly wanted: boolean
}

/** Reads the settings once for all the spans that start together. @internal */
export const spanSettings = (context: Context.Context<never>): SpanSettings => ({
  tracer: Context.getOrUndefined(context, Tracer.Tracer) ?? Tracer.nativeTracer,
  links: Context.get(context, References.TracerSpanLinks),
  annotations: Context.get(context, References.TracerSpanAnnotations),
  wanted: !LogLevel.isGreaterThan(
    Context.get(context, Tracer.MinimumTraceLevel),
    Context.get(context, Tracer.CurrentTraceLevel)
  )
})

/** Starts a span. @internal */
export const startSpan = (
  context: Context.Context<never>,
  options: StartOptions,
  settings = spanSettings(context)
): Tracer.Span => {
  // Another library's tracer may send every span that it makes.
  const tracer = options.sampled === false && !isAgentOpsTracer(settings.tracer)
    ? Tracer.nativeTracer
    : settings.tracer
  const links = settings.links.length === 0
    ? options.links === undefined ? [] : readLinks(options.links)
    : [...readLinks(settings.links), ...readLinks(options.links)]
  const init = {
    name: options.name,
    parent: options.parent,
    annotations: Context.empty(),
    links,
    startTime: options.startTime ?? spanTime(context),
    kind: options.kind,
    root: options.root,
    sampled: options.sampled !== false && settings.wanted &&
      (Option.isNone(options.parent) || options.parent.value.sampled)
  }
  let span: Tracer.Span
  if (isAgentOpsTracer(tracer)) {
    span = tracer.startSpan(init, options.role, options.session, options.creationAttributes)
  } else {
    span = tracer.span({ ...init, annotations: Context.make(Purpose, options) })
    foreignRoles.set(span, options.role)
    if (options.role._tag === "Attempt") span.attribute("agentops.attempt", options.role.number)
  }
  for (const key in settings.annotations) span.attribute(key, settings.annotations[key])
  if (options.attributes !== undefined) {
    const attributes = shallow(options.attributes)
    for (const key in attributes) span.attribute(key, attributes[key])
  }
  return span
}
