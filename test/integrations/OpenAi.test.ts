import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import OpenAI, { RateLimitError } from "openai"
import * as OpenAi from "../../src/integrations/openai/OpenAi.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import type { Answer } from "../support/llm/replayServer.ts"
import { replayServer } from "../support/llm/replayServer.ts"
import { llmOf, llmSpans, spans, TestLive, toolOf, toolRun, toolSpans, tree } from "../support/llm/traced.ts"

const wrapped = (answers?: ReadonlyArray<Answer>, options?: ConstructorParameters<typeof OpenAI>[0]) =>
  Effect.map(replayServer(answers), (server) => {
    const client = new OpenAI({ apiKey: "test", baseURL: `${server.url}/v1`, maxRetries: 0, ...options })
    return { ...OpenAi.wrap(client), server }
  })

const messages = [{ role: "user" as const, content: "Hi" }]
const body = { model: "gpt-4o", messages }

const completion = (message: object, finish_reason = "stop") => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  model: "gpt-4o-2024-08-06",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }],
  usage: { prompt_tokens: 5, completion_tokens: 2 }
})

const sse = (chunks: ReadonlyArray<object>) => chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("")

const chunks = ["one ", "two ", "three"].map((content) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  model: "gpt-4o-2024-08-06",
  choices: [{ index: 0, delta: { content }, finish_reason: null }]
}))

const rateLimited: Answer = {
  status: 429,
  headers: { "retry-after-ms": "1", "x-request-id": "req_1" },
  body: { error: { message: "Slow down", type: "requests", code: "rate_limit_exceeded", param: null } }
}

const textOf = (span: Parameters<typeof llmOf>[0]) =>
  llmOf(span).outputMessages?.flatMap((message) => message.parts.map((part) => "content" in part ? part.content : ""))
    .join("")

describe("a call", () => {
  it.effect("returns the SDK's value and is one event with request, response and server", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([{ body: completion({ content: "Hello" }) }])
      const answer = yield* openai.chat.completions.create({ ...body, temperature: 0.5 })
      assert.strictEqual(answer.choices[0]?.message.content, "Hello")
      const [span] = yield* llmSpans
      const event = llmOf(span)
      assert.strictEqual(event.provider, "openai")
      assert.strictEqual(event.model, "gpt-4o")
      assert.strictEqual(event.responseModel, "gpt-4o-2024-08-06")
      assert.strictEqual(event.temperature, 0.5)
      assert.deepStrictEqual(event.usage, { inputTokens: 5, outputTokens: 2 })
      assert.strictEqual(event.serverAddress, "127.0.0.1")
      assert.strictEqual(event.serverPort, Number(new URL(openai.server.url).port))
      assert.strictEqual(textOf(span), "Hello")
      assert.match(String(span!.attributes["code.file.path"]), /OpenAi\.test\.ts$/)
      assert.deepStrictEqual(yield* tree, ["llm.completion", "  llm.api.call"])
    }).pipe(Effect.provide(TestLive)))

  it.effect("that the API rejects fails with its code", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([rateLimited])
      const error = yield* Effect.flip(openai.chat.completions.create(body))
      assert.strictEqual(error._tag, "OpenAiError")
      assert.strictEqual(error.code, "rate_limit_exceeded")
      assert.strictEqual(error.status, 429)
      assert.strictEqual(error.requestId, "req_1")
      assert.instanceOf(error.cause, RateLimitError)
      const [span] = yield* llmSpans
      assert.strictEqual(span!.status.code, "error")
      assert.strictEqual(span!.attributes["error.type"], "rate_limit_exceeded")
      assert.strictEqual(llmOf(span).model, "gpt-4o")
    }).pipe(Effect.provide(TestLive)))

  it.effect("that reaches no server fails with the SDK's error name", () =>
    Effect.gen(function*() {
      const openai = OpenAi.wrap(new OpenAI({ apiKey: "test", baseURL: "http://127.0.0.1:1/v1", maxRetries: 0 }))
      const error = yield* Effect.flip(openai.chat.completions.create(body))
      assert.strictEqual(error.code, "APIConnectionError")
      const [span] = yield* llmSpans
      assert.strictEqual(span!.attributes["error.type"], "APIConnectionError")
    }).pipe(Effect.provide(TestLive)))

  it.effect("that the SDK retries has an attempt for each request", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([rateLimited, { status: 500, body: {}, headers: { "retry-after-ms": "1" } }, {
        body: completion({ content: "At last" })
      }], { maxRetries: 2 })
      yield* openai.chat.completions.create(body)
      assert.lengthOf(openai.server.seen, 3)
      const attempts = (yield* spans).filter((span) => span.name === "llm.api.call")
      assert.deepStrictEqual<unknown>(
        attempts.map((span) => [span.attributes["agentops.attempt"], span.status.code, span.attributes["error.type"]]),
        [[1, "error", "429"], [2, "error", "500"], [3, "unset", undefined]]
      )
      const [span] = yield* llmSpans
      assert.strictEqual(span!.status.code, "unset")
      assert.strictEqual(textOf(span), "At last")
    }).pipe(Effect.provide(TestLive)))

  it.live("that is interrupted aborts its request", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([{ body: sse(chunks), hang: true }])
      const begun = yield* Deferred.make<void>()
      const fiber = yield* openai.chat.completions.stream(body).pipe(
        Stream.tap(() => Deferred.succeed(begun, undefined)),
        Stream.runDrain,
        Effect.forkChild
      )
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      yield* Effect.sleep("20 millis")
      assert.isTrue(openai.server.seen[0]?.aborted)
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(llmOf(span).streamOutcome, "interrupted")
      assert.strictEqual(span!.attributes["effect.fiber.interrupted"], true)
    }).pipe(Effect.provide(TestLive)))

  it.effect("of embeddings is an event with that operation", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([{
        body: {
          object: "list",
          model: "text-embedding-3-small",
          data: [{ object: "embedding", index: 0, embedding: [0.1, 0.2] }],
          usage: { prompt_tokens: 8, total_tokens: 8 }
        }
      }])
      const answer = yield* openai.embeddings.create({
        model: "text-embedding-3-small",
        input: "Hi",
        encoding_format: "float"
      })
      assert.deepStrictEqual(answer.data[0]?.embedding, [0.1, 0.2])
      const [span] = yield* llmSpans
      const event = llmOf(span)
      assert.strictEqual(event.operation, "embeddings")
      assert.strictEqual(event.model, "text-embedding-3-small")
      assert.strictEqual(event.usage?.inputTokens, 8)
    }).pipe(Effect.provide(TestLive)))
})

