/**
 * One trace across processes: what to send along with a message, and how to go on
 * from what came with one.
 *
 * A carrier is whatever has names and texts: HTTP headers, the attributes of a
 * queue's message, the environment of a child process. {@link inject} gives the
 * entries to add to it, {@link extract} reads them, and {@link continueTrace} or
 * {@link continueSession} runs the far side as a part of the same trace.
 *
 * Follows W3C Trace Context and W3C Baggage, and reads Zipkin's B3. What comes in
 * is untrusted: anything that is bad or too large counts as absent.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { callSite } from "../core/internal/callSite.ts"
import { hasValidIds } from "../core/internal/ids.ts"
import { TraceState } from "../core/internal/traceState.ts"
import { parseB3 } from "./internal/propagation/b3.ts"
import * as w3c from "./internal/propagation/w3c.ts"
import { currentSession } from "./internal/session/currentSession.ts"
import { currentParent, tracerEnabled } from "./internal/startSpan.ts"
import type * as Session from "./Session.ts"
import { runJoinedSession, withSession } from "./Session.ts"

/**
 * Names and texts that travel with a message. Names are looked up in any case.
 *
 * @category models
 * @since 0.1.0
 */
export type Carrier = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

/**
 * Entries that a program passes on to every service that its requests reach.
 *
 * @category models
 * @since 0.1.0
 */
export type Baggage = Readonly<Record<string, string>>

/**
 * A span in another process, as a carrier told of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Remote {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  readonly traceState: string | undefined
  readonly baggage: Baggage
}

/**
 * The baggage of the current effect. Empty by default.
 *
 * @category references
 * @since 0.1.0
 */
export const CurrentBaggage: Context.Reference<Baggage> = Context.Reference<Baggage>("effect-agentops/CurrentBaggage", {
  defaultValue: () => ({})
})

/**
 * What is sent along.
 *
 * @category models
 * @since 0.1.0
 */
export interface InjectOptions {
  /** Whether {@link CurrentBaggage} goes along. Default `true`. */
  readonly baggage?: boolean | undefined
  /** Whether the session's name, tags and user go along, as baggage. Default `true`. */
  readonly session?: boolean | undefined
}

const sessionName = "agentops.session.name"
const sessionTags = "agentops.tags"
const userId = "user.id"

const sessionBaggage = (context: Context.Context<never>): Record<string, string> => {
  const session = currentSession(context)
  if (session === undefined) return {}
  return {
    [sessionName]: session.name,
    ...session.tags.size === 0 ? {} : { [sessionTags]: JSON.stringify([...session.tags]) },
    ...session.userId === undefined ? {} : { [userId]: session.userId }
  }
}

const traceStateOf = (span: Tracer.AnySpan): string | undefined =>
  (span as { readonly traceState?: string | undefined }).traceState ?? Context.get(span.annotations, TraceState)

/**
 * The entries that let another process continue the current trace.
 *
 * **Details**
 *
 * `traceparent`, and `tracestate` and `baggage` where there is something to say.
 * Nothing where nothing is traced. A span that is not sampled says so, and the far
 * side does not sample either.
 *
 * **Gotchas**
 *
 * They tell a third party that you trace, and your baggage. Add them only to what
 * goes to services of your own.
 *
 * **Example** (a message for a queue)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Propagation, Session, SessionId } from "effect-agentops"
 *
 * const program = Effect.gen(function*() {
 *   const id = yield* SessionId.fromString("0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44")
 *   return yield* Propagation.inject({ session: false }).pipe(Session.withSession({ id }))
 * })
 * const carrier = await Effect.runPromise(Effect.provide(program, AgentOps.layer({ serviceName: "front" })))
 * Object.keys(carrier) // => ["traceparent"]
 * carrier.traceparent.slice(0, 35) // => "00-0192f0c17e1a7c3e9d5b3a1f0c9e2b44"
 * ```
 *
 * @category propagation
 * @since 0.1.0
 */
export const inject = (options?: InjectOptions): Effect.Effect<Record<string, string>> =>
  Effect.contextWith((context: Context.Context<never>) => Effect.succeed(injectUnsafe(context, options)))

/** @internal */
export const injectUnsafe = (context: Context.Context<never>, options?: InjectOptions): Record<string, string> => {
  const span = Option.getOrUndefined(currentParent(context))
  if (span === undefined || !tracerEnabled(context) || !hasValidIds(span)) return {}
  const carrier: Record<string, string> = { traceparent: w3c.formatTraceparent(span) }
  const traceState = traceStateOf(span)
  if (traceState !== undefined && traceState !== "") carrier["tracestate"] = traceState
  const baggage = w3c.formatBaggage({
    ...options?.session === false ? {} : sessionBaggage(context),
    ...options?.baggage === false ? {} : Context.get(context, CurrentBaggage)
  })
  if (baggage !== undefined) carrier["baggage"] = baggage
  return carrier
}

