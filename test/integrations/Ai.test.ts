import { assert, describe, it } from "@effect/vitest"
import * as AiError from "effect/ai/AiError"
import * as Chat from "effect/ai/Chat"
import * as EmbeddingModel from "effect/ai/EmbeddingModel"
import * as LanguageModel from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as Telemetry from "effect/ai/Telemetry"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import * as Ai from "../../src/integrations/ai/Ai.ts"
import * as Message from "../../src/model/Message.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { llmOf, llmSpans, spans, TestLive, toolOf, toolSpans, tree } from "../support/llm/traced.ts"

class NoSuchCity extends Schema.TaggedError<NoSuchCity>()("NoSuchCity", { city: Schema.String }) {}

const tools = Toolkit.make(
  Tool.make("weather", {
    description: "The weather in a city",
    parameters: Schema.Struct({ city: Schema.String }),
    success: Schema.Struct({ sky: Schema.String }),
    failure: NoSuchCity,
    failureMode: "return"
  })
)

const ToolsLive = tools.toLayer({
  weather: ({ city }) =>
    city === "Atlantis"
      ? Effect.fail(new NoSuchCity({ city }))
      : Effect.succeed({ sky: `rain in ${city}` }).pipe(Effect.withSpan("lookup"))
})

const finish: Response.PartEncoded & Response.StreamPartEncoded = {
  type: "finish",
  reason: "stop",
  usage: {
    inputTokens: { uncached: 10, total: 30, cacheRead: 20, cacheWrite: undefined },
    outputTokens: { total: 7, text: 5, reasoning: 2 }
  },
  response: undefined
}

const metadata = {
  type: "response-metadata",
  id: "resp_1",
  modelId: "test-1-2026",
  timestamp: "2026-11-22T00:00:00Z",
  request: undefined
} as const

const call = (city: string, id = "call_1") => ({ type: "tool-call", id, name: "weather", params: { city } }) as const

const text = [metadata, { type: "text", text: "Hello" }, finish] as const

const streamed: ReadonlyArray<Response.StreamPartEncoded> = [
  metadata,
  { type: "text-start", id: "1" },
  { type: "text-delta", id: "1", delta: "Hel" },
  { type: "text-delta", id: "1", delta: "lo" },
  { type: "text-end", id: "1" },
  finish
]

const model = (options: {
  readonly parts?: Effect.Effect<ReadonlyArray<Response.PartEncoded>, AiError.AiError>
  readonly stream?: Stream.Stream<Response.StreamPartEncoded, AiError.AiError>
}) =>
  Layer.effect(
    LanguageModel.LanguageModel,
    LanguageModel.make({
      generateText: ({ span }) =>
        Effect.gen(function*() {
          Telemetry.addGenAIAnnotations(span, {
            provider: { name: "acme" },
            operation: { name: "chat" },
            request: { model: "test-1", temperature: 0.5 }
          } as never)
          return [...yield* options.parts ?? Effect.succeed(text)]
        }).pipe(Effect.withSpan("http")),
      streamText: ({ span }) =>
        Stream.suspend(() => {
          Telemetry.addGenAIAnnotations(span, { provider: { name: "acme" }, request: { model: "test-1" } } as never)
          return options.stream ?? Stream.fromIterable(streamed)
        })
    })
  )

const over = <A, E, R>(layer: Layer.Layer<A, E, R>) =>
  Ai.layer.pipe(Layer.provideMerge(Layer.mergeAll(layer, ToolsLive)), Layer.provideMerge(TestLive))

const overloaded = AiError.make({
  module: "Test",
  method: "generateText",
  reason: new AiError.RateLimitError({})
})

