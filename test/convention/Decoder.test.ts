/** Decoding: this library's conventions by a round trip, other vocabularies by examples of their spans. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import * as Decoder from "../../src/convention/Decoder.ts"
import type { Attributes } from "../../src/core/Attribute.ts"
import * as SpanData from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Message from "../../src/model/Message.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"

class NotFound extends Error {
  readonly _tag = "NotFound"
}

const input = [Message.system("Be brief."), Message.user("Where is order 7?")]
const output = [
  Message.output([Message.text("I look."), Message.toolCall({ id: "c1", name: "find", arguments: { id: 7 } })], {
    finishReason: "tool_calls"
  })
]

const program = Effect.void.pipe(
  traceLlmWith({
    provider: "openai",
    model: "gpt-4o-mini",
    responseModel: "gpt-4o-mini-2024-07-18",
    responseId: "r1",
    finishReasons: ["tool_calls"],
    usage: { inputTokens: 120, outputTokens: 30, cacheReadTokens: 20, reasoningTokens: 5 },
    cost: 0.25,
    inputMessages: input,
    outputMessages: output
  }),
  Effect.andThen(
    Effect.succeed({ found: true }).pipe(
      traceTool("find", { parameters: { id: 7 }, callId: "c1", result: { found: true } })
    )
  ),
  Effect.andThen(
    Effect.fail(new NotFound("no order 8")).pipe(traceTool("find", { parameters: { id: 8 } }), Effect.ignore)
  ),
  Effect.andThen(Effect.succeed("ok").pipe(traceAction("check", { parameters: { a: 1 }, result: "ok" }))),
  traceAgent("support", { input: "Where is order 7?", output: "It is here." }),
  Session.withSession({ name: "support-ticket", tags: ["prod"], userId: "u1" })
)

const told = (convention: Convention.Convention) =>
  Effect.andThen(program, Effect.flatMap(Exporter.Memory, (memory) => memory.spans)).pipe(
    Effect.provide(
      Exporter.memory({ convention, content: true }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
    )
  )

const texts = (messages: ReadonlyArray<Message.ChatMessage> | undefined) =>
  messages?.map((message) => [message.role, Message.toText(message)])

describe("decode reads each of our conventions", () => {
  const conventions: ReadonlyArray<readonly [name: string, Convention.Convention, { readonly session: boolean }]> = [
    ["standard", Convention.standard, { session: true }],
    ["agentOps", Convention.agentOps, { session: true }],
    ["openInference", Convention.openInference, { session: true }],
    ["langfuse", Convention.langfuse, { session: true }],
    ["genAi latest", Convention.genAi("latest"), { session: false }],
    ["genAi 1.41", Convention.genAi("1.41"), { session: false }]
  ]

  for (const [name, convention, { session }] of conventions) {
    it.effect(`${name} gives back the model call, the tools, the agent and their content`, () =>
      Effect.gen(function*() {
        const spans = yield* told(convention)
        const decoded = spans.map((span) => [span, Decoder.decode(span)] as const)
        const of = (category: Decoder.Category) =>
          decoded.filter(([, { category: found }]) => found === category).map(([, found]) => found)

        const [call] = of("llm")
        assert.strictEqual(call!.provider, "openai")
        // Langfuse has one name for the model, and none for the id of a call.
        if (name !== "langfuse") assert.strictEqual(call!.model, "gpt-4o-mini")
        assert.strictEqual(call!.responseModel ?? call!.model, "gpt-4o-mini-2024-07-18")
        assert.strictEqual(call!.usage!.inputTokens, 120)
        assert.strictEqual(call!.usage!.outputTokens, 30)
        assert.strictEqual(call!.usage!.cacheReadTokens, 20)
        assert.strictEqual(call!.usage!.reasoningTokens, 5)
        assert.deepStrictEqual(texts(call!.inputMessages), [["system", "Be brief."], ["user", "Where is order 7?"]])
        const parts = call!.outputMessages![0]!.parts
        assert.deepStrictEqual(parts.find(({ type }) => type === "text"), { type: "text", content: "I look." })
        const asked = parts.find(Message.isPart("tool_call"))
        assert.deepStrictEqual([asked!.id, asked!.name, asked!.arguments], ["c1", "find", { id: 7 }])

        const [found, missed] = of("tool")
        assert.deepStrictEqual([found!.title, found!.input, found!.output], ["find", { id: 7 }, { found: true }])
        if (name !== "langfuse") assert.strictEqual(found!.toolCallId, "c1")
        assert.isUndefined(found!.errorType)
        assert.strictEqual(missed!.errorType, "NotFound")
        assert.include(missed!.errorMessage, "no order 8")

        const [agent] = of("agent")
        assert.strictEqual(agent!.title, "support")
        for (const [, { sessionId }] of decoded) {
          if (name !== "openInference" || sessionId !== undefined) assert.match(sessionId ?? "", /^[0-9a-f-]{36}$/)
        }
        if (session) {
          const [whole] = of("session")
          assert.strictEqual(whole!.endState, "Success")
          assert.deepStrictEqual(whole!.tags, ["prod"])
          assert.strictEqual(whole!.userId, "u1")
        }
      }))
  }
})

interface Case {
  readonly from: string
  readonly name: string
  readonly attributes: Attributes
  readonly expected: Partial<Decoder.DecodedSpan>
}

const said = (role: string, content: string, more: object = {}) => ({
  role,
  parts: [{ type: "text" as const, content }],
  ...more
})

const cases: ReadonlyArray<Case> = [
  {
    from: "the GenAI conventions of 2024, as OpenLLMetry sends them",
    name: "openai.chat",
    attributes: {
      "llm.request.type": "chat",
      "gen_ai.system": "OpenAI",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.response.model": "gpt-4o-2024-08-06",
      "gen_ai.usage.prompt_tokens": 10,
      "gen_ai.usage.completion_tokens": 4,
      "llm.usage.total_tokens": 14,
      "gen_ai.prompt.0.role": "system",
      "gen_ai.prompt.0.content": "Be brief.",
      "gen_ai.prompt.1.role": "user",
      "gen_ai.prompt.1.content": "Hi",
      "gen_ai.completion.0.role": "assistant",
      "gen_ai.completion.0.content": "Hello",
      "gen_ai.completion.0.finish_reason": "stop"
    },
    expected: {
      vocabulary: "openLlmetry",
      category: "llm",
      title: "gpt-4o-2024-08-06",
      usage: { inputTokens: 10, outputTokens: 4 },
      inputMessages: [said("system", "Be brief."), said("user", "Hi")],
      outputMessages: [said("assistant", "Hello", { finish_reason: "stop" })]
    }
  },
  {
    from: "a tool of OpenLLMetry",
    name: "search.tool",
    attributes: {
      "traceloop.span.kind": "tool",
      "traceloop.entity.name": "search",
      "traceloop.entity.input": `{"query":"shoes"}`,
      "traceloop.entity.output": "[1,2]"
    },
    expected: { category: "tool", title: "search", input: { query: "shoes" }, output: [1, 2] }
  },
  {
    from: "OpenInference, with parts of messages",
    name: "ChatCompletion",
    attributes: {
      "openinference.span.kind": "LLM",
      "llm.model_name": "gpt-4o",
      "llm.provider": "openai",
      "llm.token_count.prompt": 9,
      "llm.token_count.completion": 2,
      "llm.token_count.prompt_details.cache_read": 4,
      "llm.cost.total": 0.5,
      "llm.input_messages.0.message.role": "user",
      "llm.input_messages.0.message.contents.0.message_content.type": "text",
      "llm.input_messages.0.message.contents.0.message_content.text": "Look",
      "llm.output_messages.0.message.role": "assistant",
      "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
      "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "find",
      "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": `{"id":7}`
    },
    expected: {
      vocabulary: "openInference",
      category: "llm",
      cost: 0.5,
      usage: { inputTokens: 9, outputTokens: 2, cacheReadTokens: 4 },
      inputMessages: [said("user", "Look")],
      outputMessages: [{
        role: "assistant",
        parts: [Message.toolCall({ id: "c1", name: "find", arguments: { id: 7 } })]
      }]
    }
  },
  {
    from: "a retriever of OpenInference",
    name: "retrieve",
    attributes: { "openinference.span.kind": "RETRIEVER", "input.value": "shoes" },
    expected: { category: "retrieval", title: "retrieve", input: "shoes" }
  },
  {
    from: "Vercel's AI SDK, a model call",
    name: "ai.streamText.doStream",
    attributes: {
      "ai.operationId": "ai.streamText.doStream",
      "ai.model.id": "claude-sonnet-4",
      "ai.model.provider": "anthropic.messages",
      "ai.prompt.messages": `[{"role":"user","content":[{"type":"text","text":"Hi"}]}]`,
      "ai.response.text": "",
      "ai.response.toolCalls": `[{"toolCallId":"c1","toolName":"find","input":"{\\"id\\":7}"}]`,
      "ai.response.finishReason": "tool-calls",
      "ai.response.msToFirstChunk": 250,
      "ai.usage.promptTokens": 7,
      "ai.usage.completionTokens": 3
    },
    expected: {
      vocabulary: "vercelAi",
      category: "llm",
      title: "claude-sonnet-4",
      finishReasons: ["tool-calls"],
      timeToFirstChunk: 0.25,
      usage: { inputTokens: 7, outputTokens: 3 },
      inputMessages: [said("user", "Hi")],
      outputMessages: [{
        role: "assistant",
        parts: [Message.toolCall({ id: "c1", name: "find", arguments: { id: 7 } })]
      }]
    }
  },
  {
    from: "Vercel's AI SDK, what holds its calls",
    name: "ai.streamText",
    attributes: { "ai.operationId": "ai.streamText", "ai.usage.promptTokens": 7, "ai.response.text": "Hi" },
    expected: { category: "chain", usage: undefined, output: "Hi" }
  },
  {
    from: "Vercel's AI SDK, a tool",
    name: "ai.toolCall",
    attributes: {
      "ai.operationId": "ai.toolCall",
      "ai.toolCall.name": "find",
      "ai.toolCall.id": "c1",
      "ai.toolCall.args": `{"id":7}`,
      "ai.toolCall.result": `{"ok":true}`
    },
    expected: { category: "tool", title: "find", toolCallId: "c1", input: { id: 7 }, output: { ok: true } }
  },
  {
    from: "Langfuse, a generation",
    name: "answer",
    attributes: {
      "langfuse.observation.type": "generation",
      "langfuse.observation.model.name": "gpt-4o",
      "langfuse.observation.input": `[{"role":"user","content":"Hi"}]`,
      "langfuse.observation.output": `{"role":"assistant","content":"Hello"}`,
      "langfuse.observation.usage_details": `{"input":11,"output":2,"total":13}`,
      "langfuse.observation.cost_details": `{"total":0.125}`,
      "langfuse.trace.name": "chat",
      "langfuse.trace.tags": ["a", "b"],
      "user.id": "u1"
    },
    expected: {
      vocabulary: "langfuse",
      category: "llm",
      usage: { inputTokens: 11, outputTokens: 2 },
      cost: 0.125,
      sessionName: "chat",
      tags: ["a", "b"],
      userId: "u1",
      inputMessages: [said("user", "Hi")],
      outputMessages: [said("assistant", "Hello")]
    }
  },
  {
    from: "the GenAI conventions, with messages as JSON",
    name: "chat gpt-4o",
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.system_instructions": `[{"type":"text","content":"Be brief."}]`,
      "gen_ai.input.messages": `[{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"7"}]}]`,
      "gen_ai.output.messages":
        `[{"role":"assistant","parts":[{"type":"text","content":"Done"}],"finish_reason":"stop"}]`
    },
    expected: {
      vocabulary: "genAi",
      category: "llm",
      inputMessages: [
        said("system", "Be brief."),
        { role: "tool", parts: [Message.toolResult({ id: "c1", response: "7" })] }
      ],
      outputMessages: [said("assistant", "Done", { finish_reason: "stop" })]
    }
  },
  {
    from: "nobody that is known",
    name: "GET /orders",
    attributes: { "http.request.method": "GET" },
    expected: { vocabulary: undefined, category: "span", title: "GET /orders" }
  }
]

describe("decode reads other vocabularies", () => {
  for (const { attributes, expected, from, name } of cases) {
    it(`reads ${from}`, () => {
      const decoded = Decoder.decode(SpanData.make({ name, attributes }))
      for (const [key, value] of Object.entries(expected)) {
        assert.deepStrictEqual(decoded[key as keyof Decoder.DecodedSpan], value, key)
      }
    })
  }

  it("takes an error from the status, the exception or the attribute", () => {
    const failed = (fields: Partial<SpanData.SpanData>) => {
      const { errorMessage, errorType } = Decoder.decode(SpanData.make({ name: "n", ...fields }))
      return [errorType, errorMessage]
    }
    const exception = {
      name: "exception",
      time: 0n,
      attributes: { "exception.type": "TypeError", "exception.message": "no" },
      droppedAttributesCount: 0
    }
    assert.deepStrictEqual(failed({}), [undefined, undefined])
    assert.deepStrictEqual(failed({ status: { code: "error", message: "m" } }), ["error", "m"])
    assert.deepStrictEqual(failed({ status: { code: "error" }, events: [exception] }), ["TypeError", "no"])
    assert.deepStrictEqual(failed({ attributes: { "error.type": "429" } }), ["429", undefined])
  })
})

describe("decode reads anything", () => {
  const keys = [
    ...new Set(cases.flatMap(({ attributes }) => Object.keys(attributes))),
    "agentops.event.kind",
    "agentops.span.kind",
    "llm.input_messages.",
    "gen_ai.prompt.__proto__.role",
    "gen_ai.prompt.0.tool_calls"
  ]
  const int = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))
  const oneOf = <A>(...values: ReadonlyArray<A>) => Arbitrary.map(int(values.length - 1), (i) => values[i]!)
  const values: ReadonlyArray<Arbitrary.Arbitrary<unknown>> = [
    Arbitrary.schema(Schema.String),
    Arbitrary.schema(Schema.Number),
    Arbitrary.schema(Schema.Boolean),
    Arbitrary.schema(Schema.Array(Schema.String)),
    Arbitrary.map(Arbitrary.schema(Schema.Json), (json) => JSON.stringify(json)),
    oneOf<unknown>("chat", "llm", "LLM", "session", "[{", "{}", "[null]", `[{"parts":[null,1,{"type":7}]}]`, null)
  ]
  const entry = Arbitrary.all({
    key: oneOf(...keys),
    value: Arbitrary.flatMap(int(values.length - 1), (i) => values[i]!)
  })
  const entries = Arbitrary.all({ a: entry, b: entry, c: entry, d: entry, e: entry, f: entry })

  it.prop(
    "never throws, and returns a title and a category",
    [entries, Arbitrary.schema(Schema.String)],
    ([entries, name]) => {
      const attributes = Object.fromEntries(Object.values(entries).map(({ key, value }) => [key, value]))
      const decoded = Decoder.decode(SpanData.make({ name, attributes: attributes as Attributes }))
      assert.isString(decoded.title)
      assert.isString(decoded.category)
      assert.isUndefined(({} as Record<string, unknown>)["role"])
    }
  )
})