const lookup = (carrier: Carrier): (name: string) => string | undefined => {
  const entries = new Map<string, string>()
  for (const name of Object.keys(carrier)) {
    const value = carrier[name]
    if (value === undefined) continue
    entries.set(name.toLowerCase(), typeof value === "string" ? value : value.join(","))
  }
  return (name) => entries.get(name)
}

/**
 * Reads what a carrier tells of a span elsewhere.
 *
 * **Details**
 *
 * `traceparent` first, then `b3` and `x-b3-*`. None where there is none, or none
 * that is valid. Never fails, whatever the carrier holds.
 *
 * **Example** (headers of a request)
 *
 * ```ts
 * import { Option } from "effect"
 * import { Propagation } from "effect-agentops"
 *
 * const remote = Propagation.extract({
 *   traceparent: "00-0192f0c17e1a7c3e9d5b3a1f0c9e2b44-00f067aa0ba902b7-01",
 *   baggage: "user.id=ada"
 * })
 * Option.map(remote, (span) => span.baggage["user.id"]) // => Option.some("ada")
 * Option.isNone(Propagation.extract({ traceparent: "nonsense" })) // => true
 * ```
 *
 * @category propagation
 * @since 0.1.0
 */
export const extract = (carrier: Carrier): Option.Option<Remote> => {
  const get = lookup(carrier)
  const parent = w3c.parseTraceparent(get("traceparent")) ?? parseB3(get)
  return parent === undefined ? Option.none() : Option.some({
    ...parent,
    traceState: w3c.parseTracestate(get("tracestate")),
    baggage: w3c.parseBaggage(get("baggage"))
  })
}

/**
 * The names under which a child process finds a trace in its environment.
 *
 * **Details**
 *
 * `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, as OpenTelemetry's "Environment
 * Variables as Context Propagation Carriers" has them. {@link extract} reads them
 * as they are, since it looks names up in any case.
 *
 * **Example** (the environment of a worker)
 *
 * ```ts
 * import { Propagation } from "effect-agentops"
 *
 * Propagation.toEnvironment({ traceparent: "00-…" }) // => { TRACEPARENT: "00-…" }
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const toEnvironment = (carrier: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(carrier).map(([name, value]) => [name.toUpperCase().replaceAll("-", "_"), value]))

/**
 * A remote span as Effect's `ExternalSpan`, to be a parent or to be linked to.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toExternalSpan = (remote: Remote): Tracer.ExternalSpan =>
  Tracer.externalSpan({
    traceId: remote.traceId,
    spanId: remote.spanId,
    sampled: remote.sampled,
    annotations: Context.make(TraceState, remote.traceState)
  })

/**
 * What to make of a trace that somebody else says a request belongs to.
 *
 * **Details**
 *
 * `continue` goes on with it, for callers that you trust. `link` starts a trace of
 * its own that refers to it: the caller decides neither its id nor its sampling.
 * `ignore` forgets it.
 *
 * @category models
 * @since 0.1.0
 */
export type Trust = "continue" | "link" | "ignore"

/**
 * Runs an effect as a part of a remote trace, with its baggage.
 *
 * **Details**
 *
 * Default trust is `continue`. With `link`, spans in the effect refer to the remote
 * one and its baggage is left out.
 *
 * @category propagation
 * @since 0.1.0
 */
export const continueTrace: {
  (remote: Option.Option<Remote>, trust?: Trust): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, remote: Option.Option<Remote>, trust?: Trust): Effect.Effect<A, E, R>
} = ((...args: ReadonlyArray<unknown>) =>
  Effect.isEffect(args[0])
    ? continueWith(args[0], args[1] as Option.Option<Remote>, args[2] as Trust | undefined)
    : (self: Effect.Effect<unknown>) =>
      continueWith(self, args[0] as Option.Option<Remote>, args[1] as Trust | undefined)) as never

const continueWith = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  remote: Option.Option<Remote>,
  trust: Trust = "continue"
): Effect.Effect<A, E, R> => {
  if (Option.isNone(remote) || trust === "ignore") return self
  const span = toExternalSpan(remote.value)
  if (trust === "link") return Effect.linkSpans(self, span)
  const { baggage } = remote.value
  return Effect.updateContext(self, (context: Context.Context<R>): Context.Context<R> =>
    context.pipe(
      Context.add(Tracer.ParentSpan, span),
      Context.add(CurrentBaggage, { ...Context.get(context, CurrentBaggage), ...baggage })
    ) as Context.Context<R>)
}

