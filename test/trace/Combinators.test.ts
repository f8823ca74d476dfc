/** The laws of every combinator: the effect stays the same, and its facts are on the span. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Field from "../../src/model/Field.ts"
import { layer as tracing, run as traced, spansOf } from "../../src/testing/TestTracing.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceAttempt } from "../../src/trace/Attempt.ts"
import * as Event from "../../src/trace/Event.ts"
import { traceLlm, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { named } from "../support/traced.ts"

class Down extends Data.TaggedError("Down")<{ readonly n: number }> {}

const Checkout = Event.define("shop.checkout", {
  span: "shop.checkout",
  spanKind: "producer",
  fields: {
    cart: Field.attribute("shop.cart.id", Schema.String),
    total: Field.attribute("shop.cart.total", Schema.Finite)
  }
})

type Combinator = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

const thrower = (): never => {
  throw new Error("an option that throws")
}

const combinators: ReadonlyArray<readonly [string, Combinator]> = [
  ["traceLlm", traceLlm],
  ["traceLlmWith", traceLlmWith({ model: "m", request: { messages: [] } })],
  ["traceLlmWith, with functions", (self) => traceLlmWith(self, { model: () => "m", success: () => true })],
  [
    "traceLlmWith, with functions that throw",
    (self) => traceLlmWith(self, { model: thrower, usage: thrower, success: thrower, response: thrower })
  ],
  ["traceTool", traceTool("t", { parameters: { a: 1 } })],
  ["traceTool, with functions that throw", (self) => traceTool(self, "t", { result: thrower, success: thrower })],
  ["traceAction", traceAction("a")],
  ["traceAgent", traceAgent("b")],
  ["traceAttempt", traceAttempt],
  ["traceAttempt in traceLlm", (self) => traceLlm(traceAttempt(self))],
  ["a user's kind", Checkout.trace({ cart: "c" })],
  ["withSession", (self) => Session.withSession(self) as never],
  ["all at once", (self) => traceAgent(traceAction(traceTool(traceLlm(self), "t"), "a"), "b")]
]

const json = Arbitrary.schema(Schema.Json)
const reason = Arbitrary.map(
  Arbitrary.all({ kind: Arbitrary.schema(Schema.Literals(["fail", "error", "die", "interrupt"])), json }),
  ({ json, kind }): Cause.Reason<unknown> => {
    switch (kind) {
      case "fail":
        return Cause.makeFailReason(json)
      case "error":
        return Cause.makeFailReason(new Down({ n: 1 }))
      case "die":
        return Cause.makeDieReason(json)
      case "interrupt":
        return Cause.makeInterruptReason(7)
    }
  }
)
const exit: Arbitrary.Arbitrary<Exit.Exit<unknown, unknown>> = Arbitrary.flatMap(
  Arbitrary.schema(Schema.Boolean),
  (success): Arbitrary.Arbitrary<Exit.Exit<unknown, unknown>> =>
    success
      ? Arbitrary.map(json, Exit.succeed)
      : Arbitrary.map(Arbitrary.array(reason, { minLength: 1, maxLength: 4 }), (reasons) =>
        Exit.failCause(Cause.fromReasons(reasons)))
)

/** The value or the reasons, by identity. */
const same = (actual: Exit.Exit<unknown, unknown>, expected: Exit.Exit<unknown, unknown>) => {
  if (actual._tag === "Success" || expected._tag === "Success") {
    return actual._tag === "Success" && expected._tag === "Success" && Object.is(actual.value, expected.value)
  }
  const inside = (reason: Cause.Reason<unknown>) =>
    reason._tag === "Fail" ? reason.error : reason._tag === "Die" ? reason.defect : reason.fiberId
  const [a, b] = [actual.cause.reasons, expected.cause.reasons]
  return a.length === b.length &&
    a.every((reason, i) => reason._tag === b[i]!._tag && Object.is(inside(reason), inside(b[i]!)))
}

