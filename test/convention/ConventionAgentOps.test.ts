import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Agent from "../../examples/airline/agent.ts"
import { Airline } from "../../examples/airline/airline.ts"
import { Model } from "../../examples/airline/model.ts"
import * as Server from "../../examples/airline/server.ts"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { encodeTracesJson } from "../../src/otlp/internal/json.ts"
import { encodeTraces } from "../../src/otlp/internal/protobuf.ts"
import * as Session from "../../src/trace/Session.ts"
import * as backend from "../support/agentops/backend.ts"
import { collector } from "../support/collector/collector.ts"
import { decodeJson, decodeProtobuf, type Message } from "../support/otlp/wire.ts"
import { everything, recordings, runs, transcripts } from "../support/recorded/runs.ts"

const spansOf = (
  program: Effect.Effect<unknown, unknown>,
  content = true,
  convention: Convention.Convention = Convention.agentOps
) =>
  Effect.gen(function*() {
    yield* Effect.ignore(program)
    return yield* (yield* Exporter.Memory).spans
  }).pipe(
    Effect.provide(
      Exporter.memory({ convention, content }).pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
    )
  )

const shown = (spans: ReadonlyArray<SpanData>) => backend.rows(decodeProtobuf(encodeTraces(spans)))

const row = (rows: ReadonlyArray<backend.Row>, name: string): backend.Row => {
  const found = rows.find((row) => row.name === name)
  assert.isDefined(found, `${name} in ${rows.map((row) => row.name).join(", ")}`)
  return found
}

describe("agentOps", () => {
  for (const run of runs) {
    it.live(`tells ${run.name} by every rule of what reads it`, () =>
      Effect.gen(function*() {
        const rows = shown(yield* spansOf(run.program))
        assert.deepStrictEqual(backend.violations(rows), [])
        const trace = backend.trace(rows)
        assert.strictEqual(trace.llmCalls, run.llmCalls)
        assert.strictEqual(trace.toolCalls, run.toolCalls)
        assert.isAbove(trace.tags.length, 1)
        for (const llm of rows.filter((row) => row.attributes["agentops.span.kind"] === "llm")) {
          assert.isTrue(llm.name.endsWith(".llm"))
        }
      }))
  }

  it.live("encodes the airline example by every rule of AgentOps's readers", () =>
    Effect.gen(function*() {
      const baseUrl = yield* Server.start
      const model = Model.layer({ baseUrl, apiKey: Redacted.make("no-key"), model: "airline-script" })
      const task = "This is Mira Okafor, mira_okafor_2041. Move my reservation QK7M2I to 13 May, please."
      const program = Agent.run(task).pipe(
        Session.withSession({ name: "airline-support", tags: ["example", "airline"] }),
        Effect.provide([model, Airline.layer])
      )
      const rows = shown(yield* spansOf(program))
      assert.deepStrictEqual(backend.violations(rows), [])
      const trace = backend.trace(rows)
      assert.strictEqual(trace.name, "airline-support")
      assert.deepStrictEqual(trace.tags, ["example", "airline"])
      assert.isAbove(trace.llmCalls, 1)
      assert.isAbove(trace.toolCalls, 1)
      assert.isAbove(trace.tokens, 0)
    }).pipe(Effect.scoped))

  it.live("encodes the same in JSON", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(everything.program)
      assert.deepStrictEqual(backend.rows(decodeJson(encodeTracesJson(spans))), shown(spans))
    }))

  it.live("shows a session with its name, tags, state, tokens and cost", () =>
    Effect.gen(function*() {
      const rows = shown(yield* spansOf(everything.program))
      const trace = backend.trace(rows)
      assert.strictEqual(trace.name, "support-ticket")
      assert.deepStrictEqual(trace.tags, ["prod", "eu"])
      assert.strictEqual(trace.tokens, 27 + 15)
      const root = row(rows, "support-ticket.session")
      // Each call's own cost, given or from the price list, adds up to the session's.
      assert.isAbove(trace.cost, 0.25)
      assert.closeTo(trace.cost, Number(root.attributes["agentops.session.cost"]), 1e-9)
      assert.strictEqual(root.status, "Ok")
      assert.strictEqual(root.attributes["trace.metadata.plan_value"], "gold")
      assert.strictEqual(root.attributes["trace.metadata.plan.since"], "2020")
      // Two of four tools, one attempt at the first call and at a tool, and the reported error.
      assert.strictEqual(trace.errors, 5)
      assert.strictEqual(row(rows, "given_up.operation").status, "Unset")
      assert.strictEqual(row(rows, "GET /orders").status, "Ok")
    }))

  it.live("shows a call with its model, tokens, messages and tool calls", () =>
    Effect.gen(function*() {
      const rows = shown(yield* spansOf(everything.program))
      const llm = row(rows, "chat gpt-4o-2024-08-06.llm")
      assert.strictEqual(backend.visualType(llm), "llm")
      assert.strictEqual(llm.attributes["gen_ai.response.model"], "gpt-4o-2024-08-06")
      assert.deepStrictEqual(backend.metrics(llm), {
        prompt: 20,
        completion: 7,
        cacheRead: 8,
        reasoning: 2,
        total: 27,
        cost: 0.25
      })
      assert.deepStrictEqual(backend.prompts(llm), [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Where are my shoes?" }
      ])
      assert.deepStrictEqual(backend.completions(llm), [
        { shown: "Looking it up.", toolCalls: [{ name: "search", arguments: "{\"query\":\"shoes\"}" }] }
      ])
      const picture = row(rows, "chat claude-sonnet-4-5.llm")
      assert.deepStrictEqual(backend.prompts(picture), [
        { role: "system", content: "Describe." },
        {
          role: "user",
          content: "[{\"type\":\"text\",\"content\":\"What is this?\"}," +
            "{\"type\":\"uri\",\"modality\":\"image\",\"uri\":\"https://example.com/cat.png\"}]"
        },
        { role: "tool", content: "{\"found\":1}" },
        { role: "tool", content: "two" }
      ])
      assert.deepStrictEqual(backend.completions(picture), [{ shown: "a picture", toolCalls: [] }])
    }))

  it.live("fills the tool panel", () =>
    Effect.gen(function*() {
      const rows = shown(yield* spansOf(everything.program))
      const [search, failed] = rows.filter((row) => row.name === "search.tool")
      assert.deepStrictEqual(backend.toolPanel(search!), {
        name: "search",
        parameters: "{\"query\":\"shoes\"}",
        result: "{\"hits\":[\"shoes\"]}",
        error: undefined
      })
      assert.strictEqual(search!.attributes["error_value"], "true")
      assert.strictEqual(search!.attributes["agent_id"], "clash")
      assert.strictEqual(failed!.attributes["tool.status"], "failed")
      assert.strictEqual(backend.toolPanel(failed!).error, "no")
      assert.strictEqual(backend.toolPanel(row(rows, "count.tool")).error, "unsuccessful")
    }))

  it.live("leaves content out if it may not be exported", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(everything.program, false)
      const text = encodeTracesJson(spans)
      const content = ["Where are my shoes", "Looking it up", "Be brief", "try later", "said too much", "at the door"]
      for (const said of content) assert.notInclude(text, said)
      assert.deepStrictEqual(backend.violations(shown(spans)), [])
    }))

  it.live("differs from the default vocabulary", () =>
    Effect.gen(function*() {
      const rows = shown(yield* spansOf(everything.program, true, Convention.standard))
      const problems = backend.violations(rows)
      // The checker finds faults: OpenTelemetry's names, and the clash that the program made.
      assert.include(problems.join("\n"), "error is a prefix of another key")
      assert.include(problems.join("\n"), "tags that differ from the first span's")
      assert.strictEqual(backend.trace(rows).tokens, 0)
      assert.strictEqual(backend.trace(rows).success, 0)
    }))

  it("finds transcripts and recordings", () => {
    assert.isAtLeast(recordings.length, 10)
    assert.isAtLeast(transcripts.length, 8)
  })
})

