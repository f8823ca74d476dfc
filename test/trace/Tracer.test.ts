/** Effect's operations on spans, on the library's own spans. */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { layer as tracing, run as traced, spansOf } from "../../src/testing/TestTracing.ts"
import { Span } from "../../src/trace/Span.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { named, tree } from "../support/traced.ts"

const millis = (time: bigint) => Number(time / 1_000_000n)

describe("spans", () => {
  it.effect("of Effect.withSpan are ours, nest, and have ids as OpenTelemetry wants them", () =>
    Effect.gen(function*() {
      const { exit, spans } = yield* traced(
        Effect.currentSpan.pipe(Effect.withSpan("inner"), Effect.withSpan("outer", { kind: "server" }))
      )
      assert.isTrue(Exit.isSuccess(exit) && exit.value instanceof Span)
      const [inner, outer] = [named(spans, "inner"), named(spans, "outer")]
      assert.match(outer.traceId, /^[0-9a-f]{32}$/)
      assert.match(outer.spanId, /^[0-9a-f]{16}$/)
      assert.strictEqual(inner.traceId, outer.traceId)
      assert.strictEqual(inner.parentSpanId, outer.spanId)
      assert.isUndefined(outer.parentSpanId)
      assert.strictEqual(outer.kind, "server")
      assert.deepStrictEqual(outer.status, { code: "unset" })
      assert.deepInclude(outer.resource.attributes, { "service.name": "test" })
    }))

  it.effect("take the times of the Clock", () =>
    Effect.gen(function*() {
      const program = TestClock.adjust("250 millis").pipe(Effect.withSpan("inner"), Effect.withSpan("outer"))
      const spans = yield* spansOf(Effect.andThen(TestClock.setTime(1_000), program))
      assert.deepStrictEqual(
        spans.map((span) => [span.name, millis(span.startTime), millis(span.endTime)]),
        [["inner", 1_000, 1_250], ["outer", 1_000, 1_250]]
      )
    }))

  it.effect("have no times if the program has disabled timing", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_000)
      const spans = yield* spansOf(
        TestClock.adjust("1 second").pipe(traceTool("t"), Effect.withSpan("s"), Effect.withTracerTiming(false))
      )
      assert.lengthOf(spans, 3)
      for (const span of spans) assert.deepStrictEqual([span.startTime, span.endTime], [0n, 0n], span.name)
    }))

  it.effect("of Effect.fn, Layer.span and Stream.withSpan", () =>
    Effect.gen(function*() {
      const load = Effect.fn("load")(function*(id: number) {
        yield* Effect.annotateCurrentSpan("id", id)
        return id
      })
      const Inside = Layer.effectDiscard(Effect.void.pipe(Effect.withSpan("built")))
      const spans = yield* spansOf(Effect.gen(function*() {
        yield* load(7)
        yield* Stream.make(1, 2).pipe(Stream.tap(load), Stream.withSpan("stream"), Stream.runDrain)
        yield* load(8).pipe(
          Effect.provide(Layer.merge(Inside, Layer.span("layer")).pipe(Layer.provide(Layer.span("outer"))))
        )
      }))
      assert.deepStrictEqual(named(spans, "stream").status, { code: "unset" })
      assert.strictEqual(named(spans, "built").parentSpanId, named(spans, "outer").spanId)
      const loads = spans.filter((span) => span.name === "load")
      assert.deepStrictEqual(loads.map((span) => span.attributes["id"]), [7, 1, 2, 8])
      assert.deepStrictEqual(loads.map((span) => span.parentSpanId), [
        undefined,
        named(spans, "stream").spanId,
        named(spans, "stream").spanId,
        named(spans, "layer").spanId
      ])
    }))

  it.effect("are roots on request, in a new trace", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        Effect.void.pipe(Effect.withSpan("root", { root: true }), Effect.withSpan("outer"))
      )
      assert.isUndefined(named(spans, "root").parentSpanId)
      assert.notStrictEqual(named(spans, "root").traceId, named(spans, "outer").traceId)
    }))

  it.effect("that outlive their parent keep it, and end on their own", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(Effect.gen(function*() {
        const gate = yield* Deferred.make<void>()
        const fiber = yield* Deferred.await(gate).pipe(
          traceTool("late"),
          Effect.forkDetach({ startImmediately: true }),
          Effect.withSpan("parent")
        )
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(fiber)
      }))
      assert.deepStrictEqual(spans.map((span) => span.name), ["parent", "tool.execution", "agent.tool"])
      assert.strictEqual(named(spans, "agent.tool").parentSpanId, named(spans, "parent").spanId)
    }))

  it.effect("drop the success value when they end, and keep a failure", () =>
    Effect.gen(function*() {
      const { exit } = yield* traced(Effect.gen(function*() {
        const kept: Array<Tracer.Span> = []
        const keep = Effect.tap(Effect.currentSpan, (span) => Effect.sync(() => kept.push(span)))
        yield* keep.pipe(Effect.as({ huge: "response" }), Effect.withSpan("ok"))
        yield* keep.pipe(Effect.andThen(Effect.fail("no")), Effect.withSpan("ko"), Effect.ignore)
        return kept.map((span) => span.status._tag === "Ended" ? span.status.exit : undefined)
      }))
      assert.isTrue(Exit.isSuccess(exit))
      const [ok, ko] = Exit.isSuccess(exit) ? exit.value : []
      assert.deepStrictEqual(ok, Exit.void)
      assert.deepStrictEqual(Option.getOrUndefined(Exit.findErrorOption(ko!)), "no")
    }))
})

