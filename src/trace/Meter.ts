/**
 * The meter of a program: what its instruments record with, and how they fare.
 *
 * `AgentOps.layer` provides it. Readers register with it, each a layer of `MetricExporter`; without
 * one nothing is measured. Events and sessions record their metrics by themselves, and a program
 * records its own with `Instrument`.
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
   * How many sets of attributes a metric may have. Those that come after share one series, marked
   * `otel.metric.overflow` as OpenTelemetry does, so that memory stays bounded. Default 2,000.
   */
  readonly maxSeries?: number | undefined
  /**
   * Whether a measurement that its instrument does not take is a defect, for while you write the
   * program. Default `false`: it is dropped and counted.
   */
  readonly development?: boolean | undefined
  /**
   * Which measurements may be told with their trace, as exemplars: those made in a span that is sampled, all, or
   * none. Default `trace_based`.
   */
  readonly exemplars?: "trace_based" | "always_on" | "always_off" | undefined
  /** Instruments of the program: two of one name that disagree are a `ConfigurationError`. */
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
 * What each metric has seen so far: its series, and what went past the bound or was not taken.
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
