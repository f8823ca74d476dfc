import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as AgentOps from "../../src/AgentOps.ts"
import { readEnvironment } from "../../src/config/internal/traces.ts"
import * as Convention from "../../src/convention/Convention.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Message from "../../src/model/Message.ts"
import { encodeTracesJson } from "../../src/otlp/internal/json.ts"
import { encodeTraces } from "../../src/otlp/internal/protobuf.ts"
import type * as Content from "../../src/privacy/Content.ts"
import * as LlmEvent from "../../src/trace/LlmEvent.ts"
import * as Sampler from "../../src/trace/Sampler.ts"
import * as Session from "../../src/trace/Session.ts"
import * as ToolEvent from "../../src/trace/ToolEvent.ts"
import { collector } from "../support/collector/collector.ts"
import { schemas } from "../support/genai/messageSchemas.ts"
import { decodeProtobuf } from "../support/otlp/wire.ts"
import { everything } from "../support/recorded/runs.ts"

const spansOf = (
  program: Effect.Effect<unknown, unknown>,
  tracing: Partial<AgentOps.Options> = {},
  exporter: Parameters<typeof Exporter.memory>[0] = {}
) =>
  Effect.gen(function*() {
    yield* Effect.exit(program)
    return yield* (yield* Exporter.Memory).spans
  }).pipe(
    Effect.provide(
      Exporter.memory(exporter).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test", ...tracing })))
    )
  )

const said = ["Where are my shoes", "Looking it up", "Be brief", "try later", "said too much", "at the door", "finds"]

describe("the policy", () => {
  for (const convention of [Convention.standard, Convention.genAi("latest"), Convention.agentOps]) {
    it.live(`none excludes content and error messages from ${convention.name}`, () =>
      Effect.gen(function*() {
        const text = encodeTracesJson(yield* spansOf(everything.program, {}, { content: "none", convention }))
        for (const words of said) assert.notInclude(text, words)
        // The place and the type of the failure are not content.
        assert.include(text, "Overloaded")
        assert.include(text, "exception.stacktrace")
      }))
  }

  it.live("span and true put it on spans, none and false exclude it", () =>
    Effect.gen(function*() {
      for (const [content, expected] of [["none", false], ["span", true], [false, false], [true, true]] as const) {
        const text = encodeTracesJson(yield* spansOf(everything.program, {}, { content }))
        assert.strictEqual(text.includes("Where are my shoes"), expected, String(content))
      }
    }))

  const readContent = (value: string | undefined) =>
    Effect.map(readEnvironment, (environment) => environment.otlp.content).pipe(
      Effect.provide(
        ConfigProvider.layer(
          ConfigProvider.fromUnknown(
            value === undefined ? {} : { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: value }
          )
        )
      )
    )

  it.effect("comes from the environment, and an unknown value means none", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* readContent(undefined), undefined)
      for (
        const [value, expected] of [
          ["NO_CONTENT", "none"],
          ["SPAN_ONLY", "span"],
          ["span", "span"],
          ["event_only", "event"],
          ["Span_And_Event", "both"],
          ["true", "span"],
          ["false", "none"],
          ["everything", "none"]
        ] as const
      ) assert.strictEqual(yield* readContent(value), expected)
    }))

  it.effect("causes one warning if it cannot be followed", () =>
    Effect.gen(function*() {
      for (
        const [value, warnings] of [
          ["SPAN_ONLY", 0],
          ["everything", 1],
          ["EVENT_ONLY", 0],
          ["SPAN_AND_EVENT", 0]
        ] as const
      ) {
        const said: Array<string> = []
        const logger = Logger.make<unknown, void>(({ message }) => {
          said.push(String(message))
        })
        yield* Effect.provide(readContent(value), Logger.layer([logger]))
        assert.lengthOf(said, warnings, value)
        for (const line of said) assert.include(line, value)
      }
    }))
})

class Failed extends Data.TaggedError("Failed")<{ readonly message: string }> {}

