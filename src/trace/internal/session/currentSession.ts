/**
 * The session that a fiber is in: one answer, whichever way the program said so.
 *
 * A program may wrap an effect, provide the service, or make a span of the session the parent. A run of ours does all
 * three and leaves a marker, so what differs from the marker is what the program said last.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { RecordedSpan } from "../span.ts"
import { UnreadSpan } from "../unreadSpan.ts"
import type { SessionState } from "./sessionState.ts"

/** The session that a run of ours put the fiber into. @internal */
export const CurrentSession = Context.Reference<SessionState | undefined>("effect-agentops/CurrentSession", {
  defaultValue: () => undefined
})

/** @internal */
export const serviceKey = "effect-agentops/trace/Session"

const Service = Context.Service<never, object>(serviceKey)

/** What a service stands for. @internal */
export interface Provided {
  readonly state: SessionState
  readonly span: Tracer.Span
}

const services = new WeakMap<object, Provided>()

/** Notes what a service stands for. @internal */
export const registerService = (service: object, provided: Provided): void => {
  services.set(service, provided)
}

/** What a service stands for, if it is one of ours. @internal */
export const providedBy = (service: object): Provided | undefined => services.get(service)

const foreign = new WeakMap<Tracer.AnySpan, SessionState>()

/** Notes the session of a span that another library's tracer made. @internal */
export const registerSpan = (span: Tracer.Span, session: SessionState): void => {
  foreign.set(span, session)
}

// Sessions that run, by their trace: a handler in this process knows its caller by what was sent along.
const live = new Map<string, SessionState>()

/**
 * Notes that a session runs; of two with one trace, the one that was there first stays. A part of a session of another
 * process is none: who else was called from there is no part of it.
 *
 * @internal
 */
export const registerLive = (session: SessionState): void => {
  if ((!session.continued || session.isResumed) && !live.has(session.traceId)) live.set(session.traceId, session)
}

/** Notes that a session has ended. @internal */
export const unregisterLive = (session: SessionState): void => {
  if (live.get(session.traceId) === session) live.delete(session.traceId)
}

/** The sessions of a tracer that run. @internal */
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

/** The tracer of the library's that is in force. @internal */
export const tenantOf = (context: Context.Context<never>): object | undefined =>
  (Context.getOrUndefined(context, Tracer.Tracer) as { readonly tenant?: object } | undefined)?.tenant

const isOthers = (tenant: object | undefined, own: object | undefined): boolean =>
  tenant !== undefined && own !== undefined && tenant !== own

/** A session where it is not that of another tracer around: what two tenants do is not to mix. */
const ownOf = (session: SessionState | undefined, tenant: object | undefined): SessionState | undefined =>
  session === undefined || isOthers(session.tenant, tenant) ? undefined : session

const markerOf = (context: Context.Context<never>): SessionState | undefined =>
  Context.getOrUndefined(context, CurrentSession)

/** The session that the program provided as a service, after whatever else put the fiber into one. */
const providedIn = (context: Context.Context<never>): Provided | undefined => {
  const service: object | undefined = Context.getOrUndefined(context, Service)
  const provided = service === undefined ? undefined : services.get(service)
  return provided === undefined || provided.state === markerOf(context) ? undefined : provided
}

/** @internal */
export const currentSession = (context: Context.Context<never>): SessionState | undefined => {
  const tenant = tenantOf(context)
  return ownOf(providedIn(context)?.state, tenant) ??
    ownOf(sessionOf(Context.getOrUndefined(context, Tracer.ParentSpan)), tenant) ??
    ownOf(markerOf(context), tenant)
}

/** The span that what happens here is inside of: the root of the session, where none of its spans is. @internal */
export const parentInSession = (context: Context.Context<never>): Tracer.AnySpan | undefined => {
  const given = Context.getOrUndefined(context, Tracer.ParentSpan)
  const tenant = tenantOf(context)
  const parent = given instanceof RecordedSpan && isOthers(given.settings.tenant, tenant) ? undefined : given
  const provided = providedIn(context)
  return provided === undefined || ownOf(provided.state, tenant) === undefined || sessionOf(parent) === provided.state
    ? parent
    : provided.span
}
