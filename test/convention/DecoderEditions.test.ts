/** The same conversation in each edition of each vocabulary is decoded to the same facts. */
import { assert, describe, it } from "@effect/vitest"
import * as Decoder from "../../src/convention/Decoder.ts"
import type { Attributes } from "../../src/core/Attribute.ts"
import type { LogData } from "../../src/core/LogData.ts"
import * as SpanData from "../../src/core/SpanData.ts"
import * as Message from "../../src/model/Message.ts"

const json = JSON.stringify

interface Call {
  readonly from: string
  readonly attributes: Attributes
  readonly events?: ReadonlyArray<readonly [name: string, attributes: Attributes]>
  readonly logs?: ReadonlyArray<Pick<LogData, "eventName" | "body" | "attributes">>
}

const eventTime = { time: 0n, droppedAttributesCount: 0 }

const decode = ({ attributes, events = [], logs = [] }: Call) =>
  Decoder.decode(
    SpanData.make({
      name: "call",
      attributes,
      events: events.map(([name, attributes]) => ({ name, attributes, ...eventTime }))
    }),
    logs.map((log) => ({
      traceId: "",
      spanId: "",
      time: 0n,
      severityNumber: 9,
      severityText: "INFO",
      resource: { attributes: {} },
      ...log
    }))
  )

// A call with a system prompt and a question, which is answered by a text and a call of a tool.
const openAiCall = {
  role: "assistant",
  content: "I look.",
  tool_calls: [{ id: "c1", type: "function", function: { name: "find", arguments: `{"id":7}` } }]
}
const parts = [
  { type: "text", content: "I look." },
  { type: "tool_call", id: "c1", name: "find", arguments: { id: 7 } }
]
const openAiInput = [{ role: "system", content: "Be brief." }, { role: "user", content: "Where is order 7?" }]
const semconvInput = [{ role: "user", parts: [{ type: "text", content: "Where is order 7?" }] }]
const semconvOutput = [{ role: "assistant", parts, finish_reason: "tool_call" }]
const counts = { "gen_ai.usage.input_tokens": 20, "gen_ai.usage.output_tokens": 5 }
const chat = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", ...counts }

