/** The totals of a session, alone and among hundreds. */
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/testing/TestClock"
import { run as traced, spansOf } from "../../src/testing/TestTracing.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceAttempt } from "../../src/trace/Attempt.ts"
import { ErrorEvent } from "../../src/trace/ErrorEvent.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { named } from "../support/traced.ts"

class Down extends Data.TaggedError("Down")<{ readonly n: number }> {}

const llm = (inputTokens: number, outputTokens: number, reasoningTokens?: number) =>
  Effect.void.pipe(traceLlmWith({ usage: { inputTokens, outputTokens, reasoningTokens } }))
const tool = traceTool(Effect.void, "t")
const action = traceAction(Effect.void, "a")

/** The summary of a session with any outcome. */
const summaryOf = <A, E>(effect: Effect.Effect<A, E, Session.Session>) =>
  Effect.gen(function*() {
    let summary: Session.Summary | undefined
    const onEnd = (ended: Session.Summary) => Effect.sync(() => void (summary = ended))
    yield* Effect.exit(Session.withSession(effect, { onEnd }))
    return summary!
  })

const errorsOf = <A, E>(effect: Effect.Effect<A, E, Session.Session>) =>
  Effect.map(summaryOf(effect), (summary) => summary.errors)

describe("totals", () => {
  it.effect("are readable while the session runs, returned at its end, and on the root span", () =>
    Effect.gen(function*() {
      const { exit, spans } = yield* traced(
        Effect.gen(function*() {
          const session = yield* Session.Session
          const at: Array<Session.Summary> = [yield* session.summary]
          yield* Effect.all([llm(10, 5), tool, tool])
          yield* TestClock.adjust("2 seconds")
          at.push(yield* session.summary)
          yield* Effect.all([llm(1, 2, 1), action, Effect.ignore(traceTool(Effect.fail("no"), "t"))])
          yield* TestClock.adjust("500 micros")
          return at
        }).pipe(Session.withSummary({ name: "s" }))
      )
      const [last, [first, second]] = Exit.isSuccess(exit) ? exit.value : assert.fail("the session failed")
      assert.deepInclude(first, {
        llmCalls: 0,
        toolCalls: 0,
        actions: 0,
        errors: 0,
        usage: { inputTokens: 0, outputTokens: 0 },
        duration: 0,
        endState: undefined
      })
      assert.deepInclude(second, {
        llmCalls: 1,
        toolCalls: 2,
        actions: 0,
        errors: 0,
        usage: { inputTokens: 10, outputTokens: 5 },
        duration: 2_000,
        endState: undefined
      })
      assert.deepInclude(last, {
        llmCalls: 2,
        toolCalls: 3,
        actions: 1,
        errors: 1,
        usage: { inputTokens: 11, outputTokens: 7, reasoningTokens: 1 },
        duration: 2_000.5,
        endState: "Success"
      })
      assert.deepInclude(named(spans, "s").attributes, {
        "agentops.session.llm_calls": 2,
        "agentops.session.tool_calls": 3,
        "agentops.session.actions": 1,
        "agentops.session.errors": 1,
        "agentops.session.input_tokens": 11,
        "agentops.session.output_tokens": 7
      })
    }))

  it.effect("count without any tracer, but not if tracing is off", () =>
    Effect.gen(function*() {
      const all = Effect.all([llm(1, 1), tool, action])
      assert.deepInclude(yield* summaryOf(all), { llmCalls: 1, toolCalls: 1, actions: 1 })
      const off = yield* summaryOf(Effect.withTracerEnabled(all, false))
      assert.deepInclude(off, { llmCalls: 0, toolCalls: 0, actions: 0 })
    }))

  it.effect("have the session's duration if the timing of spans is off", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_762_000_000_000)
      const [last, running] = yield* Session.Session.pipe(
        Effect.tap(TestClock.adjust("1 second")),
        Effect.flatMap((session) => session.summary),
        Session.withSummary(),
        Effect.withTracerTiming(false)
      )
      assert.strictEqual(running.duration, 1_000)
      assert.strictEqual(last.duration, 1_000)
    }))

  it.effect("ignore an invalid usage", () =>
    Effect.gen(function*() {
      const hostile = new Proxy({}, {
        get: () => {
          throw new Error("do not look")
        }
      })
      const { exit } = yield* traced(
        Effect.all([
          Effect.succeed(1).pipe(traceLlmWith({ usage: hostile as never })),
          Effect.succeed(2).pipe(traceLlmWith({ usage: () => null as never })),
          Effect.succeed(3).pipe(traceLlmWith({ usage: "12" as never }))
        ]).pipe(Session.withSession())
      )
      assert.deepStrictEqual(exit, Exit.succeed([1, 2, 3]))
    }))
})

