/**
 * The options of `AgentOps.layer`.
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
 * The options of tracing.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The name of the program in every backend: `service.name`. Default: `OTEL_SERVICE_NAME`, otherwise `service.name` of
   * `OTEL_RESOURCE_ATTRIBUTES`, otherwise `unknown_service:` with the name of the runtime.
   */
  readonly serviceName?: string | undefined
  readonly serviceVersion?: string | undefined
  /** Further attributes of the resource, such as `deployment.environment.name`. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
  /**
   * Whether `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` complete the resource, after the options. Default
   * `true`, because the operator of a program sets them, for example in Kubernetes.
   */
  readonly resourceFromEnvironment?: boolean | undefined
  /** Tags of every session. */
  readonly defaultTags?: ReadonlyArray<string> | undefined
  /** Default: every span, unless its parent is not sampled. */
  readonly sampler?: Sampler.Sampler | undefined
  /** Generates the ids of spans, and of traces that are not sessions. Default: random ids. */
  readonly idGenerator?: IdGenerator | undefined
  /** The formats in which context is written and read. Default: W3C's are written, and B3 is read too. */
  readonly propagators?: ReadonlyArray<Propagator> | undefined
  /**
   * Removes secrets before export. It applies to the spans, so no exporter can be added without it. Default
   * {@link Redactor.credentials}.
   */
  readonly redactor?: Redactor.Redactor | undefined
  /** Sees the content of every event before it is encoded, and may store it elsewhere. */
  readonly contentHook?: Content.Hook | undefined
  /**
   * Stores images, recordings and files elsewhere, by `Content.media`, and leaves references. Default: a note with type
   * and size replaces them.
   */
  readonly media?: Content.MediaOptions | undefined
  /** Limits that differ from {@link SpanLimits.defaults}. */
  readonly spanLimits?: { readonly [K in keyof SpanLimits.SpanLimits]?: number | undefined } | undefined
  /** Limits of log records that differ from {@link LogLimits.defaults}. */
  readonly logLimits?: { readonly [K in keyof LogLimits.LogLimits]?: number | undefined } | undefined
  /**
   * Whether spans have the source location that made them, as `code.file.path` and `code.line.number`. A location costs
   * a few microseconds for each application of a combinator, which is more than the rest of a span's cost. With `some`,
   * the first 64 applications since the layer was built have locations, and then one in 32. Other spans have no such
   * attributes, and no location is guessed. The setting applies to the process until the layer is released. Default
   * `some`.
   */
  readonly callSites?: "all" | "some" | "none" | undefined
  /** The options of metrics, which the layers of `MetricExporter` read. */
  readonly metrics?: Meter.Options | undefined
}
