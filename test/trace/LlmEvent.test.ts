/** LLM events: the facts of requests and responses are on the exported span. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import type { SpanData } from "../../src/core/SpanData.ts"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { LlmEvent, traceLlm, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { filesOf } from "../support/recorded/files.ts"
import { named } from "../support/traced.ts"

// oxlint-disable typescript/no-explicit-any -- raw payloads are read as they are, apart from the code under test

const recordings: ReadonlyArray<any> = filesOf("recordings")
  .map(({ name, text }) => ({ name, ...JSON.parse(text) }))
  .filter(({ response }) => !response.contentType.startsWith("text/event-stream"))

const attribute = (span: SpanData, key: string) => span.attributes[`gen_ai.${key}`]
const content = (span: SpanData, key: string): any => JSON.parse(String(attribute(span, key)))
const text = (value: string) => [{ type: "text", content: value }]

/** The token counts as each API spells them, apart from the code under test. */
const tokens = ({ usage }: any) =>
  "prompt_tokens" in usage
    ? [
      usage.prompt_tokens,
      usage.completion_tokens,
      usage.prompt_tokens_details.cached_tokens,
      undefined,
      usage.completion_tokens_details.reasoning_tokens
    ]
    : "cache_read_input_tokens" in usage
    ? [
      usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
      usage.output_tokens,
      usage.cache_read_input_tokens,
      usage.cache_creation_input_tokens,
      undefined
    ]
    : [
      usage.input_tokens,
      usage.output_tokens,
      usage.input_tokens_details.cached_tokens,
      undefined,
      usage.output_tokens_details.reasoning_tokens
    ]

describe("recordings, traced", () => {
  it("are at least six", () => assert.isAtLeast(recordings.length, 6))

  for (const { name, provider, request, response } of recordings) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const body = JSON.parse(response.body)
        const spans = yield* spansOf(Effect.succeed(body).pipe(traceLlmWith({ request: request.body })))
        const span = named(spans, "llm.completion")
        assert.strictEqual(span.kind, "client")
        assert.strictEqual(attribute(span, "provider.name"), provider)
        assert.strictEqual(attribute(span, "operation.name"), "chat")
        assert.strictEqual(attribute(span, "request.model"), request.body.model)
        assert.strictEqual(attribute(span, "response.model"), body.model)
        assert.strictEqual(attribute(span, "response.id"), body.id)
        assert.deepStrictEqual(
          attribute(span, "response.finish_reasons") as unknown,
          body.choices?.map((choice: any) => choice.finish_reason) ?? [body.stop_reason ?? body.status]
        )
        assert.deepStrictEqual(
          [
            "input_tokens",
            "output_tokens",
            "cache_read.input_tokens",
            "cache_write.input_tokens",
            "reasoning.output_tokens"
          ]
            .map((key) => attribute(span, `usage.${key}`)),
          tokens(body)
        )
        assert.deepStrictEqual(content(span, "input.messages"), [
          { role: "user", parts: text(request.body.input ?? request.body.messages[0].content) }
        ])
        const said = content(span, "output.messages")
        const message = body.choices?.[0].message
        const called = message?.tool_calls?.[0].function ?? message?.function_call
        if (called === undefined) {
          const answer = message?.content ?? body.output?.[0].content[0].text ?? body.content[0].text
          assert.deepStrictEqual(said.map((output: any) => output.parts), [text(answer)])
        } else {
          assert.deepInclude(said[0].parts[0], {
            type: "tool_call",
            name: called.name,
            arguments: JSON.parse(called.arguments)
          })
          const functions = request.body.functions ?? request.body.tools.map((tool: any) => tool.function)
          assert.deepStrictEqual(
            content(span, "tool.definitions").map((tool: any) => tool.name),
            functions.map((tool: any) => tool.name)
          )
        }
        // An exporter without content has all other attributes.
        const closed = named(
          yield* spansOf(Effect.succeed(body).pipe(traceLlmWith({ request: request.body })), { content: false }),
          "llm.completion"
        )
        assert.notProperty(closed.attributes, "gen_ai.input.messages")
        assert.notProperty(closed.attributes, "gen_ai.output.messages")
        assert.strictEqual(attribute(closed, "response.id"), body.id)
      }))

    it.effect(`${name}, with traceLlm alone`, () =>
      Effect.gen(function*() {
        const body = JSON.parse(response.body)
        const [summary, value] = yield* pipe(Effect.succeed(body), traceLlm, Session.withSummary())
        assert.strictEqual(value, body)
        const [inputTokens, outputTokens] = tokens(body)
        assert.deepInclude(summary.usage, { inputTokens, outputTokens })
        const span = named(yield* spansOf(pipe(Effect.succeed(body), traceLlm)), "llm.completion")
        assert.strictEqual(attribute(span, "response.model"), body.model)
        assert.notProperty(span.attributes, "gen_ai.input.messages")
      }))
  }
})

const answer = {
  object: "chat.completion",
  id: "chatcmpl-1",
  model: "gpt-4o-2024-08-06",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi!" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }
}
const body = { model: "gpt-4o", temperature: 0.5, messages: [{ role: "user", content: "Hello" }] }

const completion = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(spansOf(effect), (spans) => named(spans, "llm.completion"))

