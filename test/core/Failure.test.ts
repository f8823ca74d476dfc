/** How a failure appears on spans: status, `error.type` and exception records. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { run as traced, spansOf } from "../../src/testing/TestTracing.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { exceptions, named } from "../support/traced.ts"

class Overloaded extends Data.TaggedError("Overloaded")<{ readonly message: string }> {}
class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }) {
  override get message() {
    return `refused: ${this.why}`
  }
}
class Plain extends Error {}
class Named extends Error {
  override readonly name = "TimeoutError"
}

/** The plain span, the event and the attempt through which one failure passed. */
const failed = <E>(effect: Effect.Effect<unknown, E>) =>
  Effect.map(spansOf(effect.pipe(Effect.withSpan("plain"), traceTool("t"), Effect.ignoreCause)), (spans) => {
    assert.deepStrictEqual(spans.map((span) => span.name), ["plain", "tool.execution", "agent.tool"])
    return spans
  })

describe("error.type, message and exception", () => {
  const cases: ReadonlyArray<readonly [string, Effect.Effect<never, unknown>, type: string, message: string]> = [
    ["a tagged error", Effect.fail(new Overloaded({ message: "later" })), "Overloaded", "later"],
    ["a tagged error of Schema", Effect.fail(new Refused({ why: "no" })), "Refused", "refused: no"],
    ["a tagged struct", Effect.fail({ _tag: "NotFound", message: "gone" }), "NotFound", "gone"],
    ["an error", Effect.fail(new Error("boom")), "Error", "boom"],
    ["a subclass of Error", Effect.fail(new Plain("sub")), "Plain", "sub"],
    ["an error with a name", Effect.fail(new Named("slow")), "TimeoutError", "slow"],
    ["a TypeError", Effect.fail(new TypeError("not a function")), "TypeError", "not a function"],
    ["a text", Effect.fail("just text"), "_OTHER", "just text"],
    ["a number", Effect.fail(404), "_OTHER", "404"],
    ["nothing", Effect.fail(undefined), "_OTHER", "Unknown error: undefined"],
    ["a defect", Effect.die(new RangeError("bug")), "RangeError", "bug"],
    [
      "a thrown defect",
      Effect.sync(() => {
        throw new SyntaxError("thrown")
      }),
      "SyntaxError",
      "thrown"
    ],
    ["a defect that is no error", Effect.die("bad"), "_OTHER", "bad"]
  ]
  for (const [name, effect, type, message] of cases) {
    it.effect(name, () =>
      Effect.gen(function*() {
        for (const span of yield* failed(effect)) {
          assert.deepStrictEqual(span.status, { code: "error", message }, span.name)
          assert.strictEqual(span.attributes["error.type"], type, span.name)
          assert.deepStrictEqual(exceptions(span), [[type, message]], span.name)
          assert.include(span.events[0]!.attributes["exception.stacktrace"], message)
          assert.strictEqual(span.events[0]!.time, span.endTime)
        }
      }))
  }

  it.effect("have a stack with the line that threw and the span around it", () =>
    Effect.gen(function*() {
      const [plain] = yield* failed(Effect.suspend(() => Effect.fail(new Plain("where"))))
      const stack = String(plain!.events[0]!.attributes["exception.stacktrace"])
      assert.include(stack, "Failure.test.ts")
      assert.include(stack, "agent.tool")
    }))

  it.effect("have a stack with the causes of the error", () =>
    Effect.gen(function*() {
      const [plain] = yield* failed(Effect.fail(new Error("outside", { cause: new Error("inside") })))
      assert.include(plain!.events[0]!.attributes["exception.stacktrace"], "inside")
    }))
})

