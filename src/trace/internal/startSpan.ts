/**
 * Starts a span as `Effect.withSpan` would, but outside it.
 *
 * The library makes its spans itself for three reasons: the sampler sees the event, several spans share one finalizer,
 * and the source location is the user's. The program's settings for spans apply to them too: annotations, links,
 * levels, timing, propagation.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { shallow } from "../../core/internal/inspect.ts"
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

/** Whether tracing is enabled in the context. @internal */
export const tracerEnabled = (context: Context.Context<never>): boolean =>
  Context.get(context, References.TracerEnabled)

/** The time now. @internal */
export const clockTime = (context: Context.Context<never>): bigint =>
  Context.get(context, Clock.Clock).currentTimeNanosUnsafe()

/** The time for a span that starts or ends now. @internal */
export const spanTime = (context: Context.Context<never>, now?: bigint): bigint =>
  Context.get(context, References.TracerTimingEnabled) ? now ?? clockTime(context) : zero

const noAnnotations = Context.empty()

const isPropagated = ({ annotations }: Tracer.AnySpan): boolean =>
  annotations === noAnnotations || !Context.get(annotations, Tracer.DisablePropagation)

const propagated = (span: Tracer.AnySpan | undefined): Option.Option<Tracer.AnySpan> => {
  if (span === undefined) return Option.none()
  if (isPropagated(span)) return Option.some(span)
  return span._tag === "Span" ? propagated(Option.getOrUndefined(span.parent)) : Option.none()
}

/** The parent of a new span. @internal */
export const currentParent = (context: Context.Context<never>): Option.Option<Tracer.AnySpan> =>
  propagated(parentInSession(context))

/** The current tracer, if it is this library's. @internal */
export const ownTracer = (context: Context.Context<never>): OwnTracer | undefined => {
  const tracer = Context.getOrUndefined(context, Tracer.Tracer)
  return tracer !== undefined && isAgentOpsTracer(tracer) ? tracer : undefined
}

// The purpose of spans that another library's tracer made, which have no property for it.
const foreign = new WeakMap<Tracer.AnySpan, Purpose>()

/** The purpose of a span that this library made or started on another tracer, if it has one. @internal */
export const purposeOf = (span: Tracer.AnySpan): Purpose | undefined => {
  const purpose = span instanceof RecordedSpan || span instanceof UnreadSpan ? span : foreign.get(span)
  return purpose === undefined || (purpose.record === undefined && !purpose.isSession) ? undefined : purpose
}

/** Whether a convention encodes the span's purpose. Otherwise its attributes are set on the span. @internal */
export const hasPurpose = (span: Tracer.Span): span is RecordedSpan =>
  span instanceof RecordedSpan && (span.record !== undefined || span.isSession)

/** Whether the span may be read. Otherwise attempts get no spans of their own. @internal */
export const isRecording = (span: Tracer.Span): boolean =>
  span instanceof RecordedSpan ? span.sampled : !(span instanceof UnreadSpan)

/** The first result of `find` for the span and its ancestors. @internal */
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

/** The program's settings for the spans that it starts. @internal */
export interface SpanSettings {
  readonly tracer: Tracer.Tracer
  readonly session: SessionState | undefined
  /** Undefined if the program has disabled timing. */
  readonly clock: Clock.Clock | undefined
  readonly links: ReadonlyArray<Tracer.SpanLink>
  readonly annotations: Readonly<Record<string, unknown>>
  /** Whether the level of the spans is enabled. */
  readonly wanted: boolean
}

/** Reads the settings once for all spans that start together. @internal */
export const spanSettings = (context: Context.Context<never>): SpanSettings => {
  const parent = Context.getOrUndefined(context, Tracer.ParentSpan)
  return (parent instanceof RecordedSpan || parent instanceof UnreadSpan) && parent.within === context
    ? parent.inherited as SpanSettings
    : readSettings(context)
}

/** Stores the settings of a context on the span that is its parent. @internal */
export const inherit = (span: Tracer.Span, context: Context.Context<never>, settings: SpanSettings): void => {
  if (!(span instanceof RecordedSpan || span instanceof UnreadSpan)) return
  span.within = context
  span.inherited = settings
}

const readSettings = (context: Context.Context<never>): SpanSettings => ({
  // If tracing is disabled, events are only counted, on spans that nobody reads.
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

/** The current time for a span with these settings. @internal */
export const timeOf = ({ clock }: SpanSettings): bigint => clock === undefined ? zero : clock.currentTimeNanosUnsafe()

/** The options of one of the library's own spans. @internal */
export interface StartOptions extends Purpose {
  readonly name: string
  readonly kind: Tracer.SpanKind
  readonly session: SessionState | undefined
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly links: ReadonlyArray<Tracer.SpanLink> | undefined
  readonly attributes: Readonly<Record<string, unknown>> | undefined
  readonly startTime: bigint
  /** `false` keeps the span out of every backend. */
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
  // Another library's tracer may export every span, so an unsampled span is made on the native tracer.
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
