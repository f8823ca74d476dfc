/** The command as a user runs it, and its MCP server as the official client uses it. */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"
import * as Effect from "effect/Effect"
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { encodeTracesJson } from "../../src/otlp/internal/json.ts"
import { root } from "../support/docs/program.ts"
import { session, span, traceId } from "../support/viewer/sessions.ts"

const main = path.join(root, "src/cli/internal/main.ts")
const args = ["--conditions=effect-agentops-source", "--disable-warning=ExperimentalWarning", main]

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const run = (...more: ReadonlyArray<string>): Effect.Effect<Outcome> =>
  Effect.callback((resume) => {
    const child = spawn(process.execPath, [...args, ...more], { env: { ...process.env, NO_COLOR: "1" } })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk: Buffer) => stdout += chunk.toString())
    child.stderr.on("data", (chunk: Buffer) => stderr += chunk.toString())
    child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    return Effect.sync(() => child.kill())
  })

const hostile = session(3, { name: "\u001b[31mred\u202e", question: "<script>alert(1)</script>" })

const withFile = <A, E>(use: (file: string, folder: string) => Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "viewer-"))
      const file = path.join(folder, "run.jsonl")
      const lines = [
        encodeTracesJson(session(1)),
        encodeTracesJson(session(2, { name: "refund", answer: "I refunded it.", at: 1_000 })),
        encodeTracesJson(hostile),
        `{"resourceSpans":[{"scopeSp`
      ]
      fs.writeFileSync(file, lines.join("\n"))
      return { file, folder }
    }),
    ({ file, folder }) => use(file, folder),
    ({ folder }) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  )

