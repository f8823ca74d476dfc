/**
 * The tracing of a program: where spans are made, and where exporters meet them.
 *
 * {@link layer} provides Effect's `Tracer` and the {@link AgentOps} service.
 * Exporters are layers that register with it, any number in any order, for the
 * whole program or a part of it. Nothing is set globally: what the layer is
 * provided to is traced, and nothing else.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import { logExporters, readLogsEnvironment } from "./config/internal/logs.ts"
import { metricExporters, readMetricsEnvironment } from "./config/internal/metrics.ts"
import { environmentExporters, readEnvironment } from "./config/internal/traces.ts"
import * as Attribute from "./core/Attribute.ts"
import * as ConfigurationError from "./core/ConfigurationError.ts"
import { defined } from "./core/internal/defined.ts"
import { version } from "./core/internal/version.ts"
import type { Resource } from "./core/SpanData.ts"
import * as SpanLimits from "./core/SpanLimits.ts"
import type { Destination } from "./export/internal/spanDestination.ts"
import { defaults, Meter as CurrentMeter, MeterHub } from "./metrics/internal/meter.ts"
import type * as Content from "./privacy/Content.ts"
import { redactAttributes } from "./privacy/internal/redact.ts"
import * as Redactor from "./privacy/Redactor.ts"
import { LogHub } from "./trace/internal/logger.ts"
import { observeTracing } from "./trace/internal/measure/sdk.ts"
import type { DestinationStatus } from "./trace/internal/registry.ts"
import { AgentOps } from "./trace/internal/registry.ts"
import { AgentOpsTracer } from "./trace/internal/tracer.ts"
import * as Meter from "./trace/Meter.ts"
import * as Sampler from "./trace/Sampler.ts"
import type { Sink } from "./trace/Span.ts"

export { AgentOps } from "./trace/internal/registry.ts"
export type { DestinationStatus } from "./trace/internal/registry.ts"

/**
 * How a program is traced.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** What the program is called in every backend: `service.name`. */
  readonly serviceName: string
  readonly serviceVersion?: string | undefined
  /** Further attributes of the resource, such as `deployment.environment.name`. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
  /** Tags of every session. */
  readonly defaultTags?: ReadonlyArray<string> | undefined
  /** Default: every span, unless its parent is not sampled. */
  readonly sampler?: Sampler.Sampler | undefined
  /**
   * What must not leave, for every exporter there is or will be: it belongs to the
   * spans, so that no exporter can be set up without it. Default {@link Redactor.credentials}.
   */
  readonly redactor?: Redactor.Redactor | undefined
  /** Sees the content of every event before it is encoded, and may keep it elsewhere. */
  readonly contentHook?: Content.Hook | undefined
  /** Limits that differ from {@link SpanLimits.defaults}. */
  readonly spanLimits?: { readonly [K in keyof SpanLimits.SpanLimits]?: number | undefined } | undefined
  /** What is measured, and how: it is read by the layers of `MetricExporter`. */
  readonly metrics?: Meter.Options | undefined
}

const makeResource = (options: Options, redactor: Redactor.Redactor): Resource => {
  const attributes: Record<string, Attribute.AttributeValue> = {
    "telemetry.sdk.name": "effect-agentops",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": version
  }
  for (const key in options.attributes) {
    const value = Attribute.normalize(options.attributes[key])
    if (value !== undefined) attributes[key] = value
  }
  attributes["service.name"] = options.serviceName
  if (options.serviceVersion !== undefined) attributes["service.version"] = options.serviceVersion
  return { attributes: redactAttributes(redactor, ["resource"], attributes) }
}

const guard = (sink: Sink): Sink => {
  // A sink may be a user's, and runs where the program's spans end.
  const { onEnd, onStart } = sink
  const quietly = <A>(f: (a: A) => void) => (a: A) => {
    try {
      f(a)
    } catch {
      // Nothing to do: the sink loses the span, the program goes on.
    }
  }
  return { content: sink.content, onEnd: quietly(onEnd), onStart: onStart === undefined ? undefined : quietly(onStart) }
}

