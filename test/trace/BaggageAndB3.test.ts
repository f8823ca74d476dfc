/** What W3C Baggage and B3 require of a program that passes a carrier on: headers are read and written again. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { AgentOps, Propagation } from "effect-agentops"

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
const spanId = "00f067aa0ba902b7"
const traceparent = `00-${traceId}-${spanId}-01`

/** The headers that are written after reading the given ones. */
const passed = (carrier: Propagation.Carrier, options?: Propagation.InjectOptions) =>
  Propagation.inject({ session: false, ...options }).pipe(Propagation.continueTrace(Propagation.extract(carrier)))

const many = (count: number, size = 1) => Array.from({ length: count }, (_, i) => `k${i}=${"v".repeat(size)}`).join(",")

describe("baggage", () => {
  it.effect.each<[name: string, came: string, goes: string | undefined]>([
    ["one", "a=1", "a=1"],
    ["several", "a=1,b=2", "a=1,b=2"],
    ["white space", "a \t = \t 1 \t ; \t p \t , \t b = 2 ; q = 3 ", "a=1;p,b=2;q=3"],
    ["properties", "a=1;p;q=2;p=%20", "a=1;p;q=2;p=%20"],
    ["a property that is encoded as a whole", "a=1;p%20%3D%20q", "a=1;p%20%3D%20q"],
    ["a bad property beside a good one", "a=1;b c;p", "a=1;p"],
    ["equals signs in a value", "a=b=c=d", "a=b%3Dc%3Dd"],
    ["an empty value", "a=,b=2", "a=,b=2"],
    ["encoded characters", "a=%09%20%22%27%3B%3D%41", "a=%09%20%22'%3B%3DA"],
    ["beyond ASCII", "a=Am%C3%A9lie", "a=Am%C3%A9lie"],
    ["no UTF-8", "a=%ff%41,b=%c3", "a=%EF%BF%BDA,b=%EF%BF%BD"],
    ["a percent sign alone", "a=100%", "a=100%EF%BF%BD"],
    ["a byte order mark", "a=%EF%BB%BFx", "a=%EF%BB%BFx"],
    ["a name twice", "a=1,b=2,a=3", "a=3,b=2"],
    ["bad entries", "bad key=1,=2,c,d=\u00e9,e=5", "e=5"],
    ["quotes and backslashes", "a=\"1\",b=\\,c=3", "c=3"],
    ["64 entries", many(64), many(64)],
    ["65 entries", many(65), many(64)],
    ["64 entries after empty ones", `${",".repeat(100)}${many(64)}`, many(64)],
    ["8,192 bytes", `a=${"x".repeat(8190)}`, `a=${"x".repeat(8190)}`],
    ["an entry past 8,192 bytes", `b=1,a=${"x".repeat(8190)},c=2`, "b=1,c=2"],
    ["only what is too long", `a=${"x".repeat(8191)}`, undefined],
    ["several headers past the limit", many(10, 1000), many(8, 1000)]
  ])("%s", ([, came, goes]) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* passed({ baggage: came }))["baggage"], goes)
      const traced = yield* passed({ traceparent, baggage: came })
      assert.strictEqual(traced["baggage"], goes)
      assert.strictEqual(traced["traceparent"], traceparent)
    }))

  it.effect("a new value does not keep the properties of the old one", () =>
    Effect.gen(function*() {
      const out = yield* Propagation.inject().pipe(
        Propagation.withBaggage({ a: "2" }),
        Propagation.withBaggage({
          a: { value: "1", properties: "ttl=5" },
          b: { value: "1", properties: "p; bad prop" }
        })
      )
      assert.deepStrictEqual(out, { baggage: "a=2,b=1;p" })
    }))
})