describe("attributes that a program writes on a span", () => {
  it.effect("annotations of the current span and of all spans inside", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        Effect.annotateCurrentSpan({ a: 1, list: ["x", "y"], deep: { b: 2n } }).pipe(
          Effect.withSpan("inner", { attributes: { own: true } }),
          traceTool("search"),
          Effect.annotateSpans("team", "ops"),
          Effect.withSpan("outer")
        )
      )
      assert.deepStrictEqual(named(spans, "inner").attributes, {
        team: "ops",
        own: true,
        a: 1,
        list: ["x", "y"],
        deep: "{\"b\":\"2\"}"
      })
      assert.strictEqual(named(spans, "agent.tool").attributes["team"], "ops")
      assert.strictEqual(named(spans, "tool.execution").attributes["team"], "ops")
      assert.notProperty(named(spans, "outer").attributes, "team")
    }))

  it.effect("replace those of the event", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(traceTool(Effect.void, "search", { attributes: { "gen_ai.tool.name": "mine" } }))
      assert.strictEqual(named(spans, "agent.tool").attributes["gen_ai.tool.name"], "mine")
    }))

  it.effect("links: given, from the context, and added later", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(Effect.gen(function*() {
        const other = yield* Effect.makeSpan("other")
        const remote = Tracer.externalSpan({ traceId: "a".repeat(32), spanId: "b".repeat(16) })
        yield* Effect.gen(function*() {
          const span = yield* Effect.currentSpan
          span.addLinks([{ span: remote, attributes: { how: "added" } }])
        }).pipe(
          Effect.withSpan("plain", { links: [{ span: other, attributes: { how: "given" } }] }),
          traceTool("search", { links: [{ span: remote, attributes: { how: "option" } }] }),
          Effect.linkSpans(other, { how: "context" })
        )
      }))
      const links = (name: string) => named(spans, name).links.map((link) => [link.attributes["how"], link.isRemote])
      assert.deepStrictEqual(links("plain"), [["context", false], ["given", false], ["added", true]])
      assert.deepStrictEqual(links("agent.tool"), [["context", false], ["option", true]])
      assert.strictEqual(named(spans, "plain").links[2]!.traceId, "a".repeat(32))
      assert.strictEqual(named(spans, "plain").links[2]!.spanId, "b".repeat(16))
    }))

  it.effect("events with their times, and logs as events", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        Effect.gen(function*() {
          const span = yield* Effect.currentSpan
          span.event("picked", 5n, { choice: { n: 1 } })
          yield* TestClock.adjust("3 millis")
          yield* Effect.logInfo("hello").pipe(Effect.annotateLogs("who", "me"))
        }).pipe(Effect.withSpan("s"))
      )
      const [picked, hello] = named(spans, "s").events
      assert.deepStrictEqual(picked, {
        name: "picked",
        time: 5n,
        attributes: { choice: "{\"n\":1}" },
        droppedAttributesCount: 0
      })
      assert.strictEqual(hello!.name, "hello")
      assert.strictEqual(millis(hello!.time), 3)
      assert.deepInclude(hello!.attributes, { who: "me", "effect.logLevel": "INFO" })
    }))

  it.effect("after its end is ignored", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(Effect.gen(function*() {
        const span = yield* Effect.currentSpan.pipe(Effect.withSpan("s"))
        const agentOps = yield* AgentOps.AgentOps
        assert.isDefined(agentOps)
        span.attribute("late", 1)
        span.event("late", 1n)
        span.addLinks([{ span, attributes: {} }])
        span.end(99n, Exit.fail("late"))
        const own = span as Span
        assert.deepStrictEqual([own.attributes.size, own.events.length, own.links.length, own.endTime], [0, 0, 0, 0n])
        assert.isUndefined(own.failure)
      }))
      assert.lengthOf(spans, 1)
    }))
})

