import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as ClaudeAgent from "../../src/integrations/claude-agent/ClaudeAgent.ts"
import * as Message from "../../src/model/Message.ts"
import * as Session from "../../src/trace/Session.ts"
import { llmOf, llmSpans, named, TestLive, toolOf, toolSpans, tree } from "../support/llm/traced.ts"

type Hook = (input: object, toolUseId: string | undefined, options: object) => Promise<object>

interface Params {
  readonly prompt: string
  readonly options?: {
    readonly abortController?: AbortController
    readonly hooks?: Readonly<Record<string, ReadonlyArray<{ readonly hooks: ReadonlyArray<Hook> }>>>
  }
}

/** The behaviour of the SDK's process: it calls hooks and sends messages. */
type Step = { readonly hook: string; readonly input: object } | { readonly message: object } | { readonly wait: true }

const scripted = (steps: ReadonlyArray<Step>) =>
  async function*({ options }: Params) {
    const signal = options!.abortController!.signal
    for (const step of steps) {
      if ("hook" in step) {
        for (const { hooks } of options?.hooks?.[step.hook] ?? []) {
          for (const hook of hooks) await hook({ hook_event_name: step.hook, ...step.input }, undefined, {})
        }
      } else if ("message" in step) yield step.message as { readonly type: string }
      else await new Promise((resolve) => signal.addEventListener("abort", resolve))
    }
  }

const init = {
  message: { type: "system", subtype: "init", session_id: "cs-1", model: "claude-sonnet-4-6", tools: ["Bash"] }
}

const assistant = (id: string, content: ReadonlyArray<object>, more: object = {}): Step => ({
  message: {
    type: "assistant",
    parent_tool_use_id: null,
    message: {
      id,
      type: "message",
      role: "assistant",
      model: "claude-sonnet-4-6",
      content,
      stop_reason: "end_turn",
      usage: { input_tokens: 10, output_tokens: 5 }
    },
    ...more
  }
})

const toolUse = { type: "tool_use", id: "tu_1", name: "Bash", input: { command: "ls" } }

const toolResult = (more: object = {}): Step => ({
  message: {
    type: "user",
    parent_tool_use_id: null,
    message: { role: "user", content: [{ type: "tool_result", tool_use_id: "tu_1", content: "a.txt" }] },
    ...more
  }
})

const used = (hook: string, more: object = {}): Step => ({
  hook,
  input: { tool_name: "Bash", tool_use_id: "tu_1", tool_input: { command: "ls" }, ...more }
})

const result = (more: object = { subtype: "success", is_error: false, result: "One file" }): Step => ({
  message: { type: "result", ...more }
})

const run = (steps: ReadonlyArray<Step>, options?: Params["options"]) =>
  Stream.runDrain(
    ClaudeAgent.query(scripted(steps), { prompt: "List the files", ...(options === undefined ? {} : { options }) })
  )

