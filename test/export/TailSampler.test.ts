import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Tracer } from "effect"
import {
  AgentOps,
  Convention,
  Exporter,
  Session,
  SessionId,
  TailSampler,
  traceLlmWith,
  traceTool
} from "effect-agentops"
import { TestClock } from "effect/testing"

const tracing = AgentOps.layer({ serviceName: "test" })

const sampled = (options: TailSampler.Options) =>
  Exporter.memory().pipe(Layer.provide(TailSampler.layer(options)), Layer.provideMerge(tracing))

const names = Effect.map(
  Effect.flatMap(Exporter.Memory, (memory) => memory.spans),
  (spans) => spans.filter((span) => span.parentSpanId === undefined).map((span) => span.name)
)

const session = (name: string, options?: Session.Options) => Session.withSession({ ...options, name })

const row = Effect.map(AgentOps.status, (status) => {
  const found = status.find(({ name }) => name === "tail-sampler")
  assert.isDefined(found)
  return found as typeof found & { readonly decisions: Record<string, number> }
})

describe("TailSampler", () => {
  const rules: ReadonlyArray<readonly [string, TailSampler.Rule, ReadonlyArray<string>]> = [
    ["failed", TailSampler.failed, ["fails", "recovers"]],
    ["endedAs", TailSampler.endedAs("Fail", "Indeterminate"), ["fails", "judged"]],
    ["slowerThan", TailSampler.slowerThan("3 seconds"), ["slow"]],
    ["costsAtLeast", TailSampler.costsAtLeast(0.5), ["dear"]],
    ["tokensAtLeast", TailSampler.tokensAtLeast(1_000), ["dear"]],
    ["tagged", TailSampler.tagged("vip", "other"), ["tagged"]],
    ["any", TailSampler.any(TailSampler.slowerThan("3 seconds"), TailSampler.tagged("vip")), ["slow", "tagged"]],
    ["all", TailSampler.all(TailSampler.failed, TailSampler.endedAs("Success")), ["recovers"]],
    ["share of all", TailSampler.share(1), ["fails", "recovers", "judged", "slow", "dear", "tagged"]],
    ["share of none", TailSampler.share(0), []]
  ]
  for (const [name, keep, expected] of rules) {
    it.effect(`${name} keeps whole traces by what happened`, () =>
      Effect.gen(function*() {
        const call = traceLlmWith({ usage: { inputTokens: 900, outputTokens: 100 }, cost: 0.5 })
        yield* Effect.fail("no").pipe(traceTool("x"), session("fails"), Effect.ignore)
        yield* Effect.fail("no").pipe(traceTool("x"), Effect.ignore, session("recovers"))
        yield* Effect.flatMap(Session.Session, (self) => self.setEndState("Fail")).pipe(session("judged"))
        yield* TestClock.adjust("3 seconds").pipe(session("slow"))
        yield* Effect.void.pipe(call, session("dear"))
        yield* Effect.void.pipe(session("tagged", { tags: ["vip"] }))
        assert.deepStrictEqual(yield* names, expected)
        const spans = yield* Effect.flatMap(Exporter.Memory, (memory) => memory.spans)
        const status = yield* row
        assert.strictEqual(status.delivered, spans.length)
        assert.strictEqual(status.pending, 0)
        assert.strictEqual(status.decisions["kept"], expected.length)
        assert.strictEqual(status.decisions["sampled_out"], 6 - expected.length)
      }).pipe(Effect.provide(sampled({ keep }))))
  }

  it.effect("holds a trace back until its root has ended", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        yield* traceTool(Effect.void, "x")
        assert.strictEqual((yield* row).pending, 2)
        assert.deepStrictEqual(yield* Effect.flatMap(Exporter.Memory, (memory) => memory.spans), [])
      }).pipe(session("s"))
      assert.strictEqual((yield* Effect.flatMap(Exporter.Memory, (memory) => memory.spans)).length, 3)
    }).pipe(Effect.provide(sampled({ keep: () => true }))))

  it.effect("spans that outlive their root follow its decision", () =>
    Effect.gen(function*() {
      for (const name of ["keep", "drop"]) {
        yield* Effect.sleep("1 second").pipe(traceTool("late"), Effect.forkDetach, session(name))
      }
      yield* TestClock.adjust("1 second")
      const spans = yield* Effect.flatMap(Exporter.Memory, (memory) => memory.spans)
      assert.deepStrictEqual(spans.map((span) => span.name), ["keep", "tool.execution", "agent.tool"])
      assert.deepStrictEqual((yield* row).dropped, { sampled_out: 3 })
    }).pipe(Effect.provide(sampled({ keep: (trace) => trace.root.name === "keep" }))))

  it.effect("exporters outside it receive everything, in their own convention", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const beside = Exporter.make({
        name: "beside",
        convention: {
          name: "loud",
          encode: (span, policy) => ({
            ...Convention.standard.encode(span, policy),
            name: span.name.toUpperCase()
          })
        },
        export: (spans) => Effect.sync(() => seen.push(...spans.map((span) => span.name)))
      })
      const both = Layer.mergeAll(
        Exporter.memory().pipe(Layer.provide(TailSampler.layer({ keep: () => false }))),
        beside
      ).pipe(Layer.provideMerge(tracing))
      yield* Effect.gen(function*() {
        yield* Effect.void.pipe(session("s"))
        assert.deepStrictEqual(yield* names, [])
      }).pipe(Effect.provide(both))
      assert.deepStrictEqual(seen, ["S"])
    }))

  it.effect("waiting spans are limited in traces, spans and bytes, and early releases are counted", () =>
    Effect.gen(function*() {
      const run = (options: Partial<TailSampler.Options>, attributes: Record<string, string>) =>
        Effect.gen(function*() {
          const gate = Effect.never
          yield* Effect.forEach(
            Array.from({ length: 20 }),
            () =>
              Effect.andThen(Effect.void.pipe(Effect.withSpan("inner", { attributes })), gate).pipe(
                session("s"),
                Effect.forkChild
              ),
            { discard: true }
          )
          yield* Effect.yieldNow
          const status = yield* row
          assert.strictEqual(status.pending + status.delivered, 20)
          return status
        }).pipe(Effect.provide(sampled({ keep: () => true, ...options })))
      assert.strictEqual((yield* run({ maxTraces: 5 }, {})).pending, 5)
      assert.strictEqual((yield* run({ maxSpans: 7 }, {})).pending, 7)
      const bytes = yield* run({ maxBytes: 50_000 }, { text: "x".repeat(10_000) })
      assert.strictEqual(bytes.pending, 2)
      assert.strictEqual(bytes.decisions["overflow"], 18)
    }))

  it.effect("a trace that is too old is passed on, and counted", () =>
    Effect.gen(function*() {
      yield* Effect.andThen(traceTool(Effect.void, "x"), Effect.never).pipe(session("stuck"), Effect.forkChild)
      yield* TestClock.adjust("9 minutes")
      assert.strictEqual((yield* row).pending, 2)
      yield* TestClock.adjust("2 minutes")
      const status = yield* row
      assert.deepStrictEqual([status.pending, status.delivered, status.decisions["expired"]], [0, 2, 1])
    }).pipe(Effect.provide(sampled({ keep: () => false }))))

  it.effect("a rule that throws keeps the trace, and an invalid limit is a typed error", () =>
    Effect.gen(function*() {
      const faulty = sampled({
        keep: () => {
          throw new Error("rule")
        }
      })
      assert.deepStrictEqual(
        yield* Effect.void.pipe(session("s"), Effect.andThen(names), Effect.provide(faulty)),
        ["s"]
      )
      const error = yield* Effect.flip(Layer.build(sampled({ keep: () => true, maxTraces: 0 })))
      assert.strictEqual(error.field, "maxTraces")
    }))

  it.effect("share keeps the same traces everywhere, and about that share", () =>
    Effect.gen(function*() {
      const ids = yield* Effect.all(Array.from({ length: 4_000 }, () => SessionId.make))
      const kept = (part: number) => {
        const rule = TailSampler.share(part)
        return ids.filter((id) =>
          rule({
            traceId: SessionId.toTraceId(id),
            root: Tracer.externalSpan({ traceId: SessionId.toTraceId(id), spanId: "b7ad6b7169203331" }) as never
          } as unknown as TailSampler.Trace)
        )
      }
      const quarter = kept(0.25)
      assert.isAbove(quarter.length, 850)
      assert.isBelow(quarter.length, 1_150)
      assert.deepStrictEqual(kept(0.25), quarter)
      const half = new Set(kept(0.5))
      assert.isTrue(quarter.every((id) => half.has(id)))
    }))

  const large = "y".repeat(20_000)
  const elsewhere = Tracer.externalSpan({ spanId: "1".repeat(16), traceId: "1".repeat(32) })
  const ways: Record<string, Effect.Effect<unknown, unknown>> = {
    "a list in a field": Effect.void.pipe(
      traceTool("x", { parameters: { list: Array.from({ length: 200 }, () => "y".repeat(100)) } })
    ),
    "an attribute": Effect.void.pipe(Effect.withSpan("x", { attributes: { large } })),
    "a list in an attribute": Effect.void.pipe(Effect.withSpan("x", { attributes: { large: [large] } })),
    "a name": Effect.void.pipe(Effect.withSpan(large)),
    "a key": Effect.void.pipe(Effect.withSpan("x", { attributes: { [large]: 1 } })),
    "a link": Effect.void.pipe(
      Effect.withSpan("x", { links: [{ span: elsewhere, attributes: { large } }] })
    ),
    "an event": Effect.currentSpan.pipe(
      Effect.tap((span) => Effect.sync(() => span.event("e", BigInt(1), { large }))),
      Effect.withSpan("x")
    ),
    "a log record": Effect.log(large).pipe(Effect.withSpan("x")),
    "a failure": Effect.ignore(Effect.withSpan(Effect.fail(new Error(large)), "x"))
  }
  it.effect.each(Object.entries(ways))(
    "counts %s in its limit of bytes",
    ([, one]) =>
      Effect.gen(function*() {
        const held = TailSampler.layer({ keep: () => true, maxBytes: 200_000 })
        yield* Effect.gen(function*() {
          // The root is still open, so each of these waits for it.
          yield* Effect.repeat(one, { times: 19 })
          const { decisions } = yield* row
          assert.isAbove(decisions["overflow"]!, 0)
        }).pipe(
          session("long"),
          Effect.provide(Exporter.memory().pipe(Layer.provide(held), Layer.provideMerge(tracing)))
        )
      })
  )

  it.live("passes a large trace on in slices, while its exporters have room", () =>
    Effect.gen(function*() {
      let largest = 0
      let arrived = 0
      const slow = Exporter.make({
        name: "slow",
        maxQueueSize: 200,
        maxBatchSize: 50,
        export: (spans) =>
          Effect.andThen(
            Effect.sleep("1 millis"),
            Effect.sync(() => {
              largest = Math.max(largest, spans.length)
              arrived += spans.length
            })
          )
      })
      const layer = slow.pipe(Layer.provide(TailSampler.layer({ keep: () => true })), Layer.provideMerge(tracing))
      yield* Effect.gen(function*() {
        yield* Effect.forEach(Array.from({ length: 1_000 }), () => Effect.void.pipe(traceTool("x")), { discard: true })
          .pipe(session("large"))
        const status = yield* AgentOps.flush("10 seconds")
        const exporter = status.find(({ name }) => name === "slow")
        assert.deepStrictEqual(exporter, { name: "slow", delivered: arrived, pending: 0, dropped: {} })
        assert.isAbove(arrived, 1_000)
        assert.strictEqual((yield* row).pending, 0)
      }).pipe(Effect.provide(layer))
    }))
})
