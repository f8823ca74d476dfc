/**
 * The service that a traced program meets its exporters at.
 *
 * `AgentOps.layer` provides it, and every exporter asks for it. The root has it as `AgentOps.AgentOps`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { DestinationStatus } from "../core/DestinationStatus.ts"
import type { IdGenerator } from "../core/IdGenerator.ts"
import type * as LogLimits from "../core/LogLimits.ts"
import type { InstrumentationScope, Resource } from "../core/SpanData.ts"
import type * as SpanLimits from "../core/SpanLimits.ts"
import type * as Content from "../privacy/Content.ts"
import type * as Redactor from "../privacy/Redactor.ts"
import type * as Meter from "./Meter.ts"
import type { Propagator } from "./Propagation.ts"
import type * as Sampler from "./Sampler.ts"
import type { Sink } from "./Span.ts"

/**
 * How a program is traced.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * What the program is called in every backend: `service.name`. Default: `OTEL_SERVICE_NAME`, else `service.name` of
   * `OTEL_RESOURCE_ATTRIBUTES`, else `unknown_service:` and what runs the program.
   */
  readonly serviceName?: string | undefined
  readonly serviceVersion?: string | undefined
  /** Further attributes of the resource, such as `deployment.environment.name`. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
  /**
   * Whether `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say something of the resource too, where the options do
   * not. Default `true`: whoever runs the program sets them, such as an operator of Kubernetes.
   */
  readonly resourceFromEnvironment?: boolean | undefined
  /** Tags of every session. */
  readonly defaultTags?: ReadonlyArray<string> | undefined
  /** Default: every span, unless its parent is not sampled. */
  readonly sampler?: Sampler.Sampler | undefined
  /** Makes the ids of spans, and of traces that are no sessions. Default: random ones. */
  readonly idGenerator?: IdGenerator | undefined
  /** What other processes are told in, and understood in. Default: W3C's are written, B3 is read as well. */
  readonly propagators?: ReadonlyArray<Propagator> | undefined
  /**
   * What must not leave, for every exporter there is or will be: it belongs to the
   * spans, so that no exporter can be set up without it. Default {@link Redactor.credentials}.
   */
  readonly redactor?: Redactor.Redactor | undefined
  /** Sees the content of every event before it is encoded, and may keep it elsewhere. */
  readonly contentHook?: Content.Hook | undefined
  /**
   * Keeps images, recordings and files elsewhere, by `Content.media`, and leaves references. Default: a note with type
   * and size stands for them.
   */
  readonly media?: Content.MediaOptions | undefined
  /** Limits that differ from {@link SpanLimits.defaults}. */
  readonly spanLimits?: { readonly [K in keyof SpanLimits.SpanLimits]?: number | undefined } | undefined
  /** Limits of log records that differ from {@link LogLimits.defaults}. */
  readonly logLimits?: { readonly [K in keyof LogLimits.LogLimits]?: number | undefined } | undefined
  /**
   * Whether spans name the line of the program that made them, as `code.file.path` and `code.line.number`. A line costs
   * a few microseconds for each application of a combinator, which is more than the rest of what a span costs. With
   * `some`, lines are taken of the first 64 applications since the layer was built, and then of one in 32; a span
   * without one has no such attributes, and none is guessed. It holds for the process, until the layer is released.
   * Default `some`.
   */
  readonly callSites?: "all" | "some" | "none" | undefined
  /** What is measured, and how: it is read by the layers of `MetricExporter`. */
  readonly metrics?: Meter.Options | undefined
}

/**
 * What every exporter asks for, and a program may ask: what its spans are of, where they go, and how they fare.
 *
 * **Example** (every span that ends)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { AgentOps, traceTool } from "effect-agentops"
 *
 * const program = Effect.gen(function*() {
 *   const { addSink } = yield* AgentOps.AgentOps
 *   const names: Array<string> = []
 *   yield* addSink({ content: false, onEnd: (span) => names.push(span.name) })
 *   yield* traceTool(Effect.void, "search")
 *   return names
 * })
 * const TracingLive = AgentOps.layer({ serviceName: "demo" })
 * await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(TracingLive)))
 * // => ["tool.execution", "agent.tool"]
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class AgentOps extends Context.Service<AgentOps, {
  readonly resource: Resource
  readonly scope: InstrumentationScope
  /** Gives a sink every span from now on, until the scope closes. */
  readonly addSink: (sink: Sink) => Effect.Effect<void, never, Scope.Scope>
  /** One status for each exporter. */
  readonly status: Effect.Effect<ReadonlyArray<DestinationStatus>>
  /** Waits for what is in flight, up to the given time. */
  readonly flush: (timeout: Duration.Input) => Effect.Effect<ReadonlyArray<DestinationStatus>>
}>()("effect-agentops/AgentOps") {}
