/**
 * The wrappers whose types come from the given client.
 */
import type * as AwsSdk from "@aws-sdk/client-bedrock-runtime"
import type * as Google from "@google/genai"
import type { Mistral as MistralSdk } from "@mistralai/mistralai"
import type * as MistralModels from "@mistralai/mistralai/models/components"
import type { Cohere as CohereModels, CohereClientV2 } from "cohere-ai"
import type { Effect, Stream } from "effect"
import * as Bedrock from "effect-agentops/bedrock"
import * as Cohere from "effect-agentops/cohere"
import * as GoogleGenAi from "effect-agentops/google-genai"
import * as Groq from "effect-agentops/groq"
import * as Mistral from "effect-agentops/mistral"
import * as Ollama from "effect-agentops/ollama"
import type GroqSdk from "groq-sdk"
import type * as OllamaSdk from "ollama"
import { describe, expect, it } from "tstyche"

declare const google: Google.GoogleGenAI
declare const aws: AwsSdk.BedrockRuntimeClient
declare const mistral: MistralSdk
declare const cohere: CohereClientV2
declare const ollama: OllamaSdk.Ollama
declare const groq: GroqSdk

const messages = [{ role: "user" as const, content: "Hi" }]

describe("GoogleGenAi.wrap", () => {
  const { chats, interactions, models, use } = GoogleGenAi.wrap(google)
  const body = { model: "gemini-2.5-flash", contents: "Hi" }

  it("returns the SDK's values as effects and streams", () => {
    expect(models.generateContent(body)).type.toBe<
      Effect.Effect<Google.GenerateContentResponse, GoogleGenAi.GoogleGenAiError>
    >()
    expect(models.generateContentStream(body)).type.toBe<
      Stream.Stream<Google.GenerateContentResponse, GoogleGenAi.GoogleGenAiError>
    >()
    expect(models.embedContent(body)).type.toBe<
      Effect.Effect<Google.EmbedContentResponse, GoogleGenAi.GoogleGenAiError>
    >()
    expect(chats.create({ model: "gemini-2.5-flash" }).sendMessage({ message: "Hi" })).type.toBe<
      Effect.Effect<Google.GenerateContentResponse, GoogleGenAi.GoogleGenAiError>
    >()
    expect(use((client) => client.models.countTokens(body))).type.toBe<
      Effect.Effect<Google.CountTokensResponse, GoogleGenAi.GoogleGenAiError>
    >()
  })

  it("accepts the SDK's parameters and no others", () => {
    expect(models.generateContent).type.not.toBeCallableWith({ model: "gemini-2.5-flash" })
    expect(models.generateContent).type.not.toBeCallableWith({ ...body, temperature: 1 })
    expect(interactions.create).type.not.toBeCallableWith({ model: "gemini-2.5-flash", input: "Hi", stream: true })
    expect(GoogleGenAi.wrap).type.not.toBeCallableWith(google, { vendor: "google" })
    expect(GoogleGenAi.wrap).type.not.toBeCallableWith(groq)
  })
})

describe("Bedrock.wrap", () => {
  const { send, stream, use } = Bedrock.wrap(aws)

  it("returns the output of the command, or the events of its stream", () => {
    expect(send({} as AwsSdk.ConverseCommand)).type.toBe<
      Effect.Effect<AwsSdk.ConverseCommandOutput, Bedrock.BedrockError>
    >()
    expect(stream({} as AwsSdk.ConverseStreamCommand)).type.toBe<
      Stream.Stream<AwsSdk.ConverseStreamOutput, Bedrock.BedrockError>
    >()
    expect(stream({} as AwsSdk.InvokeModelWithResponseStreamCommand)).type.toBe<
      Stream.Stream<AwsSdk.ResponseStream, Bedrock.BedrockError>
    >()
    expect(use((client) => client.config.region())).type.toBe<Effect.Effect<string, Bedrock.BedrockError>>()
  })

  it("rejects a command without a stream, and other clients", () => {
    expect(stream).type.not.toBeCallableWith({} as AwsSdk.ConverseCommand)
    expect(send).type.not.toBeCallableWith({} as AwsSdk.ConverseCommand, { signal: new AbortController().signal })
    expect(Bedrock.wrap).type.not.toBeCallableWith(groq)
  })
})

