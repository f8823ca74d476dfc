/**
 * Makes the API pages: one for each public module, from its declarations and their comments.
 */
import * as path from "node:path"
import { parseSync } from "vite"
import { declarations } from "./declarations.ts"
import { entryOf } from "./entries.ts"

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
  readonly specifiers?: ReadonlyArray<{ readonly exported: { readonly name?: string; readonly value?: string } }>
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
  const rest = code.replace(/^[ \t]*\/\*\*([^]*?)\*\/\n/gm, (all, comment: string) => {
    if (!/```|@category|@since/.test(comment)) return all
    prose.push(page(proseOf(comment)))
    return ""
  })
  return { code: rest.replace(/\{@link ([^}\s]+)\s*\}/g, "`$1`"), prose }
}

type Texts = ReadonlyMap<string, string>

/** Documents a re-export like its original module. */
const elsewhere = (module: string, { source }: Node, names: ReadonlyArray<string>, texts: Texts) => {
  const other = source == null ? "" : path.posix.join(path.posix.dirname(module), source.value).replace(/\.ts$/, "")
  const text = texts.get(other)
  if (text === undefined) return []
  return membersOf(other, text, texts).filter((member) => names.some((name) => member.names.includes(name)))
}

const membersOf = (module: string, text: string, texts: Texts): ReadonlyArray<Member> => {
  const { comments, program } = parseSync("module.d.ts", text)
  const members: Array<Member> = []
  for (const node of program.body as unknown as ReadonlyArray<Node>) {
    if (node.type !== "ExportNamedDeclaration") continue
    const names = namesOf(node)
    if (names.length === 0) continue
    const others = elsewhere(module, node, names, texts)
    if (others.length > 0) {
      members.push(...others)
      continue
    }
    const comment = comments.findLast(({ end, type, value }) =>
      type === "Block" && value.startsWith("*") && end <= node.start && text.slice(end, node.start).trim() === ""
    )
    const prose = comment === undefined ? "" : proseOf(comment.value)
    if (/^@internal\b/m.test(prose)) continue
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

const headerOf = (text: string): string => {
  const [, comment = ""] = /^\/\*\*([^]*?)\*\//.exec(text.trimStart()) ?? []
  return page(proseOf(comment))
}

const moduleName = (module: string): string => module.split("/").at(-1)!

const pageOf = (module: string, texts: Texts): Page | undefined => {
  const entry = entryOf(module)
  const text = texts.get(module)!
  const members = membersOf(module, text, texts)
  if (entry === undefined || members.length === 0) return
  const categories = [...new Set(members.map(({ category }) => category))]
    .sort((a, b) => Number(a === "re-exports") - Number(b === "re-exports"))
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
      headerOf(text),
      `\`\`\`ts\nimport * as ${moduleName(module)} from "${entry}"\n\`\`\``,
      ...sections
    ]
      .filter((part) => part !== "").join("\n\n")
  }
}

/** A page for every public module that can be imported. */
export const apiPages = (): ReadonlyArray<Page> => {
  const texts = declarations()
  return [...texts.keys()].flatMap((module) => pageOf(module, texts) ?? [])
}
