import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import type { ChunkReader } from "../../src/model/ChunkReader.ts"
import * as LlmCall from "../../src/model/LlmCall.ts"
import * as Message from "../../src/model/Message.ts"
import { AgentEvent } from "../../src/trace/AgentEvent.ts"
import * as Event from "../../src/trace/Event.ts"
import { LlmEvent, toFields, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as LlmStream from "../../src/trace/LlmStream.ts"
import * as Session from "../../src/trace/Session.ts"
import { ToolEvent } from "../../src/trace/ToolEvent.ts"
import { llmOf, llmSpans, spans, TestLive, toolOf, toolSpans, tree } from "../support/llm/traced.ts"

describe("a started event", () => {
  it.effect("counts for the session in which it started, with the fields added before its end", () =>
    Effect.gen(function*() {
      const [summary] = yield* Effect.gen(function*() {
        const event = yield* Event.start(LlmEvent, {
          provider: "openai",
          read: () => toFields(LlmCall.readRequest({ model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] }))
        })
        yield* TestClock.adjust("2 seconds")
        event.chunk(2)
        event.add({ usage: { inputTokens: 3, outputTokens: 1 }, provider: "other" })
        event.end()
        event.add({ responseId: "too late" })
        event.fail(new Error("too late"))
      }).pipe(Session.withSummary({ name: "s" }))
      assert.strictEqual(summary.llmCalls, 1)
      assert.strictEqual(summary.usage.inputTokens, 3)
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      const { inputMessages, model, provider, responseId, timeToFirstChunk, usage } = llmOf(span)
      assert.deepStrictEqual({ inputMessages, model, provider, responseId, timeToFirstChunk, usage }, {
        inputMessages: [Message.user("Hi")],
        model: "gpt-4o",
        provider: "openai",
        responseId: undefined,
        timeToFirstChunk: 2,
        usage: { inputTokens: 3, outputTokens: 1 }
      })
      assert.strictEqual(span!.status.code, "unset")
    }).pipe(Effect.provide(TestLive)))

  it.effect("is the parent of spans in its context, from effects and callbacks", () =>
    Effect.gen(function*() {
      const agent = yield* Event.start(AgentEvent, { name: "planner" })
      const tool = Event.startUnsafe(agent.context, ToolEvent, { name: "search" })
      yield* Effect.provideContext(Effect.withSpan(Effect.void, "inside"), tool.context)
      tool.end()
      agent.end()
      assert.deepStrictEqual(yield* tree, ["agent.run", "  agent.tool", "    tool.execution", "      inside"])
    }).pipe(Effect.provide(TestLive)))

  it.effect("that is learnt of later has its own times, and no other", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("10 seconds")
      const context = yield* Effect.context()
      const started = [2_000_000_000n, -1n, 1n << 80n].map((startTime) =>
        Event.startUnsafe(context, LlmEvent, { model: "gpt-4o", startTime })
      )
      started[0]!.chunk()
      started[0]!.end(Exit.void, 12_000_000_000n)
      started[1]!.end(Exit.void, 1n)
      started[2]!.fail(new RangeError("far"), "soon" as never)
      assert.strictEqual(llmOf((yield* llmSpans)[0]).timeToFirstChunk, 8)
      assert.deepStrictEqual((yield* llmSpans).map(({ endTime, startTime }) => [startTime, endTime]), [
        [2_000_000_000n, 12_000_000_000n],
        [10_000_000_000n, 10_000_000_000n],
        [10_000_000_000n, 10_000_000_000n]
      ])
      const attempt = (yield* spans).find(({ name }) => name === "llm.api.call")
      assert.deepStrictEqual([attempt!.startTime, attempt!.endTime], [2_000_000_000n, 12_000_000_000n])
    }).pipe(Effect.provide(TestLive)))

  it.effect("has an attempt for each try", () =>
    Effect.gen(function*() {
      const event = yield* Event.start(ToolEvent, { name: "search" })
      event.endAttempt(new RangeError("no"))
      event.nextAttempt()
      event.end()
      const attempts = (yield* spans).filter(({ name }) => name === "tool.execution")
      assert.deepStrictEqual<unknown>(attempts.map((span) => [span.status.code, span.attributes["error.type"]]), [
        ["error", "RangeError"],
        ["unset", undefined]
      ])
    }).pipe(Effect.provide(TestLive)))

  it.effect("fails with the API's own code, and an aborted event has not failed", () =>
    Effect.gen(function*() {
      const ended = (end: (event: Event.StartedEvent) => void) =>
        Effect.map(Event.start(ToolEvent, { name: "t" }), (event) => end(event))
      yield* ended((event) => event.fail({ status: 429, code: "rate_limit_exceeded", message: "Slow down" }))
      yield* ended((event) => event.fail(new DOMException("stop", "AbortError")))
      yield* ended((event) => event.unsuccessful("tool_error"))
      yield* ended((event) => event.end(Exit.fail(new RangeError("far"))))
      assert.deepStrictEqual<unknown>(
        (yield* toolSpans).map((span) => [span.status.code, span.attributes["error.type"]]),
        [["error", "rate_limit_exceeded"], ["unset", undefined], ["error", "tool_error"], ["error", "RangeError"]]
      )
    }).pipe(Effect.provide(TestLive)))

  it.effect("that is a model call inside a model call is an attempt at it", () =>
    Effect.gen(function*() {
      yield* Effect.flatMap(Event.start(LlmEvent, { provider: "openai" }), (inner) =>
        Effect.sync(() => {
          inner.add({ responseModel: "gpt-4o-2024-08-06" })
          inner.end()
        })).pipe(traceLlmWith({ model: "gpt-4o" }))
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.strictEqual(llmOf(span).responseModel, "gpt-4o-2024-08-06")
    }).pipe(Effect.provide(TestLive)))

  it.effect("ignores exceptions of read, and does nothing if nothing is traced", () =>
    Effect.gen(function*() {
      const read = () => {
        throw new Error("boom")
      }
      const event = yield* Event.start(ToolEvent, { name: "t", read })
      event.end()
      assert.deepStrictEqual((yield* toolSpans).map(toolOf), [{ name: "t" }])
      let asked = false
      const untraced = yield* Event.start(ToolEvent, { name: "t", read: () => ({ description: String(asked = true) }) })
        .pipe(Effect.provideService(References.TracerEnabled, false))
      untraced.chunk()
      untraced.end()
      assert.isFalse(untraced.isTraced)
      assert.isFalse(asked)
      assert.lengthOf(yield* toolSpans, 1)
    }).pipe(Effect.provide(TestLive)))
})