describe("the effect stays the same", () => {
  for (const [name, combinator] of combinators) {
    it.effect.prop(`${name}: value, errors, defects and interruptions`, { exit }, ({ exit }) =>
      Effect.gen(function*() {
        // Immediately, after a pause, with tracing, without, and with tracing disabled.
        const effects = [Effect.suspend(() => exit), Effect.andThen(Effect.yieldNow, exit)]
        for (const effect of effects) {
          const alone = yield* Effect.exit(effect)
          assert.isTrue(same(yield* Effect.exit(combinator(effect)), alone))
          assert.isTrue(same((yield* traced(combinator(effect))).exit, alone))
          assert.isTrue(same(yield* Effect.exit(Effect.withTracerEnabled(combinator(effect), false)), alone))
        }
        return true
      }), { arbitrary: { runs: 30 } })

    it.effect(`${name}: services, and interruption from outside`, () =>
      Effect.gen(function*() {
        class Client extends Context.Service<Client, number>()("test/Client") {}
        const value = yield* combinator(Client).pipe(Effect.provideService(Client, 7))
        assert.strictEqual(value, 7)
        let cleaned = false
        const fiber = yield* Effect.never.pipe(
          Effect.onInterrupt(() => Effect.sync(() => void (cleaned = true))),
          combinator,
          Effect.forkChild
        )
        yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
        assert.isTrue(cleaned)
        assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
      }).pipe(Effect.provide(tracing())))

    it.effect(`${name}: may run again and again, each time with its own spans`, () =>
      Effect.gen(function*() {
        let runs = 0
        const once = combinator(Effect.sync(() => ++runs))
        const { exit, spans } = yield* traced(Effect.all([once, once, once], { concurrency: "unbounded" }))
        assert.deepStrictEqual(exit, Exit.succeed([1, 2, 3]))
        assert.strictEqual(spans.length % 3, 0)
        assert.strictEqual(new Set(spans.map((span) => span.spanId)).size, spans.length)
      }))
  }
})

describe("options", () => {
  it.effect("values and functions of the value, data-first and data-last", () =>
    Effect.gen(function*() {
      const pay = Effect.succeed({ charged: 12.5 })
      const options = { cart: "c-1", total: (receipt: { readonly charged: number }) => receipt.charged }
      for (const traced of [Checkout.trace(pay, options), pay.pipe(Checkout.trace(options))]) {
        const span = named(yield* spansOf(traced), "shop.checkout")
        assert.strictEqual(span.kind, "producer")
        assert.deepInclude(span.attributes, {
          "agentops.event.kind": "shop.checkout",
          "shop.cart.id": "c-1",
          "shop.cart.total": 12.5
        })
      }
    }))

  it.effect("an option that reads the value is absent if the effect failed", () =>
    Effect.gen(function*() {
      const fail: Effect.Effect<{ readonly charged: number }, Down> = Effect.fail(new Down({ n: 1 }))
      const span = named(
        yield* spansOf(fail.pipe(Checkout.trace({ cart: "c-1", total: (receipt) => receipt.charged }))),
        "shop.checkout"
      )
      assert.strictEqual(span.attributes["shop.cart.id"], "c-1")
      assert.notProperty(span.attributes, "shop.cart.total")
    }))

  it.effect("a function that throws counts as returning nothing, and the others are used", () =>
    Effect.gen(function*() {
      const span = named(
        yield* spansOf(Effect.succeed(1).pipe(Checkout.trace({ cart: thrower, total: (n) => n, success: thrower }))),
        "shop.checkout"
      )
      assert.notProperty(span.attributes, "shop.cart.id")
      assert.strictEqual(span.attributes["shop.cart.total"], 1)
      assert.deepStrictEqual(span.status, { code: "unset" })
    }))

  it.effect("success: false marks a success value as a failure", () =>
    Effect.gen(function*() {
      const judge = (ok: boolean) =>
        traced(Effect.succeed({ ok }).pipe(traceTool("t", { success: (value) => value.ok })))
      const { exit, spans } = yield* judge(false)
      assert.deepStrictEqual(exit, Exit.succeed({ ok: false }))
      const event = named(spans, "agent.tool")
      assert.strictEqual(event.status.code, "error")
      assert.strictEqual(event.attributes["error.type"], "unsuccessful")
      assert.deepStrictEqual(event.events, [])
      assert.strictEqual(named((yield* judge(true)).spans, "agent.tool").status.code, "unset")
    }))

  it.effect("a list is recorded as it was at the start", () =>
    Effect.gen(function*() {
      const messages: Array<unknown> = ["first"]
      const grow = Effect.sync(() => void messages.push("second"))
      const spans = yield* spansOf(grow.pipe(traceTool("t", { parameters: messages })))
      assert.strictEqual(named(spans, "agent.tool").attributes["gen_ai.tool.call.arguments"], "[\"first\"]")
    }))

  it.effect("content is left out if the exporter does not need it", () =>
    Effect.gen(function*() {
      const program = Effect.succeed("answer").pipe(traceTool("t", { parameters: "secret" }))
      const open = named(yield* spansOf(program), "agent.tool").attributes
      assert.deepInclude(open, { "gen_ai.tool.call.arguments": "\"secret\"", "gen_ai.tool.call.result": "\"answer\"" })
      const closed = named(yield* spansOf(program, { content: false }), "agent.tool").attributes
      assert.deepStrictEqual(
        Object.keys(open).filter((key) => !(key in closed)),
        ["gen_ai.tool.call.arguments", "gen_ai.tool.call.result"]
      )
      assert.notMatch(JSON.stringify(closed), /secret|answer/)
    }))
})
