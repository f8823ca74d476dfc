import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as ClaudeAgent from "../../src/integrations/claude-agent/ClaudeAgent.ts"
import * as Message from "../../src/model/Message.ts"
import * as Session from "../../src/trace/Session.ts"
import { installed, load } from "../support/installed.ts"
import { llmOf, llmSpans, named, TestLive, toolOf, toolSpans } from "../support/llm/traced.ts"
import type { Reply } from "../support/providers/anthropicServer.ts"
import { anthropicServer, text, toolUse } from "../support/providers/anthropicServer.ts"

const version = installed("@anthropic-ai/claude-agent-sdk")

/** Whether the SDK reports its requests and retries, which it does since 0.3. */
const tells = version !== undefined && !version.startsWith("0.2.")

interface Said {
  readonly type: string
  readonly subtype?: string
  readonly session_id?: string
  readonly total_cost_usd?: number
}

interface Params {
  readonly prompt: string
  readonly options?: object
}

type Query = (params: Params) => AsyncIterable<Said>

/** An empty home directory, so that the developer's settings and keys are not used. */
const home = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-agentops-claude-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
)

const agent = (reply: (said: string, number: number) => Reply) =>
  Effect.gen(function*() {
    const { query } = yield* Effect.promise(() => load<{ readonly query: Query }>("@anthropic-ai/claude-agent-sdk"))
    const server = yield* anthropicServer(reply)
    const cwd = yield* home
    const env = {
      PATH: process.env["PATH"],
      HOME: cwd,
      CLAUDE_CONFIG_DIR: path.join(cwd, "config"),
      ANTHROPIC_BASE_URL: server.url,
      ANTHROPIC_API_KEY: "test",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_MAX_RETRIES: "2",
      DISABLE_AUTOUPDATER: "1"
    }
    const fixed = {
      cwd,
      env,
      model: "claude-sonnet-4-6",
      settingSources: [],
      allowedTools: ["Bash", "Task", "Agent"]
    }
    const ask = (prompt: string, options: object = {}) =>
      ClaudeAgent.query(query, { prompt, options: { ...fixed, ...options } })
    const run = (prompt: string, options: object = {}) =>
      Stream.runCollect(ask(prompt, options)).pipe(Session.withSummary({ name: "s" }))
    return { ask, run, server }
  })

/** The cost in the result, which includes calls that the SDK did not report. */
const costOf = (messages: ReadonlyArray<Said>) =>
  messages.findLast(({ type }) => type === "result")?.total_cost_usd ?? 0

/** The calls of these answers, without those that the SDK makes by itself. */
const answers = Effect.map(llmSpans, (all) => all.filter((span) => llmOf(span).responseId !== undefined))

const isResult = (said: string) => said.includes("tool_result")

const listing = (said: string): Reply =>
  isResult(said)
    ? [text("One file")]
    : said.includes("List")
    ? [text("Let me see"), toolUse("toolu_1", "Bash", { command: "echo a.txt", description: "List" })]
    : [text("Nothing")]

