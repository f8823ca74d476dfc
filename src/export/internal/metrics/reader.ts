/**
 * Reads metrics when it is told to: by the clock of the program, or when somebody asks.
 *
 * @internal
 */
import type { MetricReaderOptions, ResourceMetrics } from "@opentelemetry/sdk-metrics"
import { AggregationTemporality, AggregationType, InstrumentType, MetricReader } from "@opentelemetry/sdk-metrics"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { ExportError } from "../../../delivery/internal/exportError.ts"
import { Meter } from "../../../metrics/internal/meter.ts"
import { AgentOps } from "../../../trace/Tracing.ts"
import { makeSink } from "./otelSdkSink.ts"

/** @internal */
export type Temporality = "cumulative" | "delta" | "lowmemory"

const deltaTypes: Readonly<Record<Temporality, ReadonlySet<InstrumentType>>> = {
  cumulative: new Set(),
  delta: new Set([InstrumentType.COUNTER, InstrumentType.OBSERVABLE_COUNTER, InstrumentType.HISTOGRAM]),
  lowmemory: new Set([InstrumentType.COUNTER, InstrumentType.HISTOGRAM])
}

/** A reader that collects only when it is asked. @internal */
export class ManualReader extends MetricReader {
  constructor(temporality: Temporality, histograms: "explicit" | "exponential" = "explicit") {
    const options: MetricReaderOptions = {
      aggregationTemporalitySelector: (type) =>
        deltaTypes[temporality].has(type) ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
      aggregationSelector: (type) =>
        histograms === "exponential" && type === InstrumentType.HISTOGRAM
          ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
          : { type: AggregationType.DEFAULT }
    }
    super(options)
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve()
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve()
  }
}

/** Registers a reader with the meter, until the scope closes. @internal */
export const attach = (
  name: string,
  reader: MetricReader,
  flush: Effect.Effect<void>
): Effect.Effect<void, never, AgentOps | Scope.Scope> =>
  Effect.gen(function*() {
    const { resource, scope } = yield* AgentOps
    const meter = yield* Meter
    const sink = yield* makeSink({
      name,
      reader,
      resource: resource.attributes,
      scope,
      maxSeries: meter.maxSeries,
      flush
    })
    yield* meter.addSink(sink)
  })

/** Collects now. What goes wrong in one instrument is logged, and the rest is there. @internal */
export const collect = (name: string, reader: MetricReader): Effect.Effect<ResourceMetrics> =>
  Effect.promise(() => reader.collect()).pipe(
    Effect.tap(({ errors }) =>
      errors.length === 0
        ? Effect.void
        : Effect.logWarning(`effect-agentops: ${name} could not read all metrics`, ...errors)
    ),
    Effect.map(({ resourceMetrics }) => resourceMetrics)
  )

/** @internal */
export interface PushOptions {
  readonly name: string
  readonly temporality: Temporality
  readonly histograms: "explicit" | "exponential"
  readonly interval: Duration.Duration
  /** How long one export may take, with all its attempts. */
  readonly timeout: Duration.Duration
  /** How long the layer's release waits for the last one. */
  readonly shutdownTimeout: Duration.Duration
  readonly send: (metrics: ResourceMetrics) => Effect.Effect<void, ExportError>
}

const firstBackoff = 500
const maxBackoff = 5_000

/** Reads and sends every so often, when the meter is flushed, and once more at the end. @internal */
export const push = (options: PushOptions): Effect.Effect<void, never, AgentOps | Scope.Scope> =>
  Effect.gen(function*() {
    const { name } = options
    const reader = new ManualReader(options.temporality, options.histograms)
    const oneAtATime = Semaphore.makeUnsafe(1)
    let failing = false
    let closing = false

    const report = (error: ExportError) =>
      Effect.suspend(() => {
        if (failing) return Effect.void
        failing = true
        const lost = options.temporality === "cumulative"
          ? "The next export makes up for it"
          : "What was measured since the last one is lost"
        return Effect.logWarning(`effect-agentops: ${name} is failing: ${error.message}. ${lost}`)
      })

    const attempts = Effect.fnUntraced(function*(metrics: ResourceMetrics) {
      const end = (yield* Clock.currentTimeMillis) + Duration.toMillis(options.timeout)
      for (let attempt = 0;; attempt++) {
        const result = yield* Effect.result(options.send(metrics))
        if (Result.isSuccess(result)) {
          if (failing) yield* Effect.logInfo(`effect-agentops: ${name} delivers again`)
          failing = false
          return
        }
        const error = result.failure
        const backoff = (yield* Random.next) * Math.min(maxBackoff, firstBackoff * 2 ** attempt)
        const wait = Math.max(backoff, error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter))
        if (error.kind !== "retry" || closing || (yield* Clock.currentTimeMillis) + wait >= end) {
          return yield* report(error)
        }
        yield* Effect.sleep(wait)
      }
    })

    const once = Effect.gen(function*() {
      const metrics = yield* collect(name, reader)
      if (metrics.scopeMetrics.some(({ metrics }) => metrics.length > 0)) yield* attempts(metrics)
    }).pipe(
      Effect.catchDefect((defect) => Effect.logError(`effect-agentops: ${name} has a defect`, defect)),
      oneAtATime.withPermits(1),
      Effect.withTracerEnabled(false)
    )

    yield* attach(name, reader, once)
    // Added after the meter has the reader, so that it runs while the reader is still there.
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        closing = true
        return Effect.timeoutOption(Effect.interruptible(once), options.shutdownTimeout)
      })
    )
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(options.interval), once)))
  })
