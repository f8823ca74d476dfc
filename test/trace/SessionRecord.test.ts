/** Recorded past events have the same spans as tracing them would have made. */
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as TestClock from "effect/testing/TestClock"
import type { SpanData } from "../../src/core/SpanData.ts"
import { run as traced, spansOf } from "../../src/testing/TestTracing.ts"
import { ActionEvent, traceAction } from "../../src/trace/ActionEvent.ts"
import { AgentEvent, traceAgent } from "../../src/trace/AgentEvent.ts"
import { ErrorEvent } from "../../src/trace/ErrorEvent.ts"
import { LlmEvent, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { ToolEvent, traceTool } from "../../src/trace/ToolEvent.ts"
import { exceptions, named, tree } from "../support/traced.ts"

class Down extends Data.TaggedError("Down")<{ readonly message: string }> {}

const start = 1_700_000_000_000_000_000n
const end = start + 250_000_001n
const times = { startTime: start, endTime: end }

const failure = new Down({ message: "no route" })

const pairs: ReadonlyArray<readonly [string, Effect.Effect<unknown, unknown>, Effect.Effect<unknown>]> = [
  [
    "a tool",
    Effect.succeed({ hits: 3 }).pipe(traceTool("search", { parameters: { q: "x" }, attributes: { mine: 1 } })),
    Session.record(ToolEvent.make({ name: "search", parameters: { q: "x" }, result: { hits: 3 } }), {
      attributes: { mine: 1 }
    })
  ],
  [
    "a tool that failed",
    Effect.fail(failure).pipe(traceTool("search", { callId: "c-1" })),
    Session.record(ToolEvent.make({ name: "search", callId: "c-1" }), { error: failure })
  ],
  [
    "an action",
    Effect.succeed("closed").pipe(traceAction("handle", { parameters: [1] })),
    Session.record(ActionEvent.make({ type: "handle", parameters: [1], result: "closed" }))
  ],
  [
    "an agent's run",
    Effect.void.pipe(traceAgent("planner", { role: "plans", tools: ["a"] })),
    Session.record(AgentEvent.make({ name: "planner", role: "plans", tools: ["a"] }))
  ],
  [
    "a model call",
    Effect.void.pipe(
      traceLlmWith({
        model: "m",
        finishReasons: ["stop"],
        usage: { inputTokens: 7, outputTokens: 2, cacheReadTokens: 1 }
      })
    ),
    Session.record(
      LlmEvent.make({
        model: "m",
        finishReasons: ["stop"],
        usage: { inputTokens: 7, outputTokens: 2, cacheReadTokens: 1 }
      })
    )
  ]
]

/** A span without its individual facts: ids, source location, stacks. */
const shape = (spans: ReadonlyArray<SpanData>) =>
  spans.map(({ attributes, events, parentSpanId, spanId: _, traceId: __, ...span }) => ({
    ...span,
    parent: spans.find((parent) => parent.spanId === parentSpanId)?.name,
    attributes: Object.fromEntries(
      Object.entries(attributes).filter(([key]) => !key.startsWith("code.") && key !== "session.id")
    ),
    events: events.map((event) => ({ ...event, attributes: { ...event.attributes, "exception.stacktrace": "" } })),
    resource: undefined
  }))

describe("record makes the spans that tracing would have made", () => {
  for (const [name, tracing, recording] of pairs) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const within = <E>(effect: Effect.Effect<unknown, E>) =>
          spansOf(effect.pipe(Effect.ignoreCause, Effect.withSpan("parent"), Session.withSession({ name: "s" })))
        const lived = yield* within(tracing)
        const recorded = yield* within(recording)
        assert.deepStrictEqual(shape(recorded), shape(lived))
        assert.isAbove(recorded.length, 2)
      }))
  }
})

describe("times", () => {
  it.effect("are the event's own, to the nanosecond", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(Session.record(ToolEvent.make({ name: "t" }), times))
      assert.deepStrictEqual(spans.map((span) => [span.name, span.startTime, span.endTime]), [
        ["tool.execution", start, end],
        ["agent.tool", start, end]
      ])
    }))

  it.effect("without an end it ends now, and without a start it has no duration", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(5_000)
      const now = 5_000_000_000n
      const at = (options?: Parameters<typeof Session.record>[1]) =>
        Effect.map(spansOf(Session.record(ToolEvent.make({ name: "t" }), options)), (spans) => {
          const { endTime, startTime } = named(spans, "agent.tool")
          return [startTime, endTime]
        })
      assert.deepStrictEqual(yield* at(), [now, now])
      assert.deepStrictEqual(yield* at({ endTime: 7n }), [7n, 7n])
      assert.deepStrictEqual(yield* at({ startTime: 7n }), [7n, now])
    }))
})

