/** The paths of telemetry, with the expected result of each. */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as JaegerStore from "../../src/viewer/JaegerStore.ts"
import { TraceStore } from "../../src/viewer/TraceStore.ts"
import type { Collector, Options } from "./collector.ts"
import { collector } from "./collector.ts"
import { folder, freePort, listening, run } from "./programs.ts"
import { compare, occurrences, readSpans } from "./spans.ts"

export interface Row {
  readonly path: string
  readonly result: "right" | "WRONG" | "skipped"
  readonly detail: string
}

export interface Path {
  readonly name: string
  readonly run: Effect.Effect<{ readonly good: boolean; readonly detail: string }, unknown, Scope.Scope>
}

type Env = Readonly<Record<string, string>>

interface Program {
  /** Its output after it has ended by itself. */
  readonly output: Effect.Effect<string, Error>
  readonly kill: Effect.Effect<void>
}

/** Starts the program that makes sessions. */
export const program = (env: Env): Program => {
  const file = path.join(import.meta.dirname, "workload.ts")
  const child = spawn(process.execPath, ["--conditions=effect-agentops-source", file], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"]
  })
  let said = ""
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString()
  })
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve))
  return {
    output: Effect.flatMap(
      Effect.promise(() => ended),
      (code) => code === 0 ? Effect.succeed(said) : Effect.fail(new Error(`the program ended with ${code}: ${said}`))
    ),
    kill: Effect.andThen(Effect.sync(() => child.kill("SIGKILL")), Effect.promise(() => ended)) as Effect.Effect<void>
  }
}

type Protocol = "protobuf" | "json" | "grpc"

export const connection = ({ grpc, http }: Collector, protocol: Protocol): Env =>
  protocol === "grpc"
    ? { URL: `127.0.0.1:${grpc}`, PROTOCOL: "grpc" }
    : { URL: `http://127.0.0.1:${http}`, PROTOCOL: protocol }

/** Waits until the Collector has written everything it received. */
export const settled = (file: string, count: number) =>
  Effect.sync(() => readSpans(file).spans.size).pipe(
    Effect.repeat({ schedule: Schedule.spaced("100 millis"), until: (size) => size >= count, times: 100 })
  )

const judged = (expected: string, { file }: Collector, mayBeTwice = false) =>
  Effect.gen(function*() {
    yield* settled(file, readSpans(expected).spans.size)
    const { arrived, made, missing, twice, wrong } = compare(expected, file)
    return {
      good: made > 0 && missing === 0 && wrong === 0 && (mayBeTwice || twice === 0),
      detail: `${arrived} of ${made} spans, ${missing} missing, ${wrong} wrong, ${twice} twice`
    }
  })

const plain = (otelcol: string, protocol: Protocol, compression: "none" | "gzip", env: Env = {}): Path => ({
  name: `Collector, ${protocol}${compression === "gzip" ? " with gzip" : ""}${
    env["BIG"] === undefined ? "" : ", 6 MiB"
  }`,
  run: Effect.gen(function*() {
    const target = yield* collector(otelcol)
    yield* target.start
    const expected = path.join(yield* folder, "expected.jsonl")
    const counts = yield* program({
      EXPECTED: expected,
      SESSIONS: "200",
      COMPRESSION: compression,
      ...connection(target, protocol),
      ...env
    }).output
    const result = yield* judged(expected, target)
    return { ...result, detail: `${result.detail}, delivered ${/"delivered":(\d+)/.exec(counts)?.[1]}` }
  })
})

const outage = (otelcol: string, protocol: Protocol, seconds: number): Path => ({
  name: `Collector away for ${seconds} s, ${protocol}`,
  run: Effect.gen(function*() {
    const target = yield* collector(otelcol)
    const first = yield* target.start
    const expected = path.join(yield* folder, "expected.jsonl")
    const running = program({
      EXPECTED: expected,
      SESSIONS: "600",
      PAUSE: "5",
      ...connection(target, protocol)
    })
    // So some of the spans arrive before.
    yield* settled(target.file, 100)
    yield* first.stop("SIGTERM")
    yield* Effect.sleep(`${seconds} seconds`)
    yield* target.start
    yield* running.output
    return yield* judged(expected, target)
  })
})

