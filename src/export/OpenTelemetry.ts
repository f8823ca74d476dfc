/**
 * Works together with an existing OpenTelemetry setup.
 *
 * {@link layer} makes spans on the user's `TracerProvider`, with its sampler, processors and exporters.
 * {@link layerContext} keeps this library's tracer and joins it with OpenTelemetry's instrumentations in the same
 * process, in one trace. Neither replaces, flushes nor shuts down the user's objects.
 *
 * It needs `@opentelemetry/api`, so it has its own entry point: `effect-agentops/export/OpenTelemetry`.
 *
 * @since 0.1.0
 */
import * as Otel from "@opentelemetry/api"
import type { ResourceDetector } from "@opentelemetry/resources"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Tracer from "effect/Tracer"
import * as Convention from "../convention/Convention.ts"
import type { ConfigurationError } from "../core/ConfigurationError.ts"
import { version } from "../core/internal/version.ts"
import * as SpanLimits from "../core/SpanLimits.ts"
import { Meter } from "../metrics/internal/meter.ts"
import type * as Content from "../privacy/Content.ts"
import * as Redactor from "../privacy/Redactor.ts"
import { CurrentRegistry, provideTracer } from "../trace/internal/registry.ts"
import { isAgentOpsTracer } from "../trace/internal/tracer.ts"
import type { AgentOps } from "../trace/Tracing.ts"
import { openMedia } from "./internal/media.ts"
import { meterSink } from "./internal/metrics/otelMeterSink.ts"
import { currentOtelSpan, withActiveParent, withOtelContext } from "./internal/otelProvider/activeContext.ts"
import { makeProviderTracer, pinned } from "./internal/otelProvider/providerTracer.ts"
import { platformAttributes } from "./internal/platform.ts"

/**
 * The options of {@link layer}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Default: the global provider at the time when the layer is built. */
  readonly tracerProvider?: Otel.TracerProvider | undefined
  /** The vocabulary of the spans. Default {@link Convention.standard}. */
  readonly convention?: Convention.Convention | undefined
  /** Whether spans have prompts, completions, a tool's arguments and results. Default `false`. */
  readonly content?: boolean | undefined
  /** Which errors keep their message if content is off. Default `outside`: errors that do not come from an event. */
  readonly errors?: Content.ErrorPolicy | undefined
  /** Removes secrets before export. Default {@link Redactor.credentials}. */
  readonly redactor?: Redactor.Redactor | undefined
  /** Sees the content of every event before it is encoded, and may store it elsewhere. */
  readonly contentHook?: Content.Hook | undefined
  /** Stores images, recordings and files elsewhere, by `Content.media`, and leaves references. */
  readonly media?: Content.MediaOptions | undefined
  /** Tags of every session. */
  readonly defaultTags?: ReadonlyArray<string> | undefined
  /**
   * Whether code inside Effect sees the current span as OpenTelemetry's active one, and the other way round. It adds a
   * small cost to every step of an effect, and works only if a context manager is registered. Default `true`.
   */
  readonly context?: boolean | undefined
}

