/**
 * A local replacement for OpenAI, so that the example needs no key. It uses OpenAI's wire format, and a short script
 * replaces the model. The script knows the airline only from the results of the tools.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Clock, Effect, Option, Ref, Schema } from "effect"
import { HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"
import type { AssistantMessage, Message } from "./chat.ts"
import * as Chat from "./chat.ts"

type Reply =
  | { readonly say: string }
  | { readonly call: ReadonlyArray<readonly [name: string, parameters: Readonly<Record<string, string>>]> }

const parse = Schema.decodeOption(Schema.fromJsonString(Schema.Unknown))

const ToolError = Schema.Struct({ error: Schema.String, message: Schema.String })

const User = Schema.Struct({
  id: Schema.String,
  reservations: Schema.Array(Schema.String),
  paymentMethods: Schema.Array(Schema.Struct({ id: Schema.String, kind: Schema.String }))
})

const Booking = Schema.Struct({
  id: Schema.String,
  origin: Schema.String,
  destination: Schema.String,
  date: Schema.String,
  cabin: Schema.String
})

const Flights = Schema.Array(Schema.Struct({
  number: Schema.String,
  date: Schema.String,
  departs: Schema.String,
  price: Schema.Record(Schema.String, Schema.Finite),
  seats: Schema.Record(Schema.String, Schema.Finite)
}))

const Receipt = Schema.Struct({
  charged: Schema.Finite,
  reservation: Schema.Struct({ id: Schema.String, flight: Schema.String })
})

/** The latest tool result that fits a schema. */
const latest = <A>(schema: Schema.Codec<A, unknown>, results: ReadonlyArray<unknown>): A | undefined =>
  results.findLast(Schema.is(schema))

const all = <A>(schema: Schema.Codec<A, unknown>, results: ReadonlyArray<unknown>): ReadonlyArray<A> =>
  results.filter(Schema.is(schema))

const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September"]

/** The days in a text, such as `13 May`. */
const daysIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/(\d{1,2}) ([A-Z][a-z]+)/g)].flatMap(([, day = "", month = ""]) => {
    const index = months.indexOf(month)
    return index < 0 ? [] : [`2026-${String(index + 1).padStart(2, "0")}-${day.padStart(2, "0")}`]
  })

const decide = (messages: ReadonlyArray<Message>): Reply => {
  const task = messages.find((message) => message.role === "user")?.content ?? ""
  const results = messages.filter((message) => message.role === "tool").map((message) =>
    Option.getOrUndefined(parse(message.content))
  )
  const last = results.at(-1)
  const [asked = "", wanted = ""] = daysIn(task)
  const user = latest(User, results)
  const booking = all(Booking, results).find((booking) => booking.date === asked)
  const flights = latest(Flights, results)
  const receipt = latest(Receipt, results)

  if (receipt !== undefined) {
    const flight = flights?.find((flight) => flight.number === receipt.reservation.flight)
    const money = receipt.charged < 0 ? `$${-receipt.charged} refunded` : `$${receipt.charged} charged`
    return {
      say: `Done: reservation ${receipt.reservation.id} is now on ${flight?.number}, ` +
        `which leaves on ${flight?.date} at ${flight?.departs}, with ${money} to your card.`
    }
  }
  if (results.length === 0) {
    const [reservation] = /\b[A-Z0-9]{6}\b/.exec(task) ?? []
    if (reservation === undefined) return { say: "Which reservation is it about? Please tell me its id." }
    return { call: [["get_reservation_details", { reservation_id: reservation }]] }
  }
  if (user === undefined) {
    const [id] = /\b[a-z]+_[a-z]+_\d+\b/.exec(task) ?? []
    if (id === undefined) return { say: "I cannot find the reservation. Please tell me your user id." }
    return { call: [["get_user_details", { user_id: id }]] }
  }
  if (Schema.is(ToolError)(last)) return { say: `I am sorry, I cannot do that. ${last.message}.` }
  if (all(Booking, results).length === 0) {
    return { call: user.reservations.map((id) => ["get_reservation_details", { reservation_id: id }] as const) }
  }
  if (booking === undefined) return { say: "You have no reservation for that day." }
  if (flights === undefined) {
    const { destination, origin } = booking
    return { call: [["search_flights", { origin, destination, date: wanted }]] }
  }
  const price = (flight: typeof Flights.Type[number]) => flight.price[booking.cabin] ?? Infinity
  const [cheapest] = flights
    .filter((flight) => (flight.seats[booking.cabin] ?? 0) > 0)
    .toSorted((a, b) => price(a) - price(b))
  const card = user.paymentMethods.find((method) => method.kind === "credit_card")
  if (cheapest === undefined || card === undefined) return { say: "There is no seat left on that day, I am sorry." }
  return {
    call: [["update_reservation_flight", {
      reservation_id: booking.id,
      flight_number: cheapest.number,
      payment_method_id: card.id
    }]]
  }
}

