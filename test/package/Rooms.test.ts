/**
 * The rooms of `src` use each other in one direction only, as ARCHITECTURE.md defines, including types.
 */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { root } from "../support/docs/program.ts"
import { knots, readGraph, specifiers } from "../support/rooms/graph.ts"
import { besidePublic, roomOf, rooms } from "../support/rooms/rooms.ts"

const graph = readGraph(root)
const architecture = fs.readFileSync(path.join(root, "ARCHITECTURE.md"), "utf8")

/** Why a file may not import another, or nothing if it may. */
const broken = (from: string, to: string): string | undefined => {
  const user = rooms.find(({ name }) => name === roomOf(from))
  if (user === undefined) return `${from} is in no room: give its folder a row in test/support/rooms/rooms.ts`
  const used = roomOf(to)
  if (user.name === used || user.mayUse === "all" || user.mayUse.includes(used)) return undefined
  const allowed = user.mayUse.length === 0 ? "nothing" : user.mayUse.join(", ")
  return `${from} imports ${to}, but ${user.name} may use ${allowed}, and not ${used}`
}

describe("the rooms of src", () => {
  it("are read from imports of every form", () => {
    const text = `
      import a from "./a.ts"
      import type { B } from "./b.ts"
      import { type C } from "./c.ts"
      export * as D from "./d.ts"
      export type { E } from "./e.ts"
      const f = await import("./f.ts")
      type G = import("./g.ts").G
      // import "./no.ts"
      const text = 'import "./no.ts"'
    `
    assert.deepStrictEqual(specifiers("x.ts", text), ["a", "b", "c", "d", "e", "f", "g"].map((name) => `./${name}.ts`))
  })

  it("are checked for circles through types", () => {
    const circle = new Map([["a", ["b"]], ["b", ["c"]], ["c", ["a"]], ["d", ["a"]]])
    assert.deepStrictEqual(knots(circle), [["a", "b", "c"]])
  })

  it("use only the rooms above them", () => {
    const found = [...graph].flatMap(([from, others]) => others.map((to) => broken(from, to)))
    assert.deepStrictEqual(found.filter((message) => message !== undefined), [])
  })

  it("let integrations use only public modules of trace, like those of third parties", () => {
    const inside = [...graph].flatMap(([from, others]) =>
      roomOf(from) === "integrations" && others.some((to) => to.startsWith("src/trace/internal/")) ? [from] : []
    )
    const known = (from: string) => besidePublic.some((exception) => from.startsWith(exception.from))
    assert.deepStrictEqual(inside.filter((from) => !known(from)), [])
    assert.deepStrictEqual(besidePublic.filter(({ from }) => !inside.some((file) => file.startsWith(from))), [])
  })

  it("have no circle of files, within a room or across rooms", () => {
    assert.deepStrictEqual(knots(graph).map((knot) => `These import each other in a circle: ${knot.join(", ")}`), [])
  })

  it("are those of the table in ARCHITECTURE.md, in its order", () => {
    const [table = ""] = architecture.split(/^## Modules$/m)
    const rows = [...table.matchAll(/^\| `(\w+)` *\|[^|]*\| *([^|]*?) *\|$/gm)]
    const expected = rooms.map(({ mayUse, name }) => `${name}: ${mayUse === "all" ? "all" : mayUse.join(", ")}`)
    assert.deepStrictEqual(rows.map(([, name, uses]) => `${name}: ${uses}`), expected)
  })

  it("are drawn in ARCHITECTURE.md as in the table", () => {
    const arrows = [...architecture.matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(([, from, to]) => [from!, to!] as const)
    const wrong = arrows.filter(([from, to]) => {
      const uses = rooms.find(({ name }) => name === from)?.mayUse
      return uses !== "all" && uses?.includes(to) !== true
    })
    assert.deepStrictEqual(wrong, [])
    const reached = (from: string): ReadonlyArray<string> =>
      arrows.filter(([user]) => user === from).flatMap(([, to]) => [to, ...reached(to)])
    const missing = rooms.flatMap(({ mayUse, name }) =>
      mayUse === "all"
        ? []
        : mayUse.filter((other) => !reached(name).includes(other)).map((other) => `${name} --> ${other}`)
    )
    assert.deepStrictEqual(missing, [])
  })

  it("are the folders of src", () => {
    const folders = new Set([...graph.keys()].map(roomOf))
    assert.deepStrictEqual([...folders].sort(), rooms.map(({ name }) => name).sort())
  })

  it("are in an order in which each uses only earlier rooms", () => {
    const early = rooms.flatMap(({ mayUse, name }, i) =>
      mayUse === "all" ? [] : mayUse.filter((other) => !rooms.slice(0, i).some((room) => room.name === other))
        .map((other) => `${name} uses ${other}, which stands below it`)
    )
    assert.deepStrictEqual(early, [])
  })
})