describe("a call", () => {
  it.effect("is one event with the request, the response and the provider's attributes", () =>
    Effect.gen(function*() {
      const [summary, response] = yield* LanguageModel.generateText({ prompt: "Hi", toolkit: tools }).pipe(
        Session.withSummary({ name: "s" })
      )
      assert.strictEqual(response.text, "Hello")
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      const { toolDefinitions, ...event } = llmOf(span)
      assert.deepStrictEqual(event, {
        provider: "acme",
        operation: "chat",
        model: "test-1",
        temperature: 0.5,
        outputType: "text",
        responseModel: "test-1-2026",
        responseId: "resp_1",
        finishReasons: ["stop"],
        usage: { inputTokens: 30, outputTokens: 7, cacheReadTokens: 20, reasoningTokens: 2 },
        inputMessages: [Message.user("Hi")],
        outputMessages: [Message.output("Hello", { finishReason: "stop" })]
      })
      assert.deepStrictEqual(toolDefinitions?.map(({ name, type }) => [type, name]), [["function", "weather"]])
      assert.strictEqual(summary.llmCalls, 1)
      assert.deepStrictEqual(yield* tree, ["s", "  llm.completion", "    llm.api.call", "      http"])
    }).pipe(Effect.provide(over(model({})))))

  it.effect("that generates an object is one event with JSON output", () =>
    Effect.gen(function*() {
      const { value } = yield* LanguageModel.generateObject({
        prompt: "Hi",
        schema: Schema.Struct({ sky: Schema.String })
      })
      assert.deepStrictEqual(value, { sky: "grey" })
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(llmOf(span).outputType, "json")
    }).pipe(Effect.provide(over(model({ parts: Effect.succeed([{ type: "text", text: "{\"sky\":\"grey\"}" }]) })))))

  it.effect("that fails keeps its prompt and fails with the same error", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(LanguageModel.generateText({ prompt: "Hi" }))
      assert.strictEqual(error, overloaded)
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(span!.status.code, "error")
      assert.strictEqual(span!.attributes["error.type"], "RateLimitError")
      assert.deepStrictEqual(llmOf(span).inputMessages, [Message.user("Hi")])
      assert.strictEqual(llmOf(span).provider, "acme")
    }).pipe(Effect.provide(over(model({ parts: Effect.fail(overloaded) })))))

  it.effect("that is interrupted has an interrupted event", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(LanguageModel.generateText({ prompt: "Hi" }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      const [span] = yield* llmSpans
      assert.strictEqual(span!.attributes["effect.fiber.interrupted"], true)
      assert.deepStrictEqual(llmOf(span).inputMessages, [Message.user("Hi")])
    }).pipe(Effect.provide(over(model({ parts: Effect.never })))))

  it.effect("inside a traced call belongs to that call: one event with the facts of both", () =>
    Effect.gen(function*() {
      yield* LanguageModel.generateText({ prompt: "Hi" }).pipe(traceLlmWith({ conversationId: "thread" }))
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      const event = llmOf(span)
      assert.strictEqual(event.conversationId, "thread")
      assert.strictEqual(event.provider, "acme")
      assert.strictEqual(event.usage?.inputTokens, 30)
    }).pipe(Effect.provide(over(model({})))))
})

describe("a tool", () => {
  it.effect("is a child of the call that requested it, and only its own event has its parameters", () =>
    Effect.gen(function*() {
      const response = yield* LanguageModel.generateText({ prompt: "Hi", toolkit: tools }).pipe(traceAgent("a"))
      assert.deepStrictEqual(response.toolResults.map((part) => part.encodedResult), [{ sky: "rain in Bonn" }])
      const [tool, ...more] = yield* toolSpans
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(toolOf(tool), {
        name: "weather",
        callId: "call_1",
        type: "function",
        description: "The weather in a city",
        parameters: { city: "Bonn" },
        result: { sky: "rain in Bonn" }
      })
      const raw = (yield* spans).filter((span) => "tool" in span.attributes || "parameters" in span.attributes)
      assert.deepStrictEqual(raw, [])
      assert.deepStrictEqual(yield* tree, [
        "agent.run",
        "  llm.completion",
        "    llm.api.call",
        "      http",
        "    agent.tool",
        "      tool.execution",
        "        lookup"
      ])
      const [span] = yield* llmSpans
      assert.deepStrictEqual(llmOf(span).outputMessages, [
        Message.output([Message.toolCall({ id: "call_1", name: "weather", arguments: { city: "Bonn" } })])
      ])
    }).pipe(Effect.provide(over(model({ parts: Effect.succeed([call("Bonn")]) })))))

  it.effect("of a stream is a child of the stream's call", () =>
    Effect.gen(function*() {
      yield* LanguageModel.streamText({ prompt: "Hi", toolkit: tools }).pipe(Stream.runDrain, traceAgent("a"))
      const [tool] = yield* toolSpans
      const [span] = yield* llmSpans
      assert.strictEqual(tool!.parentSpanId, span!.spanId)
      assert.deepStrictEqual(toolOf(tool).result, { sky: "rain in Bonn" })
      assert.deepStrictEqual((yield* spans).filter((span) => "parameters" in span.attributes), [])
    }).pipe(Effect.provide(over(model({ stream: Stream.fromIterable([call("Bonn"), finish]) })))))

  it.effect("that returns a failure has failed, and the call has not", () =>
    Effect.gen(function*() {
      yield* LanguageModel.generateText({ prompt: "Hi", toolkit: tools })
      const [tool] = yield* toolSpans
      assert.strictEqual(tool!.status.code, "error")
      assert.strictEqual(tool!.attributes["error.type"], "NoSuchCity")
      const [span] = yield* llmSpans
      assert.strictEqual(span!.status.code, "unset")
    }).pipe(Effect.provide(over(model({ parts: Effect.succeed([call("Atlantis")]) })))))

  it.effect("that several calls request at once is kept apart for each", () =>
    Effect.gen(function*() {
      yield* LanguageModel.generateText({ prompt: "Hi", toolkit: tools })
      const all = yield* toolSpans
      assert.deepStrictEqual(
        all.map(toolOf).map(({ callId, parameters }) => [callId, parameters]).sort(),
        [["call_1", { city: "Bonn" }], ["call_2", { city: "Rome" }]]
      )
    }).pipe(Effect.provide(over(model({ parts: Effect.succeed([call("Bonn"), call("Rome", "call_2")]) })))))

  it.effect("that is handled without a model is an event too", () =>
    Effect.gen(function*() {
      const toolkit = yield* tools
      const results = yield* Stream.runCollect(yield* toolkit.handle("weather", { city: "Bonn" }, "call_9"))
      assert.lengthOf(results, 1)
      const [tool, ...more] = yield* toolSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(toolOf(tool).callId, "call_9")
      assert.deepStrictEqual(toolOf(tool).result, { sky: "rain in Bonn" })
    }).pipe(Effect.provide(over(Layer.empty))))
})

