/**
 * Effect's documented behaviour of spans, as a table that runs under Effect's own tracer and under ours.
 *
 * A span is shown as a line: the names of its parents and its own, unusual facts, its attributes, events and links, and
 * its outcome. The last table lists where ours differs, and why.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Context,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Option,
  References,
  type Scope,
  Stream,
  Tracer
} from "effect"
import * as AgentOps from "../../src/AgentOps.ts"

const external = Tracer.externalSpan({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" })

const pathOf = (span: Tracer.AnySpan): string =>
  span._tag === "ExternalSpan"
    ? "remote"
    : Option.match(span.parent, { onNone: () => span.name, onSome: (parent) => `${pathOf(parent)}/${span.name}` })

const ending = ({ status }: Tracer.Span): string => {
  if (status._tag === "Started") return "open"
  if (Exit.isSuccess(status.exit)) return "ok"
  const { cause } = status.exit
  if (Cause.hasInterruptsOnly(cause)) return "interrupted"
  return Cause.hasDies(cause) ? "died" : `failed ${String(Option.getOrUndefined(Cause.findErrorOption(cause)))}`
}

/** Attributes that Effect itself writes, which are not compared here. */
const own = new Set(["code.stacktrace", "effect.fiberId", "effect.logLevel"])

const pairs = (values: Iterable<readonly [string, unknown]>): string =>
  `{${Array.from(values).filter(([key]) => !own.has(key)).map(([key, value]) => `${key}=${String(value)}`).join(" ")}}`

/** The errors of a cause, which Effect's tracer keeps only in the exit. */
const isException = ([name]: readonly [string, ...ReadonlyArray<unknown>]) => name === "exception"

const line = (span: Tracer.Span): string =>
  [
    pathOf(span),
    ...span.kind === "internal" ? [] : [span.kind],
    ...span.sampled ? [] : ["unsampled"],
    ...span.attributes.size === 0 ? [] : [pairs(span.attributes)],
    ...("events" in span ? span.events as Tracer.NativeSpan["events"] : []).filter((event) => !isException(event)).map((
      [name, , attributes]
    ) => `[${name}${pairs(Object.entries(attributes)) === "{}" ? "" : ` ${pairs(Object.entries(attributes))}`}]`),
    ...span.links.map(({ attributes, span }) => `->${pathOf(span)}${pairs(Object.entries(attributes))}`),
    ending(span)
  ].filter((part) => part !== "{}").join(" ")

/** Every span of a tracer, ordered by start. */
const watched = (tracer: Tracer.Tracer, spans: Array<Tracer.Span>): Tracer.Tracer =>
  Tracer.make({
    span: (options) => {
      const span = tracer.span(options)
      spans.push(span)
      return span
    },
    context: tracer.context
  })

const run = <A, E>(program: Effect.Effect<A, E, Scope.Scope>, tracer: Tracer.Tracer) =>
  Effect.gen(function*() {
    const spans: Array<Tracer.Span> = []
    yield* Effect.exit(Effect.scoped(program)).pipe(Effect.withTracer(watched(tracer, spans)))
    return spans.map(line)
  }).pipe(Effect.provide(Logger.layer([Logger.tracerLogger])))

const ours = Effect.provide(Tracer.Tracer, AgentOps.layer({ serviceName: "test" }))

const span = (name: string, options?: Tracer.SpanOptions) => Effect.withSpan(Effect.void, name, options)

class Service extends Context.Service<Service, string>()("test/Service") {}

type Row = readonly [title: string, program: Effect.Effect<unknown, unknown, Scope.Scope>, lines: ReadonlyArray<string>]