describe("several failures", () => {
  it.effect("one exception record for each, and the typed one gives the type", () =>
    Effect.gen(function*() {
      const cause = Cause.fromReasons<Overloaded | Refused>([
        Cause.makeDieReason(new RangeError("bug")),
        Cause.makeInterruptReason(1),
        Cause.makeFailReason(new Overloaded({ message: "a" })),
        Cause.makeFailReason(new Refused({ why: "b" }))
      ])
      for (const span of yield* failed(Effect.failCause(cause))) {
        assert.deepStrictEqual(exceptions(span), [["RangeError", "bug"], ["Overloaded", "a"], [
          "Refused",
          "refused: b"
        ]])
        assert.strictEqual(span.attributes["error.type"], "Overloaded")
        assert.deepStrictEqual(span.status, { code: "error", message: "a" })
        assert.notProperty(span.attributes, "effect.fiber.interrupted")
      }
    }))

  it.effect("that run in parallel have separate spans and records", () =>
    Effect.gen(function*() {
      const work = (n: number) => Effect.fail(new Overloaded({ message: `n${n}` })).pipe(traceTool(`t${n}`))
      const spans = yield* spansOf(
        Effect.all([work(1), work(2)], { concurrency: "unbounded", mode: "result" }).pipe(Effect.withSpan("both"))
      )
      const tools = spans.filter((span) => span.name === "agent.tool")
      assert.deepStrictEqual(tools.map((span) => span.attributes["gen_ai.tool.name"]), ["t1", "t2"])
      assert.deepStrictEqual(tools.map(exceptions), [[["Overloaded", "n1"]], [["Overloaded", "n2"]]])
      assert.deepStrictEqual(named(spans, "both").status, { code: "unset" })
    }))
})

describe("an interruption", () => {
  it.effect("is not recorded as a failure", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(Effect.gen(function*() {
        const fiber = yield* Effect.never.pipe(Effect.withSpan("plain"), traceTool("t"), Effect.forkChild)
        yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
      }))
      assert.deepStrictEqual(spans.map((span) => span.name), ["plain", "tool.execution", "agent.tool"])
      for (const span of spans) {
        assert.deepStrictEqual(span.status, { code: "unset" })
        assert.strictEqual(span.attributes["effect.fiber.interrupted"], true)
        assert.notProperty(span.attributes, "error.type")
        assert.deepStrictEqual(span.events, [])
      }
    }))
})

describe("an error that throws when it is read", () => {
  const trap = (): never => {
    throw new Error("do not look")
  }
  const hostile: ReadonlyArray<readonly [string, unknown]> = [
    ["getters that throw", Object.defineProperties({}, { _tag: { get: trap }, message: { get: trap } })],
    [
      "an error with such getters",
      Object.defineProperties(new Error("x"), { name: { get: trap }, stack: { get: trap } })
    ],
    ["no prototype", Object.assign(Object.create(null), { a: 1 })],
    ["an error without a constructor", Object.assign(new Error("x"), { constructor: undefined })],
    ["an error whose name is a number", Object.assign(new Error("x"), { name: 7 })],
    ["an error whose message is an object", Object.assign(new Error("x"), { message: { a: 1 } })],
    ["a text that cannot be made", { toString: trap, toJSON: trap }],
    ["a proxy that throws", new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap })],
    [
      "its own cause",
      Object.assign(new Error("x"), {
        get cause() {
          return this
        }
      })
    ],
    ["a symbol", Symbol("s")],
    ["a function", () => 1]
  ]
  for (const [name, error] of hostile) {
    for (const fail of [Effect.fail, Effect.die]) {
      it.effect(`${name}, as a ${fail === Effect.fail ? "failure" : "defect"}`, () =>
        Effect.gen(function*() {
          const program = fail(error).pipe(Effect.withSpan("plain"), traceTool("t"), Session.withSession({ name: "s" }))
          const { exit, spans } = yield* traced(program)
          assert.isTrue(Exit.isFailure(exit))
          // Compared by identity, because an assertion would read the error.
          const reason = Exit.isFailure(exit) ? exit.cause.reasons[0]! : undefined
          assert.isTrue(
            reason?._tag === "Fail" ? reason.error === error : reason?._tag === "Die" && reason.defect === error
          )
          assert.deepStrictEqual(spans.map((span) => span.name), ["plain", "tool.execution", "agent.tool", "s"])
          for (const span of spans) {
            assert.strictEqual(span.status.code, "error")
            assert.isString(span.attributes["error.type"])
            assert.lengthOf(span.events, 1)
          }
          assert.strictEqual(spans[3]!.attributes["agentops.session.end_state"], "Fail")
          assert.isString(spans[3]!.attributes["agentops.session.end_state_reason"])
        }))
    }
  }
})