describe("Exporter.agentOps", () => {
  it.live("uses AgentOps's names by default, together with an exporter that does not", () =>
    Effect.gen(function*() {
      const server = yield* collector
      const layer = Layer.mergeAll(
        Exporter.agentOps({
          apiKey: "5b8c9b0e-6a7e-4c4b-9a0e-2f6f1f6c7a10",
          apiUrl: server.url,
          url: `${server.url}/agentops`,
          printReplayUrl: false
        }),
        Exporter.otlp({ url: `${server.url}/otlp`, content: true })
      ).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
      yield* Effect.ignore(everything.program).pipe(Effect.provide(layer))
      const rowsAt = (path: string) =>
        backend.rows({
          resourceSpans: server.received.filter((request) => request.path === path).flatMap(({ body }) =>
            decodeProtobuf(body)["resourceSpans"] as ReadonlyArray<Message>
          )
        })
      const ours = rowsAt("/agentops/v1/traces")
      const theirs = rowsAt("/otlp/v1/traces")
      assert.deepStrictEqual(backend.violations(ours), [])
      const identity = ({ parentSpanId, spanId, start }: backend.Row) => ({ spanId, parentSpanId, start })
      assert.deepStrictEqual(ours.map(identity), theirs.map(identity))
      assert.isTrue(ours[0]!.name.endsWith(".session"))
      assert.strictEqual(theirs[0]!.name, "support-ticket")
      assert.strictEqual(row(theirs, "llm.completion").attributes["gen_ai.usage.input_tokens"], "20")
    }).pipe(Effect.scoped))
})