const calls: ReadonlyArray<Call> = [
  {
    from: "GenAI 1.26: a prompt and a completion as span events",
    attributes: { "gen_ai.system": "openai", ...chat },
    events: [
      ["gen_ai.content.prompt", { "gen_ai.prompt": json(openAiInput) }],
      ["gen_ai.content.completion", { "gen_ai.completion": json([openAiCall]) }]
    ]
  },
  {
    from: "GenAI 1.28: a span event for each message, with its attributes",
    attributes: { "gen_ai.system": "openai", ...chat },
    events: [
      ["gen_ai.system.message", { content: "Be brief." }],
      ["gen_ai.user.message", { content: "Where is order 7?", role: "user" }],
      ["gen_ai.choice", { index: 0, finish_reason: "tool_calls", message: json(openAiCall) }]
    ]
  },
  {
    from: "GenAI 1.28: a span event for each message, with JSON in one attribute",
    attributes: { "gen_ai.system": "az.ai.inference", ...chat },
    events: [
      ["gen_ai.system.message", { "gen_ai.event.content": json(openAiInput[0]) }],
      ["gen_ai.user.message", { "gen_ai.event.content": json(openAiInput[1]) }],
      ["gen_ai.choice", {
        "gen_ai.event.content": json({ index: 0, message: openAiCall, finish_reason: "tool_calls" })
      }]
    ]
  },
  {
    from: "GenAI 1.28: a log record for each message",
    attributes: { "gen_ai.system": "openai", ...chat },
    logs: [
      { eventName: "gen_ai.system.message", body: { content: "Be brief." }, attributes: {} },
      { eventName: "gen_ai.user.message", body: { content: "Where is order 7?" }, attributes: {} },
      { eventName: "gen_ai.choice", body: { index: 0, message: openAiCall }, attributes: {} }
    ]
  },
  {
    from: "GenAI 1.28: log records that say their name in an attribute",
    attributes: { "gen_ai.system": "openai", ...chat },
    logs: [
      { eventName: undefined, body: { content: "Be brief." }, attributes: { "event.name": "gen_ai.system.message" } },
      {
        eventName: undefined,
        body: { content: "Where is order 7?" },
        attributes: { "event.name": "gen_ai.user.message" }
      },
      { eventName: undefined, body: { message: openAiCall }, attributes: { "event.name": "gen_ai.choice" } }
    ]
  },
  {
    from: "GenAI 1.38: one log record with all of it, as structures",
    attributes: { "gen_ai.provider.name": "openai", ...chat },
    logs: [{
      eventName: "gen_ai.client.inference.operation.details",
      body: null,
      attributes: {
        "gen_ai.system_instructions": [{ type: "text", content: "Be brief." }],
        "gen_ai.input.messages": semconvInput,
        "gen_ai.output.messages": semconvOutput
      } as never
    }]
  },
  {
    from: "GenAI 1.38: one span event with all of it, as JSON",
    attributes: { "gen_ai.provider.name": "openai", ...chat },
    events: [["gen_ai.client.inference.operation.details", {
      "gen_ai.system_instructions": json([{ type: "text", content: "Be brief." }]),
      "gen_ai.input.messages": json(semconvInput),
      "gen_ai.output.messages": json(semconvOutput)
    }]]
  },
  {
    from: "GenAI 1.38: attributes",
    attributes: {
      "gen_ai.provider.name": "openai",
      ...chat,
      "gen_ai.system_instructions": json([{ type: "text", content: "Be brief." }]),
      "gen_ai.input.messages": json(semconvInput),
      "gen_ai.output.messages": json(semconvOutput)
    }
  },
  {
    from: "OpenLLMetry: an attribute for each field",
    attributes: {
      "llm.request.type": "chat",
      "gen_ai.system": "openai",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.prompt_tokens": 20,
      "gen_ai.usage.completion_tokens": 5,
      "gen_ai.prompt.0.role": "system",
      "gen_ai.prompt.0.content": "Be brief.",
      "gen_ai.prompt.1.role": "user",
      "gen_ai.prompt.1.content": json([{ type: "text", text: "Where is order 7?" }]),
      "gen_ai.completion.0.role": "assistant",
      "gen_ai.completion.0.content": "I look.",
      "gen_ai.completion.0.tool_calls.0.id": "c1",
      "gen_ai.completion.0.tool_calls.0.name": "find",
      "gen_ai.completion.0.tool_calls.0.arguments": `{"id":7}`
    }
  },
  {
    from: "OpenLLMetry of 2023",
    attributes: {
      "llm.request.type": "chat",
      "llm.vendor": "openai",
      "llm.request.model": "gpt-4o",
      "llm.usage.prompt_tokens": 20,
      "llm.usage.completion_tokens": 5,
      "llm.prompts.0.role": "system",
      "llm.prompts.0.content": "Be brief.",
      "llm.prompts.1.role": "user",
      "llm.prompts.1.content": "Where is order 7?",
      "llm.completions.0.role": "assistant",
      "llm.completions.0.content": "I look.",
      "llm.completions.0.tool_calls.0.id": "c1",
      "llm.completions.0.tool_calls.0.name": "find",
      "llm.completions.0.tool_calls.0.arguments": `{"id":7}`
    }
  },
  {
    from: "OpenInference",
    attributes: {
      "openinference.span.kind": "LLM",
      "llm.provider": "openai",
      "llm.model_name": "gpt-4o",
      "llm.token_count.prompt": 20,
      "llm.token_count.completion": 5,
      "llm.input_messages.0.message.role": "system",
      "llm.input_messages.0.message.content": "Be brief.",
      "llm.input_messages.1.message.role": "user",
      "llm.input_messages.1.message.contents.0.message_content.type": "text",
      "llm.input_messages.1.message.contents.0.message_content.text": "Where is order 7?",
      "llm.output_messages.0.message.role": "assistant",
      "llm.output_messages.0.message.content": "I look.",
      "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
      "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "find",
      "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": `{"id":7}`
    }
  },
  {
    from: "OpenInference with the bodies alone",
    attributes: {
      "openinference.span.kind": "LLM",
      "llm.system": "openai",
      "llm.model_name": "gpt-4o",
      "llm.token_count.prompt": 20,
      "llm.token_count.completion": 5,
      "input.mime_type": "application/json",
      "input.value": json({ model: "gpt-4o", messages: openAiInput }),
      "output.mime_type": "application/json",
      "output.value": json({ choices: [{ index: 0, message: openAiCall, finish_reason: "tool_calls" }] })
    }
  },
  {
    from: "Vercel's AI SDK 3",
    attributes: {
      "ai.operationId": "ai.generateText.doGenerate",
      "ai.model.provider": "openai",
      "ai.model.id": "gpt-4o",
      "ai.prompt.format": "messages",
      "ai.prompt.messages": json(openAiInput),
      "ai.result.text": "I look.",
      "ai.result.toolCalls": json([{ toolCallType: "function", toolCallId: "c1", toolName: "find", args: `{"id":7}` }]),
      "ai.finishReason": "tool-calls",
      "ai.usage.promptTokens": 20,
      "ai.usage.completionTokens": 5
    }
  },
  {
    from: "Vercel's AI SDK 4",
    attributes: {
      "ai.operationId": "ai.streamText.doStream",
      "ai.model.provider": "openai.chat",
      "ai.model.id": "gpt-4o",
      "ai.prompt.messages": json([
        openAiInput[0],
        { role: "user", content: [{ type: "text", text: "Where is order 7?" }] }
      ]),
      "ai.response.text": "I look.",
      "ai.response.toolCalls": json([{ toolCallId: "c1", toolName: "find", args: { id: 7 } }]),
      "ai.usage.promptTokens": 20,
      "ai.usage.completionTokens": 5
    }
  },
  {
    from: "Vercel's AI SDK 5 and 6",
    attributes: {
      "ai.operationId": "ai.generateText.doGenerate",
      "ai.model.provider": "openai.responses",
      "ai.model.id": "gpt-4o",
      "ai.prompt.messages": json([
        openAiInput[0],
        { role: "user", content: [{ type: "text", text: "Where is order 7?" }] }
      ]),
      "ai.response.text": "I look.",
      "ai.response.toolCalls": json([{ toolCallId: "c1", toolName: "find", input: `{"id":7}` }]),
      "ai.usage.inputTokens": 20,
      "ai.usage.outputTokens": 5
    }
  },
  {
    from: "Langfuse",
    attributes: {
      "langfuse.observation.type": "generation",
      "langfuse.observation.model.name": "gpt-4o",
      "langfuse.observation.metadata.ls_provider": "openai",
      "langfuse.observation.input": json(openAiInput),
      "langfuse.observation.output": json(openAiCall),
      "langfuse.observation.usage_details": json({ input: 20, output: 5, total: 25 })
    }
  }
]

