/** The Collector with the configuration of each path, and its output. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as fs from "node:fs"
import * as path from "node:path"
import { folder, freePort, run, type Running } from "./programs.ts"

export interface Collector {
  readonly http: number
  readonly grpc: number
  readonly prometheus: number
  /** The file to which it writes everything it receives. */
  readonly file: string
  readonly start: Effect.Effect<Running, Error, Scope.Scope>
}

export interface Options {
  /** Its memory limit is always exceeded, so that it rejects everything. */
  readonly refuses?: boolean | undefined
  /** Its own sampler, with OpenTelemetry's consistent probability sampling. */
  readonly sampler?: { readonly mode: "proportional" | "equalizing"; readonly percentage: number } | undefined
  /** The OTLP gRPC port of a Jaeger. */
  readonly jaeger?: number | undefined
}

const configuration = (options: Options, { file, grpc, http, prometheus }: Omit<Collector, "start">): string => `
receivers:
  otlp:
    protocols:
      http: { endpoint: 127.0.0.1:${http} }
      grpc: { endpoint: 127.0.0.1:${grpc} }
processors:
  memory_limiter:
    check_interval: 100ms
    limit_mib: ${options.refuses === true ? 2 : 2_000}
    spike_limit_mib: 1
${
  options.sampler === undefined
    ? ""
    : `  probabilistic_sampler: { mode: ${options.sampler.mode}, sampling_percentage: ${options.sampler.percentage} }`
}
exporters:
  file: { path: "${file}", flush_interval: 50ms, append: true }
  prometheus: { endpoint: "127.0.0.1:${prometheus}", enable_open_metrics: true }
${
  options.jaeger === undefined
    ? ""
    : `  otlp/jaeger: { endpoint: "127.0.0.1:${options.jaeger}", tls: { insecure: true } }`
}
service:
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter${options.sampler === undefined ? "" : ", probabilistic_sampler"}]
      exporters: [file${options.jaeger === undefined ? "" : ", otlp/jaeger"}]
    metrics: { receivers: [otlp], processors: [memory_limiter], exporters: [file, prometheus] }
    logs: { receivers: [otlp], processors: [memory_limiter], exporters: [file] }
`

/** A Collector with its own ports and file, which its successive runs share. */
export const collector = Effect.fnUntraced(function*(
  otelcol: string,
  options: Options = {}
): Effect.fn.Return<Collector, never, Scope.Scope> {
  const directory = yield* folder
  const ports = {
    http: yield* freePort,
    grpc: yield* freePort,
    prometheus: yield* freePort,
    file: path.join(directory, "signals.jsonl")
  }
  const config = path.join(directory, "collector.yaml")
  fs.writeFileSync(config, configuration(options, ports))
  return { ...ports, start: run(otelcol, ["--config", config], ports.grpc) }
})
