import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as LlmCall from "../../src/model/LlmCall.ts"
import * as Message from "../../src/model/Message.ts"
import * as Usage from "../../src/model/Usage.ts"
import { filesOf } from "../support/recorded/files.ts"

// oxlint-disable typescript/no-explicit-any -- raw payloads are read as they are, apart from the code under test

interface Recording {
  readonly name: string
  readonly provider: string
  readonly request: { readonly url: string; readonly body: any }
  readonly response: { readonly contentType: string; readonly body: string }
}

const recordings: ReadonlyArray<Recording & { readonly own: boolean }> = filesOf("recordings").map(
  ({ name, own, text }) => ({ name, own, ...JSON.parse(text) })
)

const isStream = (recording: Recording) => recording.response.contentType.startsWith("text/event-stream")

const streams = recordings.filter(isStream)

const answers = recordings.filter((recording) => !isStream(recording)).map((recording) => ({
  ...recording,
  raw: JSON.parse(recording.response.body)
}))

const recorded = (name: string): any => answers.find((recording) => recording.name === name)?.raw

const isLlmCall = Schema.is(LlmCall.LlmCall)

const textOf = (messages: ReadonlyArray<Message.OutputMessage> | undefined) => messages?.map(Message.toText)

const toolCallsOf = (messages: ReadonlyArray<Message.OutputMessage> | undefined) =>
  messages?.map((message) =>
    message.parts.filter(Message.isPart("tool_call")).map((part) => ({
      id: part.id,
      name: part.name,
      arguments: part.arguments
    }))
  )

/** The prompt, model and stream flag of a request body, read independently of the code under test. */
const checkRequest = ({ provider, request: { body, url } }: Recording) => {
  const call = LlmCall.readRequest(body)
  assert.isDefined(call)
  assert.isTrue(isLlmCall(call))
  assert.strictEqual(call.provider, provider)
  assert.strictEqual(call.operation, url.endsWith("/v1/completions") ? "text_completion" : "chat")
  assert.strictEqual(call.requestModel, body.model)
  assert.strictEqual(call.maxTokens, body.max_tokens)
  assert.strictEqual(call.stream, body.stream)
  const prompt = body.prompt ?? body.input ?? body.messages[0].content
  assert.deepStrictEqual(call.inputMessages, [{ role: "user", parts: [{ type: "text", content: prompt }] }])
  const functions = body.functions ?? body.tools?.map((tool: any) => tool.function)
  assert.deepStrictEqual(call.toolDefinitions, functions?.map((tool: any) => ({ ...tool, type: "function" })))
}

