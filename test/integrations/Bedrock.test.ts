import * as Sdk from "@aws-sdk/client-bedrock-runtime"
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand
} from "@aws-sdk/client-bedrock-runtime"
import { assert, describe, it } from "@effect/vitest"
import { NodeHttpHandler } from "@smithy/node-http-handler"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Bedrock from "../../src/integrations/bedrock/Bedrock.ts"
import * as Message from "../../src/model/Message.ts"
import type { Answer } from "../support/llm/replayServer.ts"
import { replayServer } from "../support/llm/replayServer.ts"
import { llmOf, llmSpans, spans, TestLive } from "../support/llm/traced.ts"
import { event, exception } from "../support/providers/awsEventStream.ts"
import { conforms, read } from "../support/providers/conformance.ts"

const modelId = "eu.anthropic.claude-sonnet-4-6"

const input = { modelId, messages: [{ role: "user" as const, content: [{ text: "Hi" }] }] }

const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15 }

const answer = (content: ReadonlyArray<object>, stopReason = "end_turn") => ({
  output: { message: { role: "assistant", content } },
  stopReason,
  usage,
  metrics: { latencyMs: 1 }
})

const eventStream = { "content-type": "application/vnd.amazon.eventstream" }

const clientOf = (url: string, retries: number) =>
  new BedrockRuntimeClient({
    region: "eu-central-1",
    endpoint: url,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: retries + 1,
    // The SDK's default handler uses HTTP/2.
    requestHandler: new NodeHttpHandler()
  })

const wrapped = (answers: ReadonlyArray<Answer>) =>
  Effect.map(replayServer(answers), (server) => Bedrock.wrap(clientOf(server.url, 0)))

conforms({
  tag: "BedrockError",
  provider: "aws.bedrock",
  retries: true,
  make: (server, { retries }) => {
    const bedrock = Bedrock.wrap(clientOf(server.url, retries))
    return {
      ask: bedrock.send(new ConverseCommand(input)),
      tell: bedrock.stream(new ConverseStreamCommand(input)),
      embed: bedrock.send(
        new InvokeModelCommand({
          modelId: "amazon.titan-embed-text-v2:0",
          contentType: "application/json",
          body: JSON.stringify({ inputText: "Hi" })
        })
      ),
      lent: {
        ask: bedrock.use((client) => client.send(new ConverseCommand(input))),
        tell: (take) =>
          bedrock.use(async (client) => {
            const { stream } = await client.send(new ConverseStreamCommand(input))
            return read(stream!, take)
          })
      }
    }
  },
  asked: { model: modelId, messages: [Message.user("Hi")] },
  plain: { body: answer([{ text: "Hello you" }]) },
  streamed: {
    headers: eventStream,
    pieces: [
      event("messageStart", { role: "assistant" }),
      event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hello" } }),
      event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: " you" } }),
      event("contentBlockStop", { contentBlockIndex: 0 }),
      event("messageStop", { stopReason: "end_turn" }),
      event("metadata", { usage, metrics: { latencyMs: 1 } })
    ]
  },
  said: { text: "Hello you", finishReason: "end_turn", usage: { inputTokens: 10, outputTokens: 5 } },
  tool: {
    body: answer([{ toolUse: { toolUseId: "call_1", name: "weather", input: { city: "Bonn" } } }], "tool_use")
  },
  toolId: "call_1",
  refused: {
    status: 429,
    headers: {
      "content-type": "application/json",
      "x-amzn-errortype": "ThrottlingException",
      "x-amzn-requestid": "r-1"
    },
    body: { message: "Too many requests" }
  },
  refusal: { code: "ThrottlingException", status: 429, message: "Too many requests" },
  embedded: {
    answer: { headers: { "content-type": "application/json" }, body: { embedding: [1, 2, 3], inputTextTokenCount: 4 } },
    model: "amazon.titan-embed-text-v2:0",
    dimensions: 3,
    tokens: 4
  }
})

