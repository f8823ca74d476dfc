/**
 * The agent: asks the model, runs the tools that it calls, and sends it their results, until it answers.
 */
import { Effect, Schema } from "effect"
import { traceAgent } from "effect-agentops"
import type { Message } from "./chat.ts"
import { Model } from "./model.ts"
import * as Tools from "./tools.ts"

const policy = `You are a support agent of Northern Sky, an airline. Today is 11 May 2026.

- Do what the customer asks with the tools that you have, one step at a time, and answer in one or two sentences.
- Never make up a reservation, a flight, a price or a rule: look them up. A tool's error tells what the rules say.
- If a reservation id is not found, look up the customer and the reservations on file, and find the one that is meant.
- The customer's message is the consent to a change that it asks for. Do not change anything else.
- Move a reservation to another flight with update_reservation_flight. Take the cheapest flight of the day that has a
  seat in the customer's cabin, unless the customer says otherwise. Origin, destination and cabin stay as they are.
- Basic economy cannot be changed. Only business, a booking of today, or an insured booking can be cancelled.
- Pay from a credit card unless the customer names another way. Certificates pay for new bookings only.
- Tell what was charged or refunded, in US dollars, and the flight's number, day and time of departure.
- If it cannot be done, say so and why.`

/** The model still called tools in the last turn that the agent allows. */
export class TooManyTurns extends Schema.TaggedError<TooManyTurns>()("TooManyTurns", { turns: Schema.Number }) {}

const maxTurns = 12

export const run = Effect.fnUntraced(
  function*(task: string) {
    const model = yield* Model
    const messages: [Message, ...Array<Message>] = [
      { role: "system", content: policy },
      { role: "user", content: task }
    ]
    for (let turn = 0; turn < maxTurns; turn++) {
      const message = yield* model.complete(messages, Tools.definitions)
      messages.push(message)
      const calls = message.tool_calls ?? []
      if (calls.length === 0) return message.content ?? ""
      messages.push(...yield* Effect.forEach(calls, Tools.call, { concurrency: "unbounded" }))
    }
    return yield* new TooManyTurns({ turns: maxTurns })
  },
  traceAgent("support", {
    description: "Changes and cancels reservations",
    tools: Tools.definitions.map((tool) => tool.function.name)
  })
)
