/**
 * The site has all its pages, and dead links are found.
 */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { entryOf } from "../../scripts/docs/entries.ts"
import { explanation, howTo, reference } from "../../scripts/docs/groups.ts"
import { deadLinks } from "../../scripts/docs/links.ts"
import { lists } from "../../scripts/docs/llms.ts"
import { allPages } from "../../scripts/docs/pages.ts"

const root = path.resolve(import.meta.dirname, "../..")

describe("pages of the site", { timeout: 60_000 }, () => {
  const pages = allPages()
  const paths = new Set(pages.map((page) => page.path))

  it("include one for every public module that can be imported", () => {
    const modules = fs.globSync("src/**/*.ts", { cwd: root, exclude: ["**/internal/**"] })
      .map((file) => file.replaceAll("\\", "/").slice("src/".length, -".ts".length))
      .filter((module) => entryOf(module) !== undefined && !/(^|\/)index$/.test(module))
    assert.isAtLeast(modules.length, 60)
    assert.deepStrictEqual(modules.filter((module) => !paths.has(`reference/api/${module}`)), [])
  })

  it("include one for every page of docs and every example", () => {
    assert.isTrue(paths.has("start"))
    assert.isTrue(paths.has("examples/quickstart-ts"))
    assert.isTrue(paths.has("reference/delivery"))
    assert.strictEqual(paths.size, pages.length)
  })

  it.each([
    ["how-to", howTo.flatMap(([, names]) => names)],
    ["reference", reference],
    ["explanation", explanation]
  ])("have every page of %s in the navigation once", (folder, names) => {
    const pages = [...paths].filter((path) => path.startsWith(`${folder}/`) && !path.startsWith("reference/api/"))
    assert.deepStrictEqual(names.map((name) => `${folder}/${name}`).toSorted(), pages.toSorted())
  })

  it("show the import of a module, and the purpose of each export", () => {
    const { text } = pages.find(({ path }) => path === "reference/api/trace/Session")!
    assert.include(text, `import * as Session from "effect-agentops/trace/Session"`)
    assert.match(text, /^### withSession$/m)
    assert.match(text, /^### record$/m)
  })

  it("introduce each module, and document each of its exports", () => {
    for (const { path, text } of pages.filter(({ path }) => path.startsWith("reference/api/"))) {
      assert.match(text, /^# .+\n\n[A-Z`]/, path)
      for (const member of text.split(/^### /m).slice(1)) assert.match(member, /^.+\n\n[^`]|^.+\n\n`[^`]/, path)
      assert.notInclude(text, "@internal", path)
      assert.notInclude(text, "{@link", path)
    }
  })

  it("show it for re-exports too", () => {
    const { text } = pages.find(({ path }) => path === "reference/api/export/Exporter")!
    assert.match(text, /^### make$/m)
    assert.match(text, /^### otlp$[^#]*^Exports spans to any OTLP backend/m)
    assert.notInclude(text, "## re-exports")
  })
})

describe("lists of pages", () => {
  it.each([...lists])(
    "%s is what npm run docs writes",
    (file, text) => assert.strictEqual(fs.readFileSync(path.join(root, file), "utf8"), text)
  )

  it("name files that the package has", () => {
    const published = new Set(fs.globSync([...manifest.files, "examples/**"], { cwd: root }))
    assert.include(manifest.files, "examples")
    const named = [...lists.get("llms.txt")!.matchAll(/\]\(([^)]+)\)/g)].map(([, file]) => file!)
    assert.isAtLeast(named.length, 50)
    assert.deepStrictEqual(named.filter((file) => !published.has(file)), [])
  })
})

describe("entryOf", () => {
  it.each([
    ["trace/Session", "effect-agentops/trace/Session"],
    ["integrations/openai/OpenAi", "effect-agentops/openai"],
    ["AgentOpsLive", "effect-agentops/AgentOpsLive"],
    ["trace/index", undefined],
    ["trace/internal/span", undefined]
  ])("returns for %s: %s", (module, entry) => assert.strictEqual(entryOf(module), entry))
})

describe("deadLinks", () => {
  it("finds missing pages, files and headings", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "site-"))
    const write = (file: string, text: string) => {
      fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
      fs.writeFileSync(path.join(folder, file), text)
    }
    write("index.html", `<h1 id="top">a</h1><a href="b/c.html#there"></a><a href="#top"></a><a href="/b/"></a>`)
    write("b/index.html", `<a href="../index.html#gone"></a><a href="https://example.com/x"></a>`)
    write("b/c.html", `<h2 id="there">c</h2><a href="d.html"></a><a href="/x.png"></a>`)
    assert.deepStrictEqual(deadLinks(folder).toSorted(), [
      "b/c.html: /x.png is not there",
      "b/c.html: d.html is not there",
      "b/index.html: ../index.html#gone has no such heading"
    ])
    fs.rmSync(folder, { recursive: true })
  })
})