/**
 * Makes the spans of a program on a `TracerProvider` that the user already has.
 *
 * **Details**
 *
 * The provider samples, limits, processes and exports, and sees the event's attributes when a span starts. It is
 * neither flushed nor shut down. Exporters of this library may be merged with the layer, and receive the spans that the
 * provider sampled.
 *
 * A session's id is its trace's id. To choose it, install {@link idGenerator} in the provider. Otherwise the provider
 * chooses the id.
 *
 * **Example** (a custom provider)
 *
 * ```ts
 * import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
 * import { Effect } from "effect"
 * import { traceTool } from "effect-agentops"
 * import * as OpenTelemetry from "effect-agentops/export/OpenTelemetry"
 *
 * const exporter = new InMemorySpanExporter()
 * const tracerProvider = new BasicTracerProvider({
 *   idGenerator: OpenTelemetry.idGenerator,
 *   spanProcessors: [new SimpleSpanProcessor(exporter)]
 * })
 *
 * const program = Effect.succeed(3).pipe(traceTool("count"))
 * await Effect.runPromise(Effect.provide(program, OpenTelemetry.layer({ tracerProvider })))
 * exporter.getFinishedSpans().map((span) => span.name) // => ["tool.execution", "agent.tool"]
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: {
  /** Makes the spans of a program on a `TracerProvider` that the user already has. */
  (options?: Options & { readonly media?: undefined }): Layer.Layer<AgentOps>
  /** The same with `media`. It fails if the media cannot be stored as the options require. */
  (options: Options): Layer.Layer<AgentOps, ConfigurationError>
} = (options?: Options) =>
  Layer.effectContext(Effect.gen(function*() {
    const media = options?.media === undefined ? undefined : yield* openMedia(options.media)
    const tracer = makeProviderTracer({
      provider: options?.tracerProvider ?? Otel.trace.getTracerProvider(),
      convention: options?.convention ?? Convention.standard,
      content: options?.content ?? false,
      errors: options?.errors,
      defaultTags: options?.defaultTags ?? [],
      limits: SpanLimits.defaults,
      redactor: options?.redactor ?? Redactor.credentials,
      contentHook: options?.contentHook,
      takeMedia: media?.take,
      context: options?.context !== false
    })
    const context = provideTracer(tracer)
    if (media !== undefined) yield* Context.get(context, CurrentRegistry)!.add(media.destination)
    return context
    // Only `media` can fail, and only the second overload accepts it.
  })) as Layer.Layer<AgentOps>

/**
 * Records metrics on a `MeterProvider` that the user already has.
 *
 * **Details**
 *
 * It records the metrics of events, of sessions and of the program's own instruments, in addition to any reader of
 * `MetricExporter`. The provider's readers, views and intervals apply, and it is neither flushed nor shut down.
 * Default: the global provider at the time when the layer is built. It works with {@link layer} and with
 * `AgentOps.layer`.
 *
 * **Example** (a custom provider)
 *
 * ```ts
 * import { MeterProvider } from "@opentelemetry/sdk-metrics"
 * import { Layer } from "effect"
 * import * as OpenTelemetry from "effect-agentops/export/OpenTelemetry"
 *
 * const meterProvider = new MeterProvider()
 * const OtelLive = OpenTelemetry.layerMetrics({ meterProvider }).pipe(Layer.provideMerge(OpenTelemetry.layer()))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMetrics = (
  options?: { readonly meterProvider?: Otel.MeterProvider | undefined }
): Layer.Layer<never, never, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const hub = yield* Meter
    const provider = options?.meterProvider ?? Otel.metrics.getMeterProvider()
    yield* hub.addSink(meterSink("meter-provider", provider.getMeter("effect-agentops", version), Effect.void))
  }))

/**
 * Detects the container (`container.id`) and the Kubernetes pod (`k8s.*`) in which the process runs.
 *
 * **Details**
 *
 * The pod's name and namespace come from the files and variables that Kubernetes gives every container. Other
 * attributes come from the variables `K8S_POD_UID`, `K8S_NODE_NAME`, `K8S_CONTAINER_NAME` and `K8S_CLUSTER_NAME`, which
 * a pod's manifest may set. Outside a container it detects nothing.
 *
 * @category interop
 * @since 0.1.0
 */
export const platformDetector: ResourceDetector = { detect: () => ({ attributes: platformAttributes() }) }

/**
 * The results of resource detectors, as attributes for `AgentOps.layer`.
 *
 * **Details**
 *
 * It waits for detectors that make requests, such as those of cloud providers, up to `timeout`, by default five
 * seconds. Results that are missing by then are left out. Never fails. Needs `@opentelemetry/resources`. By default it
 * uses OpenTelemetry's detectors of host, operating system and process, and {@link platformDetector}.
 *
 * **Example** (where the process runs)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps } from "effect-agentops"
 * import * as OpenTelemetry from "effect-agentops/export/OpenTelemetry"
 *
 * const TracingLive = Layer.unwrap(
 *   Effect.map(OpenTelemetry.detect(), (attributes) =>
 *     AgentOps.layer({ serviceName: "support-bot", attributes }))
 * )
 * ```
 *
 * @category interop
 * @since 0.1.0
 */
