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
import { shallow } from "../../core/internal/look.ts"
import type { ActiveEvent } from "./event/activeEvent.ts"
import { readLinks } from "./links.ts"
import { currentSession, parentInSession, registerSpan } from "./session/currentSession.ts"
import type { SessionState } from "./session/sessionState.ts"
import type { Purpose, SpanOptions } from "./span.ts"
import { RecordedSpan } from "./span.ts"
import type { OwnTracer } from "./tracer.ts"
import { CurrentOptions, isAgentOpsTracer } from "./tracer.ts"
import { UnreadSpan } from "./unreadSpan.ts"

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
  propagated(parentInSession(context))

/** The library's own tracer, where it is the one in force. @internal */
export const ownTracer = (context: Context.Context<never>): OwnTracer | undefined => {
  const tracer = Context.getOrUndefined(context, Tracer.Tracer)
  return tracer !== undefined && isAgentOpsTracer(tracer) ? tracer : undefined
}

// Another library's span has no place for what it stands for.
const foreign = new WeakMap<Tracer.AnySpan, Purpose>()

/** What a span of ours, or one that we started on another tracer, stands for, if anything. @internal */
export const purposeOf = (span: Tracer.AnySpan): Purpose | undefined => {
  const purpose = span instanceof RecordedSpan || span instanceof UnreadSpan ? span : foreign.get(span)
  return purpose === undefined || (purpose.record === undefined && !purpose.isSession) ? undefined : purpose
}

/** Whether a convention tells what the span stands for: else it has to be written on the span. @internal */
export const isTold = (span: Tracer.Span): span is RecordedSpan =>
  span instanceof RecordedSpan && (span.record !== undefined || span.isSession)

/** Whether somebody may read the span: else attempts have none of their own. @internal */
export const isRead = (span: Tracer.Span): boolean =>
  span instanceof RecordedSpan ? span.sampled : !(span instanceof UnreadSpan)

/** The nearest span around for which `find` finds something. @internal */
export const findAround = <A>(
  span: Tracer.AnySpan | undefined,
  find: (purpose: Purpose, span: Tracer.AnySpan) => A | undefined
): A | undefined => {
  while (span !== undefined) {
    const purpose = purposeOf(span)
    const found = purpose === undefined ? undefined : find(purpose, span)
    if (found !== undefined) return found
    span = span._tag === "Span" ? Option.getOrUndefined(span.parent) : undefined
  }
  return undefined
}

/** What the program has set for the spans that it starts. @internal */
export interface SpanSettings {
  readonly tracer: Tracer.Tracer
  readonly session: SessionState | undefined
  /** None where the program wants no times. */
  readonly clock: Clock.Clock | undefined
  readonly links: ReadonlyArray<Tracer.SpanLink>
  readonly annotations: Readonly<Record<string, unknown>>
  /** Whether the level of the spans is one that the program wants. */
  readonly wanted: boolean
}

/** Reads the settings once for all the spans that start together. @internal */
export const spanSettings = (context: Context.Context<never>): SpanSettings => {
  const parent = Context.getOrUndefined(context, Tracer.ParentSpan)
  return (parent instanceof RecordedSpan || parent instanceof UnreadSpan) && parent.within === context
    ? parent.inherited as SpanSettings
    : readSettings(context)
}

/** Remembers the settings of a context on the span that it was made for. @internal */
export const inherit = (span: Tracer.Span, context: Context.Context<never>, settings: SpanSettings): void => {
  if (!(span instanceof RecordedSpan || span instanceof UnreadSpan)) return
  span.within = context
  span.inherited = settings
}

const readSettings = (context: Context.Context<never>): SpanSettings => ({
  // Where the program wants no spans, events are only counted: nobody is to hear of their spans.
  tracer: tracerEnabled(context)
    ? Context.getOrUndefined(context, Tracer.Tracer) ?? Tracer.nativeTracer
    : Tracer.nativeTracer,
  session: currentSession(context),
  clock: Context.get(context, References.TracerTimingEnabled) ? Context.get(context, Clock.Clock) : undefined,
  links: Context.get(context, References.TracerSpanLinks),
  annotations: Context.get(context, References.TracerSpanAnnotations),
  wanted: tracerEnabled(context) && !LogLevel.isGreaterThan(
    Context.get(context, Tracer.MinimumTraceLevel),
    Context.get(context, Tracer.CurrentTraceLevel)
  )
})