describe("effect-agentops", { timeout: 120_000 }, () => {
  beforeAll(() => {
    const built = spawnSync(process.execPath, [path.join(root, "scripts/buildPage.ts")], { encoding: "utf8" })
    assert.strictEqual(built.status, 0, built.stderr)
  }, 120_000)

  it.live("ls lists the sessions of a file, and no control character of theirs", () =>
    withFile((file) =>
      Effect.gen(function*() {
        const { code, stdout } = yield* run("ls", "-f", file)
        assert.strictEqual(code, 0)
        assert.include(stdout, "lines could not be read")
        assert.match(
          stdout,
          /✓ {2}\S+ \S+ {2}refund {2}240ms {2}2 LLM {2}1 tools {2}1 errors {2}2000 → 200 tokens {2}\$1\.00/
        )
        assert.notMatch(stdout.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u)
      })
    ))

  it.live("export and --json print the control characters of a trace as escapes", () =>
    withFile((file) =>
      Effect.gen(function*() {
        for (const command of [["export", "-f", file, traceId(3)], ["show", "--json", "-f", file, traceId(3)]]) {
          const { stdout } = yield* run(...command)
          assert.include(stdout, "\\u001b[31mred\\u202e")
          assert.notMatch(stdout.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u)
        }
      })
    ))

  it.live("export keeps every nanosecond", () =>
    withFile((file, folder) =>
      Effect.gen(function*() {
        const precise = path.join(folder, "precise.jsonl")
        fs.writeFileSync(
          precise,
          encodeTracesJson([{
            ...span({ id: 1 }),
            startTime: 1_790_000_000_123_456_789n,
            endTime: 1_790_000_000_123_456_790n
          }])
        )
        const { stdout } = yield* run("export", "-f", precise)
        assert.include(stdout, `"startTimeUnixNano":"1790000000123456789","endTimeUnixNano":"1790000000123456790"`)
        assert.isTrue(fs.existsSync(file))
      })
    ))

  it.live("ls reads transcripts too, and lists the known formats", () =>
    withFile((_file, folder) =>
      Effect.gen(function*() {
        const { stdout } = yield* run("ls", "-f", path.join(root, "test/fixtures/transcripts/library-01.json"))
        assert.match(stdout, /library-01\.json .* 5 LLM {2}2 tools/)
        const other = path.join(folder, "other.json")
        fs.writeFileSync(other, `{"hello":"world"}`)
        const { code, stderr, stdout: said } = yield* run("ls", "-f", other)
        assert.strictEqual(code, 1)
        assert.match(stderr + said, /or a transcript: .*Claude Code session JSONL/s)
      })
    ))

  it.live("show prints one session as a tree, found by the beginning of its id", () =>
    withFile((file) =>
      Effect.gen(function*() {
        const { stdout } = yield* run("show", "-f", file, traceId(1))
        const lines = stdout.trim().split("\n").filter((line) => !line.includes("could not be read"))
        assert.deepStrictEqual(lines.slice(-5), [
          "✓ session order-question  240ms",
          "└─ ✓ agent support  230ms",
          "   ├─ ✓ llm gpt-4o-mini → find_order  100ms  1000 → 100 tokens  $0.50",
          `   ├─ ✗ tool find_order  3.0ms  {"id":7}  NotFound: no order 7`,
          "   └─ ✓ llm gpt-4o-mini: There is no order 7.  100ms  1000 → 100 tokens  $0.50"
        ])
        const ambiguous = yield* run("show", "-f", file, "0000")
        assert.strictEqual(ambiguous.code, 1)
        assert.include(ambiguous.stderr + ambiguous.stdout, "3 sessions begin with 0000. Give more of the id")
      })
    ))

  it.live("diff names the first difference", () =>
    withFile((file) =>
      Effect.gen(function*() {
        const { stdout } = yield* run("diff", "-f", file, traceId(1), traceId(2))
        assert.include(stdout, "First difference, step 1: order-question in the first run, refund in the second.")
        assert.include(stdout, "cost ±0, tokens ±0, time ±0, both Success")
        assert.include(stdout, "+     ✓ llm gpt-4o-mini: I refunded it.")
      })
    ))

  it.live("export prints what view and ls read again", () =>
    withFile((file, folder) =>
      Effect.gen(function*() {
        const { stdout } = yield* run("export", "-f", file, traceId(1))
        const copy = path.join(folder, "copy.jsonl")
        fs.writeFileSync(copy, stdout.split("\n").filter((line) => line.startsWith("{")).join("\n"))
        const [first, second] = yield* Effect.all([
          run("show", "--json", "-f", file, traceId(1)),
          run("show", "--json", "-f", copy, traceId(1))
        ])
        const parse = (text: string) => JSON.parse(text.slice(text.indexOf("{\n"))) as { readonly row: object }
        assert.deepStrictEqual(parse(second!.stdout).row, parse(first!.stdout).row)
      })
    ))

  it.live("view --html writes one page with the sessions and none of their markup", () =>
    withFile((file, folder) =>
      Effect.gen(function*() {
        const out = path.join(folder, "run.html")
        const { code } = yield* run("view", file, "--html", out)
        assert.strictEqual(code, 0)
        const html = fs.readFileSync(out, "utf8")
        assert.include(html, "\\u003cscript>alert(1)\\u003c/script>")
        assert.notInclude(html, "<script>alert(1)")
        assert.notMatch(html, /(src|href)="https?:/)
      })
    ))

  it.live("explains an unreadable file in one sentence, and does not change it", () =>
    withFile((file, folder) =>
      Effect.gen(function*() {
        const damaged = path.join(folder, "damaged.db")
        fs.writeFileSync(damaged, "this is no database, and somebody needs it")
        const cases: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
          [["view", path.join(folder, "none.jsonl")], "none.jsonl cannot be read"],
          [["view", damaged], "has no spans. Give lines of OTLP JSON"],
          [["ls", "--db", damaged], "is no database, or is damaged. It is left as it is"],
          [["show", "-f", file, "ffff"], "There is no session ffff"],
          [["ls", "--from", "http://127.0.0.1:1"], "Jaeger at http://127.0.0.1:1 did not answer"]
        ]
        for (const [command, expected] of cases) {
          const { code, stderr, stdout } = yield* run(...command)
          assert.strictEqual(code, 1, command.join(" "))
          assert.include(stderr + stdout, expected)
          assert.notInclude(stderr + stdout, "    at ")
        }
        assert.strictEqual(fs.readFileSync(damaged, "utf8"), "this is no database, and somebody needs it")
      })
    ))

  const withClient = <A>(more: ReadonlyArray<string>, use: (client: Client) => Effect.Effect<A>) =>
    withFile((file) =>
      Effect.acquireUseRelease(
        Effect.promise(async () => {
          const client = new Client({ name: "test", version: "1" })
          await client.connect(
            new StdioClientTransport({
              command: process.execPath,
              args: [...args, "mcp", "-f", file, ...more],
              stderr: "ignore"
            })
          )
          return client
        }),
        use,
        (client) => Effect.promise(() => client.close())
      )
    )

  const call = (client: Client, name: string, given: Record<string, unknown> = {}) =>
    Effect.promise(async () => {
      const result = await client.callTool({ name, arguments: given })
      const [content] = result.content as ReadonlyArray<{ readonly text: string }>
      return { text: content!.text, isError: result.isError === true }
    })

  it.live("mcp answers the official client, each answer within its bound", () =>
    withClient([], (client) =>
      Effect.gen(function*() {
        const { tools } = yield* Effect.promise(() => client.listTools())
        assert.deepStrictEqual(tools.map(({ name }) => name).sort(), [
          "compare_sessions",
          "cost_by_model",
          "get_session",
          "get_step",
          "list_errors",
          "list_sessions",
          "why_it_failed"
        ])
        assert.isTrue(tools.every(({ annotations }) => annotations?.readOnlyHint === true))
        const listed = yield* call(client, "list_sessions", { search: "refund" })
        assert.include(listed.text, traceId(2))
        const failed = yield* call(client, "why_it_failed", { trace_id: traceId(1) })
        assert.include(failed.text, "First failure, step 3")
        assert.include(failed.text, "NotFound: no order 7")
        const step = yield* call(client, "get_step", { trace_id: traceId(1), step: 3 })
        assert.include(step.text, `"id": 7`)
        assert.include(
          (yield* call(client, "compare_sessions", { left: traceId(1), right: traceId(2) })).text,
          "First difference"
        )
        assert.include((yield* call(client, "cost_by_model")).text, "gpt-4o-mini  6 calls")
        assert.include((yield* call(client, "list_errors")).text, "NotFound")
        const none = yield* call(client, "get_session", { trace_id: "none" })
        assert.include(none.text, "There is no session none")
        assert.isTrue(none.isError)
      })))

  it.live("mcp leaves content out where it is told to", () =>
    withClient(["--no-content"], (client) =>
      Effect.gen(function*() {
        const answers = yield* Effect.all([
          call(client, "list_sessions"),
          call(client, "get_session", { trace_id: traceId(1) }),
          call(client, "get_step", { trace_id: traceId(1), step: 3 }),
          call(client, "get_step", { trace_id: traceId(1), step: 2 }),
          call(client, "why_it_failed", { trace_id: traceId(1) }),
          call(client, "list_errors")
        ])
        for (const { text } of answers) {
          for (const secret of ["no order 7", "There is no order 7", "Where is order 7", `"id": 7`, `"id":7`]) {
            assert.notInclude(text, secret)
          }
        }
      })))
})

