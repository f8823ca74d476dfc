/**
 * `dist/node`: one file for everything that the root imports, and a small file for each public module, because a
 * process pays for each file that it opens.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { type Plugin, rolldown } from "rolldown"
import { atOnce } from "./atOnce.ts"
import { sameLines } from "./maps.ts"
import { dist, manifest, moduleOf, reading, root, src, switched, writing } from "./places.ts"

const differing = new Set(switched.map(({ module }) => path.join(src, `${module}.ts`)))

/**
 * Nothing is loaded on demand. It would save a few milliseconds, layers could not be built synchronously, and a loader
 * that compiles what is required would load the part, and all that it shares with the root, a second time.
 */
const allAtOnce: Plugin = {
  name: "all at once",
  transform: (code, id) => differing.has(id) ? { code: atOnce(code), map: sameLines(id, code) } : null
}

/** The modules that the root imports, directly or indirectly. */
const reachedByRoot = (): ReadonlySet<string> => {
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const source = fs.readFileSync(file, "utf8")
    const text = differing.has(file) ? atOnce(source) : source
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
  const ofRoot = reachedByRoot()
  const bundle = await rolldown({
    ...reading,
    input: Object.fromEntries(entries().map((file) => [moduleOf(src, file), file])),
    preserveEntrySignatures: "strict",
    plugins: [allAtOnce]
  })
  await bundle.write({
    ...writing,
    dir: path.join(dist, "node"),
    codeSplitting: { groups: [{ name: "root", test: (id) => ofRoot.has(id) }] }
  })
}