describe("recorded answers", () => {
  it("has at least six recordings", () => assert.isAtLeast(answers.length, 6))

  for (const recording of answers) {
    const { raw, request } = recording
    it(recording.name, () => {
      checkRequest(recording)
      const call = LlmCall.readResponse(raw)
      assert.isDefined(call)
      assert.isTrue(isLlmCall(call))
      assert.strictEqual(call.provider, recording.provider)
      assert.strictEqual(call.operation, "chat")
      assert.strictEqual(call.responseModel, raw.model)
      assert.strictEqual(call.responseId, raw.id)
      if (request.url.endsWith("/chat/completions")) {
        const messages = raw.choices.map((choice: any) => choice.message)
        assert.strictEqual(call.apiType, "chat_completions")
        assert.deepStrictEqual(call.finishReasons, raw.choices.map((choice: any) => choice.finish_reason))
        assert.deepStrictEqual(textOf(call.outputMessages), messages.map((message: any) => message.content ?? ""))
        assert.deepStrictEqual(
          toolCallsOf(call.outputMessages),
          messages.map((message: any) =>
            [...(message.tool_calls ?? []), ...(message.function_call ? [{ function: message.function_call }] : [])]
              .map((called) => ({
                id: called.id,
                name: called.function.name,
                arguments: JSON.parse(called.function.arguments)
              }))
          )
        )
        assert.deepStrictEqual(call.usage, {
          inputTokens: raw.usage.prompt_tokens,
          outputTokens: raw.usage.completion_tokens,
          cacheReadTokens: raw.usage.prompt_tokens_details.cached_tokens,
          reasoningTokens: raw.usage.completion_tokens_details.reasoning_tokens
        })
        assert.strictEqual(Usage.total(call.usage!), raw.usage.total_tokens)
        assert.strictEqual(call.responseServiceTier, raw.service_tier)
      } else if (request.url.endsWith("/responses")) {
        assert.strictEqual(call.apiType, "responses")
        assert.deepStrictEqual(call.finishReasons, [raw.status])
        assert.deepStrictEqual(textOf(call.outputMessages), [raw.output[0].content[0].text])
        assert.deepStrictEqual(call.usage, {
          inputTokens: raw.usage.input_tokens,
          outputTokens: raw.usage.output_tokens,
          cacheReadTokens: raw.usage.input_tokens_details.cached_tokens,
          reasoningTokens: raw.usage.output_tokens_details.reasoning_tokens
        })
        assert.strictEqual(Usage.total(call.usage!), raw.usage.total_tokens)
        assert.strictEqual(call.temperature, raw.temperature)
        assert.strictEqual(call.outputType, "text")
      } else {
        assert.isUndefined(call.apiType)
        assert.deepStrictEqual(call.finishReasons, [raw.stop_reason])
        assert.deepStrictEqual(textOf(call.outputMessages), [raw.content[0].text])
        assert.deepStrictEqual(call.usage, {
          inputTokens: raw.usage.input_tokens + raw.usage.cache_read_input_tokens +
            raw.usage.cache_creation_input_tokens,
          outputTokens: raw.usage.output_tokens,
          cacheReadTokens: raw.usage.cache_read_input_tokens,
          cacheWriteTokens: raw.usage.cache_creation_input_tokens
        })
      }
    })
  }

  it("are read with their own facts", () => {
    const counts = answers.filter(({ own }) => own).map(({ name, raw }) => {
      const call = LlmCall.readResponse(raw)
      return [name, call?.usage?.inputTokens, call?.usage?.outputTokens, call?.finishReasons?.join()]
    })
    assert.deepStrictEqual(counts, [
      ["anthropic-messages.json", 16, 19, "end_turn"],
      ["openai-chat-functions.json", 91, 33, "function_call"],
      ["openai-chat-logprobs.json", 14, 10, "stop"],
      ["openai-chat-tools.json", 93, 34, "tool_calls"],
      ["openai-chat.json", 14, 15, "stop"],
      ["openai-responses.json", 15, 17, "completed"]
    ])
    assert.deepStrictEqual(LlmCall.readResponse(recorded("openai-chat-tools.json"))?.outputMessages, [{
      role: "assistant",
      parts: [{
        type: "tool_call",
        id: "call_fixture_1",
        name: "find_flights",
        arguments: { from: "OSL", to: "LIS", day: "2026-05-03" }
      }],
      finish_reason: "tool_calls"
    }])
  })
})

describe("recorded streams", () => {
  it("has at least four recordings", () => assert.isAtLeast(streams.length, 4))

  for (const recording of streams) {
    it(recording.name, () => {
      checkRequest(recording)
      assert.isTrue(LlmCall.readRequest(recording.request.body)?.stream)
      assert.isUndefined(LlmCall.readResponse(recording.response.body))
      const chunks = recording.response.body.split("\n")
        .filter((line) => line.startsWith("data: {"))
        .map((line) => JSON.parse(line.slice("data: ".length)))
      assert.isNotEmpty(chunks)
      // A legacy completion's chunks have the same `object` as the complete response.
      if (!recording.request.url.endsWith("/v1/completions")) {
        for (const chunk of chunks) assert.isUndefined(LlmCall.readResponse(chunk))
      }
    })
  }
})

describe("recorded conversations", () => {
  const files = filesOf("transcripts")

  it("has at least eight recordings", () => assert.isAtLeast(files.length, 8))

  for (const { name, text } of files) {
    it(name, () => {
      const { messages, model } = JSON.parse(text)
      const call = LlmCall.readRequest({ model, messages })
      assert.isTrue(isLlmCall(call))
      assert.deepStrictEqual(
        call?.inputMessages?.map((message) => ({
          role: message.role,
          text: Message.toText(message),
          calls: message.parts.filter(Message.isPart("tool_call")).map((part) => [part.id, part.name, part.arguments]),
          results: message.parts.filter(Message.isPart("tool_call_response")).map((part) => [part.id, part.response])
        })),
        messages.map((message: any) => ({
          role: message.role,
          text: message.role === "tool" ? "" : message.content ?? "",
          calls: (message.tool_calls ?? []).map((called: any) => [
            called.id,
            called.function.name,
            JSON.parse(called.function.arguments)
          ]),
          results: message.role === "tool" ? [[message.tool_call_id, message.content]] : []
        }))
      )
    })
  }
})

