/**
 * `npm run api` writes `api/*.md`: the public names and signatures of each room, from the compiler's declarations.
 * `npm run api:check` fails if the files differ, so that a review shows each change.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { declarations } from "./docs/declarations.ts"

const root = path.resolve(import.meta.dirname, "..")
const folder = path.join(root, "api")

/** A module without its imports, because their origin does not matter here. */
const signatures = (text: string) => text.replace(/^import [^]*?;\n/gm, "").replace(/^export \{\};\n/gm, "").trim()

const reports = new Map<string, string>()
for (const [module, text] of declarations(["--removeComments"])) {
  const room = module.includes("/") ? module.split("/")[0]! : "root"
  const section = `## ${module}\n\n\`\`\`text\n${signatures(text)}\n\`\`\`\n`
  reports.set(room, `${reports.get(room) ?? `# Public API: ${room}\n`}\n${section}`)
}

const written = (room: string) => {
  const file = path.join(folder, `${room}.md`)
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : ""
}

if (process.argv.includes("--check")) {
  const stale = [...reports].filter(([room, text]) => written(room) !== text).map(([room]) => `api/${room}.md`)
  const gone = fs.globSync("*.md", { cwd: folder }).filter((file) => !reports.has(file.replace(/\.md$/, "")))
  if (stale.length + gone.length > 0) {
    console.error(
      `The public API has changed: ${[...stale, ...gone].join(", ")}. Run npm run api, and look at the diff.`
    )
    process.exitCode = 1
  }
} else {
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder)
  for (const [room, text] of reports) fs.writeFileSync(path.join(folder, `${room}.md`), text)
}
