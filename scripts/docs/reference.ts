/**
 * Makes the API pages: one for each public module, from its declarations and their comments.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { parseSync } from "vite"
import { declarations } from "./declarations.ts"
import { entryOf } from "./entries.ts"

const root = path.resolve(import.meta.dirname, "../..")

/** One page of the site. */
export interface Page {
  /** Its path from the root of the site, without an extension. */
  readonly path: string
  readonly title: string
  readonly text: string
}

interface Member {
  readonly names: ReadonlyArray<string>
  readonly category: string
  prose: string
  code: string
}

/** The text of a comment, without its asterisks. */
const proseOf = (comment: string): string =>
  comment.replace(/^\*+/, "").split("\n").map((line) => line.replace(/^\s*\*? ?/, "")).join("\n").trim()

const tag = (prose: string, name: string): string | undefined =>
  new RegExp(`^@${name} (.*)$`, "m").exec(prose)?.[1]?.trim()

const withoutTags = (prose: string): string => prose.replace(/^@(category|since)\b.*$/gm, "").trim()

/** Replaces `{@link Name}` by the name in code font, because the page lists all names anyway. */
const withoutLinks = (prose: string): string => prose.replace(/\{@link ([^}\s]+)\s*\}/g, "`$1`")

const page = (prose: string): string => withoutLinks(withoutTags(prose)).replace(/^```ts no-run$/gm, "```ts")

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly declaration?: Declaration | null
  readonly specifiers?: ReadonlyArray<{
    readonly exported: { readonly name?: string; readonly value?: string }
    readonly local?: { readonly name?: string }
  }>
  readonly exported?: unknown
  readonly source?: { readonly value: string } | null
}

interface Declaration {
  readonly type: string
  readonly id?: { readonly name?: string } | null
  readonly declarations?: ReadonlyArray<{ readonly id: { readonly name?: string } }>
}

const namesOf = ({ declaration, specifiers }: Node): ReadonlyArray<string> => {
  if (declaration != null) {
    const name = declaration.id?.name
    return name === undefined ? (declaration.declarations ?? []).flatMap(({ id }) => id.name ?? []) : [name]
  }
  return (specifiers ?? []).flatMap(({ exported }) => exported.name ?? exported.value ?? [])
}

/**
 * Moves the comments of overloads out of the declaration, as prose before the code. Short comments of properties stay
 * in the code.
 */
