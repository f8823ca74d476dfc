/** Reads each recording through each path that applies. All paths give the same event. */
import Anthropic from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as LanguageModel from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as Telemetry from "effect/ai/Telemetry"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import OpenAI from "openai"
import * as Ai from "../../src/integrations/ai/Ai.ts"
import * as AnthropicModule from "../../src/integrations/anthropic/Anthropic.ts"
import * as OpenAi from "../../src/integrations/openai/OpenAi.ts"
import * as Message from "../../src/model/Message.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceAsyncIterable, traceLlmStreamWith } from "../../src/trace/LlmStream.ts"
import type { Recording } from "../support/llm/recordings.ts"
import { eventsOf, recordings } from "../support/llm/recordings.ts"
import { replayServer } from "../support/llm/replayServer.ts"
import { llmOf, llmSpans, TestLive } from "../support/llm/traced.ts"

// oxlint-disable typescript/no-explicit-any -- raw payloads are read as they are, apart from the code under test

/** The facts about which all paths must agree. */
const row = (event: ReturnType<typeof llmOf>) => ({
  model: event.model,
  answeredBy: event.responseModel,
  id: event.responseId,
  input: event.usage?.inputTokens,
  output: event.usage?.outputTokens,
  asked: event.inputMessages?.map(Message.toText).join("\n"),
  said: event.outputMessages?.map(Message.toText).join("\n"),
  calls: event.outputMessages?.flatMap((message) =>
    message.parts.filter(Message.isPart("tool_call")).map((call) => `${call.name}(${JSON.stringify(call.arguments)})`)
  ).join(", "),
  finish: event.finishReasons?.join()
})

type Row = ReturnType<typeof row>

/** The facts of a recording, read independently of the code under test. */
const recorded = ({ request, response }: Recording): Row => {
  const chunks: ReadonlyArray<any> = response.stream ? eventsOf(response.body) : [JSON.parse(response.body)]
  const [first] = chunks
  const choice = first.choices?.[0]
  const message = choice?.message ?? {}
  const calls = [
    ...message.tool_calls?.map((call: any) => call.function) ?? [],
    ...message.function_call === undefined ? [] : [message.function_call]
  ]
  const usage = first.message?.usage ?? first.usage
  const lastUsage = chunks.findLast((chunk) => chunk.usage)?.usage ?? usage
  const asked: any = request
  return {
    model: asked.model,
    answeredBy: first.message?.model ?? first.model,
    id: first.message?.id ?? first.id,
    input: usage?.input_tokens ?? usage?.prompt_tokens,
    output: lastUsage?.output_tokens ?? lastUsage?.completion_tokens,
    asked: asked.prompt ?? asked.input ?? asked.messages[0].content,
    said: response.stream
      ? chunks.map((chunk) => chunk.delta?.text ?? chunk.choices?.[0]?.delta?.content ?? chunk.choices?.[0]?.text ?? "")
        .join("")
      : message.content ?? first.content?.[0].text ?? first.output?.[0].content[0].text ?? "",
    calls: calls.map((call: any) => `${call.name}(${JSON.stringify(JSON.parse(call.arguments))})`).join(", "),
    finish: chunks.map((chunk) => chunk.delta?.stop_reason ?? chunk.choices?.[0]?.finish_reason ?? chunk.stop_reason)
      .findLast((reason) => reason) ?? first.status
  }
}

const streamOf = (recording: Recording) => {
  const { stream: _, ...body } = recording.request
  return body as never
}

type Run = (recording: Recording) => Effect.Effect<unknown, unknown, any>

const sdk = (recording: Recording) =>
  Effect.map(replayServer(), ({ url }) => ({
    openai: OpenAi.wrap(new OpenAI({ apiKey: "test", baseURL: `${url}/v1`, maxRetries: 0 })),
    anthropic: AnthropicModule.wrap(new Anthropic({ apiKey: "test", baseURL: url, maxRetries: 0 })),
    endpoint: recording.path.replace("/v1/", "") as "chat/completions" | "completions" | "responses" | "messages"
  }))

/** A call with the SDK's client. */
const promised = (client: OpenAI | Anthropic, recording: Recording): Promise<any> => {
  const body = recording.request as never
  if ("messages" in client) return Promise.resolve(client.messages.create(body))
  switch (recording.path) {
    case "/v1/responses":
      return Promise.resolve(client.responses.create(body))
    case "/v1/completions":
      return Promise.resolve(client.completions.create(body))
  }
  return Promise.resolve(client.chat.completions.create(body))
}

const drain = async (answer: any) => {
  if (answer[Symbol.asyncIterator] !== undefined) { for await (const _ of answer) void _ }
}

const throughSdk: Run = (recording) =>
  Effect.gen(function*() {
    const { anthropic, endpoint, openai } = yield* sdk(recording)
    const body = recording.request as never
    const { stream } = recording.response
    switch (endpoint) {
      case "messages":
        return yield* stream
          ? Stream.runDrain(anthropic.messages.stream(streamOf(recording)))
          : Effect.asVoid(anthropic.messages.create(body))
      case "responses":
        return yield* Effect.asVoid(openai.responses.create(body))
      case "completions":
        return yield* Stream.runDrain(openai.completions.stream(streamOf(recording)))
      case "chat/completions":
        return yield* stream
          ? Stream.runDrain(openai.chat.completions.stream(streamOf(recording)))
          : Effect.asVoid(openai.chat.completions.create(body))
    }
  })

