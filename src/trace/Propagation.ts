/**
 * One trace across processes: what to send along with a message, and how to go on
 * from what came with one.
 *
 * A carrier is whatever has names and texts: HTTP headers, the attributes of a
 * queue's message, the environment of a child process. {@link inject} gives the
 * entries to add to it, {@link extract} reads them, and {@link continueTrace} or
 * {@link continueSession} runs the far side as a part of the same trace.
 *
 * Follows W3C Trace Context (Level 2) and W3C Baggage, and Zipkin's B3. What comes
 * in is untrusted: anything that is bad or too large counts as absent. A process
 * that traces nothing passes on what came in.
 *
 * @see https://opentelemetry.io/docs/specs/otel/context/api-propagators/
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { callSite } from "../core/internal/callSite.ts"
import { hasValidIds } from "../core/internal/ids.ts"
import { isStream, isTraceable } from "../core/internal/look.ts"
import { debugFlag, parseTraceState, randomFlag, TraceFlags, TraceState } from "../core/internal/traceState.ts"
import type { Traceable, Traced } from "./Event.ts"
import * as b3 from "./internal/propagation/b3.ts"
import { cleanProperties, formatBaggage, parseBaggage } from "./internal/propagation/baggage.ts"
import { environmentName, lookup } from "./internal/propagation/carrier.ts"
import { toldSpan } from "./internal/propagation/told.ts"
import * as w3c from "./internal/propagation/w3c.ts"
import { currentSession } from "./internal/session/currentSession.ts"
import { runJoinedSession } from "./internal/session/run.ts"
import { traceStateOf, tracewideFlagsOf } from "./internal/spanContext.ts"
import type * as Session from "./Session.ts"
import { withSession } from "./Session.ts"

/**
 * Names and texts that travel with a message.
 *
 * **Details**
 *
 * A record, or what lists pairs: fetch's `Headers`, a `Map`. Names are looked up in
 * any case. A value is a text, bytes of UTF-8 (Kafka's and AMQP's headers) or a list
 * of these; anything else is passed over.
 *
 * @category models
 * @since 0.1.0
 */
export type Carrier = Readonly<Record<string, unknown>> | Iterable<readonly [string, unknown]>

/**
 * Entries that a program passes on to every service that its requests reach.
 *
 * @category models
 * @since 0.1.0
 */
export type Baggage = Readonly<Record<string, string>>

/**
 * A format of what is sent along, by OpenTelemetry's name for it: W3C Trace Context,
 * W3C Baggage, B3 in one header, B3 in several.
 *
 * @category models
 * @since 0.1.0
 */
export type Propagator = "tracecontext" | "baggage" | "b3" | "b3multi"

/**
 * A span in another process, as a carrier told of it, and the baggage that came along.
 *
 * **Details**
 *
 * Baggage may come without a trace. The ids are all zeros then, which is
 * OpenTelemetry's way to say that there is no span, and `sampled` is `false`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Remote {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  /** Whether the last seven bytes of the trace id are said to be random. */
  readonly random?: boolean | undefined
  /** B3's debug flag: the trace is to be kept by everybody. */
  readonly debug?: boolean | undefined
  readonly traceState: string | undefined
  readonly baggage: Baggage
  /** The properties of those entries of the baggage that have any, such as `ttl=5;private`. */
  readonly baggageProperties?: Readonly<Record<string, string>> | undefined
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
 * The formats that are written, and taken in, where a call does not say which.
 *
 * **Details**
 *
 * Undefined by default: W3C's are written, and all are read. `AgentOps.layer` sets it
 * by its option `propagators`, `AgentOpsLive` by `OTEL_PROPAGATORS`.
 *
 * @category references
 * @since 0.1.0
 */
export const CurrentPropagators: Context.Reference<ReadonlyArray<Propagator> | undefined> = Context.Reference<
  ReadonlyArray<Propagator> | undefined
>("effect-agentops/CurrentPropagators", { defaultValue: () => undefined })

interface Properties {
  readonly value: string
  readonly text: string
}

// With the value that they belong to: who gives an entry another value does not mean its properties.
const CurrentProperties = Context.Reference<Readonly<Record<string, Properties>>>(
  "effect-agentops/CurrentBaggageProperties",
  { defaultValue: () => ({}) }
)

const propertiesOf = (baggage: Baggage, properties: Readonly<Record<string, string>>): Record<string, Properties> =>
  Object.fromEntries(
    Object.keys(properties).flatMap((key) =>
      baggage[key] === undefined ? [] : [[key, { value: baggage[key], text: properties[key]! }]]
    )
  )