describe("a stream that breaks off with an exception", () => {
  it.effect("keeps its pieces and has the exception's name", () =>
    Effect.gen(function*() {
      const bedrock = yield* wrapped([{
        headers: eventStream,
        pieces: [
          event("messageStart", { role: "assistant" }),
          event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hel" } }),
          exception("modelStreamErrorException", { message: "The model broke", originalStatusCode: 500 })
        ]
      }])
      const error = yield* Effect.flip(Stream.runDrain(bedrock.stream(new ConverseStreamCommand(input))))
      assert.strictEqual(error.code, "ModelStreamErrorException")
      const [span] = yield* llmSpans
      assert.strictEqual(span!.attributes["error.type"], "ModelStreamErrorException")
      assert.deepStrictEqual(llmOf(span).outputMessages?.map(Message.toText), ["Hel"])
    }).pipe(Effect.provide(TestLive)))
})

describe("InvokeModel", () => {
  const anthropic = JSON.stringify({
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 10,
    messages: [{ role: "user", content: "Hi" }]
  })

  const message = (content: ReadonlyArray<object>) => ({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-6",
    content,
    stop_reason: "end_turn",
    usage: { input_tokens: 10, output_tokens: 5 }
  })

  it.effect("reads the body of the model's own API", () =>
    Effect.gen(function*() {
      const bedrock = yield* wrapped([{ body: message([{ type: "text", text: "Hello you" }]) }])
      yield* bedrock.send(new InvokeModelCommand({ modelId, body: anthropic }))
      const [span] = yield* llmSpans
      const { inputMessages, maxTokens, model, outputMessages, provider, usage } = llmOf(span)
      assert.deepStrictEqual({
        inputMessages,
        maxTokens,
        model,
        provider,
        usage,
        text: outputMessages?.map(Message.toText)
      }, {
        inputMessages: [Message.user("Hi")],
        maxTokens: 10,
        model: modelId,
        provider: "aws.bedrock",
        usage: { inputTokens: 10, outputTokens: 5 },
        text: ["Hello you"]
      })
    }).pipe(Effect.provide(TestLive)))

  it.effect("reads the chunks of the model's own API", () =>
    Effect.gen(function*() {
      const chunk = (body: object) => event("chunk", { bytes: Buffer.from(JSON.stringify(body)).toString("base64") })
      const bedrock = yield* wrapped([{
        headers: eventStream,
        pieces: [
          chunk({ type: "message_start", message: { ...message([]), stop_reason: null } }),
          chunk({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
          chunk({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } }),
          chunk({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } }),
          chunk({ type: "message_stop" })
        ]
      }])
      const command = new InvokeModelWithResponseStreamCommand({ modelId, body: anthropic })
      yield* Stream.runDrain(bedrock.stream(command))
      const [span] = yield* llmSpans
      assert.deepStrictEqual(llmOf(span).outputMessages?.map(Message.toText), ["Hello"])
      assert.deepStrictEqual(llmOf(span).usage, { inputTokens: 10, outputTokens: 5 })
    }).pipe(Effect.provide(TestLive)))
})

describe.runIf("ApplyGuardrailCommand" in Sdk)("a command that does not call a model", () => {
  it.effect("is sent without an event", () =>
    Effect.gen(function*() {
      const bedrock = yield* wrapped([{ body: { action: "NONE", outputs: [], assessments: [] } }, {
        body: { action: "NONE", outputs: [], assessments: [] }
      }])
      const command = () =>
        new Sdk.ApplyGuardrailCommand({ guardrailIdentifier: "g", guardrailVersion: "1", source: "INPUT", content: [] })
      assert.strictEqual((yield* bedrock.send(command())).action, "NONE")
      assert.strictEqual((yield* bedrock.use((client) => client.send(command()))).action, "NONE")
      assert.deepStrictEqual(yield* spans, [])
    }).pipe(Effect.provide(TestLive)))
})
