/**
 * What the environment says of log records, and the exporters that it asks for.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { ConfigurationError } from "../ConfigurationError.ts"
import * as Exporter from "../Exporter.ts"
import { onEvents } from "./contentPolicy.ts"
import type { Environment } from "./environment.ts"
import { count, endpoints, firstSet, list, millis, oneOf, parsePairs, recoverable, text } from "./environment.ts"
import type { AgentOps } from "./registry.ts"

// Effect's own loggers print to the console already, so there is no exporter for it.
const exporterNames = ["otlp", "agentops", "console"] as const

/** @internal */
export interface LogsEnvironment {
  /** Whether log records go to AgentOps with the spans. */
  readonly agentOps: boolean
  readonly otlp: Exporter.OtlpLogsOptions | undefined
  /** The variables that options came from. */
  readonly names: Readonly<Record<string, string>>
}

const variable = "OTEL_LOGS_EXPORTER"
const logsEndpoint = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"

const readExporters = Effect.gen(function*() {
  const exporters = new Set<typeof exporterNames[number]>()
  const named = list(yield* text(variable))
  for (const name of named) {
    const known = exporterNames.find((known) => known === name)
    if (known !== undefined) exporters.add(known)
    else if (name !== "none") {
      yield* recoverable(Effect.fail(
        new ConfigurationError({
          field: variable,
          problem: `${JSON.stringify(name)} is no exporter of log records`,
          fix: `Give a list of: ${exporterNames.join(", ")}, none`
        })
      ))
    }
  }
  if (named.includes("none")) exporters.clear()
  return exporters
})

const signal = (suffix: string) => firstSet(`OTEL_EXPORTER_OTLP_LOGS_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`)

/** Reads the whole; `environment` is what it says of spans. @internal */
export const readLogsEnvironment = Effect.fnUntraced(function*(
  environment: Environment
): Effect.fn.Return<LogsEnvironment, ConfigurationError> {
  const exporters = yield* readExporters
  const wanted = exporters.has("otlp")
  // What is wrong with a variable that spans use too is told there, unless it is used here.
  const shared = <A>(read: Effect.Effect<A, ConfigurationError>) => wanted ? read : Effect.undefined
  const urlName = yield* firstSet(...endpoints)
  const headersName = yield* signal("HEADERS")
  const [protocolName, compressionName, timeoutName] = [
    yield* signal("PROTOCOL"),
    yield* signal("COMPRESSION"),
    yield* signal("TIMEOUT")
  ]
  const protocol = yield* shared(oneOf(protocolName, ["http/protobuf", "http/json"]))
  const headers = parsePairs(yield* text(headersName))
  const otlp: Exporter.OtlpLogsOptions = {
    content: environment.content,
    url: yield* text(urlName),
    logsUrl: yield* text(logsEndpoint),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Redacted.make(value)])),
    protocol: protocol === "http/json" ? "json" : "protobuf",
    compression: yield* shared(oneOf(compressionName, ["gzip", "none"])),
    timeout: yield* shared(millis(timeoutName)),
    exportInterval: yield* millis("OTEL_BLRP_SCHEDULE_DELAY"),
    maxQueueSize: yield* count("OTEL_BLRP_MAX_QUEUE_SIZE"),
    maxBatchSize: yield* count("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"),
    shutdownTimeout: yield* millis("OTEL_BLRP_EXPORT_TIMEOUT")
  }
  const agentOps = exporters.has("agentops") && environment.exporters.includes("agentops")
  if (exporters.has("agentops") && !agentOps) {
    yield* Effect.logWarning(
      `effect-agentops: ${variable} has agentops, and spans do not go there, so log records do not either`
    )
  }
  if (onEvents(environment.content ?? "none") && !wanted && !agentOps) {
    yield* Effect.logWarning(
      `effect-agentops: content is asked for on events, which are log records, and ${variable} sends none anywhere`
    )
  }
  return {
    agentOps,
    otlp: wanted ? otlp : undefined,
    names: { url: urlName, logsUrl: logsEndpoint, headers: headersName }
  }
})

/** The exporters that an environment asks for; what is wrong with one is told by its variable. @internal */
export const logExporters = (
  { names, otlp }: LogsEnvironment
): ReadonlyArray<Layer.Layer<never, ConfigurationError, AgentOps>> =>
  otlp === undefined ? [] : [
    Exporter.otlpLogs(otlp).pipe(
      Layer.catch(({ field, fix, problem }) =>
        Layer.effectDiscard(Effect.fail(new ConfigurationError({ field: names[field] ?? field, problem, fix })))
      )
    )
  ]
