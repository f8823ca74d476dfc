import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Tracer from "effect/Tracer"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as AgentOps from "../../src/AgentOps.ts"
import { TraceState } from "../../src/core/internal/traceState.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import * as LlmEvent from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import * as ToolEvent from "../../src/trace/ToolEvent.ts"
import { server } from "../support/otlp/server.ts"

const secret = "sk-proj-AbCdEf0123456789AbCdEf0123456789"

/** Writes the secret in every place that a program can write to. */
const program = Effect.gen(function*() {
  yield* Effect.log(`using ${secret}`).pipe(Effect.annotateLogs({ [`a ${secret}`]: secret }))
  yield* Metric.update(Metric.counter("own", { attributes: { where: secret } }), 1)
  yield* Effect.annotateCurrentSpan({ [`k ${secret}`]: secret })
  yield* Effect.fail(new Error(`no ${secret}`)).pipe(
    ToolEvent.traceTool(`fetch ${secret}`, { parameters: { secret } }),
    Effect.ignore
  )
  yield* Effect.succeed(1).pipe(
    LlmEvent.traceLlmWith({
      model: `m ${secret}`,
      provider: secret,
      inputMessages: [{ role: "user", parts: [{ type: "text", content: secret }] }]
    })
  )
  yield* Effect.currentSpan.pipe(Effect.map((span) => span.event(`e ${secret}`, BigInt(1), { secret })), Effect.ignore)
}).pipe(
  Session.withSession({
    name: `chat ${secret}`,
    tags: [secret],
    metadata: { secret, [secret]: 1 },
    userId: secret,
    agent: `agent ${secret}`
  }),
  Effect.provideService(
    Tracer.ParentSpan,
    Tracer.externalSpan({
      traceId: "0192f0c17e1a7c3e9d5b3a1f0c9e2b44",
      spanId: "00f067aa0ba902b7",
      annotations: Context.make(TraceState, `v=${secret}`)
    })
  ),
  Effect.exit
)

const withServer = (f: (url: string) => Layer.Layer<never, unknown, never>): Effect.Effect<string, unknown> =>
  Effect.gen(function*() {
    const { received, url } = yield* server()
    yield* Effect.provide(Effect.andThen(program, AgentOps.flush("5 seconds").pipe(Effect.ignore)), f(url) as never)
    return received.map(({ body, path }) => `${path}\n${body.toString("latin1")}`).join("\n")
  }).pipe(Effect.scoped) as unknown as Effect.Effect<string, unknown>

const own = AgentOps.layer({ serviceName: `svc ${secret}`, resource: { attributes: { team: secret } } } as never)

const around = <R>(exporter: Layer.Layer<R, unknown, AgentOps.AgentOps>): Layer.Layer<never, unknown, never> =>
  exporter.pipe(Layer.provideMerge(own), Layer.provide(NodeFileSystem.layer)) as never

const directory = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "every-exporter-"))),
  (at) => Effect.sync(() => fs.rmSync(at, { recursive: true, force: true }))
)

const everythingIn = (at: string): string =>
  fs.readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), "latin1"))
    .join("\n")

const run = (layer: Layer.Layer<never, unknown, never>) =>
  Effect.provide(
    Effect.andThen(program, AgentOps.flush("5 seconds").pipe(Effect.ignore)),
    layer as never
  ) as Effect.Effect<void>

const printed = (layer: Layer.Layer<never, unknown, never>) =>
  Effect.gen(function*() {
    const lines: Array<string> = []
    const methods = ["log", "info", "error"] as const
    const before = methods.map((method) => globalThis.console[method])
    for (const method of methods) globalThis.console[method] = (...args) => void lines.push(args.map(String).join(" "))
    yield* Effect.ensuring(
      run(layer),
      Effect.sync(() => methods.forEach((method, i) => void (globalThis.console[method] = before[i]!)))
    )
    // The program's own log lines on the console are not the library's output.
    return lines.filter((line) => !line.includes("using")).join("\n")
  })

const json = (value: unknown) =>
  JSON.stringify(value, (_, item: unknown) => typeof item === "bigint" ? String(item) : item)

/** The fields that OpenTelemetry's exporters read from a span. */
const told = (spans: ReadonlyArray<unknown>): string =>
  json((spans as ReadonlyArray<Record<string, unknown>>).map((span) => [
    span["name"],
    span["attributes"],
    span["events"],
    span["links"],
    span["status"],
    (span["resource"] as { readonly attributes: unknown }).attributes,
    (span["spanContext"] as () => { readonly traceState?: { readonly serialize: () => string } })().traceState
      ?.serialize()
  ]))

