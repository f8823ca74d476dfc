/**
 * Makes sessions in a separate process. The variables are `URL`, `PROTOCOL`, `COMPRESSION`, `SESSIONS`, `PAUSE`
 * (between sessions), `DIRECTORY` (of a durable exporter), `SIGNALS`, `RATIO` (of a sampler), `CONVENTION` and `BIG`
 * (characters of an attribute). It writes each span to `EXPECTED` as OTLP JSON before the span is exported, and prints
 * its status at the end.
 */
import { AgentOps, Convention, Exporter, Sampler, Session, traceLlmWith, traceTool } from "effect-agentops"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import { encodeTracesJson } from "../../src/otlp/internal/json.ts"

const { env } = process
const sessions = Number(env["SESSIONS"] ?? 50)
const big = "x".repeat(Number(env["BIG"] ?? 0))

const session = (index: number) =>
  Effect.gen(function*() {
    yield* Effect.annotateCurrentSpan({
      text: "naïve 😀\nline",
      empty: "",
      count: index,
      negative: -7,
      large: 2 ** 53 - 1,
      huge: 1e300,
      share: 0.1,
      yes: true,
      list: ["a", "b"],
      numbers: [1, 2.5],
      big
    }).pipe(Effect.withSpan("attributes", { kind: "client" }))
    yield* Effect.log("a line of the log").pipe(traceTool("search", { parameters: { index } }))
    yield* Effect.fail(new Error("out of stock")).pipe(traceTool("order"), Effect.ignore)
    yield* Effect.void.pipe(
      traceLlmWith({ provider: "openai", model: "gpt-4o", usage: { inputTokens: 10, outputTokens: 5 }, cost: 0.001 })
    )
  }).pipe(
    Session.withSession({ name: `session ${index % 3}`, tags: ["interop"], input: "a question", output: "an answer" })
  )

/** Writes each ended span to the file with which the results are compared. */
const expected = Layer.effectDiscard(Effect.gen(function*() {
  const file = env["EXPECTED"]
  if (file === undefined) return
  const { spans, clear } = yield* Exporter.Memory
  const note = Effect.gen(function*() {
    const made = yield* spans
    if (made.length === 0) return
    yield* clear
    fs.appendFileSync(file, `${encodeTracesJson(made)}\n`)
  })
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep("20 millis"), note)))
  yield* Effect.addFinalizer(() => note)
}))

const conventions = { standard: Convention.standard, openInference: Convention.openInference }

const connection = {
  convention: conventions[env["CONVENTION"] as "openInference"] ?? Convention.standard,
  url: env["URL"],
  protocol: env["PROTOCOL"] as "grpc" | undefined,
  compression: env["COMPRESSION"] as "gzip" | undefined,
  content: true,
  maxQueueSize: 1_000_000,
  maxQueueBytes: 1 << 30,
  exportInterval: "200 millis",
  shutdownTimeout: "40 seconds",
  timeout: "5 seconds",
  signals: (env["SIGNALS"] ?? "traces").split(",") as ReadonlyArray<"traces">
} as const

const otlp = Exporter.otlp(connection)
const exporter = env["DIRECTORY"] === undefined ? otlp : Exporter.durable(otlp, { directory: env["DIRECTORY"] })

const program = Effect.forEach(
  Array.from({ length: sessions }, (_, index) => index),
  (index) => Effect.andThen(session(index), Effect.sleep(`${Number(env["PAUSE"] ?? 0)} millis`)),
  { discard: true }
).pipe(
  Effect.andThen(AgentOps.flush("60 seconds")),
  Effect.andThen((status) => Effect.sync(() => console.log(JSON.stringify(status)))),
  Effect.provide(
    Layer.mergeAll(exporter, expected).pipe(
      Layer.provideMerge(Exporter.memory({ content: true })),
      Layer.provideMerge(
        AgentOps.layer({
          serviceName: "interop",
          attributes: { "deployment.environment.name": "test" },
          sampler: env["RATIO"] === undefined ? undefined : Sampler.parentBased(Sampler.ratio(Number(env["RATIO"])))
        })
      )
    )
  )
)

await Effect.runPromise(program)