/** Chunks of an unknown API. */
const letters = async function*(text: string) {
  for (const letter of text) yield { letter }
}

const spelling = (): ChunkReader => {
  let text = ""
  return {
    add: (chunk) => {
      const { letter } = chunk as { readonly letter: string }
      if (letter === "!") throw new Error("cannot read that")
      text += letter
    },
    facts: () => ({ responseModel: "speller", outputMessages: [Message.output([Message.text(text)])] }),
    errorType: () => text === "err" ? "spelled_out" : undefined
  }
}

describe("observe", () => {
  const spelled = (text: string, take = Infinity) =>
    Effect.gen(function*() {
      const event = yield* Event.start(LlmEvent)
      return yield* Effect.promise(async () => {
        let seen = ""
        for await (const { letter } of LlmStream.observe(event, letters(text), { reader: spelling })) {
          seen += letter
          if (seen.length >= take) break
        }
        return seen
      })
    })

  it.effect("reads the chunks of any provider, and ends the event with them", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* spelled("Hi!"), "Hi!")
      assert.strictEqual(yield* spelled("Hello", 2), "He")
      yield* spelled("err")
      const [whole, left, failed] = yield* llmSpans
      assert.deepStrictEqual(llmOf(whole).outputMessages?.map(Message.toText), ["Hi"])
      assert.strictEqual(llmOf(whole).streamOutcome, "drained")
      assert.deepStrictEqual(llmOf(left).outputMessages?.map(Message.toText), ["He"])
      assert.strictEqual(llmOf(left).streamOutcome, "let_go")
      assert.strictEqual(failed!.attributes["error.type"], "spelled_out")
      assert.strictEqual(failed!.status.code, "error")
    }).pipe(Effect.provide(TestLive)))

  it.effect("a custom reader works with traceAsyncIterable and with chunk", () =>
    Effect.gen(function*() {
      const enveloped = async function*() {
        for await (const payload of letters("ok")) yield { payload }
      }
      const traced = yield* Effect.succeed(enveloped()).pipe(
        LlmStream.traceAsyncIterable({ reader: spelling, chunk: (element) => element.payload })
      )
      yield* Effect.promise(async () => {
        for await (const _ of traced);
      })
      const [span] = yield* llmSpans
      assert.deepStrictEqual(llmOf(span).outputMessages?.map(Message.toText), ["ok"])
    }).pipe(Effect.provide(TestLive)))
})
