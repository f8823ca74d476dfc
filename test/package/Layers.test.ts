/**
 * Layers are called `layer…`, as Effect's are, but for those that are named after what they add.
 */
import { assert, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { root } from "../support/docs/program.ts"

/** The modules whose layers are named after what they add: any number of them merge, and the module says what each is. */
const additions: ReadonlySet<string> = new Set([
  "AgentOpsExporter",
  "ConsoleExporter",
  "Exporter",
  "FileExporter",
  "MemoryExporter",
  "MetricExporter",
  "Online",
  "OpenTelemetryExporter",
  "OpenTelemetryMetrics",
  "OpenTelemetryReader",
  "OtlpExporter",
  "Processor",
  "PrometheusExporter",
  "PushMetricExporter",
  "ScoreExporter",
  "ViewerExporter"
])

/** The values and functions of the public API that are layers, or return one. */
const layers = fs.globSync("api/*.md", { cwd: root }).flatMap((file) =>
  fs.readFileSync(path.join(root, file), "utf8").split(/^## /m).slice(1).flatMap((section) => {
    const module = section.slice(0, section.indexOf("\n")).split("/").at(-1)!
    return section.split(/^export declare const /m).slice(1).flatMap((declaration) => {
      const [, name] = /^(\w+): (?:Layer\.Layer<|(?:<[^]*>)?\([^]*\) => Layer\.Layer<[^=]*;\s)/.exec(declaration) ?? []
      return name === undefined ? [] : [{ module, name }]
    })
  })
)

it("layers are called layer…, except in modules of exporters, readers and processors, and AgentOpsLive", () => {
  assert.isAbove(layers.length, 20)
  const others = layers.filter(({ module, name }) => !name.startsWith("layer") && !additions.has(module))
  assert.deepStrictEqual(others, [{ module: "AgentOpsLive", name: "AgentOpsLive" }])
  const gone = [...additions].filter((module) => !layers.some((layer) => layer.module === module))
  assert.deepStrictEqual(gone, [])
})