describe("answers", () => {
  it("are read from Anthropic, with cached tokens, thinking and tools", () => {
    const call = LlmCall.readResponse({
      id: "msg_01",
      type: "message",
      role: "assistant",
      model: "claude-sonnet-4-5-20250929",
      content: [
        { type: "thinking", thinking: "The user wants the weather.", signature: "EqQB" },
        { type: "redacted_thinking", data: "EmwK" },
        { type: "text", text: "Let me look." },
        { type: "tool_use", id: "toolu_01", name: "get_weather", input: { location: "Paris" } },
        { type: "server_tool_use", id: "srvtoolu_01", name: "web_search", input: { query: "Paris weather" } },
        { type: "web_search_tool_result", tool_use_id: "srvtoolu_01", content: [{ type: "web_search_result" }] },
        { type: "something_new", payload: 1 }
      ],
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: {
        input_tokens: 21,
        cache_creation_input_tokens: 188,
        cache_read_input_tokens: 4_096,
        output_tokens: 393,
        output_tokens_details: { thinking_tokens: 120 }
      },
      container: null
    })
    assert.deepStrictEqual(call, {
      provider: "anthropic",
      operation: "chat",
      responseModel: "claude-sonnet-4-5-20250929",
      responseId: "msg_01",
      finishReasons: ["tool_use"],
      outputMessages: [{
        role: "assistant",
        parts: [
          { type: "reasoning", content: "The user wants the weather." },
          { type: "redacted_thinking", data: "EmwK" },
          { type: "text", content: "Let me look." },
          { type: "tool_call", id: "toolu_01", name: "get_weather", arguments: { location: "Paris" } },
          {
            type: "server_tool_call",
            id: "srvtoolu_01",
            name: "web_search",
            server_tool_call: { type: "web_search", input: { query: "Paris weather" } }
          },
          {
            type: "server_tool_call_response",
            id: "srvtoolu_01",
            server_tool_call_response: { type: "web_search_tool_result", content: [{ type: "web_search_result" }] }
          },
          { type: "something_new", payload: 1 }
        ],
        finish_reason: "tool_use"
      }],
      usage: {
        inputTokens: 4_305,
        outputTokens: 393,
        cacheReadTokens: 4_096,
        cacheWriteTokens: 188,
        reasoningTokens: 120
      }
    })
  })

  it("are read from OpenAI's Responses API, with reasoning and a function call", () => {
    const call = LlmCall.readResponse({
      id: "resp_1",
      object: "response",
      status: "completed",
      incomplete_details: null,
      instructions: "Be brief.",
      model: "o4-mini-2025-04-16",
      max_output_tokens: 4_096,
      output: [
        { id: "rs_1", type: "reasoning", summary: [{ type: "summary_text", text: "Look it up." }] },
        { id: "rs_2", type: "reasoning", summary: [], encrypted_content: "gAAA" },
        {
          id: "fc_1",
          type: "function_call",
          status: "completed",
          call_id: "call_1",
          name: "get_weather",
          arguments: "{\"location\":\"Paris\"}"
        },
        { id: "ws_1", type: "web_search_call", status: "completed", action: { type: "search", query: "Paris" } },
        {
          id: "msg_1",
          type: "message",
          role: "assistant",
          content: [{ type: "output_text", text: "One moment.", annotations: [] }, { type: "refusal", refusal: "No." }]
        }
      ],
      previous_response_id: "resp_0",
      conversation: { id: "conv_1" },
      reasoning: { effort: "high", summary: "auto" },
      service_tier: "default",
      temperature: null,
      text: { format: { type: "json_schema", name: "weather" } },
      tools: [
        { type: "function", name: "get_weather", parameters: { type: "object" }, strict: true },
        { type: "web_search" }
      ],
      usage: {
        input_tokens: 75,
        input_tokens_details: { cached_tokens: 64 },
        output_tokens: 1_186,
        output_tokens_details: { reasoning_tokens: 1_024 },
        total_tokens: 1_261
      }
    })
    assert.deepStrictEqual(call, {
      provider: "openai",
      operation: "chat",
      apiType: "responses",
      responseModel: "o4-mini-2025-04-16",
      responseId: "resp_1",
      finishReasons: ["completed"],
      systemInstructions: [{ type: "text", content: "Be brief." }],
      toolDefinitions: [
        { type: "function", name: "get_weather", parameters: { type: "object" } },
        { type: "web_search", name: "web_search" }
      ],
      maxTokens: 4_096,
      outputType: "json",
      reasoningLevel: "high",
      previousResponseId: "resp_0",
      conversationId: "conv_1",
      outputMessages: [{
        role: "assistant",
        parts: [
          { type: "reasoning", content: "Look it up." },
          { type: "reasoning", content: "" },
          { type: "tool_call", id: "call_1", name: "get_weather", arguments: { location: "Paris" } },
          {
            id: "ws_1",
            type: "web_search_call",
            status: "completed",
            action: { type: "search", query: "Paris" }
          },
          { type: "text", content: "One moment." },
          { type: "refusal", content: "No." }
        ],
        finish_reason: "completed"
      }],
      usage: { inputTokens: 75, outputTokens: 1_186, cacheReadTokens: 64, reasoningTokens: 1_024 },
      responseServiceTier: "default"
    })
  })

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

  it("are read from OpenAI's legacy completions", () => {
    const call = LlmCall.readResponse({
      id: "cmpl-1",
      object: "text_completion",
      created: 1_755_182_733,
      model: "gpt-3.5-turbo-instruct:20230824-v2",
      choices: [
        { text: "\n\nWhy?", index: 0, logprobs: null, finish_reason: "length" },
        { text: "\n\nBecause.", index: 1, logprobs: null, finish_reason: "stop" }
      ],
      usage: { prompt_tokens: 7, completion_tokens: 32, total_tokens: 39 }
    })
    assert.deepStrictEqual(call, {
      provider: "openai",
      operation: "text_completion",
      responseModel: "gpt-3.5-turbo-instruct:20230824-v2",
      responseId: "cmpl-1",
      finishReasons: ["length", "stop"],
      outputMessages: [
        { role: "assistant", parts: [{ type: "text", content: "\n\nWhy?" }], finish_reason: "length" },
        { role: "assistant", parts: [{ type: "text", content: "\n\nBecause." }], finish_reason: "stop" }
      ],
      usage: { inputTokens: 7, outputTokens: 32 }
    })
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
  it("lose only the odd field", () => {
    const call = LlmCall.readResponse({
      object: "chat.completion",
      id: 7,
      model: "gpt-4o",
      choices: [
        { message: { role: "assistant", content: "Hi", tool_calls: "none" }, finish_reason: "stop" },
        "what",
        { message: { content: [{ type: "text", text: 5 }, 6, { type: "text", text: "Seven" }] } }
      ],
      usage: "free",
      service_tier: ["default"]
    })
    assert.deepStrictEqual(call, {
      provider: "openai",
      operation: "chat",
      apiType: "chat_completions",
      responseModel: "gpt-4o",
      finishReasons: ["stop", "error", "error"],
      outputMessages: [
        { role: "assistant", parts: [{ type: "text", content: "Hi" }], finish_reason: "stop" },
        { role: "assistant", parts: [] },
        {
          role: "assistant",
          parts: [
            { type: "unknown", content: { type: "text", text: 5 } },
            { type: "unknown", content: 6 },
            { type: "text", content: "Seven" }
          ]
        }
      ]
    })
  })

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
  const index = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 })))
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

  /** All paths in a payload. */
  const pathsOf = (value: unknown, prefix: ReadonlyArray<string> = []): Array<ReadonlyArray<string>> =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, child]) => [[...prefix, key], ...pathsOf(child, [...prefix, key])])
      : []

  const replace = (value: any, [key, ...rest]: ReadonlyArray<string>, by: unknown): any => {
    const copy = Array.isArray(value) ? [...value] : { ...value }
    copy[key!] = rest.length === 0 ? by : replace(value[key!], rest, by)
    return copy
  }

  /** The facts that each field of a response sets. */
  const facts: Record<string, ReadonlyArray<keyof LlmCall.LlmCall>> = {
    id: ["responseId"],
    model: ["responseModel"],
    choices: ["finishReasons", "outputMessages"],
    content: ["outputMessages"],
    role: ["outputMessages"],
    stop_reason: ["finishReasons", "outputMessages"],
    status: ["finishReasons", "outputMessages"],
    incomplete_details: ["finishReasons", "outputMessages"],
    output: ["outputMessages"],
    usage: ["usage", "responseServiceTier", "responseSpeed", "inferenceGeo", "cost", "costSource"],
    service_tier: ["responseServiceTier"],
    system_fingerprint: ["systemFingerprint"],
    instructions: ["systemInstructions"],
    tools: ["toolDefinitions"],
    temperature: ["temperature"],
    top_p: ["topP"],
    max_output_tokens: ["maxTokens"],
    frequency_penalty: ["frequencyPenalty"],
    presence_penalty: ["presencePenalty"],
    text: ["outputType"],
    reasoning: ["reasoningLevel"],
    previous_response_id: ["previousResponseId"],
    conversation: ["conversationId"]
  }

  for (const { name, raw } of answers) {
    const paths = pathsOf(raw).filter((path) => path[0] !== "object" && path[0] !== "type")
    it.prop(`in place of any field of ${name} costs only that field's facts`, [index, json], ([at, by]) => {
      const place = paths[at % paths.length]!
      const call: any = read(replace(raw, place, by))
      assert.isDefined(call)
      const expected: any = { ...LlmCall.readResponse(raw) }
      const actual = { ...call }
      for (const fact of facts[place[0]!] ?? []) {
        delete expected[fact]
        delete actual[fact]
      }
      assert.deepStrictEqual(actual, expected, place.join("."))
    }, { arbitrary: { runs: 300 } })

    it.prop(`in place of the field that identifies the API of ${name} does not throw`, [json], ([by]) => {
      read({ ...raw, object: by })
      read({ ...raw, type: by })
    })
  }
})

