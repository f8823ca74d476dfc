import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import * as LlmCall from "../../src/model/LlmCall.ts"
import * as LlmEvent from "../../src/trace/LlmEvent.ts"
import * as LlmStream from "../../src/trace/LlmStream.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { eventsOf, recordings } from "../support/llm/recordings.ts"

const { traceLlmStream, traceLlmStreamWith } = LlmStream

const streams = recordings.filter((one) => one.response.stream)

const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))

const spans = Effect.flatMap(Exporter.Memory, (memory) => memory.spans)

const ended = Effect.map(spans, (all) => all.filter((span) => span.name === "llm.completion"))

const eventOf = (span: { readonly attributes: Readonly<Record<string, unknown>> }) =>
  LlmEvent.LlmEvent.fromAttributes(span.attributes as never)

const chunk = (content: string, finish_reason: string | null = null) => ({
  object: "chat.completion.chunk",
  id: "chatcmpl-1",
  model: "gpt-4o-2024-08-06",
  choices: [{ index: 0, delta: { content }, finish_reason }]
})

const three = [chunk("one "), chunk("two "), chunk("three", "stop")]

/** The content of the recorded chunks, read independently of the code under test. */
// oxlint-disable-next-line typescript/no-explicit-any -- raw payloads are read as they are
const expected = (events: ReadonlyArray<any>) => {
  if (events[0].type === "message_start") {
    const stop = events.find((event) => event.type === "message_delta")
    return {
      model: events[0].message.model,
      id: events[0].message.id,
      text: events.map((event) => event.delta?.text ?? "").join(""),
      finishReason: stop.delta.stop_reason,
      usage: { inputTokens: events[0].message.usage.input_tokens, outputTokens: stop.usage.output_tokens }
    }
  }
  return {
    model: events[0].model,
    id: events[0].id,
    text: events.map((event) => event.choices[0]?.delta?.content ?? event.choices[0]?.text ?? "").join(""),
    finishReason: events.map((event) => event.choices[0]?.finish_reason).find((reason) => reason),
    usage: undefined
  }
}

const factsOf = (call: LlmCall.LlmCall | undefined) => ({
  model: call?.responseModel,
  id: call?.responseId,
  text: call?.outputMessages?.flatMap((message) => message.parts.map((part) => "content" in part ? part.content : ""))
    .join(""),
  finishReason: call?.finishReasons?.[0],
  usage: call?.usage && { inputTokens: call.usage.inputTokens, outputTokens: call.usage.outputTokens }
})

describe("recorded streams", () => {
  it("are at least four", () => assert.isAtLeast(streams.length, 4))

  for (const { name, request, response } of streams) {
    const chunks = eventsOf(response.body)
    const whole = LlmStream.readChunks(chunks)
    const bytes = new TextEncoder().encode(response.body)

    it(`${name}: says what its chunks say`, () => {
      assert.deepStrictEqual(factsOf(whole), expected(chunks))
      assert.isTrue(Schema.is(LlmCall.LlmCall)(whole))
    })

    it(`${name}: reads the same from events, text and bytes`, () => {
      assert.deepStrictEqual(LlmStream.readChunks(chunks.map((data) => ({ data: JSON.stringify(data) }))), whole)
      assert.deepStrictEqual(LlmStream.readChunks([response.body]), whole)
      assert.deepStrictEqual(LlmStream.readChunks([bytes]), whole)
    })

    it.prop(
      `${name}: reads the same wherever its bytes are cut`,
      [Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: bytes.length }))))],
      ([cuts]) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end))
        assert.deepStrictEqual(LlmStream.readChunks(pieces), whole)
      }
    )

    it.effect(`${name}: gives one event with the facts of request and answer`, () =>
      Effect.gen(function*() {
        const seen = yield* Stream.fromIterable(chunks).pipe(traceLlmStreamWith({ request }), Stream.runCollect)
        assert.deepStrictEqual(seen, chunks)
        const [span, ...more] = yield* ended
        assert.deepStrictEqual(more, [])
        // The cost follows from the prices, which another test covers.
        const { cost: _, streamOutcome, timeToFirstChunk, ...fields } = eventOf(span!)
        const call = LlmCall.merge(LlmCall.readRequest(request)!, whole!)
        assert.deepStrictEqual(fields, { ...LlmEvent.toFields(call), stream: true } as never)
        assert.strictEqual(streamOutcome, "drained")
        assert.strictEqual(timeToFirstChunk, 0)
      }).pipe(Effect.provide(TestLive)))
  }
})