const addBaggage = <R>(
  context: Context.Context<R>,
  baggage: Baggage,
  properties: Readonly<Record<string, string>>
): Context.Context<R> =>
  context.pipe(
    Context.add(CurrentBaggage, { ...Context.get(context, CurrentBaggage), ...baggage }),
    Context.add(CurrentProperties, { ...Context.get(context, CurrentProperties), ...propertiesOf(baggage, properties) })
  ) as Context.Context<R>

/**
 * What may be said of an entry: its value, and properties for who handles it on the way.
 *
 * @category models
 * @since 0.1.0
 */
export interface BaggageEntry {
  readonly value: string
  /** Such as `ttl=5;private`. What does not follow W3C's grammar is left out. */
  readonly properties?: string | undefined
}

/**
 * Runs an effect with further baggage.
 *
 * **Example** (an entry, and one with properties)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Propagation } from "effect-agentops"
 *
 * const program = Propagation.inject().pipe(
 *   Propagation.withBaggage({ tenant: "blue", route: { value: "a b", properties: "ttl=5" } })
 * )
 * await Effect.runPromise(program) // => { baggage: "tenant=blue,route=a%20b;ttl=5" }
 * ```
 *
 * @category propagation
 * @since 0.1.0
 */
export const withBaggage: {
  /** Runs an effect with further baggage. */
  (
    entries: Readonly<Record<string, string | BaggageEntry>>
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Runs an effect with further baggage. */
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    entries: Readonly<Record<string, string | BaggageEntry>>
  ): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    entries: Readonly<Record<string, string | BaggageEntry>>
  ): Effect.Effect<A, E, R> => {
    const baggage: Record<string, string> = Object.create(null)
    const properties: Record<string, string> = Object.create(null)
    for (const key of Object.keys(entries)) {
      const entry = entries[key]!
      baggage[key] = typeof entry === "string" ? entry : entry.value
      const text = typeof entry === "string" ? "" : cleanProperties(entry.properties ?? "")
      if (text !== "") properties[key] = text
    }
    return Effect.updateContext(self, (context: Context.Context<R>) => addBaggage(context, baggage, properties))
  }
)

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
  /** The formats. Default {@link CurrentPropagators}, and without that W3C's. */
  readonly propagators?: ReadonlyArray<Propagator> | undefined
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

/**
 * The entries that let another process continue the current trace.
 *
 * **Details**
 *
 * `traceparent`, and `tracestate` and `baggage` where there is something to say; `b3`
 * or `X-B3-*` where they are asked for. A span that is not sampled says so, and the
 * far side does not sample either. Where nothing is traced, they tell the span that
 * a caller told of, unchanged, or nothing; baggage goes along in any case.
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

const standard: ReadonlyArray<Propagator> = ["tracecontext", "baggage"]

/** @internal */
export const injectUnsafe = (
  context: Context.Context<never>,
  options?: InjectOptions,
  span = toldSpan(context)
): Record<string, string> => {
  const carrier: Record<string, string> = {}
  const formats = options?.propagators ?? Context.get(context, CurrentPropagators) ?? standard
  if (span !== undefined) {
    const flags = tracewideFlagsOf(span)
    const parent: w3c.TraceParent = {
      traceId: span.traceId,
      spanId: span.spanId,
      sampled: span.sampled,
      random: (flags & randomFlag) !== 0,
      debug: (flags & debugFlag) !== 0
    }
    if (formats.includes("tracecontext")) {
      carrier["traceparent"] = w3c.formatTraceparent(parent)
      const traceState = traceStateOf(span)
      if (traceState !== undefined) carrier["tracestate"] = traceState
    }
    if (formats.includes("b3")) Object.assign(carrier, b3.formatSingle(parent))
    if (formats.includes("b3multi")) Object.assign(carrier, b3.formatMulti(parent))
  }
  if (!formats.includes("baggage")) return carrier
  const properties = Context.get(context, CurrentProperties)
  const baggage = formatBaggage(
    {
      // A session belongs to its trace: where that is somebody else's, so is the name.
      ...options?.session === false || span?._tag !== "Span" ? {} : sessionBaggage(context),
      ...options?.baggage === false ? {} : Context.get(context, CurrentBaggage)
    },
    (key, value) =>
      Object.hasOwn(properties, key) && properties[key]!.value === value ? properties[key]!.text : undefined
  )
  if (baggage !== undefined) carrier["baggage"] = baggage
  return carrier
}

/** The names that a carrier is read for, in lower case. @internal */
export const names: ReadonlySet<string> = new Set([
  "traceparent",
  "tracestate",
  "baggage",
  "b3",
  "x-b3-traceid",
  "x-b3-spanid",
  "x-b3-parentspanid",
  "x-b3-sampled",
  "x-b3-flags"
])

const none: w3c.TraceParent = {
  traceId: "0".repeat(32),
  spanId: "0".repeat(16),
  sampled: false,
  random: false,
  debug: false
}

