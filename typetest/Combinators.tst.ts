import { Effect, pipe, Schema } from "effect"
import {
  Event,
  Field,
  Session,
  SessionId,
  ToolEvent,
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
declare const inSession: Effect.Effect<Answer, Overloaded, Client | Session.Session>
declare const session: Session.Session["Service"]
declare const either: Effect.Effect<string | undefined>
declare const anything: Effect.Effect<unknown, unknown, Client>

describe("a combinator keeps value, error and requirements", () => {
  test("traceLlm without options", () => {
    expect(pipe(call, traceLlm)).type.toBe<Call>()
    expect(call.pipe(traceLlm)).type.toBe<Call>()
    expect(traceLlm(call)).type.toBe<Call>()
    expect(pipe(call, traceAttempt, traceLlm)).type.toBe<Call>()
  })
  test("traceLlmWith, data-last, data-first, and stored", () => {
    expect(pipe(call, traceLlmWith({ model: "gpt-4o" }))).type.toBe<Call>()
    expect(traceLlmWith(call, { model: "gpt-4o" })).type.toBe<Call>()
    const traced = traceLlmWith({ model: "gpt-4o", request: { messages: [] } })
    expect(pipe(call, traced)).type.toBe<Call>()
  })
  test("combinators with a name", () => {
    expect(pipe(call, traceTool("search"))).type.toBe<Call>()
    expect(pipe(call, traceTool("search", { parameters: { query: "shoes" } }))).type.toBe<Call>()
    expect(traceTool(call, "search")).type.toBe<Call>()
    expect(traceTool(call, "search", { callId: "c-1" })).type.toBe<Call>()
    expect(pipe(call, traceAction("handle"))).type.toBe<Call>()
    expect(pipe(call, traceAgent("planner", { role: "plans" }))).type.toBe<Call>()
    const traced = traceTool("search")
    expect(pipe(call, traced)).type.toBe<Call>()
  })
  test("withSession infers the type of the value for its output", () => {
    expect(
      pipe(
        call,
        Session.withSession({
          name: "s",
          output: (answer) => {
            expect(answer).type.toBe<Answer>()
            return answer.text
          }
        })
      )
    ).type.toBe<Call>()
    expect(Session.withSession(call, { output: (answer) => answer.text })).type.toBe<Call>()
    expect(pipe(call, Session.withSummary({ output: (answer) => answer.text }))).type.toBe<
      Effect.Effect<readonly [Session.Summary, Answer], Overloaded, Client>
    >()
  })
  test("withSession removes the session that it provides", () => {
    expect(call.pipe(Session.withSession({ name: "s" }))).type.toBe<Call>()
    expect(Session.Session.pipe(Session.withSession())).type.toBe<Effect.Effect<Session.Session["Service"]>>()
  })
})

describe("an option may be a function of the value with an inferred type", () => {
  test("works inside of pipe", () => {
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
  test("works data-first", () => {
    expect(traceAction(call, "handle", { result: (answer) => answer.text })).type.toBe<Call>()
  })
  test("a tool's parameters may have an unknown type", () => {
    const parsed: unknown = JSON.parse("{}")
    expect(pipe(call, traceTool("search", { parameters: parsed, result: (answer) => answer.text }))).type.toBe<Call>()
  })
  test("a field of any type accepts any plain value", () => {
    expect(traceTool).type.toBeCallableWith("search", { result: new Date() })
    expect(traceTool).type.toBeCallableWith("search", { result: [1, "two"], parameters: "raw" })
  })
})

describe("wrong use does not compile", () => {
  test("rejects an unknown option", () => {
    expect(traceTool).type.not.toBeCallableWith("search", { parameter: {} })
    expect(traceLlmWith).type.not.toBeCallableWith({ modle: "gpt-4o" })
  })
  test("rejects a value of another type", () => {
    expect(traceLlmWith).type.not.toBeCallableWith({ model: 4 })
    expect(traceLlmWith).type.not.toBeCallableWith({ usage: { inputTokens: "12", outputTokens: 3 } })
    expect(traceLlmWith).type.not.toBeCallableWith(call, { usage: (answer: Answer) => answer.text })
  })
  test("rejects a function of another value", () => {
    expect(traceTool).type.not.toBeCallableWith(call, "search", {
      result: (answer: { readonly hits: number }) => answer.hits
    })
  })
  test("rejects a missing name", () => {
    expect(traceTool).type.not.toBeCallableWith()
    expect(traceTool).type.not.toBeCallableWith({ parameters: {} })
  })
  test("rejects an unchecked session id", () => {
    expect(Session.withSession).type.not.toBeCallableWith({ id: "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44" })
    expect(SessionId.fromString("x")).type.toBe<Effect.Effect<SessionId.SessionId, SessionId.InvalidSessionId>>()
  })
})

test("your own kind is typed by its fields", () => {
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

describe("a session", () => {
  test("is removed from the requirements, and nothing else is", () => {
    expect(inSession.pipe(Session.withSession())).type.toBe<Call>()
    expect(Session.withSession(inSession, { name: "s", tags: ["a"] })).type.toBe<Call>()
    expect(inSession.pipe(Session.provideTo(session))).type.toBe<Call>()
    expect(Session.provideTo(inSession, session)).type.toBe<Call>()
    expect(inSession.pipe(Effect.provide(Session.layer()))).type.toBe<Call>()
  })
  test("withSummary returns the summary beside the value", () => {
    type Summed = Effect.Effect<readonly [summary: Session.Summary, value: Answer], Overloaded, Client>
    expect(inSession.pipe(Session.withSummary())).type.toBe<Summed>()
    expect(Session.withSummary(inSession, { name: "s" })).type.toBe<Summed>()
  })
  test("checks its options", () => {
    expect(Session.withSession).type.not.toBeCallableWith({ nmae: "s" })
    expect(Session.withSession).type.not.toBeCallableWith({ tags: "prod" })
    expect(session.setEndState).type.not.toBeCallableWith("Failed")
    expect(session.setEndState).type.toBeCallableWith("Fail", "gave up")
    expect(Session.withSession).type.not.toBeCallableWith({ onEnd: () => Effect.fail("no") })
    expect(Session.withSession).type.toBeCallableWith({ onEnd: (summary: Session.Summary) => Effect.log(summary.id) })
  })
  test("record accepts an event and has no requirements", () => {
    expect(Session.record(ToolEvent.ToolEvent.make({ name: "t" }))).type.toBe<Effect.Effect<void>>()
    expect(ToolEvent.ToolEvent.make).type.not.toBeCallableWith({ name: 7 })
    expect(Session.record).type.not.toBeCallableWith({ name: "t" })
    expect(Session.record).type.not.toBeCallableWith(ToolEvent.ToolEvent.make({}), { startTime: "yesterday" })
  })
})

describe("inference works for less plain types", () => {
  test("works for values that are unions, never or unknown", () => {
    expect(pipe(either, traceLlm)).type.toBe<typeof either>()
    expect(pipe(either, traceTool("t", { result: (value) => value?.length }))).type.toBe<typeof either>()
    expect(pipe(Effect.never, traceLlm, traceTool("t"))).type.toBe<Effect.Effect<never>>()
    expect(pipe(anything, traceLlm, traceAction("a"))).type.toBe<typeof anything>()
  })
  test("works in generic code of the user", () => {
    const both = <A, E, R>(self: Effect.Effect<A, E, R>) => self.pipe(traceLlm, traceTool("t"), traceAgent("a"))
    expect(pipe(call, both)).type.toBe<Call>()
  })
  test("works in Effect.fn", () => {
    const ask = Effect.fn("ask")(function*(question: string) {
      yield* Effect.log(question)
      return yield* call
    }, traceLlm)
    expect(ask("?")).type.toBe<Call>()
  })
  test("works for a failure that depends on the value", () => {
    expect(traceLlmWith).type.not.toBeCallableWith(call, { success: (answer: Answer) => answer.text })
    expect(traceAgent(call, "a", { success: (answer) => answer.text !== "" })).type.toBe<Call>()
  })
  test("works for response as a function of the value", () => {
    expect(pipe(call, traceLlmWith({ response: (answer) => answer.text }))).type.toBe<Call>()
    expect(traceLlmWith).type.not.toBeCallableWith(call, { response: "data" })
  })
})

describe("a kind's definition", () => {
  test("a field's attribute must have a type that OpenTelemetry accepts", () => {
    expect(Field.attribute).type.not.toBeCallableWith("a", Schema.Struct({ a: Schema.String }))
    expect(Field.attribute).type.not.toBeCallableWith("a", Schema.Null)
    expect(Field.attribute).type.toBeCallableWith("a", Schema.DateFromString)
    expect(Field.json).type.toBeCallableWith("a", Schema.Struct({ a: Schema.String }))
  })
  test("a group names an attribute for each property", () => {
    const Address = Schema.Struct({ city: Schema.String, zip: Schema.optional(Schema.String) })
    expect(Field.group).type.toBeCallableWith(Address, { city: "a.city", zip: "a.zip" })
    expect(Field.group).type.not.toBeCallableWith(Address, { city: "a.city" })
  })
  test("nameField is one of the fields, and the combinator has it as its first parameter", () => {
    const fields = { id: Field.attribute("id", Schema.String), n: Field.attribute("n", Schema.Finite) }
    expect(Event.define).type.not.toBeCallableWith("k", { span: "k", fields, nameField: "other" })
    const Named = Event.define("k", { span: "k", fields, nameField: "id" })
    expect(pipe(call, Named.trace("x"))).type.toBe<Call>()
    expect(pipe(call, Named.trace("x", { n: (answer) => answer.tokens.out }))).type.toBe<Call>()
    expect(Named.trace).type.not.toBeCallableWith({ n: 1 })
    expect(Named.fromAttributes({}).id).type.toBe<string | undefined>()
  })
})