describe("pieces", () => {
  const streamedAs = (whole: unknown, chunks: ReadonlyArray<unknown>) =>
    assert.deepStrictEqual(LlmStream.readChunks(chunks), LlmCall.readResponse(whole))

  it("of a chat completion with tools, reasoning, refusal and two choices", () => {
    const base = { id: "c", object: "chat.completion.chunk", model: "m", system_fingerprint: "fp" }
    const delta = (delta: object, index = 0, finish_reason: string | null = null) => ({
      ...base,
      choices: [{ index, delta, finish_reason }]
    })
    streamedAs({
      id: "c",
      object: "chat.completion",
      model: "m",
      system_fingerprint: "fp",
      service_tier: "default",
      choices: [{
        index: 0,
        finish_reason: "tool_calls",
        message: {
          role: "assistant",
          content: null,
          reasoning_content: "Let me see.",
          tool_calls: [
            { id: "a", type: "function", function: { name: "f", arguments: "{\"x\":1}" } },
            { id: "b", type: "function", function: { name: "g", arguments: "{}" } }
          ]
        }
      }, { index: 1, finish_reason: "stop", message: { role: "assistant", content: "Hi", refusal: "No" } }],
      usage: { prompt_tokens: 3, completion_tokens: 4, completion_tokens_details: { reasoning_tokens: 2 } }
    }, [
      delta({ role: "assistant", content: "" }),
      delta({ reasoning_content: "Let me " }),
      delta({ reasoning_content: "see." }),
      delta({ role: "assistant", content: "H" }, 1),
      delta({ tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: "{\"x\"" } }] }),
      delta({ tool_calls: [{ index: 1, id: "b", type: "function", function: { name: "g", arguments: "{}" } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: ":1}" } }] }),
      delta({ content: "i", refusal: "No" }, 1),
      delta({}, 1, "stop"),
      delta({}, 0, "tool_calls"),
      {
        ...base,
        choices: [],
        service_tier: "default",
        usage: { prompt_tokens: 3, completion_tokens: 4, completion_tokens_details: { reasoning_tokens: 2 } }
      }
    ])
  })

  it("of a message with thinking, text and a tool", () => {
    streamedAs({
      id: "msg",
      type: "message",
      role: "assistant",
      model: "claude",
      content: [
        { type: "thinking", thinking: "Hm, weather." },
        { type: "text", text: "I look." },
        { type: "tool_use", id: "t", name: "weather", input: { city: "Bonn" } }
      ],
      stop_reason: "tool_use",
      usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 7 }
    }, [
      {
        type: "message_start",
        message: {
          id: "msg",
          type: "message",
          role: "assistant",
          model: "claude",
          content: [],
          stop_reason: null,
          usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 }
        }
      },
      { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "Hm, " } },
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "weather." } },
      { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "x" } },
      { type: "content_block_stop", index: 0 },
      { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
      { type: "ping" },
      { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "I look." } },
      {
        type: "content_block_start",
        index: 2,
        content_block: { type: "tool_use", id: "t", name: "weather", input: {} }
      },
      { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: "{\"city\":" } },
      { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: "\"Bonn\"}" } },
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 7, input_tokens: null } },
      { type: "message_stop" }
    ])
  })

  const item = { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hi there" }] }
  const call = { type: "function_call", call_id: "c1", name: "f", arguments: "{\"a\":1}" }
  const responses = [
    {
      type: "response.created",
      response: { object: "response", id: "r", model: "m", status: "in_progress", output: [] }
    },
    { type: "response.output_item.added", output_index: 0, item: { type: "message", role: "assistant", content: [] } },
    { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "Hi " },
    { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "there" },
    { type: "response.output_item.added", output_index: 1, item: { ...call, arguments: "" } },
    { type: "response.function_call_arguments.delta", output_index: 1, delta: "{\"a\":1}" }
  ]

  it("of a response", () => {
    const response = { object: "response", id: "r", model: "m", status: "completed", output: [item, call] }
    streamedAs(response, [...responses, { type: "response.completed", response }])
  })

  it("of a response that broke off", () => {
    streamedAs({ object: "response", id: "r", model: "m", status: "in_progress", output: [item, call] }, responses)
  })

  it("that cannot be read lose only themselves", () => {
    const bad = new Proxy({}, {
      get: () => {
        throw new Error("no")
      }
    })
    const odd = [null, 1, bad, { choices: 1 }, { object: "chat.completion.chunk", choices: [null, { delta: 3 }] }]
    const call = LlmStream.readChunks([...odd, three[0], bad, three[1], { data: "{" }, three[2]])
    assert.strictEqual(factsOf(call).text, "one two three")
    assert.isUndefined(LlmStream.readChunks([1, "text", {}]))
  })
})

