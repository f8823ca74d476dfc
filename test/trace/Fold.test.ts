import { assert, describe, it } from "@effect/vitest"
import { LanguageModel } from "effect/ai"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Ai from "../../src/integrations/ai/Ai.ts"
import { traceAttempt } from "../../src/trace/Attempt.ts"
import * as Event from "../../src/trace/Event.ts"
import { LlmEvent, traceLlm, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceLlmStream } from "../../src/trace/LlmStream.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"

const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))

const openai = (id: string, model: string) => ({
  id,
  object: "chat.completion",
  model,
  choices: [{ index: 0, message: { role: "assistant", content: `from ${model}` }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }
})

const claude = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-opus-4-1",
  content: [{ type: "text", text: "from Claude" }],
  stop_reason: "end_turn",
  usage: { input_tokens: 1000, output_tokens: 100 }
}

const large = pipe(Effect.succeed(openai("a", "gpt-4o")), traceLlmWith({ model: "gpt-4o" }))
const small = pipe(Effect.succeed(openai("b", "gpt-4o-mini")), traceLlmWith({ model: "gpt-4o-mini" }))
const busy = pipe(Effect.fail("503"), traceLlmWith({ provider: "openai", model: "gpt-4o" }))
const other = pipe(Effect.succeed(claude), traceLlmWith({ model: "claude-opus-4-1" }))

const priceOf = { large: 3_500_000, small: 210_000, claude: 22_500_000 }

const run = (program: Effect.Effect<unknown, unknown>) =>
  Effect.gen(function*() {
    const [summary] = yield* Effect.exit(program).pipe(Session.withSummary({ name: "s" }))
    const spans = yield* (yield* Exporter.Memory).spans
    return {
      summary,
      events: spans.filter((span) => span.name === "llm.completion").map((span) => span.attributes),
      attempts: spans.filter((span) => span.name === "llm.api.call").map((span) => span.attributes)
    }
  }).pipe(Effect.provide(TestLive))

describe("model calls inside of one traced call", () => {
  const pairs: ReadonlyArray<
    readonly [name: string, program: Effect.Effect<unknown, unknown>, nanos: number, answered: string, attempts: number]
  > = [
    ["one", large, priceOf.large, "gpt-4o", 1],
    ["large, then small", Effect.andThen(large, small), priceOf.large + priceOf.small, "gpt-4o-mini", 2],
    ["small, then large", Effect.andThen(small, large), priceOf.large + priceOf.small, "gpt-4o", 2],
    ["both at once", Effect.all([large, small], { concurrency: 2 }), priceOf.large + priceOf.small, "gpt-4o-mini", 2],
    ["a fallback to another provider", Effect.catch(busy, () => other), priceOf.claude, "claude-opus-4-1", 2],
    ["three layers over one", pipe(large, traceLlm, traceLlm), priceOf.large, "gpt-4o", 1],
    [
      "three layers over two",
      pipe(Effect.andThen(large, small), traceLlm, traceLlm),
      priceOf.large + priceOf.small,
      "gpt-4o-mini",
      2
    ]
  ]
  for (const [name, program, nanos, answered, count] of pairs) {
    it.effect(`${name}: each at its own price, and the event is of the one that answered last`, () =>
      Effect.gen(function*() {
        const { attempts, events, summary } = yield* run(pipe(program, traceLlm))
        assert.strictEqual(summary.llmCalls, 1)
        assert.strictEqual(summary.costNanos, nanos)
        assert.strictEqual(summary.unpricedCalls, 0)
        assert.lengthOf(events, 1)
        assert.strictEqual(events[0]!["gen_ai.response.model"], answered)
        assert.strictEqual(events[0]!["agentops.usage.cost"], nanos / 1e9)
        assert.lengthOf(attempts, count)
        const told = attempts.filter((attempt) => "gen_ai.usage.input_tokens" in attempt)
        assert.strictEqual(
          told.reduce((sum, attempt) => sum + Math.round(Number(attempt["agentops.usage.cost"]) * 1e9), 0),
          nanos
        )
        assert.strictEqual(summary.usage.inputTokens, 1000 * told.length)
      }))
  }

  it.effect("each have their model and provider", () =>
    Effect.gen(function*() {
      const { attempts } = yield* run(pipe(Effect.catch(busy, () => other), traceLlm))
      assert.deepStrictEqual(
        attempts.map((attempt) =>
          ["gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model"].map((name): unknown =>
            attempt[name]
          )
        ),
        [["openai", "gpt-4o", undefined], ["anthropic", "claude-opus-4-1", "claude-opus-4-1"]]
      )
    }))

  it.effect("keep the fields that the program set for the whole", () =>
    Effect.gen(function*() {
      const whole = traceLlmWith({
        provider: "router",
        model: "auto",
        usage: { inputTokens: 7, outputTokens: 1 },
        cost: 0.5
      })
      const { events, summary } = yield* run(pipe(large, whole))
      assert.strictEqual(events[0]!["gen_ai.provider.name"], "router")
      assert.strictEqual(events[0]!["gen_ai.request.model"], "auto")
      assert.strictEqual(events[0]!["gen_ai.response.model"], "gpt-4o")
      assert.strictEqual(summary.usage.inputTokens, 7)
      assert.strictEqual(summary.costNanos, 500_000_000)
    }))

  it.effect("of which one has no known price make the whole unpriced, with the known cost", () =>
    Effect.gen(function*() {
      const unknown = pipe(Effect.succeed(openai("c", "gpt-unheard-of")), traceLlmWith({ provider: "nobody" }))
      const { summary } = yield* run(pipe(Effect.andThen(large, unknown), traceLlm))
      assert.strictEqual(summary.costNanos, priceOf.large)
      assert.strictEqual(summary.unpricedCalls, 1)
    }))

  it.effect("are calls of their own in a tool", () =>
    Effect.gen(function*() {
      const { summary } = yield* run(pipe(small, traceTool("ask"), Effect.andThen(large), traceLlm))
      assert.strictEqual(summary.llmCalls, 2)
      assert.strictEqual(summary.costNanos, priceOf.large + priceOf.small)
    }))

  it.effect("in a started event follow the same rule", () =>
    Effect.gen(function*() {
      const started = Effect.map(Event.start(LlmEvent), (event) => {
        event.add({
          responseModel: "gpt-4o-mini",
          responseId: "z",
          provider: "openai",
          usage: { inputTokens: 1000, outputTokens: 100 }
        })
        event.end()
      })
      const { summary } = yield* run(pipe(Effect.andThen(large, started), traceLlm))
      assert.strictEqual(summary.llmCalls, 1)
      assert.strictEqual(summary.costNanos, priceOf.large + priceOf.small)
    }))
})

