/** Expectations are typed by the fields of the kinds. */
import { Schema } from "effect"
import { Event, Field } from "effect-agentops"
import { Expectation, Pattern } from "effect-agentops/testing"
import { expect, test } from "tstyche"

const Checkout = Event.define("shop.checkout", {
  span: "shop.checkout",
  fields: {
    total: Field.attribute("shop.cart.total", Schema.Finite),
    items: Field.json("shop.cart.items", Schema.Array(Schema.Struct({ sku: Schema.String, count: Schema.Finite })))
  }
})

test("a field takes its type, a part of it, a rule, or a regular expression for a text", () => {
  expect(Expectation.event).type.toBeCallableWith(Checkout, { total: 3, items: [{ sku: /^A/ }] })
  expect(Expectation.event).type.toBeCallableWith(Checkout, { total: Pattern.present, items: Pattern.absent })
  expect(Expectation.modelCall).type.toBeCallableWith({ usage: { inputTokens: 3 }, temperature: 0 })
  expect(Expectation.tool).type.toBeCallableWith(/^sea/, { parameters: { query: /shoe/ } }, { status: "error" })
})

test("what the kind does not have does not compile", () => {
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
