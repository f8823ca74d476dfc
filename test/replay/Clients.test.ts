/**
 * Calls of the official clients and of `effect/ai` are replayed: the client receives the same answers, without a
 * network.
 */
import Anthropic from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Option, pipe, Schema, Stream } from "effect"
import { LanguageModel, type Response as AiResponse, Tool, Toolkit } from "effect/ai"
import OpenAI from "openai"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Ai from "../../src/integrations/ai/Ai.ts"
import * as Anthropics from "../../src/integrations/anthropic/Anthropic.ts"
import * as OpenAis from "../../src/integrations/openai/OpenAi.ts"
import { Replay } from "../../src/replay/index.ts"
import { Expectation, SpanTree, TestTracing } from "../../src/testing/index.ts"
import type { Answer } from "../support/llm/replayServer.ts"
import { replayServer } from "../support/llm/replayServer.ts"

const withoutStream = (spans: ReadonlyArray<SpanData>) =>
  spans.map((span) => {
    const { "http.response.status_code": _, ...attributes } = span.attributes
    return { ...span, attributes }
  })

const sameTree = (recorded: ReadonlyArray<SpanData>, replayed: ReadonlyArray<SpanData>) =>
  Expectation.assert(
    withoutStream(replayed),
    Expectation.exactly(Expectation.inOrder(...SpanTree.make(withoutStream(recorded)).map(Expectation.of)))
  )

/** Records a program against a server, and runs it again with the server stopped. */
const twice = <A, E>(program: (url: string) => Effect.Effect<A, E>, answers: ReadonlyArray<Answer>) =>
  Effect.gen(function*() {
    const recording = yield* Effect.scoped(Effect.gen(function*() {
      const server = yield* replayServer(answers)
      const traced = yield* TestTracing.run(program(server.url))
      return { ...traced, url: server.url, requests: server.seen.length }
    }))
    const again = yield* TestTracing.run(
      Effect.gen(function*() {
        const exit = yield* Effect.exit(program(recording.url))
        const { difference, remaining } = yield* Replay.Replay
        assert.deepStrictEqual((yield* remaining).map(({ name }) => name), [])
        return [exit, yield* difference] as const
      }).pipe(Effect.provide(Replay.layer(recording.spans)))
    )
    if (Exit.isFailure(again.exit)) return assert.fail(String(again.exit))
    const [exit, difference] = again.exit.value
    assert.isUndefined(Option.getOrUndefined(difference)?.message)
    sameTree(recording.spans, again.spans)
    return { first: recording.exit, second: exit, requests: recording.requests, spans: again.spans }
  })

const sse = (chunks: ReadonlyArray<object>) =>
  chunks.map((chunk) => `${"type" in chunk ? `event: ${String(chunk.type)}\n` : ""}data: ${JSON.stringify(chunk)}\n\n`)
    .join("")

