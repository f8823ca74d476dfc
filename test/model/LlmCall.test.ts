/**
 * What is read of requests and answers: each body of `fixtures/calls` has its facts beside it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as fs from "node:fs"
import * as path from "node:path"
import * as LlmCall from "../../src/model/LlmCall.ts"
import * as Message from "../../src/model/Message.ts"
import * as Usage from "../../src/model/Usage.ts"

const isLlmCall = Schema.is(LlmCall.LlmCall)

const textOf = (messages: ReadonlyArray<Message.OutputMessage> | undefined) => messages?.map(Message.toText)

const fixtures = path.resolve(import.meta.dirname, "../fixtures/calls")

interface Fixture {
  readonly reads: "request" | "response"
  readonly body: unknown
  readonly facts: unknown
}

describe("bodies of each API", () => {
  for (const name of fs.readdirSync(fixtures).sort()) {
    it(`are read with all their facts: ${name}`, () => {
      const { body, facts, reads }: Fixture = JSON.parse(fs.readFileSync(path.join(fixtures, name), "utf8"))
      const call = reads === "request" ? LlmCall.readRequest(body) : LlmCall.readResponse(body)
      assert.deepStrictEqual(call, facts)
      assert.isTrue(isLlmCall(call))
    })
  }
})

describe("answers", () => {
  it("are read from OpenAI's Responses API, incomplete ones too", () => {
    const base = { id: "resp_1", object: "response", model: "gpt-5", output: [] }
    const cut = LlmCall.readResponse({
      ...base,
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" }
    })
    assert.deepStrictEqual(cut?.finishReasons, ["max_output_tokens"])
    assert.deepStrictEqual(cut?.outputMessages, [
      { role: "assistant", parts: [], finish_reason: "max_output_tokens" }
    ])
    for (const status of ["queued", "in_progress"]) {
      const running = LlmCall.readResponse({ ...base, status })
      assert.isDefined(running)
      assert.isUndefined(running.finishReasons)
      assert.isUndefined(running.outputMessages)
    }
    assert.deepStrictEqual(LlmCall.readResponse({ ...base, status: "failed" })?.finishReasons, ["failed"])
  })

  it("are read with two choices", () => {
    const call = LlmCall.readResponse({
      id: "chatcmpl-2",
      object: "chat.completion",
      model: "gpt-4o",
      choices: [
        { index: 0, message: { role: "assistant", content: "Heads" }, finish_reason: "stop" },
        { index: 1, message: { role: "assistant", content: "Tails" }, finish_reason: "length" },
        { index: 2, message: { role: "assistant", content: null }, finish_reason: null }
      ],
      usage: null
    })
    assert.deepStrictEqual(textOf(call?.outputMessages), ["Heads", "Tails", ""])
    assert.deepStrictEqual(call?.finishReasons, ["stop", "length", "error"])
    assert.notProperty(call, "usage")
  })

  it("are read with reasoning, a refusal, audio and tool calls without valid JSON", () => {
    const call = LlmCall.readResponse({
      object: "chat.completion",
      choices: [{
        message: {
          role: "assistant",
          content: "",
          reasoning_content: "Hm.",
          refusal: "I cannot.",
          audio: { id: "audio_1", data: "UklGRg==", transcript: "Hello", expires_at: 1 },
          tool_calls: [
            { id: "1", type: "function", function: { name: "f", arguments: "{\"a\": 1" } },
            { id: "2", type: "function", function: { name: "g", arguments: "" } },
            { id: "3", type: "custom", custom: { name: "sql", input: "select 1" } },
            { id: "4", type: "function", function: { name: "h", arguments: "null" } }
          ]
        },
        finish_reason: "tool_calls"
      }]
    })
    assert.deepStrictEqual(call?.outputMessages?.[0]?.parts, [
      { type: "reasoning", content: "Hm." },
      { type: "text", content: "" },
      { type: "refusal", content: "I cannot." },
      { type: "text", content: "Hello" },
      { type: "blob", modality: "audio", content: "UklGRg==" },
      { type: "tool_call", id: "1", name: "f", arguments: "{\"a\": 1" },
      { type: "tool_call", id: "2", name: "g", arguments: "" },
      { type: "tool_call", id: "3", name: "sql", arguments: "select 1" },
      { type: "tool_call", id: "4", name: "h", arguments: null }
    ])
  })

  it("are read from instances of an SDK's classes", () => {
    class Completion {
      readonly object = "chat.completion"
      readonly id = "chatcmpl-3"
      readonly #secret = "gpt-4o"
      readonly _request_id = "req_1"
      readonly choices = [{ message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }]
      get model() {
        return this.#secret
      }
      withResponse() {
        return this
      }
    }
    const call = LlmCall.readResponse(new Completion())
    assert.strictEqual(call?.responseModel, "gpt-4o")
    assert.deepStrictEqual(textOf(call?.outputMessages), ["Hi"])
  })

  it("are read from a server that does not name its API", () => {
    const value = { id: "1", model: "llama", choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] }
    assert.deepStrictEqual(LlmCall.readResponse(value), LlmCall.readResponse({ ...value, object: "chat.completion" }))
    const call = LlmCall.readResponse(value, { api: "chat_completions", provider: "groq" })
    assert.strictEqual(call?.provider, "groq")
    assert.strictEqual(call?.responseModel, "llama")
    assert.deepStrictEqual(textOf(call?.outputMessages), ["Hi"])
  })
})

describe("values that are not a response", () => {
  it("are not read", () => {
    const values = [
      undefined,
      null,
      "",
      "text",
      42,
      true,
      1n,
      Symbol("s"),
      () => ({ object: "chat.completion" }),
      [],
      [{ object: "chat.completion" }],
      {},
      new Date(0),
      new Map(),
      { error: { message: "Rate limited", type: "rate_limit_error" } },
      { type: "error", error: { type: "overloaded_error" } },
      { object: "list", data: [{ object: "model", id: "gpt-4o" }] },
      { object: "chat.completion.chunk", choices: [] },
      { type: "message", role: "assistant", content: [], id: "msg_1", status: "completed" },
      { type: "message_start", message: { type: "message" } },
      { message: "hello", model: "mine" }
    ]
    for (const value of values) assert.isUndefined(LlmCall.readResponse(value))
  })
})

describe("odd answers", () => {
  it("keep impossible usage", () => {
    const call = LlmCall.readResponse({
      object: "chat.completion",
      choices: [],
      usage: { prompt_tokens: 10, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 64 } }
    })
    assert.deepStrictEqual(call?.usage, { inputTokens: 10, outputTokens: 2, reasoningTokens: 64 })
    assert.isTrue(isLlmCall(call))
    assert.isFalse(Usage.isConsistent(call!.usage!))
  })

  it("may throw, be revoked or contain cycles", () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const throwing = new Proxy({}, {
      get: () => {
        throw new Error("no")
      },
      has: () => {
        throw new Error("no")
      }
    })
    const getter = {
      object: "chat.completion",
      get choices(): never {
        throw new Error("no")
      }
    }
    for (const value of [proxy, throwing]) {
      assert.isUndefined(LlmCall.readResponse(value))
      assert.isUndefined(LlmCall.readRequest(value))
    }
    // Readable parts are read. Other parts are left out or replaced by a placeholder.
    assert.deepStrictEqual(LlmCall.readResponse(getter), LlmCall.readResponse({ object: "chat.completion" }))
    const unreadable = LlmCall.readResponse({ object: "response", output: [throwing] })
    assert.deepStrictEqual(unreadable?.outputMessages?.[0]?.parts, [{ type: "unknown", content: "[unreadable]" }])
    assert.isUndefined(LlmCall.readRequest({ messages: proxy }))
    assert.lengthOf(LlmCall.readRequest({ messages: [proxy] })?.inputMessages ?? [], 1)
    assert.lengthOf(LlmCall.readRequest({ input: [getter, throwing] })?.inputMessages ?? [], 2)
    const cycle: Record<string, unknown> = { type: "cycle" }
    cycle.self = cycle
    const call = LlmCall.readResponse({ object: "response", status: "completed", output: [cycle] })
    assert.strictEqual(call?.outputMessages?.[0]?.parts[0]?.type, "cycle")
  })
})

describe("any JSON", () => {
  const json = Arbitrary.schema(Schema.Json)
  const read = (value: unknown) => {
    const call = LlmCall.readResponse(value)
    assert.isTrue(call === undefined || isLlmCall(call))
    return call
  }

  it.prop("is read without throwing", [json], ([value]) => {
    read(value)
    LlmCall.readRequest(value)
    for (const api of ["chat_completions", "responses", "completions", "messages"] as const) {
      LlmCall.readResponse(value, { api })
      LlmCall.readRequest(value, { api })
    }
    read({ object: "chat.completion", choices: value, usage: value })
    read({
      object: "chat.completion",
      choices: [{ message: value }, { message: { content: value, tool_calls: value } }]
    })
    read({ object: "response", output: value, text: value, tools: [value], instructions: value })
    read({ object: "text_completion", choices: value })
    read({ type: "message", stop_reason: value, content: value, usage: value })
    const call = LlmCall.readRequest({ model: "gpt-4o", messages: [value], tools: [value], stop: value })
    assert.isTrue(isLlmCall(call))
    assert.isTrue(isLlmCall(LlmCall.readRequest({ model: "claude-4", system: value, messages: [{ content: value }] })))
    assert.isTrue(isLlmCall(LlmCall.readRequest({ model: "gpt-4o", input: [value], instructions: value })))
  })
})

describe("requests", () => {
  it("are read from OpenAI's legacy completions", () => {
    const base = { model: "gpt-3.5-turbo-instruct" }
    const inputs = (prompt: unknown) => LlmCall.readRequest({ ...base, prompt })?.inputMessages
    assert.deepStrictEqual(inputs("Once"), [Message.user("Once")])
    assert.deepStrictEqual(inputs(["Once", "Twice"]), [Message.user("Once"), Message.user("Twice")])
    assert.deepStrictEqual(inputs([1, 2]), [Message.user([Message.generic("token_ids", { content: [1, 2] })])])
    assert.deepStrictEqual(LlmCall.readRequest({ ...base, prompt: "Once", max_tokens: 16, stop: ["\n"], n: 3 }), {
      provider: "openai",
      operation: "text_completion",
      requestModel: "gpt-3.5-turbo-instruct",
      inputMessages: [Message.user("Once")],
      maxTokens: 16,
      stopSequences: ["\n"],
      choiceCount: 3
    })
  })

  const messages = [{ role: "user", content: "Hello" }]

  const told: ReadonlyArray<readonly [provider: string, body: object, options?: LlmCall.ReadOptions]> = [
    ["openai", { messages }],
    ["anthropic", { messages, model: "claude-3-opus-20240229" }],
    ["anthropic", { messages, model: "anthropic.claude-3-5-sonnet-20241022-v2:0" }],
    ["openai", { messages, model: "anthropic/claude-sonnet-4" }],
    ["openai", { messages, model: "claude-3", response_format: { type: "text" } }],
    ["openai", { messages: [{ role: "tool", content: "" }], model: "claude-3" }],
    ["anthropic", { messages, model: "mine", system: "Be brief." }],
    ["anthropic", { messages, anthropic_version: "bedrock-2023-05-31" }],
    ["anthropic", { messages, tools: [{ name: "f", input_schema: {} }] }],
    ["anthropic", { messages: [{ role: "user", content: [{ type: "tool_result" }] }] }],
    ["openai", { messages, model: "claude-3" }, { provider: "openai" }],
    ["anthropic", { messages, model: "mine" }, { provider: "anthropic" }]
  ]

  for (const [provider, body, options] of told) {
    it(`are told apart by their fields: ${JSON.stringify({ ...body, ...options })} is of ${provider}`, () => {
      assert.strictEqual(LlmCall.readRequest(body, options)?.provider, provider)
    })
  }

  it("are read as the API and with the provider that are given", () => {
    const proxied = LlmCall.readRequest({ messages, system: "Be brief." }, { api: "messages", provider: "aws.bedrock" })
    assert.strictEqual(proxied?.provider, "aws.bedrock")
    assert.deepStrictEqual(proxied?.systemInstructions, [{ type: "text", content: "Be brief." }])
  })

  it("of other APIs are not read", () => {
    const bodies = [
      undefined,
      "{}",
      {},
      [],
      { model: "gpt-4o" },
      { model: "omni-moderation-latest", input: "Hello" },
      { model: "gpt-4o-mini-tts", input: "Hello", voice: "alloy" },
      { model: "gpt-image-1", prompt: "A cat" },
      { model: "mine", prompt: "A cat", size: "1024x1024" },
      { messages: "Hello" }
    ]
    for (const body of bodies) assert.isUndefined(LlmCall.readRequest(body), JSON.stringify(body))
  })
})

describe("merge", () => {
  it("prefers the response's facts, and ignores undefined", () => {
    const call = LlmCall.merge(
      { requestModel: "gpt-4o", temperature: 0.2, usage: Usage.zero },
      { responseModel: "gpt-4o-2024-08-06", temperature: undefined, usage: Usage.make({ inputTokens: 9 }) }
    )
    assert.deepStrictEqual(call, {
      requestModel: "gpt-4o",
      temperature: 0.2,
      responseModel: "gpt-4o-2024-08-06",
      usage: { inputTokens: 9, outputTokens: 0 }
    })
  })
})

it("the schema decodes a value to itself", () => {
  assert.strictEqual(Schema.toEncoded(LlmCall.LlmCall).ast, LlmCall.LlmCall.ast)
})