describe("the cost of a call without a complete answer", () => {
  it.effect("is nothing if it failed before an answer", () =>
    Effect.gen(function*() {
      const { summary } = yield* run(busy)
      assert.deepStrictEqual([summary.llmCalls, summary.costNanos, summary.unpricedCalls], [1, 0, 0])
    }))

  it.effect("is unknown if it was given up", () =>
    Effect.gen(function*() {
      const { summary } = yield* run(pipe(Effect.interrupt, traceLlmWith({ model: "gpt-4o" })))
      assert.deepStrictEqual([summary.costNanos, summary.unpricedCalls], [0, 1])
    }))

  it.effect("is nothing from a cache", () =>
    Effect.gen(function*() {
      const { events, summary } = yield* run(
        pipe(Effect.succeed(openai("a", "gpt-4o")), traceLlmWith({ cached: true }))
      )
      assert.deepStrictEqual([summary.llmCalls, summary.costNanos, summary.unpricedCalls], [1, 0, 0])
      assert.strictEqual(summary.usage.inputTokens, 0)
      assert.strictEqual(events[0]!["agentops.response.cached"], true)
      assert.isUndefined(events[0]!["gen_ai.usage.input_tokens"])
    }))

  it.effect("is nothing if the answer has been counted", () =>
    Effect.gen(function*() {
      const { events, summary } = yield* run(Effect.all([large, large, small]))
      assert.strictEqual(summary.llmCalls, 3)
      assert.strictEqual(summary.costNanos, priceOf.large + priceOf.small)
      assert.strictEqual(summary.usage.inputTokens, 2000)
      assert.deepStrictEqual(events.map((event): unknown => event["agentops.response.cached"]), [
        undefined,
        true,
        undefined
      ])
    }))

  const chunk = (content: string, more: object = {}) => ({
    id: "c",
    object: "chat.completion.chunk",
    model: "gpt-4o",
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
    ...more
  })
  const chunks = Array.from({ length: 10 }, () => chunk("abcdefgh"))

  it.effect("has an estimate of the received tokens if a stream was stopped", () =>
    Effect.gen(function*() {
      const { events, summary } = yield* run(
        pipe(Stream.fromIterable(chunks), Stream.rechunk(1), traceLlmStream, Stream.take(5), Stream.runDrain)
      )
      assert.strictEqual(events[0]!["gen_ai.usage.output_tokens"], 10)
      assert.strictEqual(events[0]!["agentops.usage.estimated"], true)
      assert.isUndefined(events[0]!["agentops.usage.cost"])
      assert.deepStrictEqual([summary.usage.outputTokens, summary.costNanos, summary.unpricedCalls], [10, 0, 1])
    }))

  it.effect("has the provider's usage if it was reported", () =>
    Effect.gen(function*() {
      const all = [...chunks, { ...chunk(""), choices: [], usage: { prompt_tokens: 9, completion_tokens: 20 } }]
      const { events } = yield* run(pipe(Stream.fromIterable(all), traceLlmStream, Stream.runDrain))
      assert.strictEqual(events[0]!["gen_ai.usage.output_tokens"], 20)
      assert.isUndefined(events[0]!["agentops.usage.estimated"])
    }))

  it.effect("has an estimate instead of the count at the start of a message", () =>
    Effect.gen(function*() {
      const message = [
        {
          type: "message_start",
          message: {
            id: "m",
            type: "message",
            role: "assistant",
            model: "claude-sonnet-4-6",
            content: [],
            usage: { input_tokens: 1000, output_tokens: 1 }
          }
        },
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        ...Array.from(
          { length: 10 },
          () => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "abcdefgh" } })
        )
      ]
      const { events, summary } = yield* run(
        pipe(Stream.fromIterable(message), Stream.rechunk(1), traceLlmStream, Stream.take(12), Stream.runDrain)
      )
      assert.strictEqual(events[0]!["gen_ai.usage.output_tokens"], 20)
      assert.strictEqual(events[0]!["agentops.usage.estimated"], true)
      assert.strictEqual(summary.costNanos, 1000 * 3000 + 20 * 15_000)
    }))
})

