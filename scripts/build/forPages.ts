/**
 * `dist/page`: the parts that a page loads on demand, and the modules that load them.
 *
 * The rest of a page's build is in `dist`, and is the same for other bundles. A module of `dist` names the differing
 * modules by `imports` in package.json, so that a bundler selects them by its conditions.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { type Plugin, rolldown } from "rolldown"
import { sameLines } from "./maps.ts"
import { dist, isOwn, moduleOf, reading, src, switched, writing } from "./places.ts"
import { markPure } from "./pureCalls.ts"

const page = path.join(dist, "page")

// A module with state or with a shared class must exist once. A module that only reads, writes and sends may exist
// twice. A bundler puts a module that the root can reach beside the root, even if it is also loaded on demand. So no
// module that is loaded on demand may be one of the root's modules.
const copied = new RegExp([
  "^(config|convention|delivery|export|otlp)/",
  "^AgentOps$",
  "^core/internal/(\\w*[vV]ariables|probability)$",
  "^core/SpanLimits$",
  "^metrics/(Instrument$|internal/)",
  "^privacy/internal/",
  "^trace/(EventMetrics|Meter|Sampler|SdkMetrics|(Approval|Guardrail|Handoff|Memory|Rerank|Retrieval)Event)$",
  "^trace/internal/(ended|registry|logger|event/content|measure/.*)$"
].join("|"))

/** The source of a module for pages. */
const sourceOf = (module: string): string => {
  const lazy = path.join(src, `${module}.lazy.ts`)
  return fs.existsSync(lazy) ? lazy : path.join(src, `${module}.ts`)
}

/** Modules that share nothing with the root: they have copies of everything that they need. */
const alone = ["model/internal/readers", "privacy/internal/redaction"].map((module) => path.join(src, `${module}.ts`))

const differing = new Set(switched.map(({ module }) => module))

const ofPages: Plugin = {
  name: "of pages",
  resolveId: (id, importer) => {
    if (!isOwn(id)) return { id, external: true }
    if (importer === undefined) return null
    const file = path.resolve(path.dirname(importer), id)
    const module = moduleOf(src, file)
    if (alone.includes(file)) return { id: path.join(page, `${module}.js`), external: true }
    if (differing.has(module)) return sourceOf(module)
    return copied.test(module) ? null : { id: path.join(dist, `${module}.js`), external: true }
  }
}

/** Imports the modules of `dist` by their path from a module of `dist/page`. */
const nameRelatively = (): void => {
  for (const file of fs.globSync("**/*.js", { cwd: page })) {
    const full = path.join(page, file)
    const text = fs.readFileSync(full, "utf8").replaceAll(/"([^"\n]+\.js)"/g, (found, name: string) => {
      if (!name.startsWith(dist)) return found
      const relative = path.relative(path.dirname(full), name).replaceAll("\\", "/")
      return `"${relative.startsWith(".") ? relative : `./${relative}`}"`
    })
    fs.writeFileSync(full, text)
  }
}

/** Marks pure calls, so that a copied module includes only the code that it uses. */
const pure: Plugin = {
  name: "pure",
  transform: (code, id) => isOwn(id) ? { code: markPure(code, "ts"), map: sameLines(id, code) } : null
}

export const buildForPages = async (): Promise<void> => {
  const { platform, treeshake, onLog } = reading
  const shared = await rolldown({
    platform,
    treeshake,
    onLog,
    input: Object.fromEntries(switched.map(({ module }) => [module, sourceOf(module)])),
    preserveEntrySignatures: "strict",
    makeAbsoluteExternalsRelative: false,
    plugins: [ofPages, pure]
  })
  await shared.write({ ...writing, dir: page })
  for (const file of alone) {
    const bundle = await rolldown({ ...reading, input: { [moduleOf(src, file)]: file }, plugins: [pure] })
    await bundle.write({ ...writing, dir: page, codeSplitting: false })
  }
  nameRelatively()
}