describe("totals and errors", () => {
  it.effect("count for the session", () =>
    Effect.gen(function*() {
      const [summary] = yield* Effect.all([
        Session.record(LlmEvent.make({ usage: { inputTokens: 3, outputTokens: 4 } }), times),
        Session.record(ToolEvent.make({ name: "t" }), { ...times, error: failure }),
        Session.record(ActionEvent.make({ type: "a" }), times),
        Session.record(ErrorEvent.make({ type: "Timeout", message: "slow" }), times)
      ]).pipe(Session.withSummary())
      assert.deepInclude(summary, { llmCalls: 1, toolCalls: 1, actions: 1, errors: 2, endState: "Success" })
      assert.deepStrictEqual(summary.usage, { inputTokens: 3, outputTokens: 4 })
    }))

  it.effect("an ErrorEvent's span has status error, its type and an exception of its own", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(Session.record(
        ErrorEvent.make({
          type: "RateLimit",
          code: "429",
          message: "slow down",
          details: { retry: 3 },
          stacktrace: "RateLimit: slow down\n    at there (/app/there.ts:1:1)",
          triggerId: "b7ad6b7169203331",
          triggerKind: "tool"
        }),
        times
      ))
      const span = named(spans, "agent.error")
      assert.lengthOf(spans, 1)
      assert.deepStrictEqual(span.status, { code: "error", message: "slow down" })
      assert.deepInclude(span.attributes, {
        "error.type": "RateLimit",
        "error.message": "slow down",
        "agentops.error.code": "429",
        "agentops.error.details": "{\"retry\":3}",
        "agentops.error.trigger.id": "b7ad6b7169203331",
        "agentops.error.trigger.kind": "tool"
      })
      assert.deepStrictEqual(exceptions(span), [["RateLimit", "slow down"]])
      assert.strictEqual(
        span.events[0]!.attributes["exception.stacktrace"],
        "RateLimit: slow down\n    at there (/app/there.ts:1:1)"
      )
    }))

  it.effect("an empty ErrorEvent is still an error", () =>
    Effect.gen(function*() {
      const span = named(yield* spansOf(Session.record(ErrorEvent.make({}))), "agent.error")
      assert.strictEqual(span.status.code, "error")
      assert.strictEqual(span.attributes["error.type"], "_OTHER")
      assert.lengthOf(span.events, 1)
      assert.match(
        String(span.events[0]!.attributes["exception.stacktrace"]),
        /^_OTHER: _OTHER\n {4}at .*SessionRecord\.test\.ts:\d+:\d+/
      )
    }))

  it.effect("a type that is the name of a class is unchanged", () =>
    Effect.gen(function*() {
      const span = named(
        yield* spansOf(Session.record(ErrorEvent.make({ type: "Error", message: "m" }))),
        "agent.error"
      )
      assert.strictEqual(span.attributes["error.type"], "Error")
      assert.deepStrictEqual(exceptions(span), [["Error", "m"]])
    }))

  it.effect("the given error is recorded", () =>
    Effect.gen(function*() {
      const span = named(
        yield* spansOf(Session.record(ErrorEvent.make({ type: "Given" }), { error: failure })),
        "agent.error"
      )
      assert.deepStrictEqual(span.status, { code: "error", message: "no route" })
      assert.deepStrictEqual(exceptions(span), [["Down", "no route"]])
    }))
})

describe("where it is recorded", () => {
  it.effect("under the current span, in the session, with its agent", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        Session.record(ToolEvent.make({ name: "t" })).pipe(
          traceAgent("planner"),
          Session.withSession({ name: "s" })
        )
      )
      assert.deepStrictEqual(tree(spans), [["s", ["agent.run", ["agent.tool", "tool.execution"]]]])
      assert.strictEqual(named(spans, "agent.tool").attributes["gen_ai.agent.name"], "planner")
    }))

  it.effect("nowhere if tracing is off", () =>
    Effect.gen(function*() {
      const { exit, spans } = yield* traced(
        Effect.withTracerEnabled(Session.record(ToolEvent.make({ name: "t" })), false)
      )
      assert.deepStrictEqual(exit, Exit.void)
      assert.deepStrictEqual(spans, [])
    }))

  it.effect("again each time the effect runs", () =>
    Effect.gen(function*() {
      const recording = Session.record(ToolEvent.make({ name: "t" }))
      assert.lengthOf(yield* spansOf(Effect.andThen(recording, recording)), 4)
    }))
})