describe("errors", () => {
  const through = <E>(effect: Effect.Effect<unknown, E>) =>
    effect.pipe(traceAttempt, traceTool("t"), traceAction("a"), Effect.withSpan("plain"), traceAgent("b"))
  const failures: ReadonlyArray<readonly [string, Effect.Effect<unknown, unknown>]> = [
    ["an error", Effect.fail(new Down({ n: 1 }))],
    ["a text", Effect.fail("no")],
    ["nothing", Effect.fail(undefined)],
    ["a defect", Effect.die(new Error("bug"))],
    ["a function", Effect.fail(() => 1)]
  ]
  for (const [name, effect] of failures) {
    it.effect(`${name} is one, however many spans it passed through`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* errorsOf(through(effect)), 1)
        assert.strictEqual(yield* errorsOf(Effect.exit(through(effect))), 1)
      }))
  }

  it.effect("that are separate are counted separately, even if they are the same value", () =>
    Effect.gen(function*() {
      const error = new Down({ n: 1 })
      const once = Effect.fail(error).pipe(traceTool("t"))
      assert.strictEqual(yield* errorsOf(Effect.all([Effect.ignore(once), Effect.ignore(once)])), 2)
      assert.strictEqual(yield* errorsOf(Effect.retry(once, { times: 2 }).pipe(traceAction("a"))), 3)
      const text = Effect.fail("no").pipe(traceTool("t"))
      assert.strictEqual(yield* errorsOf(Effect.retry(text, { times: 2 }).pipe(traceAction("a"))), 3)
    }))

  it.effect("of parallel work are one each", () =>
    Effect.gen(function*() {
      const work = (n: number) => Effect.fail(new Down({ n })).pipe(traceTool("t"))
      assert.strictEqual(
        yield* errorsOf(Effect.all([work(1), work(2), work(3)], { concurrency: "unbounded", mode: "result" })),
        3
      )
    }))

  it.effect("that were judged, recorded or only in the session", () =>
    Effect.gen(function*() {
      const judged = Effect.succeed({ ok: false }).pipe(
        traceTool("t", { success: (value) => value.ok }),
        traceAction("a")
      )
      assert.strictEqual(yield* errorsOf(judged), 1)
      assert.strictEqual(yield* errorsOf(Session.record(ErrorEvent.make({ type: "Timeout" }))), 1)
      assert.strictEqual(yield* errorsOf(Effect.fail("no")), 1)
      assert.strictEqual(yield* errorsOf(Effect.andThen(judged, Effect.fail("no"))), 2)
    }))

  it.effect("do not include interruptions, or attempts of a successful event", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* errorsOf(Effect.exit(through(Effect.interrupt))), 0)
      let calls = 0
      const flaky = Effect.suspend(() => ++calls < 3 ? Effect.fail("busy") : Effect.void)
      assert.strictEqual(yield* errorsOf(flaky.pipe(traceAttempt, Effect.retry({ times: 3 }), traceTool("t"))), 0)
    }))

  it.effect("of an inner session count there, and for the outer session if they reach it", () =>
    Effect.gen(function*() {
      let inner: Session.Summary | undefined
      const outer = yield* summaryOf(
        Effect.fail("no").pipe(
          traceTool("t"),
          Session.withSession({ onEnd: (summary) => Effect.sync(() => void (inner = summary)) }),
          traceAction("a")
        )
      )
      assert.strictEqual(inner?.errors, 1)
      assert.deepInclude(outer, { errors: 1, toolCalls: 0, actions: 1 })
    }))
})

