import { type Effect, pipe, Schema } from "effect"
import {
  Event,
  Field,
  Session,
  SessionId,
  traceAction,
  traceAgent,
  traceAttempt,
  traceLlm,
  traceLlmWith,
  traceTool
} from "effect-agentops"
import { describe, expect, test } from "tstyche"

interface Answer {
  readonly text: string
  readonly tokens: { readonly in: number; readonly out: number }
}
class Overloaded {
  readonly _tag = "Overloaded"
}
interface Client {
  readonly client: true
}
declare const call: Effect.Effect<Answer, Overloaded, Client>
type Call = Effect.Effect<Answer, Overloaded, Client>

describe("a combinator leaves value, error and requirements as they are", () => {
  test("traceLlm, bare", () => {
    expect(pipe(call, traceLlm)).type.toBe<Call>()
    expect(call.pipe(traceLlm)).type.toBe<Call>()
    expect(traceLlm(call)).type.toBe<Call>()
    expect(pipe(call, traceAttempt, traceLlm)).type.toBe<Call>()
  })
  test("traceLlmWith, data-last, data-first, and kept for later", () => {
    expect(pipe(call, traceLlmWith({ model: "gpt-4o" }))).type.toBe<Call>()
    expect(traceLlmWith(call, { model: "gpt-4o" })).type.toBe<Call>()
    const traced = traceLlmWith({ model: "gpt-4o", request: { messages: [] } })
    expect(pipe(call, traced)).type.toBe<Call>()
  })
  test("those with a name", () => {
    expect(pipe(call, traceTool("search"))).type.toBe<Call>()
    expect(pipe(call, traceTool("search", { parameters: { query: "shoes" } }))).type.toBe<Call>()
    expect(traceTool(call, "search")).type.toBe<Call>()
    expect(traceTool(call, "search", { callId: "c-1" })).type.toBe<Call>()
    expect(pipe(call, traceAction("handle"))).type.toBe<Call>()
    expect(pipe(call, traceAgent("planner", { role: "plans" }))).type.toBe<Call>()
    const traced = traceTool("search")
    expect(pipe(call, traced)).type.toBe<Call>()
  })
  test("withSession takes away the session it provides", () => {
    expect(call.pipe(Session.withSession({ name: "s" }))).type.toBe<Call>()
    expect(Session.Session.pipe(Session.withSession())).type.toBe<Effect.Effect<Session.Session["Service"]>>()
  })
})

describe("an option may be a function of the value, whose type is inferred", () => {
  test("inside pipe", () => {
    expect(
      pipe(
        call,
        traceLlmWith({
          usage: (answer) => {
            expect(answer).type.toBe<Answer>()
            return { inputTokens: answer.tokens.in, outputTokens: answer.tokens.out }
          },
          success: (answer) => answer.text !== ""
        })
      )
    ).type.toBe<Call>()
    expect(
      pipe(
        call,
        traceTool("search", {
          result: (answer) => {
            expect(answer).type.toBe<Answer>()
            return answer.text
          }
        })
      )
    ).type.toBe<Call>()
  })
  test("data-first", () => {
    expect(traceAction(call, "handle", { result: (answer) => answer.text })).type.toBe<Call>()
  })
  test("a field of any type takes any plain value", () => {
    expect(traceTool).type.toBeCallableWith("search", { result: new Date() })
    expect(traceTool).type.toBeCallableWith("search", { result: [1, "two"], parameters: "raw" })
  })
})

describe("wrong use does not compile", () => {
  test("an unknown option", () => {
    expect(traceTool).type.not.toBeCallableWith("search", { parameter: {} })
    expect(traceLlmWith).type.not.toBeCallableWith({ modle: "gpt-4o" })
  })
  test("a value of another type", () => {
    expect(traceLlmWith).type.not.toBeCallableWith({ model: 4 })
    expect(traceLlmWith).type.not.toBeCallableWith({ usage: { inputTokens: "12", outputTokens: 3 } })
    expect(traceLlmWith).type.not.toBeCallableWith(call, { usage: (answer: Answer) => answer.text })
  })
  test("a function of another value", () => {
    expect(traceTool).type.not.toBeCallableWith(call, "search", {
      result: (answer: { readonly hits: number }) => answer.hits
    })
  })
  test("a name that is missing", () => {
    expect(traceTool).type.not.toBeCallableWith()
    expect(traceTool).type.not.toBeCallableWith({ parameters: {} })
  })
  test("a session id that nobody checked", () => {
    expect(Session.withSession).type.not.toBeCallableWith({ id: "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44" })
    expect(SessionId.fromString("x")).type.toBe<Effect.Effect<SessionId.SessionId, SessionId.InvalidSessionId>>()
  })
})

test("a kind of one's own is typed by its fields", () => {
  const Checkout = Event.define("shop.checkout", {
    span: "shop.checkout",
    fields: {
      cart: Field.attribute("shop.cart.id", Schema.String),
      total: Field.attribute("shop.cart.total", Schema.Finite)
    }
  })
  expect(pipe(call, Checkout.trace({ cart: "c-1", total: (answer) => answer.tokens.in }))).type.toBe<Call>()
  expect(Checkout.trace).type.not.toBeCallableWith({ cart: 1 })
  expect(Checkout.trace).type.not.toBeCallableWith({ basket: "c-1" })
  expect(Checkout.make).type.toBeCallableWith({ total: 12.5 })
  expect(Checkout.fromAttributes({}).total).type.toBe<number | undefined>()
})
