/**
 * Measures the cost of an import: the time and memory of a cold process, and the bytes of a page.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { build } from "vite"
import { bytesOf } from "../scripts/checkPackage/browserBytes.ts"
import { fromMarkdown } from "../test/support/docs/Example.ts"

const root = path.join(import.meta.dirname, "..")

/** Builds the package, because the published files are measured and not the sources. */
export const buildPackage = (): void => {
  const built = spawnSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" })
  if (built.status !== 0) throw new Error("npm run build failed")
}

export const imports: ReadonlyArray<readonly [label: string, modules: ReadonlyArray<string>]> = [
  ["nothing", []],
  ["effect/Effect", ["effect/Effect"]],
  ["effect/Schema, which the root's own kinds are made of", ["effect/Schema"]],
  ["effect-agentops", ["effect-agentops"]],
  ["effect (all of it)", ["effect"]],
  ["raw OpenTelemetry SDK", [
    "@opentelemetry/api",
    "@opentelemetry/sdk-trace-base",
    "@opentelemetry/resources",
    "@opentelemetry/exporter-trace-otlp-proto"
  ]]
]

/** A program that prints the milliseconds, the CPU milliseconds and the bytes of its imports. */
export const importing = (modules: ReadonlyArray<string>): string => `
  const memory = process.memoryUsage.rss(), cpu = process.cpuUsage(), start = performance.now()
  for (const name of ${JSON.stringify(modules)}) await import(name)
  const wall = performance.now() - start, { system, user } = process.cpuUsage(cpu)
  console.log(JSON.stringify([wall, (user + system) / 1_000, process.memoryUsage.rss() - memory]))`

const programs = (): ReadonlyArray<readonly [label: string, code: string]> => {
  const readme = fs.readFileSync(path.join(root, "README.md"), "utf8")
  return [
    ["Effect alone", `import { Effect } from "effect"\nawait Effect.runPromise(Effect.succeed(1))\n`],
    ["the README's first lines", fromMarkdown("README.md", readme)[0]!.code]
  ]
}

/** The README's first lines, bundled by vite for a browser: kilobytes of the first load and in all, gzipped. */
export const pages = async (): Promise<ReadonlyArray<readonly [label: string, atOnce: number, all: number]>> => {
  const rows: Array<readonly [string, number, number]> = []
  for (const [label, code] of programs()) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "effect-agentops-bench-"))
    // Beside the package, so that both are found.
    const entry = path.join(root, `bench-page-${process.pid}.ts`)
    try {
      fs.writeFileSync(entry, code)
      await build({
        root,
        configFile: false,
        logLevel: "error",
        build: {
          // A page, since vite leaves the spaces in a library.
          rollupOptions: { input: entry, output: { entryFileNames: "main.js", chunkFileNames: "[name].js" } },
          modulePreload: false,
          outDir: folder,
          emptyOutDir: false,
          target: "es2022"
        }
      })
      const { all, atOnce } = bytesOf(folder, "main.js")
      rows.push([label, atOnce / 1_000, all / 1_000])
    } finally {
      fs.rmSync(entry, { force: true })
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }
  return rows
}
