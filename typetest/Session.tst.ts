import { type Context, Effect, Option, pipe, Stream } from "effect"
import { Budget, Propagation, Session, traceAgent } from "effect-agentops"
import { describe, expect, test } from "tstyche"

interface Answer {
  readonly text: string
}
class Overloaded {
  readonly _tag = "Overloaded"
}
interface Client {
  readonly client: true
}
declare const call: Effect.Effect<Answer, Overloaded, Client | Session.Session>
declare const words: Stream.Stream<string, Overloaded, Client | Session.Session>
declare const service: Session.Session["Service"]
declare const token: string
declare const budget: Budget.Budget
declare const context: Context.Context<Session.Session>

type Call = Effect.Effect<Answer, Overloaded, Client>
type Words = Stream.Stream<string, Overloaded, Client>

describe("each way into a session accepts effects and streams, and removes the session from the requirements", () => {
  test("withSession, provideTo, continueSession and joinSession", () => {
    const remote = Propagation.extract({})
    expect(pipe(call, Session.withSession({ remote }))).type.toBe<Call>()
    expect(pipe(words, Session.withSession({ remote, trust: "link" }))).type.toBe<Words>()
    expect(Session.withSession(words)).type.toBe<Words>()
    expect(pipe(call, Session.provideTo(service))).type.toBe<Call>()
    expect(pipe(words, Session.provideTo(service))).type.toBe<Words>()
    expect(pipe(call, Propagation.continueSession(remote))).type.toBe<Call>()
    expect(pipe(words, Propagation.continueSession(Option.none()))).type.toBe<Words>()
    expect(pipe(call, Propagation.joinSession())).type.toBe<Call>()
    expect(pipe(words, Propagation.joinSession({ name: "part" }))).type.toBe<Words>()
  })
  test("works with Effect's own ways", () => {
    expect(pipe(call, Effect.provideService(Session.Session, service))).type.toBe<Call>()
    expect(pipe(words, Stream.provideService(Session.Session, service))).type.toBe<Words>()
    expect(pipe(call, Effect.provide(Session.layer()))).type.toBe<Call>()
    expect(pipe(words, Stream.provide(Session.layer()))).type.toBe<Words>()
    expect(pipe(call, Effect.provideContext(context))).type.toBe<Call>()
  })
  test("untilConsumed removes it from a stream in the value too", () => {
    expect(pipe(Effect.succeed(words), Session.untilConsumed())).type.toBe<Effect.Effect<Words>>()
    expect(pipe(Effect.succeed(new Response()), Session.untilConsumed())).type.toBe<Effect.Effect<Response>>()
  })
  test("resume adds its error", () => {
    expect(pipe(call, Session.resume(token))).type.toBe<
      Effect.Effect<Answer, Overloaded | Session.InvalidToken, Client>
    >()
    expect(Session.resume(words, token, { name: "s" })).type.toBe<
      Stream.Stream<string, Overloaded | Session.InvalidToken, Client>
    >()
    expect(Session.suspend()).type.toBe<Effect.Effect<string, never, Session.Session>>()
  })
})

describe("wrong use does not compile, with an error that names the option", () => {
  test("rejects wrong options", () => {
    expect(Session.withSession).type.not.toBeCallableWith({ budget: { limit: "1" } })
    expect(Session.withSession).type.not.toBeCallableWith({ conversation: 7 })
    expect(Session.resume).type.not.toBeCallableWith(token, { id: "x" })
    expect(pipe).type.not.toBeCallableWith(call, Session.withSession({ output: (answer: number) => answer }))
    expect(Budget.make).type.not.toBeCallableWith({ onExceeded: "fail" })
    expect(Budget.withinWith).type.not.toBeCallableWith(call, { reserve: "1" })
  })
})

describe("a budget", () => {
  test("adds its error to the effects and streams under it", () => {
    expect(pipe(call, Budget.within)).type.toBe<
      Effect.Effect<Answer, Overloaded | Budget.BudgetExceeded, Client | Session.Session>
    >()
    expect(pipe(words, Budget.withinWith({ reserve: 1 }))).type.toBe<
      Stream.Stream<string, Overloaded | Budget.BudgetExceeded, Client | Session.Session>
    >()
    expect(Budget.withinWith(call, { reserve: 1 })).type.toBe<
      Effect.Effect<Answer, Overloaded | Budget.BudgetExceeded, Client | Session.Session>
    >()
  })
  test("is provided without a change of types", () => {
    expect(pipe(call, traceAgent("a"), Budget.provide(budget), Session.withSession())).type.toBe<Call>()
    expect(pipe(words, Budget.provide(budget), Session.withSession({ budget }))).type.toBe<Words>()
  })
  test("keeps generic code generic", () => {
    const guarded = <A, E, R>(self: Effect.Effect<A, E, R>) => Budget.within(self)
    expect(guarded(call)).type.toBe<
      Effect.Effect<Answer, Overloaded | Budget.BudgetExceeded, Client | Session.Session>
    >()
  })
})
