/**
 * `npm run check:migrations` runs both programs of each page of `docs/migrate` against a server on this machine.
 *
 * The first program runs with the packages of its page, in a folder outside of the clone that later runs use again.
 * Both must call the model once, and both must send spans with the model and its tokens.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import type { SpanData } from "../../src/core/SpanData.ts"
import { root, run } from "../checkPackage/shell.ts"
import * as Backend from "./backend.ts"
import { type Guide, guides } from "./guides.ts"

const cache = path.join(
  process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache"),
  "effect-agentops",
  "migrations"
)

const environment = (url: string): Record<string, string> => ({
  OPENAI_API_KEY: "no-key",
  OPENAI_BASE_URL: `${url}/v1`,
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  LANGFUSE_BASE_URL: url,
  LANGFUSE_PUBLIC_KEY: "pk",
  LANGFUSE_SECRET_KEY: "sk",
  TRACELOOP_BASE_URL: url,
  TRACELOOP_API_KEY: "no-key",
  TRACELOOP_TELEMETRY: "false",
  AGENTOPS_API_KEY: "00000000-0000-4000-8000-000000000000",
  AGENTOPS_API_ENDPOINT: url,
  AGENTOPS_EXPORTER_ENDPOINT: `${url}/v1/traces`,
  AGENTOPS_LOG_SESSION_REPLAY_URL: "false"
})

/** A folder with the packages of a page. It is created once for each install line. */
const folderOf = (guide: Guide) =>
  Effect.gen(function*() {
    const folder = path.join(cache, createHash("sha256").update(guide.install).digest("hex").slice(0, 16))
    if (fs.existsSync(path.join(folder, "done"))) return folder
    fs.rmSync(folder, { recursive: true, force: true })
    fs.mkdirSync(folder, { recursive: true })
    const [, ...args] = guide.install.split(" ")
    if (guide.language === "py") {
      yield* run("python3", ["-m", "venv", "venv"], { cwd: folder })
      yield* run(path.join(folder, "venv/bin/pip"), ["-q", ...args], { cwd: folder, timeoutSeconds: 300 })
    } else {
      fs.writeFileSync(path.join(folder, "package.json"), `{ "private": true, "type": "module" }\n`)
      yield* run("npm", [...args, "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder, timeoutSeconds: 300 })
    }
    fs.writeFileSync(path.join(folder, "done"), "")
    return folder
  })

const runBefore = (guide: Guide, env: Record<string, string>) =>
  Effect.flatMap(folderOf(guide), (folder) => {
    const file = path.join(folder, guide.language === "py" ? "before.py" : "before.mjs")
    fs.writeFileSync(file, guide.before)
    return guide.language === "py" ?
      run(path.join(folder, "venv/bin/python"), [file], { cwd: folder, env, timeoutSeconds: 60 }) :
      run(process.execPath, [file], { cwd: folder, env, timeoutSeconds: 60 })
  })

const runAfter = (guide: Guide, env: Record<string, string>) => {
  // Inside of the repository, so that its imports resolve.
  const file = path.join(root, ".docs", "migrations", `${guide.name}.ts`)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, guide.after)
  return run(process.execPath, ["--conditions=effect-agentops-source", file], { cwd: root, env, timeoutSeconds: 60 })
}

/** The required facts that the spans lack. */
const missing = (spans: ReadonlyArray<SpanData>, calls: number): ReadonlyArray<string> => {
  const said = spans.flatMap(({ attributes, name }) => [name, ...Object.values(attributes)]).map(String).join("\n")
  const facts = [
    ["a span", spans.length > 0],
    ["one call of the model", calls === 1],
    ["the model", said.includes("gpt-4o")],
    ["the input tokens", said.includes(String(Backend.usage.input))],
    ["the output tokens", said.includes(String(Backend.usage.output))]
  ] as const
  return facts.flatMap(([fact, holds]) => holds ? [] : [fact])
}

const tried = (program: (env: Record<string, string>) => Effect.Effect<string, { readonly message: string }>) =>
  Effect.scoped(Effect.gen(function*() {
    const backend = yield* Backend.start
    const why = yield* program(environment(backend.url)).pipe(
      Effect.match({ onFailure: ({ message }) => message, onSuccess: () => undefined })
    )
    const lacks = missing(backend.spans, backend.calls())
    const failure = why ?? (lacks.length > 0 ? `did not tell ${lacks.join(", ")}` : undefined)
    return { spans: backend.spans.length, failure }
  }))

const hasPython = run("python3", ["-m", "venv", "--help"], { cwd: root }).pipe(
  Effect.match({ onFailure: () => false, onSuccess: () => true })
)

const program = Effect.gen(function*() {
  const python = yield* hasPython
  let failed = 0
  for (const guide of guides) {
    const skipped = guide.language === "py" && !python
    const before = skipped ? undefined : yield* tried((env) => runBefore(guide, env))
    const after = yield* tried((env) => runAfter(guide, env))
    const told = before === undefined ? "before skipped: no Python 3 with venv" : `before ${before.spans} spans`
    yield* Console.log(`${guide.name}: ${told}, after ${after.spans} spans`)
    for (const [which, result] of [["before", before], ["after", after]] as const) {
      if (result?.failure === undefined) continue
      failed += 1
      yield* Console.error(`${guide.name}, ${which}: ${result.failure}`)
    }
  }
  yield* Console.log(`${guides.length} pages, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
})

NodeRuntime.runMain(program)
