/** An answer that is written as the body of an API is read back as the same answer, whole and streamed. */
import { assert, describe, it } from "@effect/vitest"
import { LlmCall, LlmStream } from "../../src/index.ts"
import * as Message from "../../src/model/Message.ts"
import { chunks, serverSentEvents, whole, type WireApi, words } from "../../src/replay/internal/wire/body.ts"

const common = {
  responseModel: "a-model-1",
  responseId: "id_1",
  usage: { inputTokens: 100, outputTokens: 20, cacheReadTokens: 40, reasoningTokens: 5 }
}

const parts: Readonly<Record<string, ReadonlyArray<Message.Part>>> = {
  "a text": [Message.text("It will rain,\n  and then é😀 stop. ")],
  "a call": [Message.toolCall({ id: "call_1", name: "weather", arguments: { city: "Bonn", days: [1, 2] } })],
  "several calls": [
    Message.text("Let me look."),
    Message.toolCall({ id: "call_1", name: "weather", arguments: { city: "Bonn" } }),
    Message.toolCall({ id: "call_2", name: "time", arguments: {} })
  ],
  "reasoning": [Message.reasoning("Clouds come from the west."), Message.text("Rain.")]
}

const reasons: Readonly<Record<WireApi, ReadonlyArray<string>>> = {
  chat_completions: ["stop", "length", "tool_calls"],
  responses: ["completed", "max_output_tokens"],
  messages: ["end_turn", "max_tokens", "tool_use"]
}

const own: Readonly<Record<WireApi, object>> = {
  chat_completions: { provider: "openai", operation: "chat", apiType: "chat_completions", systemFingerprint: "fp" },
  responses: { provider: "openai", operation: "chat", apiType: "responses", temperature: 1, topP: 0.5 },
  messages: { provider: "anthropic", operation: "chat" }
}

const apis = ["chat_completions", "responses", "messages"] as const

for (const api of apis) {
  describe(api, () => {
    for (const [name, content] of Object.entries(parts)) {
      for (const finishReason of reasons[api]) {
        const facts: LlmCall.LlmCall = {
          ...common,
          ...own[api],
          finishReasons: [finishReason],
          outputMessages: [Message.output(content, { finishReason })]
        }
        it(`${name}, ${finishReason}, whole`, () => {
          const body: unknown = JSON.parse(JSON.stringify(whole(api, facts, 1_700_000_000)))
          assert.deepStrictEqual(LlmCall.readResponse(body), facts)
        })
        it(`${name}, ${finishReason}, streamed`, () => {
          const streamed = chunks(api, facts, 1_700_000_000, words)
          assert.deepStrictEqual(
            LlmStream.readChunks(JSON.parse(JSON.stringify(streamed)) as ReadonlyArray<unknown>),
            facts
          )
          // Also as the body on the wire.
          assert.deepStrictEqual(LlmStream.readChunks([serverSentEvents(api, streamed).join("")]), facts)
        })
      }
    }
  })
}

describe("the pieces of a text", () => {
  it("are the text", () => {
    for (const text of ["", " ", "a", " a  b\n", "one two", "\n\n", "a\tb"]) {
      assert.strictEqual(words(text).join(""), text)
    }
  })
})
