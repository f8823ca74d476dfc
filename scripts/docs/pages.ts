/**
 * Makes the pages of the site from the Markdown files, the examples and the declarations of the repository.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { apiPages, type Page } from "./reference.ts"

const root = path.resolve(import.meta.dirname, "../..")
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8")

/** The files that become pages, with their paths on the site. */
const places = (): ReadonlyMap<string, string> => {
  const files = fs.globSync(
    ["docs/**/*.md", "examples/**/*.md", "examples/**/*.{ts,yaml,yml,json}", "*.md", "LICENSE"],
    {
      cwd: root
    }
  )
  return new Map(
    files.map((file) => file.replaceAll("\\", "/")).filter((file) => file !== "README.md").sort().map((file) => [
      file,
      file.startsWith("docs/") ?
        file.slice("docs/".length).replace(/README\.md$/, "pages").replace(/\.md$/, "") :
        file.startsWith("examples/") ?
        file.replace(/README\.md$/, "index").replace(/\.md$/, "").replace(/\.(ts|yaml|yml|json)$/, "-$1") :
        `project/${file.replace(/\.md$/, "").toLowerCase()}`
    ])
  )
}

const link = /(\]\()([^)\s]+)(\))/g

/**
 * Turns links between files into links between pages. A link to a file without a page is an error, so that the site has
 * no dead link.
 */
const relinked = (file: string, text: string, pages: ReadonlyMap<string, string>): string => {
  const from = pages.get(file) ?? "index"
  return text.replace(link, (all, before: string, target: string, after: string) => {
    if (/^([a-z]+:|#)/.test(target)) return all
    const [to = "", anchor] = target.split("#")
    const aim = path.posix.join(path.posix.dirname(file), to)
    if (aim.startsWith("docs/images/")) return `${before}${relative(from, aim.slice("docs/".length))}${after}`
    const place = pages.get(aim) ?? pages.get(`${aim}/README.md`) ?? (aim === "README.md" ? "index" : undefined)
    if (place === undefined) {
      // A link to a folder leads to its first page. A file without a page has no link.
      const first = [...pages].find(([other]) => other.startsWith(`${aim}/`))?.[1]
      if (first === undefined) throw new Error(`${file} links to ${target}, which is no page of the site`)
      return `${before}${relative(from, first)}${after}`
    }
    return `${before}${relative(from, place)}${anchor === undefined ? "" : `#${anchor}`}${after}`
  })
}

const relative = (from: string, to: string): string => {
  const way = path.posix.relative(path.posix.dirname(from), to)
  return way.startsWith(".") ? way : `./${way}`
}

const titleOf = (text: string, otherwise: string): string => /^# (.+)$/m.exec(text)?.[1] ?? otherwise

const source = (file: string): string =>
  `# ${file}\n\n\`\`\`\`${path.extname(file).slice(1)}\n${read(file).trimEnd()}\n\`\`\`\`\n`

/** Every page of the site, `index` first. */
export const allPages = (): ReadonlyArray<Page> => {
  const pages = places()
  const readme = read("README.md")
  const home: Page = { path: "index", title: "effect-agentops", text: relinked("README.md", readme, pages) }
  const written = [...pages].map(([file, place]): Page => {
    const text = file.endsWith(".md") ? relinked(file, read(file), pages) : source(file)
    return { path: place, title: titleOf(text, file), text }
  })
  return [home, ...written, ...apiPages()]
}
