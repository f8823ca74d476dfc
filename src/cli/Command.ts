/**
 * The command `effect-agentops`: a local viewer of agent traces on a page and in the terminal.
 *
 * @since 0.1.0
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Argument from "effect/cli/Argument"
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { version } from "../core/internal/version.ts"
import { encodeTracesJson } from "../otlp/internal/json.ts"
import * as JaegerStore from "../viewer/JaegerStore.ts"
import * as SavedPage from "../viewer/SavedPage.ts"
import * as Server from "../viewer/Server.ts"
import * as SqliteStore from "../viewer/SqliteStore.ts"
import * as Text from "../viewer/Text.ts"
import * as TraceFile from "../viewer/TraceFile.ts"
import type { SessionView } from "../viewer/TraceStore.ts"
import { TraceSink, TraceStore } from "../viewer/TraceStore.ts"
import { defaultDatabase } from "./internal/defaultDatabase.ts"
import { replay } from "./internal/replay.ts"
import { toSpanData } from "./internal/spanData.ts"
import { spansOf } from "./internal/transcripts.ts"
import * as Mcp from "./Mcp.ts"

const database = Flag.String("db").pipe(
  Flag.withDescription("The database; by default traces.db in ~/.effect-agentops, and :memory: for none"),
  Flag.optional
)

const files = Flag.String("file").pipe(
  Flag.withAlias("f"),
  Flag.withDescription(
    "Read this file of OTLP JSON lines, or this transcript, instead of the database; may be given several times"
  ),
  Flag.atLeast(0)
)

const from = Flag.String("from").pipe(
  Flag.withDescription("Read from a Jaeger at this address instead, such as http://localhost:16686"),
  Flag.optional
)

const port = Flag.Int("port").pipe(
  Flag.withAlias("p"),
  Flag.withDescription("The port on 127.0.0.1"),
  Flag.withDefault(Server.defaultPort)
)

const bounds = {
  maxMib: Flag.Int("max-mib").pipe(
    Flag.withDescription("How large the database may become, in MiB: the oldest sessions leave first"),
    Flag.withDefault(1_024)
  ),
  maxDays: Flag.Int("max-days").pipe(
    Flag.withDescription("For how many days sessions are kept"),
    Flag.withDefault(14)
  )
}

const json = Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))

// The command line prints this error as one sentence, without a stack.
const userError = (error: { readonly message: string }) =>
  new CliError.UserError({ cause: error, userMessage: error.message })

interface Place {
  readonly db: Option.Option<string>
  readonly file: ReadonlyArray<string>
  readonly from: Option.Option<string>
}

const databaseLayer = (db: Option.Option<string>, bounds?: Pick<SqliteStore.Options, "maxBytes" | "maxAge">) =>
  Layer.unwrap(
    Effect.map(
      Option.match(db, { onNone: () => defaultDatabase, onSome: (file) => Effect.succeed(file) }),
      (file) => SqliteStore.layer({ file, ...bounds })
    )
  )

/** Discards telemetry, because sessions that are read from elsewhere are written there. */
const readOnly = Layer.succeed(
  TraceSink,
  TraceSink.of({ addSpans: () => Effect.void, addLogs: () => Effect.void, addMetrics: () => Effect.void })
)

const storeLayer = ({ db, file, from }: Place) =>
  Option.isSome(from)
    ? Layer.merge(JaegerStore.layer({ url: from.value }), readOnly).pipe(Layer.provide(NodeHttpClient.layerNodeHttp))
    : file.length > 0
    ? TraceFile.layer(file, { otherwise: spansOf })
    : databaseLayer(db)

const serve = (port: number) =>
  Effect.gen(function*() {
    const server = yield* HttpServer.HttpServer
    const store = yield* TraceStore
    const address = HttpServer.formatAddress(server.address).replace("127.0.0.1", "localhost")
    yield* Console.log(
      `Sessions of ${store.source}: ${address}\n` +
        `Programs with AgentOpsLive and nothing configured find it; others send OTLP over HTTP to ${address}`
    )
    return yield* Effect.never
  }).pipe(
    Effect.provide(Server.layer({ port })),
    Effect.catchTag("ServeError", (error) =>
      Effect.fail(
        userError({
          message: `127.0.0.1:${port} is taken: ${String(error.cause)}. Stop what listens there, or give another --port`
        })
      ))
  )

