/**
 * Finds the session of a fiber, in whichever way the program set it.
 *
 * A program may wrap an effect, provide the service, or make a span of the session the parent. A wrapped effect has all
 * three, and a marker. So a service or parent that differs from the marker was set later and takes precedence.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { RecordedSpan } from "../span.ts"
import { UnreadSpan } from "../unreadSpan.ts"
import type { SessionState } from "./sessionState.ts"

/** The session of the innermost wrapped effect. @internal */
export const CurrentSession = Context.Reference<SessionState | undefined>("effect-agentops/CurrentSession", {
  defaultValue: () => undefined
})

/** @internal */
export const serviceKey = "effect-agentops/trace/Session"

const Service = Context.Service<never, object>(serviceKey)

/** The session behind a service. @internal */
export interface Provided {
  readonly state: SessionState
  readonly span: Tracer.Span
}

// A property of the service, because a `WeakMap` would keep each session until the next full garbage collection.
const ProvidedKey: unique symbol = Symbol("effect-agentops/Session/provided")

/** Registers the session behind a service. @internal */
export const registerService = (service: object, provided: Provided): void => {
  Object.defineProperty(service, ProvidedKey, { value: provided })
}

/** The session behind a service, if this library made the service. @internal */
export const providedBy = (service: object): Provided | undefined =>
  (service as { readonly [ProvidedKey]?: Provided })[ProvidedKey]

const foreign = new WeakMap<Tracer.AnySpan, SessionState>()

/** Registers the session of a span that another library's tracer made. @internal */
export const registerSpan = (span: Tracer.Span, session: SessionState): void => {
  foreign.set(span, session)
}

// Running sessions by trace, so that a handler in this process finds the session of its caller.
const live = new Map<string, SessionState>()

/**
 * Registers a running session. Of two with the same trace, the first stays. A part of another process's session is not
 * registered, because other callees of that process do not belong to this part.
 *
 * @internal
 */
export const registerLive = (session: SessionState): void => {
  if ((!session.continued || session.isResumed) && !live.has(session.traceId)) live.set(session.traceId, session)
}

/** Removes an ended session. @internal */
export const unregisterLive = (session: SessionState): void => {
  if (live.get(session.traceId) === session) live.delete(session.traceId)
}

/** The running sessions of a tracer. @internal */
export const openSessions = (tenant: object): ReadonlyArray<SessionState> =>
  Array.from(live.values()).filter((session) => session.tenant === tenant)

/** The session that a span belongs to. @internal */
export const sessionOf = (span: Tracer.AnySpan | undefined): SessionState | undefined => {
  while (span !== undefined && span._tag === "Span") {
    const session = span instanceof RecordedSpan || span instanceof UnreadSpan ? span.session : foreign.get(span)
    if (session !== undefined) return session
    span = Option.getOrUndefined(span.parent)
  }
  return span === undefined ? undefined : live.get(span.traceId)
}

/** The tenant of the current tracer, if it is this library's. @internal */
export const tenantOf = (context: Context.Context<never>): object | undefined =>
  (Context.getOrUndefined(context, Tracer.Tracer) as { readonly tenant?: object } | undefined)?.tenant

const isOthers = (tenant: object | undefined, own: object | undefined): boolean =>
  tenant !== undefined && own !== undefined && tenant !== own

/** The session, unless it belongs to another tenant: two nested tracers must not mix their sessions. */
const ownOf = (session: SessionState | undefined, tenant: object | undefined): SessionState | undefined =>
  session === undefined || isOthers(session.tenant, tenant) ? undefined : session

const markerOf = (context: Context.Context<never>): SessionState | undefined =>
  Context.getOrUndefined(context, CurrentSession)

/** The session that the program provided as a service, if it was provided after the marker. @internal */
export const providedIn = (context: Context.Context<never>): Provided | undefined => {
  const service: object | undefined = Context.getOrUndefined(context, Service)
  const provided = service === undefined ? undefined : providedBy(service)
  return provided === undefined || provided.state === markerOf(context) ? undefined : provided
}

/** The span that this library made the context for, until the span ends. Its settings hold in that context. */
const madeFor = (context: Context.Context<never>): RecordedSpan | UnreadSpan | undefined => {
  const given = Context.getOrUndefined(context, Tracer.ParentSpan)
  return (given instanceof RecordedSpan || given instanceof UnreadSpan) && given.within === context ? given : undefined
}

/** @internal */
export const currentSession = (context: Context.Context<never>): SessionState | undefined => {
  const own = madeFor(context)
  if (own !== undefined) return (own.inherited as { readonly session: SessionState | undefined }).session
  const tenant = tenantOf(context)
  return ownOf(providedIn(context)?.state, tenant) ??
    ownOf(sessionOf(Context.getOrUndefined(context, Tracer.ParentSpan)), tenant) ??
    ownOf(markerOf(context), tenant)
}

/** The parent of new spans: the root of a provided session, unless the current span is in that session. @internal */
export const parentInSession = (context: Context.Context<never>): Tracer.AnySpan | undefined => {
  const own = madeFor(context)
  if (own !== undefined) return own
  const given = Context.getOrUndefined(context, Tracer.ParentSpan)
  const tenant = tenantOf(context)
  const parent = given instanceof RecordedSpan && isOthers(given.settings.tenant, tenant) ? undefined : given
  const provided = providedIn(context)
  return provided === undefined || ownOf(provided.state, tenant) === undefined || sessionOf(parent) === provided.state
    ? parent
    : provided.span
}
