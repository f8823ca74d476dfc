/**
 * Reads the configuration of tracing from the environment: `AGENTOPS_*` and OpenTelemetry's `OTEL_*`.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import { ConfigurationError } from "../../core/ConfigurationError.ts"
import { Limit } from "../../core/internal/limitVariables.ts"
import { isEndpointSet, readEndpoint } from "../../core/internal/signalVariables.ts"
import {
  boolean,
  count,
  flag,
  forgiving,
  leniently,
  list,
  millis,
  numeric,
  oneOf,
  parsed,
  silently,
  someOf,
  text
} from "../../core/internal/variables.ts"
import * as LogLimits from "../../core/LogLimits.ts"
import * as SpanLimits from "../../core/SpanLimits.ts"
import * as Exporter from "../../export/Exporter.ts"
import type * as Content from "../../privacy/Content.ts"
import * as Sampler from "../../trace/Sampler.ts"
import type { AgentOps } from "../../trace/Tracing.ts"
import type { Options as TracingOptions } from "../../trace/TracingOptions.ts"

/** @internal */
export interface Environment {
  readonly tracing: TracingOptions
  /** The content policy of every exporter in the environment. If it is not set, each exporter has its own default. */
  readonly content: Content.Policy | undefined
  readonly exporters: ReadonlyArray<"agentops" | "otlp" | "console">
  readonly otlp: Exporter.OtlpOptions
  /** The variable behind each option of `otlp`. */
  readonly otlpNames: Readonly<Record<string, string>>
  readonly agentOps: Exporter.AgentOpsOptions
  /** Whether no variable sets a destination of spans. */
  readonly unconfigured: boolean
}

const samplers = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio"
] as const

