/**
 * The tracing of a program: it makes the spans and passes them to the exporters.
 *
 * {@link layer} provides Effect's `Tracer` and the {@link AgentOps} service. Exporters are layers that register with
 * the service, in any number and order, for the whole program or a part of it. Nothing is set globally: only the
 * program to which the layer is provided is traced.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { environment } from "./config/internal/environmentPart.ts"
import * as Attribute from "./core/Attribute.ts"
import * as ConfigurationError from "./core/ConfigurationError.ts"
import type { DestinationStatus } from "./core/DestinationStatus.ts"
import { setCallSites } from "./core/internal/callSite.ts"
import { defined } from "./core/internal/defined.ts"
import { isStream } from "./core/internal/inspect.ts"
import { Limit } from "./core/internal/limitVariables.ts"
import { readResource, unknownService } from "./core/internal/resourceVariables.ts"
import { leniently, silently } from "./core/internal/variables.ts"
import { version } from "./core/internal/version.ts"
import * as LogLimits from "./core/LogLimits.ts"
import type { InstrumentationScope, Resource } from "./core/SpanData.ts"
import * as SpanLimits from "./core/SpanLimits.ts"
import { openMedia } from "./export/internal/media.ts"
import { credentials } from "./privacy/internal/onDemand.ts"
import { redactAttributes } from "./privacy/internal/redact.ts"
import type * as Redactor from "./privacy/Redactor.ts"
import { isLoaded, load } from "./trace/internal/onDemand.ts"
import { CurrentRegistry, provideTracer } from "./trace/internal/registry.ts"
import { openSessions } from "./trace/internal/session/currentSession.ts"
import { ownTracer } from "./trace/internal/startSpan.ts"
import { AgentOpsTracer, withScope } from "./trace/internal/tracer.ts"
import * as Meter from "./trace/Meter.ts"
import { CurrentPropagators } from "./trace/Propagation.ts"
import * as Sampler from "./trace/Sampler.ts"
import type { Traceable, Traced } from "./trace/Traceable.ts"
import { AgentOps } from "./trace/Tracing.ts"
import type { Options } from "./trace/TracingOptions.ts"

export type { DestinationStatus } from "./core/DestinationStatus.ts"
export type { IdGenerator } from "./core/IdGenerator.ts"
export { AgentOps } from "./trace/Tracing.ts"
export type { Options } from "./trace/TracingOptions.ts"

const makeResource = (
  options: Options,
  redactor: Redactor.Redactor,
  environment: Readonly<Record<string, string>>
): Resource => {
  const attributes: Record<string, Attribute.AttributeValue> = {
    "telemetry.sdk.name": "effect-agentops",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": version,
    "service.name": unknownService(),
    ...environment
  }
  if (attributes["service.name"] === "") attributes["service.name"] = unknownService()
  for (const key in options.attributes) {
    const value = Attribute.normalize(options.attributes[key])
    if (value !== undefined) attributes[key] = value
  }
  if (options.serviceName !== undefined) attributes["service.name"] = options.serviceName
  if (options.serviceVersion !== undefined) attributes["service.version"] = options.serviceVersion
  return { attributes: redactAttributes(redactor, ["resource"], attributes) }
}

const checkLimits = Effect.fnUntraced(function*<L extends Readonly<Record<keyof L, number>>>(
  field: string,
  defaults: L,
  given: { readonly [K in keyof L]?: number | undefined } | undefined
) {
  const limits: L = { ...defaults, ...defined(given ?? {}) }
  for (const [name, value] of Object.entries(limits)) {
    yield* ConfigurationError.check(
      Limit,
      `${field}.${name}`,
      value,
      "Give a whole number from 0, or Infinity"
    )
  }
  return limits
})

const check = Effect.fnUntraced(function*(options: Options) {
  yield* ConfigurationError.check(
    Schema.UndefinedOr(Schema.NonEmptyString),
    "serviceName",
    options.serviceName,
    "Give the program a name, such as \"support-bot\""
  )
  return {
    limits: yield* checkLimits("spanLimits", SpanLimits.defaults, options.spanLimits),
    logLimits: yield* checkLimits("logLimits", LogLimits.defaults, options.logLimits)
  }
})

/**
 * Traces the program to which it is provided.
 *
 * **Details**
 *
 * Without an exporter, sessions still count their totals, and nothing leaves the process. Fails with a
 * `ConfigurationError` that names the wrong option.
 *
 * **Example** (two destinations)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { AgentOps, Exporter } from "effect-agentops"
 *
 * const TracingLive = Layer.mergeAll(
 *   Exporter.otlp({ url: "http://localhost:4318" }),
 *   Exporter.console()
 * ).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "support-bot" })))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<AgentOps, ConfigurationError.ConfigurationError> =>
  layerWith(options, false)

/** How many open sessions the warning names. */
const maxListed = 10

