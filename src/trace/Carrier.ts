/**
 * What travels with a message: what a program writes into it, and what it reads out of one.
 *
 * @see https://opentelemetry.io/docs/specs/otel/context/api-propagators/
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { hasValidIds } from "../core/internal/ids.ts"
import { debugFlag, parseTraceState, randomFlag } from "../core/internal/traceState.ts"
import type { Baggage } from "./Baggage.ts"
import { CurrentBaggage, CurrentProperties } from "./Baggage.ts"
import * as b3 from "./internal/propagation/b3.ts"
import { formatBaggage, parseBaggage } from "./internal/propagation/baggage.ts"
import { environmentName, lookup } from "./internal/propagation/carrier.ts"
import { conversationId, sessionName, sessionTags, userId } from "./internal/propagation/sessionBaggage.ts"
import { toldSpan } from "./internal/propagation/told.ts"
import * as w3c from "./internal/propagation/w3c.ts"
import { currentSession } from "./internal/session/currentSession.ts"
import { traceStateOf, tracewideFlagsOf } from "./internal/spanContext.ts"

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

const sessionBaggage = (context: Context.Context<never>): Record<string, string> => {
  const session = currentSession(context)
  if (session === undefined) return {}
  return {
    [sessionName]: session.name,
    ...session.tags.size === 0 ? {} : { [sessionTags]: JSON.stringify([...session.tags]) },
    ...session.userId === undefined ? {} : { [userId]: session.userId },
    ...session.conversation === undefined ? {} : { [conversationId]: session.conversation.id }
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