/** The output of each exporter and reader. A new one without an entry here fails the test. */
const leaves: Readonly<Record<string, Effect.Effect<string, unknown>>> = {
  "Exporter.viewer": Effect.succeed("sends as Exporter.otlp does"),
  "Exporter.otlp": withServer((url) => around(Exporter.otlp({ url, content: true, protocol: "json" }))),
  "Exporter.otlpLogs": withServer((url) => around(Exporter.otlpLogs({ url, content: "event" }))),
  "Exporter.agentOps": Effect.succeed("sends as Exporter.otlp does"),
  "Exporter.make": Effect.suspend(() => {
    let seen = ""
    return Effect.map(
      run(around(Exporter.make({ name: "own", export: (spans) => Effect.sync(() => void (seen += json(spans))) }))),
      () => seen
    )
  }),
  "Exporter.console": printed(around(Exporter.console({ show: "tree" }))),
  "Exporter.file": Effect.scoped(
    Effect.flatMap(
      directory,
      (at) =>
        Effect.map(run(around(Exporter.file({ path: path.join(at, "a.jsonl") }) as never)), () => everythingIn(at))
    )
  ),
  "Exporter.durable": Effect.scoped(Effect.flatMap(directory, (at) =>
    Effect.map(
      run(
        around(
          Exporter.durable(
            Exporter.otlp({ url: "http://127.0.0.1:9", content: true, shutdownTimeout: 0 }) as never,
            { directory: at } as never
          ) as never
        )
      ),
      () => everythingIn(at)
    ))),
  "Exporter.memory": Effect.flatMap(
    Effect.context<never>(),
    () =>
      Effect.provide(
        Effect.andThen(program, Effect.flatMap(Exporter.Memory, ({ spans }) => Effect.map(spans, json))),
        Exporter.memory().pipe(Layer.provideMerge(own))
      ) as Effect.Effect<string>
  ),
  "Exporter.fromSpanExporter": Effect.suspend(() => {
    let seen = ""
    const exporter = {
      export: (spans: ReadonlyArray<unknown>, done: (result: { readonly code: number }) => void) => {
        seen += told(spans)
        done({ code: 0 })
      },
      shutdown: () => Promise.resolve()
    }
    return Effect.map(run(around(Exporter.fromSpanExporter((() => exporter) as never))), () => seen)
  }),
  "Exporter.fromSpanProcessor": Effect.suspend(() => {
    let seen = ""
    const processor = {
      onStart: () => {},
      onEnd: (span: unknown) => void (seen += told([span])),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve()
    }
    return Effect.map(run(around(Exporter.fromSpanProcessor((() => processor) as never))), () => seen)
  }),
  "MetricExporter.otlp": withServer((url) => around(MetricExporter.otlp({ url, protocol: "json" } as never))),
  "MetricExporter.agentOps": Effect.succeed("sends as MetricExporter.otlp does"),
  "MetricExporter.console": printed(around(MetricExporter.console())),
  "MetricExporter.prometheus": Effect.provide(
    Effect.andThen(
      program,
      Effect.flatMap(
        MetricExporter.Prometheus,
        ({ url }) => Effect.promise(() => fetch(url).then((response) => response.text()))
      )
    ),
    MetricExporter.prometheus({ port: 0 }).pipe(Layer.provideMerge(own))
  ) as Effect.Effect<string>,
  "MetricExporter.prometheusText": Effect.provide(
    Effect.andThen(
      program,
      Effect.flatMap(MetricExporter.PrometheusText, ({ scrape }) => Effect.map(scrape(), ({ body }) => body))
    ),
    MetricExporter.prometheusText().pipe(Layer.provideMerge(own))
  ) as Effect.Effect<string>,
  "MetricExporter.memory": Effect.provide(
    Effect.andThen(program, Effect.flatMap(MetricExporter.Memory, ({ metrics }) => Effect.map(metrics, json))),
    MetricExporter.memory().pipe(Layer.provideMerge(own))
  ) as Effect.Effect<string>,
  "MetricExporter.fromReader": Effect.succeed("is given what the meter has redacted")
}

describe("the redactor", () => {
  it("runs before every exporter and reader", () => {
    const layers = (module: object, name: string) =>
      Object.entries(module).flatMap(([key, value]) =>
        typeof value === "function" && /^[a-z]/.test(key) ? [`${name}.${key}`] : []
      )
    assert.deepStrictEqual(
      [...layers(Exporter, "Exporter"), ...layers(MetricExporter, "MetricExporter")].sort(),
      Object.keys(leaves).sort()
    )
  })

  for (const [name, left] of Object.entries(leaves)) {
    it.live(`lets no part of a secret through: ${name}`, () =>
      Effect.map(left, (text) => {
        assert.isNotEmpty(text)
        assert.notInclude(text, secret)
        assert.notInclude(text, secret.slice(8))
      }), 20_000)
  }
})
