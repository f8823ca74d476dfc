/** Sessions: their trace, their end and their summary. Totals are in SessionTotals, records in SessionRecord. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import type * as Tracer from "effect/Tracer"
import * as SessionId from "../../src/core/SessionId.ts"
import { layer as tracing, run as traced, spansOf } from "../../src/testing/TestTracing.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { exceptions, named, tree } from "../support/traced.ts"

class Down extends Data.TaggedError("Down")<{ readonly message: string }> {}

const uuid = "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44"
const work = Effect.succeed("done").pipe(Effect.withSpan("plain"), traceTool("t"))

describe("a session is a trace", () => {
  it.effect("whose root is a real root with the session's id, and starts first", () =>
    Effect.gen(function*() {
      const id = yield* SessionId.fromString(uuid)
      const spans = yield* spansOf(
        TestClock.adjust("1 second").pipe(
          Effect.andThen(work),
          Session.withSession({ id, name: "support" }),
          Effect.withSpan("outside")
        )
      )
      const root = named(spans, "support")
      assert.isUndefined(root.parentSpanId)
      assert.strictEqual(root.traceId, uuid.replaceAll("-", ""))
      assert.strictEqual(root.attributes["session.id"], uuid)
      assert.strictEqual(root.attributes["agentops.session.name"], "support")
      const inside = spans.filter((span) => span.name !== "outside")
      assert.deepStrictEqual(tree(inside), [["support", ["agent.tool", ["tool.execution", "plain"]]]])
      for (const span of inside) {
        assert.strictEqual(span.traceId, root.traceId)
        assert.strictEqual(span.attributes["session.id"], uuid, span.name)
        assert.isTrue(span.startTime >= root.startTime && span.endTime <= root.endTime)
      }
      assert.isTrue(inside.every((span) => span === root || span.startTime > root.startTime))
      assert.notStrictEqual(named(spans, "outside").traceId, root.traceId)
      assert.notProperty(named(spans, "outside").attributes, "session.id")
    }))

  it.effect("has an id of version 7 by default, the same for the same clock and seed", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_762_000_000_000)
      const run = Effect.map(Session.Session, (session) => session.id).pipe(Session.withSession(), Random.withSeed("s"))
      const id = yield* run
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.strictEqual(parseInt(id.replaceAll("-", "").slice(0, 12), 16), 1_762_000_000_000)
      assert.strictEqual(yield* run, id)
    }))

  it.effect("an invalid id is replaced, with a warning that names it", () =>
    Effect.gen(function*() {
      const logs: Array<unknown> = []
      const logger = Logger.make(({ message }) => void logs.push(message))
      const { exit, spans } = yield* traced(
        Effect.map(Session.Session, (session) => session.id).pipe(
          Session.withSession({ id: "ticket-7" as never, name: "s" })
        )
      ).pipe(Effect.provide(Logger.layer([logger])))
      assert.isTrue(Exit.isSuccess(exit))
      const id = Exit.isSuccess(exit) ? exit.value : ""
      assert.strictEqual(named(spans, "s").traceId, id.replaceAll("-", ""))
      assert.include(String(logs[0]), "ticket-7")
      assert.include(String(logs[0]), "SessionId.fromString")
    }))

  it.effect("inside another session it is a new trace, linked to the outer one", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        work.pipe(
          Session.withSession({ name: "inner" }),
          traceAction("delegate"),
          Session.withSession({ name: "outer" })
        )
      )
      const [inner, outer] = [named(spans, "inner"), named(spans, "outer")]
      assert.notStrictEqual(inner.traceId, outer.traceId)
      assert.isUndefined(inner.parentSpanId)
      assert.deepStrictEqual(inner.links.map((link) => [link.traceId, link.spanId]), [
        [outer.traceId, named(spans, "action.execution").spanId]
      ])
      assert.strictEqual(named(spans, "agent.tool").traceId, inner.traceId)
      assert.strictEqual(named(spans, "agent.tool").attributes["session.id"], inner.attributes["session.id"])
      assert.strictEqual(outer.attributes["agentops.session.tool_calls"], 0)
      assert.strictEqual(inner.attributes["agentops.session.tool_calls"], 1)
      assert.deepStrictEqual(outer.links, [])
    }))
})

describe("ways to have one", () => {
  it.effect("withSession, data-first and data-last, returns the value and provides the service", () =>
    Effect.gen(function*() {
      const name = Effect.map(Session.Session, (session) => session.name)
      assert.strictEqual(yield* name.pipe(Session.withSession({ name: "a" })), "a")
      assert.strictEqual(yield* Session.withSession(name, { name: "b" }), "b")
      assert.strictEqual(yield* Session.withSession(name), "session")
      assert.strictEqual(yield* name.pipe(Session.withSession()), "session")
      const service = yield* Session.Session.pipe(Session.withSession({ name: "c" }))
      assert.strictEqual(service.name, "c")
    }))

  it.effect("layer: the program runs in the session, which ends with the layer", () =>
    Effect.gen(function*() {
      const { exit, spans } = yield* traced(
        Effect.andThen(work, Effect.fail("no")).pipe(Effect.provide(Session.layer({ name: "cli", tags: ["a"] })))
      )
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(tree(spans), [["cli", ["agent.tool", ["tool.execution", "plain"]]]])
      assert.deepInclude(named(spans, "cli").attributes, {
        "agentops.tags": ["a"],
        "agentops.session.end_state": "Fail",
        "agentops.session.tool_calls": 1
      })
    }))

  it.effect("layers are sessions of their own", () =>
    Effect.gen(function*() {
      const TestLive = Session.layer({ name: "s" })
      const id = Effect.map(Session.Session, (session) => session.id)
      const ids = yield* Effect.all([
        Effect.provide(id, Layer.fresh(TestLive)),
        Effect.provide(id, Layer.fresh(TestLive))
      ])
      assert.notStrictEqual(ids[0], ids[1])
    }))

  it.effect("make and provideTo: a session that lasts as long as a scope", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(Effect.gen(function*() {
        const scope = yield* Scope.make()
        const session = yield* Session.make({ name: "chat" }).pipe(Scope.provide(scope))
        assert.strictEqual(yield* work.pipe(Session.provideTo(session)), "done")
        const inner = yield* Session.provideTo(Session.Session, session)
        assert.strictEqual(inner, session)
        assert.deepStrictEqual(yield* Session.provideTo(Session.currentId, session), Option.some(session.id))
        assert.deepStrictEqual(yield* Session.currentId, Option.none())
        assert.isUndefined((yield* session.summary).endState)
        yield* Scope.close(scope, Exit.fail(new Down({ message: "hung up" })))
        assert.strictEqual((yield* session.summary).endState, "Fail")
      }))
      assert.deepStrictEqual(tree(spans), [["chat", ["agent.tool", ["tool.execution", "plain"]]]])
      assert.strictEqual(named(spans, "chat").attributes["agentops.session.end_state_reason"], "hung up")
      assert.deepStrictEqual(exceptions(named(spans, "chat")), [["Down", "hung up"]])
    }))

  it.effect("current and currentId, with and without a session", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Session.current, Option.none())
      assert.deepStrictEqual(yield* Session.currentId, Option.none())
      yield* Effect.gen(function*() {
        const session = yield* Session.Session
        assert.deepStrictEqual(Option.getOrThrow(yield* Session.current), session)
        assert.deepStrictEqual(yield* Session.currentId, Option.some(session.id))
        const fiber = yield* Effect.forkChild(Session.currentId)
        assert.deepStrictEqual(yield* Fiber.join(fiber), Option.some(session.id))
      }).pipe(Session.withSession())
    }))

  it.effect("the session's own span is the root", () =>
    Effect.gen(function*() {
      const [session, parent] = yield* Effect.all([Session.Session, Effect.currentSpan]).pipe(
        Session.withSession(),
        Effect.provide(tracing())
      )
      assert.strictEqual(session.span as Tracer.Span, parent)
      assert.strictEqual(session.traceId, session.id.replaceAll("-", ""))
    }))
})

describe("the end state", () => {
  const reason = "agentops.session.end_state_reason"
  const cases: ReadonlyArray<
    readonly [
      string,
      Effect.Effect<unknown, unknown, Session.Session>,
      Session.EndState,
      string | undefined,
      status: string
    ]
  > = [
    ["success", Effect.void, "Success", undefined, "unset"],
    ["failure", Effect.fail(new Down({ message: "no route" })), "Fail", "no route", "error"],
    ["defect", Effect.die(new Error("bug")), "Fail", "bug", "error"],
    ["interruption", Effect.interrupt, "Indeterminate", "interrupted", "unset"],
    [
      "a failure beside an interruption",
      Effect.failCause(
        Cause.fromReasons([Cause.makeInterruptReason(1), Cause.makeFailReason(new Down({ message: "x" }))])
      ),
      "Fail",
      "x",
      "error"
    ],
    [
      "set, on success",
      Effect.flatMap(Session.Session, (session) => session.setEndState("Fail", "the customer gave up")),
      "Fail",
      "the customer gave up",
      "error"
    ],
    [
      "set, on failure",
      Effect.flatMap(
        Session.Session,
        (session) => Effect.andThen(session.setEndState("Success"), Effect.fail(new Down({ message: "cleanup" })))
      ),
      "Success",
      undefined,
      "error"
    ],
    [
      "set twice",
      Effect.flatMap(
        Session.Session,
        (session) => Effect.andThen(session.setEndState("Fail", "a"), session.setEndState("Indeterminate"))
      ),
      "Indeterminate",
      undefined,
      "unset"
    ]
  ]
  for (const [name, effect, endState, expectedReason, status] of cases) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const summaries: Array<Session.Summary> = []
        const onEnd = (summary: Session.Summary) => Effect.sync(() => void summaries.push(summary))
        const spans = yield* spansOf(effect.pipe(Session.withSession({ name: "s", onEnd })))
        const root = named(spans, "s")
        assert.strictEqual(root.attributes["agentops.session.end_state"], endState)
        assert.strictEqual(root.attributes[reason], expectedReason)
        assert.strictEqual(root.status.code, status)
        assert.strictEqual(summaries.length, 1)
        assert.deepInclude(summaries[0], { endState, endStateReason: expectedReason })
      }))
  }

  it.effect("of a fiber that is interrupted from outside", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(Effect.gen(function*() {
        const fiber = yield* Effect.never.pipe(Session.withSession({ name: "s" }), Effect.forkChild)
        yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
      }))
      assert.strictEqual(named(spans, "s").attributes["agentops.session.end_state"], "Indeterminate")
    }))
})

describe("the facts that a program sets on its session", () => {
  it.effect("at the start and while it runs, and nothing after the end", () =>
    Effect.gen(function*() {
      const { exit, spans } = yield* traced(
        Effect.gen(function*() {
          const session = yield* Session.Session
          yield* session.addTags("vip", "refund", "vip")
          yield* session.addMetadata({ ticket: 7, deep: { a: 1 }, gone: undefined })
          yield* session.setUserId("u-2")
          yield* session.setAgent("helper")
          return session
        }).pipe(Session.withSession({
          name: "s",
          tags: ["prod"],
          metadata: { region: "eu", ticket: 1 },
          userId: "u-1",
          agent: "starter"
        })),
        { defaultTags: ["team-a", "prod"] }
      )
      assert.deepInclude(named(spans, "s").attributes, {
        "agentops.tags": ["team-a", "prod", "vip", "refund"],
        "agentops.metadata.region": "eu",
        "agentops.metadata.ticket": 7,
        "agentops.metadata.deep": "{\"a\":1}",
        "user.id": "u-2",
        "gen_ai.agent.name": "helper"
      })
      const session = Exit.isSuccess(exit) ? exit.value : assert.fail("the session failed")
      const before = yield* session.summary
      yield* session.addTags("late")
      yield* session.setTags(["late"])
      yield* session.addMetadata({ late: true })
      yield* session.setUserId("late")
      yield* session.setAgent("late")
      yield* session.setEndState("Fail", "late")
      assert.deepStrictEqual(yield* session.summary, before)
      assert.deepStrictEqual(before.tags, ["team-a", "prod", "vip", "refund"])
      assert.strictEqual(before.endState, "Success")
    }))

  it.effect("setTags replaces tags, and a session's metadata is its own", () =>
    Effect.gen(function*() {
      const metadata = { shared: 1 }
      const [summary] = yield* Effect.gen(function*() {
        const session = yield* Session.Session
        yield* session.setTags(["only"])
        yield* session.addMetadata({ mine: 2 })
      }).pipe(Session.withSummary({ tags: ["a", "b"], metadata }))
      assert.deepStrictEqual(summary.tags, ["only"])
      assert.deepStrictEqual(summary.metadata, { shared: 1, mine: 2 })
      assert.deepStrictEqual(metadata, { shared: 1 })
    }))
})

describe("onEnd", () => {
  it.effect("receives the final summary after the root span has ended", () =>
    Effect.gen(function*() {
      let status: string | undefined
      let duration: number | undefined
      yield* Effect.gen(function*() {
        const { span } = yield* Session.Session
        yield* TestClock.adjust("3 seconds")
        return span
      }).pipe(
        Effect.tap((span) => Effect.sync(() => status = span.status._tag)),
        Session.withSession({ onEnd: (summary) => Effect.sync(() => duration = summary.duration) })
      )
      assert.strictEqual(status, "Started")
      assert.strictEqual(duration, 3_000)
    }))

  const endings: ReadonlyArray<readonly [string, () => Effect.Effect<void>]> = [
    ["fails", () => Effect.fail("onEnd") as never],
    ["dies", () => Effect.die(new Error("onEnd"))],
    ["interrupts", () => Effect.interrupt],
    ["throws", () => {
      throw new Error("onEnd")
    }]
  ]
  for (const [name, onEnd] of endings) {
    it.effect(`one that ${name} does not change the session's exit, and is logged`, () =>
      Effect.gen(function*() {
        const logs: Array<string> = []
        const logger = Logger.make(({ message }) => void logs.push(String(message)))
        const run = <A, E>(effect: Effect.Effect<A, E>) =>
          Effect.exit(Session.withSession(effect, { onEnd })).pipe(Effect.provide(Logger.layer([logger])))
        assert.deepStrictEqual(yield* run(Effect.succeed(1)), Exit.succeed(1))
        const failed = yield* run(Effect.fail("no"))
        assert.deepStrictEqual(Exit.findErrorOption(failed), Option.some("no"))
        assert.lengthOf(logs, 2)
        assert.include(logs[0], "onEnd")
      }))
  }
})

describe("replayUrl", () => {
  it("is AgentOps's page of the trace, at any address of AgentOps", () => {
    const traceId = uuid.replaceAll("-", "")
    assert.strictEqual(Session.replayUrl({ traceId }), `https://app.agentops.ai/sessions?trace_id=${traceId}`)
    assert.strictEqual(
      Session.replayUrl({ traceId }, "https://ops.example.com//"),
      `https://ops.example.com/sessions?trace_id=${traceId}`
    )
  })
})
