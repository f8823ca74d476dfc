import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"

interface Line {
  readonly from: string
  readonly name: string
  readonly kind?: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
}

const run = (mode: "provider" | "context"): ReadonlyArray<Line> => {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ["--conditions=effect-agentops-source", "test/support/openTelemetry/instrumented.ts", mode],
    {
      encoding: "utf8",
      timeout: 60_000,
      env: { ...process.env, OTEL_METRICS_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" }
    }
  )
  assert.strictEqual(status, 0, stderr)
  return stdout.trim().split("\n").map((line) => JSON.parse(line) as Line)
}

describe("together with @opentelemetry/sdk-node and its HTTP and undici instrumentations", () => {
  for (const mode of ["provider", "context"] as const) {
    it(`${mode}: requests inside of effects are children of their tool's span, in the session's trace`, () => {
      const spans = run(mode)
      const ours = spans.filter((span) => span.from === "effect-agentops")
      const client = spans.filter((span) => span.kind === 2 && span.from !== "effect-agentops")
      const server = spans.filter((span) => span.kind === 1)
      assert.deepStrictEqual(ours.map((span) => span.name).sort(), [
        "agent.tool",
        "agent.tool",
        "session",
        "tool.execution",
        "tool.execution"
      ])
      assert.strictEqual(client.length, 2, "one request by undici, one by http")
      assert.strictEqual(server.length, 2)
      const executions = ours.filter((span) => span.name === "tool.execution").map((span) => span.spanId)
      assert.deepStrictEqual(client.map((span) => span.parentSpanId).sort(), executions.sort())
      assert.strictEqual(new Set(spans.map((span) => span.traceId)).size, 1)
      assert.isUndefined(ours.find((span) => span.name === "session")!.parentSpanId)
      assert.strictEqual(new Set(spans.map((span) => span.spanId)).size, spans.length)
    })
  }
})