const dev = Command.make(
  "dev",
  { port, db: database, from, ...bounds },
  ({ db, from, maxDays, maxMib, port }) =>
    serve(port).pipe(
      Effect.provide(
        Option.isSome(from)
          ? storeLayer({ db, file: [], from })
          : databaseLayer(db, { maxBytes: maxMib * 2 ** 20, maxAge: Duration.days(maxDays) })
      ),
      Effect.mapError((error) => error instanceof CliError.UserError ? error : userError(error))
    )
).pipe(
  Command.withDescription("Receive OTLP on 127.0.0.1 and show sessions on a page"),
  Command.withExamples([
    { command: "effect-agentops dev", description: "Listen on port 4318" },
    { command: "effect-agentops dev --from http://localhost:16686", description: "Show what a Jaeger has" }
  ])
)

const view = Command.make("view", {
  files: Argument.String("file").pipe(
    Argument.withDescription("Files of OTLP JSON lines, or transcripts"),
    Argument.atLeast(1)
  ),
  html: Flag.String("html").pipe(
    Flag.withDescription("Write one page with the sessions inside to this file, and end"),
    Flag.optional
  ),
  port: Flag.Int("port").pipe(
    Flag.withAlias("p"),
    Flag.withDescription("The port on 127.0.0.1"),
    Flag.withDefault(0)
  )
}, ({ files, html, port }) =>
  Effect.gen(function*() {
    if (Option.isNone(html)) return yield* serve(port)
    const fs = yield* FileSystem.FileSystem
    yield* fs.writeFileString(html.value, yield* SavedPage.html())
    yield* Console.log(`Wrote ${html.value}`)
  }).pipe(
    Effect.provide(TraceFile.layer(files, { otherwise: spansOf })),
    Effect.mapError((error) => error instanceof CliError.UserError ? error : userError(error))
  )).pipe(
    Command.withDescription("Show the sessions of trace files on a page, or save the page"),
    Command.withExamples([
      { command: "effect-agentops view .traces/run.jsonl", description: "Show a file" },
      { command: "effect-agentops view run.jsonl --html run.html", description: "A page to send to a colleague" }
    ])
  )

/** Finds a session by its trace id, a prefix of the trace id, or its session id. */
const find = Effect.fnUntraced(function*(id: string) {
  const store = yield* TraceStore
  const wanted = id.replaceAll("-", "").toLowerCase()
  const exact = yield* store.session(wanted)
  if (exact !== undefined) return exact
  const { rows } = yield* store.list({ limit: 1_000 })
  const found = rows.filter(({ traceId }) => traceId.startsWith(wanted))
  const session = found.length === 1 ? yield* store.session(found[0]!.traceId) : undefined
  if (session !== undefined) return session
  return yield* Effect.fail({
    message: found.length > 1
      ? `${found.length} sessions begin with ${id}. Give more of the id`
      : `There is no session ${id} in ${store.source}. "effect-agentops ls" lists those that there are`
  })
})

const reading = <A, E extends { readonly message: string }, R>(place: Place, effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.provide(storeLayer(place)), Effect.mapError(userError))

const ls = Command.make("ls", {
  db: database,
  file: files,
  from,
  json,
  search: Flag.String("search").pipe(Flag.withAlias("s"), Flag.withDescription("Text to look for"), Flag.optional),
  limit: Flag.Int("limit").pipe(Flag.withAlias("n"), Flag.withDefault(20))
}, (options) =>
  reading(
    options,
    Effect.gen(function*() {
      const store = yield* TraceStore
      const { rows, total } = yield* store.list({ text: Option.getOrUndefined(options.search), limit: options.limit })
      if (options.json) return yield* Console.log(Text.json(rows))
      if (rows.length === 0) return yield* Console.log(`No session in ${store.source}.`)
      yield* Console.log(rows.map(Text.row).join("\n"))
      if (total > rows.length) yield* Console.log(`${rows.length} of ${total}; -n shows more`)
    })
  )).pipe(Command.withDescription("List sessions, the newest first"))

