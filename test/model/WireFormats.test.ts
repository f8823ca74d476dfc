/** Bodies in each API's format: requests, complete responses and streamed ones. */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as fs from "node:fs"
import * as path from "node:path"
import * as ChunkReader from "../../src/model/ChunkReader.ts"
import * as LlmCall from "../../src/model/LlmCall.ts"
import * as Message from "../../src/model/Message.ts"
import type * as Usage from "../../src/model/Usage.ts"
import { readChunks } from "../../src/trace/LlmStream.ts"

interface Fixture {
  readonly api: LlmCall.Api
  readonly provider: string
  readonly request: unknown
  readonly asked: Readonly<Record<string, unknown>>
  readonly response: unknown
  readonly chunks: ReadonlyArray<unknown>
  readonly facts: {
    readonly responseModel?: string
    readonly responseId?: string
    readonly finishReasons: ReadonlyArray<string>
    readonly usage: Usage.Usage
    readonly parts: Array<string>
    readonly text: string
    readonly call: string
  }
}

const directory = path.resolve(import.meta.dirname, "../fixtures/wire")

const fixtures = fs.readdirSync(directory).filter((file) => file.endsWith(".json")).map((file) => ({
  name: file.replace(".json", ""),
  ...JSON.parse(fs.readFileSync(path.join(directory, file), "utf8")) as Fixture
}))

const factsOf = (call: LlmCall.LlmCall | undefined) => {
  const message = call?.outputMessages?.[0]
  const tool = message?.parts.find(Message.isPart("tool_call"))
  return {
    provider: call?.provider,
    responseModel: call?.responseModel,
    responseId: call?.responseId,
    finishReasons: call?.finishReasons,
    usage: call?.usage,
    parts: message?.parts.map((part) => part.type),
    text: message === undefined ? undefined : Message.toText(message),
    call: tool?.name,
    arguments: tool?.arguments
  }
}

const snake = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(snake)
    : typeof value === "object" && value !== null
    ? Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        snake(inner)
      ])
    )
    : value