describe("B3", () => {
  const b3 = { propagators: ["b3", "b3multi"] } as const
  it.effect.each<[name: string, carrier: Propagation.Carrier, state: string | undefined]>([
    ["single", { b3: `${traceId}-${spanId}-1` }, "1"],
    ["single, not sampled", { b3: `${traceId}-${spanId}-0` }, "0"],
    ["single, debug", { b3: `${traceId}-${spanId}-d` }, "d"],
    ["single, with a parent", { b3: `${traceId}-${spanId}-1-${"1".repeat(16)}` }, "1"],
    ["single, no decision", { b3: `${traceId}-${spanId}` }, "1"],
    ["single, upper case", { b3: `${traceId}-${spanId}-1`.toUpperCase() }, "1"],
    ["single goes before multi", {
      b3: `${traceId}-${spanId}-0`,
      "x-b3-traceid": "1".repeat(32),
      "x-b3-spanid": spanId
    }, "0"],
    ["multi", { "X-B3-TraceId": traceId, "X-B3-SpanId": spanId, "X-B3-Sampled": "1" }, "1"],
    ["multi, true", { "X-B3-TraceId": traceId, "X-B3-SpanId": spanId, "X-B3-Sampled": "true" }, "1"],
    ["multi, false", { "X-B3-TraceId": traceId, "X-B3-SpanId": spanId, "X-B3-Sampled": "false" }, "0"],
    ["multi, debug goes before sampled", {
      "X-B3-TraceId": traceId,
      "X-B3-SpanId": spanId,
      "X-B3-Flags": "1",
      "X-B3-Sampled": "0"
    }, "d"],
    ["multi behind an empty single", { b3: "", "x-b3-traceid": traceId, "x-b3-spanid": spanId }, "1"],
    ["multi behind a bad single", { b3: "1", "x-b3-traceid": traceId, "x-b3-spanid": spanId }, "1"],
    ["multi from an environment", { X_B3_TRACEID: traceId, X_B3_SPANID: spanId, X_B3_SAMPLED: "0" }, "0"],
    ["single, a bad state", { b3: `${traceId}-${spanId}-2` }, undefined],
    ["multi, a bad state", { "x-b3-traceid": traceId, "x-b3-spanid": spanId, "x-b3-sampled": "2" }, undefined],
    ["a decision alone", { b3: "0" }, undefined],
    ["a span id too short", { b3: `${traceId}-${spanId.slice(1)}-1` }, undefined],
    ["a trace id of zeros", { b3: `${"0".repeat(32)}-${spanId}-1` }, undefined],
    ["a bad parent", { b3: `${traceId}-${spanId}-1-zz` }, undefined]
  ])("%s", ([, carrier, state]) =>
    Effect.gen(function*() {
      const out = yield* passed(carrier, b3)
      assert.strictEqual(out["b3"], state === undefined ? undefined : `${traceId}-${spanId}-${state}`)
      assert.strictEqual(out["X-B3-Flags"], state === "d" ? "1" : undefined)
      assert.strictEqual(out["X-B3-Sampled"], state === "d" ? undefined : state)
      assert.isUndefined(out["X-B3-ParentSpanId"])
      assert.isUndefined(out["traceparent"])
    }))

  it("tracestate belongs to a traceparent", () => {
    const remote = Option.getOrThrow(Propagation.extract({ b3: `${traceId}-${spanId}-1`, tracestate: "a=1" }))
    assert.isUndefined(remote.traceState)
  })
})

describe("a layer's propagators and ids", () => {
  const layer = (options: AgentOps.Options) => Layer.orDie(AgentOps.layer({ serviceName: "test", ...options }))
  it.effect("none: nothing goes out and nothing is taken in", () =>
    Effect.gen(function*() {
      const out = yield* Propagation.inject().pipe(
        Effect.withSpan("a"),
        Propagation.withBaggage({ a: "1" }),
        Propagation.continueTrace(Propagation.extract({ traceparent, baggage: "b=2" })),
        Effect.provide(layer({ propagators: [] }))
      )
      assert.deepStrictEqual(out, {})
    }))

  it.effect("an id generator of the user's, and random ids in the place of what is none", () =>
    Effect.gen(function*() {
      const make = (traceId: string, spanId: string, random?: boolean) =>
        Propagation.inject().pipe(
          Effect.withSpan("a"),
          Effect.provide(layer({
            idGenerator: { generateTraceId: () => traceId, generateSpanId: () => spanId, random }
          }))
        )
      assert.strictEqual((yield* make(traceId, spanId))["traceparent"], `00-${traceId}-${spanId}-01`)
      assert.strictEqual((yield* make(traceId, spanId, true))["traceparent"], `00-${traceId}-${spanId}-03`)
      assert.match(
        (yield* make("no", "0".repeat(16)))["traceparent"]!,
        /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-/
      )
    }))
})

describe("a carrier", () => {
  const bytes = new TextEncoder().encode(traceparent)
  it.each<[name: string, carrier: unknown, found: boolean]>([
    ["a Buffer", { traceparent: Buffer.from(traceparent) }, true],
    ["a Uint8Array", { traceparent: bytes }, true],
    ["a list with bytes", { traceparent: [bytes] }, true],
    ["bytes within a larger buffer", { traceparent: new Uint8Array([0, ...bytes, 0]).subarray(1, -1) }, true],
    ["fetch's Headers", new Headers({ traceparent }), true],
    ["a Map", new Map<string, unknown>([["retries", 1], ["traceparent", traceparent]]), true],
    [
      "numbers and objects beside",
      { traceparent, retries: 1, nul: null, at: { a: 1 }, f: () => 1, s: Symbol("s") },
      true
    ],
    [
      "a getter that throws beside",
      Object.defineProperty({ traceparent }, "baggage", {
        enumerable: true,
        get: () => {
          throw new Error("no")
        }
      }),
      true
    ],
    ["a number", { traceparent: 1 }, false],
    ["null", { traceparent: null }, false],
    ["an object", { traceparent: { StringValue: traceparent } }, false],
    ["a nested list", { traceparent: [[traceparent]] }, false],
    ["no carrier", undefined, false],
    ["a text", traceparent, false],
    [
      "a revoked proxy",
      (() => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        return proxy
      })(),
      false
    ]
  ])("%s", (_, carrier, found) => {
    assert.strictEqual(Propagation.extract(carrier as Propagation.Carrier)._tag, found ? "Some" : "None")
  })
})