describe("a stream", () => {
  it.effect("is one event, from its start to its last part", () =>
    Effect.gen(function*() {
      const parts = yield* LanguageModel.streamText({ prompt: "Hi" }).pipe(Stream.runCollect)
      assert.lengthOf(parts, streamed.length)
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      const event = llmOf(span)
      assert.strictEqual(event.streamOutcome, "drained")
      assert.strictEqual(event.provider, "acme")
      assert.strictEqual(event.model, "test-1")
      assert.strictEqual(event.timeToFirstChunk, 0)
      assert.deepStrictEqual(event.usage, { inputTokens: 30, outputTokens: 7, cacheReadTokens: 20, reasoningTokens: 2 })
      assert.deepStrictEqual(event.outputMessages, [Message.output("Hello", { finishReason: "stop" })])
      assert.deepStrictEqual(yield* tree, ["llm.completion", "  llm.api.call"])
    }).pipe(Effect.provide(over(model({})))))

  it.effect("that breaks off keeps its pieces", () =>
    Effect.gen(function*() {
      const exit = yield* LanguageModel.streamText({ prompt: "Hi" }).pipe(Stream.runDrain, Effect.exit)
      assert.isTrue(Exit.isFailure(exit))
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(llmOf(span).streamOutcome, "failed")
      assert.strictEqual(span!.attributes["error.type"], "RateLimitError")
      assert.deepStrictEqual(llmOf(span).outputMessages?.map(Message.toText), ["Hel"])
    }).pipe(
      Effect.provide(
        over(model({ stream: Stream.concat(Stream.fromIterable(streamed.slice(0, 3)), Stream.fail(overloaded)) }))
      )
    ))

  it.effect("that is interrupted ends at that time", () =>
    Effect.gen(function*() {
      const begun = yield* Deferred.make<void>()
      const fiber = yield* LanguageModel.streamText({ prompt: "Hi" }).pipe(
        Stream.runForEach(() => Deferred.succeed(begun, undefined)),
        Effect.forkChild
      )
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(llmOf(span).streamOutcome, "interrupted")
    }).pipe(
      Effect.provide(over(model({ stream: Stream.concat(Stream.fromIterable(streamed.slice(0, 3)), Stream.never) })))
    ))
})