const table: ReadonlyArray<Row> = [
  // The ways to create a span.
  ["withSpan, one in another", span("b").pipe(Effect.withSpan("a")), ["a ok", "a/b ok"]],
  ["withSpan, data first", Effect.withSpan(Effect.succeed(1), "a", { kind: "client" }), ["a client ok"]],
  [
    "each kind",
    Effect.forEach(["internal", "server", "client", "producer", "consumer"] as const, (kind) => span(kind, { kind })),
    ["internal ok", "server server ok", "client client ok", "producer producer ok", "consumer consumer ok"]
  ],
  ["attributes at the start", span("a", { attributes: { n: 1, s: "x", yes: true } }), ["a {n=1 s=x yes=true} ok"]],
  ["useSpan", Effect.useSpan("a", (span) => Effect.sync(() => span.attribute("k", 1))), ["a {k=1} ok"]],
  ["useSpan is no parent", Effect.useSpan("a", () => span("b")), ["a ok", "b ok"]],
  ["makeSpan stays open", Effect.makeSpan("a"), ["a open"]],
  ["makeSpan is no parent", Effect.andThen(Effect.makeSpan("a"), span("b")), ["a open", "b ok"]],
  ["makeSpanScoped ends with its scope", Effect.makeSpanScoped("a"), ["a ok"]],
  ["withSpanScoped ends with its scope", Effect.withSpanScoped(span("b"), "a"), ["a ok", "a/b ok"]],
  [
    "Effect.fn with a name",
    Effect.fn("f")(function*(n: number) {
      yield* span("in")
      return n
    })(1),
    ["f ok", "f/in ok"]
  ],
  [
    "Effect.fn without a name",
    Effect.fn(function*() {
      yield* span("in")
    })(),
    ["in ok"]
  ],
  [
    "Effect.fnUntraced",
    Effect.fnUntraced(function*() {
      yield* span("in")
    })(),
    ["in ok"]
  ],
  ["Layer.span", span("b").pipe(Effect.provide(Layer.span("a"))), ["a ok", "a/b ok"]],
  [
    "Layer.withSpan is of the building",
    Effect.andThen(Service, span("b")).pipe(
      Effect.provide(Layer.effect(Service, Effect.as(span("make"), "s")).pipe(Layer.withSpan("layer")))
    ),
    ["layer ok", "layer/make ok", "b ok"]
  ],
  ["Layer.parentSpan", span("b").pipe(Effect.provide(Layer.parentSpan(external))), ["remote/b ok"]],
  [
    "Stream.withSpan",
    Stream.make(1, 2).pipe(Stream.mapEffect((n) => span(`n${n}`)), Stream.withSpan("stream"), Stream.runDrain),
    ["stream ok", "stream/n1 ok", "stream/n2 ok"]
  ],
  // Its parent.
  ["withParentSpan", span("a").pipe(Effect.withParentSpan(external)), ["remote/a ok"]],
  ["parent as an option", span("b", { parent: external }).pipe(Effect.withSpan("a")), ["a ok", "remote/b ok"]],
  ["root", span("b", { root: true }).pipe(Effect.withSpan("a")), ["a ok", "b ok"]],
  ["root without a parent", span("a", { root: true }), ["a ok"]],
  [
    "an outside parent that is not sampled",
    span("a").pipe(Effect.withParentSpan(Tracer.externalSpan({ ...external, sampled: false }))),
    ["remote/a unsampled ok"]
  ],
  [
    "currentSpan and currentParentSpan",
    Effect.gen(function*() {
      const before = yield* Effect.exit(Effect.currentSpan)
      const now = yield* Effect.useSpan("a", (span) => Effect.withParentSpan(Effect.currentSpan, span))
      const remote = yield* Effect.exit(Effect.withParentSpan(Effect.currentSpan, external))
      const parent = yield* Effect.withParentSpan(Effect.currentParentSpan, external)
      yield* span("seen", {
        attributes: { before: before._tag, now: now.name, remote: remote._tag, parent: parent._tag }
      })
    }),
    ["a ok", "seen {before=Failure now=a remote=Failure parent=ExternalSpan} ok"]
  ],
  // Fibers.
  [
    "a forked fiber has the parent",
    Effect.flatMap(Effect.forkChild(span("b")), Fiber.join).pipe(Effect.withSpan("a")),
    [
      "a ok",
      "a/b ok"
    ]
  ],
  [
    "one that outlives its parent",
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkDetach(Effect.andThen(Deferred.await(gate), span("b"))).pipe(Effect.withSpan("a"))
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(fiber)
    }),
    ["a ok", "a/b ok"]
  ],
  [
    "siblings side by side",
    Effect.all([span("b"), span("c")], { concurrency: 2 }).pipe(Effect.withSpan("a")),
    ["a ok", "a/b ok", "a/c ok"]
  ],
  // The ways in which a span ends.
  ["a typed failure goes through", Effect.fail("no").pipe(Effect.withSpan("b"), Effect.withSpan("a")), [
    "a failed no",
    "a/b failed no"
  ]],
  ["a failure that is caught", Effect.fail("no").pipe(Effect.withSpan("b"), Effect.ignore, Effect.withSpan("a")), [
    "a ok",
    "a/b failed no"
  ]],
  ["a defect", Effect.die("bug").pipe(Effect.withSpan("a")), ["a died"]],
  ["an interruption", Effect.interrupt.pipe(Effect.withSpan("a")), ["a interrupted"]],
  [
    "a fiber that is interrupted",
    Effect.flatMap(Effect.forkChild(Effect.withSpan(Effect.never, "a"), { startImmediately: true }), Fiber.interrupt),
    ["a interrupted"]
  ],
  // Writes on a span.
  [
    "annotateCurrentSpan is of that span alone",
    Effect.annotateCurrentSpan("k", 1).pipe(Effect.andThen(span("b")), Effect.withSpan("a")),
    ["a {k=1} ok", "a/b ok"]
  ],
  ["annotateCurrentSpan without a span", Effect.annotateCurrentSpan({ k: 1 }), []],
  [
    "annotateSpans is of all spans inside",
    span("b").pipe(Effect.withSpan("a"), Effect.annotateSpans({ k: 1 })),
    ["a {k=1} ok", "a/b {k=1} ok"]
  ],
  [
    "the inner annotation wins, and a span's own attribute over both",
    span("b", { attributes: { l: 3 } }).pipe(Effect.annotateSpans("k", 2), Effect.annotateSpans({ k: 1, l: 1 })),
    ["b {k=2 l=3} ok"]
  ],
  [
    "spanAnnotations reads them",
    Effect.flatMap(
      Effect.spanAnnotations,
      (annotations) => span("a", { attributes: { has: String(annotations["k"]) } })
    )
      .pipe(Effect.annotateSpans("k", 1)),
    ["a {k=1 has=1} ok"]
  ],
  [
    "an attribute written again",
    Effect.annotateCurrentSpan("k", 1).pipe(Effect.andThen(Effect.annotateCurrentSpan("k", 2)), Effect.withSpan("a")),
    ["a {k=2} ok"]
  ],
  [
    "linkSpans, of all spans inside",
    Effect.useSpan("b", (target) => span("d").pipe(Effect.withSpan("c"), Effect.linkSpans(target, { why: "test" }))),
    ["b ok", "c ->b{why=test} ok", "c/d ->b{why=test} ok"]
  ],
  [
    "links at the start",
    span("a", { links: [{ span: external, attributes: {} }, { span: external, attributes: { n: 2 } }] }),
    ["a ->remote{} ->remote{n=2} ok"]
  ],
  [
    "spanLinks reads them",
    Effect.flatMap(Effect.spanLinks, (links) => span("a", { attributes: { links: links.length } })).pipe(
      Effect.linkSpans([external, external])
    ),
    ["a {links=2} ->remote{} ->remote{} ok"]
  ],
  [
    "addLinks",
    Effect.useSpan("a", (span) => Effect.sync(() => span.addLinks([{ span: external, attributes: { k: 1 } }]))),
    ["a ->remote{k=1} ok"]
  ],
  [
    "event",
    Effect.useSpan("a", (span) => Effect.sync(() => span.event("cached", 1n, { hit: true }))),
    ["a [cached {hit=true}] ok"]
  ],
  ["what is logged is an event", Effect.log("hello").pipe(Effect.annotateLogs("k", 1), Effect.withSpan("a")), [
    "a [hello {k=1}] ok"
  ]],
  [
    "what is logged is on the nearest span",
    Effect.log("in").pipe(Effect.withSpan("b"), Effect.andThen(Effect.log("out")), Effect.withSpan("a")),
    ["a [out] ok", "a/b [in] ok"]
  ],
  [
    "nothing is written after the end",
    Effect.tap(
      Effect.withSpan(Effect.currentSpan, "a"),
      (ended) =>
        Effect.sync(() => {
          ended.attribute("late", 1)
          ended.event("late", 2n)
          ended.addLinks([{ span: external, attributes: {} }])
          ended.end(3n, Exit.fail("late"))
        })
    ),
    ["a ok"]
  ],
  // Ways to disable it.
  ["withTracerEnabled(false)", span("b").pipe(Effect.withSpan("a"), Effect.withTracerEnabled(false)), []],
  [
    "withTracerEnabled(true) inside of it",
    span("b").pipe(Effect.withTracerEnabled(true), Effect.withSpan("a"), Effect.withTracerEnabled(false)),
    ["b ok"]
  ],
  ["sampled: false, and all that is inside", span("b").pipe(Effect.withSpan("a", { sampled: false })), [
    "a unsampled ok",
    "a/b unsampled ok"
  ]],
  [
    "sampled: true inside of what is not",
    span("b", { sampled: true }).pipe(Effect.withSpan("a", { sampled: false })),
    ["a unsampled ok", "a/b ok"]
  ],
  [
    "a level below the minimum",
    span("b", { level: "Debug" }).pipe(Effect.withSpan("a", { level: "Info" })).pipe(
      Effect.provideService(Tracer.MinimumTraceLevel, "Info")
    ),
    ["a ok", "a/b unsampled ok"]
  ],
  [
    "the level of what runs here",
    span("a").pipe(
      Effect.provideService(Tracer.CurrentTraceLevel, "Debug"),
      Effect.provideService(Tracer.MinimumTraceLevel, "Warn")
    ),
    ["a unsampled ok"]
  ],
  [
    "DisablePropagation",
    span("c").pipe(
      Effect.withSpan("b", { annotations: Context.make(Tracer.DisablePropagation, true) }),
      Effect.withSpan("a")
    ),
    ["a ok", "a/c ok"]
  ],
  [
    "annotations of a span's own",
    Effect.useSpan(
      "a",
      { annotations: Context.make(Service as never, "mine" as never) },
      (span) => Effect.sync(() => span.attribute("has", Context.getUnsafe(span.annotations as never, Service)))
    ),
    ["a {has=mine} ok"]
  ]
]

