import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")
const rows = fs.readFileSync(path.join(root, "docs/reference/compliance.md"), "utf8").split("\n")
  .filter((line) => /^\| (?!Requirement|-)/.test(line))
  .map((line) => line.split("|").slice(1, 4).map((cell) => cell.trim()) as [string, string, string])

describe("the compliance matrix", () => {
  it("contains rows of all kinds", () => {
    assert.isAbove(rows.length, 80)
    assert.deepStrictEqual([...new Set(rows.map(([, met]) => met))].toSorted(), ["no", "partly", "yes"])
  })

  it.each(rows)("%s: %s", (_, met, shown) => {
    if (met !== "yes") return assert.match(shown, /[a-z].*\.$/)
    const named = /^`(test\/\S+) › (.+)`$/.exec(shown)
    assert.isNotNull(named, shown)
    assert.include(fs.readFileSync(path.join(root, named![1]!), "utf8"), named![2]!)
  })
})
