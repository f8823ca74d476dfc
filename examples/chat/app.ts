// A chat route under Hono, ready to deploy. It streams its answer, and its trace ends with the stream.
import { Effect, Layer, Stream } from "effect"
import { AgentOps, Exporter, Session, traceAgent, traceLlmStreamWith } from "effect-agentops"
import * as Serverless from "effect-agentops/export/Serverless"
import { type Context, Hono } from "hono"

/** The words of a model, as they arrive. */
const model = (url: string, question: string) =>
  Stream.unwrap(Effect.gen(function*() {
    const response = yield* Effect.promise((signal) => fetch(url, { method: "POST", body: question, signal }))
    return Stream.fromReadableStream({ evaluate: () => response.body!, onError: (error) => new Error(String(error)) })
  })).pipe(
    Stream.orDie,
    Stream.decodeText,
    traceLlmStreamWith({
      provider: "openai",
      model: "gpt-4o",
      inputMessages: [{ role: "user", parts: [{ type: "text", content: question }] }]
    })
  )

const answer = (modelUrl: string, question: string) =>
  model(modelUrl, question).pipe(traceAgent("greeter"), Session.withSession({ name: "chat" }))

const events = (text: Stream.Stream<string>) =>
  text.pipe(Stream.map((part) => `data: ${JSON.stringify(part)}\n\n`), Stream.encodeText)

export const makeApp = (collectorUrl: string, modelUrl: string) => {
  const TracingLive = Exporter.otlp({ url: collectorUrl, protocol: "json" }).pipe(
    Layer.provideMerge(AgentOps.layer({ serviceName: "chat" }))
  )
  // Hono's context has the platform's `waitUntil`, if the platform has one.
  const chat = Serverless.fetch(TracingLive, (request: Request, _context: Context) =>
    Effect.gen(function*() {
      const question = yield* Effect.promise(() => request.text())
      const body = yield* Stream.toReadableStreamEffect(events(answer(modelUrl, question)))
      return new Response(body, { headers: { "content-type": "text/event-stream" } })
    }))
  return new Hono().post("/chat", (context) => chat(context.req.raw, context))
}