describe("a program disables tracing", () => {
  const program = Effect.succeed(1).pipe(Effect.withSpan("inner"), traceTool("search"))

  it.effect("with withTracerEnabled(false)", () =>
    Effect.gen(function*() {
      const { exit, spans } = yield* traced(
        program.pipe(Effect.withTracerEnabled(false), Effect.withSpan("outer"))
      )
      assert.deepStrictEqual(exit, Exit.succeed(1))
      assert.deepStrictEqual(spans.map((span) => span.name), ["outer"])
    }))

  it.effect("with MinimumTraceLevel", () =>
    Effect.gen(function*() {
      const quiet = yield* spansOf(
        program.pipe(
          Effect.provideService(Tracer.CurrentTraceLevel, "Debug"),
          Effect.provideService(Tracer.MinimumTraceLevel, "Info")
        )
      )
      assert.deepStrictEqual(quiet, [])
      const loud = yield* spansOf(program.pipe(Effect.provideService(Tracer.MinimumTraceLevel, "Info")))
      assert.lengthOf(loud, 3)
    }))

  it.effect("with sampled: false, for everything inside too", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(program.pipe(Effect.withSpan("outer", { sampled: false })))
      assert.deepStrictEqual(spans, [])
    }))

  it.effect("for one span, with DisablePropagation: its children belong to the span around it", () =>
    Effect.gen(function*() {
      const hidden = Context.make(Tracer.DisablePropagation, true)
      const spans = yield* spansOf(
        program.pipe(Effect.withSpan("hidden", { annotations: hidden }), Effect.withSpan("outer"))
      )
      assert.deepStrictEqual(tree(spans), [["outer", ["agent.tool", ["tool.execution", "inner"]]]])
    }))
})

