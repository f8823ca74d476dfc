/** A session that is suspended and goes on: in this process, in another, or never. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { pipe } from "effect/Function"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import type { SpanData } from "../../src/core/SpanData.ts"
import { spansOf } from "../../src/testing/TestTracing.ts"
import * as Budget from "../../src/trace/Budget.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"

const call = pipe(Effect.void, traceLlmWith({ cost: 0.01, usage: { inputTokens: 10, outputTokens: 2 } }))
const asked = (options?: Session.SuspendOptions) =>
  call.pipe(Effect.andThen(TestClock.adjust("1 second")), Effect.andThen(Session.suspend(options)))

const run = promisify(execFile)
const script = path.join(import.meta.dirname, "../support/suspension/refund.ts")

const readSpans = (file: string): Array<Record<string, unknown>> =>
  fs.readFileSync(file, "utf8").trim().split("\n").flatMap((line) =>
    JSON.parse(line).resourceSpans.flatMap((resource: { readonly scopeSpans: Array<{ readonly spans: [] }> }) =>
      resource.scopeSpans.flatMap(({ spans }) => spans)
    )
  )

describe("a suspended session", () => {
  it.live("continues in another process: one trace, its own totals and budget", () =>
    Effect.gen(function*() {
      const directory = fs.mkdtempSync(path.join(os.tmpdir(), "suspension-"))
      const file = path.join(directory, "spans.jsonl")
      const part = (...args: ReadonlyArray<string>) =>
        Effect.promise(async () => {
          const { stdout } = await run(process.execPath, ["--conditions=effect-agentops-source", script, ...args])
          // The log line comes before the result.
          return JSON.parse(stdout.split("\n").at(-1)!) as { readonly value: unknown; readonly ended: Session.Summary }
        })
      const { value: token } = yield* part("ask", file)
      assert.match(String(token), /^[\w.-]{1,600}$/)
      assert.notInclude(Buffer.from(String(token).split(".")[1]!, "base64url").toString(), "money")
      yield* Effect.sleep("300 millis")
      const { ended, value } = yield* part("answer", file, String(token))
      // 0.04 of a budget of 0.1 is spent, so the third call exceeds it and the fourth is refused.
      assert.deepStrictEqual(value, ["Success", "Failure"])
      assert.deepInclude(ended, {
        llmCalls: 3,
        toolCalls: 1,
        costNanos: 120_000_000,
        endState: "Success",
        name: "refund"
      })
      assert.deepInclude(ended.usage, { inputTokens: 300, outputTokens: 60 })
      assert.isAtLeast(ended.waited, 300)
      assert.isAtLeast(ended.worked, 50)
      assert.closeTo(ended.duration, ended.worked + ended.waited, 0.01)
      assert.strictEqual(ended.conversation?.id, "c-1")
      const spans = readSpans(file)
      assert.deepStrictEqual([...new Set(spans.map(({ traceId }) => traceId))], [ended.traceId])
      const roots = spans.filter(({ name }) => name === "refund")
      assert.strictEqual(roots.length, 2)
      assert.strictEqual(roots[1]!["parentSpanId"], roots[0]!["spanId"])
      assert.strictEqual(spans.filter(({ name }) => name === "llm.completion").length, 3)
      fs.rmSync(directory, { recursive: true })
    }), 60_000)

  it.effect("distinguishes the time it worked and waited, over several suspensions", () =>
    Effect.gen(function*() {
      const first = yield* asked().pipe(Session.withSession({ name: "s" }))
      yield* TestClock.adjust("1 hour")
      const second = yield* asked().pipe(Session.resume(first))
      yield* TestClock.adjust("1 day")
      let ended: Session.Summary | undefined
      yield* call.pipe(
        Effect.andThen(TestClock.adjust("1 second")),
        Session.resume(second, { onEnd: (summary) => Effect.sync(() => void (ended = summary)) })
      )
      assert.deepInclude(ended, {
        llmCalls: 3,
        costNanos: 30_000_000,
        worked: 3_000,
        waited: 90_000_000,
        duration: 90_003_000
      })
    }))

  it.effect("is Indeterminate until it is resumed, and records how long it waited", () =>
    Effect.gen(function*() {
      const program = Effect.gen(function*() {
        const token = yield* asked().pipe(Session.withSession({ name: "s" }))
        yield* TestClock.adjust("1 hour")
        yield* call.pipe(Session.resume(token))
      })
      const spans = yield* spansOf(program)
      const roots = spans.filter(({ name }) => name === "s")
      assert.deepInclude(roots[0]!.attributes, {
        "agentops.session.end_state": "Indeterminate",
        "agentops.session.end_state_reason": "suspended",
        "agentops.session.llm_calls": 1
      })
      assert.deepInclude(roots[1]!.attributes, {
        "agentops.session.end_state": "Success",
        "agentops.session.llm_calls": 2,
        "agentops.session.waited": 3600,
        "session.id": roots[0]!.attributes["session.id"]!
      })
    }))

  it.effect("that has failed or been judged before its end keeps that state", () =>
    Effect.gen(function*() {
      const failed = yield* Effect.exit(
        Session.suspend().pipe(Effect.andThen(Effect.fail("no")), Session.withSession({ name: "s" }))
      )
      assert.isTrue(Exit.isFailure(failed))
      const [{ endState }] = yield* Effect.andThen(
        Session.suspend(),
        Session.Session.use((session) => session.setEndState("Success"))
      ).pipe(Session.withSummary())
      assert.strictEqual(endState, "Success")
    }))

  it.effect("continues with a stream, and keeps the sampling of its trace", () =>
    Effect.gen(function*() {
      const token = yield* asked().pipe(Session.withSession({ name: "s" }))
      const stream = Stream.make(1, 2).pipe(Session.resume(token))
      assert.deepStrictEqual(yield* Stream.runCollect(stream), [1, 2])
      const off = yield* asked().pipe(Session.withSession({ name: "off" }), Effect.withTracerEnabled(false))
      const spans: ReadonlyArray<SpanData> = yield* spansOf(Session.resume(call, off))
      assert.lengthOf(spans, 0)
    }))

  it.effect("keeps its id and its totals with any tracer", () =>
    Effect.gen(function*() {
      const nobodys = Tracer.make({
        span: (options) => Object.create(new Tracer.NativeSpan(options), { traceId: { value: "none" } }) as Tracer.Span
      })
      const tracers = [Tracer.make({ span: (options) => new Tracer.NativeSpan(options) }), nobodys]
      for (const tracer of [undefined, ...tracers]) {
        const run = Effect.gen(function*() {
          const ended: Array<Session.Summary> = []
          const onEnd = (summary: Session.Summary) => Effect.sync(() => void ended.push(summary))
          const token = yield* asked().pipe(
            Session.withSession({ name: "s", onEnd, conversation: { turns: -3 } as never })
          )
          yield* call.pipe(Session.resume(token, { onEnd }))
          assert.deepStrictEqual(ended.map(({ llmCalls }) => llmCalls), [1, 2])
          assert.strictEqual(ended[0]!.id, ended[1]!.id)
        })
        yield* tracer === undefined ? run : Effect.withTracer(run, tracer)
      }
    }))

  it.effect("warns once of spans after the suspension", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      yield* Session.suspend().pipe(
        Effect.andThen(call),
        Effect.andThen(call),
        Session.withSession({ name: "s" }),
        Effect.provide(Logger.layer([logger]))
      )
      assert.lengthOf(lines, 1)
      assert.include(lines[0], "was suspended")
    }))
})

describe("a token", () => {
  const reasonOf = (token: string, options?: Session.ResumeOptions) =>
    Effect.map(Effect.flip(Effect.void.pipe(Session.resume(token, options))), (error) => [error._tag, error.reason])

  it.effect("that is invalid is a typed error, before anything runs", () =>
    Effect.gen(function*() {
      const key = Redacted.make("k".repeat(32))
      const signed = yield* asked({ key }).pipe(Session.withSession())
      const plain = yield* asked().pipe(Session.withSession())
      const [version, payload, proof] = plain.split(".") as [string, string, string]
      const json = JSON.parse(Buffer.from(payload, "base64url").toString())
      const dear = Buffer.from(JSON.stringify({ ...json, m: 0 })).toString("base64url")
      for (
        const [token, options, reason] of [
          ["", undefined, "malformed"],
          ["nonsense", undefined, "malformed"],
          [`${version}.${payload}.${proof}.more`, undefined, "malformed"],
          [plain.slice(0, -1), undefined, "signature"],
          [`${version}.${payload.slice(1)}.${proof}`, undefined, "malformed"],
          [`${version}.${dear}.${proof}`, undefined, "malformed"],
          [`9.${payload}.${proof}`, undefined, "version"],
          [plain, { key }, "signature"],
          [signed, undefined, "signature"],
          [signed, { key: "another key" }, "signature"],
          [signed.replace(payload.slice(0, 4), "AAAA"), { key }, "signature"],
          [undefined as never, undefined, "malformed"]
        ] as const
      ) assert.deepStrictEqual(yield* reasonOf(token, options), ["InvalidToken", reason], token)
      yield* Effect.void.pipe(Session.resume(signed, { key }))
    }))

  it.effect("is valid until its deadline", () =>
    Effect.gen(function*() {
      const token = yield* asked({ within: "1 hour" }).pipe(Session.withSession())
      const always = yield* asked({ within: "Infinity" }).pipe(Session.withSession())
      yield* TestClock.adjust("61 minutes")
      assert.deepStrictEqual(yield* reasonOf(token), ["InvalidToken", "expired"])
      yield* TestClock.adjust("36500 days")
      yield* Effect.void.pipe(Session.resume(always))
    }))

  it.effect("is short, with any session name", () =>
    Effect.gen(function*() {
      const token = yield* Session.suspend().pipe(
        Session.withSession({ name: "x".repeat(10_000), conversation: "y".repeat(10_000) })
      )
      assert.isBelow(token.length, 700)
      yield* Effect.void.pipe(Session.resume(token))
    }))
})

describe("a budget of a resumed session", () => {
  it.effect("includes the earlier spending", () =>
    Effect.gen(function*() {
      const budget = { limit: 0.01, onExceeded: "fail" } as const
      const token = yield* asked().pipe(Session.withSession({ budget }))
      const exit = yield* Effect.exit(Budget.within(call).pipe(Session.resume(token, { budget })))
      assert.deepStrictEqual(
        exit,
        Exit.fail(new Budget.BudgetExceeded({ limit: 0.01, spent: 0.01, unpricedCalls: 0 }))
      )
    }))
})
