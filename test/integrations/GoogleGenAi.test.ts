import { assert, describe, it } from "@effect/vitest"
import { GoogleGenAI } from "@google/genai"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as GoogleGenAi from "../../src/integrations/google-genai/GoogleGenAi.ts"
import * as Message from "../../src/model/Message.ts"
import { majorOf } from "../support/installed.ts"
import type { Answer } from "../support/llm/replayServer.ts"
import { replayServer } from "../support/llm/replayServer.ts"
import { llmOf, llmSpans, TestLive } from "../support/llm/traced.ts"
import { conforms, events, read } from "../support/providers/conformance.ts"

const model = "gemini-2.5-flash"

const request = { model, contents: "Hi", config: { temperature: 0.5 } }

const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 3, thoughtsTokenCount: 2, totalTokenCount: 15 }

const answer = (
  parts: ReadonlyArray<object>,
  more: object = { finishReason: "STOP" },
  usage: object = { usageMetadata }
) => ({
  responseId: "r-1",
  modelVersion: "gemini-2.5-flash-001",
  candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
  ...usage
})

const clientOf = (url: string, retries = 0) =>
  new GoogleGenAI({
    apiKey: "test",
    httpOptions: {
      baseUrl: url,
      ...(retries > 0 ? { retryOptions: { attempts: retries + 1, initialDelay: 0.001, maxDelay: 0.002 } } : undefined)
    }
  })

const wrapped = (answers: ReadonlyArray<Answer>) =>
  Effect.map(replayServer(answers), (server) => ({ ...GoogleGenAi.wrap(clientOf(server.url)), server }))

conforms({
  tag: "GoogleGenAiError",
  provider: "gcp.gemini",
  retries: majorOf("@google/genai") >= 3,
  // Earlier versions have no option for `fetch`, so their requests cannot be observed.
  shows: majorOf("@google/genai") >= 3,
  make: (server, { retries }) => {
    const google = GoogleGenAi.wrap(clientOf(server.url, retries))
    return {
      ask: google.models.generateContent(request),
      tell: google.models.generateContentStream(request),
      embed: google.models.embedContent({ model: "gemini-embedding-001", contents: "Hi" }),
      lent: {
        ask: google.use((client) => client.models.generateContent(request)),
        tell: (take) => google.use(async (client) => read(await client.models.generateContentStream(request), take))
      }
    }
  },
  asked: { model, messages: [Message.user("Hi")] },
  plain: { body: answer([{ text: "Hello you" }]) },
  streamed: events(
    answer([{ text: "Hello" }], {}, {}),
    answer([{ text: " you" }], {}, {}),
    answer([{ text: "" }])
  ),
  said: {
    text: "Hello you",
    finishReason: "STOP",
    usage: { inputTokens: 10, outputTokens: 5, reasoningTokens: 2 },
    responseModel: "gemini-2.5-flash-001",
    // The first releases of version 1 leave it out.
    ...(majorOf("@google/genai") > 1 ? { responseId: "r-1" } : {})
  },
  tool: { body: answer([{ functionCall: { id: "call_1", name: "weather", args: { city: "Bonn" } } }]) },
  toolId: "call_1",
  refused: {
    status: 429,
    body: { error: { code: 429, message: "Slow down", status: "RESOURCE_EXHAUSTED" } }
  },
  refusal: { code: "RESOURCE_EXHAUSTED", status: 429, message: "Slow down" },
  embedded: {
    answer: { body: { embeddings: [{ values: [1, 2, 3] }] } },
    model: "gemini-embedding-001",
    dimensions: 3
  }
})

describe("a chat", () => {
  const two = [{ body: answer([{ text: "Hello" }]) }, { body: answer([{ text: "Bye" }]) }]

  const conversation = [Message.user("Hi"), Message.assistant("Hello"), Message.user("Go")]

  it.effect("is one call for each message, with the conversation so far", () =>
    Effect.gen(function*() {
      const google = yield* wrapped(two)
      const chat = google.chats.create({ model, config: { temperature: 0.25, systemInstruction: "Be brief." } })
      yield* chat.sendMessage({ message: "Hi" })
      yield* chat.sendMessage({ message: "Go" })
      const [, second] = yield* llmSpans
      const { inputMessages, systemInstructions, temperature } = llmOf(second)
      assert.deepStrictEqual(inputMessages, conversation)
      assert.deepStrictEqual(systemInstructions, [Message.text("Be brief.")])
      assert.strictEqual(temperature, 0.25)
      assert.deepNestedInclude(google.server.seen[1]!.body, { "generationConfig.temperature": 0.25 })
    }).pipe(Effect.provide(TestLive)))

  it.effect("of a lent client is traced too, with its streams", () =>
    Effect.gen(function*() {
      const google = yield* wrapped([two[0]!, events(answer([{ text: "Bye" }]))])
      yield* google.use(async (client) => {
        const chat = client.chats.create({ model })
        await chat.sendMessage({ message: "Hi" })
        return read(await chat.sendMessageStream({ message: "Go" }), Infinity)
      })
      const [first, second, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(llmOf(first).inputMessages, [Message.user("Hi")])
      assert.deepStrictEqual(llmOf(second).inputMessages, conversation)
      assert.deepStrictEqual(llmOf(second).outputMessages?.map(Message.toText), ["Bye"])
    }).pipe(Effect.provide(TestLive)))
})

describe.runIf("interactions" in clientOf("http://127.0.0.1"))("an interaction", () => {
  const interaction = {
    id: "i-1",
    object: "interaction",
    model,
    role: "model",
    status: "completed",
    steps: [{ type: "model_output", content: [{ type: "text", text: "Hello you" }] }],
    outputs: [{ type: "text", text: "Hello you" }],
    usage: { total_input_tokens: 10, total_output_tokens: 5, total_tokens: 15 }
  }

  it.effect("is an LLM event", () =>
    Effect.gen(function*() {
      const google = yield* wrapped([{ body: interaction }])
      const answer = yield* google.interactions.create({ model, input: "Hi" })
      assert.strictEqual(answer.id, "i-1")
      const [span] = yield* llmSpans
      const event = llmOf(span)
      assert.strictEqual(event.provider, "gcp.gemini")
      assert.strictEqual(event.model, model)
      assert.strictEqual(event.responseId, "i-1")
      assert.deepStrictEqual(event.usage, { inputTokens: 10, outputTokens: 5 })
      assert.deepStrictEqual(event.outputMessages?.map(Message.toText), ["Hello you"])
    }).pipe(Effect.provide(TestLive)))

  it.effect("can be streamed", () =>
    Effect.gen(function*() {
      const google = yield* wrapped([events(
        {
          event_type: "interaction.created",
          interaction: { ...interaction, status: "in_progress", steps: [], outputs: [] }
        },
        { event_type: "step.start", index: 0, step: { type: "model_output", content: [] } },
        { event_type: "step.delta", index: 0, delta: { type: "text", text: "Hello" } },
        { event_type: "step.delta", index: 0, delta: { type: "text", text: " you" } },
        { event_type: "step.stop", index: 0 },
        { event_type: "interaction.completed", interaction }
      )])
      yield* Stream.runDrain(google.interactions.createStream({ model, input: "Hi" }))
      const [span] = yield* llmSpans
      assert.deepStrictEqual(llmOf(span).usage, { inputTokens: 10, outputTokens: 5 })
      assert.deepStrictEqual(llmOf(span).outputMessages?.map(Message.toText), ["Hello you"])
    }).pipe(Effect.provide(TestLive)))
})
