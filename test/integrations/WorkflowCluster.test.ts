/**
 * An execution in two processes, over the cluster's engine with its state in SQL. The first process is killed while it
 * waits.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { arrived, server } from "../support/otlp/server.ts"

const program = path.join(import.meta.dirname, "../support/workflows/refunds.ts")

/** Runs the program until it has printed a line, returns the line, and kills the program if it is still running. */
const firstLine = (database: string, collector: string, what: string) =>
  Effect.callback<string>((resume) => {
    const child = spawn(process.execPath, ["--conditions=effect-agentops-source", program, database, collector, what], {
      env: { ...process.env, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let out = ""
    let errors = ""
    child.stderr.setEncoding("utf8").on("data", (text) => errors += text)
    child.stdout.setEncoding("utf8").on("data", (text) => {
      out += text
      if (what === "ask" && out.includes("\n")) child.kill("SIGKILL")
    })
    child.on("close", () => resume(Effect.succeed(out.trim() === "" ? errors : out.trim())))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

interface Span {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes?: ReadonlyArray<{ readonly key: string; readonly value: Readonly<Record<string, unknown>> }>
}

const attribute = (span: Span, key: string): unknown =>
  Object.values(span.attributes?.find((attribute) => attribute.key === key)?.value ?? {})[0]

describe("an execution in two processes, one of which is killed", { timeout: 60_000 }, () => {
  it.live("is one trace and one session with one span for each activity, and with the totals of the whole", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "workflows-"))),
        (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
      )
      const database = path.join(folder, "cluster.db")
      const token = yield* firstLine(database, collector.url, "ask")
      assert.match(token, /^[\w-]+$/)
      assert.strictEqual(yield* firstLine(database, collector.url, token), "paid")

      const all = arrived(collector) as unknown as ReadonlyArray<Span>
      const named = (name: string) => all.filter((span) => span.name === name)
      const [execution] = named("Refund")
      assert.lengthOf(named("Refund"), 1)
      for (const name of ["ask", "llm.completion", "pay", "agent.tool"]) {
        assert.lengthOf(named(name), 1, name)
        const [span] = named(name)
        assert.strictEqual(span!.traceId, execution!.traceId, name)
        assert.strictEqual(attribute(span!, "session.id"), attribute(execution!, "session.id"), name)
      }
      assert.deepStrictEqual(
        ["end_state", "llm_calls", "tool_calls", "input_tokens", "cost"].map((key) =>
          attribute(execution!, `agentops.session.${key}`)
        ).map(String),
        ["Success", "1", "1", "5", "0.01"]
      )
      // The session began in the killed process, so its continuation is below that process's root.
      assert.strictEqual(execution!.parentSpanId, named("ask")[0]!.parentSpanId)
    }))
})
