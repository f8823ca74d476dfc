/**
 * Runs the package in each supported runtime: it traces a session, and its spans must arrive at a collector.
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { Collector } from "./collector.ts"
import { install, project } from "./projects.ts"
import { check, type Row, Skipped, Wrong } from "./report.ts"
import { type CommandFailed, run } from "./shell.ts"
import { binaries, type Binary, bundlers, miniflare, playwright } from "./versions.ts"

const programs = path.join(import.meta.dirname, "programs")

const expected = [
  "agent.tool",
  "llm.api.call",
  "llm.completion",
  "shopping",
  "tool.execution"
]

/** A runtime's binary, if npm has one for this machine and it starts. */
export const binary = (folder: string, wanted: Binary): Effect.Effect<string, Skipped> =>
  Effect.gen(function*() {
    const cwd = project(folder, `runtime-${wanted.name.replaceAll(/\W+/g, "-")}`)
    yield* install(cwd, [`${wanted.package}@${wanted.version}`])
    const file = path.join(cwd, "node_modules", wanted.package, wanted.path)
    yield* Effect.sync(() => fs.chmodSync(file, 0o755))
    yield* run(file, ["--version"], { cwd })
    return file
  }).pipe(
    Effect.mapError((error) => new Skipped({ reason: `cannot be installed: ${error.output.split("\n", 2).join(" ")}` }))
  )

/** Whether all spans of the session have arrived exactly once. */
const arrived = (collector: Collector, service: string, printed: string) =>
  Effect.gen(function*() {
    const names = collector.names(service).toSorted()
    if (names.join() !== expected.join()) {
      return yield* new Wrong({ message: `${names.length} spans arrived: ${names.join(", ")}\n${printed}` })
    }
    return `${names.length} spans arrived`
  })

const copyPrograms = (cwd: string) => fs.cpSync(programs, cwd, { recursive: true })

const bundled = (cwd: string, tools: string, input: string): Effect.Effect<string, CommandFailed> => {
  const output = path.join(cwd, "out", input)
  return run(
    process.execPath,
    [
      path.join(tools, "node_modules/esbuild/bin/esbuild"),
      input,
      "--bundle",
      "--format=esm",
      "--platform=browser",
      `--outfile=${output}`,
      "--log-level=warning"
    ],
    { cwd }
  ).pipe(Effect.as(output))
}

const chromium = (): string | undefined =>
  ["chromium", "chromium-browser", "google-chrome"].flatMap((name) =>
    (process.env.PATH ?? "").split(path.delimiter).map((folder) => path.join(folder, name))
  ).find((file) => fs.existsSync(file))

export interface Places {
  readonly folder: string
  /** A project with the package and Effect only. */
  readonly bare: string
  readonly tools: string
}

/** A row for each runtime. */
export const runtimes = (
  { bare, folder, tools }: Places,
  collector: Collector,
  bun: Effect.Effect<string, Skipped>
): Effect.Effect<ReadonlyArray<Row>> => {
  copyPrograms(bare)
  const flags = (name: string) => name === "Deno" ? ["run", "--allow-all", "--node-modules-dir=manual"] : []
  const processes = binaries(process.platform, process.arch).map((wanted) =>
    check(
      "runtimes",
      `${wanted.name} (${wanted.version})`,
      Effect.gen(function*() {
        const file = wanted.name === "Bun" ? yield* bun : yield* binary(folder, wanted)
        const args = [...flags(wanted.name), "process.mjs", collector.url, wanted.name]
        return yield* arrived(collector, wanted.name, yield* run(file, args, { cwd: bare }))
      })
    )
  )
  const workers = check(
    "runtimes",
    `workerd (${miniflare})`,
    Effect.gen(function*() {
      const cwd = project(folder, "miniflare")
      yield* install(cwd, [miniflare]).pipe(
        Effect.mapError((error) =>
          new Skipped({ reason: `cannot be installed: ${error.output.split("\n", 2).join(" ")}` })
        )
      )
      fs.copyFileSync(path.join(programs, "miniflare.mjs"), path.join(cwd, "miniflare.mjs"))
      const worker = yield* bundled(bare, tools, "worker.mjs")
      for (const flag of ["none", "nodejs_compat"]) {
        const service = `worker-${flag}`
        const printed = yield* run(process.execPath, ["miniflare.mjs", worker, flag, collector.url, service], { cwd })
        yield* arrived(collector, service, printed)
      }
      return "with and without nodejs_compat"
    })
  )
  const browser = check(
    "runtimes",
    "Chromium, headless",
    Effect.gen(function*() {
      const executable = chromium()
      if (executable === undefined) return yield* new Skipped({ reason: "there is no chromium on the PATH" })
      const cwd = project(folder, "browser")
      yield* install(cwd, [playwright]).pipe(
        Effect.mapError((error) =>
          new Skipped({ reason: `cannot be installed: ${error.output.split("\n", 2).join(" ")}` })
        )
      )
      fs.copyFileSync(path.join(programs, "browser.mjs"), path.join(cwd, "browser.mjs"))
      collector.script = fs.readFileSync(yield* bundled(bare, tools, "page.mjs"), "utf8")
      const printed = yield* run(process.execPath, ["browser.mjs", executable, collector.url], { cwd })
      return `${yield* arrived(collector, "browser", printed)}, version ${/[\d.]+(?= \[)/.exec(printed)?.[0]}`
    })
  )
  return Effect.all([...processes, workers, browser])
}

/** The bundlers' folder. */
export const bundlerTools = (folder: string): Effect.Effect<string, CommandFailed> => {
  const cwd = project(folder, "tools")
  return Effect.as(install(cwd, bundlers), cwd)
}
