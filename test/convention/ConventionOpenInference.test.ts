import * as published from "@arizeai/openinference-semantic-conventions"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import { names } from "../../src/convention/internal/openInference.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { everything, runs } from "../support/recorded/runs.ts"

const spansOf = (program: Effect.Effect<unknown, unknown>, content = true) =>
  Effect.gen(function*() {
    yield* Effect.ignore(program)
    return yield* (yield* Exporter.Memory).spans
  }).pipe(
    Effect.provide(
      Exporter.memory({ convention: Convention.openInference, content }).pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
    )
  )

const known = new Set(Object.values(published.SemanticConventions as Readonly<Record<string, string>>))
const kinds = new Set(Object.values(published.OpenInferenceSpanKind as Readonly<Record<string, string>>))

/** An indexed attribute by its parts: `llm.input_messages.0.message.role` is a list name and a name of its items. */
const parts = (key: string): ReadonlyArray<string> => key.split(/\.\d+\./)

// Facts without a name in OpenInference have OpenTelemetry's or AgentOps's names, or the program's own.
const foreign = /^(code|error|effect|agentops|shop|http|agent\.id$|error$)/

describe("openInference", () => {
  it("uses only names of the published package", () => {
    for (const name of Object.values(names)) assert.isTrue(known.has(name), name)
  })

  for (const run of runs) {
    it.live(`tells ${run.name} in published names only`, () =>
      Effect.gen(function*() {
        const spans = yield* spansOf(run.program)
        for (const span of spans) {
          for (const key of Object.keys(span.attributes)) {
            if (foreign.test(key)) continue
            for (const part of parts(key)) assert.isTrue(known.has(part), `${key} of ${span.name}`)
          }
          const kind = span.attributes[names.kind]
          if (kind !== undefined) assert.isTrue(kinds.has(String(kind)), String(kind))
        }
        const ofKind = (kind: string) => spans.filter((span) => span.attributes[names.kind] === kind).length
        assert.strictEqual(ofKind("LLM"), run.llmCalls)
        assert.strictEqual(ofKind("TOOL"), run.toolCalls)
      }))
  }

  it.live("encodes a call with its model, messages, tools, tokens and cost", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(everything.program)
      const { attributes, status } = spans.find((span) => span.name === "chat gpt-4o-2024-08-06")!
      assert.deepStrictEqual(status, { code: "ok" })
      const expected = {
        "openinference.span.kind": "LLM",
        "llm.model_name": "gpt-4o-2024-08-06",
        "llm.provider": "openai",
        "llm.invocation_parameters": "{\"temperature\":0}",
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.1.message.content": "Where are my shoes?",
        "llm.output_messages.0.message.content": "Looking it up.",
        "llm.output_messages.0.message.tool_calls.0.tool_call.id": "call_1",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "search",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": "{\"query\":\"shoes\"}",
        "llm.tools.0.tool.json_schema":
          "{\"name\":\"search\",\"parameters\":{\"type\":\"object\"},\"type\":\"function\"}",
        "llm.token_count.prompt": 20,
        "llm.token_count.completion": 7,
        "llm.token_count.total": 27,
        "llm.token_count.prompt_details.cache_read": 8,
        "llm.token_count.completion_details.reasoning": 2,
        "llm.cost.total": 0.25,
        "input.mime_type": "application/json",
        "output.mime_type": "application/json"
      }
      for (const [key, value] of Object.entries(expected)) assert.strictEqual(attributes[key], value, key)
      const { messages } = JSON.parse(String(attributes["input.value"]))
      assert.deepStrictEqual(messages.map(({ role }: { readonly role: string }) => role).slice(0, 2), [
        "system",
        "user"
      ])
      const { choices } = JSON.parse(String(attributes["output.value"]))
      assert.strictEqual(choices[0].message.content, "Looking it up.")
      assert.deepStrictEqual(choices[0].message.tool_calls, [{
        id: "call_1",
        type: "function",
        function: { name: "search", arguments: "{\"query\":\"shoes\"}" }
      }])
    }))

  it.live("encodes tools, agents and the session", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(everything.program)
      const search = spans.find((span) => span.name === "search")!.attributes
      assert.strictEqual(search["tool.parameters"], "{\"query\":\"shoes\"}")
      assert.strictEqual(search["input.mime_type"], "application/json")
      assert.strictEqual(search["output.value"], "{\"hits\":[\"shoes\"]}")
      assert.strictEqual(spans.find((span) => span.name === "cashier")!.attributes["agent.name"], "cashier")
      const root = spans.at(-1)!.attributes
      assert.deepStrictEqual(root["tag.tags"], ["prod", "eu"])
      assert.strictEqual(root["metadata"], "{\"plan\":\"gold\",\"plan.since\":2020}")
      assert.strictEqual(root["session.id"], search["session.id"])
    }))

  it.live("leaves content out if it may not be exported", () =>
    Effect.gen(function*() {
      const text = JSON.stringify((yield* spansOf(everything.program, false)).map(({ attributes }) => attributes))
      for (const said of ["Where are my shoes", "Looking it up", "Be brief", "at the door"]) {
        assert.notInclude(text, said)
      }
    }))
})