const readShare = Effect.map(
  forgiving(parsed(
    "OTEL_TRACES_SAMPLER_ARG",
    numeric(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
    "Give a share between 0 and 1"
  )),
  (share) => Sampler.ratio(share ?? 1)
)

const readSampler = Effect.gen(function*() {
  const name = yield* oneOf("OTEL_TRACES_SAMPLER", samplers)
  const ratio = yield* (name?.endsWith("traceidratio") === true ? readShare : silently(readShare))
  switch (name) {
    case "always_off":
      return Sampler.never
    case "parentbased_always_off":
      return Sampler.parentBased(Sampler.never)
    case "traceidratio":
      return ratio
    case "parentbased_traceidratio":
      return Sampler.parentBased(ratio)
    default:
      return Sampler.always
  }
})

/** Reads each limit from the first of its variables that is set. Errors in a variable are reported if `isReported` accepts its name. */
const readLimits = Effect.fnUntraced(function*<K extends string>(
  variables: { readonly [Key in K]: ReadonlyArray<string> },
  isReported: (name: string) => boolean = () => true
) {
  const limits: { [Key in K]?: number } = {}
  for (const limit in variables) {
    for (const name of variables[limit].toReversed()) {
      const read = parsed(name, numeric(Limit), "Give a whole number from 0")
      const value = yield* (isReported(name) ? read : silently(read))
      if (value !== undefined) limits[limit] = value
    }
  }
  return limits
})

const readPropagators = Effect.map(
  someOf("OTEL_PROPAGATORS", ["tracecontext", "baggage", "b3", "b3multi"]),
  (named) => named === "none" ? [] : named
)

const readTracing = Effect.gen(function*() {
  return {
    defaultTags: list(yield* text("AGENTOPS_DEFAULT_TAGS")),
    metrics: {
      exemplars: yield* oneOf("OTEL_METRICS_EXEMPLAR_FILTER", ["trace_based", "always_on", "always_off"])
    },
    sampler: yield* readSampler,
    propagators: yield* readPropagators,
    spanLimits: yield* readLimits(SpanLimits.variables),
    // Both share variables. Errors in those are reported once.
    logLimits: yield* readLimits(LogLimits.variables, (name) => name.startsWith("OTEL_LOGRECORD_"))
  }
})

const captureModes: Readonly<Record<string, Content.Policy>> = {
  no_content: "none",
  none: "none",
  false: "none",
  "0": "none",
  span_only: "span",
  span: "span",
  true: "span",
  "1": "span",
  event_only: "event",
  event: "event",
  span_and_event: "both"
}

const captureContent = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

// A value that is not understood must not let content out, so it means `none` and is not an error.
const readContent = Effect.gen(function*() {
  const value = yield* text(captureContent)
  if (value === undefined) return undefined
  const policy = captureModes[value.toLowerCase()]
  if (policy === undefined) {
    yield* Effect.logWarning(
      `effect-agentops: ${captureContent} is ${JSON.stringify(value)}: it is no policy, so content is on nothing. ` +
        "Give NO_CONTENT, SPAN_ONLY, EVENT_ONLY or SPAN_AND_EVENT"
    )
  }
  return policy ?? "none"
})

const readBatching = Effect.gen(function*() {
  return {
    exportInterval: yield* millis("OTEL_BSP_SCHEDULE_DELAY"),
    maxQueueSize: yield* count("OTEL_BSP_MAX_QUEUE_SIZE"),
    maxBatchSize: yield* count("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
    shutdownTimeout: yield* millis("OTEL_BSP_EXPORT_TIMEOUT")
  }
})

type Batching = Effect.Success<typeof readBatching>

const readOtlp = Effect.fnUntraced(function*(batching: Batching) {
  const { names, options, signalName, signalUrl, timeout } = yield* readEndpoint("TRACES", true)
  return {
    otlpNames: { ...names, tracesUrl: signalName },
    otlp: { ...options, tracesUrl: signalUrl, timeout, ...batching }
  }
})

const readAgentOps = Effect.fnUntraced(function*(batching: Batching) {
  return {
    ...batching,
    printReplayUrl: (yield* flag("AGENTOPS_LOG_SESSION_REPLAY_URL")) ?? true,
    exportInterval: (yield* millis("AGENTOPS_EXPORT_FLUSH_INTERVAL")) ?? batching.exportInterval,
    maxQueueSize: (yield* count("AGENTOPS_MAX_QUEUE_SIZE")) ?? batching.maxQueueSize,
    shutdownTimeout: (yield* millis("AGENTOPS_MAX_WAIT_TIME")) ?? batching.shutdownTimeout
  }
})

const exporterNames = ["agentops", "otlp", "console"] as const

const readExporters = Effect.gen(function*() {
  const named = yield* someOf("OTEL_TRACES_EXPORTER", exporterNames)
  if (named === "none") return { exporters: [], unconfigured: false }
  const exporters = new Set(named)
  if ((yield* isEndpointSet("TRACES")) && exporters.size === 0) exporters.add("otlp")
  if ((yield* text("AGENTOPS_API_KEY")) !== undefined) exporters.add("agentops")
  const unconfigured = exporters.size === 0
  if (unconfigured) exporters.add("console")
  return { exporters: [...exporters], unconfigured }
})

/** Whether tracing is disabled. Then errors in other variables are not reported. @internal */
export const readDisabled = Effect.map(boolean("OTEL_SDK_DISABLED"), (value) => value === true)

/** The options of sessions if tracing is disabled. @internal */
export const readDisabledTracing: Effect.Effect<TracingOptions> = silently(readTracing)

/** Reads the configuration and fails with the first unusable value. @internal */
export const readEnvironment: Effect.Effect<Environment, ConfigurationError> = Effect.gen(function*() {
  const batching = yield* readBatching
  const content = yield* readContent
  const { otlp, ...rest } = yield* readOtlp(batching)
  return {
    tracing: yield* readTracing,
    content,
    agentOps: { ...yield* readAgentOps(batching), content },
    otlp: { ...otlp, content },
    ...rest,
    ...yield* readExporters
  }
})

/** Reads the configuration. An unusable value counts as not set. @internal */
export const readEnvironmentLenient: Effect.Effect<Environment> = leniently(readEnvironment)

const logLevels: Readonly<Record<string, LogLevel.LogLevel>> = {
  none: "None",
  error: "Error",
  warn: "Warn",
  info: "Info",
  debug: "Debug",
  verbose: "Trace",
  all: "All"
}

/** Runs our layers, and the fibers that they fork, with the log level of the environment. @internal */
export const withLogLevel = <A, E, R>(self: Layer.Layer<A, E, R>): Layer.Layer<A, E, R> =>
  Layer.unwrap(Effect.map(
    leniently(oneOf("OTEL_LOG_LEVEL", Object.keys(logLevels))),
    (word) =>
      word === undefined ? self : Layer.provide(self, Layer.succeed(References.MinimumLogLevel, logLevels[word]!))
  ))

/** Renames the option in an error to its variable. */
const named = (names: Readonly<Record<string, string>>) => (error: ConfigurationError) =>
  new ConfigurationError({ field: names[error.field] ?? error.field, problem: error.problem, fix: error.fix })

// A page or an edge worker has no viewer beside it, and may not connect to its own machine.
const isLocalProgram = typeof process === "object" && typeof process?.versions?.node === "string"

/** The span exporters of an environment. AgentOps's exporter may send log records as well. @internal */
export const environmentExporters = (
  environment: Environment,
  logs: boolean
): ReadonlyArray<Layer.Layer<never, ConfigurationError, AgentOps>> =>
  environment.exporters.flatMap((name): ReadonlyArray<Layer.Layer<never, ConfigurationError, AgentOps>> => {
    switch (name) {
      case "agentops":
        return [Exporter.agentOps({ ...environment.agentOps, logs })]
      case "otlp":
        return [
          Exporter.otlp(environment.otlp).pipe(
            Layer.catch((error) => Layer.effectDiscard(Effect.fail(named(environment.otlpNames)(error))))
          )
        ]
      case "console":
        return [
          // A user who has not configured anything sees the whole tree.
          Exporter.console({ content: environment.content, show: environment.unconfigured ? "tree" : undefined }),
          ...environment.unconfigured && isLocalProgram ? [Exporter.viewer()] : []
        ]
    }
  })
