/**
 * One session of the agent: a customer's question, the answer, and a check of the outcome.
 */
import { Console, Effect } from "effect"
import { Session, traceAction } from "effect-agentops"
import * as Agent from "./agent.ts"
import { Airline } from "./airline.ts"

const customer = "mira_okafor_2041"

const task = `Hello, this is Mira Okafor, ${customer}. My reservation QK7M2I for 12 May, Oslo to Lisbon, ` +
  "has to move to 13 May. Please put me on the cheapest flight that has a seat."

/** Judges by the airline's records, because the agent's answer may be wrong. */
const checkOutcome = Effect.gen(function*() {
  const { flight } = yield* Effect.flatMap(Airline, (airline) => airline.reservation("QK7M2T"))
  const session = yield* Session.Session
  yield* session.setEndState(flight === "NS413" ? "Success" : "Fail", `QK7M2T is on ${flight}`)
}).pipe(traceAction("check_outcome"))

/** The customer's session, from the question to the check of its outcome. */
export const session = Effect.gen(function*() {
  yield* Console.log(`Customer: ${task}`)
  const answer = yield* Agent.run(task)
  yield* Console.log(`Agent: ${answer}\n`)
  yield* checkOutcome
}).pipe(Session.withSession({ name: "airline-support", tags: ["example"], userId: customer }))
