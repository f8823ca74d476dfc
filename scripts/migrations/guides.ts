/**
 * The two programs of each page of `docs/migrate`, and the packages of the first one.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { root } from "../checkPackage/shell.ts"

/** One page. The second program runs in this repository, which has its dependencies. */
export interface Guide {
  readonly name: string
  readonly install: string
  readonly language: "js" | "py"
  readonly before: string
  readonly after: string
}

const fence = (text: string, language: string): string | undefined =>
  new RegExp(`^\`\`\`${language}[^\n]*\n([^]*?)^\`\`\`$`, "m").exec(text)?.[1]

const read = (file: string): Guide => {
  const text = fs.readFileSync(path.join(root, file), "utf8")
  const [, before = "", after = ""] = text.split(/^## (?:Before|After)$/m)
  const language = fence(before, "py") === undefined ? "js" : "py"
  const [install, first, second] = [fence(before, "sh"), fence(before, language), fence(after, "ts")]
  if (install === undefined || first === undefined || second === undefined) {
    throw new Error(`${file} needs "## Before" with sh and js or py blocks, and "## After" with a ts block`)
  }
  return { name: path.basename(file, ".md"), install: install.trim(), language, before: first, after: second }
}

/** The pages of `docs/migrate`. */
export const guides: ReadonlyArray<Guide> = fs.globSync("docs/migrate/*.md", { cwd: root }).sort().map(read)