describe("a model that is provided inside Ai.layer", () => {
  const said = [{ type: "text", text: "Hello!" }] as never
  const parts = [{ type: "text-start", id: "1" }, { type: "text-delta", id: "1", delta: "Hello!" }, {
    type: "text-end",
    id: "1"
  }] as never
  const answer = Effect.succeed(said)
  const stream = Stream.fromIterable(parts as ReadonlyArray<never>)
  const ways: ReadonlyArray<readonly [string, Effect.Effect<never>, Stream.Stream<never>]> = [
    ["bare", answer, stream],
    [
      "with a combinator underneath",
      pipe(answer, traceLlmWith({ model: "gpt-4o", cost: 0.01 })),
      pipe(stream, traceLlmStream)
    ],
    ["with an attempt underneath", pipe(answer, traceAttempt), stream],
    [
      "with attempts that are tried again",
      pipe(answer, traceAttempt, Effect.tap(() => pipe(Effect.void, traceAttempt))),
      stream
    ]
  ]
  for (const [name, generateText, streamText] of ways) {
    const model = Layer.effect(
      LanguageModel.LanguageModel,
      LanguageModel.make({ generateText: () => generateText as never, streamText: () => streamText as never })
    )
    const inside = <A, E>(effect: Effect.Effect<A, E, LanguageModel.LanguageModel>) => Effect.provide(effect, model)
    it.effect(`${name}: is one event, with or without a stream`, () =>
      Effect.gen(function*() {
        const [summary] = yield* inside(LanguageModel.generateText({ prompt: "hi" })).pipe(
          Session.withSummary({ name: "s" })
        )
        assert.strictEqual(summary.llmCalls, 1)
        const [streamed] = yield* inside(Stream.runDrain(LanguageModel.streamText({ prompt: "hi" }))).pipe(
          Session.withSummary({ name: "s" })
        )
        assert.strictEqual(streamed.llmCalls, 1)
        const spans = yield* (yield* Exporter.Memory).spans
        assert.lengthOf(spans.filter((span) => span.name === "llm.completion"), 2)
        if (name === "with a combinator underneath") assert.strictEqual(summary.costNanos, 10_000_000)
      }).pipe(Effect.provide(Ai.layer.pipe(Layer.provideMerge(TestLive)))))
  }
})
