/**
 * The compiler's declarations of the published sources, as text, by the path of their module.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")

const isPublic = (file: string) => !file.includes("internal/")

/** Every public module's declarations, by names such as `trace/Session`. */
export const declarations = (flags: ReadonlyArray<string> = []): ReadonlyMap<string, string> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "effect-agentops-declarations-"))
  const tsc = spawnSync(
    process.execPath,
    [
      path.join(root, "node_modules/typescript/bin/tsc"),
      "-p",
      "tsconfig.src.json",
      "--emitDeclarationOnly",
      "--declarationMap",
      "false",
      "--outDir",
      folder,
      ...flags
    ],
    { cwd: root, encoding: "utf8" }
  )
  if (tsc.status !== 0) throw new Error(`tsc ended with ${tsc.status}\n${tsc.stdout}${tsc.stderr}`)
  const files = fs.globSync("**/*.d.ts", { cwd: folder }).map((name) => name.replaceAll("\\", "/")).filter(isPublic)
  const texts = files.sort().map((file) =>
    [file.replace(/\.d\.ts$/, ""), fs.readFileSync(path.join(folder, file), "utf8")] as const
  )
  fs.rmSync(folder, { recursive: true, force: true })
  return new Map(texts)
}