describe.runIf(version !== undefined)(`the Claude Agent SDK ${version}`, { timeout: 60_000 }, () => {
  it.live("has each answer with its tokens and its cost, and the tool between them", () =>
    Effect.gen(function*() {
      const { run } = yield* agent(listing)
      const [summary, messages] = yield* run("List the files")
      assert.strictEqual(summary.errors, 0)
      assert.isFalse(messages.some(({ type }) => type === "stream_event"))
      const [first, second, ...more] = yield* answers
      assert.deepStrictEqual(more, [])
      for (const span of [first, second]) {
        assert.deepInclude(llmOf(span), { provider: "anthropic", model: "claude-sonnet-4-6" })
        assert.deepStrictEqual<unknown>(llmOf(span).usage, {
          inputTokens: 15,
          outputTokens: 50,
          cacheReadTokens: 3,
          cacheWriteTokens: 2
        })
        assert.isAbove(llmOf(span).timeToFirstChunk ?? 0, 0)
      }
      assert.deepStrictEqual(llmOf(first).outputMessages?.flatMap(({ parts }) => parts.map(({ type }) => type)), [
        "text",
        "tool_call"
      ])
      assert.deepStrictEqual(llmOf(first).finishReasons, ["tool_use"])
      assert.deepStrictEqual(llmOf(second).outputMessages?.map(Message.toText), ["One file"])
      assert.closeTo(summary.costNanos / 1e9, costOf(messages), 1e-9)
      const tools = (yield* toolSpans).map(toolOf).filter(({ callId }) => callId === "toolu_1")
      assert.lengthOf(tools, 1)
      assert.deepInclude(tools[0]!, { name: "Bash", type: "function" })
      assert.include(JSON.stringify(tools[0]!.result), "a.txt")
    }).pipe(Effect.provide(TestLive)))

  it.live("counts only its own cost if it resumes another run", () =>
    Effect.gen(function*() {
      const { run } = yield* agent(() => [text("Hello")])
      const [, messages] = yield* run("Hi")
      const [summary] = yield* run("Again", { resume: messages.find(({ type }) => type === "result")!.session_id })
      assert.deepInclude(summary.usage, { inputTokens: 15, outputTokens: 50 })
    }).pipe(Effect.provide(TestLive)))

  it.live("has a subagent's answers and tools inside the subagent, and their tokens", () =>
    Effect.gen(function*() {
      const { run } = yield* agent((said) =>
        isResult(said)
          ? [text("Done")]
          : said.includes("SUBTASK")
          ? [toolUse("toolu_sub", "Bash", { command: "echo sub", description: "Say it" })]
          : said.includes("Delegate")
          ? [toolUse("toolu_1", "Task", {
            description: "sub",
            prompt: "SUBTASK",
            subagent_type: "general-purpose"
          })]
          : [text("Hello")]
      )
      const [summary, messages] = yield* run("Delegate it")
      const subagent = (yield* named("agent.run")).find((span) =>
        span.attributes["gen_ai.agent.name"] === "general-purpose"
      )
      const tools = yield* toolSpans
      const task = tools.find((span) => toolOf(span).callId === "toolu_1")
      const inner = tools.find((span) => toolOf(span).callId === "toolu_sub")
      const execution = (yield* named("tool.execution")).find(({ parentSpanId }) => parentSpanId === task!.spanId)
      assert.strictEqual(subagent!.parentSpanId, execution!.spanId)
      assert.strictEqual(inner!.parentSpanId, subagent!.spanId)
      const inside = (yield* answers).filter(({ parentSpanId }) => parentSpanId === subagent!.spanId)
      // Older versions do not report the subagent's last answer. The result includes its tokens.
      assert.lengthOf(inside, tells ? 2 : 1)
      for (const span of inside) assert.deepInclude(llmOf(span).usage, { inputTokens: 15 })
      assert.closeTo(summary.costNanos / 1e9, costOf(messages), 1e-9)
    }).pipe(Effect.provide(TestLive)))

  it.live("records a failed tool", () =>
    Effect.gen(function*() {
      const { run } = yield* agent((said) =>
        isResult(said)
          ? [text("It failed")]
          : said.includes("Fail")
          ? [toolUse("toolu_1", "Bash", { command: "exit 3", description: "Fail" })]
          : [text("Nothing")]
      )
      yield* run("Fail")
      const span = (yield* toolSpans).find((span) => toolOf(span).callId === "toolu_1")
      assert.strictEqual(span!.attributes["error.type"], "tool_error")
    }).pipe(Effect.provide(TestLive)))

  it.live("is one call with two attempts if the API is overloaded once", () =>
    Effect.gen(function*() {
      let refused = false
      const { run } = yield* agent((said) => {
        if (!said.includes("Hi") || refused) return [text("Hello")]
        refused = true
        return { status: 529, type: "overloaded_error" }
      })
      const [summary] = yield* run("Hi")
      assert.strictEqual(summary.errors, 0)
      const [span, ...more] = yield* answers
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(llmOf(span).outputMessages?.map(Message.toText), ["Hello"])
      assert.deepInclude(llmOf(span).usage, { outputTokens: 50 })
      const attempts = (yield* named("llm.api.call")).filter(({ parentSpanId }) => parentSpanId === span!.spanId)
      if (tells) {
        assert.deepStrictEqual<unknown>(attempts.map((span) => span.attributes["error.type"]), ["529", undefined])
      }
    }).pipe(Effect.provide(TestLive)))

  it.live("fails with the API's own code if the API rejects the request", () =>
    Effect.gen(function*() {
      const { ask } = yield* agent((said) =>
        said.includes("Hi") ? { status: 400, type: "invalid_request_error" } : [text("Hello")]
      )
      const error = yield* Effect.flip(Stream.runDrain(ask("Hi")))
      assert.strictEqual(error._tag, "ClaudeAgentError")
      const code = tells ? "invalid_request_error" : "error"
      assert.strictEqual(error.code, code)
      const run = (yield* named("agent.run")).find((span) => span.attributes["gen_ai.agent.name"] === "claude")
      assert.strictEqual(run!.attributes["error.type"], code)
      const [span, ...more] = (yield* llmSpans).filter(({ status }) => status.code === "error")
      assert.deepStrictEqual(more, [])
      assert.strictEqual(span!.attributes["error.type"], tells ? code : "unknown")
      const { model, outputMessages, usage } = llmOf(span)
      assert.deepStrictEqual([model, outputMessages, usage], ["claude-sonnet-4-6", undefined, undefined])
    }).pipe(Effect.provide(TestLive)))

  it.live("records why it stopped early", () =>
    Effect.gen(function*() {
      const { ask } = yield* agent(() => [toolUse("toolu_1", "Bash", { command: "echo x", description: "Again" })])
      yield* Effect.exit(Stream.runDrain(ask("List the files", { maxTurns: 1 })))
      const run = (yield* named("agent.run")).find((span) => span.attributes["gen_ai.agent.name"] === "claude")
      assert.strictEqual(run!.attributes["error.type"], "error_max_turns")
    }).pipe(Effect.provide(TestLive)))

  it.live("that is interrupted aborts its request without a failure", () =>
    Effect.gen(function*() {
      const { ask, server } = yield* agent((said) => said.includes("Hi") ? undefined : [text("Hello")])
      const fiber = yield* Effect.forkChild(Stream.runDrain(ask("Hi")))
      const asked = () => server.requests.find(({ said }) => said.includes("Hi"))
      while (asked() === undefined) yield* Effect.sleep("5 millis")
      yield* Fiber.interrupt(fiber)
      while (!asked()!.aborted) yield* Effect.sleep("5 millis")
      for (const span of [...yield* named("agent.run"), ...yield* llmSpans]) {
        assert.strictEqual(span.status.code, "unset")
      }
    }).pipe(Effect.provide(TestLive)))

  it.live("returns partial messages if the program asks for them", () =>
    Effect.gen(function*() {
      const { run } = yield* agent(() => [text("Hello")])
      const [, messages] = yield* run("Hi", { includePartialMessages: true })
      assert.isTrue(messages.some(({ type }) => type === "stream_event"))
    }).pipe(Effect.provide(TestLive)))
})
