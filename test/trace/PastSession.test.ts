/** Sessions of past events: a child starts after its root, and a session ends with its last past event. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { AgentOps, Convention, Exporter, LlmEvent, Session, type SpanData, ToolEvent, traceTool } from "effect-agentops"
import * as Transcript from "effect-agentops/trace/Transcript"
import { withOutput } from "../support/otlp/output.ts"

const then = 1_700_000_000_000_000_000n
const second = 1_000_000_000n

const run = <A, E>(program: Effect.Effect<A, E>, convention = Convention.standard) =>
  Effect.andThen(program, Effect.flatMap(Exporter.Memory, ({ spans }) => spans)).pipe(
    Effect.provide(Exporter.memory({ convention }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))))
  )

const rootOf = (spans: ReadonlyArray<SpanData.SpanData>) =>
  spans.find(({ parentSpanId }) => parentSpanId === undefined)!

const record = (start: bigint, end: bigint) =>
  Session.record(ToolEvent.ToolEvent.make({ name: "search", result: 3 }), { startTime: start, endTime: end })

const startsFirst = (spans: ReadonlyArray<SpanData.SpanData>) => {
  const root = rootOf(spans)
  for (const span of spans) if (span !== root) assert.isTrue(root.startTime < span.startTime, span.name)
}

describe("a session of the past", () => {
  it.live("begins before the first event that is recorded in it, and ends with the last", () =>
    Effect.gen(function*() {
      const program = Effect.andThen(record(then + 5n * second, then + 9n * second), record(then, then + second))
      for (const convention of [Convention.standard, Convention.agentOps]) {
        const spans = yield* run(Session.withSession(program, { name: "import" }), convention)
        const root = rootOf(spans)
        assert.strictEqual(root.startTime, then - 1n)
        assert.strictEqual(root.endTime, then + 9n * second)
        startsFirst(spans)
      }
      const [summary] = yield* Session.withSummary(program, { name: "import" })
      assert.strictEqual(summary.duration, 9_000)
    }))

  it.live("accepts its start in nanoseconds, milliseconds or as a date", () =>
    Effect.gen(function*() {
      const millis = Number(then / 1_000_000n)
      for (const startTime of [then, millis, new Date(millis)]) {
        const spans = yield* run(Session.withSession(record(then + second, then + 2n * second), { startTime }))
        assert.strictEqual(rootOf(spans).startTime, then - 1n)
        assert.strictEqual(rootOf(spans).endTime, then + 2n * second)
      }
      // The times of an event take precedence over the given start.
      const spans = yield* run(Session.withSession(record(then - second, then), { startTime: then }))
      assert.strictEqual(rootOf(spans).startTime, then - second - 1n)
    }))

  it.live("with a present event ends now", () =>
    Effect.gen(function*() {
      const before = yield* Clock.currentTimeNanos
      const spans = yield* run(
        Session.withSession(Effect.andThen(record(then, then + second), traceTool(Effect.void, "live")))
      )
      assert.strictEqual(rootOf(spans).startTime, then - 1n)
      assert.isTrue(rootOf(spans).endTime >= before)
      startsFirst(spans)
    }))

  it.live("with only present events is like any other", () =>
    Effect.gen(function*() {
      const before = yield* Clock.currentTimeNanos
      const now = Effect.flatMap(Clock.currentTimeNanos, (time) => record(time, time))
      const spans = yield* run(Session.withSession(Effect.andThen(now, Effect.sleep("5 millis"))))
      const root = rootOf(spans)
      assert.isTrue(root.startTime >= before - 1n && root.endTime - root.startTime >= 4_000_000n)
      startsFirst(spans)
    }))

  it.live("an invalid time is logged, and the session begins now", () =>
    withOutput((output) =>
      Effect.gen(function*() {
        const before = yield* Clock.currentTimeNanos
        for (const startTime of [-1, NaN, 1n << 70n, "yesterday" as never]) {
          const spans = yield* run(Session.withSession(Effect.void, { startTime }))
          assert.isTrue(rootOf(spans).startTime >= before - 1n)
        }
        assert.strictEqual(output.logged.filter((line) => line.includes("startTime")).length, 4)
      })
    ))

  it.effect("a transcript's root starts before its steps, under a clock that stands still", () =>
    Effect.gen(function*() {
      const messages = [{ role: "user", content: "Hi" }, { role: "assistant", content: "Hello" }]
      const { transcripts } = yield* Transcript.read(JSON.stringify(messages))
      const spans = yield* run(
        Effect.forEach(transcripts, (transcript) => Transcript.record(transcript)).pipe(
          Effect.provideService(Clock.Clock, {
            ...(yield* Clock.Clock),
            currentTimeNanosUnsafe: () => then,
            currentTimeNanos: Effect.succeed(then)
          })
        )
      )
      assert.isAbove(spans.length, 1)
      startsFirst(spans)
    }))

  it.effect("so does a live session, whose clock stands still", () =>
    Effect.gen(function*() {
      const clock = yield* Clock.Clock
      const spans = yield* run(
        Session.withSession(
          Effect.andThen(traceTool(Effect.void, "live"), Session.record(LlmEvent.LlmEvent.make({ model: "m" })))
        ).pipe(Effect.provideService(Clock.Clock, {
          ...clock,
          currentTimeNanosUnsafe: () => then,
          currentTimeNanos: Effect.succeed(then)
        }))
      )
      startsFirst(spans)
    }))
})