describe("a stream", () => {
  it.effect("that breaks off keeps its pieces", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([{ body: sse(chunks), breakAfter: 2 }])
      const seen: Array<string | null | undefined> = []
      const error = yield* openai.chat.completions.stream(body).pipe(
        Stream.runForEach((chunk) => Effect.sync(() => seen.push(chunk.choices[0]?.delta.content))),
        Effect.flip
      )
      assert.strictEqual(error._tag, "OpenAiError")
      assert.deepStrictEqual(seen, ["one ", "two "])
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(llmOf(span).streamOutcome, "failed")
      assert.strictEqual(span!.status.code, "error")
      assert.strictEqual(textOf(span), "one two ")
      assert.strictEqual(error.code, "APIConnectionError")
      assert.strictEqual(span!.attributes["error.type"], "APIConnectionError")
    }).pipe(Effect.provide(TestLive)))

  it.effect("of a lent client breaks off with the SDK's error name, and the program gets the original error", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([{ body: sse(chunks), breakAfter: 2 }])
      const error = yield* Effect.flip(openai.use(async (client) => {
        for await (const _ of await client.chat.completions.create({ ...body, stream: true })) { /* read */ }
      }))
      assert.instanceOf(error.cause, TypeError)
      const [span] = yield* llmSpans
      assert.strictEqual(span!.attributes["error.type"], "APIConnectionError")
    }).pipe(Effect.provide(TestLive)))

  it.effect("that is abandoned aborts its request", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([{ body: sse(chunks), hang: true }])
      yield* openai.chat.completions.stream(body).pipe(Stream.take(1), Stream.runDrain)
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20)))
      assert.isTrue(openai.server.seen[0]?.aborted)
      const [span] = yield* llmSpans
      assert.strictEqual(llmOf(span).streamOutcome, "let_go")
    }).pipe(Effect.provide(TestLive)))

  it.effect("that is rejected fails with the API's code", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([rateLimited])
      const error = yield* Effect.flip(Stream.runDrain(openai.chat.completions.stream(body)))
      assert.strictEqual(error.code, "rate_limit_exceeded")
      const [span] = yield* llmSpans
      assert.strictEqual(span!.attributes["error.type"], "rate_limit_exceeded")
    }).pipe(Effect.provide(TestLive)))
})

const response = (status: string) => ({
  id: "resp_1",
  object: "response",
  status,
  model: "gpt-4o",
  output: status === "completed"
    ? [{ type: "message", id: "m", role: "assistant", status, content: [{ type: "output_text", text: "Hi" }] }]
    : [],
  usage: status === "completed" ? { input_tokens: 1000, output_tokens: 10, total_tokens: 1010 } : null
})

