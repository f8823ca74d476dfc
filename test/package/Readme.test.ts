/**
 * What the README and ARCHITECTURE.md say is so.
 */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { AgentOps, Exporter } from "effect-agentops"
import * as library from "effect-agentops"
import * as MetricExporter from "effect-agentops/export/MetricExporter"
import * as fs from "node:fs"
import * as path from "node:path"
import { marks, metricsTables } from "../../scripts/metricsTable.ts"

const root = path.resolve(import.meta.dirname, "../..")
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")
const readme = read("README.md")
const architecture = read("ARCHITECTURE.md")

const section = (title: string) => readme.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? ""

/** The names in code font in the first column of a section's table. */
const firstColumn = (title: string): ReadonlyArray<string> =>
  section(title).split("\n").filter((line) => line.startsWith("|")).flatMap((line) =>
    [...line.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
  )

describe("README.md", () => {
  it.effect("names the environment variables that are read, and no other", () =>
    Effect.gen(function*() {
      const asked = new Set<string>()
      const provider = ConfigProvider.make((path) =>
        Effect.sync(() => {
          const name = path.join("_")
          asked.add(name)
          // Without a key, nothing further of AgentOps would be asked for.
          return name === "AGENTOPS_API_KEY"
            ? ConfigProvider.makeValue("00000000-0000-4000-8000-000000000000")
            : undefined
        })
      )
      yield* Layer.build(AgentOps.layerFromConfig).pipe(
        Effect.scoped,
        Effect.provideService(ConfigProvider.ConfigProvider, provider)
      )
      assert.isAtLeast(asked.size, 30)
      assert.deepStrictEqual([...firstColumn("Environment variables")].sort(), [...asked].sort())
    }))

  it("has every exporter in its table", () => {
    // What makes a layer, which all but the service of `Exporter.memory` do.
    const exporters = Object.entries(Exporter).filter(([, value]) => typeof value === "function" && !("key" in value))
    assert.deepStrictEqual(
      [...firstColumn("Exporters")].sort(),
      exporters.map(([name]) => `Exporter.${name}`).sort()
    )
  })

  it("has every combinator of the root in its table", () => {
    const named = new Set(firstColumn("Combinators").map((text) => text.replace(/\(.*/, "")))
    const combinators = Object.keys(library).filter((name) => name.startsWith("trace"))
    assert.deepStrictEqual(combinators.filter((name) => !named.has(name)), [])
  })

  it("has every metric as its instrument is, and every reader", () => {
    const text = (markdown: string) => markdown.replace(/ +/g, " ").replace(/-{3,}/g, "---").trim()
    const [, tables] = readme.split(marks[0])
    assert.strictEqual(text(tables!.split(marks[1])[0]!), text(metricsTables()))
    const readers = Object.entries(MetricExporter).filter(([, value]) =>
      typeof value === "function" && !("key" in value)
    )
    const named = new Set(firstColumn("Metrics and cost"))
    assert.deepStrictEqual(readers.filter(([name]) => !named.has(`MetricExporter.${name}`)), [])
  })

  it("links to files that are there", () => {
    for (const [file, text] of [["README.md", readme], ["ARCHITECTURE.md", architecture]] as const) {
      for (const [, target] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
        assert.isTrue(fs.existsSync(path.join(root, target!)), `${file} links to ${target}`)
      }
    }
  })
})

describe("ARCHITECTURE.md", () => {
  it("has a row for every room", () => {
    const mentioned = new Set([...architecture.matchAll(/`([\w./*]+)`/g)].map(([, name]) => name!))
    const rooms = fs.globSync("src/*/", { cwd: root }).map((folder) => path.basename(folder))
    assert.deepStrictEqual(rooms.filter((room) => !mentioned.has(room)), [])
  })
})
