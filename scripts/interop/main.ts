/**
 * `npm run interop` sends telemetry through the real programs on every path, and compares the result with the original
 * in one table.
 *
 *     npm run interop            all that this machine can have
 *     npm run interop -- quick   what fits into a check of every change
 *     npm run interop -- phoenix   with Phoenix, which is installed from PyPI (600 MB)
 *     npm run interop -- only=sampling   the paths with this word in their names
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Row } from "./paths.ts"
import { gatewayPaths, jaegerPaths, metricPaths, spanPaths } from "./paths.ts"
import { phoenixPaths } from "./phoenix.ts"
import { phoenixScorePaths } from "./phoenixScores.ts"
import { goProgram, pythonProgram, systemProgram } from "./programs.ts"
import { samplingPaths } from "./sampling.ts"

const quick = process.argv.includes("quick")
const only = process.argv.find((word) => word.startsWith("only="))?.slice("only=".length)
const buildSeconds = Number(process.env["INTEROP_BUILD_SECONDS"] ?? 480)

const otelcol = goProgram("otelcol", buildSeconds)
const jaeger = "missing" in otelcol ? otelcol : goProgram("jaeger", buildSeconds)
const prometheus = systemProgram("prometheus", "Debian: apt-get install prometheus")

const phoenix = process.argv.includes("phoenix")
  ? pythonProgram("arize-phoenix", "20.26.1", "phoenix", buildSeconds)
  : { missing: "nobody asked: npm run interop -- phoenix" }

const rows: Array<Row> = []
const skip = (path: string, why: string) => void rows.push({ path, result: "skipped", detail: why })

const paths = [
  ...("missing" in otelcol
    ? []
    : [...spanPaths(otelcol.path, quick), ...samplingPaths(otelcol.path), ...gatewayPaths(otelcol.path)]),
  ...("missing" in otelcol || "missing" in prometheus ? [] : metricPaths(otelcol.path)),
  ...("missing" in jaeger || "missing" in otelcol ? [] : jaegerPaths(otelcol.path, jaeger.path)),
  ...("missing" in phoenix ? [] : [...phoenixPaths(phoenix.path), ...phoenixScorePaths(phoenix.path)])
]
if ("missing" in otelcol) skip("Collector", otelcol.missing)
if ("missing" in prometheus) skip("Prometheus", prometheus.missing)
if ("missing" in jaeger) skip("Jaeger", jaeger.missing)
if ("missing" in phoenix) skip("Phoenix", phoenix.missing)

for (const { name, run } of paths.filter(({ name }) => only === undefined || name.includes(only))) {
  const began = performance.now()
  const exit = await Effect.runPromiseExit(Effect.scoped(run))
  const seconds = `${((performance.now() - began) / 1_000).toFixed(1)} s`
  const row: Row = Exit.isSuccess(exit)
    ? { path: name, result: exit.value.good ? "right" : "WRONG", detail: `${exit.value.detail} (${seconds})` }
    : { path: name, result: "WRONG", detail: `${String(exit.cause).split("\n")[0]!} (${seconds})` }
  console.log(`${row.result}  ${row.path}: ${row.detail}`)
  rows.push(row)
}

const width = (of: (row: Row) => string) => Math.max(...rows.map((row) => of(row).length))
const pathWidth = width(({ path }) => path)
console.log(`\n| ${"path".padEnd(pathWidth)} | result  | what arrived`)
for (const { detail, path, result } of rows) {
  console.log(`| ${path.padEnd(pathWidth)} | ${result.padEnd(7)} | ${detail}`)
}
process.exitCode = rows.some(({ result }) => result === "WRONG") ? 1 : 0