const inBackground = { model: "gpt-4o", input: "Hi", background: true } as const

describe("a response in the background", () => {
  it.effect("ends once, with its usage, when it is fetched, however often that happens", () =>
    Effect.gen(function*() {
      const states = ["queued", "in_progress", "completed", "completed"]
      const openai = yield* wrapped(states.map((status) => ({ body: response(status) })))
      yield* openai.use(async (client) => {
        const { id } = await client.responses.create(inBackground)
        for (let i = 0; i < 3; i++) await client.responses.retrieve(id)
      })
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(llmOf(span).usage, { inputTokens: 1000, outputTokens: 10 })
      assert.strictEqual(textOf(span), "Hi")
      assert.deepStrictEqual(yield* tree, ["llm.completion", "  llm.api.call"])
    }).pipe(Effect.provide(TestLive)))

  it.effect.each(["that is %s has ended", "cancelled", "incomplete"])(
    "that is %s has ended",
    (status) =>
      Effect.gen(function*() {
        const openai = yield* wrapped([{ body: response("queued") }, { body: response(status) }])
        yield* openai.use(async (client) => {
          const { id } = await client.responses.create(inBackground)
          await client.responses.retrieve(id)
        })
        const all = yield* llmSpans
        assert.lengthOf(all, 1)
        assert.isUndefined(llmOf(all[0]).usage)
      }).pipe(Effect.provide(TestLive))
  )

  it.effect("that is never fetched ends with the effect that used the client", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([{ body: response("queued") }])
      yield* openai.use((client) => client.responses.create(inBackground))
      const all = yield* llmSpans
      assert.deepStrictEqual(all.map((span) => span.status.code), ["unset"])
    }).pipe(Effect.provide(TestLive)))

  const turn = <A, E>(self: Effect.Effect<A, E>) => Session.withSummary(self, { name: "turn" })

  const ways = {
    "by a client that is lent": (openai: OpenAi.OpenAiClient) =>
      openai.use((client) => client.responses.create(inBackground)),
    "as an effect": (openai: OpenAi.OpenAiClient) => openai.responses.create(inBackground)
  }
  for (const [name, create] of Object.entries(ways)) {
    it.effect(`that was made ${name} has its usage where it is fetched later, once`, () =>
      Effect.gen(function*() {
        const states = ["queued", "in_progress", "completed", "completed"]
        const openai = yield* wrapped(states.map((status) => ({ body: response(status) })))
        const [asking, { id }] = yield* turn(create(openai))
        const summaries = []
        for (let i = 0; i < 3; i++) {
          const [summary] = yield* turn(openai.use((client) => client.responses.retrieve(id)))
          summaries.push([summary.llmCalls, summary.usage.inputTokens, summary.usage.outputTokens])
        }
        assert.deepStrictEqual([asking.llmCalls, asking.usage.inputTokens], [1, 0])
        assert.deepStrictEqual(summaries, [[0, 0, 0], [1, 1000, 10], [0, 0, 0]])
        const [asked, fetched, ...more] = yield* llmSpans
        assert.deepStrictEqual(more, [])
        assert.deepInclude(llmOf(fetched), { provider: "openai", model: "gpt-4o", responseId: "resp_1" })
        assert.strictEqual(textOf(fetched), "Hi")
        assert.deepStrictEqual(fetched!.links.map(({ spanId, traceId }) => [traceId, spanId]), [
          [asked!.traceId, asked!.spanId]
        ])
      }).pipe(Effect.provide(TestLive)))
  }

  it.effect("counts once in a session that fetches it in several effects", () =>
    Effect.gen(function*() {
      const states = ["queued", "completed", "completed"]
      const openai = yield* wrapped(states.map((status) => ({ body: response(status) })))
      const [summary] = yield* turn(Effect.gen(function*() {
        const { id } = yield* openai.responses.create(inBackground)
        yield* openai.use((client) => client.responses.retrieve(id))
        yield* openai.use((client) => client.responses.retrieve(id))
      }))
      assert.deepInclude(summary.usage, { inputTokens: 1000, outputTokens: 10 })
    }).pipe(Effect.provide(TestLive)))

  it.effect("that is cancelled, or fetched as a stream, has ended too", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([
        { body: response("queued") },
        { body: response("cancelled") },
        { body: response("queued") },
        { body: sse([{ type: "response.completed", sequence_number: 1, response: response("completed") }]) },
        { body: response("completed") }
      ])
      const { id } = yield* openai.responses.create(inBackground)
      yield* openai.use((client) => client.responses.cancel(id))
      yield* openai.responses.create(inBackground)
      yield* openai.use(async (client) => {
        for await (const _ of await client.responses.retrieve(id, { stream: true }));
        await client.responses.retrieve(id)
      })
      assert.deepStrictEqual((yield* llmSpans).map((span) => llmOf(span).usage?.inputTokens), [
        undefined,
        undefined,
        undefined,
        1000
      ])
    }).pipe(Effect.provide(TestLive)))

  it.effect("is forgotten after 1,000 others", () =>
    Effect.gen(function*() {
      const queued = Array.from({ length: 1_001 }, (_, i) => ({ body: { ...response("queued"), id: `resp_${i}` } }))
      const openai = yield* wrapped([
        ...queued,
        { body: { ...response("completed"), id: "resp_0" } },
        { body: { ...response("completed"), id: "resp_1" } }
      ])
      yield* openai.use(async (client) => {
        for (let i = 0; i <= 1_000; i++) await client.responses.create(inBackground)
      })
      yield* openai.use(async (client) => {
        for (const id of ["resp_0", "resp_1"]) await client.responses.retrieve(id)
      })
      const told = (yield* llmSpans).filter((span) => llmOf(span).usage !== undefined)
      assert.deepStrictEqual(told.map((span) => llmOf(span).responseId), ["resp_1"])
    }).pipe(Effect.provide(TestLive)))

  it.effect("of another client has no event", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([{ body: response("completed") }])
      yield* openai.use((client) => client.responses.retrieve("resp_1"))
      assert.deepStrictEqual(yield* llmSpans, [])
    }).pipe(Effect.provide(TestLive)))
})