describe("a stream", () => {
  it.effect("that is drained ends at its last chunk, with its times", () =>
    Effect.gen(function*() {
      const source = Stream.fromIterable(three).pipe(
        Stream.mapEffect((one) => Effect.as(Effect.sleep("2 seconds"), one))
      )
      const fiber = yield* Effect.forkChild(source.pipe(traceLlmStream, Stream.runDrain))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      const [span] = yield* ended
      const event = eventOf(span!)
      assert.strictEqual(event.timeToFirstChunk, 2)
      assert.strictEqual(event.streamOutcome, "drained")
      assert.deepStrictEqual(event.finishReasons, ["stop"])
      assert.strictEqual(span!.endTime - span!.startTime, 6_000_000_000n)
      assert.strictEqual(span!.status.code, "unset")
    }).pipe(Effect.provide(TestLive)))

  it.effect("measures the time to its first chunk and between chunks", () =>
    Effect.gen(function*() {
      const source = Stream.fromIterable([3, 1, 2]).pipe(
        Stream.mapEffect((seconds, i) => Effect.as(Effect.sleep(seconds * 1000), three[i]!))
      )
      const fiber = yield* Effect.forkChild(source.pipe(traceLlmStream, Stream.runDrain))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      const metrics = yield* Effect.flatMap(MetricExporter.Memory, (memory) => memory.metrics)
      const distribution = (name: string) => {
        const { count, sum } = metrics.find((metric) => metric.name === name)!.points[0]!.distribution!
        return { count, sum }
      }
      assert.deepStrictEqual(distribution("gen_ai.client.inference.time_to_first_chunk"), { count: 1, sum: 3 })
      assert.deepStrictEqual(distribution("gen_ai.client.inference.time_per_output_chunk"), { count: 2, sum: 3 })
    }).pipe(
      Effect.provide(MetricExporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))))
    ))

  it.effect("that fails keeps the received chunks, and fails the same", () =>
    Effect.gen(function*() {
      class Overloaded extends Schema.TaggedError<Overloaded>()("Overloaded", {}) {}
      const source = Stream.concat(Stream.fromIterable(three.slice(0, 2)), Stream.fail(new Overloaded()))
      const exit = yield* Effect.exit(source.pipe(traceLlmStream, Stream.runDrain))
      assert.deepStrictEqual(Exit.findErrorOption(exit), Option.some(new Overloaded()))
      const [span, ...more] = yield* ended
      assert.deepStrictEqual(more, [])
      assert.strictEqual(span!.status.code, "error")
      assert.strictEqual(span!.attributes["error.type"], "Overloaded")
      const event = eventOf(span!)
      assert.strictEqual(event.streamOutcome, "failed")
      assert.strictEqual(factsOf(event as never).text, "one two ")
    }).pipe(Effect.provide(TestLive)))

  it.effect("with an error among its chunks is a failed event, and passes through", () =>
    Effect.gen(function*() {
      const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }
      const source = Stream.make<ReadonlyArray<object>>(
        { type: "message_start", message: { id: "m", type: "message", model: "claude", role: "assistant" } },
        error
      )
      yield* source.pipe(traceLlmStream, Stream.runDrain)
      const [span] = yield* ended
      assert.strictEqual(span!.status.code, "error")
      assert.strictEqual(span!.attributes["error.type"], "overloaded_error")
    }).pipe(Effect.provide(TestLive)))

  it.effect("that is interrupted ends then", () =>
    Effect.gen(function*() {
      const source = Stream.concat(Stream.fromIterable(three.slice(0, 1)), Stream.never)
      const fiber = yield* Effect.forkChild(source.pipe(traceLlmStream, Stream.runDrain))
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.interrupt(fiber)
      const [span, ...more] = yield* ended
      assert.deepStrictEqual(more, [])
      assert.strictEqual(eventOf(span!).streamOutcome, "interrupted")
      assert.strictEqual(span!.attributes["effect.fiber.interrupted"], true)
      assert.strictEqual(span!.status.code, "unset")
      assert.strictEqual(span!.endTime - span!.startTime, 3_000_000_000n)
    }).pipe(Effect.provide(TestLive)))

  it.effect("whose consumer stops early is let_go", () =>
    Effect.gen(function*() {
      yield* Stream.fromIterable(three).pipe(Stream.rechunk(1), traceLlmStream, Stream.take(1), Stream.runDrain)
      const [span, ...more] = yield* ended
      assert.deepStrictEqual(more, [])
      const event = eventOf(span!)
      assert.strictEqual(event.streamOutcome, "let_go")
      assert.strictEqual(factsOf(event as never).text, "one ")
    }).pipe(Effect.provide(TestLive)))

  it.effect("whose consumer fails is let_go, because the call did not fail", () =>
    Effect.gen(function*() {
      const exit = yield* Stream.fromIterable(three).pipe(
        traceLlmStream,
        Stream.mapEffect(() => Effect.fail("consumer")),
        Stream.runDrain,
        Effect.exit
      )
      assert.deepStrictEqual(exit, Exit.fail("consumer"))
      const [span] = yield* ended
      assert.strictEqual(span!.status.code, "unset")
      assert.strictEqual(eventOf(span!).streamOutcome, "let_go")
    }).pipe(Effect.provide(TestLive)))

  it.effect("that is run twice is two events", () =>
    Effect.gen(function*() {
      const traced = Stream.fromIterable(three).pipe(traceLlmStream)
      yield* Effect.all([Stream.runDrain(traced), Stream.runDrain(traced)], { concurrency: 2 })
      const all = yield* ended
      assert.deepStrictEqual(all.map((span) => factsOf(eventOf(span) as never).text), [
        "one two three",
        "one two three"
      ])
    }).pipe(Effect.provide(TestLive)))

  it.effect("that two consumers share is one event", () =>
    Effect.scoped(Effect.gen(function*() {
      const traced = Stream.fromIterable(three).pipe(traceLlmStream)
      const shared = yield* Stream.broadcast(traced, { capacity: 16, replay: 16 })
      const [a, b] = yield* Effect.all([Stream.runCollect(shared), Stream.runCollect(shared)], { concurrency: 2 })
      assert.deepStrictEqual([a, b], [three, three])
      assert.lengthOf(yield* ended, 1)
    })).pipe(Effect.provide(TestLive)))

  it.effect("is pulled no faster than its consumer reads", () =>
    Effect.gen(function*() {
      const produced: Array<number> = []
      const source = Stream.fromIterable([0, 1, 2, 3]).pipe(
        Stream.rechunk(1),
        Stream.tap((i) => Effect.sync(() => produced.push(i)))
      )
      yield* Effect.scoped(Effect.gen(function*() {
        const pull = yield* Stream.toPull(traceLlmStream(source))
        assert.deepStrictEqual(produced, [])
        yield* pull
        assert.deepStrictEqual(produced, [0])
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(produced, [0])
        yield* pull
        assert.deepStrictEqual(produced, [0, 1])
      }))
    }).pipe(Effect.provide(TestLive)))

  it.effect("that nobody reads any more is ended after a while, with a warning", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const source = Stream.concat(Stream.fromIterable(three), Stream.never)
      const pull = yield* Stream.toPull(traceLlmStreamWith(source, { idleTimeout: "30 seconds" })).pipe(
        Scope.provide(scope)
      )
      yield* pull
      yield* TestClock.adjust("29 seconds")
      assert.lengthOf(yield* ended, 0)
      yield* TestClock.adjust("1 second")
      const [span] = yield* ended
      assert.strictEqual(eventOf(span!).streamOutcome, "abandoned")
      assert.strictEqual(factsOf(eventOf(span!) as never).text, "one two three")
      yield* Scope.close(scope, Exit.void)
      assert.lengthOf(yield* ended, 1)
    }).pipe(Effect.provide(TestLive)))

  it.effect("that waits for a slow model is not abandoned", () =>
    Effect.gen(function*() {
      const queue = yield* Queue.unbounded<object>()
      const traced = Stream.fromQueue(queue).pipe(traceLlmStreamWith({ idleTimeout: "30 seconds" }))
      const fiber = yield* Effect.forkChild(Stream.runDrain(Stream.take(traced, 2)))
      yield* TestClock.adjust("10 minutes")
      assert.lengthOf(yield* ended, 0)
      yield* Queue.offerAll(queue, three)
      yield* Fiber.join(fiber)
      const [span] = yield* ended
      assert.strictEqual(eventOf(span!).timeToFirstChunk, 600)
    }).pipe(Effect.provide(TestLive)))

  it.effect("is the parent of what its source does, and not of what its consumer does", () =>
    Effect.gen(function*() {
      const source = Stream.fromIterable(three).pipe(Stream.mapEffect((one) =>
        Effect.as(Effect.void, one).pipe(
          Effect.withSpan("source")
        )
      ))
      yield* source.pipe(
        traceLlmStream,
        Stream.runForEach(() => Effect.void.pipe(traceTool("consumer"))),
        Effect.withSpan("agent")
      )
      const all = yield* spans
      const nameOf = new Map(all.map((span) => [span.spanId, span.name]))
      const parents = (name: string) =>
        new Set(all.filter((span) => span.name === name).map((span) => nameOf.get(span.parentSpanId ?? "")))
      assert.deepStrictEqual(parents("source"), new Set(["llm.api.call"]))
      assert.deepStrictEqual(parents("llm.api.call"), new Set(["llm.completion"]))
      assert.deepStrictEqual(parents("agent.tool"), new Set(["agent"]))
    }).pipe(Effect.provide(TestLive)))

  it.effect("counts for its session", () =>
    Effect.gen(function*() {
      const chunks = [...three, { ...chunk(""), choices: [], usage: { prompt_tokens: 5, completion_tokens: 3 } }]
      const [summary] = yield* Stream.fromIterable(chunks).pipe(
        traceLlmStream,
        Stream.runDrain,
        Session.withSummary({ name: "s" })
      )
      assert.strictEqual(summary.llmCalls, 1)
      assert.deepStrictEqual(summary.usage, { inputTokens: 5, outputTokens: 3 })
    }).pipe(Effect.provide(TestLive)))

  it.effect("passes through unchanged without tracing", () =>
    Effect.gen(function*() {
      const seen = yield* Stream.fromIterable(three).pipe(
        traceLlmStream,
        Stream.runCollect,
        Effect.withTracerEnabled(false)
      )
      assert.deepStrictEqual(seen, three)
    }))

  it.effect("inside a traced call is that call: one event, with the facts of both", () =>
    Effect.gen(function*() {
      yield* Stream.fromIterable(three).pipe(
        traceLlmStream,
        Stream.runDrain,
        LlmEvent.traceLlmWith({ provider: "gateway", model: "gpt-4o" })
      )
      const [span, ...more] = yield* ended
      assert.deepStrictEqual(more, [])
      const event = eventOf(span!)
      assert.strictEqual(event.provider, "gateway")
      assert.strictEqual(event.responseModel, "gpt-4o-2024-08-06")
      assert.deepStrictEqual(event.finishReasons, ["stop"])
      assert.deepStrictEqual((yield* spans).map((one) => one.name), ["llm.api.call", "llm.completion"])
    }).pipe(Effect.provide(TestLive)))
})