describe("decode reads one model call in every edition", () => {
  for (const given of calls) {
    it(given.from, () => {
      const decoded = decode(given)
      assert.strictEqual(decoded.category, "llm")
      assert.strictEqual(decoded.model, "gpt-4o")
      assert.match(decoded.provider ?? "", /^(openai|az\.ai\.inference)/)
      assert.deepInclude(decoded.usage, { inputTokens: 20, outputTokens: 5 })
      assert.deepStrictEqual(decoded.inputMessages?.map((said) => [said.role, Message.toText(said)]), [
        ["system", "Be brief."],
        ["user", "Where is order 7?"]
      ])
      const [answer, ...more] = decoded.outputMessages ?? []
      assert.deepStrictEqual(more, [])
      assert.strictEqual(answer?.role, "assistant")
      assert.deepStrictEqual(answer?.parts.map((part) => part.type), ["text", "tool_call"])
      const [text, tool] = answer!.parts as unknown as [Message.TextPart, Message.ToolCallPart]
      assert.strictEqual(text.content, "I look.")
      assert.deepStrictEqual([tool.id, tool.name, tool.arguments], ["c1", "find", { id: 7 }])
    })
  }
})

interface Step {
  readonly from: string
  readonly attributes: Attributes
  readonly events?: Call["events"]
  readonly expected: Partial<Decoder.DecodedSpan>
}