describe.each([["Effect's tracer", Effect.succeed(Tracer.nativeTracer)], ["ours", ours]] as const)(
  "Effect's spans, by %s",
  (_, tracer) => {
    it.live.each(table)("%s", ([, program, lines]) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* run(program, yield* tracer), lines)
      }))

    it.effect("times are those of the Clock, and absent if timing is off", () =>
      Effect.gen(function*() {
        const spans: Array<Tracer.Span> = []
        yield* span("a").pipe(
          Effect.andThen(span("b").pipe(Effect.withTracerTiming(false))),
          Effect.withTracer(watched(yield* tracer, spans))
        )
        const times = spans.map(({ status }) => status._tag === "Ended" ? [status.startTime, status.endTime] : [])
        assert.deepStrictEqual(times, [[0n, 0n], [0n, 0n]])
      }))

    it.live("ids are W3C's, and a trace has one", () =>
      Effect.gen(function*() {
        const spans: Array<Tracer.Span> = []
        yield* span("b").pipe(Effect.withSpan("a"), Effect.withTracer(watched(yield* tracer, spans)))
        for (const { spanId, traceId } of spans) {
          assert.match(traceId, /^[0-9a-f]{32}$/)
          assert.match(spanId, /^[0-9a-f]{16}$/)
        }
        assert.strictEqual(new Set(spans.map(({ traceId }) => traceId)).size, 1)
        assert.strictEqual(new Set(spans.map(({ spanId }) => spanId)).size, 2)
      }))
  }
)

