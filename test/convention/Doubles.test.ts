/** A whole number has the type of its field: JavaScript has one type of number where OTLP has two. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, pipe, Schema } from "effect"
import { Convention, Event, Exporter, Field, type SpanData, traceLlmWith } from "effect-agentops"
import * as AgentOps from "../../src/AgentOps.ts"
import { encodeTracesJson } from "../../src/otlp/internal/json.ts"
import { encodeTraces } from "../../src/otlp/internal/protobuf.ts"
import { exportingTo } from "../support/otlp/exporting.ts"
import { arrivedLogs, server, spansIn } from "../support/otlp/server.ts"
import { decodeJson, decodeProtobuf, type Message } from "../support/otlp/wire.ts"

const answer = {
  id: "r-1",
  object: "chat.completion",
  model: "gpt-4o",
  choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 10, completion_tokens: 2 }
}

const call = pipe(
  Effect.succeed(answer),
  traceLlmWith({
    provider: "openai",
    model: "gpt-4o",
    temperature: 1,
    topP: 0,
    topK: 40,
    frequencyPenalty: 2,
    presencePenalty: -1,
    maxTokens: 100,
    seed: 7,
    choiceCount: 1,
    cost: 3,
    inputMessages: [{ role: "user", parts: [{ type: "text", content: "hello" }] }]
  })
)

const types = (attributes: unknown): Record<string, string> =>
  Object.fromEntries(
    (attributes as ReadonlyArray<{ readonly key: string; readonly value: Message }>).flatMap(({ key, value }) => {
      const list = value["arrayValue"] as { readonly values?: ReadonlyArray<Message> } | undefined
      const type = Object.keys(list?.values?.[0] ?? value)[0]
      return type === "intValue" || type === "doubleValue" ? [[key, type.slice(0, -5)]] : []
    })
  )

/** The types of a span's numbers, on which both encodings agree. */
const typesOf = (span: SpanData.SpanData) => {
  const [fromProtobuf] = spansIn(decodeProtobuf(encodeTraces([span])))
  const [fromJson] = spansIn(decodeJson(encodeTracesJson([span])))
  assert.deepStrictEqual(types(fromJson!["attributes"]), types(fromProtobuf!["attributes"]))
  return types(fromProtobuf!["attributes"])
}

const spansOf = <A, E>(program: Effect.Effect<A, E>, convention: Convention.Convention) =>
  program.pipe(
    Effect.andThen(Exporter.Memory),
    Effect.flatMap(({ spans }) => spans),
    Effect.provide(
      Exporter.memory({ convention }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
    )
  )

const conventions: ReadonlyArray<
  readonly [Convention.Convention, double: ReadonlyArray<string>, int: ReadonlyArray<string>]
> = [
  [Convention.standard, ["gen_ai.request.temperature", "agentops.usage.cost"], ["gen_ai.usage.input_tokens"]],
  [Convention.genAi("latest"), ["gen_ai.request.temperature"], ["gen_ai.request.top_k", "gen_ai.request.seed"]],
  [Convention.genAi("1.41"), ["gen_ai.request.top_k"], ["gen_ai.usage.output_tokens"]],
  [
    Convention.agentOps,
    ["gen_ai.usage.total_cost", "gen_ai.request.temperature"],
    ["gen_ai.usage.prompt_tokens", "gen_ai.request.max_tokens"]
  ],
  [Convention.openInference, ["llm.cost.total"], ["llm.token_count.prompt"]],
  [
    Convention.rename(Convention.standard, { "gen_ai.request.temperature": "heat" }),
    ["heat", "gen_ai.request.top_p"],
    ["gen_ai.request.seed"]
  ],
  [Convention.drop(Convention.standard, ["gen_ai.request.seed"]), ["gen_ai.request.temperature"], []]
]

describe("whole numbers of a model call", () => {
  it.effect.each(conventions)("%j", ([convention, doubles, ints]) =>
    Effect.gen(function*() {
      const found: Record<string, string> = {}
      for (const span of yield* spansOf(call, convention)) Object.assign(found, typesOf(span))
      for (const name of doubles) assert.strictEqual(found[name], "double", name)
      for (const name of ints) assert.strictEqual(found[name], "int", name)
    }))

  it.live("on the event with its content", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      for (const protocol of ["protobuf", "json"] as const) {
        yield* call.pipe(exportingTo(Exporter.otlpLogs({ url: collector.url, content: "event", protocol })))
      }
      const records = arrivedLogs(collector)
      assert.strictEqual(records.length, 2)
      for (const { attributes } of records) {
        assert.strictEqual(types(attributes)["gen_ai.request.temperature"], "double")
        assert.strictEqual(types(attributes)["gen_ai.usage.input_tokens"], "int")
      }
    }))
})

describe("a field of one's own", () => {
  const Grade = Event.define("grade", {
    span: "grade",
    attempt: "grade.attempt",
    fields: {
      score: Field.attribute("grade.score", Schema.Finite),
      scores: Field.attribute("grade.scores", Schema.Array(Schema.Number)),
      maybe: Field.attribute("grade.maybe", Schema.Union([Schema.Finite, Schema.String])),
      count: Field.attribute("grade.count", Schema.Int),
      small: Field.attribute("grade.small", Schema.Number.check(Schema.isInt32())),
      counts: Field.attribute("grade.counts", Schema.Array(Schema.Int)),
      level: Field.attribute("grade.level", Schema.Literals([1, 2, 3])),
      told: Field.attribute("grade.told", Schema.Finite, { numbers: "integers" }),
      parts: Field.group(Schema.Struct({ weight: Schema.Number, rank: Schema.Int }), {
        weight: "grade.weight",
        rank: "grade.rank"
      })
    }
  })

  it.effect("has the type that its schema has", () =>
    Effect.gen(function*() {
      const program = Effect.succeed(1).pipe(Grade.trace({
        score: 1,
        scores: [1, 2],
        maybe: 2,
        count: 3,
        small: 4,
        counts: [5],
        level: 2,
        told: 6,
        parts: { weight: 7, rank: 8 }
      }))
      const spans = yield* spansOf(program, Convention.standard)
      const { "code.line.number": _, ...found } = typesOf(spans.find(({ name }) => name === "grade")!)
      assert.deepStrictEqual(found, {
        "grade.score": "double",
        "grade.scores": "double",
        "grade.maybe": "double",
        "grade.count": "int",
        "grade.small": "int",
        "grade.counts": "int",
        "grade.level": "int",
        "grade.told": "int",
        "grade.weight": "double",
        "grade.rank": "int"
      })
    }))
})
