/**
 * The table of what is read of each API says no more and no less than what is.
 */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { readers } from "../../src/model/internal/wire/apis.ts"

const page = fs.readFileSync(path.resolve(import.meta.dirname, "../../docs/reference/models.md"), "utf8")

const cells = (line: string) => line.split("|").slice(1, -1).map((cell) => cell.trim())

const [head, ...rows] = page.split("\n").filter((line) => line.startsWith("| Api") || line.startsWith("| `")).map(cells)

const directory = path.resolve(import.meta.dirname, "../fixtures/wire")

const fixtures = fs.readdirSync(directory).map((file) =>
  JSON.parse(fs.readFileSync(path.join(directory, file), "utf8")) as {
    readonly api: string
    readonly facts: { readonly parts: ReadonlyArray<string>; readonly usage: Record<string, number> }
  }
)

describe("the reference of models", () => {
  it("has a row for each API", () =>
    assert.deepStrictEqual(rows.map(([api]) => api!.replaceAll("`", "")).sort(), Object.keys(readers).sort()))

  it("says what the fixtures show", () => {
    for (const { api, facts } of fixtures) {
      const row = rows.find(([name]) => name === `\`${api}\``)!
      const says = (column: string) => row[head!.indexOf(column)] === "●"
      assert.isTrue(says("answer") && says("stream") && says("request"), api)
      if (facts.parts.includes("tool_call")) assert.isTrue(says("tool calls"), api)
      if (facts.parts.includes("reasoning")) assert.isTrue(says("reasoning"), api)
      if (facts.usage["cacheReadTokens"] !== undefined) assert.isTrue(says("cached tokens"), api)
      if (facts.usage["audioInputTokens"] !== undefined) assert.isTrue(says("modalities"), api)
    }
  })
})