describe("requests", () => {
  it("are read from OpenAI's chat completions", () => {
    const call = LlmCall.readRequest({
      model: "gpt-4o",
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          name: "ada",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low" } },
            { type: "image_url", image_url: { url: "data:image/png;base64,aGVsbG8=" } },
            { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
            { type: "file", file: { file_id: "file-1" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERg==" } },
            { type: "hologram", depth: 3 }
          ]
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "call_1", type: "function", function: { name: "look", arguments: "{}" } }]
        },
        { role: "tool", tool_call_id: "call_1", content: "A cat." },
        { role: "assistant", content: null, function_call: { name: "look", arguments: "{\"at\":\"it\"}" } },
        { role: "function", name: "look", content: "A dog." },
        { role: "assistant", content: [{ type: "refusal", refusal: "No." }] }
      ],
      tools: [
        { type: "function", function: { name: "look", description: "Looks.", parameters: { type: "object" } } },
        { type: "custom", custom: { name: "sql", description: "Runs SQL." } }
      ],
      temperature: 0.2,
      top_p: 0.9,
      max_completion_tokens: 512,
      frequency_penalty: 0.1,
      presence_penalty: -0.1,
      stop: "END",
      seed: 7,
      n: 2,
      stream: false,
      response_format: { type: "json_schema", json_schema: { name: "answer" } },
      reasoning_effort: "low",
      service_tier: "flex",
      user: undefined
    })
    assert.deepStrictEqual(call, {
      provider: "openai",
      operation: "chat",
      apiType: "chat_completions",
      requestModel: "gpt-4o",
      inputMessages: [
        { role: "system", parts: [{ type: "text", content: "Be brief." }] },
        {
          role: "user",
          name: "ada",
          parts: [
            { type: "text", content: "What is this?" },
            { type: "uri", modality: "image", uri: "https://example.com/a.png" },
            { type: "blob", modality: "image", mime_type: "image/png", content: "aGVsbG8=" },
            { type: "blob", modality: "audio", mime_type: "audio/wav", content: "UklGRg==" },
            { type: "file", modality: "document", file_id: "file-1" },
            { type: "blob", modality: "document", mime_type: "application/pdf", content: "JVBERg==" },
            { type: "hologram", depth: 3 }
          ]
        },
        { role: "assistant", parts: [{ type: "tool_call", id: "call_1", name: "look", arguments: {} }] },
        { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: "A cat." }] },
        { role: "assistant", parts: [{ type: "tool_call", name: "look", arguments: { at: "it" } }] },
        { role: "function", name: "look", parts: [{ type: "tool_call_response", response: "A dog." }] },
        { role: "assistant", parts: [{ type: "refusal", content: "No." }] }
      ],
      toolDefinitions: [
        { type: "function", name: "look", description: "Looks.", parameters: { type: "object" } },
        { type: "custom", name: "sql", description: "Runs SQL." }
      ],
      temperature: 0.2,
      topP: 0.9,
      maxTokens: 512,
      frequencyPenalty: 0.1,
      presencePenalty: -0.1,
      stopSequences: ["END"],
      seed: 7,
      choiceCount: 2,
      stream: false,
      outputType: "json",
      reasoningLevel: "low",
      requestServiceTier: "flex"
    })
    assert.isTrue(isLlmCall(call))
  })

  it("are read from OpenAI's chat completions with the older fields", () => {
    const call = LlmCall.readRequest({
      model: "gpt-4",
      messages: [],
      max_tokens: 64,
      max_completion_tokens: null,
      stop: ["a", "b"],
      functions: [{ name: "look", parameters: { type: "object" } }, { description: "nameless" }],
      response_format: { type: "text" }
    })
    assert.deepStrictEqual(call, {
      provider: "openai",
      operation: "chat",
      apiType: "chat_completions",
      requestModel: "gpt-4",
      inputMessages: [],
      toolDefinitions: [{ type: "function", name: "look", parameters: { type: "object" } }],
      maxTokens: 64,
      stopSequences: ["a", "b"],
      outputType: "text"
    })
  })

  it("are read from OpenAI's Responses API", () => {
    const call = LlmCall.readRequest({
      model: "gpt-5",
      instructions: "Be brief.",
      input: [
        { role: "developer", content: "No jokes." },
        {
          type: "message",
          role: "user",
          content: [
            { type: "input_text", text: "What is this?" },
            { type: "input_image", image_url: "https://example.com/a.png", detail: "auto" },
            { type: "input_image", file_id: "file-1" },
            { type: "input_file", file_url: "https://example.com/a.pdf" }
          ]
        },
        { type: "reasoning", id: "rs_1", summary: [] },
        { type: "function_call", call_id: "call_1", name: "look", arguments: "{\"at\":\"it\"}" },
        { type: "function_call_output", call_id: "call_1", output: "A cat." },
        { type: "computer_call_output", call_id: "call_2", output: { type: "computer_screenshot" } },
        { type: "compaction", id: "cmp_1", encrypted_content: "gAAA" },
        { type: "item_reference", id: "msg_0" }
      ],
      tools: [{ type: "function", name: "look", description: "Looks.", parameters: null }],
      max_output_tokens: 100,
      reasoning: { effort: "minimal" },
      previous_response_id: "resp_0",
      conversation: "conv_1",
      service_tier: "auto",
      stream: true
    })
    assert.deepStrictEqual(call, {
      provider: "openai",
      operation: "chat",
      apiType: "responses",
      requestModel: "gpt-5",
      systemInstructions: [{ type: "text", content: "Be brief." }],
      inputMessages: [
        { role: "developer", parts: [{ type: "text", content: "No jokes." }] },
        {
          role: "user",
          parts: [
            { type: "text", content: "What is this?" },
            { type: "uri", modality: "image", uri: "https://example.com/a.png" },
            { type: "file", modality: "image", file_id: "file-1" },
            { type: "uri", modality: "document", uri: "https://example.com/a.pdf" }
          ]
        },
        { role: "assistant", parts: [{ type: "reasoning", content: "" }] },
        { role: "assistant", parts: [{ type: "tool_call", id: "call_1", name: "look", arguments: { at: "it" } }] },
        { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: "A cat." }] },
        {
          role: "tool",
          parts: [{ type: "computer_call_output", call_id: "call_2", output: { type: "computer_screenshot" } }]
        },
        { role: "assistant", parts: [{ type: "compaction", id: "cmp_1" }] },
        { role: "assistant", parts: [{ type: "item_reference", id: "msg_0" }] }
      ],
      toolDefinitions: [{ type: "function", name: "look", description: "Looks.", parameters: null }],
      maxTokens: 100,
      reasoningLevel: "minimal",
      previousResponseId: "resp_0",
      conversationId: "conv_1",
      stream: true,
      requestServiceTier: "auto"
    })
    assert.isTrue(isLlmCall(call))
  })

  it("are read from Anthropic's messages", () => {
    const call = LlmCall.readRequest({
      model: "claude-sonnet-4-5",
      max_tokens: 1_024,
      system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "aGVsbG8=" } },
            { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
            { type: "document", source: { type: "file", file_id: "file_1" } },
            { type: "document", source: { type: "text", media_type: "text/plain", data: "Read me." } }
          ]
        },
        { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "look", input: { at: "it" } }] },
        {
          role: "user",
          content: [{
            type: "tool_result",
            tool_use_id: "toolu_1",
            content: [{ type: "text", text: "A cat." }],
            is_error: false
          }]
        }
      ],
      tools: [
        { name: "look", description: "Looks.", input_schema: { type: "object" } },
        { type: "web_search_20250305", name: "web_search", max_uses: 5 }
      ],
      temperature: 1,
      top_p: 0.5,
      top_k: 40,
      stop_sequences: ["END"],
      stream: true,
      thinking: { type: "enabled", budget_tokens: 512 },
      output_config: { effort: "medium" }
    })
    assert.deepStrictEqual(call, {
      provider: "anthropic",
      operation: "chat",
      requestModel: "claude-sonnet-4-5",
      systemInstructions: [{ type: "text", content: "Be brief." }],
      inputMessages: [
        {
          role: "user",
          parts: [
            { type: "text", content: "What is this?" },
            { type: "blob", modality: "image", mime_type: "image/png", content: "aGVsbG8=" },
            { type: "uri", modality: "image", uri: "https://example.com/a.png" },
            { type: "file", modality: "document", file_id: "file_1" },
            { type: "text", content: "Read me." }
          ]
        },
        { role: "assistant", parts: [{ type: "tool_call", id: "toolu_1", name: "look", arguments: { at: "it" } }] },
        {
          role: "user",
          parts: [{ type: "tool_call_response", id: "toolu_1", response: [{ type: "text", text: "A cat." }] }]
        }
      ],
      toolDefinitions: [
        { type: "function", name: "look", description: "Looks.", parameters: { type: "object" } },
        { type: "web_search_20250305", name: "web_search" }
      ],
      maxTokens: 1_024,
      temperature: 1,
      topP: 0.5,
      topK: 40,
      stopSequences: ["END"],
      stream: true,
      reasoningLevel: "medium"
    })
    assert.isTrue(isLlmCall(call))
  })

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

  it("are distinguished by their fields", () => {
    const messages = [{ role: "user", content: "Hello" }]
    const providerOf = (body: unknown, options?: LlmCall.ReadOptions) => LlmCall.readRequest(body, options)?.provider
    assert.strictEqual(providerOf({ messages }), "openai")
    assert.strictEqual(providerOf({ messages, model: "claude-3-opus-20240229" }), "anthropic")
    assert.strictEqual(providerOf({ messages, model: "anthropic.claude-3-5-sonnet-20241022-v2:0" }), "anthropic")
    assert.strictEqual(providerOf({ messages, model: "anthropic/claude-sonnet-4" }), "openai")
    assert.strictEqual(providerOf({ messages, model: "claude-3", response_format: { type: "text" } }), "openai")
    assert.strictEqual(providerOf({ messages: [{ role: "tool", content: "" }], model: "claude-3" }), "openai")
    assert.strictEqual(providerOf({ messages, model: "mine", system: "Be brief." }), "anthropic")
    assert.strictEqual(providerOf({ messages, anthropic_version: "bedrock-2023-05-31" }), "anthropic")
    assert.strictEqual(providerOf({ messages, tools: [{ name: "f", input_schema: {} }] }), "anthropic")
    assert.strictEqual(providerOf({ messages: [{ role: "user", content: [{ type: "tool_result" }] }] }), "anthropic")
    assert.strictEqual(providerOf({ messages, model: "claude-3" }, { provider: "openai" }), "openai")
    assert.strictEqual(providerOf({ messages, model: "mine" }, { provider: "anthropic" }), "anthropic")
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
