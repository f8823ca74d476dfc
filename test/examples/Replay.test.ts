/**
 * Transcripts become sessions with every turn and every tool call, and an invalid file is an error with the place and
 * the reason.
 */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { AgentOps, Exporter, ToolEvent } from "effect-agentops"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { gzipSync } from "node:zlib"
import * as Transcript from "../../src/trace/Transcript.ts"
import { example, shape } from "../support/examples/run.ts"
import { filesOf } from "../support/recorded/files.ts"

const files = filesOf("transcripts")

interface RawMessage {
  readonly role: string
  readonly content?: string | null
  readonly tool_calls?: ReadonlyArray<{ readonly function: { readonly arguments: string } }>
}

/** The content of a file, counted with JSON only. */
const countsOf = (file: string) => {
  const raw = JSON.parse(fs.readFileSync(file, "utf8")) as {
    readonly reward: number
    readonly messages: ReadonlyArray<RawMessage>
  }
  const assistant = raw.messages.filter((message) => message.role === "assistant")
  const calls = assistant.flatMap((message) => message.tool_calls ?? [])
  return {
    raw,
    turns: assistant.length,
    calls: calls.length,
    parameters: calls.map((call) => JSON.parse(call.function.arguments) as unknown),
    failedCalls: raw.messages.filter((message) => message.role === "tool" && message.content?.startsWith("Error"))
  }
}

const TestLive = Layer.mergeAll(
  Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "replay" }))),
  NodeFileSystem.layer
)

/** Reads and records a transcript, and returns the summary and the spans. */
const record = Effect.fnUntraced(function*(text: string) {
  const { transcripts } = yield* Transcript.read(text)
  const summary = yield* Transcript.record(transcripts[0]!)
  const memory = yield* Exporter.Memory
  const spans = yield* memory.spans
  return { summary, spans, named: (name: string) => spans.filter((span) => span.name === name) }
})

describe("transcripts", () => {
  for (const { file, name } of files) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const expected = countsOf(file)
        const { named, spans, summary } = yield* record(fs.readFileSync(file, "utf8"))
        assert.strictEqual(summary.llmCalls, expected.turns)
        assert.strictEqual(summary.toolCalls, expected.calls)
        assert.strictEqual(summary.errors, expected.failedCalls.length)
        assert.strictEqual(summary.endState, expected.raw.reward === 1 ? "Success" : "Fail")
        assert.strictEqual(named("llm.completion").length, expected.turns)
        assert.strictEqual(named("llm.api.call").length, expected.turns)
        assert.strictEqual(named("agent.tool").length, expected.calls)
        assert.strictEqual(spans.length, 1 + 2 * expected.turns + 2 * expected.calls)

        const tools = named("agent.tool").map((span) => ToolEvent.ToolEvent.fromAttributes(span.attributes))
        assert.deepStrictEqual(tools.map((tool) => tool.parameters), expected.parameters)
        assert.isTrue(tools.every((tool) => tool.result !== undefined))
        assert.strictEqual(
          named("agent.tool").filter((span) => span.status.code === "error").length,
          expected.failedCalls.length
        )

        // The input of the last turn contains everything before it.
        const last = expected.raw.messages.findLastIndex((message) => message.role === "assistant")
        const input = JSON.parse(
          String(named("llm.completion").at(-1)!.attributes["gen_ai.input.messages"])
        ) as ReadonlyArray<unknown>
        assert.strictEqual(input.length, last)
      }).pipe(Effect.provide(TestLive)))
  }

  it.effect("have times one after the other, inside of the session's", () =>
    Effect.gen(function*() {
      const { named, spans } = yield* record(JSON.stringify({
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", tool_calls: [{ id: "1", function: { name: "look", arguments: "not json" } }] },
          { role: "tool", tool_call_id: "1", content: "[1]" },
          { role: "assistant", content: "Bye" }
        ]
      }))
      const [first, second] = named("llm.completion")
      const [tool] = named("agent.tool")
      const root = spans.at(-1)!
      assert.strictEqual(root.name, "transcript")
      assert.strictEqual(root.startTime, first!.startTime)
      assert.strictEqual(first!.endTime, tool!.startTime)
      assert.strictEqual(tool!.endTime, second!.startTime)
      assert.strictEqual(second!.endTime, root.endTime)
      assert.isTrue(spans.every((span) => span.endTime > span.startTime))
      assert.strictEqual(tool!.attributes["gen_ai.tool.call.arguments"], `"not json"`)
      assert.strictEqual(tool!.attributes["gen_ai.tool.call.result"], "[1]")
    }).pipe(Effect.provide(TestLive)))

  it.effect("keep calls apart that have the same id, and those without a result", () =>
    Effect.gen(function*() {
      const call = (name: string) => ({ id: "again", function: { name, arguments: "{}" } })
      const { named, summary } = yield* record(JSON.stringify({
        messages: [
          { role: "assistant", tool_calls: [call("first")] },
          { role: "tool", tool_call_id: "again", content: "one" },
          { role: "assistant", tool_calls: [call("second")] },
          { role: "tool", tool_call_id: "again", content: "two" },
          { role: "assistant", tool_calls: [call("third")] }
        ]
      }))
      const tools = named("agent.tool").map((span) => ToolEvent.ToolEvent.fromAttributes(span.attributes))
      assert.deepStrictEqual(tools.map(({ name, result }) => [name, result]), [
        ["first", "one"],
        ["second", "two"],
        ["third", undefined]
      ])
      assert.strictEqual(summary.endState, "Indeterminate")
      assert.strictEqual(summary.endStateReason, "no reward")
    }).pipe(Effect.provide(TestLive)))

  it.effect("may be a bare list of messages, and solved, failed or neither", () =>
    Effect.gen(function*() {
      const messages = [{ role: "assistant", content: "Hi" }]
      assert.strictEqual((yield* record(JSON.stringify(messages))).summary.llmCalls, 1)
      for (const [reward, endState] of [[1, "Success"], [0, "Fail"], [0.5, "Indeterminate"]] as const) {
        assert.strictEqual((yield* record(JSON.stringify({ messages, reward }))).summary.endState, endState)
      }
    }).pipe(Effect.provide(TestLive)))
})