const toMessage = (reply: Reply, turn: number): AssistantMessage =>
  "say" in reply ? { role: "assistant", content: reply.say } : {
    role: "assistant",
    content: null,
    tool_calls: reply.call.map(([name, parameters], index) => ({
      id: `call_${turn}_${index}`,
      type: "function",
      function: { name, arguments: JSON.stringify(parameters) }
    }))
  }

/** An estimate: English and JSON have about four characters per token. */
const tokensOf = (value: unknown): number => Math.ceil(JSON.stringify(value).length / 4)

/** OpenAI's rule: a prefix that was sent before is cached, from 1,024 tokens on, in steps of 128. */
const cachedTokens = ({ messages, tools }: Chat.Request): number => {
  const previous = messages.slice(0, Math.max(0, messages.findLastIndex((message) => message.role === "assistant")))
  const tokens = previous.length === 0 ? 0 : tokensOf([previous, tools])
  return tokens < 1024 ? 0 : Math.floor(tokens / 128) * 128
}

const complete = Effect.fnUntraced(function*(request: Chat.Request) {
  const turn = request.messages.filter((message) => message.role === "assistant").length
  const message = toMessage(decide(request.messages), turn)
  const completion = tokensOf(message.content ?? message.tool_calls)
  const prompt = tokensOf([request.messages, request.tools])
  // A longer answer takes longer.
  yield* Effect.sleep(`${40 + completion} millis`)
  return {
    id: `chatcmpl-${turn}`,
    object: "chat.completion",
    created: Math.floor((yield* Clock.currentTimeMillis) / 1000),
    model: request.model,
    choices: [{
      index: 0,
      message: { ...message, refusal: null },
      logprobs: null,
      finish_reason: message.tool_calls === undefined ? "stop" : "tool_calls"
    }],
    usage: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      prompt_tokens_details: { cached_tokens: cachedTokens(request), audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 }
    },
    service_tier: "default",
    system_fingerprint: "fp_script"
  }
})

const failure = (status: number, type: string, message: string) =>
  HttpServerResponse.jsonUnsafe({ error: { message, type, param: null, code: null } }, { status })

/** The second request fails once, so that the trace shows a retry. */
const unlucky = 2

const answer = (requests: Ref.Ref<number>) =>
  Effect.gen(function*() {
    const http = yield* HttpServerRequest.HttpServerRequest
    if (http.method !== "POST" || http.url !== "/v1/chat/completions") {
      return failure(404, "invalid_request_error", `Unknown request URL: ${http.method} ${http.url}`)
    }
    if ((yield* Ref.updateAndGet(requests, (count) => count + 1)) === unlucky) {
      yield* Effect.sleep("30 millis")
      return failure(503, "server_error", "The server is overloaded, please try again in a moment")
    }
    return yield* HttpServerRequest.schemaBodyJson(Chat.Request).pipe(
      Effect.flatMap(complete),
      Effect.map((body) => HttpServerResponse.jsonUnsafe(body)),
      Effect.catchTag("SchemaError", (error) => Effect.succeed(failure(400, "invalid_request_error", error.message)))
    )
  })

/** Starts the server on a free port and returns its base URL. The server stops when the scope closes. */
export const start = Effect.gen(function*() {
  const server = yield* NodeHttpServer.make(createServer, { host: "127.0.0.1", port: 0 })
  yield* server.serve(answer(yield* Ref.make(0)))
  return `${HttpServer.formatAddress(server.address)}/v1`
})