const split = (code: string): { readonly code: string; readonly prose: ReadonlyArray<string> } => {
  const prose: Array<string> = []
  const visible = code.replace(/^([ \t]*)\/\*\* @internal \*\/\n[^]*?;\n(?=\1[^\s}]|(?!\1)[ \t]*\})/gm, "")
  const rest = visible.replace(/^[ \t]*\/\*\*([^]*?)\*\/\n/gm, (all, comment: string) => {
    if (!/```|@category|@since/.test(comment)) return all
    prose.push(page(proseOf(comment)))
    return ""
  })
  return { code: rest.replace(/\{@link ([^}\s]+)\s*\}/g, "`$1`"), prose }
}

type Texts = ReadonlyMap<string, string>

/** The members of another module that a module exports, as the other module documents them. */
const elsewhere = (module: string, source: string | undefined, isExported: (name: string) => boolean, texts: Texts) => {
  if (source === undefined) return []
  const other = path.posix.join(path.posix.dirname(module), source).replace(/\.ts$/, "")
  const text = texts.get(other)
  return text === undefined ? [] : membersOf(other, text, texts).filter(({ names }) => names.some(isExported))
}

/** The module that a name is imported from. */
const importOf = (body: ReadonlyArray<Node>, name: string): string | undefined =>
  body.find(({ specifiers, type }) =>
    type === "ImportDeclaration" && specifiers?.some(({ local }) => local?.name === name)
  )?.source?.value

const membersOf = (module: string, text: string, texts: Texts): ReadonlyArray<Member> => {
  const { comments, program } = parseSync("module.d.ts", text)
  const members: Array<Member> = []
  const body = program.body as unknown as ReadonlyArray<Node>
  for (const node of body) {
    // `export * as Name` is the page of another module.
    if (node.type === "ExportAllDeclaration" && node.exported == null) {
      members.push(...elsewhere(module, node.source?.value, () => true, texts))
    }
    if (node.type !== "ExportNamedDeclaration") continue
    const names = namesOf(node)
    if (names.length === 0) continue
    const source = node.source?.value ?? (node.declaration == null ? importOf(body, names[0]!) : undefined)
    const others = elsewhere(module, source, (name) => names.includes(name), texts)
    if (others.length > 0) {
      members.push(...others)
      continue
    }
    const comment = comments.findLast(({ end, type, value }) =>
      type === "Block" && value.startsWith("*") && end <= node.start && text.slice(end, node.start).trim() === ""
    )
    const prose = comment === undefined ? "" : proseOf(comment.value)
    if (/(^|\s)@internal\b/.test(prose)) continue
    const parts = split(text.slice(node.start, node.end))
    const said = [page(prose), ...parts.prose].filter((text) => text !== "").join("\n\n")
    // A type and a value of the same name share one entry.
    const same = members.find((member) => member.names[0] === names[0])
    if (same === undefined) {
      members.push({ names, category: tag(prose, "category") ?? "re-exports", prose: said, code: parts.code })
    } else {
      same.code += `\n${parts.code}`
      if (same.prose === "") same.prose = said
    }
  }
  return members
}

/** The comment at the top of a module. Declarations do not have it if the first import is for the compiler alone. */
const headerOf = (module: string): string => {
  const text = fs.readFileSync(path.join(root, `src/${module}.ts`), "utf8")
  const [, comment = ""] = /^\/\*\*([^]*?)\*\//.exec(text.trimStart()) ?? []
  return page(proseOf(comment))
}

/** What a reader looks for first. Other categories follow in the order of the source. */
const first = ["layers", "constructors", "combinators", "services"]
const last = ["models", "errors", "re-exports"]

const rank = (category: string): number =>
  first.includes(category) ? first.indexOf(category) - first.length : last.indexOf(category) + 1

const moduleName = (module: string): string => module.split("/").at(-1)!

const pageOf = (module: string, texts: Texts): Page | undefined => {
  const entry = entryOf(module)
  const text = texts.get(module)!
  const members = membersOf(module, text, texts)
  if (entry === undefined || members.length === 0) return
  const categories = [...new Set(members.map(({ category }) => category))]
    .sort((a, b) => rank(a) - rank(b))
  const sections = categories.flatMap((category) => [
    `## ${category}`,
    ...members.filter((member) => member.category === category).flatMap(({ code, names, prose }) => [
      `### ${names.join(", ")}`,
      prose,
      `\`\`\`\`ts\n${code}\n\`\`\`\``
    ])
  ])
  return {
    path: `reference/api/${module}`,
    title: moduleName(module),
    text: [
      `# ${moduleName(module)}`,
      headerOf(module),
      `\`\`\`ts\nimport * as ${moduleName(module)} from "${entry}"\n\`\`\``,
      ...sections
    ]
      .filter((part) => part !== "").join("\n\n")
  }
}

const prefix = "reference/api/"

/** The first sentence of a page, for the list of modules. */
const introOf = ({ text }: Page): string => {
  const paragraph = text.split("\n\n")[1]!.replaceAll("\n", " ")
  return /^.*?[.:](?= |$)/.exec(paragraph)?.[0].replace(/:$/, ".") ?? paragraph
}

/** The list of all modules, which is the page of the root. */
const listOf = (pages: ReadonlyArray<Page>): Page => {
  const rooms = [...new Set(pages.map(({ path }) => path.slice(prefix.length).split("/")[0]!))]
  const sections = rooms.filter((room) => pages.some(({ path }) => path.startsWith(`${prefix}${room}/`))).map((room) =>
    `## ${room}\n\n| module | content |\n| --- | --- |\n${
      pages.filter(({ path }) => path.startsWith(`${prefix}${room}/`)).map((page) =>
        `| [${page.title}](./${page.path.slice(prefix.length)}) | ${introOf(page).replaceAll("|", "\\|")} |`
      ).join("\n")
    }`
  )
  const top = pages.filter(({ path }) => !path.slice(prefix.length).includes("/"))
  return {
    path: `${prefix}index`,
    title: "All modules",
    text: [
      "# All modules",
      "`effect-agentops` exports the modules of an agent's program as namespaces, such as `Session` and `Exporter`, and the " +
      "combinators by their own names. Each module has an entry of its own too, which its page names.",
      ...top.map((page) => `- [${page.title}](./${page.path.slice(prefix.length)}): ${introOf(page)}`),
      ...sections
    ].join("\n\n")
  }
}

/** A page for every public module that can be imported, and the list of them. */
export const apiPages = (): ReadonlyArray<Page> => {
  const texts = declarations()
  const modules = [...texts.keys()].filter((module) => module !== "index")
  const pages = modules.flatMap((module) => pageOf(module, texts) ?? [])
  return [listOf(pages), ...pages]
}