describe("an async iterable", () => {
  const source = (after?: () => Promise<unknown>) =>
    Effect.sync(() =>
      (async function*() {
        for (const one of three) yield one
        await after?.()
      })()
    )

  const read = (iterable: AsyncIterable<unknown>, stop: number) =>
    Effect.tryPromise({
      try: async () => {
        let count = 0
        for await (const _ of iterable) if (++count === stop) break
        return count
      },
      catch: (error) => error
    })

  it.effect("is one event", () =>
    Effect.gen(function*() {
      const iterable = yield* source().pipe(LlmStream.traceAsyncIterable({ model: "gpt-4o" }))
      assert.strictEqual(yield* read(iterable, 9), 3)
      const [span, ...more] = yield* ended
      assert.deepStrictEqual(more, [])
      assert.strictEqual(factsOf(eventOf(span!) as never).text, "one two three")
      assert.strictEqual(eventOf(span!).streamOutcome, "drained")
    }).pipe(Effect.provide(TestLive)))

  it.effect("that is left by break is let_go", () =>
    Effect.gen(function*() {
      const iterable = yield* source().pipe(LlmStream.traceAsyncIterable())
      assert.strictEqual(yield* read(iterable, 2), 2)
      const [span] = yield* ended
      assert.strictEqual(eventOf(span!).streamOutcome, "let_go")
      assert.strictEqual(factsOf(eventOf(span!) as never).text, "one two ")
    }).pipe(Effect.provide(TestLive)))

  it.effect("that throws has failed", () =>
    Effect.gen(function*() {
      const error = new RangeError("broken")
      const iterable = yield* source(() => Promise.reject(error)).pipe(LlmStream.traceAsyncIterable())
      assert.strictEqual(yield* Effect.flip(read(iterable, 9)), error)
      const [span] = yield* ended
      assert.strictEqual(eventOf(span!).streamOutcome, "failed")
      assert.strictEqual(span!.attributes["error.type"], "RangeError")
    }).pipe(Effect.provide(TestLive)))

  it.effect("that is dropped half read ends after a while", () =>
    Effect.gen(function*() {
      const iterable = yield* source().pipe(LlmStream.traceAsyncIterable({ idleTimeout: "1 minute" }))
      yield* Effect.promise(() => iterable[Symbol.asyncIterator]().next())
      yield* TestClock.adjust("1 minute")
      const [span] = yield* ended
      assert.strictEqual(eventOf(span!).streamOutcome, "abandoned")
    }).pipe(Effect.provide(TestLive)))

  it.effect("whose request is interrupted is interrupted", () =>
    Effect.gen(function*() {
      const begun = yield* Deferred.make<void>()
      const request = Deferred.succeed(begun, undefined).pipe(Effect.andThen(Effect.never))
      const fiber = yield* Effect.forkChild(request.pipe(LlmStream.traceAsyncIterable()))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      const [span] = yield* ended
      assert.strictEqual(eventOf(span!).streamOutcome, "interrupted")
    }).pipe(Effect.provide(TestLive)))
})
