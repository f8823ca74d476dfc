/**
 * What the environment says of tracing: `AGENTOPS_*` and OpenTelemetry's `OTEL_*`.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @internal
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
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
  /** The variables that options of `otlp` came from. */
  readonly otlpNames: Readonly<Record<string, string>>
  readonly agentOps: Exporter.AgentOpsOptions
  /** Whether nobody said where spans go. */
  readonly unconfigured: boolean
}

const NonNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
export const numeric = (schema: Schema.Codec<number>) => Schema.NumberFromString.pipe(Schema.decodeTo(schema))

type Read<A> = Effect.Effect<A | undefined, ConfigurationError>

/** What becomes of a variable that cannot be used: a failure, or the same as if it were not set. */
const OnWrong = Context.Reference<(error: ConfigurationError) => Read<never>>("effect-agentops/environment/OnWrong", {
  defaultValue: () => Effect.fail
})

export const recoverable = <A>(read: Read<A>): Read<A> =>
  Effect.catch(read, (error) => Effect.flatMap(OnWrong, (onWrong) => onWrong(error)))

// OpenTelemetry takes an empty variable for one that is not set.
export const text = (name: string): Read<string> =>
  Config.option(Config.String(name)).pipe(
    Effect.map((value) => Option.getOrUndefined(Option.filter(value, (text) => text.trim() !== ""))),
    Effect.map((value) => value?.trim()),
    Effect.mapError((error) => new ConfigurationError({ field: name, problem: error.message, fix: `Unset ${name}` })),
    recoverable
  )

export const parsed = <A>(name: string, schema: Schema.Codec<A, string>, fix: string): Read<A> =>
  recoverable(Effect.flatMap(text(name), (value): Read<A> =>
    value === undefined
      ? Effect.succeed(undefined)
      : Effect.mapError(
        Schema.decodeEffect(schema)(value),
        (error) => new ConfigurationError({ field: name, problem: error.message, fix })
      )))

export const count = (name: string) => parsed(name, numeric(Positive), "Give a whole number from 1")
export const millis = (name: string) =>
  Effect.map(
    parsed(name, numeric(NonNegative), "Give a number of milliseconds"),
    (value) => value === undefined ? undefined : Duration.millis(value)
  )
// OpenTelemetry takes everything but "true" for false.
const boolean = (name: string) =>
  Effect.map(text(name), (value) => value === undefined ? undefined : /^true$/i.test(value))

const flags: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  on: true,
  1: true,
  false: false,
  f: false,
  no: false,
  n: false,
  off: false,
  0: false
}
const flag = (name: string) =>
  Effect.map(
    parsed(
      name,
      Schema.String.check(Schema.makeFilter((value) => value.toLowerCase() in flags, { expected: "true or false" })),
      "Give true or false"
    ),
    (value) => value === undefined ? undefined : flags[value.toLowerCase()]
  )

export const oneOf = <const L extends string>(name: string, literals: ReadonlyArray<L>) =>
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

export const list = (value: string | undefined): ReadonlyArray<string> =>
  (value ?? "").split(",").map((item) => item.trim()).filter((item) => item !== "")

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

const readSpanLimits = Effect.gen(function*() {
  const limits: { -readonly [K in keyof SpanLimits.SpanLimits]?: number } = {}
  for (const limit of Object.keys(SpanLimits.variables) as ReadonlyArray<keyof SpanLimits.SpanLimits>) {
    for (const name of SpanLimits.variables[limit].toReversed()) {
      const value = yield* parsed(name, numeric(SpanLimits.Limit), "Give a whole number from 0")
      if (value !== undefined) limits[limit] = value
    }
  }
  return limits
})

const readTracing = Effect.gen(function*() {
  const attributes = parsePairs(yield* text("OTEL_RESOURCE_ATTRIBUTES"))
  const tags = list(yield* text("AGENTOPS_DEFAULT_TAGS"))
  return {
    serviceName: (yield* text("OTEL_SERVICE_NAME")) ?? (attributes["service.name"] || "unknown_service"),
    attributes,
    defaultTags: tags,
    sampler: yield* readSampler,
    spanLimits: yield* readSpanLimits
  }
})

/** The first of the variables that is set, or else the last. */
export const firstSet = (...names: ReadonlyArray<string>) =>
  names.reduceRight<Effect.Effect<string, ConfigurationError>>(
    (rest, name) => Effect.flatMap(text(name), (value) => value === undefined ? rest : Effect.succeed(name)),
    Effect.succeed(names[names.length - 1]!)
  )

const signal = (suffix: string) => firstSet(`OTEL_EXPORTER_OTLP_TRACES_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`)

const protocols = ["http/protobuf", "http/json"] as const

interface CaptureMode {
  readonly policy: Content.Policy
  readonly problem?: string | undefined
}

const none: CaptureMode = { policy: "none" }
const onSpans: CaptureMode = { policy: "span" }
const onEvents: CaptureMode = { policy: "event" }
const onBoth: CaptureMode = { policy: "both" }

const captureModes: Readonly<Record<string, CaptureMode>> = {
  no_content: none,
  none,
  false: none,
  "0": none,
  span_only: onSpans,
  span: onSpans,
  true: onSpans,
  "1": onSpans,
  event_only: onEvents,
  event: onEvents,
  span_and_event: onBoth
}

