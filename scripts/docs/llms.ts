/**
 * `llms.txt`: every page of the documentation with its first sentence, for language models.
 *
 * `npm run docs` writes it, and a test reports when it is out of date.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { howTo } from "./groups.ts"

const root = path.resolve(import.meta.dirname, "../..")

const groups = [
  ["Start", "docs/start.md"],
  ...howTo.map(([title, names]) =>
    [`How to: ${title.toLowerCase()}`, names.map((name) => `docs/how-to/${name}.md`)] as const
  ),
  ["Migrate", "docs/migrate/*.md"],
  ["Reference", "docs/reference/*.md"],
  ["Explanation", "docs/explanation/*.md"],
  ["Examples", "examples/README.md"]
] as const

/** The first sentence of prose, without markup. */
const firstSentence = (text: string): string => {
  const paragraph = text.split("\n\n").slice(1).find((part) => /^[A-Z`*[]/.test(part)) ?? ""
  const plain = paragraph.replaceAll("\n", " ").replace(/\[([^\]]+)\]\([^)]*\)/g, "$1")
  return /^.*?\.(?= |$)/.exec(plain)?.[0] ?? plain.replace(/:$/, ".")
}

const line = (file: string): string => {
  const text = fs.readFileSync(path.join(root, file), "utf8")
  const title = /^# (.+)$/m.exec(text)?.[1] ?? file
  return `- [${title}](${file}): ${firstSentence(text)}`
}

/** The expected text of the file. */
export const llmsText = (): string => {
  const parts = groups.flatMap(([title, pattern]) => {
    const files = typeof pattern === "string" ?
      fs.globSync(pattern, { cwd: root }).map((file) => file.replaceAll("\\", "/")).sort() :
      pattern
    return [`## ${title}`, files.map(line).join("\n")]
  })
  const about =
    "> Functional tracing for LLM agents, on Effect 4 and OpenTelemetry: sessions are traces, model and tool calls are spans."
  return `${["# effect-agentops", about, ...parts].join("\n\n")}\n`
}

/** The path of the file. */
export const llmsFile = path.join(root, "llms.txt")