describe("a long session", { timeout: 60_000 }, () => {
  // In Chinese each character is a token or more.
  it.live.each([["step", 4], ["步骤", 1]] as const)(
    "of %s is truncated between lines, with a hint how to read on",
    ([word, letters]) =>
      Effect.gen(function*() {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "viewer-"))
        const file = path.join(folder, "long.jsonl")
        const spans = Array.from(
          { length: 2_000 },
          (_, i) => span({ id: i + 1, parent: i === 0 ? undefined : 1, name: `${word.repeat(8)} ${i}`, at: i })
        )
        fs.writeFileSync(file, encodeTracesJson(spans))
        const client = new Client({ name: "test", version: "1" })
        yield* Effect.promise(() =>
          client.connect(
            new StdioClientTransport({
              command: process.execPath,
              args: [...args, "mcp", "-f", file],
              stderr: "ignore"
            })
          )
        )
        const { content } = yield* Effect.promise(() =>
          client.callTool({ name: "get_session", arguments: { trace_id: traceId(1) } })
        )
        const [{ text } = { text: "" }] = content as ReadonlyArray<{ readonly text: string }>
        const written = text.replace(/[^a-z\u4e00-\u9fff]/g, "").length
        assert.isAtMost(written / letters, 4_000)
        assert.isAtMost(text.length, 16_000)
        assert.match(text, /more characters\. get_step shows any step by its number\.$/)
        yield* Effect.promise(() => client.close())
        fs.rmSync(folder, { recursive: true, force: true })
      })
  )
})