/** OpenTelemetry requires these. */
const otherwise: ReadonlyArray<
  readonly [title: string, Effect.Effect<unknown, unknown, Scope.Scope>, native: string, ours: string]
> = [
  ["null is no attribute", span("a", { attributes: { k: null, n: 1 } }), "a {k=null n=1} ok", "a {n=1} ok"],
  [
    "an object is JSON",
    span("a", { attributes: { k: { b: [1] } } }),
    "a {k=[object Object]} ok",
    "a {k={\"b\":[1]}} ok"
  ],
  [
    "ids that no backend takes are no parent",
    span("a").pipe(Effect.withParentSpan(Tracer.externalSpan({ traceId: "1", spanId: "2" }))),
    "remote/a ok",
    "a ok"
  ],
  [
    "what is not sampled keeps nothing",
    span("a", { sampled: false, attributes: { k: 1 } }),
    "a unsampled {k=1} ok",
    "a unsampled ok"
  ]
]

describe("the differences of ours", () => {
  it.live("the errors of a cause are events", () =>
    Effect.gen(function*() {
      const cause = Cause.combine(Cause.fail(new TypeError("no")), Cause.die(new Error("bug")))
      const spans: Array<Tracer.Span> = []
      yield* Effect.exit(Effect.withSpan(Effect.failCause(cause), "a")).pipe(
        Effect.withTracer(watched(yield* ours, spans))
      )
      const { events } = spans[0] as Tracer.NativeSpan
      assert.deepStrictEqual(events.map(([name, , attributes]) => [name, attributes["exception.type"]]), [
        ["exception", "TypeError"],
        ["exception", "Error"]
      ])
    }))

  it.live.each(otherwise)("%s", ([, program, native, own]) =>
    Effect.gen(function*() {
      assert.isTrue((yield* run(program, Tracer.nativeTracer))[0]!.startsWith(native))
      const [line] = yield* run(program, yield* ours)
      assert.isTrue(line!.startsWith(own), line)
    }))
})

it.live("References that spans read are Effect's", () =>
  Effect.gen(function*() {
    const lines = yield* run(
      span("a").pipe(
        Effect.provideService(References.TracerSpanAnnotations, { k: 1 }),
        Effect.provideService(References.TracerSpanLinks, [{ span: external, attributes: {} }])
      ),
      yield* ours
    )
    assert.deepStrictEqual(lines, ["a {k=1} ->remote{} ok"])
  }))
