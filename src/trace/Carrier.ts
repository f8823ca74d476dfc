/**
 * Carriers: writes the trace and baggage into a message, and reads them from one.
 *
 * @see https://opentelemetry.io/docs/specs/otel/context/api-propagators/
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { hasValidIds } from "../core/internal/ids.ts"
import { debugFlag, parseTraceState, randomFlag } from "../core/internal/traceState.ts"
import { CurrentBaggage, CurrentProperties } from "./Baggage.ts"
import * as b3 from "./internal/propagation/b3.ts"
import { formatBaggage, parseBaggage } from "./internal/propagation/baggage.ts"
import { environmentName, lookup } from "./internal/propagation/carrier.ts"
import { propagatedSpan } from "./internal/propagation/propagatedSpan.ts"
import { conversationId, sessionName, sessionTags, userId } from "./internal/propagation/sessionBaggage.ts"
import * as w3c from "./internal/propagation/w3c.ts"
import { currentSession } from "./internal/session/currentSession.ts"
import { propagatedFlagsOf, traceStateOf } from "./internal/spanContext.ts"
import type { Remote } from "./Remote.ts"

export type { Remote } from "./Remote.ts"

/**
 * Names and texts that travel with a message.
 *
 * **Details**
 *
 * A record, or an iterable of pairs such as fetch's `Headers` or a `Map`. Names are matched without regard to case. A
 * value is a string, bytes of UTF-8 (the headers of Kafka and AMQP), or a list of these. Other values are ignored.
 *
 * @category models
 * @since 0.1.0
 */
export type Carrier = Readonly<Record<string, unknown>> | Iterable<readonly [string, unknown]>

/**
 * A format of propagated context, by its name in OpenTelemetry: W3C Trace Context, W3C Baggage, B3 in one header, B3 in
 * several headers.
 *
 * @category models
 * @since 0.1.0
 */
export type Propagator = "tracecontext" | "baggage" | "b3" | "b3multi"

/**
 * The formats that are written and read if a call does not name any.
 *
 * **Details**
 *
 * Undefined by default: W3C's formats are written, and all formats are read. `AgentOps.layer` sets it by its option
 * `propagators`, `AgentOpsLive` by `OTEL_PROPAGATORS`.
 *
 * @category references
 * @since 0.1.0
 */
export const CurrentPropagators: Context.Reference<ReadonlyArray<Propagator> | undefined> = Context.Reference<
  ReadonlyArray<Propagator> | undefined
>("effect-agentops/CurrentPropagators", { defaultValue: () => undefined })

/**
 * Options of {@link inject}.
 *
 * @category models
 * @since 0.1.0
 */
export interface InjectOptions {
  /** Whether {@link CurrentBaggage} is included. Default `true`. */
  readonly baggage?: boolean | undefined
  /** Whether the session's name, tags and user are included, as baggage. Default `true`. */
  readonly session?: boolean | undefined
  /** The formats. Default: {@link CurrentPropagators}, otherwise W3C's. */
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
 * `traceparent`, and `tracestate` and `baggage` if they are not empty. `b3` or `X-B3-*` if selected. An unsampled span
 * is marked as such, so the receiver does not sample either. If nothing is traced here, the caller's span is passed on
 * unchanged, if there is one. Baggage is always included.
 *
 * **Gotchas**
 *
 * The entries reveal to the receiver that you trace, and your baggage. Add them only to requests to your own services.
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
  span = propagatedSpan(context)
): Record<string, string> => {
  const carrier: Record<string, string> = {}
  const formats = options?.propagators ?? Context.get(context, CurrentPropagators) ?? standard
  if (span !== undefined) {
    const flags = propagatedFlagsOf(span)
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
      // The session's name belongs to the session's own trace. It is left out if the span is a caller's.
      ...options?.session === false || span?._tag !== "Span" ? {} : sessionBaggage(context),
      ...options?.baggage === false ? {} : Context.get(context, CurrentBaggage)
    },
    (key, value) =>
      Object.hasOwn(properties, key) && properties[key]!.value === value ? properties[key]!.text : undefined
  )
  if (baggage !== undefined) carrier["baggage"] = baggage
  return carrier
}

/** The names that are read from a carrier, in lower case. @internal */
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
 * Reads a remote span and its baggage from a carrier.
 *
 * **Details**
 *
 * `traceparent` is tried first, then `b3` and `x-b3-*`. `tracestate` is read only with a `traceparent`. Baggage is read
 * with or without a trace. Returns none if there is neither. It never fails, whatever the carrier contains.
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
 * Whether a carrier has a span, and not only baggage.
 *
 * @category guards
 * @since 0.1.0
 */
export const hasTrace = (remote: Option.Option<Remote>): remote is Option.Some<Remote> =>
  Option.isSome(remote) && hasValidIds(remote.value)

/**
 * Renames the entries of a carrier to environment variables for a child process.
 *
 * **Details**
 *
 * `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, as in OpenTelemetry's "Environment Variables as Context Propagation
 * Carriers", and `X_B3_TRACEID` for a name with dashes. {@link extract} reads these names.
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