/** Warns about sessions that are still open when the layer is released, because their ends cannot be exported. */
const warnOfOpenSessions = (tracer: AgentOpsTracer): Effect.Effect<void> =>
  Effect.suspend(() => {
    const open = openSessions(tracer)
    if (open.length === 0) return Effect.void
    const names = open.slice(0, maxListed).map(({ id, name }) => `${name} (${id})`)
    const more = open.length > maxListed ? ` and ${open.length - maxListed} more` : ""
    return Effect.logWarning(
      `effect-agentops: tracing was released while ${
        open.length === 1 ? "a session was" : `${open.length} sessions were`
      } ` +
        `open, whose ends arrive nowhere: ${names.join(", ")}${more}`
    )
  })

/** With `disabled`, sessions run and count their totals, and no span is exported. @internal */
export const layerWith = (
  options: Options,
  disabled: boolean
): Layer.Layer<AgentOps, ConfigurationError.ConfigurationError> =>
  Layer.effectContext(
    Effect.gen(function*() {
      if (!isLoaded()) yield* load
      const { limits, logLimits } = yield* check(options)
      const environment = options.resourceFromEnvironment === false
        ? {}
        : yield* (disabled ? silently : leniently)(readResource)
      const redactor = options.redactor ?? credentials()
      const meter = yield* Meter.make(options.metrics, redactor)
      const callSites = yield* ConfigurationError.check(
        Schema.Literals(["all", "some", "none"]),
        "callSites",
        options.callSites ?? "some",
        "Give \"all\", \"some\" or \"none\""
      )
      yield* Effect.acquireRelease(
        Effect.sync(() => setCallSites(callSites)),
        (before) => Effect.sync(() => setCallSites(before))
      )
      const media = options.media === undefined || disabled ? undefined : yield* openMedia(options.media)
      const tracer = new AgentOpsTracer({
        sampler: disabled ? Sampler.never : options.sampler === Sampler.always ? undefined : options.sampler,
        disabled,
        idGenerator: options.idGenerator,
        limits,
        logLimits,
        redactor,
        contentHook: options.contentHook,
        takeMedia: media?.take,
        resource: makeResource(options, redactor, environment),
        scope: { name: "effect-agentops", version },
        defaultTags: options.defaultTags ?? []
      })
      yield* Effect.addFinalizer(() => warnOfOpenSessions(tracer))
      const context = provideTracer(tracer, meter)
      if (media !== undefined) yield* Context.get(context, CurrentRegistry)!.add(media.destination)
      return options.propagators === undefined ? context : Context.add(context, CurrentPropagators, options.propagators)
    })
  )