const show = Command.make("show", {
  trace: Argument.String("trace").pipe(Argument.withDescription("A trace id, or its beginning")),
  db: database,
  file: files,
  from,
  json
}, (options) =>
  reading(
    options,
    Effect.flatMap(find(options.trace), (session) =>
      Console.log(options.json ? Text.json(session) : Text.session(session)))
  )).pipe(Command.withDescription("Show one session as a tree"))

const diff = Command.make("diff", {
  left: Argument.String("left").pipe(Argument.withDescription("A trace id, or its beginning")),
  right: Argument.String("right").pipe(Argument.withDescription("A trace id, or its beginning")),
  db: database,
  file: files,
  from
}, (options) =>
  reading(
    options,
    Effect.gen(function*() {
      yield* Console.log(Text.diff(yield* find(options.left), yield* find(options.right)))
    })
  )).pipe(Command.withDescription("Compare two sessions and name the first difference"))

const lines = (session: SessionView): string => Text.escaped(encodeTracesJson(session.spans.map(toSpanData)))

const exportCommand = Command.make("export", {
  traces: Argument.String("trace").pipe(
    Argument.withDescription("Trace ids, or their beginnings; all sessions where there is none"),
    Argument.atLeast(0)
  ),
  db: database,
  file: files,
  from
}, (options) =>
  reading(
    options,
    Effect.gen(function*() {
      const store = yield* TraceStore
      if (options.traces.length > 0) {
        for (const trace of options.traces) yield* Console.log(lines(yield* find(trace)))
        return
      }
      for (let offset = 0;; offset += 100) {
        const { rows } = yield* store.list({ limit: 100, offset })
        if (rows.length === 0) return
        for (const { traceId } of rows) {
          const session = yield* store.session(traceId)
          if (session !== undefined) yield* Console.log(lines(session))
        }
      }
    })
  )).pipe(Command.withDescription("Print sessions as lines of OTLP JSON"))

const mcp = Command.make("mcp", {
  db: database,
  file: files,
  from,
  content: Flag.Boolean("content").pipe(
    Flag.withDescription("Whether answers have prompts, answers, arguments and results"),
    Flag.withDefault(true)
  )
}, ({ content, ...place }) =>
  Layer.launch(Mcp.layerStdio({ content })).pipe(
    Effect.provide(storeLayer(place)),
    Effect.mapError(userError)
  )).pipe(Command.withDescription("An MCP server over the same traces, for coding agents"))

const replayCommand = Command.make("replay", {
  trace: Argument.String("trace").pipe(Argument.withDescription("A file of OTLP JSON lines, as Exporter.file writes")),
  program: Argument.String("program").pipe(
    Argument.withDescription("A module whose default export is the program, as an effect")
  ),
  export: Flag.String("export").pipe(
    Flag.withDescription("The export of the module that is the program"),
    Flag.withDefault("default")
  ),
  traceId: Flag.String("trace-id").pipe(
    Flag.withDescription("The trace, or its beginning, where the file has several"),
    Flag.optional
  ),
  answers: Flag.Literals("answers", ["all", "model"]).pipe(
    Flag.withDescription("Whether tools are answered too, or run"),
    Flag.withDefault("all")
  ),
  time: Flag.Literals("time", ["recorded", "live"]).pipe(
    Flag.withDescription("Whose clock the program has"),
    Flag.withDefault("recorded")
  )
}, ({ answers, traceId, ...options }) =>
  replay({
    ...options,
    traceId: Option.getOrUndefined(traceId),
    answers: answers === "model" ? ["model"] : undefined
  }).pipe(Effect.flatMap(Console.log), Effect.mapError(userError))).pipe(
    Command.withDescription("Run a program again with the answers of a trace; ends with 1 at the first difference"),
    Command.withExamples([
      { command: "effect-agentops replay run.jsonl agent.ts", description: "The default export of agent.ts" },
      { command: "effect-agentops replay run.jsonl agent.ts --answers model", description: "The tools run" }
    ])
  )

/**
 * The whole command.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = Command.make("effect-agentops").pipe(
  Command.withDescription("See what traced agents did: on a page, in the terminal, or through MCP"),
  Command.withSubcommands([dev, view, ls, show, diff, exportCommand, replayCommand, mcp])
)

/**
 * Runs the command with the arguments of the process.
 *
 * @category running
 * @since 0.1.0
 */
export const run = Command.run(command, { version })
