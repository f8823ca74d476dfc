// Two agents and a person: triage hands a refund over to billing, which asks a person before it pays.
// Run: npm run example -- examples/handoff.ts
import { Console, Deferred, Effect, Layer } from "effect"
import { AgentOps, Exporter, Session, traceAgent, traceApproval, traceHandoff, traceTool } from "effect-agentops"

interface Decision {
  readonly approved: boolean
  readonly approver: string
  readonly reason?: string
}

const pay = (order: number, dollars: number) =>
  Effect.succeed(`$${dollars} for order ${order}`).pipe(traceTool("pay_back", { parameters: { order, dollars } }))

/** Billing waits for a person's decision. The wait has its own span and is not an error. */
const billing = (order: number, dollars: number, inbox: Deferred.Deferred<Decision>) =>
  Effect.gen(function*() {
    const { approved, reason } = yield* Deferred.await(inbox).pipe(
      traceApproval("refund", { request: { order, dollars } })
    )
    return approved ? yield* pay(order, dollars) : `no refund: ${reason ?? "no reason"}`
  }).pipe(traceAgent("billing"))

const triage = (message: string, inbox: Deferred.Deferred<Decision>) =>
  billing(7, 59, inbox).pipe(
    traceHandoff("billing", { reason: message }),
    traceAgent("triage")
  )

const program = Effect.gen(function*() {
  const inbox = yield* Deferred.make<Decision>()
  // A person looks at the request and decides.
  yield* Deferred.succeed(inbox, { approved: true, approver: "u-17" }).pipe(
    Effect.delay("20 millis"),
    Effect.forkChild
  )
  yield* Console.log(yield* triage("I want my money back", inbox))
}).pipe(Session.withSession({ name: "refund" }), Effect.andThen(AgentOps.flush()))

const TracingLive = Exporter.console({ show: "tree" }).pipe(
  Layer.provideMerge(AgentOps.layer({ serviceName: "refunds" }))
)

await Effect.runPromise(Effect.provide(program, TracingLive))
