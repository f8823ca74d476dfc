// Grafana without Docker: the example runs an agent, a Prometheus scrapes it, and each query of the dashboard is run.
// Run: npm run example -- examples/grafana/main.ts (needs prometheus on the PATH; shows the dashboard if grafana is there too)
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Schedule, Schema, Stream } from "effect"
import {
  AgentOps,
  Exporter,
  MetricExporter,
  Session,
  traceAgent,
  traceLlmStreamWith,
  traceLlmWith,
  traceTool
} from "effect-agentops"
import { FetchHttpClient, HttpClient, HttpClientResponse } from "effect/http"
import * as fs from "node:fs"
import * as path from "node:path"
import { folder, freePort, run, systemProgram } from "../../scripts/interop/programs.ts"
import dashboard from "./dashboard.json" with { type: "json" }

const call = (fails: boolean) =>
  (fails ? Effect.fail(new Error("overloaded")) : Effect.void).pipe(
    traceLlmWith({
      provider: "openai",
      model: "gpt-4o-mini",
      usage: { inputTokens: 420, outputTokens: 12, cacheReadTokens: 100 }
    })
  )

const stream = Stream.make("Your ", "order ", "is here.").pipe(
  traceLlmStreamWith({ provider: "openai", model: "gpt-4o-mini" }),
  Stream.runDrain
)

const ticket = (number: number) =>
  Effect.andThen(call(number % 3 === 0), traceTool(stream, "order", { parameters: { number } })).pipe(
    traceAgent("support"),
    Session.withSession({ name: "ticket" }),
    Effect.ignore
  )

/** An unreachable backend, so that the panels of lost and waiting spans have data. */
const GoneLive = Exporter.otlp({ url: "http://127.0.0.1:1", maxQueueSize: 10, shutdownTimeout: 0 })

const telemetryOn = (port: number) =>
  Layer.mergeAll(MetricExporter.prometheus({ host: "127.0.0.1", port }), GoneLive).pipe(
    Layer.provideMerge(AgentOps.layer({ serviceName: "support-bot", metrics: { development: true } }))
  )

const Answer = Schema.Struct({ data: Schema.Struct({ result: Schema.Array(Schema.Unknown) }) })

/** The number of series that a query of the dashboard returns. Its variables are replaced here, as Grafana does. */
const seriesOf = (url: string, expr: string) => {
  const query = expr.replaceAll("$job", ".*").replaceAll("$__rate_interval", "10s")
  return HttpClient.get(`${url}/api/v1/query`, { urlParams: { query } }).pipe(
    Effect.flatMap(HttpClientResponse.schemaBodyJson(Answer)),
    Effect.map(({ data }) => data.result.length)
  )
}

const panels = (url: string) =>
  Effect.forEach(dashboard.panels, ({ targets, title }) =>
    Effect.map(
      Effect.forEach(targets, ({ expr }) => seriesOf(url, expr)),
      (counts) => ({ title, empty: counts.includes(0), series: counts.reduce((sum, count) => sum + count, 0) })
    ))

/** Starts a Prometheus that scrapes a port of this program, and returns its address. It stops with the scope. */
const startPrometheus = Effect.fnUntraced(function*(scraped: number) {
  const directory = yield* folder
  const port = yield* freePort
  const config = path.join(directory, "prometheus.yml")
  const job = { job_name: "support-bot", static_configs: [{ targets: [`127.0.0.1:${scraped}`] }] }
  const global = { scrape_interval: "500ms", scrape_timeout: "500ms" }
  // JSON is valid YAML.
  fs.writeFileSync(config, JSON.stringify({ global, scrape_configs: [job] }))
  yield* run("prometheus", [
    `--config.file=${config}`,
    `--storage.tsdb.path=${path.join(directory, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--enable-feature=exemplar-storage"
  ], port)
  return `http://127.0.0.1:${port}`
})

/** Starts Grafana with the data source and the dashboard, and returns its address. It stops with the scope. */
const startGrafana = Effect.fnUntraced(function*(prometheus: string) {
  const port = yield* freePort
  yield* run("grafana", ["server", "--homepath", process.env["GRAFANA_HOME"] ?? "/usr/share/grafana"], port, {
    PROMETHEUS_URL: prometheus,
    DASHBOARDS: import.meta.dirname,
    GF_PATHS_PROVISIONING: path.join(import.meta.dirname, "provisioning"),
    GF_PATHS_DATA: yield* folder,
    GF_SERVER_HTTP_ADDR: "127.0.0.1",
    GF_SERVER_HTTP_PORT: String(port),
    GF_AUTH_ANONYMOUS_ENABLED: "true"
  }, 120)
  return `http://127.0.0.1:${port}/d/${dashboard.uid}`
})

const main = Effect.gen(function*() {
  const prometheus = systemProgram("prometheus", "Debian: apt-get install prometheus")
  if ("missing" in prometheus) return yield* Console.log(`Prometheus is skipped: ${prometheus.missing}`)
  const scraped = yield* freePort
  const url = yield* startPrometheus(scraped)
  let number = 0
  const tickets = Effect.suspend(() => ticket(number++)).pipe(Effect.repeat(Schedule.spaced("50 millis")))
  yield* Effect.forkScoped(Effect.provide(tickets, telemetryOn(scraped)))
  const answers = yield* panels(url).pipe(
    Effect.repeat({
      schedule: Schedule.spaced("500 millis"),
      until: (panels) => panels.every(({ empty }) => !empty),
      times: 40
    })
  )
  for (const { series, title } of answers) yield* Console.log(`${title}: ${series} series`)
  const empty = answers.filter(({ empty }) => empty).map(({ title }) => title)
  if (empty.length > 0) return yield* Effect.fail(new Error(`nothing to show in: ${empty.join(", ")}`))

  const grafana = systemProgram("grafana", "see https://grafana.com/docs/grafana/latest/setup-grafana/installation")
  if ("missing" in grafana) yield* Console.log(`Grafana is skipped: ${grafana.missing}`)
  else yield* Console.log(`Grafana shows them at ${yield* startGrafana(url)}`)
  // On a terminal, both keep running so that you can look at them.
  if (!process.stdout.isTTY) return
  yield* Console.log(`Prometheus is at ${url}. End it with Ctrl-C.`)
  yield* Effect.never
}).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer))

NodeRuntime.runMain(main)