const refusing = (otelcol: string, protocol: Protocol, seconds: number): Path => ({
  name: `Collector that refuses for ${seconds} s, ${protocol}`,
  run: Effect.gen(function*() {
    const options: Options & { refuses: boolean } = { refuses: true }
    const target = yield* collector(otelcol, options)
    const full = yield* target.start
    const expected = path.join(yield* folder, "expected.jsonl")
    const running = program({ EXPECTED: expected, SESSIONS: "200", ...connection(target, protocol) })
    yield* Effect.sleep(`${seconds} seconds`)
    yield* full.stop("SIGTERM")
    const config = path.join(path.dirname(target.file), "collector.yaml")
    fs.writeFileSync(config, fs.readFileSync(config, "utf8").replace("limit_mib: 2\n", "limit_mib: 2000\n"))
    yield* target.start
    yield* running.output
    return yield* judged(expected, target)
  })
})

const killed = (otelcol: string, protocol: Protocol, kills: number): Path => ({
  name: `durable, kill -9 ${kills} times, Collector away meanwhile, ${protocol}`,
  run: Effect.gen(function*() {
    const target = yield* collector(otelcol)
    const first = yield* target.start
    const directory = yield* folder
    const expected = path.join(directory, "expected.jsonl")
    const env = {
      EXPECTED: expected,
      DIRECTORY: path.join(directory, "spans"),
      PAUSE: "2",
      ...connection(target, protocol)
    }
    for (let i = 0; i < kills; i++) {
      const running = program({ ...env, SESSIONS: "100000" })
      const before = readSpans(expected).spans.size
      yield* settled(expected, before + 200)
      if (i === 1) yield* first.stop("SIGTERM")
      yield* Effect.sleep("700 millis")
      yield* running.kill
    }
    yield* target.start
    yield* program({ ...env, SESSIONS: "1" }).output
    return yield* judged(expected, target, true)
  })
})

const logs = (otelcol: string, protocol: Protocol): Path => ({
  name: `Collector, log records, ${protocol}`,
  run: Effect.gen(function*() {
    const target = yield* collector(otelcol)
    yield* target.start
    yield* program({ SESSIONS: "100", SIGNALS: "logs", ...connection(target, protocol) }).output
    yield* Effect.sleep("500 millis")
    const records = occurrences(target.file, "a line of the log")
    return { good: records === 100, detail: `${records} of 100 records` }
  })
})

/** Spans and log records to the Collector. */
export const spanPaths = (otelcol: string, quick: boolean): ReadonlyArray<Path> => [
  plain(otelcol, "protobuf", "none"),
  plain(otelcol, "grpc", "none"),
  plain(otelcol, "grpc", "gzip"),
  // Larger than the default limit of a Go gRPC server, so it must be split.
  plain(otelcol, "grpc", "none", { BIG: "30000", SESSIONS: "200" }),
  ...(quick
    ? []
    : [plain(otelcol, "protobuf", "gzip"), plain(otelcol, "json", "none"), plain(otelcol, "json", "gzip")]),
  outage(otelcol, "protobuf", quick ? 4 : 20),
  outage(otelcol, "grpc", quick ? 4 : 20),
  ...(quick ? [] : [refusing(otelcol, "protobuf", 8)]),
  refusing(otelcol, "grpc", quick ? 3 : 8),
  killed(otelcol, "protobuf", quick ? 2 : 3),
  killed(otelcol, "grpc", quick ? 2 : 3),
  logs(otelcol, "grpc")
]

const query = (port: number, promql: string) =>
  Effect.tryPromise(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(promql)}`)
    const { data } = await answer.json() as {
      readonly data: { readonly result: ReadonlyArray<{ readonly value: readonly [number, string] }> }
    }
    if (data.result.length === 0) throw new Error(`${promql} has no answer`)
    return data.result.reduce((sum, { value }) => sum + Number(value[1]), 0)
  }).pipe(Effect.retry({ schedule: Schedule.spaced("200 millis"), times: 50 }))

/** Metrics over OTLP and the Collector to Prometheus. Its answers must equal the totals of the sessions. */
export const metricPaths = (otelcol: string): ReadonlyArray<Path> =>
  (["grpc", "protobuf"] as const).map((protocol) => ({
    name: `metrics, Collector to Prometheus, ${protocol}`,
    run: Effect.gen(function*() {
      const target = yield* collector(otelcol)
      yield* target.start
      const directory = yield* folder
      const port = yield* freePort
      const config = path.join(directory, "prometheus.yml")
      fs.writeFileSync(
        config,
        `