describe("query", () => {
  it.effect("is an agent of the session, with its answers and tools", () =>
    Effect.gen(function*() {
      const [summary] = yield* run([
        init,
        // The SDK sends one message for each part of an answer.
        assistant("msg_1", [{ type: "text", text: "Let me see" }]),
        assistant("msg_1", [toolUse]),
        used("PreToolUse"),
        used("PostToolUse", { tool_response: { stdout: "a.txt" } }),
        toolResult(),
        assistant("msg_2", [{ type: "text", text: "One file" }]),
        result()
      ]).pipe(Session.withSummary({ name: "s" }))
      assert.deepInclude(summary, { llmCalls: 2, toolCalls: 1, errors: 0 })
      assert.strictEqual(summary.usage.inputTokens, 20)
      const [first, second] = yield* llmSpans
      assert.deepInclude(llmOf(first), {
        provider: "anthropic",
        model: "claude-sonnet-4-6",
        responseId: "msg_1",
        usage: { inputTokens: 10, outputTokens: 5 },
        inputMessages: [Message.user("List the files")]
      })
      assert.deepStrictEqual(llmOf(first).outputMessages?.flatMap(({ parts }) => parts), [
        Message.text("Let me see"),
        Message.toolCall({ id: "tu_1", name: "Bash", arguments: { command: "ls" } })
      ])
      assert.deepStrictEqual(llmOf(second).inputMessages?.flatMap(({ parts }) => parts.map(({ type }) => type)), [
        "tool_call_response"
      ])
      assert.deepStrictEqual((yield* toolSpans).map(toolOf), [{
        name: "Bash",
        callId: "tu_1",
        type: "function",
        parameters: { command: "ls" },
        result: { stdout: "a.txt" }
      }])
      const [agent] = yield* named("agent.run")
      assert.deepInclude(agent!.attributes, {
        "gen_ai.agent.id": "cs-1",
        "agentops.agent.output": "\"One file\""
      })
      assert.deepStrictEqual(
        (yield* tree).filter((line) => !line.includes("api.call")).map((line) => line.trim()).sort(),
        [
          "agent.run",
          "agent.tool",
          "llm.completion",
          "llm.completion",
          "s",
          "tool.execution"
        ]
      )
    }).pipe(Effect.provide(TestLive)))

  it.effect("reads partial messages as a stream, and records each answer once", () =>
    Effect.gen(function*() {
      const event = (event: object): Step => ({ message: { type: "stream_event", parent_tool_use_id: null, event } })
      const message = { id: "msg_1", type: "message", role: "assistant", model: "claude-sonnet-4-6", content: [] }
      yield* run([
        init,
        event({ type: "message_start", message: { ...message, usage: { input_tokens: 10, output_tokens: 1 } } }),
        event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
        event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "One file" } }),
        assistant("msg_1", [{ type: "text", text: "One file" }]),
        event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } }),
        event({ type: "message_stop" }),
        result()
      ])
      const [span, ...more] = yield* llmSpans
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(llmOf(span).outputMessages?.map(Message.toText), ["One file"])
      assert.deepStrictEqual(llmOf(span).usage, { inputTokens: 10, outputTokens: 5 })
      assert.isNumber(llmOf(span).timeToFirstChunk)
    }).pipe(Effect.provide(TestLive)))

  describe("an answer without its output tokens", () => {
    const started = (id: string, text: string, model = "claude-sonnet-4-6"): Step => ({
      message: {
        type: "assistant",
        parent_tool_use_id: "tu_1",
        message: {
          id,
          type: "message",
          role: "assistant",
          model,
          content: [{ type: "text", text }],
          stop_reason: null,
          usage: { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 2 }
        }
      }
    })
    const whole = (inputTokens: number, outputTokens: number, cacheReadInputTokens: number) => ({
      inputTokens,
      outputTokens,
      cacheReadInputTokens,
      cacheCreationInputTokens: 0
    })
    const ended = (modelUsage: object, more: object = {}) =>
      result({ subtype: "success", is_error: false, modelUsage, ...more })
    const usages = Effect.map(llmSpans, (all) =>
      all.map((span) => {
        const { model, usage, usageEstimated } = llmOf(span)
        return [model, usage?.inputTokens, usage?.outputTokens, usageEstimated]
      }))
    const sonnet = "claude-sonnet-4-6"

    const cases: Record<string, readonly [ReadonlyArray<Step>, ReadonlyArray<unknown>, object?]> = {
      "has the output tokens that no other answer has": [
        [started("m1", "Found"), ended({ [sonnet]: whole(10, 77, 2) })],
        [[sonnet, 12, 77, undefined]]
      ],
      "shares the remaining tokens with other such answers, by the length of their content": [
        [started("m1", "a".repeat(40)), started("m2", "a".repeat(120)), ended({ [sonnet]: whole(20, 101, 4) })],
        [[sonnet, 12, 25, true], [sonnet, 12, 76, true]]
      ],
      "is estimated if there were other calls, which have the remaining tokens": [
        [started("m1", "a".repeat(40)), ended({ [sonnet]: whole(110, 60, 2) })],
        [[sonnet, 12, 10, true], [sonnet, 100, 50, undefined]]
      ],
      "is matched without the date in the model's name, and another model has its own call": [
        [
          started("m1", "Found", "claude-haiku-4-5-20251001"),
          ended({ "claude-haiku-4-5": whole(10, 7, 2), "claude-opus-4-8[1m]": whole(5, 6, 0) })
        ],
        [["claude-haiku-4-5-20251001", 12, 7, undefined], ["claude-opus-4-8", 5, 6, undefined]]
      ],
      "is estimated if the run has no result": [
        [started("m1", "a".repeat(40))],
        [[sonnet, 12, 10, true]]
      ],
      "is estimated if the result does not have its model": [
        [started("m1", "a".repeat(40)), ended({ "claude-opus-4-8": whole(5, 6, 0) })],
        [[sonnet, 12, 10, true]]
      ],
      "is estimated if the result may include the tokens of an earlier run": [
        [started("m1", "a".repeat(40)), ended({ [sonnet]: whole(500, 600, 0) })],
        [[sonnet, 12, 10, true]],
        { resume: "cs-0" }
      ],
      "has the tokens of this run if the result separates them from the resumed run": [
        [
          started("m1", "Found"),
          ended({ [sonnet]: whole(500, 600, 0) }, { model_usage_since_last_result: { [sonnet]: whole(10, 9, 2) } })
        ],
        [[sonnet, 12, 9, undefined]],
        { resume: "cs-0" }
      ],
      "has the tokens since the previous result": [
        [
          started("m1", "Found"),
          ended({ [sonnet]: whole(10, 7, 2) }),
          started("m2", "More"),
          ended({ [sonnet]: whole(20, 12, 4) })
        ],
        [[sonnet, 12, 7, undefined], [sonnet, 12, 5, undefined]]
      ]
    }
    for (const [name, [steps, expected, options]] of Object.entries(cases)) {
      it.effect(name, () =>
        Effect.gen(function*() {
          yield* run([init, ...steps], options as Params["options"])
          assert.deepStrictEqual<unknown>(yield* usages, expected)
        }).pipe(Effect.provide(TestLive)))
    }
  })

  it.effect("puts a subagent's answers into the tool that runs it", () =>
    Effect.gen(function*() {
      yield* run([
        init,
        used("PreToolUse", { tool_name: "Task" }),
        assistant("msg_9", [{ type: "text", text: "Found" }], { parent_tool_use_id: "tu_1" }),
        used("PostToolUse", { tool_response: "Found" }),
        result()
      ])
      assert.deepStrictEqual(yield* tree, [
        "agent.run",
        "  agent.tool",
        "    tool.execution",
        "      llm.completion",
        "        llm.api.call"
      ])
    }).pipe(Effect.provide(TestLive)))

  it.effect("records a failed tool, a failed answer and an error result", () =>
    Effect.gen(function*() {
      yield* run([
        init,
        assistant("msg_1", [], { error: "rate_limit" }),
        used("PreToolUse"),
        used("PostToolUseFailure", { error: "no such file" }),
        result({ subtype: "error_max_turns", is_error: true })
      ])
      const [agent] = yield* named("agent.run")
      assert.strictEqual(agent!.attributes["error.type"], "error_max_turns")
      assert.strictEqual(agent!.status.code, "error")
      assert.strictEqual((yield* llmSpans)[0]!.attributes["error.type"], "rate_limit")
      assert.strictEqual((yield* toolSpans)[0]!.attributes["error.type"], "tool_error")
    }).pipe(Effect.provide(TestLive)))

  it.effect("keeps the program's own hooks", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const hook: Hook = (input) => {
        seen.push((input as { readonly tool_name: string }).tool_name)
        return Promise.resolve({})
      }
      yield* run([init, used("PreToolUse"), used("PostToolUse"), result()], {
        hooks: { PreToolUse: [{ hooks: [hook] }] }
      })
      assert.deepStrictEqual(seen, ["Bash"])
      assert.lengthOf(yield* toolSpans, 1)
    }).pipe(Effect.provide(TestLive)))

  it.live("that is interrupted aborts the run without a failure", () =>
    Effect.gen(function*() {
      const abortController = new AbortController()
      const fiber = yield* Effect.forkChild(run([init, used("PreToolUse"), { wait: true }], { abortController }))
      yield* Effect.sleep("5 millis")
      yield* Fiber.interrupt(fiber)
      assert.isTrue(abortController.signal.aborted)
      for (const span of [...yield* named("agent.run"), ...yield* toolSpans]) {
        assert.strictEqual(span.status.code, "unset")
      }
      assert.lengthOf(yield* toolSpans, 1)
    }).pipe(Effect.provide(TestLive)))

  it.effect("that throws fails the stream", () =>
    Effect.gen(function*() {
      const broken = async function*() {
        yield init.message
        throw new Error("Claude Code process exited with code 1")
      }
      const error = yield* Effect.flip(Stream.runDrain(ClaudeAgent.query(broken as never, { prompt: "Hi" } as never)))
      assert.strictEqual(error._tag, "ClaudeAgentError")
      assert.include(error.message, "exited with code 1")
      const [agent] = yield* named("agent.run")
      assert.strictEqual(agent!.status.code, "error")
    }).pipe(Effect.provide(TestLive)))
})
