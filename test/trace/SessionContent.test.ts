/** The input and output of sessions and agents, and their attributes in each vocabulary. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceLlmStreamWith } from "../../src/trace/LlmStream.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { named } from "../support/traced.ts"

const asked = (text: string) => ({ role: "user", parts: [{ type: "text" as const, content: text }] })
const said = (text: string) => ({ role: "assistant", parts: [{ type: "text" as const, content: text }] })
const calls = { role: "assistant", parts: [{ type: "tool_call" as const, name: "weather", arguments: {} }] }

const llm = (question: string, ...answers: ReadonlyArray<typeof calls | ReturnType<typeof said>>) =>
  pipe(
    TestClock.adjust("1 second"),
    traceLlmWith({ model: "m", cost: 0.01, inputMessages: [asked(question)], outputMessages: answers as never })
  )

const loop = Effect.all([llm("Will it rain?", calls), llm("tool says 80%", said("Yes.")), llm("and?", calls)])

const kept = <A, E>(self: Effect.Effect<A, E>, options?: Session.OptionsOf<A>) =>
  Effect.map(Session.withSummary(self, { name: "s", ...options }), ([{ input, output }]) => [input, output])

describe("a session tells what went in and what came out", () => {
  it.effect("from options, where the output may be a function of the value", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* kept(loop, { input: { q: 1 }, output: "told" }), [{ q: 1 }, "told"])
      assert.deepStrictEqual(
        yield* kept(Effect.succeed({ text: "Rain" }), { output: (value) => value.text }),
        [undefined, "Rain"]
      )
      assert.deepStrictEqual(
        yield* kept(Effect.succeed(1), {
          output: () => {
            throw new Error("no")
          }
        }),
        [undefined, undefined]
      )
    }))

  it.effect("from setters, of which the last is kept", () =>
    Effect.gen(function*() {
      const set = Effect.gen(function*() {
        const session = yield* Session.Session
        yield* session.setInput("first")
        yield* session.setInput("in")
        yield* session.setOutput("out")
        yield* loop
      })
      assert.deepStrictEqual(yield* kept(set as Effect.Effect<void>, { output: () => "option" }), ["in", "out"])
    }))

  it.effect("from its first and its last model call", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* kept(loop), ["Will it rain?", "Yes."])
      // The first call is the one that started first, whichever ends first.
      const together = Effect.all([
        pipe(TestClock.withLive(Effect.sleep(5)), traceLlmWith({ inputMessages: [asked("a")], outputMessages: [] })),
        Effect.andThen(TestClock.adjust("1 second"), llm("b", said("c")))
      ], { concurrency: 2 })
      assert.deepStrictEqual(yield* kept(together), ["a", "c"])
    }))

  it.effect("but not from an embedding", () =>
    Effect.gen(function*() {
      const embedding = pipe(Effect.void, traceLlmWith({ operation: "embeddings", inputMessages: [asked("text")] }))
      assert.deepStrictEqual(yield* kept(Effect.andThen(embedding, loop)), ["Will it rain?", "Yes."])
    }))

  it.effect("from its agents, if there is no model call", () =>
    Effect.gen(function*() {
      const agent = pipe(Effect.succeed("Rain"), traceTool("w"), traceAgent("bot", { input: "What is the weather?" }))
      assert.deepStrictEqual(yield* kept(agent), ["What is the weather?", "Rain"])
    }))

  it.effect("from a streamed model call", () =>
    Effect.gen(function*() {
      const call = traceLlmStreamWith<string>({
        model: "m",
        inputMessages: [asked("Hi?")],
        outputMessages: [said("Hello!")] as never
      })
      let summary: Session.Summary | undefined
      yield* Stream.make("Hel", "lo!").pipe(
        call,
        Session.withSession({ name: "s", onEnd: (ended) => Effect.sync(() => void (summary = ended)) }),
        Stream.runDrain
      )
      assert.deepStrictEqual([summary?.input, summary?.output], ["Hi?", "Hello!"])
    }))

  it.effect("and left out on request", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* kept(loop, { input: null, output: null }), [undefined, undefined])
    }))
})

const inputs: Record<string, readonly [Convention.Convention, Record<string, string>]> = {
  standard: [Convention.standard, {
    "gen_ai.input.messages": JSON.stringify([asked("in")]),
    "gen_ai.output.messages": JSON.stringify([{ ...said("out"), finish_reason: "stop" }])
  }],
  genAi: [Convention.genAi("latest"), {
    "gen_ai.input.messages": JSON.stringify([asked("in")]),
    "gen_ai.output.messages": JSON.stringify([{ ...said("out"), finish_reason: "stop" }])
  }],
  openInference: [Convention.openInference, {
    "input.value": "in",
    "input.mime_type": "text/plain",
    "output.value": "out",
    "output.mime_type": "text/plain"
  }],
  langfuse: [Convention.langfuse, {
    "langfuse.trace.input": "in",
    "langfuse.trace.output": "out",
    "langfuse.observation.input": "in",
    "langfuse.observation.output": "out"
  }],
  agentOps: [Convention.agentOps, {
    "agentops.entity.input": "{\"args\":[\"in\"],\"kwargs\":{}}",
    "agentops.entity.output": "out"
  }]
}

const rootIn = (convention: Convention.Convention, content: boolean, hook?: AgentOps.Options["contentHook"]) =>
  Effect.gen(function*() {
    yield* Effect.void.pipe(Session.withSession({ name: "s", input: "in", output: "out" }))
    return (yield* (yield* Exporter.Memory).spans)[0]!.attributes
  }).pipe(
    Effect.provide(
      Exporter.memory({ convention, content }).pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "test", contentHook: hook }))
      )
    )
  )

describe("its root span tells them", () => {
  for (const [name, [convention, expected]] of Object.entries(inputs)) {
    it.effect(`in the attributes of ${name}, as content`, () =>
      Effect.gen(function*() {
        assert.deepInclude(yield* rootIn(convention, true), expected)
        const without = yield* rootIn(convention, false)
        for (const key in expected) assert.notProperty(without, key)
      }))
  }

  it.effect("as changed by the content hook", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const attributes = yield* rootIn(Convention.openInference, true, ({ fields, kind }) => {
        seen.push([kind, fields])
        return { fields: { input: undefined }, attributes: { "input.ref": "s3://1" } }
      })
      assert.deepStrictEqual(seen, [["session", { input: "in", output: "out" }]])
      assert.notProperty(attributes, "input.value")
      assert.deepInclude(attributes, { "output.value": "out", "input.ref": "s3://1" })
    }))

  it.effect("redacted", () =>
    Effect.gen(function*() {
      const key = `sk-ant-api03-${"a1B2".repeat(20)}`
      const spans = yield* spansOf(Effect.void.pipe(Session.withSession({ name: "s", input: `my key is ${key}` })))
      assert.notInclude(String(named(spans, "s").attributes["gen_ai.input.messages"]), key)
    }))
})

describe("an agent records", () => {
  it.effect("its own calls, tokens and cost, and not those of the agents inside of it", () =>
    Effect.gen(function*() {
      const call = pipe(
        Effect.void,
        traceLlmWith({ cost: 0.01, usage: { inputTokens: 10, outputTokens: 2 } })
      )
      const inner = pipe(Effect.all([call, pipe(Effect.void, traceTool("t"))]), traceAgent("inner"))
      const spans = yield* spansOf(pipe(Effect.all([call, call, inner]), traceAgent("outer"), Session.withSession()))
      const agents = spans.filter(({ name }) => name === "agent.run").map(({ attributes }) => ({
        name: attributes["gen_ai.agent.name"],
        llm: attributes["agentops.agent.llm_calls"],
        tools: attributes["agentops.agent.tool_calls"],
        input: attributes["agentops.agent.input_tokens"],
        output: attributes["agentops.agent.output_tokens"],
        cost: attributes["agentops.agent.cost"]
      }))
      assert.deepStrictEqual(agents, [
        { name: "inner", llm: 1, tools: 1, input: 10, output: 2, cost: 0.01 },
        { name: "outer", llm: 2, tools: 0, input: 20, output: 4, cost: 0.02 }
      ])
    }))

  it.effect("the input of its first model call, and the last answer if it returns nothing", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(pipe(loop, Effect.asVoid, traceAgent("a")))
      const { attributes } = named(spans, "agent.run")
      assert.strictEqual(attributes["agentops.agent.input"], "\"Will it rain?\"")
      assert.strictEqual(attributes["agentops.agent.output"], "\"Yes.\"")
      const told = yield* spansOf(pipe(loop, Effect.as("It will."), traceAgent("a", { input: null })))
      assert.notProperty(named(told, "agent.run").attributes, "agentops.agent.input")
      assert.strictEqual(named(told, "agent.run").attributes["agentops.agent.output"], "\"It will.\"")
    }))
})
