/**
 * What the environment says of tracing: `AGENTOPS_*` and OpenTelemetry's `OTEL_*`.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @internal
 */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Options as TracingOptions } from "../AgentOps.ts"
import { ConfigurationError } from "../ConfigurationError.ts"
import type * as Content from "../Content.ts"
import * as Exporter from "../Exporter.ts"
import * as Sampler from "../Sampler.ts"
import * as SpanLimits from "../SpanLimits.ts"
import type { AgentOps } from "./registry.ts"

/** @internal */
export interface Environment {
  readonly disabled: boolean
  readonly tracing: TracingOptions
  /** How far content may go, for every exporter of the environment's; each has its own default. */
  readonly content: Content.Policy | undefined
  readonly exporters: ReadonlyArray<"agentops" | "otlp" | "console">
  readonly otlp: Exporter.OtlpOptions
  readonly agentOps: Exporter.AgentOpsOptions
  /** Whether nobody said where spans go. */
  readonly unconfigured: boolean
}

const NonNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const numeric = (schema: Schema.Codec<number>) => Schema.NumberFromString.pipe(Schema.decodeTo(schema))

type Read<A> = Effect.Effect<A | undefined, ConfigurationError>

// OpenTelemetry takes an empty variable for one that is not set.
const text = (name: string): Read<string> =>
  Config.option(Config.String(name)).pipe(
    Effect.map((value) => Option.getOrUndefined(Option.filter(value, (text) => text.trim() !== ""))),
    Effect.map((value) => value?.trim()),
    Effect.mapError((error) => new ConfigurationError({ field: name, problem: error.message, fix: `Unset ${name}` }))
  )

const parsed = <A>(name: string, schema: Schema.Codec<A, string>, fix: string): Read<A> =>
  Effect.flatMap(text(name), (value): Read<A> =>
    value === undefined
      ? Effect.succeed(undefined)
      : Effect.mapError(
        Schema.decodeEffect(schema)(value),
        (error) => new ConfigurationError({ field: name, problem: error.message, fix })
      ))

const count = (name: string) => parsed(name, numeric(Positive), "Give a whole number from 1")
const millis = (name: string) =>
  Effect.map(
    parsed(name, numeric(NonNegative), "Give a number of milliseconds"),
    (value) => value === undefined ? undefined : Duration.millis(value)
  )
const boolean = (name: string) =>
  Effect.map(text(name), (value) => value === undefined ? undefined : /^(true|1|t|yes|y|on)$/i.test(value))
const oneOf = <const L extends string>(name: string, literals: ReadonlyArray<L>) =>
  parsed(name, Schema.Literals(literals) as Schema.Codec<L, string>, `Give one of: ${literals.join(", ")}`)

const decode = (value: string): string => {
  try {
    return decodeURIComponent(value)
  } catch {
    // A lone percent sign is no encoding: take the text as it is.
    return value
  }
}

/** The comma-separated `key=value` pairs of W3C baggage, as OpenTelemetry's variables have them. @internal */
export const parsePairs = (value: string | undefined): Record<string, string> => {
  const pairs: Record<string, string> = {}
  for (const pair of (value ?? "").split(",")) {
    const at = pair.indexOf("=")
    if (at > 0) pairs[decode(pair.slice(0, at).trim())] = decode(pair.slice(at + 1).trim())
  }
  return pairs
}

const list = (value: string | undefined): ReadonlyArray<string> =>
  (value ?? "").split(",").map((item) => item.trim()).filter((item) => item !== "")

const firstText = (...names: ReadonlyArray<string>): Read<string> =>
  names.reduceRight<Read<string>>(
    (rest, name) => Effect.flatMap(text(name), (value) => value === undefined ? rest : Effect.succeed(value)),
    Effect.succeed(undefined)
  )

const samplers = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio"
] as const

const readSampler = Effect.gen(function*() {
  const name = yield* oneOf("OTEL_TRACES_SAMPLER", samplers)
  const share = yield* parsed(
    "OTEL_TRACES_SAMPLER_ARG",
    numeric(NonNegative.check(Schema.isLessThanOrEqualTo(1))),
    "Give a share between 0 and 1"
  )
  switch (name) {
    case "always_off":
      return Sampler.never
    case "parentbased_always_off":
      return Sampler.parentBased(Sampler.never)
    case "traceidratio":
      return Sampler.ratio(share ?? 1)
    case "parentbased_traceidratio":
      return Sampler.parentBased(Sampler.ratio(share ?? 1))
    default:
      return Sampler.always
  }
})

const readTracing = Effect.gen(function*() {
  const attributes = parsePairs(yield* text("OTEL_RESOURCE_ATTRIBUTES"))
  const tags = list(yield* text("AGENTOPS_DEFAULT_TAGS"))
  return {
    serviceName: (yield* text("OTEL_SERVICE_NAME")) ?? attributes["service.name"] ?? "unknown_service",
    attributes,
    defaultTags: tags,
    sampler: yield* readSampler,
    spanLimits: yield* SpanLimits.config.pipe(
      Effect.mapError((error) =>
        new ConfigurationError({ field: "OTEL_SPAN_*", problem: error.message, fix: "Give whole numbers from 0" })
      )
    )
  }
})

const signalText = (suffix: string) => firstText(`OTEL_EXPORTER_OTLP_TRACES_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`)

const protocols = ["http/protobuf", "http/json"] as const

