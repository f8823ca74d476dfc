/** All stores of the viewer return the same results. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as MemoryStore from "../../src/viewer/MemoryStore.ts"
import * as SqliteStore from "../../src/viewer/SqliteStore.ts"
import { TraceSink, TraceStore } from "../../src/viewer/TraceStore.ts"
import type { StoreError } from "../../src/viewer/TraceStore.ts"
import { session, span, traceId } from "../support/viewer/sessions.ts"

const stores: ReadonlyArray<readonly [string, Layer.Layer<TraceStore | TraceSink, StoreError>]> = [
  ["MemoryStore", MemoryStore.layer()],
  ["SqliteStore", SqliteStore.layer()]
]

for (const [name, layer] of stores) {
  describe(name, () => {
    const withSessions = <A, E>(
      use: (store: TraceStore["Service"], sink: TraceSink["Service"]) => Effect.Effect<A, E>
    ) =>
      Effect.gen(function*() {
        const store = yield* TraceStore
        const sink = yield* TraceSink
        yield* sink.addSpans(session(1))
        yield* sink.addSpans(
          session(2, { name: "refund", question: "I was charged twice", at: 1_000, tag: "beta", model: "o3", cost: 2 })
        )
        return yield* use(store, sink)
      }).pipe(Effect.provide(layer))

    it.effect("lists sessions with their totals, the newest first", () =>
      withSessions((store) =>
        Effect.gen(function*() {
          const { rows, total } = yield* store.list({})
          assert.strictEqual(total, 2)
          assert.deepStrictEqual(rows.map((row) => row.name), ["refund", "order-question"])
          const row = rows[1]!
          assert.deepInclude(row, {
            traceId: traceId(1),
            service: "shop",
            state: "Success",
            duration: 240,
            spans: 6,
            llmCalls: 2,
            toolCalls: 1,
            failedTools: 1,
            errors: 1,
            agents: 1,
            inputTokens: 2000,
            outputTokens: 200,
            cost: 1,
            unpricedCalls: 0,
            userId: "u1",
            input: "Where is order 7?",
            output: "There is no order 7."
          })
          assert.deepStrictEqual(row.tags, ["prod"])
          assert.deepStrictEqual(row.models.map(({ calls, model }) => [model, calls]), [["gpt-4o-mini", 2]])
        })
      ))

    const queries = [
      [{ text: "charged" }, ["refund"]],
      [{ text: "CHARGED twice" }, ["refund"]],
      [{ text: "nobody said this" }, []],
      [{ text: "NotFound" }, ["refund", "order-question"]],
      [{ text: traceId(1) }, ["order-question"]],
      [{ tag: "beta" }, ["refund"]],
      [{ model: "gpt-4o-mini" }, ["order-question"]],
      [{ service: "shop" }, ["refund", "order-question"]],
      [{ service: "other" }, []],
      [{ state: "Fail" }, []],
      [{ minCost: 3 }, ["refund"]],
      [{ minDuration: 1_000 }, []],
      [{ sort: "cost" }, ["refund", "order-question"]],
      [{ sort: "cost", ascending: true }, ["order-question", "refund"]],
      [{ sort: "start", ascending: true }, ["order-question", "refund"]],
      [{ limit: 1 }, ["refund"]],
      [{ limit: 1, offset: 1 }, ["order-question"]]
    ] as const
    for (const [query, expected] of queries) {
      it.effect(`answers ${JSON.stringify(query)}`, () =>
        withSessions((store) =>
          Effect.gen(function*() {
            const { rows } = yield* store.list(query)
            assert.deepStrictEqual(rows.map((row) => row.name), [...expected])
          })
        ))
    }

    it.effect("returns a whole session, and nothing for an unknown one", () =>
      withSessions((store) =>
        Effect.gen(function*() {
          const found = yield* store.session(traceId(1))
          assert.lengthOf(found!.spans, 6)
          const tool = found!.spans.find(({ category }) => category === "tool")!
          assert.deepStrictEqual([tool.title, tool.state, tool.errorType, tool.input], [
            "find_order",
            "failed",
            "NotFound",
            { id: 7 }
          ])
          assert.isUndefined(yield* store.session(traceId(9)))
        })
      ))

    it.effect("keeps a duplicate span once", () =>
      withSessions((store, sink) =>
        Effect.gen(function*() {
          const [before] = (yield* store.list({ tag: "prod" })).rows
          yield* sink.addSpans(session(1))
          const [after] = (yield* store.list({ tag: "prod" })).rows
          assert.deepStrictEqual(after, before)
        })
      ))

    it.effect("shows a session without its root as running, and its end when the root comes", () =>
      withSessions((store, sink) =>
        Effect.gen(function*() {
          const spans = session(3, { name: "late" })
          yield* sink.addSpans(spans.slice(0, -1))
          const before = (yield* store.list({ state: "Running" })).rows
          assert.deepStrictEqual(before.map((row) => [row.traceId, row.name]), [[traceId(3), "support"]])
          yield* sink.addSpans(spans.slice(-1))
          assert.deepStrictEqual((yield* store.list({ state: "Running" })).rows, [])
          assert.strictEqual((yield* store.session(traceId(3)))!.row.name, "late")
        })
      ))

    it.effect("adds sessions up, over time and by model", () =>
      withSessions((store) =>
        Effect.gen(function*() {
          const stats = yield* store.stats({})
          assert.deepInclude(stats, { sessions: 2, running: 0, failed: 0, cost: 5, tokens: 4_400, llmCalls: 4 })
          assert.deepStrictEqual(stats.latency, { p50: 100, p95: 100 })
          assert.deepStrictEqual(stats.models.map(({ cost, model }) => [model, cost]), [["o3", 4], ["gpt-4o-mini", 1]])
          assert.strictEqual(stats.buckets.reduce((sum, bucket) => sum + bucket.sessions, 0), 2)
          assert.deepStrictEqual([...stats.tags].sort(), ["beta", "prod"])
          // Over time and by model at once.
          const first = stats.buckets.find(({ sessions }) => sessions > 0)!
          const last = stats.buckets.findLast(({ sessions }) => sessions > 0)!
          assert.deepStrictEqual(
            [first, last].map((
              { errors, models }
            ) => [errors, models.map(({ calls, cost, model }) => [model, calls, cost])]),
            [[1, [["gpt-4o-mini", 2, 1]]], [1, [["o3", 2, 4]]]]
          )
        })
      ))

    it.live("reports which sessions grow", () =>
      withSessions((store, sink) =>
        Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(Stream.runHead(store.changes))
          yield* Effect.sleep(10)
          yield* sink.addSpans([span({ trace: 7, id: 1 })])
          assert.deepStrictEqual(yield* Fiber.join(fiber), Option.some(traceId(7)))
        })
      ))

    it.effect("keeps log records with their session", () =>
      withSessions((store, sink) =>
        Effect.gen(function*() {
          yield* sink.addLogs([{
            traceId: traceId(1),
            spanId: "",
            time: 5_000_000n,
            severityNumber: 13,
            severityText: "WARN",
            eventName: undefined,
            body: "slow",
            attributes: {},
            resource: { attributes: {} }
          }])
          const { logs } = (yield* store.session(traceId(1)))!
          assert.deepStrictEqual(logs.map(({ body, severity, time }) => [body, severity, time]), [["slow", "WARN", 5]])
        })
      ))
  })
}
