import { assert, describe, it } from "@effect/vitest"
import { APICallError, embedMany, generateText, isStepCount, simulateReadableStream, streamText, tool } from "ai"
import { MockEmbeddingModelV3, MockLanguageModelV4 } from "ai/test"
import * as Effect from "effect/Effect"
import { z } from "zod"
import * as VercelAi from "../../src/integrations/vercel-ai/VercelAi.ts"
import * as Message from "../../src/model/Message.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { inSession, llmOf, llmSpans, spans, TestLive, toolOf, toolRun, toolSpans, tree } from "../support/llm/traced.ts"

const usage = {
  inputTokens: { total: 30, noCache: 10, cacheRead: 20, cacheWrite: undefined },
  outputTokens: { total: 7, text: 5, reasoning: 2 }
}

const answered = (content: ReadonlyArray<object>, unified = "stop") =>
  ({
    content,
    finishReason: { unified, raw: unified },
    usage,
    warnings: [],
    response: { id: "resp_1", modelId: "test-1-2026" }
  }) as never

const model = (doGenerate: never) => new MockLanguageModelV4({ provider: "openai.chat", modelId: "test-1", doGenerate })

const asking = answered([{
  type: "tool-call",
  toolCallId: "call_1",
  toolName: "weather",
  input: "{\"city\":\"Bonn\"}"
}], "tool-calls")

const saying = answered([{ type: "text", text: "Hello" }])

const tools = {
  weather: tool({
    description: "The weather",
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => {
      if (city === "Atlantis") throw new RangeError("no such city")
      return Promise.resolve(`rain in ${city}`)
    }
  })
}

