/** Each transcript format: it is detected, and nothing of it is lost. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Transcript from "../../src/trace/Transcript.ts"

const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))

const lines = (...values: ReadonlyArray<unknown>) => values.map((value) => JSON.stringify(value)).join("\n")

const user = { role: "user", content: "What is the weather?" }
const called = (id?: string) => ({
  role: "assistant",
  content: null,
  tool_calls: [{
    ...id === undefined ? {} : { id },
    type: "function",
    function: { name: "weather", arguments: "{\"city\":\"Bonn\"}" }
  }]
})
const said = { role: "assistant", content: "Rain." }

const use = (id: string, more: object = {}) => ({
  type: "tool_use",
  id,
  name: "weather",
  input: { city: "Bonn" },
  ...more
})
const gave = (id: string, more: object = {}) => ({ type: "tool_result", tool_use_id: id, content: "rain", ...more })

const claude = (type: string, message: object, timestamp: string, more: object = {}) => ({
  type,
  sessionId: "s",
  uuid: timestamp,
  timestamp,
  message,
  ...more
})

const generation = (span_data: object, from: number) => ({
  object: "trace.span",
  id: `span_${from}`,
  trace_id: "t",
  started_at: `2026-01-01T00:00:0${from}Z`,
  ended_at: `2026-01-01T00:00:0${from + 1}Z`,
  span_data
})

const run = (run_type: string, from: number, more: object) => ({
  id: `r${from}`,
  trace_id: "t",
  run_type,
  name: "weather",
  start_time: `2026-01-01T00:00:0${from}.000000`,
  end_time: `2026-01-01T00:00:0${from + 1}`,
  ...more
})

const otlpSpan = (name: string, from: number, attributes: Record<string, unknown>, more: object = {}) => ({
  traceId: "t",
  spanId: `s${from}`,
  name,
  startTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(from) * 1_000_000_000n),
  endTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(from + 1) * 1_000_000_000n),
  attributes: Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value }
  })),
  ...more
})

const cases: ReadonlyArray<{
  readonly name: string
  readonly text: string
  readonly format: Transcript.Format
  readonly sessions?: number
  readonly turns: number
  readonly tools: ReadonlyArray<readonly [name: string, parameters: unknown, result: unknown]>
  readonly tokens?: number
  readonly dated?: boolean
  readonly errors?: number
}> = [
  {
    name: "OpenAI's messages, with a BOM",
    text: `\uFEFF${JSON.stringify([user, called("1"), { role: "tool", tool_call_id: "1", content: "rain" }, said])}`,
    format: "openai-chat",
    turns: 2,
    tools: [["weather", { city: "Bonn" }, "rain"]]
  },
  {
    name: "calls without ids",
    text: JSON.stringify([user, called(), { role: "tool", content: "rain" }, said]),
    format: "openai-chat",
    turns: 2,
    tools: [["weather", { city: "Bonn" }, "rain"]]
  },
  {
    name: "functions of before there were tools",
    text: JSON.stringify({
      model: "gpt-4",
      messages: [
        user,
        { role: "assistant", content: null, function_call: { name: "weather", arguments: "{\"city\":\"Bonn\"}" } },
        { role: "function", name: "weather", content: "rain" },
        said
      ]
    }),
    format: "openai-chat",
    turns: 2,
    tools: [["weather", { city: "Bonn" }, "rain"]]
  },
  {
    name: "a result after what the user said meanwhile",
    text: JSON.stringify([user, called("1"), user, { role: "tool", tool_call_id: "1", content: "rain" }, said]),
    format: "openai-chat",
    turns: 2,
    tools: [["weather", { city: "Bonn" }, "rain"]]
  },
  {
    name: "a call that got no result",
    text: JSON.stringify([user, called("1")]),
    format: "openai-chat",
    turns: 1,
    tools: [["weather", { city: "Bonn" }, undefined]]
  },
  {
    name: "a data set to tune a model with",
    text: lines({ messages: [user, said] }, {
      messages: [user, called("1"), { role: "tool", tool_call_id: "1", content: "rain" }, said]
    }),
    format: "openai-finetune",
    sessions: 2,
    turns: 3,
    tools: [["weather", { city: "Bonn" }, "rain"]]
  },
  {
    name: "Anthropic's messages",
    text: JSON.stringify({
      model: "claude-sonnet-4-6",
      system: "Help.",
      messages: [
        { role: "user", content: "What is the weather?" },
        { role: "assistant", content: [{ type: "text", text: "Let me look" }, use("a"), use("b")] },
        {
          role: "user",
          content: [gave("b", { is_error: true }), gave("a", { content: [{ type: "text", text: "sun" }] })]
        },
        { role: "assistant", content: "Sun." }
      ]
    }),
    format: "anthropic-messages",
    turns: 2,
    tools: [["weather", { city: "Bonn" }, "rain"], ["weather", { city: "Bonn" }, "sun"]],
    errors: 1
  },
  {
    name: "ShareGPT",
    text: JSON.stringify([
      { id: "1", conversations: [{ from: "human", value: "Hi" }, { from: "gpt", value: "Hello" }] },
      {
        id: "2",
        system: "Help.",
        conversations: [
          { from: "human", value: "Weather?" },
          { from: "function_call", value: "{\"name\":\"weather\",\"arguments\":{\"city\":\"Bonn\"}}" },
          { from: "observation", value: "rain" },
          { from: "gpt", value: "Rain." }
        ]
      }
    ]),
    format: "sharegpt",
    sessions: 2,
    turns: 3,
    tools: [["weather", { city: "Bonn" }, "rain"]]
  },
  {
    name: "tau-bench",
    text: JSON.stringify([{
      task_id: 1,
      reward: 0,
      traj: [user, called("1"), { role: "tool", tool_call_id: "1", content: "Error: no" }, said]
    }]),
    format: "tau-bench",
    turns: 2,
    tools: [["weather", { city: "Bonn" }, "Error: no"]],
    errors: 1
  },
  {
    name: "SWE-agent",
    text: JSON.stringify({
      trajectory: [
        { action: "ls -la", observation: "a.py", response: "I look" },
        { action: "", observation: "", response: "Done" }
      ],
      history: [{ role: "system", content: "You are" }, { role: "user", content: "Fix" }, {
        role: "assistant",
        content: "I look"
      }],
      info: { exit_status: "submitted" }
    }),
    format: "swe-agent",
    turns: 2,
    tools: [["ls", "ls -la", "a.py"]]
  },
  {
    name: "Claude Code, an answer on two lines",
    text: lines(
      { type: "summary", summary: "The weather", leafUuid: "x" },
      claude("user", { role: "user", content: "Weather?" }, "2026-01-01T10:00:00.000Z"),
      claude("assistant", {
        id: "m",
        role: "assistant",
        model: "claude-sonnet-4-6",
        content: [{ type: "text", text: "I look" }],
        usage: { input_tokens: 4, output_tokens: 20 }
      }, "2026-01-01T10:00:02.000Z"),
      claude("assistant", {
        id: "m",
        role: "assistant",
        model: "claude-sonnet-4-6",
        content: [use("a")],
        stop_reason: "tool_use",
        usage: { input_tokens: 4, output_tokens: 20 }
      }, "2026-01-01T10:00:03.000Z"),
      claude("user", { role: "user", content: [gave("a")] }, "2026-01-01T10:00:05.000Z")
    ),
    format: "claude-code",
    turns: 1,
    tools: [["weather", { city: "Bonn" }, "rain"]],
    tokens: 4,
    dated: true
  },
  {
    name: "LangSmith, a chain with its children",
    text: JSON.stringify(run("chain", 0, {
      name: "Agent",
      child_runs: [
        run("tool", 2, { inputs: { input: "{\"city\":\"Bonn\"}" }, outputs: { output: "rain" } }),
        run("llm", 1, {
          inputs: {
            messages: [[{
              lc: 1,
              type: "constructor",
              id: ["langchain", "schema", "HumanMessage"],
              kwargs: { content: "Hi" }
            }]]
          },
          outputs: {
            generations: [[{
              text: "Hello",
              message: {
                id: ["x", "AIMessage"],
                kwargs: { content: "Hello", usage_metadata: { input_tokens: 5, output_tokens: 2 } }
              }
            }]]
          },
          extra: { invocation_params: { model: "gpt-4o" } }
        })
      ]
    })),
    format: "langsmith",
    turns: 1,
    tools: [["weather", { city: "Bonn" }, "rain"]],
    tokens: 5,
    dated: true
  },
  {
    name: "LangSmith, a run on each line, of two traces",
    text: lines(
      run("llm", 1, { inputs: {}, outputs: {} }),
      run("retriever", 2, { trace_id: "u", inputs: { query: "q" }, outputs: { documents: [] }, error: "no" })
    ),
    format: "langsmith",
    sessions: 2,
    turns: 1,
    tools: [["weather", { query: "q" }, { documents: [] }]],
    dated: true,
    errors: 1
  },
  {
    name: "OpenAI Agents",
    text: JSON.stringify({
      data: [
        { object: "trace", id: "t", workflow_name: "weather" },
        generation({ type: "function", name: "weather", input: "{\"city\":\"Bonn\"}", output: "rain" }, 2),
        generation({
          type: "generation",
          model: "gpt-4o",
          input: [user],
          output: [called("1")],
          usage: { input_tokens: 7, output_tokens: 1 }
        }, 1),
        generation({ type: "agent", name: "a" }, 0)
      ]
    }),
    format: "openai-agents",
    turns: 1,
    tools: [["weather", { city: "Bonn" }, "rain"]],
    tokens: 7,
    dated: true
  },
  {
    name: "OTLP",
    text: lines({
      resourceSpans: [{
        scopeSpans: [{
          spans: [
            otlpSpan("agent", 0, {}),
            otlpSpan("chat gpt-4o", 1, { "gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 1 }, {
              parentSpanId: "s0"
            }),
            otlpSpan("execute_tool weather", 2, {
              "gen_ai.tool.name": "weather",
              "gen_ai.tool.call.arguments": "{\"city\":\"Bonn\"}",
              "gen_ai.tool.call.result": "\"rain\""
            }, { parentSpanId: "s0", status: { code: 2, message: "no" } })
          ]
        }]
      }]
    }),
    format: "otlp",
    turns: 1,
    tools: [["weather", { city: "Bonn" }, "rain"]],
    tokens: 9,
    dated: true,
    errors: 1
  }
]

describe("transcripts", () => {
  for (const { dated, errors = 0, format, name, sessions = 1, text, tokens = 0, tools, turns } of cases) {
    it.effect(`${name}: ${Transcript.formats[format]}`, () =>
      Effect.gen(function*() {
        const found = yield* Transcript.read(text)
        assert.strictEqual(found.format, format)
        assert.lengthOf(found.transcripts, sessions)
        const steps = found.transcripts.flatMap((transcript) => transcript.steps)
        assert.lengthOf(steps.filter((step) => step._tag === "Turn"), turns)
        assert.deepStrictEqual(
          steps.flatMap((step) =>
            step._tag === "Tool" ? [[step.fields.name, step.fields.parameters, step.fields.result]] : []
          ),
          tools as never
        )
        assert.strictEqual(steps.every((step) => step.startTime !== undefined), dated === true)
        const summaries = yield* Effect.forEach(found.transcripts, (transcript) =>
          Transcript.record(transcript, { format }))
        const total = (of: (summary: typeof summaries[number]) => number) =>
          summaries.reduce((sum, summary) =>
            sum + of(summary), 0)
        assert.strictEqual(total((summary) => summary.llmCalls), turns)
        assert.strictEqual(total((summary) => summary.toolCalls), tools.length)
        assert.strictEqual(total((summary) => summary.usage.inputTokens), tokens)
        assert.strictEqual(total((summary) => summary.errors), errors)
        const spans = yield* (yield* Exporter.Memory).spans
        assert.isTrue(spans.every((span) => span.endTime >= span.startTime))
        if (dated === true) {
          const first = steps.map((step) => step.startTime!).reduce((a, b) => a < b ? a : b)
          assert.strictEqual(spans.map((span) => span.startTime).reduce((a, b) => a < b ? a : b), first - 1n)
        }
      }).pipe(Effect.provide(TestLive)))
  }

  it("have an instance of each format", () => {
    assert.deepStrictEqual(
      [...new Set(cases.map(({ format }) => format))].sort(),
      Object.keys(Transcript.formats).sort()
    )
  })
})