describe("what is no transcript", () => {
  const call = `{ "id": "1", "function": { "arguments": "{}" } }`
  const known = /the formats that are known: OpenAI chat messages, .*, OTLP JSON$/
  const cases: ReadonlyArray<readonly [text: string, message: string | RegExp]> = [
    [`{ "messages": `, /^f\.json: no JSON: .*the formats that are known: /],
    ["", known],
    [" \n", known],
    ["3", known],
    [`"text"`, known],
    ["null", known],
    ["{}", known],
    [`{ "turns": [] }`, known],
    [`[1, 2]`, known],
    [`{"a":1}\n{"a":2}`, known],
    [`{"messages":[]}\n{`, /^f\.json: line 2: no JSON: /],
    ["[]", "f.json: messages: Expected a list of at least one message"],
    [`{ "messages": [] }`, "f.json: messages: Expected a list of at least one message"],
    [`{ "messages": 3 }`, "f.json: messages: Expected a list of at least one message"],
    [`[{ "role": "user", "content": "Hi" }]`, "f.json: no model call and no tool call in it, as OpenAI chat messages"],
    [`[{ "role": "robot" }]`, /^f\.json: messages\[0\]\.role: Expected "system" \| "developer" \| "user"/],
    [`{ "messages": [{ "role": "user", "content": 3 }] }`, /^f\.json: messages\[0\]\.content: Expected string/],
    [
      `{ "messages": [{ "role": "user" }, { "role": "assistant", "tool_calls": [${call}] }] }`,
      "f.json: messages[1].tool_calls[0].function.name: Expected the tool's name, but there is none"
    ],
    [
      `[{ "role": "assistant" }, { "role": "tool", "tool_call_id": "9", "content": "" }]`,
      `f.json: messages[1].tool_call_id: Expected the id of a call that has no result yet, got "9"`
    ],
    [
      `[{ "role": "assistant" }, { "role": "function", "name": "look", "content": "" }]`,
      `f.json: messages[1].name: Expected the name of a call that has no result yet, got "look"`
    ],
    [
      `{"messages":[{"role":"assistant","content":[]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"x"}]}]}`,
      `f.json: messages[1].content[0].tool_use_id: Expected the id of a call that has no result yet, got "x"`
    ],
    [`[{"conversations":[{"from":"robot","value":"Hi"}]}]`, /^f\.json: \[0\]\.conversations\[0\]\.from: /],
    [`[{"conversations":[{"from":"observation","value":"Hi"}]}]`, /Expected a function_call before/],
    [`[{"traj":[{"role":"tool","content":"x"}]}]`, /^f\.json: \[0\]\.traj\[0\]\.tool_call_id: /],
    [`{"messages":[{"role":"assistant"}]}\n{"messages":[{"role":"x"}]}`, /^f\.json: line 2: messages\[0\]\.role: /],
    [`{ "reward": "high", "messages": [{ "role": "user" }] }`, /^f\.json: reward: Expected /]
  ]
  for (const [text, expected] of cases) {
    it.effect(text, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Transcript.read(text, { file: "f.json" }))
        assert.strictEqual(error._tag, "TranscriptError")
        if (typeof expected === "string") assert.strictEqual(error.message, expected)
        else assert.match(error.message, expected)
      }))
  }
})

describe("npm run replay", { timeout: 60_000 }, () => {
  it.live("prints a tree and a line for each file", () =>
    Effect.gen(function*() {
      const outcome = yield* example("examples/replay.ts", ...files.map(({ file }) => file))
      assert.strictEqual(outcome.code, 0, outcome.stderr)
      for (const { file } of files) {
        const { calls, raw, turns } = countsOf(file)
        const ended = raw.reward === 1 ? "Success (reward 1)" : "Fail (reward 0)"
        assert.include(outcome.stdout, `${path.basename(file)}: ${turns} turns, ${calls} tool calls, ${ended}`)
      }
      const all = files.map(({ file }) => countsOf(file)).reduce(
        (sum, { calls, turns }) => sum + 1 + 2 * turns + 2 * calls,
        0
      )
      assert.strictEqual(shape(outcome.stdout).length, all)
    }))

  it.live("ends with 1 and the place for a file that is no transcript", () =>
    Effect.gen(function*() {
      const temporary = yield* Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-agentops-"))),
        (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
      )
      const file = path.join(temporary, "bad.json")
      fs.writeFileSync(file, `{ "messages": [{ "role": "robot" }] }`)
      const good = path.join(temporary, "good.json.gz")
      fs.writeFileSync(
        good,
        gzipSync(`\uFEFF\r\n[{ "role": "user", "content": "Hi" }, { "role": "assistant", "content": "Hello" }]\r\n`)
      )
      const bad = yield* example("examples/replay.ts", file, good)
      assert.strictEqual(bad.code, 1)
      assert.include(bad.stdout, "good.json.gz: 1 turns")
      assert.include(bad.stderr, `${file}: messages[0].role: Expected "system"`)
      const missing = yield* example("examples/replay.ts", path.join(temporary, "missing.json"))
      assert.strictEqual(missing.code, 1)
      assert.include(missing.stderr, "missing.json")
    }))
})
