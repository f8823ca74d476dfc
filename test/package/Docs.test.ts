/**
 * Every example in the documentation compiles, runs and shows the right result.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { withAssertions } from "../support/docs/assertions.ts"
import { type Example, fromMarkdown, fromSource } from "../support/docs/Example.ts"
import { compile, fileOf, root, writeExample } from "../support/docs/program.ts"

const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")

const modules = fs.globSync("src/**/*.ts", { cwd: root, exclude: ["**/internal/**"] }).sort()
const pages = fs.globSync(["README.md", "docs/**/*.md", "skills/**/*.md"], { cwd: root })

const examples: ReadonlyArray<Example> = [
  ...modules.flatMap((file) => fromSource(file, read(file))),
  ...pages.flatMap((file) => fromMarkdown(file, read(file)))
]

describe("examples of the documentation", { timeout: 60_000 }, () => {
  let messages = new Map<string, ReadonlyArray<string>>()

  beforeAll(() => {
    for (const example of examples) writeExample(example)
    messages = compile(examples)
  })

  const assertCompiles = (file: string) => {
    const said = messages.get(file)
    if (said !== undefined) assert.fail(said.join("\n"))
  }

  it("import only modules that compile", () => assertCompiles(""))

  for (const example of examples) {
    it(`${example.file}:${example.line} ${example.title}`, async () => {
      const file = fileOf(example)
      assertCompiles(file)
      if (example.run) await import(/* @vite-ignore */ path.join(root, file))
    })
  }
})

describe("claims", () => {
  const claims = (code: string) =>
    withAssertions({ file: "f.ts", line: 10, title: "", code, run: true }).replaceAll("$assert.deepStrictEqual", "eq")

  it("belong to the expression before them", () => {
    assert.strictEqual(claims("f(1) // => 2"), `eq<unknown>(f(1), (2), "f.ts:10") // => 2`)
    assert.strictEqual(claims("f(\n  1\n)\n// => 2"), `eq<unknown>(f(\n  1\n), (2), "f.ts:13")\n// => 2`)
    assert.strictEqual(claims("{\n  yes(); // => 2\n}"), `{\n  eq<unknown>(yes(), (2), "f.ts:11"); // => 2\n}`)
  })

  it("belong to the variable of a declaration", () => {
    assert.strictEqual(claims("const x = f() // => 2"), `const x = f(); eq<unknown>(x, (2), "f.ts:10") // => 2`)
  })

  it("may have several lines", () => {
    assert.include(claims("f()\n// => {\n//   a: 1\n// }\n// And more."), `eq<unknown>(f(), ({ a: 1 }), "f.ts:11")`)
  })

  it("are ignored inside of a string", () => {
    assert.strictEqual(claims("f('// => 2')"), "f('// => 2')")
  })

  it("name their place if they make no sense", () => {
    assert.throws(() => claims("f() // => about 2"), `f.ts:10 claims "about 2", which is not an expression`)
    assert.throws(() => claims("\nf(\n  1 // => 1\n)"), `f.ts:12 claims "1" of no statement`)
  })
})