describe("bodies", () => {
  for (const { api, asked, chunks, facts, name, provider, request, response } of fixtures) {
    const right = {
      provider,
      responseModel: undefined,
      responseId: undefined,
      ...facts,
      arguments: { city: "Oslo" }
    }

    it(`${name}: a response is read`, () => {
      const call = LlmCall.readResponse(response)
      assert.deepStrictEqual(factsOf(call), right)
      assert.isTrue(Schema.is(LlmCall.LlmCall)(call))
      assert.deepStrictEqual(LlmCall.readResponse(response, { api }), call)
      assert.strictEqual(LlmCall.readResponse(response, { provider: "mine" })?.provider, "mine")
      assert.strictEqual(call?.outputMessages?.[0]?.role, "assistant")
    })

    it(`${name}: a stream reads like its complete response`, () => {
      const { responseId, ...rest } = right
      const call = readChunks(chunks)
      // In a stream, Bedrock's id is only in the head of the response.
      assert.deepStrictEqual(factsOf(call), { responseId: api === "converse" ? undefined : responseId, ...rest })
      assert.isTrue(Schema.is(LlmCall.LlmCall)(call))
      const events = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("")
      const jsonLines = chunks.map((chunk) => `${JSON.stringify(chunk)}\n`).join("")
      if (api !== "mistral") {
        assert.deepStrictEqual(readChunks([events]), call)
        assert.deepStrictEqual(readChunks([new TextEncoder().encode(events)]), call)
        assert.deepStrictEqual(readChunks([jsonLines]), call)
      }
    })

    it(`${name}: an interrupted stream keeps its pieces`, () => {
      for (let length = 1; length < chunks.length; length++) {
        const call = readChunks(chunks.slice(0, length))
        const said = factsOf(call)
        assert.strictEqual(call?.provider === undefined || typeof call.provider === "string", true)
        if (said.text !== undefined) assert.isTrue("Hello!".startsWith(said.text), said.text)
      }
    })

    it(`${name}: a request is read`, () => {
      const call = LlmCall.readRequest(request)
      assert.strictEqual(call?.provider, asked["provider"] ?? provider)
      assert.isTrue(Schema.is(LlmCall.LlmCall)(call))
      assert.lengthOf(call?.inputMessages ?? [], asked["messages"] as number)
      assert.deepStrictEqual(call?.toolDefinitions?.map((tool) => tool.name), asked["tools"] as never)
      assert.strictEqual(
        call?.systemInstructions?.map((part) => "content" in part ? part.content : "").join(""),
        asked["system"]
      )
      for (
        const fact of ["requestModel", "temperature", "topK", "maxTokens", "outputType", "reasoningLevel"] as const
      ) {
        assert.strictEqual(call?.[fact], asked[fact], fact)
      }
      assert.deepStrictEqual(LlmCall.readRequest(request, { api }), call)
    })

    it(`${name}: odd values in any place do not throw`, () => {
      for (const odd of [null, 3, "x", [], {}, [null], [{}]]) {
        for (const body of [request, response, ...chunks]) {
          for (const key of Object.keys(body as object)) {
            const changed = { ...body as object, [key]: odd }
            LlmCall.readResponse(changed, { api })
            LlmCall.readRequest(changed, { api })
            readChunks([changed])
          }
        }
      }
    })
  }

  it("are read equally in the spellings of the API and of the SDK", () => {
    for (const { api, name, response } of fixtures) {
      if (api !== "generate_content" && api !== "cohere") continue
      const call = LlmCall.readResponse(response, { api })
      assert.deepStrictEqual(factsOf(LlmCall.readResponse(snake(response), { api })), factsOf(call), name)
    }
  })

  it("of batches cost the batch price", () => {
    const anthropic = {
      type: "message",
      role: "assistant",
      model: "m",
      content: [],
      stop_reason: "end_turn",
      usage: { input_tokens: 1, output_tokens: 1 }
    }
    const openai = {
      object: "chat.completion",
      model: "m",
      choices: [],
      usage: { prompt_tokens: 1, completion_tokens: 1 }
    }
    const gemini = fixtures.find(({ name }) => name === "gemini")!.response
    for (
      const line of [
        { custom_id: "a", result: { type: "succeeded", message: anthropic } },
        { custom_id: "a", response: { status_code: 200, body: openai } },
        { key: "a", response: gemini }
      ]
    ) assert.strictEqual(LlmCall.readResponse(line)?.responseServiceTier, "batch")
    assert.isUndefined(LlmCall.readResponse({ custom_id: "a", result: { type: "errored", error: {} } }))
  })

  it("of embeddings have their tokens and the length of a vector", () => {
    const cases: ReadonlyArray<readonly [unknown, string, number | undefined]> = [
      [
        {
          object: "list",
          data: [{ object: "embedding", embedding: [1, 2, 3] }],
          model: "m",
          usage: { prompt_tokens: 7, total_tokens: 7 }
        },
        "openai",
        7
      ],
      [
        {
          object: "list",
          data: [{ object: "embedding", embedding: "AACAPwAAAEAAAEBA" }],
          model: "m",
          usage: { prompt_tokens: 7, total_tokens: 7 }
        },
        "openai",
        7
      ],
      [{ embeddings: [{ values: [1, 2, 3] }] }, "gcp.gemini", undefined],
      [{ embedding: { values: [1, 2, 3] } }, "gcp.gemini", undefined],
      [{ id: "c", embeddings: { float: [[1, 2, 3]] }, meta: { billed_units: { input_tokens: 7 } } }, "cohere", 7],
      [{ model: "m", embeddings: [[1, 2, 3]], total_duration: 1, prompt_eval_count: 7 }, "ollama", 7]
    ]
    for (const [body, provider, tokens] of cases) {
      const call = LlmCall.readResponse(body)
      assert.strictEqual(call?.operation, "embeddings")
      assert.strictEqual(call?.provider, provider)
      assert.strictEqual(call?.dimensionCount, 3)
      assert.strictEqual(call?.usage?.inputTokens, tokens)
    }
  })
})

