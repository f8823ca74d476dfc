/**
 * A metric reader: it reads the metrics of the library, of the program, and Effect's own.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Metric } from "../../../core/MetricData.ts"
import { EffectMetrics } from "../../../metrics/internal/effectMetrics.ts"
import { Meter } from "../../../metrics/internal/meter.ts"
import type { Temporality } from "../../../metrics/internal/metricStore.ts"
import { MetricStore } from "../../../metrics/internal/metricStore.ts"
import { AgentOps } from "../../../trace/Tracing.ts"

/** @internal */
export interface ReaderOptions {
  readonly name: string
  readonly temporality: Temporality
  readonly histograms: "explicit" | "exponential"
}

/** Registers a reader with the meter until the scope closes, and returns an effect that collects. @internal */
export const makeReader = Effect.fnUntraced(function*(
  options: ReaderOptions
): Effect.fn.Return<Effect.Effect<ReadonlyArray<Metric>>, never, AgentOps | Scope.Scope> {
  const { scope } = yield* AgentOps
  const meter = yield* Meter
  const clock = yield* Clock.Clock
  const context = yield* Effect.context<never>()
  const store = new MetricStore({ ...options, scope, clock, flush: Effect.void })
  const effects = new EffectMetrics(
    context,
    { name: "effect" },
    options.temporality !== "cumulative",
    clock.currentTimeNanosUnsafe(),
    meter.redactor
  )
  yield* meter.addSink(store)
  return Effect.map(store.collect, (metrics) => [...metrics, ...effects.collect(clock.currentTimeNanosUnsafe())])
})

/** The number of data points in metrics. @internal */
export const countPoints = (metrics: ReadonlyArray<Metric>): number =>
  metrics.reduce((sum, { points }) => sum + points.length, 0)
