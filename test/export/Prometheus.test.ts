/** A real Prometheus scrapes the endpoint, and its results equal those of the sessions. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import * as AgentOps from "../../src/AgentOps.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"

const installed = spawnSync("prometheus", ["--version"]).status === 0
if (!installed) console.log("Prometheus: it is not installed (Debian: apt-get install prometheus): its test is skipped")

const freePort = Effect.callback<number>((resume) => {
  const server = net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** Starts Prometheus on the target, and returns its address. It is stopped and its data removed with the scope. */
const prometheus = Effect.fnUntraced(function*(target: string) {
  const port = yield* freePort
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prometheus-"))
  const config = path.join(folder, "prometheus.yml")
  fs.writeFileSync(
    config,
    `
global: { scrape_interval: 200ms, scrape_timeout: 200ms }
scrape_configs:
  - job_name: agents
    static_configs: [{ targets: ["${new URL(target).host}"] }]
`
  )
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn("prometheus", [
        `--config.file=${config}`,
        `--storage.tsdb.path=${path.join(folder, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`
      ], { stdio: "ignore" })
    ),
    (child) =>
      Effect.callback<void>((resume) => {
        child.once("exit", () => resume(Effect.void))
        child.kill("SIGTERM")
      }).pipe(Effect.andThen(Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))))
  )
  return `http://127.0.0.1:${port}`
})

interface Answer {
  readonly data: {
    readonly result: ReadonlyArray<{ readonly metric: Record<string, string>; readonly value: [number, string] }>
  }
}

/** Queries PromQL repeatedly until the result is acceptable. */
const query = (server: string, promql: string, enough: (values: ReadonlyArray<number>) => boolean) =>
  Effect.tryPromise(async () => {
    const response = await fetch(`${server}/api/v1/query?query=${encodeURIComponent(promql)}`)
    const { data } = await response.json() as Answer
    const values = data.result.map(({ value }) => Number(value[1]))
    if (!enough(values)) throw new Error(`${promql} is ${JSON.stringify(data.result)}`)
    return data.result
  }).pipe(Effect.retry({ schedule: Schedule.spaced("100 millis"), times: 150 }))

describe.skipIf(!installed)("Prometheus", { timeout: 60_000 }, () => {
  it.live("returns the token totals, the cost and the success rate of the sessions", () =>
    Effect.gen(function*() {
      const { url } = yield* MetricExporter.Prometheus
      const server = yield* prometheus(url)
      const ask = (inputTokens: number, outputTokens: number) =>
        pipe(
          Effect.succeed("answer"),
          traceLlmWith({ provider: "openai", model: "gpt-4o-mini", usage: { inputTokens, outputTokens } })
        )
      const lookUp = pipe(Effect.succeed(1), traceTool("look_up"))
      const handle = (n: number) =>
        pipe(
          Effect.all([ask(100 * n, 7 * n), lookUp, ask(33, 1)]),
          Effect.andThen(n % 4 === 0 ? Effect.fail("no") : Effect.void),
          traceAgent("support")
        )
      const summaries: Array<Session.Summary> = []
      yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8], (n) =>
        Effect.ignore(Session.withSession(handle(n), {
          name: "ticket",
          agent: "support",
          onEnd: (summary) => Effect.sync(() => void summaries.push(summary))
        })), { concurrency: 4 })
      const total = (of: (summary: Session.Summary) => number) => summaries.reduce((sum, one) => sum + of(one), 0)

      const is = (promql: string, expected: number) =>
        Effect.tap(query(server, promql, ([value]) => value === expected), ([result]) =>
          Effect.sync(() => assert.strictEqual(Number(result?.value[1]), expected)))

      yield* is(
        "sum(gen_ai_client_inference_usage_input_tokens_total)",
        total(({ usage }) =>
          usage.inputTokens
        )
      )
      yield* is("sum(gen_ai_client_inference_usage_output_tokens_total)", total(({ usage }) => usage.outputTokens))
      yield* is("sum(agentops_usage_cost_nanodollars_total)", total(({ costNanos }) => costNanos))
      yield* is("sum(gen_ai_client_inference_duration_seconds_count)", total(({ llmCalls }) => llmCalls))
      yield* is(
        `sum(agentops_sessions_total{agentops_session_end_state="Success"}) / sum(agentops_sessions_total)`,
        summaries.filter(({ endState }) => endState === "Success").length / summaries.length
      )
      yield* is(
        `sum by (gen_ai_agent_name) (agentops_agent_runs_total{agentops_agent_end_state="Fail"}) / sum by (gen_ai_agent_name) (agentops_agent_runs_total)`,
        0.25
      )
      yield* is(`gen_ai_invoke_agent_inference_calls_sum{gen_ai_agent_name="support"}`, 16)
      const [info] = yield* query(server, "target_info", (values) => values.length === 1)
      assert.deepInclude(info?.metric, { job: "agents", service_name: "support-bot" })
      // Parses the scrape, because Prometheus drops the whole text if it cannot read a part.
      yield* is(`up{job="agents"}`, 1)
    }).pipe(
      Effect.scoped,
      Effect.provide(
        MetricExporter.prometheus({ port: 0 }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "support-bot" })))
      )
    ))
})
