import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as fs from "node:fs"
import * as path from "node:path"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import type { Edition, Level } from "../../src/convention/internal/genAi.ts"
import { profiles } from "../../src/convention/internal/genAi.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Message from "../../src/model/Message.ts"
import { encodeTraces } from "../../src/otlp/internal/protobuf.ts"
import * as AgentEvent from "../../src/trace/AgentEvent.ts"
import * as LlmEvent from "../../src/trace/LlmEvent.ts"
import { traceMemory } from "../../src/trace/MemoryEvent.ts"
import { RetrievalEvent, traceRetrieval } from "../../src/trace/RetrievalEvent.ts"
import * as ToolEvent from "../../src/trace/ToolEvent.ts"
import { schemas } from "../support/genai/messageSchemas.ts"
import { decodeProtobuf } from "../support/otlp/wire.ts"
import { everything, runs } from "../support/recorded/runs.ts"

const editions: ReadonlyArray<Edition> = ["latest", "1.41"]

const spansOf = (program: Effect.Effect<unknown, unknown>, edition: Edition, content = true) =>
  Effect.gen(function*() {
    yield* Effect.ignore(program)
    return yield* (yield* Exporter.Memory).spans
  }).pipe(
    Effect.provide(
      Exporter.memory({ convention: Convention.genAi(edition), content }).pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
    )
  )

const lastSpan = (program: Effect.Effect<unknown, unknown>, edition: Edition, content = true) =>
  Effect.map(spansOf(program, edition, content), (spans) => spans.at(-1)!)

const call = {
  provider: "openai",
  model: "gpt-4o",
  responseModel: "gpt-4o-2024-08-06",
  responseId: "chatcmpl-1",
  finishReasons: ["stop"],
  usage: { inputTokens: 9, outputTokens: 4, cacheReadTokens: 2, cacheWriteTokens: 1, reasoningTokens: 3 },
  temperature: 0.5,
  topP: 0.9,
  topK: 40,
  maxTokens: 100,
  frequencyPenalty: 0.1,
  presencePenalty: 0.2,
  stopSequences: ["END"],
  seed: 7,
  choiceCount: 2,
  stream: true,
  reasoningLevel: "low",
  previousResponseId: "resp-0",
  outputType: "text",
  timeToFirstChunk: 0.25,
  conversationId: "thread-1",
  serverAddress: "api.openai.com",
  serverPort: 443,
  apiType: "chat_completions",
  requestServiceTier: "flex",
  responseServiceTier: "default",
  systemFingerprint: "fp_1",
  systemInstructions: [Message.text("Be brief.")],
  inputMessages: [Message.user("Hi")],
  outputMessages: [Message.assistant("Hello!")],
  toolDefinitions: [{ type: "function", name: "search", parameters: { type: "object" } }]
} as const

class Refused extends Schema.TaggedError<Refused>()("Refused", { message: Schema.String }) {}

const refused = Effect.fail(new Refused({ message: "no" }))

/** For each type of span: a program that sets every field, one that sets none, and the name of the span. */
const cases = {
  inference: {
    full: refused.pipe(LlmEvent.traceLlmWith(call)),
    name: "chat gpt-4o",
    bare: Effect.succeed("a value of no provider's").pipe(LlmEvent.traceLlm),
    bareName: "chat"
  },
  embeddings: {
    full: refused.pipe(
      LlmEvent.traceLlmWith({ ...call, operation: "embeddings", dimensionCount: 256, model: "text-embedding-3-small" })
    ),
    name: "embeddings text-embedding-3-small",
    bare: Effect.succeed([0.1]).pipe(LlmEvent.traceLlmWith({ operation: "embeddings" })),
    bareName: "embeddings"
  },
  execute_tool: {
    full: refused.pipe(
      ToolEvent.traceTool("search", {
        callId: "call_1",
        type: "function",
        description: "finds orders",
        parameters: { query: "shoes" },
        result: [1]
      }),
      AgentEvent.traceAgent("planner"),
      Effect.andThen(Effect.void)
    ),
    name: "execute_tool search",
    bare: Effect.void.pipe(ToolEvent.traceTool("search")),
    bareName: "execute_tool search"
  },
  invoke_agent: {
    full: refused.pipe(
      AgentEvent.traceAgent("planner", {
        id: "a-1",
        version: "2",
        description: "plans",
        role: "plans",
        input: "plan it",
        output: "a plan"
      })
    ),
    name: "invoke_agent planner",
    bare: Effect.void.pipe(AgentEvent.traceAgent("planner")),
    bareName: "invoke_agent planner"
  },
  retrieval: {
    full: refused.pipe(
      traceRetrieval("faq", {
        provider: "pinecone",
        model: "text-embedding-3-small",
        topK: 5,
        serverAddress: "127.0.0.1",
        serverPort: 8080,
        query: "refund",
        documents: [{ id: "faq-3", score: 0.5 }]
      })
    ),
    name: "retrieval faq",
    bare: Effect.void.pipe(RetrievalEvent.trace("faq")),
    bareName: "retrieval faq"
  },
  memory: {
    full: refused.pipe(
      traceMemory("search_memory", {
        provider: "mem0",
        storeId: "customers",
        recordId: "m-1",
        recordCount: 1,
        serverAddress: "127.0.0.1",
        serverPort: 8080,
        query: "seat",
        records: [{ id: "m-1", content: "aisle" }]
      })
    ),
    name: "search_memory",
    bare: Effect.void.pipe(traceMemory("create_memory")),
    bareName: "create_memory"
  }
} as const

type Type = keyof typeof cases

const isContent = (level: Level) => level === "opt_in"