global: { scrape_interval: 200ms, scrape_timeout: 200ms }
scrape_configs:
  - { job_name: collector, honor_labels: true, static_configs: [{ targets: ["127.0.0.1:${target.prometheus}"] }] }
`
      )
      yield* run("prometheus", [
        `--config.file=${config}`,
        `--storage.tsdb.path=${path.join(directory, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--enable-feature=exemplar-storage"
      ], port)
      yield* program({ SESSIONS: "40", SIGNALS: "metrics", ...connection(target, protocol) }).output
      const answers = yield* Effect.forEach(
        [
          ["sessions", "sum(agentops_sessions_total)", 40],
          ["input tokens", "sum(gen_ai_client_inference_usage_input_tokens_total)", 400],
          ["nanodollars", "sum(agentops_usage_cost_nanodollars_total)", 40_000_000],
          ["calls within 81.92 s", `sum(gen_ai_client_inference_duration_seconds_bucket{le="81.92"})`, 40]
        ] as const,
        ([what, promql, right]) => Effect.map(query(port, promql), (value) => ({ what, right, value }))
      )
      const exemplars = yield* Effect.tryPromise(async () => {
        const end = Date.now() / 1_000
        const url =
          `http://127.0.0.1:${port}/api/v1/query_exemplars?query=gen_ai_client_inference_duration_seconds_bucket`
        const answer = await fetch(`${url}&start=${end - 600}&end=${end}`)
        const { data } = await answer.json() as {
          readonly data: ReadonlyArray<{ readonly exemplars: ReadonlyArray<unknown> }>
        }
        const count = data.reduce((sum, { exemplars }) => sum + exemplars.length, 0)
        if (count === 0) throw new Error("Prometheus has no exemplars")
        return count
      }).pipe(Effect.retry({ schedule: Schedule.spaced("200 millis"), times: 25 }))
      return {
        good: answers.every(({ right, value }) => value === right) && exemplars > 0,
        detail: `${
          answers.map(({ right, value, what }) => `${value} of ${right} ${what}`).join(", ")
        }, ${exemplars} exemplars`
      }
    })
  }))

interface JaegerSpan {
  readonly spanId: string
  readonly name: string
}

const jaegerConfig = (query: number, internal: number, otlp: number, http: number) => `
extensions:
  jaeger_storage: { backends: { memory: { memory: { max_traces: 100000 } } } }
  jaeger_query:
    storage: { traces: memory }
    http: { endpoint: 127.0.0.1:${query} }
    grpc: { endpoint: 127.0.0.1:${internal} }
receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${otlp} }, http: { endpoint: 127.0.0.1:${http} } } }
exporters:
  jaeger_storage_exporter: { trace_storage: memory }
service:
  extensions: [jaeger_storage, jaeger_query]
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  pipelines:
    traces: { receivers: [otlp], exporters: [jaeger_storage_exporter] }
`

/** How many spans the viewer reads from a Jaeger, with the recognized kinds of each session. */
const throughViewer = (url: string) =>
  Effect.gen(function*() {
    const store = yield* TraceStore
    const { rows } = yield* store.list({ limit: 1_000 })
    let spans = 0
    for (const row of rows) {
      const session = yield* store.session(row.traceId)
      const categories = new Set(session?.spans.map(({ category }) => category))
      const isWhole = row.state === "Success" && row.llmCalls === 1 && row.toolCalls === 2 && row.failedTools === 1 &&
        row.cost === 0.001 && ["session", "tool", "llm", "attempt"].every((name) => categories.has(name as never))
      if (isWhole) spans += session?.spans.length ?? 0
    }
    return spans
  }).pipe(Effect.provide(JaegerStore.layer({ url }).pipe(Layer.provide(FetchHttpClient.layer))))