describe("searches of the web", () => {
  const claude = (server_tool_use: object) => ({
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-6",
    content: [],
    stop_reason: "end_turn",
    usage: { input_tokens: 10, output_tokens: 5, server_tool_use }
  })
  const search = { type: "web_search_call", id: "w", status: "completed" }
  const response = (items: ReadonlyArray<object>, more: object = {}) => ({
    object: "response",
    status: "completed",
    model: "gpt-5",
    output: [...items, { type: "message", role: "assistant", content: [{ type: "output_text", text: "It rains" }] }],
    usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
    ...more
  })
  const rows: ReadonlyArray<readonly [string, unknown, number | undefined]> = [
    ["Claude's", claude({ web_search_requests: 3, web_fetch_requests: 1 }), 3],
    ["Claude's, none", claude({ web_search_requests: 0 }), undefined],
    ["OpenAI's", response([search, { ...search, action: { type: "search", query: "rain" } }]), 2],
    ["OpenAI's, without pages that were opened", response([{ ...search, action: { type: "open_page" } }]), undefined],
    ["OpenAI's, without those that failed", response([search, { ...search, status: "failed" }]), 1],
    [
      "OpenAI's, not of the preview",
      response([search], { tools: [{ type: "web_search_preview_2025_03_11" }] }),
      undefined
    ]
  ]
  for (const [name, body, right] of rows) {
    it(name, () => assert.strictEqual(LlmCall.readResponse(body)?.webSearches, right))
  }

  it("Claude's, of a stream", () => {
    const reader = ChunkReader.make()
    const message = { type: "message", role: "assistant", model: "claude-sonnet-4-6", content: [] }
    reader.add({ type: "message_start", message: { ...message, usage: { input_tokens: 10, output_tokens: 1 } } })
    reader.add({
      type: "message_delta",
      delta: { stop_reason: "end_turn" },
      usage: { output_tokens: 5, server_tool_use: { web_search_requests: 2 } }
    })
    reader.add({ type: "message_stop" })
    assert.strictEqual(reader.facts()?.webSearches, 2)
  })
})

describe("a chat completion of a server with additions of its own", () => {
  const completion = (message: object, usage: object = {}) => ({
    object: "chat.completion",
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop" }],
    usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120, ...usage }
  })
  const text = { type: "text", text: "Hi" }
  const reasoning: ReadonlyArray<readonly [string, object]> = [
    ["vLLM", { reasoning: "hm", content: "Hi" }],
    ["DeepSeek", { reasoning_content: "hm", content: "Hi" }],
    ["OpenRouter", { reasoning_details: [{ type: "reasoning.text", text: "hm" }], content: "Hi" }],
    ["Mistral", { content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }, text] }],
    ["Databricks", { content: [{ type: "reasoning", summary: [{ type: "summary_text", text: "hm" }] }, text] }]
  ]
  for (const [server, message] of reasoning) {
    it(`has the reasoning of ${server}`, () =>
      assert.deepStrictEqual(LlmCall.readResponse(completion(message))?.outputMessages?.[0]?.parts, [
        Message.reasoning("hm"),
        Message.text("Hi")
      ]))
  }

  const costs: ReadonlyArray<readonly [string, object, number | undefined]> = [
    ["OpenRouter", { cost: 0.0042, is_byok: false }, 0.0042],
    ["OpenRouter with a key of one's own", {
      cost: 0.0002,
      is_byok: true,
      cost_details: { upstream_inference_cost: 0.004 }
    }, 0.0042],
    ["Perplexity", { cost: { input_tokens_cost: 0.0001, total_cost: 0.0053 } }, 0.0053],
    ["DeepInfra", { estimated_cost: 0.00123 }, 0.00123],
    ["xAI", { cost_in_usd_ticks: 158_500 }, 0.00001585],
    ["nobody", { cost: null, estimated_cost: "free" }, undefined]
  ]
  for (const [server, usage, cost] of costs) {
    it(`has the cost that ${server} reports`, () => {
      const call = LlmCall.readResponse(completion({ content: "Hi" }, usage))
      assert.deepStrictEqual([call?.cost, call?.costSource], [cost, cost === undefined ? undefined : "told"])
    })
  }

  const cached: ReadonlyArray<readonly [string, object, read: number | undefined, write: number | undefined]> = [
    ["LiteLLM", { cache_read_input_tokens: 30, cache_creation_input_tokens: 10 }, 30, 10],
    ["Together", { cached_tokens: 40 }, 40, undefined],
    ["Fireworks", { prompt_tokens_details: { cached_tokens: 64 } }, 64, undefined],
    ["DeepSeek", { prompt_cache_hit_tokens: 60, prompt_cache_miss_tokens: 40 }, 60, undefined],
    ["Qwen", { prompt_tokens_details: { cached_tokens: 50, cache_creation_input_tokens: 20 } }, 50, 20],
    ["OpenRouter", { prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 10 } }, 30, 10],
    ["vLLM", { prompt_tokens_details: null, completion_tokens_details: null }, undefined, undefined]
  ]
  for (const [server, usage, read, write] of cached) {
    it(`has the cached tokens of ${server}`, () => {
      const told = LlmCall.readResponse(completion({ content: "Hi" }, usage))?.usage
      assert.deepStrictEqual([told?.inputTokens, told?.cacheReadTokens, told?.cacheWriteTokens], [100, read, write])
    })
  }
})