/**
 * Reads what a carrier tells of a span elsewhere.
 *
 * **Details**
 *
 * `traceparent` first, then `b3` and `x-b3-*`; `tracestate` goes with a `traceparent`
 * only. Baggage is read with or without a trace. None where there is neither. Never
 * fails, whatever the carrier holds.
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
export const extract = (
  carrier: Carrier,
  options?: {
    /** The formats that are read. Default: all. */
    readonly propagators?: ReadonlyArray<Propagator> | undefined
  }
): Option.Option<Remote> => {
  const formats = options?.propagators
  const reads = (format: Propagator) => formats === undefined || formats.includes(format)
  const get = lookup(carrier, names)
  const parent = reads("tracecontext") ? w3c.parseTraceparent(get("traceparent")) : undefined
  const zipkin = parent === undefined && (reads("b3") || reads("b3multi"))
    ? b3.parseSingle(get("b3")) ?? b3.parseMulti(get)
    : undefined
  const { baggage, properties } = parseBaggage(reads("baggage") ? get("baggage") : undefined)
  const span = parent ?? zipkin
  if (span === undefined && Object.keys(baggage).length === 0) return Option.none()
  return Option.some({
    ...span ?? none,
    traceState: parent === undefined ? undefined : parseTraceState(get("tracestate")),
    baggage,
    baggageProperties: properties
  })
}

/**
 * Whether a carrier told of a span, and not of baggage alone.
 *
 * @category guards
 * @since 0.1.0
 */
export const hasTrace = (remote: Option.Option<Remote>): remote is Option.Some<Remote> =>
  Option.isSome(remote) && hasValidIds(remote.value)

/**
 * The names under which a child process finds a trace in its environment.
 *
 * **Details**
 *
 * `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, as OpenTelemetry's "Environment
 * Variables as Context Propagation Carriers" has them, and `X_B3_TRACEID` for a name
 * with dashes. {@link extract} reads them as they are.
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
  Object.fromEntries(Object.entries(carrier).map(([name, value]) => [environmentName(name), value]))

/** The flags of a remote span that its whole trace has. @internal */
export const flagsOf = (remote: Remote): number =>
  (remote.random === true ? randomFlag : 0) | (remote.debug === true ? debugFlag : 0)

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
    annotations: Context.make(TraceState, parseTraceState(remote.traceState)).pipe(
      Context.add(TraceFlags, flagsOf(remote))
    )
  })

/**
 * What to make of a trace that somebody else says a request belongs to.
 *
 * **Details**
 *
 * `continue` goes on with the trace and its baggage, as OpenTelemetry does, and takes
 * nothing else of the caller's. With `session` the caller also says who the session's
 * user is, how the session is called and how it is tagged: for services of your own
 * behind a door where that is checked. `link` starts a trace of its own that refers to
 * the caller's: the caller decides neither its id nor its sampling. `ignore` forgets it.
 *
 * @category models
 * @since 0.1.0
 */
export type Trust = "session" | "continue" | "link" | "ignore"

/** Whether the caller's trace is gone on with. @internal */
export const continues = (trust: Trust): boolean => trust === "continue" || trust === "session"

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
  /**
   * Runs an effect as a part of a remote trace, with its baggage.
   *
   * **Details**
   *
   * Default trust is `continue`. With `link`, spans in the effect refer to the remote
   * one and its baggage is left out.
   */
  (remote: Option.Option<Remote>, trust?: Trust): <T extends Traceable>(self: T) => Traced<T>
  /**
   * Runs an effect as a part of a remote trace, with its baggage.
   *
   * **Details**
   *
   * Default trust is `continue`. With `link`, spans in the effect refer to the remote
   * one and its baggage is left out.
   */
  <A, E, R>(self: Effect.Effect<A, E, R>, remote: Option.Option<Remote>, trust?: Trust): Effect.Effect<A, E, R>
  /** Runs a stream as a part of a remote trace, with its baggage. */
  <A, E, R>(self: Stream.Stream<A, E, R>, remote: Option.Option<Remote>, trust?: Trust): Stream.Stream<A, E, R>
} = ((...args: ReadonlyArray<unknown>) =>
  isTraceable(args[0])
    ? continueWith(args[0], args[1] as Option.Option<Remote>, args[2] as Trust | undefined)
    : (self: Traceable) => continueWith(self, args[0] as Option.Option<Remote>, args[1] as Trust | undefined)) as never

