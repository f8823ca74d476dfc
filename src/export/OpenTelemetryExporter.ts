/**
 * Spans through exporters and processors of OpenTelemetry's own SDK.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import { messageOf } from "../delivery/internal/exportError.ts"
import { registry } from "../trace/internal/registry.ts"
import type { AgentOps } from "../trace/Tracing.ts"
import type { Options } from "./ExporterOptions.ts"
import { filtered } from "./internal/filter.ts"
import * as parts from "./internal/parts.ts"

const construct = <A>(field: string, make: () => A) =>
  Effect.try({
    try: make,
    catch: (error) =>
      new ConfigurationError.ConfigurationError({
        field,
        problem: `it cannot be made: ${messageOf(error)}`,
        fix: "Give a function that returns one"
      })
  })

/**
 * A span exporter of OpenTelemetry's, as far as it is used here: the `SpanExporter` of
 * `@opentelemetry/sdk-trace-base` 2 is one, and that of `@opentelemetry/sdk-trace` 3. It is told by its shape, so that
 * a program without those packages compiles. It gets `ReadableSpan`s.
 *
 * @category interop
 * @since 0.1.0
 */
export interface OpenTelemetrySpanExporter {
  export(
    spans: Array<never>,
    resultCallback: (result: { readonly code: number; readonly error?: Error | undefined }) => void
  ): void
  forceFlush?(): Promise<void>
  shutdown(): Promise<void>
}

/**
 * A span processor of OpenTelemetry's, as far as it is used here: the `SpanProcessor` of
 * `@opentelemetry/sdk-trace-base` 2 is one, and that of `@opentelemetry/sdk-trace` 3. It gets a span and its context at the start, and a `ReadableSpan`
 * at the end.
 *
 * @category interop
 * @since 0.1.0
 */
export interface OpenTelemetrySpanProcessor {
  onStart(span: never, parentContext: never): void
  onEnd(span: never): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/**
 * Sends spans through any `SpanExporter` of OpenTelemetry's.
 *
 * **Details**
 *
 * Batches come from the library's own queue. The exporter is flushed and shut down
 * when the layer is released; what it fails with is logged and counted. One that
 * cannot be made is a `ConfigurationError`. Content is off unless asked for.
 *
 * **Example** (the OTLP exporter of the OpenTelemetry SDK)
 *
 * ```ts
 * import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
 * import { Exporter } from "effect-agentops"
 *
 * const OtelLive = Exporter.fromSpanExporter(() => new OTLPTraceExporter({ url: "http://localhost:4318/v1/traces" }))
 * ```
 *
 * @category interop
 * @since 0.1.0
 */
export const fromSpanExporter = (
  exporter: () => OpenTelemetrySpanExporter,
  options?: Options & { readonly name?: string | undefined }
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { register, settings, spanData } = yield* parts.delivery
    const { exporterSender, shutdownQuietly } = yield* parts.foreign
    const name = options?.name ?? "span-exporter"
    const common = yield* settings(options, false)
    const instance = yield* construct("exporter", exporter)
    yield* Effect.addFinalizer(() => shutdownQuietly(name, instance, common.shutdownTimeout))
    yield* register({
      ...common,
      name,
      component: "effect-agentops/Exporter.fromSpanExporter",
      isRemote: true,
      codec: spanData,
      send: exporterSender(instance as never)
    })
  }))

/**
 * Hands spans to any `SpanProcessor` of OpenTelemetry's, as they start and end.
 *
 * **Details**
 *
 * At the start the processor may add attributes, events and links. A span counts as
 * delivered when the processor took it without throwing. It is flushed by
 * `AgentOps.flush` and shut down when the layer is released. One that cannot be made
 * is a `ConfigurationError`. Content is off unless asked for.
 *
 * **Example** (OpenTelemetry's own batching)
 *
 * ```ts
 * import { BatchSpanProcessor, InMemorySpanExporter } from "@opentelemetry/sdk-trace-base"
 * import { Exporter } from "effect-agentops"
 *
 * const OtelLive = Exporter.fromSpanProcessor(() => new BatchSpanProcessor(new InMemorySpanExporter()))
 * ```
 *
 * @category interop
 * @since 0.1.0
 */
export const fromSpanProcessor = (
  processor: () => OpenTelemetrySpanProcessor,
  options?: Pick<Options, "content" | "convention" | "errors" | "filter" | "shutdownTimeout"> & {
    readonly name?: string | undefined
  }
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { settings } = yield* parts.delivery
    const { processorSink, shutdownQuietly } = yield* parts.foreign
    const name = options?.name ?? "span-processor"
    const { content, convention, errors, filter, shutdownTimeout } = yield* settings(options, false)
    const { add } = yield* registry
    const instance = yield* construct("processor", processor)
    let delivered = 0
    let failed = 0
    yield* Effect.addFinalizer(() => shutdownQuietly(name, instance, shutdownTimeout))
    yield* add({
      name,
      flush: Effect.ignore(Effect.tryPromise(() => instance.forceFlush())),
      status: Effect.sync(() => ({
        name,
        delivered,
        pending: 0,
        dropped: failed === 0 ? {} : { processor_failed: failed }
      })),
      sink: filtered(
        processorSink(instance as never, convention, { content, errors }, (exit) => {
          if (Exit.isSuccess(exit)) delivered++
          else failed++
        }),
        filter
      )
    })
  }))
