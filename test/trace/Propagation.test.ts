import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Schema, Tracer } from "effect"
import { AgentOps, Exporter, Propagation, Session, SessionId, traceTool } from "effect-agentops"

const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))

const traceId = "0192f0c17e1a7c3e9d5b3a1f0c9e2b44"
const spanId = "00f067aa0ba902b7"
const parent = `00-${traceId}-${spanId}-01`

const spans = Effect.flatMap(Exporter.Memory, (memory) => memory.spans)

const extracted = (carrier: Propagation.Carrier) => Option.getOrThrow(Propagation.extract(carrier))

describe("Propagation", () => {
  describe("inject", () => {
    it.effect("writes the current span, the session and the baggage", () =>
      Effect.gen(function*() {
        const carrier = yield* Propagation.inject().pipe(
          traceTool("call"),
          Session.withSession({ name: "support", tags: ["prod", "a,b"], userId: "ada" }),
          Effect.provideService(Propagation.CurrentBaggage, { tenant: "ünïcode; =," })
        )
        const [execution] = yield* spans
        assert.strictEqual(carrier["traceparent"], `00-${execution!.traceId}-${execution!.spanId}-03`)
        const { baggage } = extracted(carrier)
        assert.deepStrictEqual({ ...baggage }, {
          "agentops.session.name": "support",
          "agentops.tags": "[\"prod\",\"a,b\"]",
          "user.id": "ada",
          tenant: "ünïcode; =,"
        })
      }).pipe(Effect.provide(TestLive)))

    it.effect("leaves session and baggage out on request", () =>
      Effect.gen(function*() {
        const carrier = yield* Propagation.inject({ session: false, baggage: false }).pipe(
          Session.withSession({ name: "support" }),
          Effect.provideService(Propagation.CurrentBaggage, { tenant: "x" })
        )
        assert.deepStrictEqual(Object.keys(carrier), ["traceparent"])
      }).pipe(Effect.provide(TestLive)))

    it.effect("writes nothing if nothing is traced", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Propagation.inject(), {})
        const disabled = Propagation.inject().pipe(traceTool("x"), Effect.withTracerEnabled(false))
        assert.deepStrictEqual(yield* disabled, {})
      }))

    it.effect("marks an unsampled span", () =>
      Effect.gen(function*() {
        const carrier = yield* Effect.withSpan(Propagation.inject(), "quiet", { sampled: false })
        assert.match(carrier["traceparent"]!, /-00$/)
      }).pipe(Effect.provide(TestLive)))

    it.effect("passes on the incoming tracestate", () =>
      Effect.gen(function*() {
        const remote = Propagation.extract({ traceparent: parent, tracestate: "vendor=a:1, other@tenant=2" })
        const carrier = yield* Propagation.inject().pipe(traceTool("x"), Propagation.continueTrace(remote))
        assert.strictEqual(carrier["tracestate"], "vendor=a:1,other@tenant=2")
        assert.strictEqual((yield* spans)[0]!.traceState, "vendor=a:1,other@tenant=2")
      }).pipe(Effect.provide(TestLive)))
  })

  describe("extract", () => {
    const cases: ReadonlyArray<readonly [string, Propagation.Carrier, boolean | undefined]> = [
      ["traceparent", { traceparent: parent }, true],
      ["names in any case", { TraceParent: parent }, true],
      ["several values of a name", { traceparent: [parent] }, true],
      ["unsampled", { traceparent: parent.replace(/01$/, "00") }, false],
      ["other flags beside", { traceparent: parent.replace(/01$/, "03") }, true],
      ["a later version with more parts", { traceparent: `01-${traceId}-${spanId}-01-more` }, true],
      ["b3 in one", { b3: `${traceId}-${spanId}-1` }, true],
      ["b3 in one, short trace id", { b3: `${spanId}-${spanId}-0` }, false],
      ["b3 in several", { "X-B3-TraceId": traceId, "X-B3-SpanId": spanId, "X-B3-Sampled": "0" }, false],
      ["b3 debug", { "x-b3-traceid": traceId, "x-b3-spanid": spanId, "x-b3-flags": "1" }, true],
      ["nothing", {}, undefined],
      ["version 00 with more parts", { traceparent: `${parent}-more` }, undefined],
      ["version ff", { traceparent: parent.replace(/^00/, "ff") }, undefined],
      ["upper case", { traceparent: parent.toUpperCase() }, undefined],
      ["a trace id of zeros", { traceparent: `00-${"0".repeat(32)}-${spanId}-01` }, undefined],
      ["a span id of zeros", { traceparent: `00-${traceId}-${"0".repeat(16)}-01` }, undefined],
      ["two of them", { traceparent: [parent, parent] }, undefined],
      ["a megabyte", { traceparent: parent + "0".repeat(1 << 20) }, undefined]
    ]
    for (const [name, carrier, sampled] of cases) {
      it(name, () => {
        assert.strictEqual(Option.getOrUndefined(Propagation.extract(carrier))?.sampled, sampled)
      })
    }

    it("an invalid tracestate or baggage is the only loss", () => {
      const oversized = "k=" + "v".repeat(9000)
      for (const tracestate of ["no equals", oversized, ",,", "A=1", "a=\u0000", "a=1,@b=2"]) {
        assert.isUndefined(extracted({ traceparent: parent, tracestate }).traceState)
      }
      assert.deepStrictEqual({ ...extracted({ traceparent: parent, baggage: oversized }).baggage }, {})
      const baggage = "a=1;prop=x, b = 2 ,bad key=3,=4,c=%zz,d=%20,__proto__=5"
      assert.deepStrictEqual(Object.entries(extracted({ traceparent: parent, baggage }).baggage), [
        ["a", "1"],
        ["b", "2"],
        ["c", "\ufffdzz"],
        ["d", " "],
        ["__proto__", "5"]
      ])
    })

    it("reads no more baggage than the specification allows", () => {
      const many = Array.from({ length: 500 }, (_, i) => `k${i}=v`).join(",")
      assert.strictEqual(Object.keys(extracted({ traceparent: parent, baggage: many }).baggage).length, 64)
    })

    it.effect.prop(
      "never throws, and what it takes in is valid",
      [Schema.Record(
        Schema.Union([Schema.Literals(["traceparent", "tracestate", "baggage", "b3", "x-b3-traceid"]), Schema.String]),
        Schema.Union([Schema.String, Schema.Array(Schema.String)])
      )],
      ([carrier]) =>
        Effect.sync(() => {
          const remote = Propagation.extract(carrier)
          if (Option.isSome(remote)) {
            assert.match(remote.value.traceId, /^[0-9a-f]{32}$/)
            assert.match(remote.value.spanId, /^[0-9a-f]{16}$/)
          }
        })
    )

    it("100,000 valid headers with random damage: nothing throws, and nothing invalid is accepted", () => {
      // A small generator of its own, so that a failure can be run again by its seed.
      let seed = 20_261_122
      const random = (below: number) => {
        seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
        return Math.floor(seed / 2 ** 32 * below)
      }
      const sources = [parent, `${traceId}-${spanId}-1`, "vendor=a:1,other@tenant=2", "a=1,b=%20;p=1,user.id=ada"]
      const bytes = ["-", ",", ";", "=", "%", "0", "f", "G", " ", "\u0000", "\ud800", "é", "%00", "__proto__"]
      const damage = (text: string) => {
        let out = text
        for (let n = random(4); n >= 0; n--) {
          const at = random(out.length + 1)
          out = out.slice(0, at) + (random(3) === 0 ? "" : bytes[random(bytes.length)]) + out.slice(at + random(3))
        }
        return out
      }
      let taken = 0
      for (let i = 0; i < 100_000; i++) {
        const pick = () => damage(sources[random(sources.length)]!)
        const carrier = { traceparent: pick(), b3: pick(), tracestate: pick(), baggage: pick() }
        const remote = Option.getOrUndefined(Propagation.extract(carrier))
        if (remote === undefined) continue
        assert.isTrue(Object.values(remote.baggage).every((value) => typeof value === "string"))
        if (!Propagation.hasTrace(Option.some(remote))) continue
        taken++
        assert.match(remote.traceId, /^(?!0{32})[0-9a-f]{32}$/)
        assert.match(remote.spanId, /^(?!0{16})[0-9a-f]{16}$/)
      }
      assert.isAbove(taken, 1000)
    })

    it.effect.prop(
      "baggage survives a round trip",
      [Schema.Record(Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9.]{0,8}$/)), Schema.String)],
      ([baggage]) =>
        Effect.gen(function*() {
          const carrier = yield* Propagation.inject({ session: false }).pipe(
            Effect.withSpan("x"),
            Effect.provideService(Propagation.CurrentBaggage, baggage)
          )
          const wellFormed = Object.fromEntries(
            Object.entries(baggage).map(([key, value]) => [key, value.replace(/[\ud800-\udfff]/gu, "\ufffd")])
          )
          assert.deepStrictEqual({ ...extracted(carrier).baggage }, wellFormed)
        }).pipe(Effect.provide(TestLive))
    )
  })

  describe("continueSession", () => {
    const remote = Propagation.extract({
      traceparent: parent,
      baggage: `agentops.session.name=support,agentops.tags=${encodeURIComponent("[\"prod\",1]")},user.id=ada,tenant=x`
    })

    it.effect("is the same session: trace, id, name, tags, user and baggage", () =>
      Effect.gen(function*() {
        const id = yield* SessionId.fromString(traceId)
        const summary = yield* Effect.gen(function*() {
          const session = yield* Session.Session
          yield* traceTool(Effect.void, "far")
          assert.strictEqual(session.id, id)
          assert.strictEqual((yield* Propagation.CurrentBaggage)["tenant"], "x")
          return yield* session.summary
        }).pipe(Propagation.continueSession(remote, { trust: "session", tags: ["worker"] }))
        assert.strictEqual(summary.name, "support")
        assert.deepStrictEqual(summary.tags, ["prod", "worker"])
        assert.strictEqual(summary.userId, "ada")
        assert.strictEqual(summary.toolCalls, 1)
        const all = yield* spans
        assert.strictEqual(all.length, 3)
        for (const span of all) {
          assert.strictEqual(span.traceId, traceId)
          assert.strictEqual(span.attributes["session.id"], id)
        }
        const part = all.find((span) => span.parentSpanId === spanId)!
        assert.isTrue(part.parentIsRemote)
        assert.strictEqual(part.attributes["agentops.session.tool_calls"], 1)
      }).pipe(Effect.provide(TestLive)))

    it.effect("an unsampled caller stays unsampled, and the session still counts", () =>
      Effect.gen(function*() {
        const quiet = Propagation.extract({ traceparent: parent.replace(/01$/, "00") })
        const summary = yield* Effect.gen(function*() {
          yield* traceTool(Effect.void, "far")
          return yield* (yield* Session.Session).summary
        }).pipe(Propagation.continueSession(quiet))
        assert.strictEqual(summary.toolCalls, 1)
        assert.deepStrictEqual(yield* spans, [])
      }).pipe(Effect.provide(TestLive)))

    it.effect("link starts a new trace with a link to the caller's", () =>
      Effect.gen(function*() {
        yield* traceTool(Effect.void, "far").pipe(Propagation.continueSession(remote, { trust: "link", name: "own" }))
        const all = yield* spans
        const root = all.find((span) => span.parentSpanId === undefined)!
        assert.notStrictEqual(root.traceId, traceId)
        assert.strictEqual(root.attributes["user.id"], undefined)
        assert.deepStrictEqual(root.links.map((link) => link.spanId), [spanId])
        assert.isTrue(all.every((span) => span === root || span.links.length === 0))
      }).pipe(Effect.provide(TestLive)))

    it.effect("ignore, and an absent remote, start a new session", () =>
      Effect.gen(function*() {
        yield* Effect.void.pipe(Propagation.continueSession(remote, { trust: "ignore" }))
        yield* Effect.void.pipe(Propagation.continueSession(Option.none()))
        for (const span of yield* spans) {
          assert.notStrictEqual(span.traceId, traceId)
          assert.isUndefined(span.parentSpanId)
          assert.deepStrictEqual(span.links, [])
        }
      }).pipe(Effect.provide(TestLive)))

    it.effect("joinSession continues the current span's session", () =>
      Effect.gen(function*() {
        const caller = Tracer.externalSpan({ traceId, spanId })
        yield* traceTool(Effect.void, "far").pipe(
          Propagation.joinSession({ name: "rpc" }),
          Effect.withSpan("RpcServer.call"),
          Effect.withParentSpan(caller)
        )
        const all = yield* spans
        const server = all.find((span) => span.name === "RpcServer.call")!
        const part = all.find((span) => span.name === "rpc")!
        assert.strictEqual(part.parentSpanId, server.spanId)
        assert.strictEqual(part.attributes["session.id"], yield* SessionId.fromString(traceId))
      }).pipe(Effect.provide(TestLive)))
  })

  it("a child process finds it in its environment", () => {
    const environment = Propagation.toEnvironment({ traceparent: parent, baggage: "a=1" })
    assert.deepStrictEqual(environment, { TRACEPARENT: parent, BAGGAGE: "a=1" })
    assert.strictEqual(extracted({ PATH: "/bin", ...environment }).traceId, traceId)
  })
})
