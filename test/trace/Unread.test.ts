/** A call whose answer could not be read is marked. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import { traceLlm, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceLlmStream, traceLlmStreamWith } from "../../src/trace/LlmStream.ts"
import { llmSpans, TestLive } from "../support/llm/traced.ts"

const known = {
  object: "chat.completion",
  model: "gpt-4o",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }]
}

const own = { text: "Hi", tokens: 3 }

const chunk = { object: "chat.completion.chunk", model: "gpt-4o", choices: [{ index: 0, delta: { content: "Hi" } }] }

type Row = readonly [name: string, call: Effect.Effect<unknown, string>, unread: true | undefined]

const rows: ReadonlyArray<Row> = [
  ["a value of one's own", pipe(Effect.succeed(own), traceLlm), true],
  ["a text", pipe(Effect.succeed("Hi"), traceLlm), true],
  ["no value", pipe(Effect.void, traceLlm), true],
  ["a request alone", pipe(Effect.succeed(own), traceLlmWith({ request: { model: "m", messages: [] } })), true],
  ["a place where there is no answer", pipe(Effect.succeed(own), traceLlmWith({ response: ({ text }) => text })), true],
  ["an answer of an API", pipe(Effect.succeed(known), traceLlm), undefined],
  ["an answer in its place", pipe(Effect.succeed({ known }), traceLlmWith({ response: (at) => at.known })), undefined],
  [
    "usage from the value",
    pipe(Effect.succeed(own), traceLlmWith({ usage: ({ tokens }) => ({ inputTokens: 1, outputTokens: tokens }) })),
    undefined
  ],
  [
    "usage that is known",
    pipe(Effect.succeed(own), traceLlmWith({ usage: { inputTokens: 1, outputTokens: 3 } })),
    undefined
  ],
  ["a cost that is known", pipe(Effect.succeed(own), traceLlmWith({ cost: 0.01 })), undefined],
  ["a failure", pipe(Effect.fail("no"), traceLlm), undefined],
  ["chunks of one's own", Stream.runDrain(pipe(Stream.make("Hel", "lo"), traceLlmStream)), true],
  ["chunks of an API", Stream.runDrain(pipe(Stream.make(chunk), traceLlmStream)), undefined],
  [
    "a stream with usage",
    Stream.runDrain(pipe(Stream.make("Hi"), traceLlmStreamWith({ usage: { inputTokens: 1, outputTokens: 1 } }))),
    undefined
  ],
  [
    "a stream that is let go",
    Stream.runDrain(Stream.take(pipe(Stream.make("Hel", "lo"), traceLlmStream), 1)),
    undefined
  ]
]

describe("agentops.response.unread", () => {
  // First, because the log line comes once in the process.
  it.effect("is reported in one debug log for any number of calls", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return Effect.gen(function*() {
      yield* Effect.replicateEffect(pipe(Effect.succeed(own), traceLlm), 3)
      assert.lengthOf(lines.filter((line) => line.includes("nothing was read off the answer")), 1)
    }).pipe(
      Effect.provide(Layer.mergeAll(TestLive, Logger.layer([logger]))),
      Effect.provideService(References.MinimumLogLevel, "Debug")
    )
  })

  it.effect.each(rows)("%s", ([, call, unread]) =>
    Effect.gen(function*() {
      yield* Effect.exit(call)
      const [span] = yield* llmSpans
      assert.strictEqual(span!.attributes["agentops.response.unread"], unread)
    }).pipe(Effect.provide(TestLive)))
})