const make = (tracer: AgentOpsTracer, meter: MeterHub): AgentOps["Service"] => {
  const logs = new LogHub(tracer)
  const destinations = new Set<Destination>()
  observeTracing(meter, tracer, destinations)
  const setGates = () => {
    const gates = Array.from(destinations).flatMap(({ gate }) => gate === undefined ? [] : [gate])
    tracer.gates = gates.length === 0 ? undefined : gates
  }
  const attach = (sink: Sink) =>
    Effect.acquireRelease(
      Effect.sync(() => tracer.setSinks([...tracer.sinks, sink])),
      () => Effect.sync(() => tracer.setSinks(tracer.sinks.filter((other) => other !== sink)))
    )
  const status = Effect.suspend(() => Effect.forEach([...destinations], (destination) => destination.status))
  return AgentOps.of({
    resource: tracer.resource,
    scope: tracer.scope,
    logger: logs.logger,
    addSink: (sink) => attach(guard(sink)),
    addDestination: (destination) =>
      Effect.andThen(
        Effect.acquireRelease(
          Effect.sync(() => {
            destinations.add(destination)
            setGates()
          }),
          () =>
            Effect.sync(() => {
              destinations.delete(destination)
              setGates()
            })
        ),
        Effect.andThen(
          destination.sink === undefined ? Effect.void : attach(guard(destination.sink)),
          destination.logSink === undefined ? Effect.void : logs.attach(destination.logSink)
        )
      ),
    status,
    flush: (timeout) =>
      Effect.suspend(() =>
        Effect.forEach([meter.flush, ...Array.from(destinations, (destination) => destination.flush)], identity, {
          concurrency: "unbounded",
          discard: true
        })
      ).pipe(Effect.timeoutOption(timeout), Effect.andThen(status))
  })
}

/** @internal */
export const provideTracer = (
  tracer: AgentOpsTracer,
  meter: MeterHub = new MeterHub(defaults)
): Context.Context<AgentOps> =>
  Context.make(AgentOps, make(tracer, meter)).pipe(
    Context.add(Tracer.Tracer, tracer),
    Context.add(CurrentMeter, meter)
  )

const check = Effect.fnUntraced(function*(options: Options) {
  yield* ConfigurationError.check(
    Schema.NonEmptyString,
    "serviceName",
    options.serviceName,
    "Give the program a name, such as \"support-bot\""
  )
  const limits: SpanLimits.SpanLimits = {
    ...SpanLimits.defaults,
    ...defined(options.spanLimits ?? {}) as Partial<SpanLimits.SpanLimits>
  }
  for (const [name, value] of Object.entries(limits)) {
    yield* ConfigurationError.check(
      SpanLimits.Limit,
      `spanLimits.${name}`,
      value,
      "Give a whole number from 0, or Infinity"
    )
  }
  return limits
})

/**
 * Traces what it is provided to.
 *
 * **Details**
 *
 * Without an exporter, sessions still count and nothing leaves the process. Fails
 * with a `ConfigurationError` that names the option.
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
export const layer = (options: Options): Layer.Layer<AgentOps, ConfigurationError.ConfigurationError> =>
  Layer.effectContext(
    Effect.gen(function*() {
      const limits = yield* check(options)
      const redactor = options.redactor ?? Redactor.credentials
      const meter = yield* Meter.make(options.metrics)
      const tracer = new AgentOpsTracer({
        sampler: options.sampler ?? Sampler.always,
        limits,
        redactor,
        contentHook: options.contentHook,
        resource: makeResource(options, redactor),
        scope: { name: "effect-agentops", version },
        defaultTags: options.defaultTags ?? []
      })
      return provideTracer(tracer, meter)
    })
  )

/**
 * Traces what it is provided to, as the environment says.
 *
 * **Details**
 *
 * Reads `AGENTOPS_*` and OpenTelemetry's own `OTEL_*` variables through `Config`
 * when the layer is built; the README has the table. Fails with a
 * `ConfigurationError` for a value that cannot be used. `AgentOpsLive` is the same
 * and never fails.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFromConfig: Layer.Layer<AgentOps, ConfigurationError.ConfigurationError> = Layer.unwrap(
  Effect.gen(function*() {
    const environment = yield* readEnvironment
    const metrics = yield* readMetricsEnvironment
    if (environment.disabled) return layer({ ...environment.tracing, sampler: Sampler.never })
    const logs = yield* readLogsEnvironment(environment)
    return Layer.mergeAll(
      Layer.empty,
      ...environmentExporters(environment, logs.agentOps),
      ...logExporters(logs),
      ...metricExporters(metrics)
    ).pipe(Layer.provideMerge(layer(environment.tracing)))
  })
)

/**
 * Waits until every exporter has dealt with the spans that ended before, and
 * returns what became of them.
 *
 * **Details**
 *
 * Gives up after `timeout`, 30 seconds by default; what is still on its way then
 * is `pending` in the result. The layer's release flushes as well, so a program
 * that ends in the ordinary way need not call this.
 *
 * **Example** (before a serverless function answers)
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
 * What became so far of the spans that each exporter was given.
 *
 * @category accessors
 * @since 0.1.0
 */
export const status: Effect.Effect<ReadonlyArray<DestinationStatus>, never, AgentOps> = Effect.flatMap(
  AgentOps,
  (agentOps) => agentOps.status
)
