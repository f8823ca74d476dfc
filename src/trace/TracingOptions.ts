/**
 * How a program is traced: what `AgentOps.layer` takes.
 *
 * @since 0.1.0
 */
import type { IdGenerator } from "../core/IdGenerator.ts"
import type * as LogLimits from "../core/LogLimits.ts"
import type * as SpanLimits from "../core/SpanLimits.ts"
import type * as Content from "../privacy/Content.ts"
import type * as Redactor from "../privacy/Redactor.ts"
import type * as Meter from "./Meter.ts"
import type { Propagator } from "./Propagation.ts"
import type * as Sampler from "./Sampler.ts"

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
