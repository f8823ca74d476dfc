/**
 * Checks `Convention.genAi("1.41")` against the published model of the conventions: names, types, members and levels.
 * The model is a fixture, taken from the YAML files that OpenTelemetry publishes. Later editions have no such files, so
 * `latest` is checked for the facts that have not changed since.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { AgentEvent, Convention, Exporter, LlmEvent, RetrievalEvent, Session, ToolEvent } from "effect-agentops"
import * as fs from "node:fs"
import * as path from "node:path"
import * as AgentOps from "../../src/AgentOps.ts"
import { profiles } from "../../src/convention/internal/genAi.ts"
import { encodeTraces } from "../../src/otlp/internal/protobuf.ts"
import { spansIn } from "../support/otlp/server.ts"
import { decodeProtobuf } from "../support/otlp/wire.ts"

interface Model {
  readonly types: Readonly<Record<string, string | { readonly members: ReadonlyArray<string> }>>
  readonly spans: Readonly<
    Record<string, { readonly kind: string; readonly attributes: Readonly<Record<string, string>> }>
  >
}

const model: Model = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, "../fixtures/genai/model-1.41.json"), "utf8")
)

const types = ["inference", "embeddings", "retrieval", "execute_tool", "invoke_agent"] as const

/** Attributes of ours beyond the model, and why. */
const beside: Readonly<Record<string, string>> = {
  // The model defines these for one provider only. A call has them if its provider does.
  "openai.api.type": "openai",
  "openai.request.service_tier": "openai",
  "openai.response.service_tier": "openai",
  "openai.response.system_fingerprint": "openai",
  // The model does not require the provider for every agent, but the text does.
  "gen_ai.provider.name": "text"
}

describe("the tables of edition 1.41", () => {
  it.each(types)("%s has names, levels and kind of the model", (type) => {
    const { attributes, kind } = profiles["1.41"].types[type]
    const published = model.spans[type]!
    assert.strictEqual(kind, published.kind)
    for (const [name, level] of Object.entries(attributes)) {
      const told = published.attributes[name] ??
        (beside[name] === "openai" ? model.spans["openai"]!.attributes[name] : undefined)
      if (told === undefined) assert.isDefined(beside[name], `${type}: ${name} is not in the model`)
      else assert.strictEqual(level, told, `${type}: ${name}`)
    }
    // A required attribute may not be missing.
    for (const [name, level] of Object.entries(published.attributes)) {
      if (level === "required") assert.property(attributes, name)
    }
  })

  it("operations are members of the model's", () => {
    const { members } = model.types["gen_ai.operation.name"] as { readonly members: ReadonlyArray<string> }
    for (const type of types) {
      for (const operation of profiles["1.41"].types[type].operations) assert.include(members, operation)
    }
  })
})

const wireTypes: Readonly<Record<string, ReadonlyArray<string>>> = {
  int: ["intValue"],
  double: ["doubleValue"],
  string: ["stringValue"],
  boolean: ["boolValue"],
  "string[]": ["arrayValue"],
  // Structured values are JSON on a span.
  any: ["stringValue"]
}

const message = { role: "user", parts: [{ type: "text", content: "hello" }] } as const

const everything = Effect.gen(function*() {
  yield* Session.record(LlmEvent.LlmEvent.make({
    provider: "openai",
    operation: "chat",
    model: "gpt-4o",
    responseModel: "gpt-4o",
    responseId: "r",
    finishReasons: ["stop"],
    usage: { inputTokens: 9, outputTokens: 4, cacheReadTokens: 2, cacheWriteTokens: 1, reasoningTokens: 3 },
    temperature: 1,
    topP: 1,
    topK: 40,
    maxTokens: 100,
    frequencyPenalty: 0,
    presencePenalty: 2,
    stopSequences: ["END"],
    seed: 7,
    choiceCount: 2,
    stream: true,
    outputType: "text",
    timeToFirstChunk: 2,
    conversationId: "c",
    serverAddress: "api.example.com",
    serverPort: 443,
    systemInstructions: [{ type: "text", content: "be brief" }],
    inputMessages: [message],
    outputMessages: [{ role: "assistant", parts: [{ type: "text", content: "hi" }], finish_reason: "stop" }]
  }))
  yield* Session.record(LlmEvent.LlmEvent.make({
    provider: "openai",
    operation: "embeddings",
    model: "text-embedding-3-small",
    usage: { inputTokens: 8, outputTokens: 0 },
    dimensionCount: 1536
  }))
  yield* Session.record(ToolEvent.ToolEvent.make({
    name: "search",
    callId: "1",
    type: "function",
    description: "finds",
    parameters: { q: 1 },
    result: { n: 2 }
  }))
  yield* Session.record(AgentEvent.AgentEvent.make({ name: "planner", description: "plans", id: "a", version: "1" }))
  yield* Session.record(RetrievalEvent.RetrievalEvent.make({ query: "q", topK: 3 } as never))
}).pipe(Session.withSession({ name: "s" }))

describe.each([["1.41", Convention.genAi("1.41")], ["latest", Convention.genAi("latest")]] as const)(
  "the attributes of edition %s",
  (edition, convention) => {
    it.effect("has the types and the members of the model", () =>
      Effect.gen(function*() {
        const spans = yield* Effect.andThen(everything, Effect.flatMap(Exporter.Memory, ({ spans }) => spans)).pipe(
          Effect.provide(
            Exporter.memory({ convention }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
          )
        )
        const seen = new Set<string>()
        for (const span of spansIn(decodeProtobuf(encodeTraces(spans)))) {
          for (
            const { key, value } of span["attributes"] as ReadonlyArray<
              { readonly key: string; readonly value: object }
            >
          ) {
            const type = model.types[key]
            // A double in 1.41, and an integer since.
            if (type === undefined || (edition === "latest" && key === "gen_ai.request.top_k")) continue
            seen.add(key)
            const [wire, told] = Object.entries(value)[0]!
            if (typeof type === "string") assert.include(wireTypes[type], wire, key)
            // The members are the well-known values, and this value means none of them.
            else assert.include([...type.members, "_OTHER"], told, key)
          }
        }
        assert.isAbove(seen.size, 30)
      }))
  }
)
