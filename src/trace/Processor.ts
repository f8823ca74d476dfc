/**
 * Processors: they see the spans and log records of a program before every exporter.
 *
 * A span processor may write attributes when a span starts. A log record processor may change or drop a record. Each is
 * a layer and is active as long as the layer. `Exporter.fromSpanProcessor` accepts those of OpenTelemetry.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-processor
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { registry } from "./internal/registry.ts"
import type { LogRecord } from "./LogRecord.ts"
import type { Span } from "./Span.ts"
import type { AgentOps } from "./Tracing.ts"

export type { LogRecord } from "./LogRecord.ts"

/**
 * The callbacks for each sampled span.
 *
 * **Details**
 *
 * `onStart` and `onEnd` run on the fiber that starts or ends the span, so they must be quick. Their exceptions are
 * ignored. `onStart` can write with `attribute`, `event` and `addLinks`, and every exporter sees it. At `onEnd` the
 * span has ended, and writes are ignored. `AgentOps.flush` runs `flush`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpanProcessor {
  readonly onStart?: ((span: Span) => void) | undefined
  readonly onEnd?: ((span: Span) => void) | undefined
  readonly flush?: Effect.Effect<void> | undefined
}

/**
 * Maps each log record to the same, a changed, or no record (`undefined`). If it throws, the record stays unchanged.
 * The span of a record cannot be changed.
 *
 * @category models
 * @since 0.1.0
 */
export type LogRecordProcessor = (record: LogRecord) => LogRecord | undefined

const acquire = <A, E, R>(processor: A | Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.isEffect(processor) ? processor as Effect.Effect<A, E, R> : Effect.succeed(processor as A)

/**
 * Adds a processor that sees every span at its start and its end.
 *
 * **Details**
 *
 * Processors run in the order in which their layers are built. An effect can make a processor that needs services or
 * resources. Its scope closes with the layer.
 *
 * **Example** (an attribute on every span of a request)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter, Processor, traceTool } from "effect-agentops"
 *
 * const region = Processor.spans({ onStart: (span) => span.attribute("cloud.region", "eu-west-1") })
 *
 * const program = traceTool(Effect.void, "search").pipe(
 *   Effect.andThen(Exporter.Memory),
 *   Effect.flatMap((memory) => memory.spans),
 *   Effect.map((spans) => spans.map((span) => span.attributes["cloud.region"]))
 * )
 * const TestLive = Layer.mergeAll(region, Exporter.memory()).pipe(
 *   Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
 * )
 * await Effect.runPromise(Effect.provide(program, TestLive)) // => ["eu-west-1", "eu-west-1"]
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const spans = <E = never, R = never>(
  processor: SpanProcessor | Effect.Effect<SpanProcessor, E, R>
): Layer.Layer<never, E, AgentOps | Exclude<R, Scope.Scope>> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { flush = Effect.void, onEnd = () => {}, onStart } = yield* acquire(processor)
    const { addSpanProcessor } = yield* registry
    yield* addSpanProcessor({ content: false, onStart, onEnd }, flush)
  }))

/**
 * Adds a processor that sees every log record before the exporters of log records.
 *
 * **Details**
 *
 * Processors run in the order in which their layers are built, each on the result of the one before. They see the
 * records that the program logs in a span, if there is an exporter of log records. They do not see the events with the
 * content of model calls, which a `Content.Hook` sees.
 *
 * **Example** (no debug records, and a tenant on the others)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { AgentOps, Exporter, Processor } from "effect-agentops"
 *
 * const tenant = Processor.logRecords((record) =>
 *   record.level === "Debug"
 *     ? undefined
 *     : { ...record, attributes: { ...record.attributes, "tenant.id": "blue" } }
 * )
 *
 * const TelemetryLive = Layer.mergeAll(tenant, Exporter.otlpLogs()).pipe(
 *   Layer.provideMerge(AgentOps.layer({ serviceName: "support-bot" }))
 * )
 * ```
 *
 * @see https://opentelemetry.io/docs/specs/otel/logs/sdk/#logrecordprocessor
 * @category layers
 * @since 0.1.0
 */
export const logRecords = <E = never, R = never>(
  processor: LogRecordProcessor | Effect.Effect<LogRecordProcessor, E, R>
): Layer.Layer<never, E, AgentOps | Exclude<R, Scope.Scope>> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const instance = yield* acquire(processor)
    const { addLogProcessor } = yield* registry
    yield* addLogProcessor(instance)
  }))
