/** Span exporters of others: their errors, and their own buffers. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { counts, exportingTo, many } from "../support/otlp/exporting.ts"
import { withOutput } from "../support/otlp/output.ts"

const exporter = (
  answer: (index: number, spans: ReadonlyArray<unknown>) => Error | undefined,
  flush: () => Promise<void> = () => Promise.resolve()
) => {
  let index = 0
  return Exporter.fromSpanExporter(() => ({
    export: (spans, done) => {
      const error = answer(index++, spans)
      done(error === undefined ? { code: 0 } : { code: 1, error })
    },
    forceFlush: flush,
    shutdown: () => Promise.resolve()
  }), { name: "theirs", shutdownTimeout: "1 second" })
}

const withCode = (code: number | string, message = "no") => Object.assign(new Error(message), { code })

describe("a failure of a foreign exporter", () => {
  it.live.each<[string, Error]>([
    ["503 of HTTP", withCode(503)],
    ["UNAVAILABLE of gRPC", withCode(14)],
    ["DEADLINE_EXCEEDED of gRPC", withCode(4)],
    ["a connection that is refused", withCode("ECONNREFUSED")],
    ["a cause that is refused", new Error("failed", { cause: withCode("ECONNRESET") })]
  ])("is retried if its code allows it: %s", ([, error]) =>
    withOutput(() =>
      Effect.gen(function*() {
        const [status] = yield* many(3).pipe(
          Effect.andThen(AgentOps.flush("20 seconds")),
          exportingTo(exporter((index) => index < 2 ? error : undefined))
        )
        assert.deepStrictEqual(counts(status!), { name: "theirs", delivered: 3, pending: 0, dropped: {} })
      })
    ))

  it.live.each<[string, Error]>([
    ["404 of HTTP", withCode(404)],
    ["UNIMPLEMENTED of gRPC", withCode(12)],
    ["no code", new Error("no")]
  ])("is final if it does not: %s", ([, error]) =>
    withOutput(() =>
      Effect.gen(function*() {
        let requests = 0
        const [status] = yield* many(3).pipe(
          Effect.andThen(AgentOps.flush()),
          exportingTo(exporter(() => {
            requests++
            return error
          }))
        )
        assert.deepStrictEqual(counts(status!).dropped, { export_failed: 3 })
        assert.strictEqual(requests, 1)
      })
    ))

  it.live("for its size is split", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const large = withCode(8, "Sent message larger than max (10 vs. 5)")
        const [status] = yield* many(4).pipe(
          Effect.andThen(AgentOps.flush()),
          exportingTo(exporter((_, spans) => spans.length > 2 ? large : undefined))
        )
        assert.deepStrictEqual(counts(status!), { name: "theirs", delivered: 4, pending: 0, dropped: {} })
      })
    ))
})

describe("the buffer of a foreign exporter", () => {
  it.live("is delivered after it has been flushed, and not before", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const kept: Array<unknown> = []
        const sent: Array<unknown> = []
        const flushing = exporter((_, spans) => void kept.push(...spans), () => {
          sent.push(...kept.splice(0))
          return Promise.resolve()
        })
        const [status] = yield* many(3).pipe(Effect.andThen(AgentOps.flush()), exportingTo(flushing))
        assert.strictEqual(status!.delivered, 3)
        assert.strictEqual(sent.length, 3)
      })
    ))

  it.live("is lost and counted if its flush fails", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const failing = exporter(() => undefined, () => Promise.reject(new Error("the flush failed")))
        const [status] = yield* many(3).pipe(Effect.andThen(AgentOps.flush()), exportingTo(failing))
        assert.strictEqual(status!.delivered, 0)
        assert.deepStrictEqual(status!.dropped, { export_failed: 3 })
      })
    ))
})