const readOtlp = Effect.gen(function*() {
  const protocolName = (yield* text("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")) === undefined
    ? "OTEL_EXPORTER_OTLP_PROTOCOL"
    : "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
  const compressionName = (yield* text("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION")) === undefined
    ? "OTEL_EXPORTER_OTLP_COMPRESSION"
    : "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION"
  const timeoutName = (yield* text("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")) === undefined
    ? "OTEL_EXPORTER_OTLP_TIMEOUT"
    : "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"
  const headers = parsePairs(yield* signalText("HEADERS"))
  return {
    url: yield* firstText("OTEL_EXPORTER_OTLP_ENDPOINT", "OTLP_EXPORTER_ENDPOINT"),
    tracesUrl: yield* text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Redacted.make(value)])),
    protocol: (yield* oneOf(protocolName, protocols)) === "http/json" ? "json" as const : "protobuf" as const,
    compression: yield* oneOf(compressionName, ["gzip", "none"]),
    timeout: yield* millis(timeoutName),
    ...yield* readBatching
  }
})

const contentPolicies: Readonly<Record<string, Content.Policy>> = {
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
  span_and_event: "both",
  both: "both"
}

const captureContent = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

// What nobody understands must not let content out, so it is no error either.
const readContent = Effect.gen(function*() {
  const value = yield* text(captureContent)
  if (value === undefined) return undefined
  const policy = contentPolicies[value.toLowerCase()]
  if (policy !== undefined) return policy
  yield* Effect.logWarning(
    `effect-agentops: ${captureContent}: ${JSON.stringify(value)} is no policy, so no content is captured. ` +
      "Give one of: NO_CONTENT, SPAN_ONLY, EVENT_ONLY, SPAN_AND_EVENT"
  )
  return "none" as const
})

const readBatching = Effect.gen(function*() {
  return {
    exportInterval: yield* millis("OTEL_BSP_SCHEDULE_DELAY"),
    maxQueueSize: yield* count("OTEL_BSP_MAX_QUEUE_SIZE"),
    maxBatchSize: yield* count("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
    shutdownTimeout: yield* millis("OTEL_BSP_EXPORT_TIMEOUT")
  }
})

const readAgentOps = Effect.gen(function*() {
  const batching = yield* readBatching
  return {
    ...batching,
    exportInterval: (yield* millis("AGENTOPS_EXPORT_FLUSH_INTERVAL")) ?? batching.exportInterval,
    maxQueueSize: (yield* count("AGENTOPS_MAX_QUEUE_SIZE")) ?? batching.maxQueueSize,
    shutdownTimeout: (yield* millis("AGENTOPS_MAX_WAIT_TIME")) ?? batching.shutdownTimeout
  }
})

const exporterNames = ["agentops", "otlp", "console", "none"] as const

const readExporters = Effect.gen(function*() {
  const named = list(yield* text("OTEL_TRACES_EXPORTER"))
  const hasKey = (yield* text("AGENTOPS_API_KEY")) !== undefined
  const hasEndpoint = (yield* firstText(
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTLP_EXPORTER_ENDPOINT"
  )) !== undefined
  const unknown = named.find((name) => !exporterNames.some((known) => known === name))
  if (unknown !== undefined) {
    return yield* new ConfigurationError({
      field: "OTEL_TRACES_EXPORTER",
      problem: `${JSON.stringify(unknown)} is no exporter`,
      fix: `Give a list of: ${exporterNames.join(", ")}`
    })
  }
  if (named.includes("none")) return { exporters: [], unconfigured: false }
  const exporters = new Set(named as ReadonlyArray<Environment["exporters"][number]>)
  if (hasKey) exporters.add("agentops")
  if (hasEndpoint && named.length === 0) exporters.add("otlp")
  const unconfigured = exporters.size === 0
  if (unconfigured) exporters.add("console")
  return { exporters: [...exporters], unconfigured }
})

/** Reads the whole, and fails with the first value that cannot be used. @internal */
export const readEnvironment: Effect.Effect<Environment, ConfigurationError> = Effect.gen(function*() {
  const content = yield* readContent
  return {
    disabled: (yield* boolean("OTEL_SDK_DISABLED")) ?? false,
    tracing: yield* readTracing,
    content,
    otlp: { ...yield* readOtlp, content },
    agentOps: { ...yield* readAgentOps, content },
    ...yield* readExporters
  }
})

const noTracing: TracingOptions = { serviceName: "unknown_service" }

/** Reads the whole, and goes on with the default of each part that cannot be used. @internal */
export const readEnvironmentLenient: Effect.Effect<Environment> = Effect.gen(function*() {
  const part = <A>(read: Effect.Effect<A, ConfigurationError>, fallback: A) =>
    Effect.catch(read, (error) => Effect.as(warn(error), fallback))
  const content = yield* part(readContent, "none")
  return {
    disabled: yield* part(Effect.map(boolean("OTEL_SDK_DISABLED"), (value) => value ?? false), false),
    tracing: yield* part<TracingOptions>(readTracing, noTracing),
    content,
    otlp: { ...yield* part<Exporter.OtlpOptions>(readOtlp, {}), content },
    agentOps: { ...yield* part<Exporter.AgentOpsOptions>(readAgentOps, {}), content },
    ...yield* part<Pick<Environment, "exporters" | "unconfigured">>(readExporters, {
      exporters: ["console"],
      unconfigured: true
    })
  }
})

/** Tells of a value that cannot be used. @internal */
export const warn = (error: ConfigurationError): Effect.Effect<void> =>
  Effect.logWarning(`effect-agentops: ${error.message}. Going on without it`)

/** The exporters that an environment asks for. @internal */
export const environmentExporters = (
  environment: Environment
): ReadonlyArray<Layer.Layer<never, ConfigurationError, AgentOps>> =>
  environment.exporters.map((name) => {
    switch (name) {
      case "agentops":
        return Exporter.agentOps(environment.agentOps)
      case "otlp":
        return Exporter.otlp(environment.otlp)
      case "console":
        return Exporter.console({ content: environment.content })
    }
  })
