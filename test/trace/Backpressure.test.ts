/**
 * A program that is faster than its backend waits, and loses nothing. The scripted destination checks at every `status`
 * that each ended span is delivered, pending or dropped.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import * as Tracer from "effect/Tracer"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import type { AgentOpsTracer } from "../../src/trace/internal/tracer.ts"
import { traceLlmStream } from "../../src/trace/LlmStream.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { elapse, scripted } from "../support/delivery/scripted.ts"
import { withLog } from "../support/delivery/withLog.ts"
import { arrived, server } from "../support/otlp/server.ts"

const traced = <A, E, R>(self: Effect.Effect<A, E, R>, tracer: AgentOpsTracer) =>
  Effect.provideService(self, Tracer.Tracer, tracer)

const times = <A, E, R>(count: number, self: Effect.Effect<A, E, R>) =>
  Effect.forEach(Array.from({ length: count }), () => self, { discard: true })

const act = traceAgent(Effect.void, "act")

/** Takes each batch of ten after 100 milliseconds. */
const slow = () => Effect.as(Effect.sleep("100 millis"), 200)

const waiting = { maxItems: 20, whenFull: "wait" } as const

describe("a program that waits", () => {
  it.effect("runs as fast as the receiver, and loses nothing", () =>
    Effect.gen(function*() {
      const { close, status, tracer } = yield* scripted(slow, waiting)
      const fiber = yield* Effect.forkChild(traced(times(1_000, act), tracer))
      let looks = 0
      while (fiber.pollUnsafe() === undefined) {
        yield* elapse("100 millis")
        looks++
        const { dropped, pending } = yield* status
        assert.deepStrictEqual(dropped, {})
        assert.isAtMost(pending, 31)
      }
      // A hundred batches, minus those for which the queue has room.
      assert.isAtLeast(looks, 90)
      assert.isAtMost(looks, 110)
      assert.deepStrictEqual(yield* close, { name: "scripted", delivered: 1_000, pending: 0, dropped: {} })
    }))

  it.effect.prop("loses nothing with concurrent and nested events", [
    Arbitrary.array(
      Arbitrary.schema(Schema.Struct({
        rounds: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 })),
        tools: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 })),
        millis: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 300 }))
      })),
      { minLength: 1, maxLength: 6 }
    )
  ], ([agents]) =>
    Effect.gen(function*() {
      const { close, status, tracer } = yield* scripted(slow, waiting)
      const run = ({ millis, rounds, tools }: (typeof agents)[number]) =>
        Effect.sleep(millis).pipe(
          Effect.andThen(times(tools, traceTool(Effect.void, "tool"))),
          traceAgent("agent"),
          Session.withSession({ name: "session" }),
          (self) => times(rounds, self)
        )
      const fiber = yield* Effect.forkChild(
        traced(Effect.forEach(agents, run, { concurrency: "unbounded", discard: true }), tracer)
      )
      while (fiber.pollUnsafe() === undefined) {
        yield* elapse("100 millis")
        assert.deepStrictEqual((yield* status).dropped, {})
      }
      const { delivered, dropped, pending } = yield* close
      const made = agents.reduce((sum, { rounds, tools }) => sum + rounds * (2 + 2 * tools), 0)
      assert.deepStrictEqual([delivered, pending, dropped], [made, 0, {}])
    }), { timeout: 60_000 })

  it.effect("waits with streams too", () =>
    Effect.gen(function*() {
      const { close, tracer } = yield* scripted(slow, waiting)
      const call = Stream.runDrain(traceLlmStream(Stream.make("a", "b")))
      const fiber = yield* Effect.forkChild(traced(times(100, call), tracer))
      while (fiber.pollUnsafe() === undefined) yield* elapse("100 millis")
      const { delivered, dropped } = yield* close
      assert.deepStrictEqual([delivered, dropped], [tracer.ended, {}])
      assert.isAtLeast(delivered, 100)
    }))

  it.effect("continues after 30 seconds without a delivery, and waits again after a delivery", () =>
    withLog(() =>
      Effect.gen(function*() {
        let up = false
        const { status, tracer } = yield* scripted(() => up ? 200 : 503, { ...waiting, maxItems: 10 })
        const fiber = yield* Effect.forkChild(traced(times(100, act), tracer))
        for (let i = 0; i < 29; i++) yield* elapse("1 second")
        assert.isUndefined(fiber.pollUnsafe())
        assert.deepStrictEqual((yield* status).dropped, {})
        for (let i = 0; i < 2; i++) yield* elapse("1 second")
        assert.isDefined(fiber.pollUnsafe())
        const { dropped, pending } = yield* status
        assert.deepStrictEqual(dropped, { queue_full: 100 - pending })
        // Nothing has been delivered since, so nothing waits.
        yield* traced(times(10, act), tracer)
        assert.deepStrictEqual((yield* status).dropped, { queue_full: 110 - pending })
        up = true
        // A sender recovers slowly: it asks again after a random part of its delay, with one request.
        for (let i = 0; i < 180 && (yield* status).delivered < pending; i++) yield* elapse("1 second")
        assert.strictEqual((yield* status).delivered, pending)
        const again = yield* Effect.forkChild(traced(times(1_000, act), tracer))
        while (again.pollUnsafe() === undefined) yield* elapse("1 second")
        for (let i = 0; i < 3; i++) yield* elapse("1 second")
        const last = yield* status
        assert.deepStrictEqual(last, { ...last, delivered: pending + 1_000, pending: 0 })
        assert.deepStrictEqual(last.dropped, { queue_full: 110 - pending })
      })
    ))

  it.effect("can be interrupted while it waits", () =>
    Effect.gen(function*() {
      const { tracer } = yield* scripted(["hang"], waiting)
      const fiber = yield* Effect.forkChild(traced(times(1_000, act), tracer))
      yield* elapse("1 second")
      assert.isUndefined(fiber.pollUnsafe())
      yield* Fiber.interrupt(fiber)
      // The waiting event has not started.
      const ended = tracer.ended
      assert.strictEqual(tracer.started.reduce((sum, count) => sum + count, 0), ended)
    }))

  it.effect("does not wait longer in an uninterruptible region", () =>
    withLog(() =>
      Effect.gen(function*() {
        const { tracer } = yield* scripted(() => 503, waiting)
        const fiber = yield* Effect.forkChild(Effect.uninterruptible(traced(times(100, act), tracer)))
        for (let i = 0; i < 32; i++) yield* elapse("1 second")
        assert.isDefined(fiber.pollUnsafe())
      })
    ))

  it.effect("continues when the exporter shuts down", () =>
    withLog(() =>
      Effect.gen(function*() {
        const { close, tracer } = yield* scripted(["hang", "hang", "hang", "hang", "hang"], waiting)
        const fiber = yield* Effect.forkChild(traced(times(100, act), tracer))
        yield* elapse("1 second")
        assert.isUndefined(fiber.pollUnsafe())
        const closing = yield* Effect.forkChild(close)
        yield* elapse(0)
        assert.isDefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(closing)
      })
    ))

  it.effect("drops and counts spans that cannot wait, and stays within twice the limits", () =>
    Effect.gen(function*() {
      const { give, status, tracer } = yield* scripted(["hang"], waiting)
      give(...Array.from({ length: 50 }, () => "plain"))
      assert.deepStrictEqual(yield* status, {
        name: "scripted",
        delivered: 0,
        pending: 20,
        dropped: { queue_full: 30 }
      })
      // Events that started before the queue was full.
      const other = yield* scripted(["hang"], waiting)
      const open = Effect.sleep("1 second").pipe(traceAgent("open"))
      yield* Effect.forkChild(
        traced(Effect.forEach(Array.from({ length: 60 }), () => open, { concurrency: "unbounded" }), other.tracer)
      )
      yield* TestClock.adjust("1 second")
      const { dropped, pending } = yield* other.status
      assert.strictEqual(pending + (dropped["queue_full"] ?? 0), 60)
      assert.isAtLeast(pending, 40)
      assert.isAtMost(pending, 50)
      assert.strictEqual(tracer.ended, 50)
    }))
})

it.live("whenFull: wait loses nothing with a slow real server", () =>
  Effect.gen(function*() {
    const receiver = yield* server()
    const status = yield* Effect.gen(function*() {
      yield* Effect.forEach(
        Array.from({ length: 20 }),
        () => times(100, traceTool(Effect.void, "tool")),
        { concurrency: "unbounded" }
      )
      return yield* AgentOps.flush()
    }).pipe(Effect.provide(
      Exporter.otlp({ url: receiver.url, whenFull: "wait", maxQueueSize: 100 }).pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
    ))
    assert.deepStrictEqual(status, [{ name: "otlp", delivered: 4_000, pending: 0, dropped: {} }])
    assert.strictEqual(new Set(arrived(receiver).map(({ spanId }) => spanId)).size, 4_000)
  }).pipe(Effect.scoped))
