/**
 * Consistent probability sampling: which spans are kept, and the values in their `tracestate`.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Tracer } from "effect"
import { AgentOps, Exporter, Propagation, Sampler, Session, SessionId, TailSampler } from "effect-agentops"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import {
  hashed,
  randomnessOf,
  thresholdIn,
  thresholdOf,
  withRandomness,
  withThreshold
} from "../../src/core/internal/probability.ts"

const spanId = "b7ad6b7169203331"
const traceOf = (randomness: string) => `0192f0c17e1a7c3e9d${randomness}`

const remote = (traceId: string, tracestate?: string): Propagation.Remote =>
  Option.getOrThrow(Propagation.extract({
    traceparent: `00-${traceId}-${spanId}-03`,
    ...tracestate === undefined ? {} : { tracestate }
  }))

const candidate = (traceId: string, tracestate?: string, isRoot = false): Sampler.Candidate => ({
  traceId,
  parent: isRoot ? undefined : Propagation.toExternalSpan(remote(traceId, tracestate)),
  name: "s",
  kind: "internal",
  attributes: {},
  links: []
})

const digit = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 15 })))
const randomness = Arbitrary.map(
  Arbitrary.array(digit, { minLength: 14, maxLength: 14 }),
  (digits) => digits.map((digit) => digit.toString(16)).join("")
)
const share = Arbitrary.schema(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })))

describe("thresholds", () => {
  it.each([
    [1, "0"],
    [0.5, "8"],
    [0.25, "c"],
    [0.75, "4"],
    [1 / 3, "aaab"],
    [2 / 3, "5555"],
    [0.1, "e666"],
    [0.01, "fd70a"],
    [0.001, "ffbe77"],
    [0.0001, "fff9724"],
    [2 ** -56, "ffffffffffffff"]
  ])("of %d is %s", (probability, told) => {
    assert.strictEqual(withThreshold(undefined, thresholdOf(probability)), `ot=th:${told}`)
    assert.strictEqual(thresholdIn(`ot=th:${told}`), thresholdOf(probability))
  })

  it("no threshold keeps nothing", () => {
    for (const probability of [0, -1, NaN, 2 ** -58]) assert.isUndefined(thresholdOf(probability))
  })

  it.prop("are exact, and ordered", [share, share], ([a, b]) => {
    const [lower, higher] = a < b ? [a, b] : [b, a]
    const [ofLower = "g", ofHigher = "g"] = [thresholdOf(lower), thresholdOf(higher)]
    assert.isTrue(ofLower >= ofHigher)
    const kept = 1 - Number(BigInt(`0x${thresholdOf(higher) ?? "0"}`)) / 2 ** 56
    if (higher > 1e-12) assert.closeTo(kept / higher, 1, 1e-3)
  }, { arbitrary: { runs: 500 } })
})

describe("a tracestate", () => {
  it.each([
    [undefined, "ot=th:8"],
    ["a=1,b=2", "ot=th:8,a=1,b=2"],
    ["a=1,ot=rv:0123456789abcd,b=2", "ot=th:8;rv:0123456789abcd,a=1,b=2"],
    ["ot=th:c;x:y", "ot=th:8;x:y"],
    ["ot=th:", "ot=th:8"],
    ["not a tracestate", "ot=th:8"]
  ])("%s has the threshold first", (before, after) => {
    assert.strictEqual(withThreshold(before, thresholdOf(0.5)), after)
    assert.strictEqual(withThreshold(after, undefined), after.replace(/th:8;?/, "").replace(/^ot=,|^ot=$/, ""))
  })

  it.each([
    ["ot=rv:00000000000001", "00000000000001"],
    ["a=1,ot=th:8;rv:00000000000001", "00000000000001"],
    ["ot=rv:1", "ffffffffffffff"],
    ["ot=rv:0000000000000G", "ffffffffffffff"],
    ["rv=00000000000001", "ffffffffffffff"],
    [undefined, "ffffffffffffff"]
  ])("%s has the randomness %s", (state, expected) => {
    assert.strictEqual(randomnessOf(traceOf("ffffffffffffff"), state), expected)
  })

  it.each(["ot=th:g", "ot=th:", "ot=th:0123456789abcdef", "ot=8", "th=8"])("%s has no threshold", (state) => {
    assert.isUndefined(thresholdIn(state))
  })
})

describe("Sampler.ratio", () => {
  it.prop("keeps what is at least as random as its threshold, by the id or by rv", [share, randomness, randomness], (
    [share, own, told]
  ) => {
    const sampler = Sampler.ratio(share)
    const threshold = thresholdOf(share)
    const decide = (tracestate?: string) => sampler.decide(candidate(traceOf(own), tracestate))
    assert.strictEqual(decide().sampled, threshold !== undefined && own >= threshold)
    const decision = decide(`a=1,ot=rv:${told};th:1`)
    assert.strictEqual(decision.sampled, threshold !== undefined && told >= threshold)
    // An unsampled span has no threshold, and passes on the randomness that it received.
    assert.strictEqual(
      decision.traceState,
      decision.sampled
        ? `${withThreshold(undefined, threshold)};rv:${told},a=1`
        : `ot=rv:${told},a=1`
    )
  }, { arbitrary: { runs: 500 } })

  it.prop("a lower share keeps a subset of a higher one", [share, share, randomness], ([a, b, own]) => {
    const decide = (share: number) => Sampler.ratio(share).decide(candidate(traceOf(own), undefined, true)).sampled
    if (decide(Math.min(a, b))) assert.isTrue(decide(Math.max(a, b)))
  }, { arbitrary: { runs: 500 } })

  it.effect("a kept trace has its threshold on each span and in the propagated context", () =>
    Effect.gen(function*() {
      const program = Effect.all(
        Array.from({ length: 400 }, () => Session.withSession(Propagation.inject().pipe(Effect.withSpan("in"))))
      )
      for (const wrap of [(sampler: Sampler.Sampler) => sampler, Sampler.parentBased]) {
        const [carriers, spans] = yield* Effect.all([
          program,
          Effect.flatMap(Exporter.Memory, (memory) => memory.spans)
        ]).pipe(Effect.provide(
          Exporter.memory().pipe(
            Layer.provideMerge(AgentOps.layer({ serviceName: "test", sampler: wrap(Sampler.ratio(0.25)) }))
          )
        ))
        assert.isTrue(spans.every(({ traceState }) => traceState === "ot=th:c"))
        const kept = carriers.filter(({ traceparent }) => traceparent!.endsWith("3"))
        assert.strictEqual(kept.length * 2, spans.length)
        for (const { traceparent, tracestate } of carriers) {
          const isKept = traceparent!.slice(21, 35) >= "c"
          assert.strictEqual(traceparent!.slice(-1) === "3", isKept)
          assert.strictEqual(tracestate, isKept ? "ot=th:c" : undefined)
        }
        // So a backend's estimate is close to the real number.
        assert.closeTo(kept.length * 4, 400, 130)
      }
    }))

  it.effect("a service with a lower share keeps a subset and its own threshold, one with a higher share keeps all", () =>
    Effect.gen(function*() {
      const answers = (share: number, caller: Propagation.Remote) =>
        Propagation.inject().pipe(
          Effect.withSpan("s"),
          Propagation.continueTrace(Option.some(caller)),
          Effect.provide(AgentOps.layer({ serviceName: "test", sampler: Sampler.ratio(share) }))
        )
      const high = remote(traceOf("f0000000000000"), "ot=th:8,foo=1")
      const low = remote(traceOf("90000000000000"), "ot=th:8,foo=1")
      assert.strictEqual((yield* answers(0.25, high))["tracestate"], "ot=th:c,foo=1")
      assert.strictEqual((yield* answers(0.75, high))["tracestate"], "ot=th:4,foo=1")
      assert.deepInclude(yield* answers(0.25, low), { tracestate: "foo=1" })
      assert.match((yield* answers(0.25, low))["traceparent"]!, /-02$/)
    }))

  it.effect("a session whose id has no randomness writes a value, the same for the same id", () =>
    Effect.gen(function*() {
      const ids = yield* Effect.forEach(
        Array.from({ length: 200 }, (_, n) => `${n.toString(16).padStart(8, "0")}-0000-1000-8000-00000000abcd`),
        SessionId.fromString
      )
      const run = (id: SessionId.SessionId) =>
        Propagation.inject().pipe(
          Session.withSession({ id }),
          Effect.provide(AgentOps.layer({ serviceName: "test", sampler: Sampler.ratio(0.5) }))
        )
      const states = yield* Effect.forEach(ids, run)
      const kept = states.filter(({ traceparent }) => traceparent!.endsWith("1"))
      assert.isAbove(kept.length, 60)
      assert.isBelow(kept.length, 140)
      for (const { tracestate } of kept) assert.match(tracestate!, /^ot=th:8;rv:[89a-f][0-9a-f]{13}$/)
      assert.strictEqual((yield* run(ids[0]!))["tracestate"], states[0]!["tracestate"])
    }))

  it("the randomness of ids is uniform", () => {
    const counts = Array.from({ length: 16 }, () => 0)
    for (let n = 0; n < 16_000; n++) counts[parseInt(hashed(n.toString(16).padStart(32, "0"))[0]!, 16)]!++
    for (const count of counts) assert.closeTo(count, 1_000, 150)
    assert.strictEqual(withRandomness("a=1", "0123456789abcd"), "ot=rv:0123456789abcd,a=1")
  })
})

describe("TailSampler", () => {
  const tell = (keep: TailSampler.Rule, options: AgentOps.Options = {}) =>
    Effect.gen(function*() {
      const work = Effect.void.pipe(Effect.withSpan("in"))
      yield* Effect.forEach(Array.from({ length: 300 }), () => Session.withSession(work, { name: "ok" }))
      yield* Effect.fail("no").pipe(Session.withSession({ name: "bad" }), Effect.ignore)
      return yield* Effect.flatMap(Exporter.Memory, (memory) => memory.spans)
    }).pipe(Effect.provide(
      Exporter.memory().pipe(
        Layer.provideMerge(TailSampler.layer({ keep })),
        Layer.provideMerge(AgentOps.layer({ serviceName: "test", ...options }))
      )
    ))

  it.effect("records the share that kept a trace, and nothing for a trace kept for its facts", () =>
    Effect.gen(function*() {
      const spans = yield* tell(TailSampler.any(TailSampler.failed, TailSampler.share(0.25)))
      const bad = spans.filter(({ name }) => name === "bad")
      assert.deepStrictEqual(bad.map(({ traceState }) => traceState), [undefined])
      const others = spans.filter(({ name }) => name !== "bad")
      assert.isAbove(others.length, 60)
      for (const { traceId, traceState } of others) {
        assert.strictEqual(traceState, "ot=th:c")
        assert.isTrue(traceId.slice(-14) >= "c")
      }
    }))

  it.effect("keeps and records the lower share of two samplers", () =>
    Effect.gen(function*() {
      const lower = yield* tell(TailSampler.share(0.25), { sampler: Sampler.ratio(0.5) })
      assert.isTrue(lower.every(({ traceId, traceState }) => traceState === "ot=th:c" && traceId.slice(-14) >= "c"))
      const higher = yield* tell(TailSampler.share(0.75), { sampler: Sampler.ratio(0.5) })
      assert.isTrue(higher.every(({ traceId, traceState }) => traceState === "ot=th:8" && traceId.slice(-14) >= "8"))
    }))

  it.effect("all keeps what its lowest rule keeps, and a custom rule is still true or false", () =>
    Effect.gen(function*() {
      const both = yield* tell(TailSampler.all(TailSampler.share(0.5), TailSampler.share(0.25), () => true))
      assert.isAbove(both.length, 60)
      assert.isTrue(both.every(({ traceState }) => traceState === "ot=th:c"))
      assert.deepStrictEqual(yield* tell(TailSampler.all(TailSampler.share(0.5), () => false)), [])
      assert.deepStrictEqual(yield* tell(() => NaN), [])
    }))

  it.effect("spans that end after their root have it too, and exporters with every span do not", () =>
    Effect.gen(function*() {
      const seen: Array<string | undefined> = []
      const all = Exporter.make({
        name: "all",
        export: (spans) => Effect.sync(() => spans.forEach(({ traceState }) => seen.push(traceState)))
      })
      const program = Effect.gen(function*() {
        const late = yield* Session.withSession(
          Effect.makeSpan("late").pipe(
            Effect.flatMap((span) => Effect.as(Effect.withParentSpan(Effect.void, span), span))
          )
        )
        late.end(10n, Option.getOrThrow(Option.some({ _tag: "Success", value: undefined } as never)))
        return yield* Effect.flatMap(Exporter.Memory, (memory) => memory.spans)
      })
      const spans = yield* program.pipe(Effect.provide(
        Layer.merge(
          Exporter.memory().pipe(Layer.provide(TailSampler.layer({ keep: TailSampler.share(0.999999999) }))),
          all
        ).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
      ))
      assert.isTrue(spans.length > 0 && spans.every(({ traceState }) => traceState?.startsWith("ot=th:")))
      assert.isTrue(seen.every((state) => state === undefined))
    }))
})

it("an external span without a tracestate is decided by its id", () => {
  const parent = Tracer.externalSpan({ traceId: traceOf("c0000000000000"), spanId })
  assert.isTrue(Sampler.ratio(0.25).decide({ ...candidate(parent.traceId), parent }).sampled)
  assert.isFalse(Sampler.ratio(0.2).decide({ ...candidate(parent.traceId), parent }).sampled)
})