const steps: ReadonlyArray<Step> = [
  {
    from: "a tool of GenAI",
    attributes: {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "find",
      "gen_ai.tool.call.id": "c1",
      "gen_ai.tool.call.arguments": `{"id":7}`,
      "gen_ai.tool.call.result": `"none"`
    },
    expected: { category: "tool", title: "find", toolCallId: "c1", input: { id: 7 }, output: "none" }
  },
  {
    from: "a tool of OpenInference",
    attributes: { "openinference.span.kind": "TOOL", "tool.name": "find", "tool.parameters": `{"id":7}` },
    expected: { category: "tool", title: "find", input: { id: 7 } }
  },
  {
    from: "a tool of Langfuse that failed",
    attributes: {
      "langfuse.observation.type": "tool",
      "langfuse.observation.input": `{"id":7}`,
      "langfuse.observation.level": "ERROR",
      "langfuse.observation.status_message": "no order 7"
    },
    expected: { category: "tool", input: { id: 7 }, errorType: "error", errorMessage: "no order 7" }
  },
  {
    from: "a retriever of OpenInference with its documents",
    attributes: {
      "openinference.span.kind": "RETRIEVER",
      "input.value": "shoes",
      "retrieval.documents.0.document.content": "red",
      "retrieval.documents.0.document.score": 0.5,
      "retrieval.documents.1.document.content": "blue"
    },
    expected: { category: "retrieval", input: "shoes" }
  },
  {
    from: "embeddings of Vercel's AI SDK",
    attributes: {
      "ai.operationId": "ai.embed.doEmbed",
      "ai.model.id": "text-embedding-3-small",
      "ai.values": [`"hi"`],
      "ai.usage.tokens": 5
    },
    expected: { category: "embeddings", title: "text-embedding-3-small", input: [`"hi"`] }
  },
  {
    from: "embeddings of OpenInference",
    attributes: {
      "openinference.span.kind": "EMBEDDING",
      "embedding.model_name": "e5",
      "embedding.embeddings.0.embedding.text": "hi"
    },
    expected: { category: "embeddings", title: "e5", input: "hi" }
  },
  {
    from: "an agent of GenAI",
    attributes: {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": "support",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.input_tokens": 60
    },
    expected: { category: "agent", title: "support", usage: undefined, model: undefined }
  },
  {
    from: "a step of an agent in Vercel's AI SDK 7",
    attributes: { "gen_ai.operation.name": "agent_step" },
    expected: { category: "chain", title: "call" }
  },
  {
    from: "a stream of Vercel's AI SDK 7",
    attributes: { ...chat, "gen_ai.client.operation.time_to_first_chunk": 0.25 },
    expected: { category: "llm", timeToFirstChunk: 0.25 }
  },
  {
    from: "a stream of Vercel's AI SDK 4, whose event tells it too",
    attributes: { "ai.operationId": "ai.streamText.doStream", "ai.stream.msToFirstChunk": 250 },
    events: [["ai.stream.firstChunk", { "ai.stream.msToFirstChunk": 250 }]],
    expected: { category: "llm", timeToFirstChunk: 0.25 }
  },
  {
    from: "a model call that reasoned, in Vercel's AI SDK 5",
    attributes: {
      "ai.operationId": "ai.generateText.doGenerate",
      "ai.response.reasoning": "hm",
      "ai.response.text": "Yes."
    },
    expected: {
      outputMessages: [{
        role: "assistant",
        parts: [{ type: "reasoning", content: "hm" }, { type: "text", content: "Yes." }]
      }]
    }
  },
  {
    from: "a prompt with its system text, in Vercel's AI SDK",
    attributes: {
      "ai.operationId": "ai.generateObject.doGenerate",
      "ai.prompt": `{"system":"Be brief.","prompt":"Hi"}`
    },
    expected: {
      inputMessages: [
        { role: "system", parts: [{ type: "text", content: "Be brief." }] },
        { role: "user", parts: [{ type: "text", content: "Hi" }] }
      ]
    }
  },
  {
    from: "the one function call of OpenAI's first API, in OpenInference",
    attributes: {
      "openinference.span.kind": "LLM",
      "llm.output_messages.0.message.role": "assistant",
      "llm.output_messages.0.message.function_call_name": "find",
      "llm.output_messages.0.message.function_call_arguments_json": `{"id":7}`
    },
    expected: {
      outputMessages: [{
        role: "assistant",
        parts: [Message.toolCall({ id: undefined, name: "find", arguments: { id: 7 } })]
      }]
    }
  },
  {
    from: "the answer of a tool as an event",
    attributes: chat,
    events: [["gen_ai.tool.message", { content: "none", role: "tool", id: "c1" }]],
    expected: { inputMessages: [{ role: "tool", parts: [Message.toolResult({ id: "c1", response: "none" })] }] }
  },
  {
    from: "a session and a user, in Traceloop's properties",
    attributes: {
      "traceloop.span.kind": "workflow",
      "traceloop.association.properties.session_id": "s1",
      "traceloop.association.properties.user_id": "u1"
    },
    expected: { category: "chain", sessionId: "s1", userId: "u1" }
  }
]

describe("decode reads other steps", () => {
  for (const { attributes, events, expected, from } of steps) {
    it(from, () => {
      const decoded = decode({ from, attributes, ...events === undefined ? {} : { events } })
      for (const [key, value] of Object.entries(expected)) {
        assert.deepStrictEqual(decoded[key as keyof Decoder.DecodedSpan], value, key)
      }
    })
  }

  it("documents of a retrieval keep their order", () => {
    const attributes = {
      "openinference.span.kind": "RETRIEVER",
      "retrieval.documents.10.document.content": "last",
      "retrieval.documents.2.document.content": "first"
    }
    const { output } = decode({ from: "", attributes })
    assert.deepStrictEqual(JSON.parse(json(output)), [{ content: "first" }, { content: "last" }])
  })

  it("the time of the first chunk in Langfuse becomes a duration since the start", () => {
    const span = SpanData.make({
      name: "g",
      startTime: 1_790_000_000_000_000_000n,
      attributes: {
        "langfuse.observation.type": "generation",
        "langfuse.observation.completion_start_time": json(new Date(1_790_000_000_250).toISOString())
      }
    })
    assert.strictEqual(Decoder.decode(span).timeToFirstChunk, 0.25)
  })
})
