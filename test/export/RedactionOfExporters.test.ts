/** Searches the output of every exporter for secrets that were planted in every place where a program can put one. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base"
import * as Arbitrary from "effect/Arbitrary"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import * as Attribute from "../../src/core/Attribute.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Message from "../../src/model/Message.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import * as ErrorEvent from "../../src/trace/ErrorEvent.ts"
import * as LlmEvent from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import * as ToolEvent from "../../src/trace/ToolEvent.ts"
import { collector } from "../support/collector/collector.ts"
import { simpleSpanProcessor } from "../support/openTelemetry/traceSdk.ts"
import { plantedSecret } from "../support/secrets/planted.ts"

class Failed extends Data.TaggedError("Failed")<{ readonly message: string }> {}

const asText = (value: unknown): string => typeof value === "string" ? value : Attribute.toJson(value)

/** Puts one value in every place that can have content. */
const spread = (value: unknown) => {
  const text = asText(value)
  const object: { readonly [key: string]: unknown } = { value }
  const message = Message.user([
    Message.text(text),
    Message.toolCall({ name: "f", arguments: value }),
    Message.generic("custom", { value })
  ])
  const failing = Effect.fail(new Failed({ message: text }))
  return Effect.gen(function*() {
    yield* Effect.succeed({ said: text }).pipe(LlmEvent.traceLlmWith({
      model: "gpt-4o",
      responseId: text,
      systemInstructions: [Message.text(text)],
      inputMessages: [message, Message.tool([Message.toolResult({ id: "1", response: value })])],
      outputMessages: (answer) => [Message.output(answer.said)],
      toolDefinitions: [{ type: "function", name: "f", description: text, parameters: object }],
      stopSequences: [text]
    }))
    yield* Effect.succeed(value).pipe(ToolEvent.traceTool("f", { parameters: object, logs: text, description: text }))
    yield* failing.pipe(ToolEvent.traceTool(text), Effect.ignore)
    yield* failing.pipe(
      traceAction("act", { parameters: object, attributes: { custom: object, [text]: 1 } }),
      Effect.ignore
    )
    yield* Effect.die(new Error("outer", { cause: new Error(text) })).pipe(traceAction("die"), Effect.exit)
    yield* Session.record(ErrorEvent.ErrorEvent.make({ type: "E", message: text, details: object, stacktrace: text }))
    yield* Effect.gen(function*() {
      yield* Effect.annotateCurrentSpan("annotation", value)
      yield* Effect.annotateCurrentSpan("baggage", `user=${text}`)
      const span = yield* Effect.currentSpan
      span.event(text, 1n, { value, list: [text] })
    }).pipe(
      Effect.withSpan(`GET ${text}`, {
        attributes: { "url.full": text },
        links: [{ span: outside, attributes: { value } }]
      })
    )
    yield* Effect.flatMap(Session.Session, (session) => session.setEndState("Fail", text))
  }).pipe(
    traceAgent("a", { input: object, output: text, description: text }),
    Session.withSession({ name: text, tags: [text], metadata: { value }, userId: text })
  )
}

const outside = {
  _tag: "ExternalSpan",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  sampled: true,
  annotations: undefined as never
} as const

const unescaped = (text: string): string => {
  const next = text.replace(/\\+n/g, "\n").replace(/\\+"/g, "\"").replace(/\\+\\/g, "\\")
  return next === text ? text : unescaped(next)
}

const kept: Array<unknown> = []

const keepAll: SpanExporter = {
  export: (spans: Array<ReadableSpan>, done) => {
    for (const { attributes, events, links, name, resource, status } of spans) {
      kept.push({ attributes, events, links, name, status, resource: resource.attributes })
    }
    done({ code: 0 })
  },
  shutdown: () => Promise.resolve()
}

it.live("no exporter exports a secret, in any place of the program", () =>
  Effect.gen(function*() {
    const samples = yield* Arbitrary.sampleEffect(plantedSecret, { count: 60, seed: "planted" })
    const server = yield* collector
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "redaction-"))
    yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(directory, { recursive: true })))
    const file = path.join(directory, "spans.jsonl")
    const printed: Array<string> = []
    const console = { ...globalThis.console, log: (...args: ReadonlyArray<unknown>) => printed.push(args.join(" ")) }

    const exporters = Layer.mergeAll(
      Exporter.otlp({ name: "protobuf", url: `${server.url}/protobuf`, content: true }),
      Exporter.otlp({ name: "json", url: `${server.url}/json`, protocol: "json", content: true }),
      Exporter.otlp({
        name: "genai",
        url: `${server.url}/genai`,
        content: true,
        convention: Convention.genAi("latest")
      }),
      Exporter.agentOps({
        apiKey: "5b8c9b0e-6a7e-4c4b-9a0e-2f6f1f6c7a10",
        apiUrl: server.url,
        url: `${server.url}/agentops`
      }),
      Exporter.file({ path: file }).pipe(Layer.provide(NodeFileSystem.layer)),
      Exporter.console({ colors: false, show: "tree" }),
      Exporter.memory(),
      Exporter.fromSpanExporter(() => keepAll, { content: true }),
      Exporter.fromSpanProcessor(() => simpleSpanProcessor(keepAll), { content: true })
    ).pipe(
      Layer.provideMerge(AgentOps.layer({
        serviceName: "test",
        attributes: { "process.command_args": samples.map(({ value }) => asText(value)) }
      }))
    )
    const spans = yield* Effect.gen(function*() {
      yield* Effect.forEach(samples, ({ value }) => spread(value))
      yield* AgentOps.flush()
      for (const status of yield* AgentOps.status) assert.deepStrictEqual(status.dropped, {}, status.name)
      return yield* (yield* Exporter.Memory).spans
    }).pipe(Effect.provide(exporters), Effect.provideService(Console.Console, console as unknown as Console.Console))

    const outputs: Record<string, string> = {
      file: fs.readFileSync(file, "utf8"),
      console: printed.join("\n"),
      memory: Attribute.toJson(spans),
      "span exporter and processor": Attribute.toJson(kept)
    }
    for (const name of ["protobuf", "json", "genai", "agentops"]) {
      const bodies = server.received.filter((request) => request.path.startsWith(`/${name}/`))
      outputs[name] = bodies.map(({ body }) => body.toString("utf8")).join("\n")
    }
    for (const [name, output] of Object.entries(outputs)) {
      // The planted text did arrive, without the secrets in it.
      assert.include(output, "[redacted]", name)
      const text = unescaped(output)
      for (const { secret } of samples) {
        if (text.includes(secret.core)) {
          const at = text.indexOf(secret.core)
          assert.fail(`${name} has a secret of ${secret.kind}: …${text.slice(Math.max(0, at - 200), at + 40)}…`)
        }
      }
    }
  }).pipe(Effect.scoped), 60_000)
