/** `effect-agentops replay`: the same run ends with 0, the first difference with 1 and both texts. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { encodeTracesJson } from "../../src/otlp/internal/json.ts"
import { TestTracing } from "../../src/testing/index.ts"
import { program } from "../fixtures/replay/weather.ts"
import { root } from "../support/docs/program.ts"

const command = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  Effect.callback<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resume) => {
    const child = spawn(
      process.execPath,
      ["--conditions=effect-agentops-source", path.join(root, "src/cli/internal/main.ts"), "replay", ...args],
      { cwd: root, env: { ...process.env, NO_COLOR: "1", ...env } }
    )
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (text: Buffer) => stdout += text.toString())
    child.stderr.on("data", (text: Buffer) => stderr += text.toString())
    child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    return Effect.sync(() => child.kill())
  })

const recorded = Effect.acquireRelease(
  Effect.gen(function*() {
    const spans = yield* TestTracing.spansOf(program)
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "replay-"))
    const file = path.join(folder, "run.jsonl")
    fs.writeFileSync(file, `${encodeTracesJson(spans)}\n`)
    return { file, folder, traceId: spans[0]!.traceId }
  }),
  ({ folder }) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const module = "test/fixtures/replay/weather.ts"

describe("effect-agentops replay", { timeout: 120_000 }, () => {
  it.live("replays a program from a file, without requests", () =>
    Effect.gen(function*() {
      const { file, traceId } = yield* recorded
      const { code, stderr, stdout } = yield* command([file, module, "--trace-id", traceId.slice(0, 12)])
      assert.strictEqual(code, 0, stderr)
      assert.include(stdout, "The same: 2 calls, 5 spans")
      assert.notInclude(stdout, "ASKED")
    }))

  it.live("names the first difference with both texts, and ends with 1", () =>
    Effect.gen(function*() {
      const { file } = yield* recorded
      const changed = yield* command([file, module], { QUESTION: "Weather in Rome?" })
      assert.strictEqual(changed.code, 1)
      assert.include(
        changed.stderr,
        "The first difference, at call 2 (model gpt-4o): inputMessages[0].parts[0].content"
      )
      assert.include(changed.stderr, "recorded: Weather in Bonn?")
      assert.include(changed.stderr, "asked:    Weather in Rome?")
      assert.notInclude(changed.stdout, "ASKED")
      const tools = yield* command([file, module, "--export", "program", "--answers", "model"])
      assert.strictEqual(tools.code, 0, tools.stderr)
      assert.include(tools.stdout, "ASKED tool")
      assert.notInclude(tools.stdout, "ASKED model")
    }))

  it.live("explains what it cannot run", () =>
    Effect.gen(function*() {
      const { file } = yield* recorded
      const cases = [
        [[file, module, "--export", "notAProgram"], /exports no effect as notAProgram/],
        [[file, "test/fixtures/none.ts", "--trace-id", "0"], /cannot be loaded/]
      ] as const
      for (const [args, message] of cases) {
        const { code, stderr } = yield* command(args)
        assert.strictEqual(code, 1)
        assert.match(stderr, message)
      }
    }))
})
