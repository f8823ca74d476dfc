// Phoenix without Docker: the example starts Phoenix from PyPI, sends it a run, and reads the run back through its API.
// Run: npm run example -- examples/phoenix/main.ts (needs Python 3 with venv, or the URL of a running Phoenix in PHOENIX_URL)
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, pipe, Schedule, Schema } from "effect"
import {
  AgentOps,
  Convention,
  Exporter,
  Session,
  traceAgent,
  traceLlmWith,
  traceRetrieval,
  traceTool
} from "effect-agentops"
import { FetchHttpClient, HttpClient, HttpClientResponse } from "effect/http"
import { folder, freePort, pythonProgram, run } from "../../scripts/interop/programs.ts"

const find = (query: string) =>
  pipe(
    Effect.succeed([{ id: "refunds", text: "Refunds take five days.", score: 0.8 }]),
    traceRetrieval("help-centre", { query, topK: 1 })
  )

const look = (id: string) =>
  pipe(Effect.succeed({ id, state: "sent back" }), traceTool("order", { parameters: { id } }))

const answer = (question: string, context: string) =>
  pipe(
    Effect.succeed({
      model: "gpt-4o-mini-2024-07-18",
      choices: [{ message: { role: "assistant", content: context }, finish_reason: "stop" }],
      usage: { prompt_tokens: 48, completion_tokens: 9, total_tokens: 57 }
    }),
    traceLlmWith({
      provider: "openai",
      request: { model: "gpt-4o-mini", messages: [{ role: "user", content: question }] }
    }),
    Effect.map(({ choices }) => choices[0]!.message.content)
  )

const ask = Effect.fnUntraced(function*(question: string) {
  const [found] = yield* find(question)
  yield* look("A-17")
  return yield* answer(question, found!.text)
}, traceAgent("help-desk"))

const question = "When do I get my money back?"
const program = ask(question).pipe(
  Session.withSession({ name: "refund", input: question, output: (text: string) => text }),
  Effect.andThen(AgentOps.flush("30 seconds"))
)

/** Phoenix reads OpenInference's attributes. The memory exporter keeps the sent spans for the comparison. */
const tracingTo = (url: string) =>
  Layer.mergeAll(
    Exporter.otlp({ url, convention: Convention.openInference, content: "span" }),
    Exporter.memory()
  ).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "help-desk" })))

const Spans = Schema.Struct({
  data: Schema.Array(Schema.Struct({
    name: Schema.String,
    span_kind: Schema.String,
    parent_id: Schema.NullOr(Schema.String),
    start_time: Schema.String,
    context: Schema.Struct({ span_id: Schema.String, trace_id: Schema.String })
  }))
})

type PhoenixSpan = (typeof Spans.Type)["data"][number]

/** The spans of a trace, after Phoenix has stored as many as were sent. */
const readBack = (url: string, traceId: string, count: number) =>
  HttpClient.get(`${url}/v1/projects/default/spans?limit=1000`).pipe(
    Effect.flatMap(HttpClientResponse.schemaBodyJson(Spans)),
    Effect.map(({ data }) => data.filter(({ context }) => context.trace_id === traceId)),
    Effect.filterOrFail((spans) => spans.length >= count, () => new Error(`Phoenix has not all of ${count} spans`)),
    Effect.retry({ schedule: Schedule.spaced("500 millis"), times: 60 })
  )

const tree = (spans: ReadonlyArray<PhoenixSpan>, parent: string | null = null, indent = ""): ReadonlyArray<string> =>
  spans.filter(({ parent_id }) => parent_id === parent)
    .toSorted((a, b) => a.start_time.localeCompare(b.start_time))
    .flatMap(({ context, name, span_kind }) => [
      `${indent}${span_kind} ${name}`,
      ...tree(spans, context.span_id, `${indent}  `)
    ])

/** Starts a Phoenix and returns its address. It stops with the scope. */
const start = Effect.gen(function*() {
  const { PHOENIX_URL } = process.env
  if (PHOENIX_URL !== undefined) return PHOENIX_URL
  const phoenix = pythonProgram("arize-phoenix", "20.26.1", "phoenix", 480)
  if ("missing" in phoenix) return yield* Effect.fail(`Phoenix is skipped: ${phoenix.missing}`)
  const port = yield* freePort
  yield* run(phoenix.path, ["serve"], port, {
    PHOENIX_HOST: "127.0.0.1",
    PHOENIX_PORT: String(port),
    PHOENIX_GRPC_PORT: String(yield* freePort),
    PHOENIX_WORKING_DIR: yield* folder,
    PHOENIX_TELEMETRY_ENABLED: "false"
  }, 120)
  return `http://127.0.0.1:${port}`
})

const main = Effect.gen(function*() {
  const url = yield* start
  const sent = yield* Effect.andThen(program, Effect.flatMap(Exporter.Memory, ({ spans }) => spans)).pipe(
    Effect.provide(tracingTo(url))
  )
  const spans = yield* readBack(url, sent[0]!.traceId, sent.length)
  yield* Console.log(`Phoenix has ${spans.length} of ${sent.length} spans:\n${tree(spans).join("\n")}`)
  // On a terminal, Phoenix keeps running so that you can look at it.
  if (!process.stdout.isTTY) return
  yield* Console.log(`\nLook at ${url}, and end it with Ctrl-C.`)
  yield* Effect.never
}).pipe(
  Effect.scoped,
  Effect.provide(FetchHttpClient.layer),
  Effect.catchIf((error) => typeof error === "string", (why) => Console.log(why))
)

NodeRuntime.runMain(main)
