/** Expectations are typed by the fields of the kinds. */
import { Context, Effect, Schema } from "effect"
import { type AgentOps, Event, Field } from "effect-agentops"
import { EvaluationRun, type Report, Score } from "effect-agentops/evaluation"
import { Expectation, Pattern } from "effect-agentops/testing"
import { expect, test } from "tstyche"

const Checkout = Event.define("shop.checkout", {
  span: "shop.checkout",
  fields: {
    total: Field.attribute("shop.cart.total", Schema.Finite),
    items: Field.json("shop.cart.items", Schema.Array(Schema.Struct({ sku: Schema.String, count: Schema.Finite })))
  }
})

test("a field accepts its type, a part of it, a rule, or a regular expression for a text", () => {
  expect(Expectation.event).type.toBeCallableWith(Checkout, { total: 3, items: [{ sku: /^A/ }] })
  expect(Expectation.event).type.toBeCallableWith(Checkout, { total: Pattern.present, items: Pattern.absent })
  expect(Expectation.modelCall).type.toBeCallableWith({ usage: { inputTokens: 3 }, temperature: 0 })
  expect(Expectation.tool).type.toBeCallableWith(/^sea/, { parameters: { query: /shoe/ } }, { status: "error" })
})

test("a field that the kind does not have does not compile", () => {
  expect(Expectation.event).type.not.toBeCallableWith(Checkout, { total: "3" })
  expect(Expectation.event).type.not.toBeCallableWith(Checkout, { totals: 3 })
  expect(Expectation.event).type.not.toBeCallableWith(Checkout, { items: [{ sku: 3 }] })
  expect(Expectation.modelCall).type.not.toBeCallableWith({ temperature: "warm" })
  expect(Expectation.tool).type.not.toBeCallableWith("search", {}, { status: "failed" })
  expect(Expectation.session).type.not.toBeCallableWith("shop", { endState: "Failed" })
})

test("children are one expectation or a list", () => {
  expect(Expectation.span).type.toBeCallableWith("x", { children: [Expectation.span("y")] })
  expect(Expectation.span).type.toBeCallableWith("x", { children: Expectation.none(Expectation.span("y")) })
  expect(Expectation.span).type.not.toBeCallableWith("x", { children: Expectation.span("y") })
})

test("a run over a data set has the errors and requirements of its task and its scorers", () => {
  class Judge extends Context.Service<Judge, { readonly ask: Effect.Effect<boolean, "no model"> }>()("Judge") {}
  const scale = Score.passed("ok")
  const report = EvaluationRun.run({
    name: "x",
    cases: [{ id: "a", input: 1, expected: "1" }],
    task: (input) => Effect.succeed(String(input)),
    scorers: [
      (outcome) => scale.of(outcome.output === outcome.case.expected),
      () => Effect.flatMap(Judge, ({ ask }) => Effect.map(ask, (ok) => scale.of(ok)))
    ]
  })
  expect(report).type.toBe<Effect.Effect<Report.Report, "no model" | Score.InvalidScore, AgentOps.AgentOps | Judge>>()
})

test("a scale accepts its values only", () => {
  expect(Score.labelled("tone", { rude: 0, kind: 1 }).of).type.toBeCallableWith("kind")
  expect(Score.labelled("tone", { rude: 0, kind: 1 }).of).type.not.toBeCallableWith("nice")
  expect(Score.passed("ok").of).type.not.toBeCallableWith(1)
  expect(Score.numeric("stars").of).type.not.toBeCallableWith("5")
})