describe("generateText", () => {
  it.effect("has an event of the session for each model call and each tool", () =>
    Effect.gen(function*() {
      const [summary, text] = yield* Effect.gen(function*() {
        const telemetry = yield* VercelAi.telemetry
        const result = yield* Effect.promise(() =>
          generateText({
            model: model([asking, saying] as never),
            system: "Be brief.",
            prompt: "Hi",
            temperature: 0.5,
            tools,
            stopWhen: isStepCount(3),
            telemetry
          })
        )
        return result.text
      }).pipe(Effect.scoped, traceAgent("a"), Session.withSummary({ name: "s" }))
      assert.strictEqual(text, "Hello")
      assert.strictEqual(summary.llmCalls, 2)
      assert.strictEqual(summary.usage.inputTokens, 60)
      const [first, second, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      const { toolDefinitions, ...event } = llmOf(first)
      assert.deepStrictEqual(event, {
        provider: "openai",
        operation: "chat",
        model: "test-1",
        temperature: 0.5,
        systemInstructions: [Message.text("Be brief.")],
        inputMessages: [Message.user("Hi")],
        responseModel: "test-1-2026",
        responseId: "resp_1",
        finishReasons: ["tool_calls"],
        usage: { inputTokens: 30, outputTokens: 7, cacheReadTokens: 20, reasoningTokens: 2 },
        outputMessages: [
          Message.output([Message.toolCall({ id: "call_1", name: "weather", arguments: { city: "Bonn" } })], {
            finishReason: "tool_calls"
          })
        ]
      })
      assert.deepStrictEqual(toolDefinitions?.map(({ name }) => name), ["weather"])
      assert.deepStrictEqual(llmOf(second).outputMessages?.map(Message.toText), ["Hello"])
      assert.deepStrictEqual((yield* toolSpans).map(toolOf), [{
        name: "weather",
        callId: "call_1",
        type: "function",
        parameters: { city: "Bonn" },
        result: "rain in Bonn"
      }])
      assert.deepStrictEqual(yield* tree, inSession(toolRun))
    }).pipe(Effect.provide(TestLive)))

  it.effect("that is rejected fails after an attempt for each try", () =>
    Effect.gen(function*() {
      const refused = new APICallError({
        message: "Slow down",
        url: "https://api.example",
        requestBodyValues: {},
        statusCode: 429,
        isRetryable: true,
        responseHeaders: { "retry-after-ms": "1" },
        data: { error: { code: "rate_limit_exceeded" } }
      })
      yield* Effect.gen(function*() {
        const telemetry = yield* VercelAi.telemetry
        const refuse = () => Promise.reject(refused)
        yield* Effect.exit(
          Effect.tryPromise(() =>
            generateText({ model: model(refuse as never), prompt: "Hi", maxRetries: 1, telemetry })
          )
        )
      }).pipe(Effect.scoped)
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(span!.status.code, "error")
      assert.strictEqual(span!.attributes["error.type"], "rate_limit_exceeded")
      assert.lengthOf((yield* spans).filter((one) => one.name === "llm.api.call"), 2)
    }).pipe(Effect.provide(TestLive)))

  it.effect("with a throwing tool has a failed tool event", () =>
    Effect.gen(function*() {
      const lost = answered([{
        type: "tool-call",
        toolCallId: "call_1",
        toolName: "weather",
        input: "{\"city\":\"Atlantis\"}"
      }], "tool-calls")
      yield* Effect.gen(function*() {
        const telemetry = yield* VercelAi.telemetry
        yield* Effect.promise(() => generateText({ model: model([lost] as never), prompt: "Hi", tools, telemetry }))
      }).pipe(Effect.scoped)
      const [span] = yield* toolSpans
      assert.strictEqual(span!.attributes["error.type"], "RangeError")
    }).pipe(Effect.provide(TestLive)))
})

describe("streamText", () => {
  const stream = () =>
    new MockLanguageModelV4({
      provider: "openai.chat",
      modelId: "test-1",
      doStream: () =>
        Promise.resolve({
          stream: simulateReadableStream({
            chunkDelayInMs: null,
            initialDelayInMs: null,
            chunks: [
              { type: "stream-start", warnings: [] },
              { type: "response-metadata", id: "resp_1", modelId: "test-1-2026" },
              { type: "text-start", id: "1" },
              { type: "text-delta", id: "1", delta: "Hel" },
              { type: "text-delta", id: "1", delta: "lo" },
              { type: "text-end", id: "1" },
              { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage }
            ]
          })
        }) as never
    })

  it.effect("is one event that ends with the stream", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        const telemetry = yield* VercelAi.telemetry
        yield* Effect.promise(async () => {
          for await (const _ of streamText({ model: stream(), prompt: "Hi", telemetry }).textStream) void _
        })
      }).pipe(Effect.scoped)
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(llmOf(span).outputMessages?.map(Message.toText), ["Hello"])
      assert.strictEqual(llmOf(span).usage?.inputTokens, 30)
      assert.isNumber(llmOf(span).timeToFirstChunk)
    }).pipe(Effect.provide(TestLive)))

  it.effect("that is not read is let go with the scope", () =>
    Effect.gen(function*() {
      const endless = new MockLanguageModelV4({
        doStream: () =>
          Promise.resolve({
            stream: new ReadableStream({
              start: (controller) => {
                controller.enqueue({ type: "text-start", id: "1" })
                controller.enqueue({ type: "text-delta", id: "1", delta: "Hel" })
              }
            })
          }) as never
      })
      yield* Effect.gen(function*() {
        const telemetry = yield* VercelAi.telemetry
        yield* Effect.promise(() =>
          streamText({ model: endless, prompt: "Hi", telemetry }).textStream[Symbol.asyncIterator]().next()
        )
        assert.deepStrictEqual(yield* llmSpans, [])
      }).pipe(Effect.scoped)
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(llmOf(span).streamOutcome, "let_go")
    }).pipe(Effect.provide(TestLive)))
})

describe("embedMany", () => {
  it.effect("is an event with that operation", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        const telemetry = yield* VercelAi.telemetry
        const model = new MockEmbeddingModelV3({
          provider: "openai.embedding",
          modelId: "embed-1",
          maxEmbeddingsPerCall: 2,
          doEmbed: { embeddings: [[0.1, 0.2], [0.3, 0.4]], usage: { tokens: 4 }, warnings: [] }
        })
        yield* Effect.promise(() => embedMany({ model, values: ["a", "b"], telemetry }))
      }).pipe(Effect.scoped)
      assert.deepStrictEqual((yield* llmSpans).map(llmOf), [{
        provider: "openai",
        operation: "embeddings",
        model: "embed-1",
        dimensionCount: 2,
        usage: { inputTokens: 4, outputTokens: 0 }
      }])
    }).pipe(Effect.provide(TestLive)))
})
