import type Anthropic from "@anthropic-ai/sdk"
import type { Effect, Layer, Stream } from "effect"
import * as Ai from "effect-agentops/ai"
import type { AnthropicError } from "effect-agentops/anthropic"
import { wrap as wrapAnthropic } from "effect-agentops/anthropic"
import type { OpenAiError } from "effect-agentops/openai"
import { wrap } from "effect-agentops/openai"
import type OpenAI from "openai"
import { describe, expect, it } from "tstyche"

declare const openAi: OpenAI
declare const anthropic: Anthropic

const messages = [{ role: "user" as const, content: "Hi" }]

describe("OpenAi.wrap", () => {
  const wrapped = wrap(openAi)

  it("returns the SDK's values as effects and streams", () => {
    expect(wrapped.chat.completions.create({ model: "gpt-4o", messages })).type.toBe<
      Effect.Effect<OpenAI.Chat.ChatCompletion, OpenAiError>
    >()
    expect(wrapped.chat.completions.stream({ model: "gpt-4o", messages })).type.toBe<
      Stream.Stream<OpenAI.Chat.ChatCompletionChunk, OpenAiError>
    >()
    expect(wrapped.use((client) => client.models.retrieve("gpt-4o").then((model) => model.id))).type.toBe<
      Effect.Effect<string, OpenAiError>
    >()
  })

  it("rejects the body of a stream for create", () => {
    expect(wrapped.chat.completions.create).type.not.toBeCallableWith({ model: "gpt-4o", messages, stream: true })
    expect(wrapped.chat.completions.stream).type.not.toBeCallableWith({ model: "gpt-4o" })
  })

  it("accepts OpenAI's client and no other", () => {
    expect(wrap).type.not.toBeCallableWith(anthropic)
  })
})

describe("Anthropic.wrap", () => {
  const wrapped = wrapAnthropic(anthropic)
  const body = { model: "claude-opus-4-5", max_tokens: 64, messages }

  it("returns the SDK's values as effects and streams", () => {
    expect(wrapped.messages.create(body)).type.toBe<Effect.Effect<Anthropic.Message, AnthropicError>>()
    expect(wrapped.messages.stream(body)).type.toBe<
      Stream.Stream<Anthropic.RawMessageStreamEvent, AnthropicError>
    >()
  })
})

describe("Ai.layer", () => {
  it("has no requirements and provides nothing", () => {
    expect(Ai.layer).type.toBe<Layer.Layer<never>>()
  })
})
