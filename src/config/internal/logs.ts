/**
 * Reads the configuration of log records from the environment, and makes the exporters.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ConfigurationError } from "../../core/ConfigurationError.ts"
import { readEndpoint } from "../../core/internal/signalVariables.ts"
import { count, millis, someOf } from "../../core/internal/variables.ts"
import * as Exporter from "../../export/Exporter.ts"
import { onEvents } from "../../privacy/internal/contentPolicy.ts"
import type { AgentOps } from "../../trace/Tracing.ts"
import type { Environment } from "./traces.ts"

// `console` needs no exporter, because Effect's own loggers print to the console.
const exporterNames = ["otlp", "agentops", "console"] as const

/** @internal */
export interface LogsEnvironment {
  /** Whether log records go to AgentOps together with the spans. */
  readonly agentOps: boolean
  readonly otlp: Exporter.OtlpLogsOptions | undefined
  /** The variable behind each option. */
  readonly names: Readonly<Record<string, string>>
}

const variable = "OTEL_LOGS_EXPORTER"

/** Reads the configuration of log records. `environment` is the configuration of spans. @internal */
export const readLogsEnvironment = Effect.fnUntraced(function*(
  environment: Environment
): Effect.fn.Return<LogsEnvironment, ConfigurationError> {
  const named = (yield* someOf(variable, exporterNames)) ?? "none"
  const exporters = new Set(named === "none" ? [] : named)
  const wanted = exporters.has("otlp")
  const { names, options, signalName, signalUrl, timeout } = yield* readEndpoint("LOGS", wanted)
  const otlp: Exporter.OtlpLogsOptions = {
    ...options,
    content: environment.content,
    logsUrl: signalUrl,
    timeout,
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
    names: { ...names, logsUrl: signalName }
  }
})

/** The log record exporters of an environment. Their errors name the variable. @internal */
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
