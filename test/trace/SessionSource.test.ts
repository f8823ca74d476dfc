/**
 * Every way to put a program into a session gives the same result: for effects and streams, inside another session or
 * not.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { SpanData } from "../../src/core/SpanData.ts"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceLlmStreamWith } from "../../src/trace/LlmStream.ts"
import * as Propagation from "../../src/trace/Propagation.ts"
import * as Session from "../../src/trace/Session.ts"
import { named } from "../support/traced.ts"

type Service = Session.Session["Service"]
type Work = Effect.Effect<unknown, never, Session.Session>

/** Runs the work in a session of that name, and records the summary. */
type Way = (options: Session.Options) => (work: Stream.Stream<unknown>, effect: Effect.Effect<unknown>) => Work

const scoped =
  (run: (session: Service, stream: Stream.Stream<unknown>, effect: Effect.Effect<unknown>) => Work): Way =>
  (options) =>
  (stream, effect) =>
    Effect.scoped(Effect.flatMap(Session.make(options), (session) => run(session, stream, effect))) as Work

const effects: Record<string, Way> = {
  "Session.withSession": (options) => (_, effect) => Session.withSession(effect, options),
  "Propagation.continueSession": (options) => (_, effect) =>
    Propagation.continueSession(effect, Option.none(), options),
  "Session.provideTo": scoped((session, _, effect) => Session.provideTo(effect, session)),
  "Effect.provideService": scoped((session, _, effect) => Effect.provideService(effect, Session.Session, session)),
  "Effect.withParentSpan": scoped((session, _, effect) => Effect.withParentSpan(effect, session.span)),
  "Effect.withSpan in it": scoped((session, _, effect) => Effect.withSpan(effect, "mine", { parent: session.span })),
  "Effect.withSpan in the service": scoped((session, _, effect) =>
    Effect.provideService(Effect.withSpan(effect, "mine"), Session.Session, session)
  ),
  "Session.layer": (options) => (_, effect) => Effect.provide(effect, Session.layer(options)),
  "a context captured in provideTo": scoped((session, _, effect) =>
    Effect.context<never>().pipe(
      Session.provideTo(session),
      Effect.flatMap((context) => Effect.provideContext(effect, context))
    )
  ),
  "a context of the service alone": scoped((session, _, effect) =>
    Effect.provideContext(effect, Context.make(Session.Session, session))
  )
}

const streams: Record<string, Way> = {
  "Session.withSession of a stream": (options) => (stream) => Stream.runDrain(Session.withSession(stream, options)),
  "Session.withSession around the run": (options) => (stream) => Session.withSession(Stream.runDrain(stream), options),
  "Stream.unwrap of Session.withSession": (options) => (stream) =>
    Stream.runDrain(Stream.unwrap(Session.withSession(Effect.succeed(stream), options))),
  "Session.untilConsumed": (options) => (stream) =>
    Effect.flatMap(Session.untilConsumed(Effect.succeed(stream), options), Stream.runDrain),
  "Session.provideTo of a stream": scoped((session, stream) => Stream.runDrain(Session.provideTo(stream, session))),
  "Propagation.continueSession of a stream": (options) => (stream) =>
    Stream.runDrain(Propagation.continueSession(stream, Option.none(), options)),
  "Effect.withParentSpan around the run": scoped((session, stream) =>
    Effect.withParentSpan(Stream.runDrain(stream), session.span)
  ),
  "Session.layer around the run": (options) => (stream) =>
    Effect.provide(Stream.runDrain(stream), Session.layer(options)),
  "Stream.provideService": scoped((session, stream) =>
    Stream.runDrain(Stream.provideService(stream, Session.Session, session))
  ),
  "Stream.withSpan": scoped((session, stream) =>
    Stream.runDrain(Stream.withSpan(stream, "mine", { parent: session.span }))
  ),
  "Stream.provide": (options) => (stream) => Stream.runDrain(Stream.provide(stream, Session.layer(options))),
  "Stream.provideContext": scoped((session, stream) =>
    Effect.context<never>().pipe(
      Session.provideTo(session),
      Effect.flatMap((context) => Stream.runDrain(Stream.provideContext(stream, context)))
    )
  ),
  "Effect.provideService around the run": scoped((session, stream) =>
    Effect.provideService(Stream.runDrain(stream), Session.Session, session)
  )
}