describe("OpenAI's client", () => {
  const client = (url: string) => OpenAis.wrap(new OpenAI({ apiKey: "test", baseURL: `${url}/v1`, maxRetries: 2 }))
  const body = { model: "gpt-4o", messages: [{ role: "user" as const, content: "Hi" }] }
  const completion = {
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "gpt-4o-2024-08-06",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }
  }
  const busy: Answer = {
    status: 429,
    headers: { "retry-after-ms": "1" },
    body: { error: { message: "Slow down", type: "requests", code: "rate_limit_exceeded", param: null } }
  }

  it.live("a completion after a refused one", () =>
    Effect.gen(function*() {
      const { first, requests, second } = yield* twice(
        (url) =>
          client(url).chat.completions.create(body).pipe(
            Effect.map(({ choices, id, usage }) => [choices[0]?.message.content, id, usage?.total_tokens])
          ),
        [busy, { body: completion }]
      )
      assert.deepStrictEqual(first, Exit.succeed(["Hello", "chatcmpl-1", 7]))
      assert.deepStrictEqual(second, first)
      assert.strictEqual(requests, 2)
    }))

  it.live("a call that failed for good", () =>
    Effect.gen(function*() {
      const { first, second } = yield* twice(
        (url) =>
          Effect.flip(client(url).chat.completions.create(body)).pipe(
            Effect.map(({ code, message, status }) => ({ code, message, status }))
          ),
        [busy, busy, busy]
      )
      assert.deepStrictEqual(
        first,
        Exit.succeed({ code: "rate_limit_exceeded", message: "429 Slow down", status: 429 })
      )
      assert.deepStrictEqual(second, first)
    }))

  it.live("a stream of chunks", () =>
    Effect.gen(function*() {
      const chunk = (delta: object, finish_reason: string | null = null) => ({
        id: "c1",
        object: "chat.completion.chunk",
        model: "gpt-4o-1",
        choices: [{ index: 0, delta, finish_reason }]
      })
      const { first, second } = yield* twice(
        (url) =>
          client(url).chat.completions.stream(body).pipe(
            Stream.map(({ choices: [choice] }) => choice?.delta.content ?? ""),
            Stream.mkString
          ),
        [{
          body: `${
            sse([
              chunk({ role: "assistant", content: "" }),
              chunk({ content: "Hel" }),
              chunk({ content: "lo you" }),
              chunk({}, "stop")
            ])
          }data: [DONE]\n\n`
        }]
      )
      assert.deepStrictEqual(first, Exit.succeed("Hello you"))
      assert.deepStrictEqual(second, first)
    }))

  it.live("a response with a call of a function", () =>
    Effect.gen(function*() {
      const { first, second } = yield* twice(
        (url) =>
          client(url).responses.create({ model: "gpt-4o", input: "Weather?" }).pipe(
            Effect.map(({ output, output_text }) => [output.map(({ type }) => type), output_text])
          ),
        [{
          body: {
            id: "resp_1",
            object: "response",
            created_at: 1,
            status: "completed",
            model: "gpt-4o-1",
            output: [
              {
                type: "message",
                id: "msg_1",
                role: "assistant",
                status: "completed",
                content: [{ type: "output_text", text: "Look.", annotations: [] }]
              },
              {
                type: "function_call",
                id: "fc_1",
                call_id: "call_1",
                name: "weather",
                arguments: "{\"city\":\"Bonn\"}",
                status: "completed"
              }
            ],
            usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 }
          }
        }]
      )
      assert.deepStrictEqual(first, Exit.succeed([["message", "function_call"], "Look."]))
      assert.deepStrictEqual(second, first)
    }))

  it.live("a wrapped client, and its runner of tools", () =>
    Effect.gen(function*() {
      let ran = 0
      const call = { id: "call_1", type: "function", function: { name: "weather", arguments: "{\"city\":\"Bonn\"}" } }
      const { first, second } = yield* twice(
        (url) =>
          client(url).use((openai) =>
            openai.chat.completions.runTools({
              ...body,
              tools: [{
                type: "function",
                function: {
                  name: "weather",
                  description: "Weather",
                  parse: JSON.parse,
                  parameters: { type: "object" },
                  function: (_: object) => (ran++, "rain")
                }
              }]
            }).finalContent()
          ),
        [
          {
            body: {
              ...completion,
              choices: [{
                index: 0,
                message: { role: "assistant", content: null, tool_calls: [call] },
                finish_reason: "tool_calls"
              }]
            }
          },
          {
            body: {
              ...completion,
              choices: [{ index: 0, message: { role: "assistant", content: "Rain." }, finish_reason: "stop" }]
            }
          }
        ]
      )
      assert.deepStrictEqual(first, Exit.succeed("Rain."))
      assert.deepStrictEqual(second, first)
      // Once, during the recording.
      assert.strictEqual(ran, 1)
    }))

  it.live("a changed prompt is a difference, and no request is made", () =>
    Effect.gen(function*() {
      const { spans } = yield* Effect.scoped(Effect.flatMap(replayServer([{ body: completion }]), (server) =>
        TestTracing.run(client(server.url).chat.completions.create(body))))
      const requests: Array<unknown> = []
      const openai = OpenAis.wrap(
        new OpenAI({
          apiKey: "x",
          maxRetries: 2,
          fetch: (input) => (requests.push(input), Promise.reject(new Error("no network")))
        })
      )
      const { exit } = yield* TestTracing.run(
        Effect.gen(function*() {
          yield* Effect.exit(openai.chat.completions.create({ ...body, messages: [{ role: "user", content: "Ho" }] }))
          return yield* Effect.flatMap(Replay.Replay, (replay) =>
            replay.difference)
        }).pipe(Effect.provide(Replay.layer(spans)))
      )
      assert.strictEqual(
        Exit.isSuccess(exit) ? Option.getOrUndefined(exit.value)?.message : "",
        "The first difference, at call 1 (model gpt-4o): inputMessages[0].parts[0].content\n  recorded: Hi\n  asked:    Ho"
      )
      assert.deepStrictEqual(requests, [])
    }))
})