describe("the source of a field", () => {
  it.effect("a given field takes precedence over one that is read", () =>
    Effect.gen(function*() {
      const span = yield* completion(
        Effect.succeed(answer).pipe(
          traceLlmWith({
            request: body,
            provider: "azure",
            model: "deployment-7",
            temperature: 1,
            responseId: "mine",
            usage: (value) => ({ inputTokens: value.usage.prompt_tokens * 100, outputTokens: 1 })
          })
        )
      )
      assert.deepInclude(span.attributes, {
        "gen_ai.provider.name": "azure",
        "gen_ai.request.model": "deployment-7",
        "gen_ai.request.temperature": 1,
        "gen_ai.response.id": "mine",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.usage.input_tokens": 900,
        "gen_ai.usage.output_tokens": 1
      })
    }))

  it.effect("a function that returns nothing, or throws, keeps the value that was read", () =>
    Effect.gen(function*() {
      const span = yield* completion(
        Effect.succeed(answer).pipe(
          traceLlmWith({
            responseId: () => undefined,
            responseModel: () => {
              throw new Error("no")
            }
          })
        )
      )
      assert.deepInclude(span.attributes, {
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.model": "gpt-4o-2024-08-06"
      })
    }))

  it.effect("response selects the provider's response within the value", () =>
    Effect.gen(function*() {
      const span = yield* completion(
        Effect.succeed({ data: answer, latency: 3 }).pipe(traceLlmWith({ response: (value) => value.data }))
      )
      assert.strictEqual(attribute(span, "response.id"), "chatcmpl-1")
      const bare = yield* completion(Effect.succeed({ data: answer }).pipe(traceLlm))
      assert.notProperty(bare.attributes, "gen_ai.response.id")
    }))

  it.effect("the request is recorded if the call fails", () =>
    Effect.gen(function*() {
      const span = yield* completion(Effect.ignore(Effect.fail("no").pipe(traceLlmWith({ request: body }))))
      assert.strictEqual(attribute(span, "request.model"), "gpt-4o")
      assert.deepStrictEqual(content(span, "input.messages"), [{ role: "user", parts: text("Hello") }])
    }))

  it.effect("messages are recorded as they were at the start of the call", () =>
    Effect.gen(function*() {
      const messages = [{ role: "user", content: "first" }]
      const parts = [{ role: "user", parts: [{ type: "text" as const, content: "first" }] }]
      const grow = Effect.sync(() => {
        messages.push({ role: "assistant", content: "second" })
        parts.push({ role: "user", parts: [{ type: "text", content: "second" }] })
      })
      const read = yield* completion(grow.pipe(traceLlmWith({ request: { model: "m", messages } })))
      assert.lengthOf(content(read, "input.messages"), 1)
      parts.length = 1
      const given = yield* completion(grow.pipe(traceLlmWith({ inputMessages: parts })))
      assert.lengthOf(content(given, "input.messages"), 1)
    }))
})

describe("a value that cannot be read", () => {
  const trap = () => {
    throw new Error("do not look")
  }
  const values: ReadonlyArray<readonly [string, unknown]> = [
    ["nothing", undefined],
    ["null", null],
    ["text", "Hi!"],
    ["an array", [answer]],
    ["a proxy that throws", new Proxy({}, { get: trap, has: trap })],
    ["a response without its parts", { object: "chat.completion" }],
    ["a response of wrong parts", { ...answer, choices: "none", usage: 7 }]
  ]
  for (const [name, value] of values) {
    it.effect(`still gives a span and never an error: ${name}`, () =>
      Effect.gen(function*() {
        const spans = yield* spansOf(
          Effect.map(traceLlm(Effect.succeed(value)), (same) => assert.isTrue(same === value))
        )
        assert.deepStrictEqual(spans.map((span) => [span.name, span.status.code]), [
          ["llm.api.call", "unset"],
          ["llm.completion", "unset"]
        ])
      }))
  }
})

it.effect("the host of the server is a part of the price", () =>
  Effect.gen(function*() {
    const costAt = (serverAddress: string | undefined) =>
      Effect.map(
        completion(Effect.void.pipe(traceLlmWith({
          provider: "gcp.vertex_ai",
          model: "claude-sonnet-4-6",
          usage: { inputTokens: 1_000_000, outputTokens: 0 },
          serverAddress
        }))),
        (span) => span.attributes["agentops.usage.cost"]
      )
    assert.strictEqual(yield* costAt(undefined), 3)
    assert.strictEqual(yield* costAt("aiplatform.googleapis.com"), 3)
    assert.strictEqual(yield* costAt("us-east5-aiplatform.googleapis.com"), 3.3)
  }))

it.effect("every field is on the span", () =>
  Effect.gen(function*() {
    const fields = {
      provider: "groq",
      model: "llama",
      cost: 0.0012,
      topP: 0.9,
      stopSequences: ["END"],
      seed: 7,
      timeToFirstChunk: 0.25,
      conversationId: "thread-1",
      serverAddress: "api.groq.com",
      serverPort: 443
    }
    const span = yield* completion(Effect.void.pipe(traceLlmWith(fields)))
    assert.deepInclude(span.attributes, {
      "agentops.usage.cost": 0.0012,
      "gen_ai.request.stop_sequences": ["END"],
      "gen_ai.response.time_to_first_chunk": 0.25,
      "server.address": "api.groq.com",
      "server.port": 443
    })
    assert.deepStrictEqual(LlmEvent.fromAttributes(span.attributes), fields)
  }))