/**
 * Traces the program to which it is provided, as configured by the environment.
 *
 * **Details**
 *
 * Reads `AGENTOPS_*` and OpenTelemetry's own `OTEL_*` variables through `Config` when the layer is built;
 * `docs/reference/environment.md` lists them. Fails with a `ConfigurationError` if a value cannot be used. An unknown
 * word is only logged as a warning and counts as not set, as OpenTelemetry asks. `AgentOpsLive` reads the same
 * variables and never fails.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFromConfig: Layer.Layer<AgentOps, ConfigurationError.ConfigurationError> = Layer.unwrap(
  Effect.map(environment, (read) =>
    read.withLogLevel(Layer.unwrap(Effect.gen(function*() {
      if (yield* read.readDisabled) return layerWith(yield* read.readDisabledTracing, true)
      const environment = yield* read.readEnvironment
      const metrics = yield* read.readMetricsEnvironment
      const logs = yield* read.readLogsEnvironment(environment)
      return Layer.mergeAll(
        Layer.empty,
        ...read.environmentExporters(environment, logs.agentOps),
        ...read.logExporters(logs),
        ...read.metricExporters(metrics)
      ).pipe(Layer.provideMerge(layer(environment.tracing)))
    }))))
)

const scopeOf = ({ attributes, name, schemaUrl, version }: InstrumentationScope): InstrumentationScope => {
  const normalized: Record<string, Attribute.AttributeValue> = {}
  for (const key in attributes) {
    const value = Attribute.normalize(attributes[key])
    if (value !== undefined) normalized[key] = value
  }
  return { name, version, schemaUrl, attributes: attributes === undefined ? undefined : normalized }
}

/**
 * Sets the library to which the spans and log records inside belong: OpenTelemetry's instrumentation scope.
 *
 * **Details**
 *
 * Use it in a library that traces itself, with the library's name and version. It applies to all spans inside,
 * including those of other code, until another scope is set. The default scope is `effect-agentops`. With a tracer of
 * another library it has no effect. With a provider of OpenTelemetry, the spans come from the provider's tracer of that
 * name.
 *
 * **Example** (spans of a library)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter } from "effect-agentops"
 *
 * const query = Effect.succeed(3).pipe(
 *   Effect.withSpan("db.query"),
 *   AgentOps.withInstrumentationScope({ name: "my-db", version: "2.1.0", attributes: { pool: "main" } })
 * )
 * const program = Effect.andThen(query, Effect.flatMap(Exporter.Memory, (memory) => memory.spans)).pipe(
 *   Effect.map((spans) => spans[0]?.scope.name)
 * )
 * const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
 * await Effect.runPromise(Effect.provide(program, TestLive)) // => "my-db"
 * ```
 *
 * @see https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/
 * @category combinators
 * @since 0.1.0
 */
export const withInstrumentationScope: {
  /** Sets the library to which the spans and log records inside belong: OpenTelemetry's instrumentation scope. */
  (scope: InstrumentationScope): <T extends Traceable>(self: T) => Traced<T>
  /** Sets the library to which the spans and log records inside belong: OpenTelemetry's instrumentation scope. */
  <A, E, R>(self: Effect.Effect<A, E, R>, scope: InstrumentationScope): Effect.Effect<A, E, R>
  /** Sets the library to which the spans and log records inside belong: OpenTelemetry's instrumentation scope. */
  <A, E, R>(self: Stream.Stream<A, E, R>, scope: InstrumentationScope): Stream.Stream<A, E, R>
} = dual(2, (self: Traceable, scope: InstrumentationScope): Traceable => {
  // One object for all runs, because batches compare scopes by identity first.
  const own = scopeOf(scope)
  const into = (context: Context.Context<unknown>) => {
    const tracer = ownTracer(context as Context.Context<never>)
    return tracer === undefined ? context : Context.add(context, Tracer.Tracer, withScope(tracer, own))
  }
  return isStream(self) ? Stream.updateContext(self, into) : Effect.updateContext(self, into)
}) as never

/**
 * Waits until every exporter has sent or dropped the spans that ended before, and returns their counts.
 *
 * **Details**
 *
 * It waits for at most `timeout`, by default 30 seconds. Spans that are still unsent then are `pending` in the result.
 * The release of the layer flushes too, so a program that ends normally does not need to call this.
 *
 * **Example** (before a serverless function returns)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter, traceTool } from "effect-agentops"
 *
 * const handler = Effect.succeed("hit").pipe(traceTool("search"), Effect.andThen(AgentOps.flush()))
 * const TracingLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "handler" })))
 * await Effect.runPromise(Effect.provide(handler, TracingLive))
 * // => [{ name: "memory", delivered: 2, pending: 0, dropped: {} }]
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const flush = (
  timeout: Duration.Input = "30 seconds"
): Effect.Effect<ReadonlyArray<DestinationStatus>, never, AgentOps> =>
  Effect.flatMap(AgentOps, (agentOps) => agentOps.flush(timeout))

/**
 * How many spans each exporter has delivered, still holds and has dropped so far.
 *
 * @category accessors
 * @since 0.1.0
 */
export const status: Effect.Effect<ReadonlyArray<DestinationStatus>, never, AgentOps> = Effect.flatMap(
  AgentOps,
  (agentOps) => agentOps.status
)
