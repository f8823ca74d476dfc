/**
 * A program under `TestClock` whose endpoint is dead: nothing adjusts the clock for an exporter's delays and deadlines.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { withOutput } from "../support/otlp/output.ts"
import { server } from "../support/otlp/server.ts"

const traced = Layer.provideMerge(AgentOps.layer({ serviceName: "x" }))

describe("under a clock that stands still", () => {
  it.effect("a flush reaches its deadline, and a release ends", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const dead = Exporter.otlp({ url: "http://127.0.0.1:1", shutdownTimeout: "200 millis" })
        yield* Effect.gen(function*() {
          yield* Effect.withSpan(Effect.void, "a")
          const [status] = yield* AgentOps.flush("200 millis")
          assert.strictEqual(status!.pending, 1)
          assert.strictEqual(status!.failing?.reason, "connection")
        }).pipe(Effect.provide(traced(dead)))
      })
    ))

  it.effect("so do metrics, and log records", () =>
    withOutput(() =>
      Effect.gen(function*() {
        // It receives requests and never answers.
        const { url } = yield* server(() => "hang")
        const times = { timeout: "50 millis", shutdownTimeout: "200 millis" } as const
        const dead = Layer.mergeAll(
          MetricExporter.otlp({ url, ...times, exportTimeout: "100 millis" }),
          Exporter.otlpLogs({ url, ...times })
        )
        yield* Effect.gen(function*() {
          yield* Effect.succeed(1).pipe(Effect.tap(() => Effect.log("here")), traceAgent("a"))
          yield* TestClock.adjust("1 minute")
          const status = yield* AgentOps.flush("300 millis")
          assert.deepStrictEqual(status.map(({ failing }) => failing?.reason), ["timeout", "timeout"])
        }).pipe(Effect.provide(traced(dead)))
      })
    ))

  it.effect("a program's own exporter runs on the program's clock", () =>
    Effect.gen(function*() {
      const times: Array<number> = []
      const own = Exporter.make({
        name: "own",
        export: () => Effect.map(Clock.currentTimeMillis, (now) => void times.push(now))
      })
      yield* Effect.gen(function*() {
        yield* TestClock.adjust("1 hour")
        yield* Effect.withSpan(Effect.void, "a")
        yield* AgentOps.flush()
      }).pipe(Effect.provide(traced(own)))
      assert.deepStrictEqual(times, [3_600_000])
    }))
})
