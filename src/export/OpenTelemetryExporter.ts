/**
 * Exports spans through exporters and processors of OpenTelemetry's own SDK.
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
 * The part of an OpenTelemetry `SpanExporter` that is used here. It matches those of `@opentelemetry/sdk-trace-base` 2
 * and `@opentelemetry/sdk-trace` 3. It is a structural type, so that a program without those packages compiles. It
 * receives `ReadableSpan`s.
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
 * The part of an OpenTelemetry `SpanProcessor` that is used here. It matches those of `@opentelemetry/sdk-trace-base` 2
 * and `@opentelemetry/sdk-trace` 3. It receives a span and its context at the start, and a `ReadableSpan` at the end.
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
 * Exports spans through a `SpanExporter` of OpenTelemetry.
 *
 * **Details**
 *
 * Batches come from this library's own queue. The exporter is flushed and shut down when the layer is released. Its
 * errors are logged and counted. If it cannot be constructed, that is a `ConfigurationError`. Content is off by
 * default.
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
 * Passes spans to a `SpanProcessor` of OpenTelemetry when they start and end.
 *
 * **Details**
 *
 * At the start the processor may add attributes, events and links. A span counts as delivered if the processor did not
 * throw. `AgentOps.flush` flushes it, and the release of the layer shuts it down. If it cannot be constructed, that is
 * a `ConfigurationError`. Content is off by default.
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