const rootOf = (spans: ReadonlyArray<SpanData>, span: SpanData): SpanData => {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId)
  return parent === undefined ? span : rootOf(spans, parent)
}

const ways = [...Object.entries(effects), ...Object.entries(streams)]

const call = Effect.succeed("hi").pipe(traceLlmWith({ model: "m", cost: 0.01 }))
const chunks = Stream.make(1, 2).pipe(traceLlmStreamWith({ model: "m", cost: 0.01 }))

describe("a session that is provided by", () => {
  for (const [name, way] of ways) {
    for (const around of ["nothing", "another session"]) {
      it.effect(`${name}, with ${around} around it`, () =>
        Effect.gen(function*() {
          const ended: Array<Session.Summary> = []
          const onEnd = (summary: Session.Summary) => Effect.sync(() => void ended.push(summary))
          const run = way({ name: "wanted", onEnd })(chunks, call) as Effect.Effect<unknown>
          const spans = yield* spansOf(
            around === "nothing" ? run : Session.withSession(run, { name: "outer", onEnd })
          )
          const root = named(spans, "wanted")
          const traced = named(spans, "llm.completion")
          const [summary, outer] = ended
          assert.strictEqual(summary?.name, "wanted")
          assert.strictEqual(summary?.llmCalls, 1)
          assert.strictEqual(summary?.costNanos, 10_000_000)
          assert.strictEqual(summary?.endState, "Success")
          if (around !== "nothing") assert.strictEqual(outer?.llmCalls, 0)
          assert.strictEqual(traced.traceId, root.traceId)
          assert.strictEqual(traced.attributes["session.id"], summary?.id)
          assert.strictEqual(rootOf(spans, traced), root)
          assert.isTrue(traced.endTime <= root.endTime)
        }))

      it.effect(`${name}, with ${around} around it, counts without a layer too`, () =>
        Effect.gen(function*() {
          const ended: Array<Session.Summary> = []
          const onEnd = (summary: Session.Summary) => Effect.sync(() => void ended.push(summary))
          const run = way({ name: "wanted", onEnd })(chunks, call) as Effect.Effect<unknown>
          yield* around === "nothing" ? run : Session.withSession(run, { name: "outer", onEnd })
          assert.deepStrictEqual(
            ended.map(({ llmCalls, name }) => [name, llmCalls]),
            around === "nothing" ? [["wanted", 1]] : [["wanted", 1], ["outer", 0]]
          )
        }))
    }
  }

  it.effect("a service determines currentId", () =>
    Effect.gen(function*() {
      const session = yield* Session.make({ name: "wanted" })
      const seen = yield* Effect.provideService(Session.currentId, Session.Session, session)
      assert.deepStrictEqual(seen, Option.some(session.id))
    }).pipe(Effect.scoped, Session.withSession({ name: "outer" })))
})

const caller = { traceId: "0192f0c17e1a7c3e9d5b3a1f0c9e2b44", spanId: "00f067aa0ba902b7" }
const remote = Propagation.extract({
  traceparent: `00-${caller.traceId}-${caller.spanId}-01`,
  baggage: "tenant=blue,agentops.session.name=theirs,user.id=ada,gen_ai.conversation.id=c-1"
})

const joining: Record<string, Way> = {
  "Session.withSession": effects["Session.withSession"]!,
  "Session.withSummary": (options) => (_, effect) => Session.withSummary(effect, options),
  "Session.provideTo": effects["Session.provideTo"]!,
  "Session.layer": effects["Session.layer"]!,
  "Session.withSession of a stream": streams["Session.withSession of a stream"]!,
  "Session.untilConsumed": streams["Session.untilConsumed"]!,
  "Stream.unwrap of Session.withSession": streams["Stream.unwrap of Session.withSession"]!,
  "Session.provideTo of a stream": streams["Session.provideTo of a stream"]!,
  "Propagation.continueSession": ({ remote, ...options }) => (_, effect) =>
    Propagation.continueSession(effect, remote as never, options),
  "Propagation.continueSession of a stream": ({ remote, ...options }) => (stream) =>
    Stream.runDrain(Propagation.continueSession(stream, remote as never, options))
}

