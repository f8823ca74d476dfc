/**
 * `dist/node`: one file for everything that the root imports, and a small file for each public module, because a
 * process pays for each file that it opens.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { rolldown } from "rolldown"
import { dist, manifest, moduleOf, reading, root, src, writing } from "./places.ts"

/** The modules that the root imports, directly or indirectly. */
const reachedByRoot = (): ReadonlySet<string> => {
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const text = fs.readFileSync(file, "utf8")
    for (const [, specifier] of text.matchAll(/^(?:import|export)(?! type)[^;"]*? from "(\.[^"]+)"/gm)) {
      visit(path.resolve(path.dirname(file), specifier!))
    }
  }
  visit(path.join(src, "index.ts"))
  return seen
}

/** The importable modules, the command, and the module that looks for a file beside itself. */
const entries = (): ReadonlyArray<string> => [
  ...Object.values(manifest.exports).flatMap((target) =>
    target === null || typeof target === "string"
      ? []
      : fs.globSync(target["effect-agentops-source"], { cwd: root }).map((file) => path.join(root, file))
  ),
  path.join(src, "cli/internal/main.ts"),
  path.join(src, "viewer/internal/pageFile.ts")
]

export const buildForNode = async (): Promise<void> => {
  const atOnce = reachedByRoot()
  const bundle = await rolldown({
    ...reading,
    input: Object.fromEntries(entries().map((file) => [moduleOf(src, file), file])),
    preserveEntrySignatures: "strict"
  })
  await bundle.write({
    ...writing,
    dir: path.join(dist, "node"),
    codeSplitting: { groups: [{ name: "root", test: (id) => atOnce.has(id) }] }
  })
}