describe("a chat", () => {
  it.effect("is traced with its history", () =>
    Effect.gen(function*() {
      const chat = yield* Chat.empty
      yield* chat.generateText({ prompt: "Hi" })
      yield* chat.generateText({ prompt: "And?" })
      const [, second, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(llmOf(second).inputMessages, [
        Message.user("Hi"),
        Message.assistant("Hello"),
        Message.user("And?")
      ])
    }).pipe(Effect.provide(over(model({})))))
})

describe("embeddings", () => {
  const EmbeddingsLive = Layer.effect(
    EmbeddingModel.EmbeddingModel,
    EmbeddingModel.make({
      embedMany: ({ inputs }) =>
        Effect.succeed({ results: inputs.map(() => [0.1, 0.2, 0.3]), usage: { inputTokens: 4 } })
    })
  )

  it.effect("are events with that operation, usage and dimensions", () =>
    Effect.gen(function*() {
      const model = yield* EmbeddingModel.EmbeddingModel
      yield* model.embedMany(["a", "b"])
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(llmOf(span), {
        operation: "embeddings",
        dimensionCount: 3,
        usage: { inputTokens: 4, outputTokens: 0 }
      })
    }).pipe(Effect.provide(over(EmbeddingsLive))))

  it.effect("that share a request are one event", () =>
    Effect.gen(function*() {
      const model = yield* EmbeddingModel.EmbeddingModel
      const all = yield* Effect.all([model.embed("a"), model.embed("b")], { concurrency: 2 })
      assert.lengthOf(all, 2)
      // The embeddings arrive shortly before the request is done.
      yield* TestClock.adjust(0)
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(llmOf(span).operation, "embeddings")
    }).pipe(Effect.provide(over(EmbeddingsLive))))
})

describe("a model that is provided inside of the layer", () => {
  it.effect("is traced by Effect's own span: one event with its response", () =>
    Effect.gen(function*() {
      yield* LanguageModel.generateText({ prompt: "Hi", toolkit: tools }).pipe(Effect.provide(model({})))
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      const { toolDefinitions, ...event } = llmOf(span)
      assert.strictEqual(event.provider, "acme")
      assert.deepStrictEqual(event.usage, { inputTokens: 30, outputTokens: 7, cacheReadTokens: 20, reasoningTokens: 2 })
      assert.deepStrictEqual(event.inputMessages, [Message.user("Hi")])
      assert.deepStrictEqual(event.outputMessages, [Message.output("Hello", { finishReason: "stop" })])
      assert.lengthOf(toolDefinitions!, 1)
    }).pipe(Effect.provide(over(Layer.empty))))

  it.effect("has its tools traced if their handlers are below the layer", () =>
    Effect.gen(function*() {
      yield* LanguageModel.generateText({ prompt: "Hi", toolkit: tools }).pipe(
        Effect.provide(model({ parts: Effect.succeed([call("Bonn")]) }))
      )
      assert.lengthOf(yield* toolSpans, 1)
      assert.deepStrictEqual((yield* spans).filter((span) => "parameters" in span.attributes), [])
    }).pipe(Effect.provide(over(Layer.empty))))

  it.effect("has an event for each stream and for each failure", () =>
    Effect.gen(function*() {
      yield* LanguageModel.streamText({ prompt: "Hi" }).pipe(Stream.runDrain, Effect.provide(model({})))
      yield* LanguageModel.generateText({ prompt: "Hi" }).pipe(
        Effect.provide(model({ parts: Effect.fail(overloaded) })),
        Effect.exit
      )
      const all = yield* llmSpans
      assert.deepStrictEqual(all.map((span) => span.status.code), ["unset", "error"])
      assert.deepStrictEqual(llmOf(all[0]).outputMessages?.map(Message.toText), ["Hello"])
    }).pipe(Effect.provide(over(Layer.empty))))
})

describe("another library's tracer", () => {
  it.effect("gets one event for a call, with its attempt and its tools", () =>
    Effect.gen(function*() {
      const made: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          made.push(span)
          return span
        }
      })
      yield* LanguageModel.generateText({ prompt: "Hi", toolkit: tools }).pipe(
        Effect.provide(
          Ai.layer.pipe(
            Layer.provideMerge(Layer.mergeAll(model({ parts: Effect.succeed([call("Bonn")]) }), ToolsLive)),
            Layer.provideMerge(Layer.succeed(Tracer.Tracer, tracer))
          )
        )
      )
      assert.deepStrictEqual(made.map((span) => span.name), [
        "llm.completion",
        "llm.api.call",
        "http",
        "agent.tool",
        "tool.execution",
        "lookup"
      ])
      assert.deepStrictEqual(made.map((span) => span.status._tag), made.map(() => "Ended"))
      const [event] = made
      assert.strictEqual(event!.attributes.get("gen_ai.request.model"), "test-1")
      assert.strictEqual(event!.attributes.get("gen_ai.provider.name"), "acme")
    }))
})
