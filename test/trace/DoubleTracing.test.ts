/**
 * One call that a framework and the SDK under it both trace is one event.
 */
import { assert, describe, it } from "@effect/vitest"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import OpenAI from "openai"
import * as Ai from "../../src/integrations/ai/Ai.ts"
import * as OpenAi from "../../src/integrations/openai/OpenAi.ts"
import * as Message from "../../src/model/Message.ts"
import { traceLlm, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { replayServer } from "../support/llm/replayServer.ts"
import { llmOf, llmSpans, TestLive, tree } from "../support/llm/traced.ts"

const completion = (id: string) => ({
  body: {
    id,
    object: "chat.completion",
    model: "gpt-4o-2024-08-06",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 5, completion_tokens: 2 }
  }
})

const body = { model: "gpt-4o", temperature: 0.5, messages: [{ role: "user" as const, content: "Hi" }] }

const busy = { status: 503, headers: { "retry-after-ms": "1" }, body: {} }

const wrapped = (answers: Parameters<typeof replayServer>[0]) =>
  Effect.map(
    replayServer(answers),
    ({ url }) => OpenAi.wrap(new OpenAI({ apiKey: "test", baseURL: `${url}/v1`, maxRetries: 1 }))
  )

/** A provider of `effect/ai` whose calls are the SDK's. */
const overSdk = (openai: OpenAi.OpenAiClient) =>
  Ai.layer.pipe(Layer.provideMerge(Layer.effect(
    LanguageModel.LanguageModel,
    LanguageModel.make({
      generateText: () =>
        Effect.map(Effect.orDie(openai.chat.completions.create(body)), ({ choices, usage }) => [
          { type: "text", text: choices[0]!.message.content! },
          {
            type: "finish",
            reason: "stop",
            usage: {
              inputTokens: { uncached: 1, total: usage!.prompt_tokens, cacheRead: 4, cacheWrite: undefined },
              outputTokens: { total: usage!.completion_tokens, text: undefined, reasoning: undefined }
            },
            response: undefined
          }
        ]),
      streamText: () => Stream.empty
    })
  )))

describe("double tracing", () => {
  it.effect("by effect/ai and the SDK: one event, the facts of both, the SDK's attempts", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([busy, completion("c1")])
      const [summary] = yield* LanguageModel.generateText({ prompt: "What was asked of the framework" }).pipe(
        Effect.provide(overSdk(openai)),
        Session.withSummary({ name: "s" })
      )
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      const event = llmOf(span)
      // The framework's.
      assert.deepStrictEqual(event.inputMessages, [Message.user("What was asked of the framework")])
      // The SDK's.
      assert.strictEqual(event.model, "gpt-4o")
      assert.strictEqual(event.temperature, 0.5)
      assert.strictEqual(event.responseId, "c1")
      assert.strictEqual(event.serverAddress, "127.0.0.1")
      // Both layers see the usage, and it is counted once.
      assert.strictEqual(summary.llmCalls, 1)
      assert.strictEqual(summary.usage.inputTokens, 5)
      assert.deepStrictEqual(yield* tree, ["s", "  llm.completion", "    llm.api.call", "    llm.api.call"])
    }).pipe(Effect.provide(TestLive)))

  it.effect("by traceLlm and the SDK: given fields take precedence", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([completion("c1")])
      yield* openai.chat.completions.create(body).pipe(traceLlmWith({ provider: "gateway" }))
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(llmOf(span).provider, "gateway")
      assert.strictEqual(llmOf(span).model, "gpt-4o")
      assert.deepStrictEqual(yield* tree, ["llm.completion", "  llm.api.call"])
    }).pipe(Effect.provide(TestLive)))

  it.effect("of two calls in one event keeps the tokens of both", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([completion("c1"), completion("c2")])
      const call = openai.chat.completions.create(body)
      yield* Effect.andThen(call, call).pipe(Effect.asVoid, traceLlm)
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(llmOf(span).usage, { inputTokens: 10, outputTokens: 4 })
      assert.deepStrictEqual(yield* tree, ["llm.completion", "  llm.api.call", "  llm.api.call"])
    }).pipe(Effect.provide(TestLive)))

  it.effect("does not apply to a tool of a call: its calls are its own", () =>
    Effect.gen(function*() {
      const openai = yield* wrapped([completion("c1")])
      yield* openai.chat.completions.create(body).pipe(traceTool("ask_another"), traceLlm)
      assert.lengthOf(yield* llmSpans, 2)
    }).pipe(Effect.provide(TestLive)))
})
