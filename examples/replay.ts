// Transcripts in OpenAI's chat format, recorded as sessions: a tree of each, and what was counted.
// Run: npm run replay -- FILE... (without files: those that the tests read)
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Layer, Path } from "effect"
import { AgentOps, Exporter } from "effect-agentops"
import * as Transcript from "./replay/transcript.ts"

const replay = Effect.fnUntraced(function*(file: string) {
  const path = yield* Path.Path
  const transcript = yield* Transcript.read(file)
  const summary = yield* Transcript.record(transcript, { file: path.basename(file) })
  // The tree first, then the line that sums it up.
  yield* AgentOps.flush()
  yield* Console.log(
    `${path.basename(file)}: ${summary.llmCalls} turns, ${summary.toolCalls} tool calls, ` +
      `${summary.endState} (${summary.endStateReason})\n`
  )
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
        "FILE is JSON: { messages, task_id?, model?, reward?, user_cost? }, or the list of messages alone."
    )
  }
  yield* Effect.forEach(files, replay, { discard: true })
})

const TracingLive = Exporter.console().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "replay" })))

program.pipe(
  Effect.tapError((error) => Console.error(error.message)),
  Effect.provide([TracingLive, NodeServices.layer]),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
