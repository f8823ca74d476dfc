import Anthropic from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { wrap } from "../../src/integrations/anthropic/Anthropic.ts"
import * as Message from "../../src/model/Message.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import type { Answer } from "../support/llm/replayServer.ts"
import { replayServer } from "../support/llm/replayServer.ts"
import { llmOf, llmSpans, spans, TestLive, toolOf, toolRun, toolSpans, tree } from "../support/llm/traced.ts"

const wrapped = (answers?: ReadonlyArray<Answer>, options?: ConstructorParameters<typeof Anthropic>[0]) =>
  Effect.map(replayServer(answers), (server) => {
    const client = new Anthropic({ apiKey: "test", baseURL: server.url, maxRetries: 0, ...options })
    return { ...wrap(client), server }
  })

const body = { model: "claude-test", max_tokens: 64, messages: [{ role: "user" as const, content: "Hi" }] }

const message = (content: ReadonlyArray<object>, stop_reason = "end_turn") => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-test-1",
  content,
  stop_reason,
  usage: { input_tokens: 5, cache_read_input_tokens: 10, output_tokens: 2 }
})

const overloaded: Answer = {
  status: 529,
  headers: { "retry-after-ms": "1" },
  body: { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }
}

const sse = (events: ReadonlyArray<{ readonly type: string }>) =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("")

const started = [
  { type: "message_start", message: { ...message([]), stop_reason: null } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } }
]

const finished = [
  ...started,
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
  { type: "message_stop" }
]

describe("a call", () => {
  it.effect("returns the SDK's value and is one event", () =>
    Effect.gen(function*() {
      const anthropic = yield* wrapped([{ body: message([{ type: "text", text: "Hello" }]) }])
      const answer = yield* anthropic.messages.create(body)
      assert.deepStrictEqual(answer.content.map((block) => block.type), ["text"])
      const event = llmOf((yield* llmSpans)[0])
      assert.strictEqual(event.provider, "anthropic")
      assert.strictEqual(event.model, "claude-test")
      assert.strictEqual(event.responseModel, "claude-test-1")
      assert.strictEqual(event.maxTokens, 64)
      assert.deepStrictEqual(event.usage, { inputTokens: 15, outputTokens: 2, cacheReadTokens: 10 })
      assert.deepStrictEqual(yield* tree, ["llm.completion", "  llm.api.call"])
    }).pipe(Effect.provide(TestLive)))

  it.effect("that the API rejects fails with its code, after an attempt for each request", () =>
    Effect.gen(function*() {
      const anthropic = yield* wrapped([overloaded, overloaded], { maxRetries: 1 })
      const error = yield* Effect.flip(anthropic.messages.create(body))
      assert.strictEqual(error._tag, "AnthropicError")
      assert.strictEqual(error.code, "overloaded_error")
      assert.strictEqual(error.status, 529)
      const [span] = yield* llmSpans
      assert.strictEqual(span!.attributes["error.type"], "overloaded_error")
      const attempts = (yield* spans).filter((span) => span.name === "llm.api.call")
      assert.deepStrictEqual(attempts.map((span) => span.attributes["error.type"]), ["529", "529"])
    }).pipe(Effect.provide(TestLive)))
})

describe("a stream", () => {
  it.effect("is one event with the usage of its last chunk", () =>
    Effect.gen(function*() {
      const anthropic = yield* wrapped([{ body: sse(finished) }])
      const types = yield* anthropic.messages.stream(body).pipe(Stream.map((event) => event.type), Stream.runCollect)
      assert.deepStrictEqual(types, finished.map((event) => event.type))
      const event = llmOf((yield* llmSpans)[0])
      assert.strictEqual(event.stream, true)
      assert.deepStrictEqual(event.finishReasons, ["end_turn"])
      assert.deepStrictEqual(event.usage, { inputTokens: 15, outputTokens: 2, cacheReadTokens: 10 })
      assert.deepStrictEqual(event.outputMessages?.map(Message.toText), ["Hello"])
    }).pipe(Effect.provide(TestLive)))

  it.effect("with an error event fails with the API's code and keeps its pieces", () =>
    Effect.gen(function*() {
      const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }
      const anthropic = yield* wrapped([{ body: sse([...started, error]) }])
      const failure = yield* Effect.flip(Stream.runDrain(anthropic.messages.stream(body)))
      assert.strictEqual(failure.code, "overloaded_error")
      const [span] = yield* llmSpans
      assert.strictEqual(span!.attributes["error.type"], "overloaded_error")
      assert.deepStrictEqual(llmOf(span).outputMessages?.map(Message.toText), ["Hello"])
    }).pipe(Effect.provide(TestLive)))
})

describe("use", () => {
  it.effect("traces the SDK's message stream", () =>
    Effect.gen(function*() {
      const anthropic = yield* wrapped([{ body: sse(finished) }])
      const text = yield* anthropic.use((client) => client.messages.stream(body).finalText())
      assert.strictEqual(text, "Hello")
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(llmOf(span).finishReasons, ["end_turn"])
    }).pipe(Effect.provide(TestLive)))

  it.effect("traces a tool runner: its calls and its tools in one trace", () =>
    Effect.gen(function*() {
      const asked = { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Bonn" } }
      const anthropic = yield* wrapped([
        { body: message([asked], "tool_use") },
        { body: message([{ type: "text", text: "Rain." }]) }
      ])
      const last = yield* anthropic.use((client) =>
        client.beta.messages.toolRunner({
          ...body,
          tools: [{
            name: "weather",
            input_schema: { type: "object", properties: { city: { type: "string" } } },
            parse: (input) => input as { readonly city: string },
            run: ({ city }: { readonly city: string }) => `rain in ${city}`
          }]
        }).runUntilDone()
      ).pipe(traceAgent("forecaster"))
      assert.strictEqual(last.stop_reason, "end_turn")
      assert.lengthOf(yield* llmSpans, 2)
      const [tool] = yield* toolSpans
      assert.deepStrictEqual(toolOf(tool), {
        name: "weather",
        type: "function",
        callId: "toolu_1",
        parameters: { city: "Bonn" },
        result: "rain in Bonn"
      })
      assert.deepStrictEqual(yield* tree, toolRun)
    }).pipe(Effect.provide(TestLive)))
})