const captureContent = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

// What nobody understands must not let content out, so it is no error either.
const readContent = Effect.gen(function*() {
  const value = yield* text(captureContent)
  if (value === undefined) return undefined
  const mode: CaptureMode = captureModes[value.toLowerCase()] ??
    {
      policy: "none",
      problem: "it is no policy, so content is on nothing. " +
        "Give NO_CONTENT, SPAN_ONLY, EVENT_ONLY or SPAN_AND_EVENT"
    }
  if (mode.problem !== undefined) {
    yield* Effect.logWarning(`effect-agentops: ${captureContent} is ${JSON.stringify(value)}: ${mode.problem}`)
  }
  return mode.policy
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

const tracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
// The second is the name that AgentOps proposed for its second version.
export const endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTLP_EXPORTER_ENDPOINT"] as const

const readOtlp = Effect.fnUntraced(function*(batching: Batching) {
  const urlName = yield* firstSet(...endpoints)
  const headersName = yield* signal("HEADERS")
  const headers = parsePairs(yield* text(headersName))
  return {
    otlpNames: { url: urlName, tracesUrl: tracesEndpoint, headers: headersName },
    otlp: {
      url: yield* text(urlName),
      tracesUrl: yield* text(tracesEndpoint),
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Redacted.make(value)])),
      protocol: (yield* oneOf(yield* signal("PROTOCOL"), protocols)) === "http/json"
        ? "json" as const
        : "protobuf" as const,
      compression: yield* oneOf(yield* signal("COMPRESSION"), ["gzip", "none"]),
      timeout: yield* millis(yield* signal("TIMEOUT")),
      ...batching
    }
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

const exporterNames = ["agentops", "otlp", "console", "none"] as const

const exporterName = (name: string): Read<typeof exporterNames[number]> => {
  const known = exporterNames.find((known) => known === name)
  return recoverable(
    known === undefined
      ? Effect.fail(
        new ConfigurationError({
          field: "OTEL_TRACES_EXPORTER",
          problem: `${JSON.stringify(name)} is no exporter`,
          fix: `Give a list of: ${exporterNames.join(", ")}`
        })
      )
      : Effect.succeed(known)
  )
}

const readExporters = Effect.gen(function*() {
  const exporters = new Set<Environment["exporters"][number]>()
  for (const name of list(yield* text("OTEL_TRACES_EXPORTER"))) {
    const known = yield* exporterName(name)
    if (known === "none") return { exporters: [], unconfigured: false }
    if (known !== undefined) exporters.add(known)
  }
  const hasEndpoint = (yield* text(yield* firstSet(tracesEndpoint, ...endpoints))) !== undefined
  if (hasEndpoint && exporters.size === 0) exporters.add("otlp")
  if ((yield* text("AGENTOPS_API_KEY")) !== undefined) exporters.add("agentops")
  const unconfigured = exporters.size === 0
  if (unconfigured) exporters.add("console")
  return { exporters: [...exporters], unconfigured }
})

/** Reads the whole, and fails with the first value that cannot be used. @internal */
export const readEnvironment: Effect.Effect<Environment, ConfigurationError> = Effect.gen(function*() {
  const batching = yield* readBatching
  const content = yield* readContent
  const { otlp, ...rest } = yield* readOtlp(batching)
  return {
    disabled: (yield* boolean("OTEL_SDK_DISABLED")) ?? false,
    tracing: yield* readTracing,
    content,
    agentOps: { ...yield* readAgentOps(batching), content },
    otlp: { ...otlp, content },
    ...rest,
    ...yield* readExporters
  }
})

/** Reads the whole, and takes a value that cannot be used for one that is not set. @internal */
export const readEnvironmentLenient: Effect.Effect<Environment> = Effect.suspend(() => leniently(readEnvironment))

/** Warns of each value that cannot be used, and takes it for one that is not set. @internal */
export const leniently = <A>(read: Effect.Effect<A, ConfigurationError>): Effect.Effect<A> =>
  read.pipe(
    Effect.provideService(OnWrong, (error) => Effect.as(warn(error), undefined)),
    Effect.orDie
  )

/** Tells of a value that cannot be used. @internal */
export const warn = (error: ConfigurationError): Effect.Effect<void> =>
  Effect.logWarning(`effect-agentops: ${error.message}. Going on without it`)

/** Tells of an option as the variable that it came from. */
const named = (names: Readonly<Record<string, string>>) => (error: ConfigurationError) =>
  new ConfigurationError({ field: names[error.field] ?? error.field, problem: error.problem, fix: error.fix })

/** The exporters of spans that an environment asks for; that of AgentOps may send log records as well. @internal */
export const environmentExporters = (
  environment: Environment,
  logs: boolean
): ReadonlyArray<Layer.Layer<never, ConfigurationError, AgentOps>> =>
  environment.exporters.map((name) => {
    switch (name) {
      case "agentops":
        return Exporter.agentOps({ ...environment.agentOps, logs })
      case "otlp":
        return Exporter.otlp(environment.otlp).pipe(
          Layer.catch((error) => Layer.effectDiscard(Effect.fail(named(environment.otlpNames)(error))))
        )
      case "console":
        return Exporter.console({ content: environment.content })
    }
  })