describe("Anthropic's client", () => {
  const client = (url: string) => Anthropics.wrap(new Anthropic({ apiKey: "test", baseURL: url, maxRetries: 1 }))
  const body = { model: "claude-opus-4-1", max_tokens: 100, messages: [{ role: "user" as const, content: "Hi" }] }

  it.live("a message and a stream", () =>
    Effect.gen(function*() {
      const message = {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "claude-opus-4-1-20250805",
        content: [{ type: "text", text: "Hello" }, { type: "tool_use", id: "toolu_1", name: "look", input: { at: 1 } }],
        stop_reason: "tool_use",
        stop_sequence: null,
        usage: { input_tokens: 5, output_tokens: 6, cache_read_input_tokens: 2 }
      }
      const whole = yield* twice(
        (url) =>
          client(url).messages.create(body).pipe(Effect.map(({ content, stop_reason, usage }) => [
            content.map((block) => block.type === "text" ? block.text : block.type === "tool_use" ? block.input : ""),
            stop_reason,
            usage.input_tokens
          ])),
        [{ body: message }]
      )
      assert.deepStrictEqual(
        whole.first,
        Exit.succeed(["Hello", { at: 1 }] as never).pipe(() => Exit.succeed([["Hello", { at: 1 }], "tool_use", 5]))
      )
      assert.deepStrictEqual(whole.second, whole.first)

      const events = [
        { type: "message_start", message: { ...message, content: [], stop_reason: null } },
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } },
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "lo you" } },
        { type: "content_block_stop", index: 0 },
        { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } },
        { type: "message_stop" }
      ]
      const streamed = yield* twice(
        (url) =>
          client(url).messages.stream(body).pipe(
            Stream.map((event) =>
              event.type === "content_block_delta" && event.delta.type === "text_delta" ? event.delta.text : ""
            ),
            Stream.mkString
          ),
        [{ body: sse(events) }]
      )
      assert.deepStrictEqual(streamed.first, Exit.succeed("Hello you"))
      assert.deepStrictEqual(streamed.second, streamed.first)
    }))
})

describe("effect/ai", () => {
  const tools = Toolkit.make(
    Tool.make("weather", {
      parameters: Schema.Struct({ city: Schema.String }),
      success: Schema.Struct({ at: Schema.DateFromString })
    })
  )

  const finish = (reason: AiResponse.FinishReason) => ({
    type: "finish" as const,
    reason,
    usage: {
      inputTokens: { total: 10, uncached: 10, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 3, text: 3, reasoning: 0 }
    },
    response: undefined
  })

  const live = (made: Array<string>) =>
    Ai.layer.pipe(
      Layer.provideMerge(Layer.mergeAll(
        Layer.effect(
          LanguageModel.LanguageModel,
          LanguageModel.make({
            generateText: () =>
              Effect.sync(() => {
                made.push("model")
                return [
                  { type: "tool-call", id: "call_1", name: "weather", params: { city: "Bonn" } },
                  finish("tool-calls")
                ]
              }),
            streamText: () =>
              Stream.suspend(() => {
                made.push("stream")
                return Stream.fromIterable([
                  { type: "text-start" as const, id: "0" },
                  { type: "text-delta" as const, id: "0", delta: "Rain " },
                  { type: "text-delta" as const, id: "0", delta: "in Bonn" },
                  { type: "text-end" as const, id: "0" },
                  finish("stop")
                ])
              })
          })
        ),
        tools.toLayer({ weather: () => Effect.sync(() => (made.push("tool"), { at: new Date(0) })) })
      ))
    )

  const program = Effect.gen(function*() {
    const response = yield* LanguageModel.generateText({ prompt: "Weather?", toolkit: tools })
    const text = yield* LanguageModel.streamText({ prompt: "Say it" }).pipe(
      Stream.map((part) => part.type === "text-delta" ? part.delta : ""),
      Stream.mkString
    )
    return [response.toolResults.map(({ result }) => result), response.usage.inputTokens.total, text] as const
  })

  it.live("models, tools and streams", () =>
    Effect.gen(function*() {
      const made: Array<string> = []
      const recorded = yield* TestTracing.run(program.pipe(Effect.provide(live(made))))
      assert.deepStrictEqual(made, ["model", "tool", "stream"])
      assert.deepStrictEqual(recorded.exit, Exit.succeed([[{ at: new Date(0) }], 10, "Rain in Bonn"] as never))
      const again = yield* TestTracing.run(
        pipe(program, Effect.provide(Replay.layer(recorded.spans)), Effect.provide(live(made)))
      )
      assert.deepStrictEqual(again.exit, recorded.exit)
      assert.deepStrictEqual(made, ["model", "tool", "stream"])
      sameTree(recorded.spans, again.spans)
    }))
})
