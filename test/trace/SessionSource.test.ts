/** Whichever way a program says which session it is in, there is one answer: for effects and streams, inside of another session or not. */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { SpanData } from "../../src/core/SpanData.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceLlmStreamWith } from "../../src/trace/LlmStream.ts"
import * as Session from "../../src/trace/Session.ts"
import { named, spansOf } from "../support/traced.ts"

type Service = Session.Session["Service"]
type Work = Effect.Effect<unknown, never, Session.Session>

/** Runs the work in a session of that name, and tells the summary. */
type Way = (options: Session.Options) => (work: Stream.Stream<unknown>, effect: Effect.Effect<unknown>) => Work

const scoped =
  (run: (session: Service, stream: Stream.Stream<unknown>, effect: Effect.Effect<unknown>) => Work): Way =>
  (options) =>
  (stream, effect) =>
    Effect.scoped(Effect.flatMap(Session.make(options), (session) => run(session, stream, effect))) as Work

const effects: Record<string, Way> = {
  "Session.withSession": (options) => (_, effect) => Session.withSession(effect, options),
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

  it.effect("a service is the one that currentId tells", () =>
    Effect.gen(function*() {
      const session = yield* Session.make({ name: "wanted" })
      const seen = yield* Effect.provideService(Session.currentId, Session.Session, session)
      assert.deepStrictEqual(seen, Option.some(session.id))
    }).pipe(Effect.scoped, Session.withSession({ name: "outer" })))
})