describe("Mistral.wrap", () => {
  const { chat, embeddings } = Mistral.wrap(mistral)
  const body = { model: "mistral-small-latest", messages }

  it("returns the SDK's values as effects and streams", () => {
    expect(chat.complete(body)).type.toBe<
      Effect.Effect<MistralModels.ChatCompletionResponse, Mistral.MistralError>
    >()
    expect(chat.stream(body)).type.toBe<Stream.Stream<MistralModels.CompletionEvent, Mistral.MistralError>>()
    expect(embeddings.create({ model: "mistral-embed", inputs: ["Hi"] })).type.toBe<
      Effect.Effect<MistralModels.EmbeddingResponse, Mistral.MistralError>
    >()
  })

  it("accepts the SDK's parameters and no others", () => {
    expect(chat.complete).type.not.toBeCallableWith({ model: "mistral-small-latest" })
    expect(chat.complete).type.not.toBeCallableWith({ ...body, max_tokens: 1 })
    expect(Mistral.wrap).type.not.toBeCallableWith(groq)
  })
})

describe("Cohere.wrap", () => {
  const { chat, chatStream, embed } = Cohere.wrap(cohere)
  const body = { model: "command-a-03-2025", messages }

  it("returns the SDK's values as effects and streams", () => {
    expect(chat(body)).type.toBe<Effect.Effect<CohereModels.V2ChatResponse, Cohere.CohereError>>()
    expect(chatStream(body)).type.toBe<Stream.Stream<CohereModels.V2ChatStreamResponse, Cohere.CohereError>>()
    expect(embed({ model: "embed-v4.0", inputType: "search_query", texts: ["Hi"] })).type.toBe<
      Effect.Effect<CohereModels.EmbedByTypeResponse, Cohere.CohereError>
    >()
  })

  it("accepts the SDK's parameters and no others", () => {
    expect(chat).type.not.toBeCallableWith({ messages })
    expect(chat).type.not.toBeCallableWith({ ...body, max_tokens: 1 })
    expect(Cohere.wrap).type.not.toBeCallableWith(groq)
  })
})

describe("Ollama.wrap", () => {
  const { chat, chatStream, embed, generateStream } = Ollama.wrap(ollama)
  const body = { model: "llama3.3", messages }

  it("returns the SDK's values as effects and streams", () => {
    expect(chat(body)).type.toBe<Effect.Effect<OllamaSdk.ChatResponse, Ollama.OllamaError>>()
    expect(chatStream(body)).type.toBe<Stream.Stream<OllamaSdk.ChatResponse, Ollama.OllamaError>>()
    expect(generateStream({ model: "llama3.3", prompt: "Hi" })).type.toBe<
      Stream.Stream<OllamaSdk.GenerateResponse, Ollama.OllamaError>
    >()
    expect(embed({ model: "nomic-embed-text", input: "Hi" })).type.toBe<
      Effect.Effect<OllamaSdk.EmbedResponse, Ollama.OllamaError>
    >()
  })

  it("accepts the SDK's parameters and no others", () => {
    expect(chat).type.not.toBeCallableWith({ messages })
    expect(chat).type.not.toBeCallableWith({ ...body, stream: true })
    expect(Ollama.wrap).type.not.toBeCallableWith(groq)
  })
})

describe("Groq.wrap", () => {
  const { chat, embeddings } = Groq.wrap(groq)
  const body = { model: "llama-3.3-70b-versatile", messages }

  it("returns the SDK's values as effects and streams", () => {
    expect(chat.completions.create(body)).type.toBe<Effect.Effect<GroqSdk.Chat.ChatCompletion, Groq.GroqError>>()
    expect(chat.completions.stream(body)).type.toBe<Stream.Stream<GroqSdk.Chat.ChatCompletionChunk, Groq.GroqError>>()
    expect(embeddings.create({ model: "nomic-embed-text-v1_5", input: "Hi" })).type.toBe<
      Effect.Effect<GroqSdk.CreateEmbeddingResponse, Groq.GroqError>
    >()
  })

  it("accepts the SDK's parameters and no others", () => {
    expect(chat.completions.create).type.not.toBeCallableWith({ ...body, stream: true })
    expect(chat.completions.create).type.not.toBeCallableWith({ messages })
    expect(Groq.wrap).type.not.toBeCallableWith(ollama)
  })
})