describe("the hook", () => {
  const call = Effect.succeed("fine").pipe(LlmEvent.traceLlmWith({
    model: "gpt-4o",
    systemInstructions: [Message.text("Be brief.")],
    inputMessages: [
      Message.user([
        Message.text("my key is sk-proj-7Jk2mNpQ4rStUvWxYz01"),
        { type: "blob", modality: "image", mime_type: "image/png", content: "iVBORw0KGgo=" }
      ])
    ],
    outputMessages: (answer) => [Message.output(answer)]
  }))

  it.effect("sees complete, redacted content, and replaces it by a reference", () =>
    Effect.gen(function*() {
      const seen: Array<Content.Content> = []
      const contentHook: Content.Hook = (content) => {
        seen.push(content)
        return {
          fields: { inputMessages: undefined, outputMessages: [Message.output("elsewhere")] },
          attributes: { "gen_ai.input.messages_ref": `s3://prompts/${content.spanId}` }
        }
      }
      const spans = yield* spansOf(Session.withSession(call, { name: "demo" }), { contentHook })
      const span = spans.find((span) => span.name === "llm.completion")!
      assert.deepStrictEqual(seen.map(({ kind }) => kind), ["llm", "session"])
      const [{ fields, kind, sessionId, spanId, traceId }, ofSession] = seen as [Content.Content, Content.Content]
      // Content that the hook removed from the call does not return in the session.
      assert.deepStrictEqual(ofSession.fields, { output: "elsewhere" })
      assert.deepStrictEqual([kind, spanId, traceId], ["llm", span.spanId, span.traceId])
      assert.strictEqual(sessionId, span.attributes["session.id"])
      assert.deepStrictEqual(fields["inputMessages"], [{
        role: "user",
        parts: [
          { type: "text", content: "my key is [redacted]" },
          { type: "blob", modality: "image", mime_type: "image/png", content: "iVBORw0KGgo=" }
        ]
      }])
      assert.notProperty(span.attributes, "gen_ai.input.messages")
      assert.strictEqual(span.attributes["gen_ai.input.messages_ref"], `s3://prompts/${span.spanId}`)
      assert.include(String(span.attributes["gen_ai.output.messages"]), "elsewhere")
      assert.include(String(span.attributes["gen_ai.system_instructions"]), "Be brief.")
    }))

  it.effect("is called for every kind with content, sampled or not", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const contentHook: Content.Hook = ({ kind }) => {
        seen.push(kind)
        return undefined
      }
      const program = Effect.andThen(call, Effect.succeed(1).pipe(ToolEvent.traceTool("f", { parameters: { a: 1 } })))
      yield* spansOf(program, { contentHook, sampler: Sampler.never })
      yield* spansOf(program, { contentHook }, { content: "none" })
      assert.deepStrictEqual(seen, ["llm", "tool", "llm", "tool"])
    }))

  it.effect("removes the content if it throws, and the program continues", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(call, {
        contentHook: () => {
          throw new Error("no store")
        }
      })
      assert.notInclude(encodeTracesJson(spans), "Be brief")
      assert.strictEqual(spans.at(-1)!.attributes["gen_ai.request.model"], "gpt-4o")
    }))
})

const parsed = (value: unknown) => JSON.parse(String(value)) as ReadonlyArray<Message.ChatMessage>

const conforms = (key: keyof typeof schemas, value: unknown): boolean =>
  Schema.is(schemas[key] as Schema.Codec<unknown>)(parsed(value))