describe("parents from elsewhere", () => {
  const remote = (ids: { readonly traceId: string; readonly spanId: string; readonly sampled?: boolean }) =>
    Tracer.externalSpan(ids)
  const valid = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }

  it.effect("a remote parent is continued", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(Effect.void.pipe(
        Effect.withSpan("given", { parent: remote(valid) }),
        Effect.andThen(traceTool(Effect.void, "t").pipe(Effect.withParentSpan(remote(valid))))
      ))
      for (const name of ["given", "agent.tool"]) {
        const span = named(spans, name)
        assert.strictEqual(span.traceId, valid.traceId)
        assert.strictEqual(span.parentSpanId, valid.spanId)
        assert.isTrue(span.parentIsRemote)
      }
      assert.isFalse(named(spans, "tool.execution").parentIsRemote)
    }))

  it.effect("an unsampled parent has unsampled children", () =>
    Effect.gen(function*() {
      const parent = remote({ ...valid, sampled: false })
      assert.deepStrictEqual(yield* spansOf(traceTool(Effect.void, "t").pipe(Effect.withParentSpan(parent))), [])
    }))

  const hostile = [
    { traceId: "", spanId: "" },
    { traceId: "0".repeat(32), spanId: valid.spanId },
    { traceId: valid.traceId, spanId: "0".repeat(16) },
    { traceId: valid.traceId.toUpperCase(), spanId: valid.spanId },
    { traceId: `${valid.traceId}\n`, spanId: valid.spanId },
    { traceId: "noop", spanId: "noop" },
    { traceId: undefined as never, spanId: null as never }
  ]
  for (const ids of hostile) {
    it.effect(`ids that no backend takes start a new trace: ${JSON.stringify(ids)}`, () =>
      Effect.gen(function*() {
        const spans = yield* spansOf(traceTool(Effect.void, "t").pipe(Effect.withParentSpan(remote(ids))))
        const span = named(spans, "agent.tool")
        assert.isUndefined(span.parentSpanId)
        assert.match(span.traceId, /^(?!0{32})[0-9a-f]{32}$/)
        assert.strictEqual(named(spans, "tool.execution").traceId, span.traceId)
      }))

    it.effect(`nor are they linked to: ${JSON.stringify(ids)}`, () =>
      Effect.gen(function*() {
        const links = [{ span: remote(ids), attributes: {} }, { span: remote(valid), attributes: {} }]
        const span = named(yield* spansOf(Effect.void.pipe(Effect.withSpan("s", { links }))), "s")
        assert.deepStrictEqual(span.links.map((link) => link.spanId), [valid.spanId])
        assert.strictEqual(span.droppedLinksCount, 1)
      }))
  }

  it.effect("a span of another library with such ids is not a parent either", () =>
    Effect.gen(function*() {
      const native = Tracer.nativeTracer.span({
        name: "n",
        parent: Option.none(),
        annotations: Context.empty(),
        links: [],
        startTime: 0n,
        kind: "internal",
        root: true,
        sampled: true
      })
      const odd: Tracer.Span = Object.create(native, { traceId: { value: "1" }, spanId: { value: "2" } })
      const spans = yield* spansOf(Effect.all([
        traceTool(Effect.void, "a").pipe(Effect.withParentSpan(odd)),
        traceTool(Effect.void, "b").pipe(Effect.withParentSpan(native))
      ]))
      const [a, b] = spans.filter((span) => span.name === "agent.tool")
      assert.isUndefined(a!.parentSpanId)
      assert.match(a!.traceId, /^[0-9a-f]{32}$/)
      assert.deepStrictEqual([b!.traceId, b!.parentSpanId], [native.traceId, native.spanId])
    }))
})

describe("failures in tracing", () => {
  const program = Effect.succeed(1).pipe(Effect.withSpan("inner"), traceTool("search"))

  it.effect("a sink that throws harms neither the program nor the other sinks", () =>
    Effect.gen(function*() {
      const bad = Layer.effectDiscard(Effect.flatMap(AgentOps.AgentOps, (agentOps) =>
        agentOps.addSink({
          content: true,
          onStart: () => {
            throw new Error("start")
          },
          onEnd: () => {
            throw new Error("end")
          }
        })))
      const run = Effect.gen(function*() {
        const value = yield* program
        return [value, (yield* (yield* Exporter.Memory).spans).length]
      })
      assert.deepStrictEqual(yield* Effect.provide(run, bad.pipe(Layer.provideMerge(tracing()))), [1, 3])
    }))

  it.effect("nor does a convention that throws", () =>
    Effect.gen(function*() {
      const convention = {
        name: "broken",
        encode: () => {
          throw new Error("encode")
        }
      }
      const TestLive = Exporter.memory({ convention }).pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
      const run = Effect.all([program, AgentOps.status])
      assert.deepStrictEqual(yield* Effect.provide(run, TestLive), [
        1,
        [{ name: "memory", delivered: 0, pending: 0, dropped: { encode_failed: 3 } }]
      ])
    }))

  it.effect("nor does a processor that throws at a span's start", () =>
    Effect.gen(function*() {
      const processor = {
        onStart: () => {
          throw new Error("start")
        },
        onEnd: () => {},
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve()
      }
      const TestLive = Exporter.fromSpanProcessor(() => processor).pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
      assert.strictEqual(yield* Effect.provide(program, TestLive), 1)
    }))

  it.effect("a sampler that throws or returns nothing: the span is kept", () =>
    Effect.gen(function*() {
      const broken = {
        description: "broken",
        decide: () => {
          throw new Error("decide")
        }
      }
      const { exit, spans } = yield* traced(program, { sampler: broken })
      assert.deepStrictEqual(exit, Exit.succeed(1))
      assert.lengthOf(spans, 3)
      assert.lengthOf(
        yield* spansOf(program, { sampler: { description: "mute", decide: () => undefined as never } }),
        3
      )
    }))
})
