/**
 * `llms.txt` and `docs/README.md`: every page of the documentation with its first sentence.
 *
 * `npm run docs` writes them, and a test reports when they are out of date.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { explanation, howTo, reference } from "./groups.ts"

const root = path.resolve(import.meta.dirname, "../..")

const inFolder = (folder: string, names: ReadonlyArray<string>) => names.map((name) => `docs/${folder}/${name}.md`)

const groups = [
  ["Start", ["docs/start.md"]],
  ...howTo.map(([title, names]) => [`How to: ${title.toLowerCase()}`, inFolder("how-to", names)] as const),
  ["Migrate", fs.globSync("docs/migrate/*.md", { cwd: root }).map((file) => file.replaceAll("\\", "/")).sort()],
  ["Reference", inFolder("reference", reference)],
  ["Explanation", inFolder("explanation", explanation)],
  ["Examples", ["examples/README.md"]]
] as const

/** The first sentence of prose, without markup. */
const firstSentence = (text: string): string => {
  const paragraph = text.split("\n\n").slice(1).find((part) => /^[A-Z`*[]/.test(part)) ?? ""
  const plain = paragraph.replaceAll("\n", " ").replace(/\[([^\]]+)\]\([^)]*\)/g, "$1")
  return /^.*?\.(?= |$)/.exec(plain)?.[0] ?? plain.replace(/:$/, ".")
}

const line = (file: string, from: string): string => {
  const text = fs.readFileSync(path.join(root, file), "utf8")
  const title = /^# (.+)$/m.exec(text)?.[1] ?? file
  return `- [${title}](${path.posix.relative(from, file)}): ${firstSentence(text)}`
}

const list = (from: string): string =>
  groups.map(([title, files]) => `## ${title}\n\n${files.map((file) => line(file, from)).join("\n")}`).join("\n\n")

/** Each generated file with its expected text: for language models, and for readers of the repository. */
export const lists: ReadonlyMap<string, string> = new Map([
  [
    "llms.txt",
    `# effect-agentops\n\n> Functional tracing for LLM agents, on Effect 4 and OpenTelemetry: sessions are traces, ` +
    `model and tool calls are spans.\n\n${list("")}\n`
  ],
  [
    "docs/README.md",
    `# All pages\n\n\`npm run docs\` builds them as a site, with the API of each module.\n\n${list("docs")}\n`
  ]
])

/** Writes them. */
export const writeLists = (): void => {
  for (const [file, text] of lists) fs.writeFileSync(path.join(root, file), text)
}
