/**
 * Checks the options that all exporters share.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Convention from "../../convention/Convention.ts"
import { check, ConfigurationError } from "../../core/ConfigurationError.ts"
import { onSpans } from "../../privacy/internal/contentPolicy.ts"
import type { Options } from "../ExporterOptions.ts"
import type { Filter } from "./filter.ts"
import { makeFilter } from "./filter.ts"
import type { DestinationSettings } from "./spanDestination.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

const Attempts = Schema.Literals(["all", "several"])

const Errors = Schema.Literals(["all", "outside", "none"])

const WhenFull = Schema.Literals(["dropNewest", "dropOldest", "wait"])

/** @internal */
export const mebibyte = 1024 * 1024

/** The default queue size: 256 MiB, but at most an eighth of the process's memory limit, as in a container. */
const defaultQueueBytes = (): number => {
  const { process } = globalThis as { readonly process?: { readonly constrainedMemory?: () => number | undefined } }
  const memory = process?.constrainedMemory?.() ?? 0
  const share = memory > 0 ? Math.floor(memory / 8) : Infinity
  return Math.max(16 * mebibyte, Math.min(256 * mebibyte, share))
}

/** Four concurrent requests hide the latency of a network, and an outage still costs only one request. @internal */
export const networkConcurrency = 4

/** Checks a duration. @internal */
export const duration = (field: string, value: Duration.Input | undefined, fallback: Duration.Input) =>
  Option.match(Duration.fromInput(value ?? fallback), {
    onNone: () =>
      Effect.fail(
        new ConfigurationError({
          field,
          problem: `${JSON.stringify(value)} is no duration`,
          fix: "Give one such as \"5 seconds\", or a number of milliseconds"
        })
      ),
    onSome: Effect.succeed
  })

const isFilter = (value: unknown): value is Filter => typeof value === "function" || value === "sessions"

/** Checks a filter and returns it as a function. @internal */
export const filterOf = (filter: Filter | undefined) =>
  filter === undefined || isFilter(filter)
    ? Effect.sync(() => makeFilter(filter))
    : Effect.fail(
      new ConfigurationError({
        field: "filter",
        problem: `${JSON.stringify(filter)} chooses no spans`,
        fix: `Give "sessions", or a function that says of a span whether it is wanted`
      })
    )

/** Checks the options of an exporter and fills in the defaults. @internal */
export const settings = Effect.fnUntraced(function*(
  options: Options | undefined,
  content: boolean,
  interval: Duration.Input = "1 second",
  convention = Convention.standard
): Effect.fn.Return<DestinationSettings, ConfigurationError> {
  const count = (field: string, value: number | undefined, fallback: number) =>
    check(Count, field, value ?? fallback, "Give a whole number from 1")
  const maxQueueSize = yield* count("maxQueueSize", options?.maxQueueSize, 1_000_000)
  const maxQueueBytes = yield* count("maxQueueBytes", options?.maxQueueBytes, defaultQueueBytes())
  return {
    convention: options?.convention ?? convention,
    content: onSpans(options?.content ?? content),
    attempts: yield* check(Attempts, "attempts", options?.attempts ?? "all", `Give "all" or "several"`),
    errors: yield* check(Errors, "errors", options?.errors ?? "outside", `Give "all", "outside" or "none"`),
    filter: yield* filterOf(options?.filter),
    maxItems: maxQueueSize,
    maxBytes: maxQueueBytes,
    whenFull: yield* check(
      WhenFull,
      "whenFull",
      options?.whenFull ?? "dropNewest",
      `Give "dropNewest", "dropOldest" or "wait"`
    ),
    // A batch larger than the queue would never be full.
    maxBatchSize: Math.min(yield* count("maxBatchSize", options?.maxBatchSize, 1_024), maxQueueSize),
    maxBatchBytes: Math.min(yield* count("maxBatchBytes", options?.maxBatchBytes, 4 * mebibyte), maxQueueBytes),
    concurrency: 1,
    exportInterval: yield* duration("exportInterval", options?.exportInterval, interval),
    shutdownTimeout: yield* duration("shutdownTimeout", options?.shutdownTimeout, "10 seconds")
  }
})