/** Paths to Jaeger, directly and through the Collector, read back through its API. */
export const jaegerPaths = (otelcol: string, jaeger: string): ReadonlyArray<Path> =>
  (["directly, grpc", "directly, protobuf", "by the Collector, grpc"] as const).map((way) => ({
    name: `Jaeger ${way}`,
    run: Effect.gen(function*() {
      const directory = yield* folder
      const [api, internal, grpc, http] = [yield* freePort, yield* freePort, yield* freePort, yield* freePort]
      const config = path.join(directory, "jaeger.yaml")
      fs.writeFileSync(config, jaegerConfig(api, internal, grpc, http))
      yield* run(jaeger, ["--config", config], grpc)
      yield* listening(api)
      const expected = path.join(directory, "expected.jsonl")
      let env: Env = way === "directly, protobuf"
        ? { URL: `http://127.0.0.1:${http}`, PROTOCOL: "protobuf" }
        : { URL: `127.0.0.1:${grpc}`, PROTOCOL: "grpc" }
      if (way === "by the Collector, grpc") {
        const target = yield* collector(otelcol, { jaeger: grpc })
        yield* target.start
        env = connection(target, "grpc")
      }
      yield* program({ EXPECTED: expected, SESSIONS: "60", ...env }).output
      const made = readSpans(expected).spans
      const traces = new Set([...made.values()].map((span) => String(span["traceId"])))
      const read = Effect.tryPromise(async () => {
        const found = new Map<string, JaegerSpan>()
        for (const trace of traces) {
          const answer = await fetch(`http://127.0.0.1:${api}/api/v3/traces/${trace}`)
          const { result } = await answer.json() as {
            readonly result?: {
              readonly resourceSpans: ReadonlyArray<{
                readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<JaegerSpan> }>
              }>
            }
          }
          for (const { scopeSpans } of result?.resourceSpans ?? []) {
            for (const { spans } of scopeSpans) for (const span of spans) found.set(span.spanId, span)
          }
        }
        return found
      })
      const found = yield* Effect.repeat(read, {
        schedule: Schedule.spaced("200 millis"),
        until: (spans) => spans.size >= made.size,
        times: 25
      })
      const wrong = [...made].filter(([id, span]) => found.get(id)?.name !== span["name"]).length
      const viewed = yield* throughViewer(`http://127.0.0.1:${api}`)
      return {
        good: made.size > 0 && wrong === 0 && found.size === made.size && viewed === made.size,
        detail: `${found.size} of ${made.size} spans in ${traces.size} traces, ${wrong} missing or wrong; ` +
          `the viewer reads ${viewed}`
      }
    })
  }))

/** The gateway of `examples/collector`, with other addresses. */
export const gatewayPaths = (otelcol: string): ReadonlyArray<Path> => [{
  name: "examples/collector/gateway.yaml",
  run: Effect.gen(function*() {
    const directory = yield* folder
    const [gateway, backend] = [yield* freePort, yield* freePort]
    const target = yield* collector(otelcol)
    yield* target.start
    const example = path.join(import.meta.dirname, "../../examples/collector/gateway.yaml")
    const config = path.join(directory, "gateway.yaml")
    fs.writeFileSync(
      config,
      fs.readFileSync(example, "utf8")
        .replace("0.0.0.0:4317", `127.0.0.1:${gateway}`)
        .replace("jaeger:4317", `127.0.0.1:${target.grpc}`)
        .replace("${env:VENDOR_OTLP_ENDPOINT}", `http://127.0.0.1:${backend}`)
        .replace("${env:VENDOR_API_KEY}", "none")
        .replaceAll("/var/lib/otelcol", directory)
        // Waiting two seconds instead of thirty gives the same result.
        .replace(/decision_wait: \S+/, "decision_wait: 2s")
    )
    yield* run(otelcol, ["--config", config], gateway)
    const expected = path.join(directory, "expected.jsonl")
    yield* program({ EXPECTED: expected, SESSIONS: "60", URL: `127.0.0.1:${gateway}`, PROTOCOL: "grpc" }).output
    // Every session of the program has a failed span.
    const result = yield* judged(expected, target)
    return result
  })
}]
