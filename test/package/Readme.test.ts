/**
 * The claims of the README, the pages and ARCHITECTURE.md are true.
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

/** The names in code font in the first column of a page's tables. */
const firstColumn = (page: string): ReadonlyArray<string> =>
  read(`docs/reference/${page}.md`).split("\n").filter((line) => line.startsWith("|")).flatMap((line) =>
    [...line.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
  )

describe("README.md", () => {
  it("is short", () => assert.isAtMost(Buffer.byteLength(readme), 8192))
})

describe("pages", () => {
  it.effect("name the environment variables that are read, and no others", () =>
    Effect.gen(function*() {
      const asked = new Set<string>()
      const provider = ConfigProvider.make((path) =>
        Effect.sync(() => {
          const name = path.join("_")
          asked.add(name)
          // Without a key, nothing else of AgentOps would be read.
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
      assert.deepStrictEqual([...firstColumn("environment")].sort(), [...asked].sort())
    }))

  it("have every exporter in the table", () => {
    // The functions that return a layer, which is all except the service of `Exporter.memory`.
    const exporters = Object.entries(Exporter).filter(([, value]) => typeof value === "function" && !("key" in value))
    assert.deepStrictEqual(
      firstColumn("exporters").filter((name) => name.startsWith("Exporter.")).sort(),
      exporters.map(([name]) => `Exporter.${name}`).sort()
    )
  })

  it("have every option of AgentOps.layer in the table", () => {
    const source = read("src/trace/TracingOptions.ts")
    const options = [...source.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name!)
    assert.isAtLeast(options.length, 10)
    assert.deepStrictEqual(firstColumn("options"), options)
  })

  it("have every combinator of the root in the table", () => {
    const named = new Set(firstColumn("combinators").map((text) => text.replace(/\(.*/, "")))
    const combinators = Object.keys(library).filter((name) => name.startsWith("trace"))
    assert.deepStrictEqual(combinators.filter((name) => !named.has(name)), [])
  })

  it("have every metric as its instrument defines it, and every reader", () => {
    const text = (markdown: string) => markdown.replace(/ +/g, " ").replace(/-{3,}/g, "---").trim()
    const [, tables] = read("docs/reference/metrics.md").split(marks[0])
    assert.strictEqual(text(tables!.split(marks[1])[0]!), text(metricsTables()))
    const readers = Object.entries(MetricExporter).filter(([, value]) =>
      typeof value === "function" && !("key" in value)
    )
    const named = new Set(firstColumn("metrics"))
    assert.deepStrictEqual(readers.filter(([name]) => !named.has(`MetricExporter.${name}`)), [])
  })

  it("link to existing files only", () => {
    const pages = fs.globSync(["*.md", "docs/**/*.md", "examples/**/*.md"], { cwd: root })
    assert.isAtLeast(pages.length, 30)
    for (const file of pages) {
      for (const [, target] of read(file).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
        assert.isTrue(fs.existsSync(path.join(root, path.dirname(file), target!)), `${file} links to ${target}`)
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