export const detect = (
  detectors?: Array<ResourceDetector>,
  timeout: Duration.Input = "5 seconds"
): Effect.Effect<Record<string, unknown>> =>
  Effect.gen(function*() {
    const { detectResources, hostDetector, osDetector, processDetector } = yield* Effect.tryPromise(() =>
      import("@opentelemetry/resources")
    )
    const all = detectors ?? [hostDetector, osDetector, processDetector, platformDetector]
    const resource = yield* Effect.try({ try: () => detectResources({ detectors: all }), catch: (error) => error })
    const wait = Effect.promise(() => resource.waitForAsyncAttributes?.() ?? Promise.resolve())
    const inTime = yield* Effect.timeoutOption(wait, timeout)
    if (Option.isSome(inTime)) return { ...resource.attributes }
    const known = resource.getRawAttributes().filter((entry) => !Predicate.isPromise(entry[1]))
    return Object.fromEntries(known) as Record<string, unknown>
  }).pipe(
    Effect.catchCause((cause) => Effect.as(Effect.logWarning("effect-agentops: resource detection failed", cause), {}))
  )

/**
 * An `IdGenerator` for a provider, with which a session's id becomes its trace's id.
 *
 * **Details**
 *
 * All other ids are random.
 *
 * @category interop
 * @since 0.1.0
 */
export const idGenerator: { readonly generateTraceId: () => string; readonly generateSpanId: () => string } = pinned

/**
 * Joins this library's tracer with OpenTelemetry's active context.
 *
 * **Details**
 *
 * Code that an effect calls, for example in `Effect.promise`, sees the effect's span as OpenTelemetry's active one. So
 * spans of an HTTP or database instrumentation are its children. An effect that runs inside an active OpenTelemetry
 * span becomes that span's child.
 *
 * **Gotchas**
 *
 * It needs a context manager: the one of an OpenTelemetry SDK, or {@link layerContextManager}. It adds a small cost to
 * each step of an effect, so it is a separate layer. Provide it inside `AgentOps.layer`.
 *
 * **Example** (spans of both in one trace)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { AgentOps } from "effect-agentops"
 * import * as OpenTelemetry from "effect-agentops/export/OpenTelemetry"
 *
 * const TracingLive = OpenTelemetry.layerContext.pipe(
 *   Layer.provideMerge(AgentOps.layer({ serviceName: "support-bot" })),
 *   Layer.provide(OpenTelemetry.layerContextManager)
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerContext: Layer.Layer<never, never, AgentOps> = Layer.effect(
  Tracer.Tracer,
  Effect.map(Tracer.Tracer, (tracer): Tracer.Tracer =>
    isAgentOpsTracer(tracer)
      ? Object.assign(withActiveParent(tracer, currentOtelSpan), { context: withOtelContext })
      : tracer)
)

/**
 * Registers OpenTelemetry's `AsyncLocalStorageContextManager` for as long as the layer lasts.
 *
 * **Details**
 *
 * This is the only global change in this module, and it is optional. If a context manager is already registered, it
 * stays and this layer has no effect. Needs `@opentelemetry/context-async-hooks`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerContextManager: Layer.Layer<never> = Layer.effectDiscard(
  Effect.gen(function*() {
    const { AsyncLocalStorageContextManager } = yield* Effect.promise(() =>
      import("@opentelemetry/context-async-hooks")
    )
    yield* Effect.acquireRelease(
      Effect.sync(() => Otel.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())),
      (installed) => Effect.sync(() => installed ? Otel.context.disable() : undefined)
    )
  })
)