describe("genAi", () => {
  for (const edition of editions) {
    const { schemaUrl, types } = profiles[edition]
    for (const name of Object.keys(types) as Array<Type>) {
      const type = types[name]!
      const known = cases[name]
      const find = (spans: ReadonlyArray<SpanData>, name: string) => {
        const span = spans.find((span) => span.name === name)
        assert.isDefined(span, `${name} in ${spans.map((span) => span.name).join(", ")}`)
        return span
      }

      it.effect(`${edition}: ${name} has what the table lists, and nothing else of the convention's`, () =>
        Effect.gen(function*() {
          const span = find(yield* spansOf(known.full, edition), known.name)
          assert.strictEqual(span.kind, type.kind)
          assert.deepStrictEqual(span.status, { code: "error", message: "no" })
          assert.strictEqual(span.attributes["error.type"], "Refused")
          assert.deepStrictEqual(
            Object.keys(span.attributes).filter((key) => /^(gen_ai|openai|server|error)\./.test(key)).sort(),
            Object.keys(type.attributes).sort()
          )
          assert.strictEqual(span.scope.schemaUrl, schemaUrl)
        }))

      it.effect(`${edition}: ${name} has what is required even when nobody knows`, () =>
        Effect.gen(function*() {
          const span = find(yield* spansOf(known.bare, edition), known.bareName)
          assert.deepStrictEqual(span.status, { code: "unset" })
          assert.notProperty(span.attributes, "error.type")
          for (const [key, level] of Object.entries(type.attributes)) {
            if (level === "required") assert.property(span.attributes, key)
          }
          assert.include(type.operations, span.attributes["gen_ai.operation.name"])
        }))

      it.effect(`${edition}: ${name} tells no content unless asked`, () =>
        Effect.gen(function*() {
          const span = find(yield* spansOf(known.full, edition, false), known.name)
          assert.deepStrictEqual(
            Object.keys(span.attributes).filter((key) => key in type.attributes).sort(),
            Object.keys(type.attributes).filter((key) => !isContent(type.attributes[key]!)).sort()
          )
        }))
    }

    for (const run of runs) {
      it.live(`${edition}: the messages of ${run.name} have the convention's shape`, () =>
        Effect.gen(function*() {
          let seen = 0
          for (const span of yield* spansOf(run.program, edition)) {
            for (const [key, schema] of Object.entries(schemas)) {
              const value = span.attributes[key]
              if (value === undefined) continue
              seen++
              const decoded = Schema.decodeUnknownExit(Schema.fromJsonString(schema as Schema.Codec<unknown>))(value)
              if (decoded._tag === "Failure") {
                assert.fail(`${run.name}, ${key}: ${String(decoded.cause)}\n${String(value)}`)
              }
            }
          }
          assert.isAbove(seen, 0)
        }))
    }
  }

  it.effect("puts the schema URL on the scope in OTLP", () =>
    Effect.gen(function*() {
      const request = decodeProtobuf(encodeTraces(yield* spansOf(everything.program, "latest")))
      const [resource] = request["resourceSpans"] as ReadonlyArray<
        { readonly scopeSpans: ReadonlyArray<{ schemaUrl: string }> }
      >
      assert.deepStrictEqual(resource!.scopeSpans.map((scope) => scope.schemaUrl), [profiles.latest.schemaUrl])
    }))

  it.effect("reads arguments that are JSON text", () =>
    Effect.gen(function*() {
      const span = yield* lastSpan(
        Effect.succeed("{ \"hits\": 1 }").pipe(ToolEvent.traceTool("search", { parameters: "{\"query\": \"shoes\"}" })),
        "latest"
      )
      assert.strictEqual(span.attributes["gen_ai.tool.call.arguments"], "{\"query\":\"shoes\"}")
      assert.strictEqual(span.attributes["gen_ai.tool.call.result"], "{\"hits\":1}")
    }))

  it.effect("uses the names of each edition", () =>
    Effect.gen(function*() {
      const latest = yield* lastSpan(Effect.void.pipe(LlmEvent.traceLlmWith(call)), "latest")
      const old = yield* lastSpan(Effect.void.pipe(LlmEvent.traceLlmWith(call)), "1.41")
      assert.strictEqual(latest.attributes["gen_ai.usage.cache_write.input_tokens"], 1)
      assert.strictEqual(old.attributes["gen_ai.usage.cache_creation.input_tokens"], 1)
      assert.notProperty(old.attributes, "gen_ai.request.reasoning.level")
    }))
})

// The reference lists the attributes of an inference span with their levels.
const reference = path.resolve(import.meta.dirname, "../../../shared/reference/genai-semconv.md")

if (!fs.existsSync(reference)) console.log(`No reference at ${reference}: the test that reads it is skipped`)

it.skipIf(!fs.existsSync(reference))("the table agrees with the convention's on inference", () => {
  const levels: Readonly<Record<string, Level>> = { R: "required", C: "conditional", rec: "recommended", opt: "opt_in" }
  const section = fs.readFileSync(reference, "utf8").split("**Inference**")[1]!.split("**Embeddings**")[0]!
  const rows = [...section.matchAll(/^\| `([a-z_.]+)`\*? \| [^|]+ \| (R|C|rec|opt)\b/gm)]
  assert.isAbove(rows.length, 20)
  const ours = profiles.latest.types.inference.attributes
  // Facts without a field in an LLM event. A program can set them on the span itself.
  const unknown = new Set(["gen_ai.prompt.name", "gen_ai.prompt.version", "gen_ai.conversation.compacted"])
  for (const [, key, level] of rows) {
    if (!unknown.has(key!)) assert.strictEqual(ours[key!], levels[level!], key)
  }
})
