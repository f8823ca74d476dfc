/**
 * A model call goes through the shapes that ARCHITECTURE.md names, and no others.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { promisify } from "node:util"
import { root } from "../support/docs/program.ts"
import type { Declared } from "../support/rooms/shapes.ts"
import { besideShapes, declaredIn, shapesOf } from "../support/rooms/shapes.ts"

const shapes = shapesOf(fs.readFileSync(path.join(root, "ARCHITECTURE.md"), "utf8"))

const keyOf = ({ file, name }: { readonly file: string; readonly name: string }) => `${name} in ${file}`

describe("the shapes of a model call", () => {
  let declared: ReadonlyArray<Declared> = []

  // The files whose functions run from the combinator to the answer of the backend.
  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--conditions=effect-agentops-source", "bench/path.ts", "sent"],
      { cwd: root }
    )
    const files = stdout.trim().split("\n").slice(0, -1).map((line) => `src/${line.split(" ")[0]!}`)
    assert.isAbove(files.length, 40)
    declared = files.flatMap((file) => declaredIn(root, file))
    assert.isAbove(declared.length, 40)
  }, 60_000)

  it("are at most twelve", () => {
    assert.isAtLeast(shapes.length, 5)
    assert.isAtMost(shapes.length, 12)
  })

  it("are each declared where ARCHITECTURE.md says", () => {
    const missing = shapes.filter(({ file, name }) => !declaredIn(root, file).some((other) => other.name === name))
    assert.deepStrictEqual(missing, [])
  })

  it("are all that the files on its way export, but for settings, state and what is named beside them", () => {
    const known = new Set<string>(Object.values(besideShapes).flat())
    const listed = new Set(shapes.map(keyOf))
    const unknown = declared.filter((type) => !listed.has(keyOf(type)) && !known.has(type.name))
    assert.deepStrictEqual(
      unknown.map((type) => `${keyOf(type)} is neither a shape of ARCHITECTURE.md nor in besideShapes`),
      []
    )
  })

  it("inherit what counts as a view of them", () => {
    const inherited = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
      names.flatMap((name) => {
        const of = declared.filter((type) => type.name === name).flatMap((type) => type.of)
        return [...of, ...inherited(of)]
      })
    // The writer of bytes is an attribute's target.
    const parts = new Set(inherited([...shapes.map(({ name }) => name), "DirectSpans"]))
    assert.deepStrictEqual(besideShapes.view.filter((name) => !parts.has(name)), [])
  })

  it("stand beside nothing that is gone", () => {
    const names = new Set(declared.map(({ name }) => name))
    assert.deepStrictEqual(Object.values(besideShapes).flat().filter((name) => !names.has(name)), [])
  })
})