const tagsOf = (text: string | undefined): ReadonlyArray<string> => {
  if (text === undefined) return []
  try {
    const tags: unknown = JSON.parse(text)
    return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : []
  } catch {
    // Anybody may send baggage by this name.
    return []
  }
}

type JoinOptions = Omit<Session.Options, "id">

const joined = (context: Context.Context<never>, options: JoinOptions | undefined): JoinOptions => {
  const baggage = Context.get(context, CurrentBaggage)
  return {
    ...options,
    name: options?.name ?? baggage[sessionName],
    tags: [...tagsOf(baggage[sessionTags]), ...options?.tags ?? []],
    userId: options?.userId ?? baggage[userId]
  }
}

/**
 * Runs an effect as the part, in this process, of the session whose trace the
 * current span belongs to.
 *
 * **Details**
 *
 * For where something else has already continued the trace, such as Effect's HTTP
 * or rpc server. Same trace, same session id. The session's name, tags and user
 * come from {@link CurrentBaggage} unless given. Events inside count for the
 * session here; the span that stands for this part carries the counts. Where there
 * is no current span, it is a new session.
 *
 * **Example** (an rpc handler)
 *
 * ```ts
 * import { Effect, Tracer } from "effect"
 * import { Propagation, Session } from "effect-agentops"
 *
 * const handler = Effect.map(Session.Session, (session) => session.id).pipe(Propagation.joinSession({ name: "rpc" }))
 *
 * const caller = Tracer.externalSpan({ traceId: "0192f0c17e1a7c3e9d5b3a1f0c9e2b44", spanId: "00f067aa0ba902b7" })
 * await Effect.runPromise(Effect.withParentSpan(handler, caller)) // => "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44"
 * ```
 *
 * @category propagation
 * @since 0.1.0
 */
export const joinSession: {
  (options?: JoinOptions): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Session.Session>>
  <A, E, R>(self: Effect.Effect<A, E, R>, options?: JoinOptions): Effect.Effect<A, E, Exclude<R, Session.Session>>
} = ((...args: ReadonlyArray<unknown>) => {
  const site = callSite(joinSession)
  const run = (self: Effect.Effect<unknown>, options: JoinOptions | undefined) =>
    runJoinedSession(self, (context) => joined(context, options), site)
  return Effect.isEffect(args[0])
    ? run(args[0] as Effect.Effect<unknown>, args[1] as JoinOptions | undefined)
    : (self: Effect.Effect<unknown>) => run(self, args[0] as JoinOptions | undefined)
}) as never

/**
 * Runs an effect as the part, in this process, of a session that began in another.
 *
 * **Details**
 *
 * {@link continueTrace} and {@link joinSession} in one. Without a remote, and with
 * trust `link` or `ignore`, it is a new session.
 *
 * **Example** (a worker takes a message)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Propagation, Session } from "effect-agentops"
 *
 * const message = { attributes: { traceparent: "00-0192f0c17e1a7c3e9d5b3a1f0c9e2b44-00f067aa0ba902b7-01" } }
 * const work = Effect.map(Session.Session, (session) => session.id)
 *
 * const program = Propagation.continueSession(work, Propagation.extract(message.attributes), { name: "worker" })
 * await Effect.runPromise(program) // => "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44"
 * ```
 *
 * @category propagation
 * @since 0.1.0
 */
export const continueSession: {
  (
    remote: Option.Option<Remote>,
    options?: JoinOptions & { readonly trust?: Trust | undefined }
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Session.Session>>
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    remote: Option.Option<Remote>,
    options?: JoinOptions & { readonly trust?: Trust | undefined }
  ): Effect.Effect<A, E, Exclude<R, Session.Session>>
} = ((...args: ReadonlyArray<unknown>) => {
  const site = callSite(continueSession)
  const run = (
    self: Effect.Effect<unknown>,
    remote: Option.Option<Remote>,
    options: (JoinOptions & { readonly trust?: Trust | undefined }) | undefined
  ) => {
    const trust = options?.trust ?? "continue"
    if (Option.isNone(remote) || trust === "ignore") return withSession(self, options)
    if (trust === "continue") {
      return continueWith(runJoinedSession(self, (context) => joined(context, options), site), remote)
    }
    const link: Tracer.SpanLink = { span: toExternalSpan(remote.value), attributes: {} }
    return withSession(self, { ...options, links: [...options?.links ?? [], link] })
  }
  return Effect.isEffect(args[0])
    ? run(args[0] as Effect.Effect<unknown>, args[1] as Option.Option<Remote>, args[2] as JoinOptions | undefined)
    : (self: Effect.Effect<unknown>) => run(self, args[0] as Option.Option<Remote>, args[1] as JoinOptions | undefined)
}) as never