describe("three hundred sessions at once", () => {
  it.live("never mix with each other or with other spans", () =>
    Effect.gen(function*() {
      const sessions = 300
      const child = (n: number) =>
        Effect.yieldNow.pipe(
          Effect.andThen(Effect.annotateCurrentSpan("n", n)),
          Effect.withSpan("plain"),
          traceTool("t", { attributes: { n } })
        )
      const session = Effect.fnUntraced(function*(n: number) {
        const { id, summary } = yield* Session.Session
        yield* Effect.yieldNow
        yield* Effect.all([child(n), llm(n, 1), child(n), Effect.ignore(traceTool(Effect.fail(n), "t"))], {
          concurrency: "unbounded"
        })
        const fiber = yield* Effect.forkDetach(child(n))
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(yield* Session.currentId, Option.some(id))
        return { n, id, running: yield* summary }
      })
      const outside = Effect.forEach(
        Array.from({ length: sessions }),
        () => Effect.yieldNow.pipe(Effect.withSpan("outside")),
        { concurrency: "unbounded", discard: true }
      )
      const inside = Effect.forEach(
        Array.from({ length: sessions }, (_, n) => n),
        (n) => session(n).pipe(Session.withSummary({ name: `s${n}`, tags: [String(n)] })),
        { concurrency: "unbounded" }
      )
      const { exit, spans } = yield* traced(
        Effect.all([inside, outside], { concurrency: "unbounded" }).pipe(Effect.withSpan("program"))
      )
      const [ended] = Exit.isSuccess(exit) ? exit.value : assert.fail("the program failed")
      const byTrace = new Map<string, Array<(typeof spans)[number]>>()
      for (const span of spans) byTrace.set(span.traceId, [...byTrace.get(span.traceId) ?? [], span])
      assert.strictEqual(byTrace.size, sessions + 1)
      for (const [summary, { id, n, running }] of ended) {
        assert.deepInclude(summary, {
          id,
          toolCalls: 4,
          llmCalls: 1,
          errors: 1,
          tags: [String(n)],
          endState: "Success"
        })
        assert.deepStrictEqual(summary.usage, { inputTokens: n, outputTokens: 1 })
        assert.deepInclude(running, { toolCalls: 4, llmCalls: 1, errors: 1, endState: undefined })
        const trace = byTrace.get(id.replaceAll("-", "")) ?? []
        assert.lengthOf(trace, 1 + 3 * 3 + 2 + 2, `s${n}`)
        const root = named(trace, `s${n}`)
        for (const span of trace) {
          assert.strictEqual(span.attributes["session.id"], id)
          if (span !== root) assert.isTrue(trace.some((parent) => parent.spanId === span.parentSpanId))
          if ("n" in span.attributes) assert.strictEqual(span.attributes["n"], n)
        }
      }
      const program = named(spans, "program")
      const others = byTrace.get(program.traceId)!
      assert.lengthOf(others, sessions + 1)
      for (const span of others) assert.notProperty(span.attributes, "session.id")
      assert.strictEqual(new Set(spans.map((span) => span.spanId)).size, spans.length)
    }))
})

it.effect("a fiber that outlives its session no longer counts for it", () =>
  Effect.gen(function*() {
    const spans = yield* spansOf(Effect.gen(function*() {
      const [summary, fiber] = yield* Effect.sleep("1 second").pipe(
        traceTool("late"),
        Effect.forkDetach({ startImmediately: true }),
        Session.withSummary({ name: "s" })
      )
      assert.strictEqual(summary.toolCalls, 0)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
    }))
    assert.deepStrictEqual(spans.map((span) => span.name), ["s", "tool.execution", "agent.tool"])
    assert.strictEqual(named(spans, "s").attributes["agentops.session.tool_calls"], 0)
    assert.strictEqual(named(spans, "agent.tool").traceId, named(spans, "s").traceId)
  }))
