/**
 * The meter of a program: it records the measurements of instruments and reports their status.
 *
 * `AgentOps.layer` provides it. Each layer of `MetricExporter` registers a reader with it, and without a reader nothing
 * is measured. Events and sessions record their metrics by themselves. A program records its own metrics with
 * `Instrument`.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import type { Instrument, Kind } from "../metrics/Instrument.ts"
import type { InstrumentStatus } from "../metrics/InstrumentStatus.ts"
import { defaults, Meter, MeterHub } from "../metrics/internal/meter.ts"
import type { Redactor } from "../privacy/Redactor.ts"
import * as EventMetrics from "./EventMetrics.ts"

export type { InstrumentStatus } from "../metrics/InstrumentStatus.ts"

/**
 * How a program is measured: the option `metrics` of `AgentOps.layer`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The names of the library's own metrics, see `EventMetrics`. Default `latest`. */
  readonly convention?: "latest" | "1.41" | undefined
  /**
   * How many sets of attributes a metric may have. Further sets share one series, marked `otel.metric.overflow` as in
   * OpenTelemetry, so that memory stays bounded. Default 2,000.
   */
  readonly maxSeries?: number | undefined
  /**
   * Whether a measurement that its instrument does not accept is a defect, for use during development. Default `false`:
   * it is dropped and counted.
   */
  readonly development?: boolean | undefined
  /**
   * Which measurements may become exemplars, which link to a trace: those in a sampled span, all, or none. Default
   * `trace_based`.
   */
  readonly exemplars?: "trace_based" | "always_on" | "always_off" | undefined
  /** Instruments of the program. Two different instruments of the same name are a `ConfigurationError`. */
  readonly instruments?: ReadonlyArray<Instrument<Kind, never> | Instrument> | undefined
}

/** @internal */
export const make = Effect.fnUntraced(function*(options: Options | undefined, redactor?: Redactor) {
  const maxSeries = yield* ConfigurationError.check(
    Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
    "metrics.maxSeries",
    options?.maxSeries ?? defaults.maxSeries,
    "Give a whole number from 1"
  )
  const convention = yield* ConfigurationError.check(
    Schema.Literals(["latest", "1.41"]),
    "metrics.convention",
    options?.convention ?? defaults.convention,
    "Give latest or 1.41"
  )
  const exemplars = yield* ConfigurationError.check(
    Schema.Literals(["trace_based", "always_on", "always_off"]),
    "metrics.exemplars",
    options?.exemplars ?? defaults.exemplars,
    "Give trace_based, always_on or always_off"
  )
  const clock = yield* Clock.Clock
  const meter = new MeterHub({
    maxSeries,
    convention,
    exemplars,
    clock,
    redactor,
    development: options?.development ?? false
  })
  yield* meter.declare(Object.values(convention === "latest" ? EventMetrics.latest : EventMetrics.v1_41) as never)
  yield* meter.declare(Object.values(EventMetrics.agentOps) as never)
  yield* meter.declare((options?.instruments ?? []) as ReadonlyArray<Instrument>)
  return meter
})

/**
 * The status of each metric: its series, and the measurements that overflowed or were dropped.
 *
 * **Example** (nothing is lost silently)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { AgentOps, Meter } from "effect-agentops"
 *
 * const program = Effect.map(Meter.status, (all) => all.filter(({ dropped }) => Object.keys(dropped).length > 0))
 * await Effect.runPromise(Effect.provide(program, AgentOps.layer({ serviceName: "demo" }))) // => []
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const status: Effect.Effect<ReadonlyArray<InstrumentStatus>> = Effect.map(Meter, (meter) => meter.status)
