/**
 * Processors: what sees spans and log records of a program on their way to every exporter.
 *
 * A span processor may write on a span when it starts. A log record processor may change a record, or leave it out.
 * Each is a layer, and is there as long as the layer is. `Exporter.fromSpanProcessor` takes those of OpenTelemetry.
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
 * What is done with each span that is sampled.
 *
 * **Details**
 *
 * `onStart` and `onEnd` run on the fiber that starts or ends the span, so they only take note. What they throw is let
 * go. What `onStart` writes with `attribute`, `event` and `addLinks` goes to every exporter. When `onEnd` is called the
 * span has ended, and writes are ignored. `flush` is a part of `AgentOps.flush`.
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
 * What is done with each log record: the same, another, or `undefined` for none. What it throws is let go, and the
 * record stays as it was. The span of a record cannot be changed.
 *
 * @category models
 * @since 0.1.0
 */
export type LogRecordProcessor = (record: LogRecord) => LogRecord | undefined

const acquire = <A, E, R>(processor: A | Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.isEffect(processor) ? processor as Effect.Effect<A, E, R> : Effect.succeed(processor as A)

/**
 * Has a processor see every span from its start to its end.
 *
 * **Details**
 *
 * Processors run in the order in which their layers are built. One that needs services or resources is made by an
 * effect, whose scope closes with the layer.
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
 * Has a processor see every log record before any exporter of log records does.
 *
 * **Details**
 *
 * Processors run in the order in which their layers are built, each on what the one before made of the record. They
 * see what the program logs in a span, where there is an exporter of log records; not the events with the content of
 * model calls, which a `Content.Hook` sees.
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