describe("use", () => {
  it.effect("traces the calls of the SDK's own helpers", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([{
        body: sse([
          { ...chunks[0], choices: [{ index: 0, delta: { role: "assistant" }, finish_reason: null }] },
          ...chunks,
          { ...chunks[0], choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }
        ])
      }])
      const text = yield* openai.use((client) => client.chat.completions.stream(body).finalContent())
      assert.strictEqual(text, "one two three")
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(textOf(span), "one two three")
      assert.strictEqual(llmOf(span).streamOutcome, "drained")
    }).pipe(Effect.provide(TestLive)))

  it.effect("traces a runner: its calls and its tools in one trace", () =>
    Effect.gen(function*() {
      const call = { id: "call_1", type: "function", function: { name: "weather", arguments: "{\"city\":\"Bonn\"}" } }
      const openai = yield* wrapped([
        { body: completion({ content: null, tool_calls: [call] }, "tool_calls") },
        { body: completion({ content: "Rain." }) }
      ])
      const text = yield* openai.use((client) =>
        client.chat.completions.runTools({
          ...body,
          tools: [{
            type: "function",
            function: {
              name: "weather",
              description: "",
              parameters: { type: "object", properties: { city: { type: "string" } } },
              parse: JSON.parse,
              function: ({ city }: { city: string }) => `rain in ${city}`
            }
          }]
        }).finalContent()
      ).pipe(traceAgent("forecaster"))
      assert.strictEqual(text, "Rain.")
      const calls = yield* llmSpans
      assert.deepStrictEqual(calls.map((span) => llmOf(span).finishReasons), [["tool_calls"], ["stop"]])
      const [tool] = yield* toolSpans
      const { name, parameters, result } = toolOf(tool)
      assert.deepStrictEqual({ name, parameters, result }, {
        name: "weather",
        parameters: { city: "Bonn" },
        result: "rain in Bonn"
      })
      assert.deepStrictEqual(yield* tree, toolRun)
    }).pipe(Effect.provide(TestLive)))

  it.effect("traces raw responses, pages of other endpoints, and failures", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([
        { body: completion({ content: "Hi" }) },
        { body: { object: "list", data: [] } },
        rateLimited
      ])
      const raw = yield* openai.use((client) => client.chat.completions.create(body).asResponse())
      assert.strictEqual(raw.status, 200)
      yield* openai.use((client) => client.models.list())
      const error = yield* Effect.flip(openai.use((client) => client.chat.completions.create(body)))
      assert.strictEqual(error.code, "rate_limit_exceeded")
      const all = yield* llmSpans
      assert.deepStrictEqual(all.map((span) => span.status.code), ["unset", "error"])
    }).pipe(Effect.provide(TestLive)))

  it.effect("does not change the wrapped client", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([{ body: completion({ content: "Hi" }) }])
      const post = openai.client.post
      yield* openai.use(() => Effect.runPromise(Effect.void))
      yield* Effect.promise(() => openai.client.chat.completions.create(body))
      assert.strictEqual(openai.client.post, post)
      assert.deepStrictEqual(yield* llmSpans, [])
    }).pipe(Effect.provide(TestLive)))
})