/** The time that a span with these settings gets now. @internal */
export const timeOf = ({ clock }: SpanSettings): bigint => clock === undefined ? zero : clock.currentTimeNanosUnsafe()

const noAnnotations = Context.empty()

/** What a span of the library's own is asked to be. @internal */
export interface StartOptions extends Purpose {
  readonly name: string
  readonly kind: Tracer.SpanKind
  readonly session: SessionState | undefined
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly links: ReadonlyArray<Tracer.SpanLink> | undefined
  readonly attributes: Readonly<Record<string, unknown>> | undefined
  readonly startTime: bigint
  /** `false` keeps the span away from every backend. */
  readonly sampled: boolean
}

const linksFor = (settings: SpanSettings, own: unknown): Array<Tracer.SpanLink> =>
  settings.links.length === 0
    ? own === undefined ? [] : readLinks(own)
    : [...readLinks(settings.links), ...readLinks(own)]

const isSampled = ({ wanted }: SpanSettings, parent: Option.Option<Tracer.AnySpan>): boolean =>
  wanted && (parent._tag === "None" || parent.value.sampled)

const startOn = (tracer: Tracer.Tracer, options: SpanOptions): Tracer.Span => {
  if (tracer === Tracer.nativeTracer) return new UnreadSpan(options)
  const span = tracer.span({ ...options, annotations: Context.make(CurrentOptions, options) })
  foreign.set(span, options)
  if (options.session !== undefined) registerSpan(span, options.session)
  if (options.attemptNumber > 0) span.attribute("agentops.attempt", options.attemptNumber)
  return span
}

const begin = (
  settings: SpanSettings,
  tracer: Tracer.Tracer,
  options: SpanOptions,
  attributes: unknown
): Tracer.Span => {
  const span = isAgentOpsTracer(tracer) ? tracer.start(options) : startOn(tracer, options)
  for (const key in settings.annotations) span.attribute(key, settings.annotations[key])
  if (attributes !== undefined) {
    const own = shallow(attributes)
    for (const key in own) span.attribute(key, own[key])
  }
  return span
}

/** Starts a span. @internal */
export const startSpan = (settings: SpanSettings, options: StartOptions): Tracer.Span => {
  const { attemptNumber, isSession, kind, name, parent, record, sampled, session, startTime } = options
  // Another library's tracer may send every span that it makes.
  const tracer = !sampled && !isAgentOpsTracer(settings.tracer) ? Tracer.nativeTracer : settings.tracer
  return begin(settings, tracer, {
    name,
    parent,
    annotations: noAnnotations,
    links: linksFor(settings, options.links),
    startTime,
    kind,
    root: isSession && parent._tag === "None",
    sampled: sampled && isSampled(settings, parent),
    record,
    attemptNumber,
    isSession,
    session
  }, options.attributes)
}

/** Starts the span of an event, or of an attempt at it. @internal */
export const startEventSpan = (
  settings: SpanSettings,
  record: ActiveEvent,
  attemptNumber: number,
  parent: Option.Option<Tracer.AnySpan>,
  startTime: bigint,
  attributes?: Readonly<Record<string, unknown>>,
  links?: ReadonlyArray<Tracer.SpanLink>
): Tracer.Span =>
  begin(settings, settings.tracer, {
    name: attemptNumber === 0 ? record.kind.span : record.kind.attempt!,
    parent,
    annotations: noAnnotations,
    links: linksFor(settings, links),
    startTime,
    kind: record.kind.spanKind,
    root: false,
    sampled: isSampled(settings, parent),
    record,
    attemptNumber,
    isSession: false,
    session: settings.session
  }, attributes)
