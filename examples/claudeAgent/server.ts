/**
 * A local replacement for Anthropic, so that the example needs no key. It asks for the shell, and answers with what the
 * shell printed.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Config, Effect, Option, Schema } from "effect"
import { HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import * as fs from "node:fs"
import { createServer } from "node:http"
import * as os from "node:os"
import * as path from "node:path"

const Body = Schema.Struct({
  model: Schema.String,
  messages: Schema.Array(Schema.Struct({ content: Schema.Unknown }))
})

const Results = Schema.Array(Schema.Struct({ type: Schema.Literal("tool_result"), content: Schema.String }))

const usage = { input_tokens: 1200, output_tokens: 40, cache_read_input_tokens: 800, cache_creation_input_tokens: 0 }

const events = (model: string, said: string | undefined) => {
  const [block, delta, stop_reason] = said === undefined
    ? [
      { type: "tool_use", id: "toolu_1", name: "Bash", input: {} },
      { type: "input_json_delta", partial_json: JSON.stringify({ command: "ls | wc -l", description: "Count" }) },
      "tool_use"
    ] as const
    : [{ type: "text", text: "" }, { type: "text_delta", text: said }, "end_turn"] as const
  const id = said === undefined ? "msg_1" : "msg_2"
  const message = { id, type: "message", role: "assistant", model, content: [], stop_reason: null }
  return [
    { type: "message_start", message: { ...message, usage: { ...usage, output_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason }, usage: { output_tokens: usage.output_tokens } },
    { type: "message_stop" }
  ]
}

const answer = Effect.gen(function*() {
  const { messages, model } = yield* HttpServerRequest.schemaBodyJson(Body)
  const results = Schema.decodeUnknownOption(Results)(messages.at(-1)?.content)
  const said = Option.map(results, ([result]) => `There are ${/\d+/.exec(result?.content ?? "")?.[0] ?? "no"} files.`)
  const body = events(model, Option.getOrUndefined(said)).map((event) =>
    `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
  ).join("")
  return HttpServerResponse.text(body, { contentType: "text/event-stream" })
}).pipe(Effect.orDie)

const start = Effect.gen(function*() {
  const server = yield* NodeHttpServer.make(createServer, { host: "127.0.0.1", port: 0 })
  // The server is not traced, because it replaces one outside the program.
  yield* server.serve(answer).pipe(Effect.withTracerEnabled(false))
  return HttpServer.formatAddress(server.address)
})

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "claude-agent-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
)

/** The folder and the environment of the SDK's process: for the real API with a key, otherwise for this server. */
export const environment = Effect.gen(function*() {
  const key = yield* Config.option(Config.NonEmptyString("ANTHROPIC_API_KEY"))
  const cwd = yield* folder
  for (const name of ["a.txt", "b.txt"]) fs.writeFileSync(path.join(cwd, name), name)
  if (Option.isSome(key)) return { cwd, env: process.env }
  const home = yield* folder
  return {
    cwd,
    env: {
      PATH: process.env["PATH"],
      HOME: home,
      CLAUDE_CONFIG_DIR: home,
      ANTHROPIC_BASE_URL: yield* start,
      ANTHROPIC_API_KEY: "no-key",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1"
    }
  }
})
