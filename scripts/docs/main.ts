/**
 * `npm run docs` builds the site into `.docs/site` without a network, and fails if it has a dead link.
 * `npm run docs -- --serve` shows the site afterwards.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { build, serve, type UserConfig } from "vitepress"
import { explanation, howTo, reference } from "./groups.ts"
import { deadLinks } from "./links.ts"
import { writeLists } from "./llms.ts"
import { allPages } from "./pages.ts"
import type { Page } from "./reference.ts"

const root = path.resolve(import.meta.dirname, "../..")
const staging = path.join(root, ".docs")
const outDir = path.join(staging, "site")

interface Item {
  readonly text: string
  readonly link?: string
  readonly collapsed?: boolean
  readonly items?: ReadonlyArray<Item>
}

const item = ({ path, title }: Page): Item => ({
  text: title.replaceAll("`", ""),
  link: `/${path.replace(/index$/, "")}`
})

const under = (pages: ReadonlyArray<Page>, folder: string): ReadonlyArray<Item> =>
  pages.filter(({ path }) => path.startsWith(folder)).map(item)

const api = (pages: ReadonlyArray<Page>): ReadonlyArray<Item> => {
  const prefix = "reference/api/"
  const modules = pages.filter(({ path }) => path.startsWith(prefix) && path !== `${prefix}index`)
  const roomOf = ({ path }: Page) => path.slice(prefix.length).split("/").slice(0, -1)[0] ?? "set-up"
  return [...new Set(modules.map(roomOf))].map((text) => ({
    text,
    collapsed: true,
    items: modules.filter((module) => roomOf(module) === text).map(item)
  }))
}

const ordered = (pages: ReadonlyArray<Page>, folder: string, names: ReadonlyArray<string>): ReadonlyArray<Item> =>
  names.map((name) => item(pages.find(({ path }) => path === `${folder}/${name}`)!))

const howToGroups = (pages: ReadonlyArray<Page>): ReadonlyArray<Item> =>
  howTo.map(([text, names]) => ({
    text,
    collapsed: true,
    items: ordered(pages, "how-to", names)
  }))

const sidebar = (pages: ReadonlyArray<Page>): ReadonlyArray<Item> => {
  const written = pages.filter(({ path }) => !path.startsWith("reference/api/"))
  return [
    { text: "Start", link: "/start" },
    { text: "How to", items: howToGroups(written) },
    { text: "Migrate from", items: under(written, "migrate/") },
    { text: "Reference", items: ordered(written, "reference", reference) },
    { text: "API", link: "/reference/api/", items: api(pages) },
    { text: "Explanation", items: ordered(written, "explanation", explanation) },
    { text: "Examples", link: "/examples/", collapsed: true, items: under(written, "examples/").slice(1) },
    { text: "Project", items: under(written, "project/") }
  ].filter(({ items }) => items === undefined || items.length > 0)
}

const config = (pages: ReadonlyArray<Page>): UserConfig => ({
  title: "effect-agentops",
  description: "Functional tracing for LLM agents, on Effect and OpenTelemetry",
  outDir: "site",
  cleanUrls: false,
  lastUpdated: false,
  // No request for an icon that is not there.
  head: [["link", { rel: "icon", href: "data:," }]],
  // A word between angle brackets in prose is not a component.
  markdown: { html: true },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Start", link: "/start" },
      { text: "How to", link: "/how-to/sdks" },
      { text: "Reference", link: "/reference/combinators" },
      { text: "API", link: "/reference/api/" },
      { text: "Explanation", link: "/explanation/session-is-a-trace" },
      { text: "Examples", link: "/examples/" }
    ],
    sidebar: sidebar(pages)
  } as UserConfig["themeConfig"]
} as UserConfig)

const write = (file: string, text: string) => {
  const target = path.join(staging, file)
  fs.mkdirSync(path.dirname(target), { recursive: true })
  fs.writeFileSync(target, text)
}

const pages = allPages()
fs.rmSync(staging, { recursive: true, force: true })
// Braces in prose are not expressions of the generator.
for (const { path, text } of pages) write(`${path}.md`, `::: v-pre\n\n${text}\n\n:::\n`)
// Tables have room for a column more, and a long name of a file breaks on a phone.
const style = `
:root { --vp-layout-max-width: 1600px; }
.VPDoc.has-aside .content-container { max-width: 880px !important; }
.vp-doc h1, .pager-link .title { overflow-wrap: anywhere; }
.vp-doc td { vertical-align: top; }
`
write(".vitepress/theme/style.css", style)
write(
  ".vitepress/theme/index.mjs",
  `import Theme from "vitepress/theme"\nimport "./style.css"\nexport default Theme\n`
)
write(".vitepress/config.mjs", `export default ${JSON.stringify(config(pages))}\n`)
if (fs.existsSync(path.join(root, "docs/images"))) {
  fs.cpSync(path.join(root, "docs/images"), path.join(staging, "images"), { recursive: true })
}

writeLists()

await build(staging)
const dead = deadLinks(outDir)
for (const line of dead) console.error(line)
console.log(`${pages.length} pages in ${path.relative(root, outDir)}, ${dead.length} dead links`)
if (dead.length > 0) process.exitCode = 1
else if (process.argv.includes("--serve")) await serve({ root: staging })
