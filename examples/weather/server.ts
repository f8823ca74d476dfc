/**
 * A local replacement for OpenAI, so that the examples need no key. It calls the weather tool if the request has one,
 * and answers with the tool's result. It streams if the request asks for it.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Schema, Stream } from "effect"
import { HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"

const Body = Schema.Struct({
  model: Schema.String,
  stream: Schema.optional(Schema.Boolean),
  messages: Schema.Array(Schema.Struct({ role: Schema.String, content: Schema.optional(Schema.Unknown) }))
})

const usage = { prompt_tokens: 61, completion_tokens: 17, total_tokens: 78 }

const call = { name: "weather", arguments: JSON.stringify({ city: "Boston" }) }

/** Each answer has its own id, because frameworks distinguish messages by it. */
const head = (object: string, model: string, said: string | undefined) => ({
  id: said === undefined ? "chatcmpl-weather-1" : "chatcmpl-weather-2",
  object,
  created: 1763769600,
  model
})

const whole = (model: string, said: string | undefined) => ({
  ...head("chat.completion", model, said),
  choices: [{
    index: 0,
    message: said === undefined
      ? { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", function: call }] }
      : { role: "assistant", content: said },
    finish_reason: said === undefined ? "tool_calls" : "stop"
  }],
  usage
})

const pieces = (model: string, said: string | undefined): ReadonlyArray<object> => {
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    ...head("chat.completion.chunk", model, said),
    choices: [{ index: 0, delta, finish_reason }]
  })
  const middle = said === undefined
    ? [
      { tool_calls: [{ index: 0, id: "call_1", type: "function", function: { ...call, arguments: "" } }] },
      ...call.arguments.match(/.{1,8}/g)!.map((piece) => ({
        tool_calls: [{ index: 0, function: { arguments: piece } }]
      }))
    ]
    : said.match(/\S+\s*/g)!.map((content) => ({ content }))
  return [
    chunk({ role: "assistant", content: said === undefined ? null : "" }),
    ...middle.map((delta) => chunk(delta)),
    chunk({}, said === undefined ? "tool_calls" : "stop"),
    { ...head("chat.completion.chunk", model, said), choices: [], usage }
  ]
}

const answer = Effect.gen(function*() {
  const { messages, model, stream } = yield* HttpServerRequest.schemaBodyJson(Body)
  const last = messages.at(-1)
  const said = last?.role === "tool" ? `In Boston it is now: ${String(last.content)}.` : undefined
  if (stream !== true) return HttpServerResponse.jsonUnsafe(whole(model, said))
  const events = [...pieces(model, said).map((chunk) => JSON.stringify(chunk)), "[DONE]"]
  return HttpServerResponse.stream(
    Stream.fromIterable(events).pipe(
      Stream.mapEffect((data) => Effect.as(Effect.sleep("5 millis"), `data: ${data}\n\n`)),
      Stream.encodeText
    ),
    { contentType: "text/event-stream" }
  )
}).pipe(Effect.orDie)

/** Starts the server and returns the base URL for OpenAI's client. */
export const start = Effect.gen(function*() {
  const server = yield* NodeHttpServer.make(createServer, { host: "127.0.0.1", port: 0 })
  // The server is not traced, because it replaces one outside the program.
  yield* server.serve(answer).pipe(Effect.withTracerEnabled(false))
  return `${HttpServer.formatAddress(server.address)}/v1`
})