const throughUse: Run = (recording) =>
  Effect.gen(function*() {
    const { anthropic, endpoint, openai } = yield* sdk(recording)
    yield* endpoint === "messages"
      ? anthropic.use(async (client) => drain(await promised(client, recording)))
      : openai.use(async (client) => drain(await promised(client, recording)))
  })

/** A provider for `effect/ai` with the recorded answers. */
const throughEffectAi: Run = (recording) => {
  const is = recorded(recording)
  const reasons: Record<string, Response.FinishReason> = {
    end_turn: "stop",
    completed: "stop",
    tool_calls: "tool-calls",
    function_call: "tool-calls"
  }
  const metadata = {
    type: "response-metadata",
    id: is.id,
    modelId: is.answeredBy,
    timestamp: "2026-11-22T00:00:00Z",
    request: undefined
  } as const
  const finish = {
    type: "finish",
    reason: reasons[is.finish!] ?? is.finish as Response.FinishReason,
    usage: {
      inputTokens: { uncached: undefined, total: is.input, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: is.output, text: undefined, reasoning: undefined }
    },
    response: undefined
  } as const
  const [, name, params] = /^(\w+)\((.*)\)$/.exec(is.calls!) ?? []
  const answer = name === undefined
    ? { type: "text", text: is.said! } as const
    : { type: "tool-call", id: "call_1", name, params: JSON.parse(params!) } as const
  const parameters = Schema.Record(Schema.String, Schema.String)
  const toolkit = Toolkit.make(Tool.make(name ?? "none", { parameters, success: Schema.String }))
  const write = (span: LanguageModel.ProviderOptions["span"]) =>
    Telemetry.addGenAIAnnotations(span, { request: { model: is.model! } } as never)
  const ModelLive = Layer.effect(
    LanguageModel.LanguageModel,
    LanguageModel.make({
      generateText: ({ span }) =>
        Effect.sync(() => {
          write(span)
          return [metadata, answer, finish]
        }),
      streamText: ({ span }) =>
        Stream.suspend(() => {
          write(span)
          return Stream.make<ReadonlyArray<Response.StreamPartEncoded>>(
            metadata,
            { type: "text-start", id: "1" },
            { type: "text-delta", id: "1", delta: is.said!.slice(0, 9) },
            { type: "text-delta", id: "1", delta: is.said!.slice(9) },
            { type: "text-end", id: "1" },
            finish
          )
        })
    })
  )
  return (recording.response.stream
    ? Stream.runDrain(LanguageModel.streamText({ prompt: is.asked! }))
    : LanguageModel.generateText({ prompt: is.asked!, toolkit })).pipe(
      Effect.provide(
        Ai.layer.pipe(
          Layer.provideMerge(
            Layer.mergeAll(ModelLive, toolkit.toLayer({ [name ?? "none"]: () => Effect.succeed("done") }))
          )
        )
      )
    )
}

const paths: ReadonlyArray<readonly [name: string, applies: (recording: Recording) => boolean, run: Run]> = [
  [
    "traceLlmWith",
    ({ response }) => !response.stream,
    ({ request, response }) => traceLlmWith(Effect.sync(() => JSON.parse(response.body)), { request })
  ],
  [
    "traceLlmStreamWith, chunks",
    ({ response }) => response.stream,
    ({ request, response }) =>
      Stream.fromIterable(eventsOf(response.body)).pipe(traceLlmStreamWith({ request }), Stream.runDrain)
  ],
  [
    "traceLlmStreamWith, bytes",
    ({ response }) => response.stream,
    ({ request, response }) =>
      Stream.make(new TextEncoder().encode(response.body)).pipe(traceLlmStreamWith({ request }), Stream.runDrain)
  ],
  [
    "traceAsyncIterable",
    ({ response }) => response.stream,
    ({ request, response }) =>
      Effect.sync(() =>
        (async function*() {
          yield* eventsOf(response.body)
        })()
      ).pipe(
        traceAsyncIterable({ request }),
        Effect.flatMap((chunks) => Effect.promise(() => drain(chunks)))
      )
  ],
  ["the SDK, as effects", () => true, throughSdk],
  ["the SDK, as promises", () => true, throughUse],
  ["effect/ai", () => true, throughEffectAi]
]

/** The finish reasons of `effect/ai`. */
const inEffectsWords: Readonly<Record<string, string>> = {
  end_turn: "stop",
  completed: "stop",
  function_call: "tool_calls"
}

describe("each recording through each path", () => {
  for (const recording of recordings) {
    describe(recording.name, () => {
      for (const [name, applies, run] of paths) {
        if (!applies(recording)) continue
        it.effect(name, () =>
          Effect.gen(function*() {
            yield* Effect.scoped(run(recording) as Effect.Effect<unknown, unknown>)
            const [span, ...more] = yield* llmSpans
            assert.deepStrictEqual(more, [])
            const expected = recorded(recording)
            const finish = expected.finish!
            assert.deepStrictEqual(row(llmOf(span)), {
              ...expected,
              finish: name === "effect/ai" ? inEffectsWords[finish] ?? finish : finish
            })
          }).pipe(Effect.provide(TestLive)))
      }
    })
  }
})
