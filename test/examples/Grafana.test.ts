import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { prometheusName } from "../../src/export/internal/metrics/prometheusName.ts"
import type { Instrument, Kind } from "../../src/metrics/Instrument.ts"
import * as EventMetrics from "../../src/trace/EventMetrics.ts"
import { sdk } from "../../src/trace/SdkMetrics.ts"

const folder = path.join(import.meta.dirname, "../../examples/grafana")
const read = (name: string) => fs.readFileSync(path.join(folder, name), "utf8")

const types: Readonly<Record<Kind, "counter" | "sum" | "gauge" | "histogram">> = {
  counter: "counter",
  observableCounter: "counter",
  upDownCounter: "sum",
  observableUpDownCounter: "sum",
  gauge: "gauge",
  observableGauge: "gauge",
  histogram: "histogram"
}

/** Every series that the library exports to Prometheus, with its labels. */
const series = new Map(
  [...Object.values(EventMetrics.latest), ...Object.values(EventMetrics.agentOps), ...Object.values(sdk)].flatMap(
    (instrument) => {
      const { attributes, kind, name, unit } = instrument as unknown as Instrument
      const labels = new Set(Object.keys(attributes.fields).map((name) => name.replaceAll(/[^a-z0-9]+/g, "_")))
      const base = prometheusName({ name, unit, type: types[kind] })
      return (kind === "histogram" ? ["_bucket", "_sum", "_count"] : [""]).map((suffix) =>
        [`${base}${suffix}`, labels] as const
      )
    }
  )
)

describe("examples/grafana", () => {
  for (const file of ["dashboard.json", "rules.yaml", "rules.test.yaml"]) {
    it(`${file} asks for series and labels that there are`, () => {
      const text = read(file)
      const labels = new Set([...series.values()].flatMap((labels) => [...labels]))
      const asked = new Set(text.match(/\b(?:agentops|gen_ai|otel)_\w+/g))
      assert.isAbove(asked.size, 5)
      for (const name of asked) assert.isTrue(series.has(name) || labels.has(name), name)
    })
  }

  it.skipIf(spawnSync("promtool", ["--version"]).status !== 0)("the rules are right, and fire when they should", () => {
    for (const [what, file] of [["check", "rules.yaml"], ["test", "rules.test.yaml"]] as const) {
      const { status, stderr, stdout } = spawnSync("promtool", [what, "rules", file], { cwd: folder, encoding: "utf8" })
      assert.strictEqual(status, 0, `${stdout}${stderr}`)
    }
  })
})
