// Records transcripts of other agents as sessions, and prints each tree and its totals.
// Run: npm run replay -- FILE... (default: the transcripts of the tests; gzip is read too)
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Layer, Path } from "effect"
import { AgentOps, Exporter } from "effect-agentops"
import * as Transcript from "effect-agentops/trace/Transcript"
import { gunzipSync } from "node:zlib"

const replay = Effect.fnUntraced(function*(path: string) {
  const file = (yield* Path.Path).basename(path)
  const fs = yield* FileSystem.FileSystem
  const unreadable = (error: unknown) =>
    new Transcript.TranscriptError({
      file: path,
      path: "",
      problem: error instanceof Error ? error.message : "unreadable"
    })
  const bytes = yield* Effect.mapError(fs.readFile(path), unreadable)
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  const content = yield* Effect.try({ try: () => isGzip ? gunzipSync(bytes) : bytes, catch: unreadable })
  const text = new TextDecoder().decode(content)
  const { format, transcripts } = yield* Transcript.read(text, { file: path })
  for (const [i, transcript] of transcripts.entries()) {
    const summary = yield* Transcript.record(transcript, { file, format })
    // Flushes, so that the tree is printed before its summary.
    yield* AgentOps.flush()
    yield* Console.log(
      `${file}${transcripts.length === 1 ? "" : ` ${i + 1}`}: ${summary.llmCalls} turns, ` +
        `${summary.toolCalls} tool calls, ${summary.endState} (${summary.endStateReason}), ${
          Transcript.formats[format]
        }\n`
    )
  }
})

const defaultFiles = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = path.join(import.meta.dirname, "../test/fixtures/transcripts")
  const names = yield* Effect.orElseSucceed(fs.readDirectory(folder), () => [])
  return names.filter((name) => name.endsWith(".json")).toSorted().map((name) => path.join(folder, name))
})

const program = Effect.gen(function*() {
  const files = process.argv.length > 2 ? process.argv.slice(2) : yield* defaultFiles
  if (files.length === 0) {
    return yield* Console.log(
      "Usage: npm run replay -- FILE...\n\n" +
        `FILE is one of: ${Object.values(Transcript.formats).join(", ")}.`
    )
  }
  const [, failures] = yield* Effect.partition(
    files,
    (file) => Effect.tapError(replay(file), (error) => Console.error(error.message))
  )
  // The other files are replayed nevertheless.
  if (failures[0] !== undefined) return yield* Effect.fail(failures[0])
})

const TracingLive = Exporter.console({ show: "tree" }).pipe(
  Layer.provideMerge(AgentOps.layer({ serviceName: "replay" }))
)

program.pipe(
  Effect.provide([TracingLive, NodeServices.layer]),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