describe("a session that continues a caller's, by", () => {
  const run = (way: Way, options: Session.Options) =>
    Effect.gen(function*() {
      const ended: Array<Session.Summary> = []
      const seen: Array<unknown> = []
      const look = Effect.map(Propagation.CurrentBaggage, (baggage) => void seen.push(baggage["tenant"]))
      const onEnd = (summary: Session.Summary) => Effect.sync(() => void ended.push(summary))
      const work = way({ ...options, onEnd })(Stream.tap(chunks, () => look), Effect.andThen(look, call))
      const spans = yield* spansOf(Effect.withSpan(work as Effect.Effect<unknown>, "request"))
      return { spans, summary: ended[0]!, tenants: new Set(seen) }
    })

  for (const [name, way] of Object.entries(joining)) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const { spans, summary, tenants } = yield* run(way, { name: "part", remote })
        const part = named(spans, "part")
        assert.deepInclude(part, { traceId: caller.traceId, parentSpanId: caller.spanId })
        assert.strictEqual(named(spans, "llm.completion").traceId, caller.traceId)
        assert.deepInclude(summary, {
          traceId: caller.traceId,
          llmCalls: 1,
          userId: undefined,
          conversation: undefined
        })
        assert.deepStrictEqual(tenants, new Set(["blue"]))
        // The request's span is in another trace, and both link to each other.
        const request = named(spans, "request")
        assert.deepStrictEqual(request.links.map(({ spanId }) => spanId), [part.spanId])
        assert.deepStrictEqual(part.links.map(({ spanId }) => spanId), [request.spanId])
      }))

    it.effect(`${name}, whom it trusts with the session`, () =>
      Effect.gen(function*() {
        const { spans, summary } = yield* run(way, { remote, trust: "session" })
        assert.deepInclude(summary, { name: "theirs", userId: "ada" })
        assert.strictEqual(named(spans, "llm.completion").attributes["gen_ai.conversation.id"], "c-1")
      }))

    it.effect(`${name}, to whom it is only linked`, () =>
      Effect.gen(function*() {
        const { spans, tenants } = yield* run(way, { name: "own", remote, trust: "link" })
        const own = named(spans, "own")
        assert.notStrictEqual(own.traceId, caller.traceId)
        assert.include(own.links.map(({ traceId }) => traceId), caller.traceId)
        assert.deepStrictEqual(tenants, new Set([undefined]))
      }))
  }

  it.effect("two concurrent parts are not parts of each other", () =>
    Effect.gen(function*() {
      const part = (name: string, count: number) =>
        Effect.forEach(Array.from({ length: count }), () => Effect.andThen(Effect.yieldNow, call)).pipe(
          Propagation.continueSession(remote, { name })
        )
      const spans = yield* spansOf(Effect.all([part("one", 1), part("two", 2)], { concurrency: 2 }))
      const calls = ["one", "two"].map((name) => named(spans, name).attributes["agentops.session.llm_calls"])
      assert.deepStrictEqual(calls, [1, 2])
    }))

  it.effect("Propagation.joinSession, after something else has continued the trace", () =>
    Effect.gen(function*() {
      for (
        const join of [
          Propagation.joinSession(call, { name: "part" }),
          Stream.runDrain(Propagation.joinSession(chunks, { name: "part" }))
        ]
      ) {
        const spans = yield* spansOf(Propagation.continueTrace(join as Effect.Effect<unknown>, remote))
        assert.deepInclude(named(spans, "part"), { traceId: caller.traceId, parentSpanId: caller.spanId })
        assert.strictEqual(named(spans, "part").attributes["agentops.session.llm_calls"], 1)
      }
    }))
})
