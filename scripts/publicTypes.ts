/**
 * Removes internal names and their imports from the public declarations.
 *
 * The compiler's `stripInternal` keeps the imports, and removes members of types too, which would change the public
 * types.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { parseAst } from "vite"

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

interface Specifier extends Node {
  readonly local: { readonly name: string }
}

/** Replaces text by its line breaks, so that later lines keep their numbers. */
const blank = (text: string): string => text.replaceAll(/[^\n]/g, "")

const parse = (code: string) =>
  (parseAst(code, { lang: "dts" }) as unknown as { readonly body: ReadonlyArray<Node> }).body

const isInternal = (comment: string): boolean => /@internal\b/.test(comment)

/** The declarations of a public module without the parts marked `@internal`. */
export const withoutInternal = (code: string): string => {
  let text = code
  for (const node of parse(code).toReversed()) {
    const comment = /\/\*\*(?:(?!\*\/)[^])*\*\/\s*$/.exec(code.slice(0, node.start))
    if (node.type.startsWith("Export") && comment !== null && isInternal(comment[0])) {
      text = text.slice(0, comment.index) + blank(text.slice(comment.index, node.end)) + text.slice(node.end)
    }
  }
  if (text === code) return code
  return withoutUnused(text)
}

const withoutUnused = (code: string): string => {
  const body = parse(code)
  const imports = body.filter(({ type }) => type === "ImportDeclaration")
  // A link in a comment counts as a use.
  let rest = code
  for (const { end, start } of imports) {
    rest = rest.slice(0, start) + rest.slice(start, end).replaceAll(/[^\n]/g, " ") + rest.slice(end)
  }
  let text = code
  for (const node of imports.toReversed()) {
    const specifiers = node["specifiers"] as ReadonlyArray<Specifier>
    const used = specifiers.filter(({ local: { name } }) =>
      new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`).test(rest)
    )
    if (specifiers.length === 0 || used.length === specifiers.length) continue
    const old = code.slice(node.start, node.end)
    const kept = used.length === 0
      ? blank(old)
      : old.replace(/\{[^}]*\}/, `{ ${used.map(({ end, start }) => code.slice(start, end)).join(", ")} }`)
    text = text.slice(0, node.start) + kept + text.slice(node.end)
  }
  return text
}

/** The internal modules that declarations name. */
const internalNames = (code: string): ReadonlyArray<string> =>
  parse(code).flatMap((node) => {
    const source = (node["source"] as { readonly value: string } | null | undefined)?.value
    return source !== undefined && /(?:^|\/)internal\//.test(source) ? [source] : []
  }).concat([...code.matchAll(/import\("([^"]*\/internal\/[^"]*)"\)/g)].map(([, name]) => name!))

/** The importable declarations of a build. */
export const publicDeclarations = (dist: string): ReadonlyArray<string> =>
  fs.globSync("**/*.d.ts", { cwd: dist }).filter((file) => !/(?:^|[\\/])internal[\\/]/.test(file)).sort()

/** The places where public declarations name internal modules, which a program cannot import. */
export const namedInside = (dist: string): ReadonlyArray<string> =>
  publicDeclarations(dist).flatMap((file) =>
    internalNames(fs.readFileSync(path.join(dist, file), "utf8")).map((name) => `${file} names ${name}`)
  )
