/**
 * `npm run api` writes `api/*.md`: the names and signatures that each room makes public, from the declarations that
 * the compiler emits. `npm run api:check` fails where they are not what is written, so that a change is seen in review.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")
const folder = path.join(root, "api")

const declarations = fs.mkdtempSync(path.join(os.tmpdir(), "effect-agentops-api-"))
const tsc = spawnSync(
  process.execPath,
  [
    path.join(root, "node_modules/typescript/bin/tsc"),
    "-p",
    "tsconfig.src.json",
    "--emitDeclarationOnly",
    "--declarationMap",
    "false",
    "--removeComments",
    "--outDir",
    declarations
  ],
  { cwd: root, encoding: "utf8" }
)
if (tsc.status !== 0) throw new Error(`tsc ended with ${tsc.status}\n${tsc.stdout}${tsc.stderr}`)

/** A module without its imports, which say where a name is from and not what it is. */
const signatures = (text: string) => text.replace(/^import [^]*?;\n/gm, "").replace(/^export \{\};\n/gm, "").trim()

const isPublic = (file: string) => !file.includes("internal/")

const reports = new Map<string, string>()
for (const file of fs.globSync("**/*.d.ts", { cwd: declarations }).map((name) => name.replaceAll("\\", "/")).sort()) {
  if (!isPublic(file)) continue
  const room = file.includes("/") ? file.split("/")[0]! : "root"
  const text = signatures(fs.readFileSync(path.join(declarations, file), "utf8"))
  const section = `## ${file.replace(/\.d\.ts$/, "")}\n\n\`\`\`text\n${text}\n\`\`\`\n`
  reports.set(room, `${reports.get(room) ?? `# Public API: ${room}\n`}\n${section}`)
}
fs.rmSync(declarations, { recursive: true, force: true })

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