/** Puts a caller's span and baggage into a context, as far as the formats in force have them. @internal */
export const remoteContext = <R>(
  context: Context.Context<R>,
  remote: Remote,
  asParent = hasValidIds(remote)
): Context.Context<R> => {
  const formats = Context.get(context, CurrentPropagators)
  const taken = formats === undefined || formats.some((format) => format !== "baggage")
  const traced = taken && asParent
    ? Context.add(context, Tracer.ParentSpan, toExternalSpan(remote)) as Context.Context<R>
    : context
  return formats === undefined || formats.includes("baggage")
    ? addBaggage(traced, remote.baggage, remote.baggageProperties ?? {})
    : traced
}

const continueWith = (self: Traceable, remote: Option.Option<Remote>, trust: Trust = "continue"): Traceable => {
  if (Option.isNone(remote) || trust === "ignore") return self
  if (continues(trust)) {
    const into = (context: Context.Context<unknown>) => remoteContext(context, remote.value)
    return isStream(self) ? Stream.updateContext(self, into) : Effect.updateContext(self, into)
  }
  if (!hasTrace(remote)) return self
  const span = toExternalSpan(remote.value)
  return isStream(self)
    ? Stream.updateContext(
      self,
      (context: Context.Context<unknown>) =>
        Context.add(context, References.TracerSpanLinks, [
          ...Context.get(context as Context.Context<never>, References.TracerSpanLinks),
          { span, attributes: {} }
        ])
    )
    : Effect.linkSpans(self, span)
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

type JoinOptions = Omit<Session.Options, "id"> & {
  /** What the session takes of the caller's baggage: nothing, or with `session` its name, tags and user. Default `continue`. */
  readonly trust?: Trust | undefined
}

const joined = (context: Context.Context<never>, options: JoinOptions | undefined): JoinOptions | undefined => {
  if (options?.trust !== "session") return options
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
 * or rpc server. Same trace, same session id. With the {@link Trust} `session`, its
 * name, tags and user come from {@link CurrentBaggage} unless given. Events inside count for the
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
   */
  (options?: JoinOptions): <T extends Traceable>(self: T) => Session.InSession<T>
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
   */
  <A, E, R>(self: Effect.Effect<A, E, R>, options?: JoinOptions): Effect.Effect<A, E, Exclude<R, Session.Session>>
  /** Runs a stream as the part, in this process, of the session whose trace the current span belongs to. */
  <A, E, R>(self: Stream.Stream<A, E, R>, options?: JoinOptions): Stream.Stream<A, E, Exclude<R, Session.Session>>
} = ((...args: ReadonlyArray<unknown>) => {
  const site = callSite(joinSession)
  const run = (self: Traceable, options: JoinOptions | undefined) =>
    runJoinedSession(self, (context) => joined(context, options), site)
  return isTraceable(args[0])
    ? run(args[0], args[1] as JoinOptions | undefined)
    : (self: Traceable) => run(self, args[0] as JoinOptions | undefined)
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
  /**
   * Runs an effect as the part, in this process, of a session that began in another.
   *
   * **Details**
   *
   * {@link continueTrace} and {@link joinSession} in one. Without a remote, and with
   * trust `link` or `ignore`, it is a new session.
   */
  (
    remote: Option.Option<Remote>,
    options?: JoinOptions
  ): <T extends Traceable>(self: T) => Session.InSession<T>
  /**
   * Runs an effect as the part, in this process, of a session that began in another.
   *
   * **Details**
   *
   * {@link continueTrace} and {@link joinSession} in one. Without a remote, and with
   * trust `link` or `ignore`, it is a new session.
   */
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    remote: Option.Option<Remote>,
    options?: JoinOptions
  ): Effect.Effect<A, E, Exclude<R, Session.Session>>
  /** Runs a stream as the part, in this process, of a session that began in another. */
  <A, E, R>(
    self: Stream.Stream<A, E, R>,
    remote: Option.Option<Remote>,
    options?: JoinOptions
  ): Stream.Stream<A, E, Exclude<R, Session.Session>>
} = ((...args: ReadonlyArray<unknown>) => {
  const site = callSite(continueSession)
  const run = (
    self: Traceable,
    remote: Option.Option<Remote>,
    options: JoinOptions | undefined
  ) => {
    const trust = options?.trust ?? "continue"
    if (!hasTrace(remote)) return continueWith(withSession(options)(self), remote, trust)
    if (trust === "ignore") return withSession(options)(self)
    if (continues(trust)) {
      return continueWith(runJoinedSession(self, (context) => joined(context, options), site), remote)
    }
    const link: Tracer.SpanLink = { span: toExternalSpan(remote.value), attributes: {} }
    return withSession({ ...options, links: [...options?.links ?? [], link] })(self)
  }
  return isTraceable(args[0])
    ? run(args[0], args[1] as Option.Option<Remote>, args[2] as JoinOptions | undefined)
    : (self: Traceable) => run(self, args[0] as Option.Option<Remote>, args[1] as JoinOptions | undefined)
}) as never