describe("size", () => {
  const megabyte = "All work and no play makes a dull agent. ".repeat(25_000)

  it.effect("of messages is bounded: JSON stays valid, the newest stay, and the length is noted", () =>
    Effect.gen(function*() {
      const messages = [
        Message.system("Be brief."),
        ...Array.from({ length: 40 }, (_, i) => Message.user(`${i}: ${megabyte.slice(0, 100_000)}`)),
        Message.user("And the last one?")
      ]
      const [, span] = yield* spansOf(Effect.void.pipe(LlmEvent.traceLlmWith({ inputMessages: messages })))
      const value = span!.attributes["gen_ai.input.messages"]
      assert.isTrue(conforms("gen_ai.input.messages", value))
      assert.isAtMost(String(value).length, 1_048_576)
      const kept = parsed(value)
      assert.deepStrictEqual(kept[0], Message.system("Be brief."))
      assert.deepStrictEqual(kept.at(-1), Message.user("And the last one?"))
      assert.match(Message.toText(kept[1]!), /^\[3\d earlier messages left out, \d{7} characters\]$/)
      assert.match(Message.toText(kept[2]!), /…\[100004 characters\]$/)
    }))

  it.effect("of a value is bounded by its own limit, in valid JSON too", () =>
    Effect.gen(function*() {
      const [, span] = yield* spansOf(
        Effect.void.pipe(
          LlmEvent.traceLlmWith({ inputMessages: [Message.user(megabyte)], responseId: "r".repeat(9000) })
        ),
        { spanLimits: { attributeValueLength: 2000 } }
      )
      const value = span!.attributes["gen_ai.input.messages"]
      assert.isTrue(conforms("gen_ai.input.messages", value))
      assert.isAtMost(String(value).length, 2000)
      assert.strictEqual(String(span!.attributes["gen_ai.response.id"]).length, 2000)
    }))

  it.effect("is cut without splitting a secret", () =>
    Effect.gen(function*() {
      const secret = "sk-proj-7Jk2mNpQ4rStUvWxYz01AbCdEfGh"
      for (let before = 1940; before < 2060; before += 3) {
        const text = `${"x".repeat(before)} ${secret} ${"y".repeat(9000)}`
        const spans = yield* spansOf(
          Effect.fail(new Failed({ message: text })).pipe(
            ToolEvent.traceTool("f", { parameters: { text }, attributes: { text, list: [text] } })
          ),
          { spanLimits: { attributeValueLength: 2000 } }
        )
        assert.notInclude(encodeTracesJson(spans), secret.slice(0, 12))
      }
    }))

  it.effect("of binary parts is noted in their place", () =>
    Effect.gen(function*() {
      const [, span] = yield* spansOf(
        Effect.succeed(new Uint8Array(5000)).pipe(LlmEvent.traceLlmWith({
          inputMessages: [
            Message.user([
              { type: "blob", modality: "image", mime_type: "image/png", content: "A".repeat(4000) },
              { type: "uri", modality: "image", uri: `data:image/jpeg;base64,${"A".repeat(400)}` },
              { type: "uri", modality: "image", uri: "https://example.com/a.png" }
            ])
          ]
        }))
      )
      assert.deepStrictEqual(parsed(span!.attributes["gen_ai.input.messages"])[0]!.parts, [
        Message.text("[image/png, 3000 bytes]"),
        Message.text("[image/jpeg, 300 bytes]"),
        { type: "uri", modality: "image", uri: "https://example.com/a.png" }
      ])
      const [, tool] = yield* spansOf(Effect.succeed(Buffer.alloc(5000)).pipe(ToolEvent.traceTool("read")))
      assert.strictEqual(tool!.attributes["gen_ai.tool.call.result"], "\"[binary, 5000 bytes]\"")
    }))

  it.live("of a prompt of ten megabytes loses neither its span nor the rest of its batch", () =>
    Effect.gen(function*() {
      const server = yield* collector
      const huge = megabyte.repeat(10)
      const program = Effect.forEach([1, 2, 3], (i) =>
        Effect.succeed({ said: huge }).pipe(
          LlmEvent.traceLlmWith({
            inputMessages: [Message.user(huge)],
            outputMessages: (a) => [Message.output(a.said)]
          }),
          Effect.andThen(Effect.succeed(i).pipe(ToolEvent.traceTool("count", { logs: huge, attributes: { huge } })))
        ))
      const layer = Exporter.otlp({ url: server.url, content: true }).pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
      const [status] = yield* Effect.andThen(program, AgentOps.flush()).pipe(Effect.provide(layer))
      assert.deepStrictEqual(status, { name: "otlp", delivered: 12, pending: 0, dropped: {} })
      for (const { body } of server.received) {
        assert.isAtMost(body.length, 12 * 1_200_000)
        decodeProtobuf(body)
      }
    }).pipe(Effect.scoped))

  it.effect("of everything else is bounded as well", () =>
    Effect.gen(function*() {
      const huge = megabyte.repeat(3)
      const json = JSON.stringify({ list: Array.from({ length: 1000 }, () => ({ text: "\"".repeat(2000) })) })
      const spans = yield* spansOf(
        Effect.fail(new Failed({ message: huge })).pipe(
          Effect.tap(() => Effect.annotateCurrentSpan("x", huge)),
          ToolEvent.traceTool(huge, {
            attributes: { json, huge, list: [huge, huge] },
            parameters: new Map([[1, huge]])
          }),
          Session.withSession({ name: huge, metadata: { huge } })
        )
      )
      for (const span of spans) assert.isAtMost(encodeTraces([span]).length, 3_000_000)
      const tool = spans.find((span) => span.name === "agent.tool")!
      assert.match(JSON.parse(String(tool.attributes["gen_ai.tool.call.arguments"]))["1"], /…\[3075000 characters\]$/)
    }))
})
