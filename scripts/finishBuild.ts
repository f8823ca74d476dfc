/**
 * Finishes what the compiler wrote: `dist`, a module for each of `src`, for pages and for the runtimes that have no
 * files; `dist/bundler`, the same with nothing loaded on demand, for bundles that no page loads; and `dist/node`, the
 * same in few files, for the runtimes that would have to open each.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { type LogLevel, rolldown, type RolldownLog } from "rolldown"
import { publicDeclarations, withoutInternal } from "./publicTypes.ts"
import { markPure } from "./pureCalls.ts"

const root = path.join(import.meta.dirname, "..")
const dist = path.join(root, "dist")
const node = path.join(dist, "node")

const isOwn = (id: string): boolean => id.startsWith(".") || path.isAbsolute(id)

const options = {
  platform: "neutral",
  external: (id: string) => !isOwn(id),
  // A module of this package makes values while it loads, and nothing else.
  treeshake: { moduleSideEffects: false }
} as const

// What is apart in `dist` is in the root's file in `dist/node`, if the root has it anyway.
const quietly = (level: LogLevel, log: RolldownLog, handle: (level: LogLevel, log: RolldownLog) => void): void => {
  if (log.code !== "INEFFECTIVE_DYNAMIC_IMPORT" && log.code !== "CIRCULAR_DEPENDENCY") handle(level, log)
}

const comments = { legal: false, jsdoc: false, annotation: true } as const

// Where a module imports by a path that is known only when it runs, the compiler adds a helper that asks for `this`
// first. A module has none, and rollup warns whoever bundles it.
const asksForThis = "(this && this.__rewriteRelativeImportExtension) || "

/** Marks the calls that a bundler may leave out. */
const markAll = (): void => {
  for (const file of fs.globSync("**/*.js", { cwd: dist })) {
    const full = path.join(dist, file)
    const text = fs.readFileSync(full, "utf8").replaceAll(asksForThis, "")
    if (/^var __\w+ = \(this/m.test(text)) throw new Error(`${file} has another helper`)
    fs.writeFileSync(full, markPure(text))
  }
}

/** The modules that the root has at once, over all that they import. */
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
  visit(path.join(root, "src/index.ts"))
  return seen
}

/** `dist/node`: what the root has at once is one file, and each module names its own part of it. */
const buildForNode = async (): Promise<void> => {
  const src = path.join(root, "src")
  const atOnce = reachedByRoot()
  const modules = fs.globSync("**/*.ts", { cwd: src })
    .filter((file) => !file.includes("internal/page/") && !file.endsWith(".lazy.ts"))
  const bundle = await rolldown({
    ...options,
    input: Object.fromEntries(modules.map((file) => [file.replace(/\.ts$/, ""), path.join(src, file)])),
    preserveEntrySignatures: "strict",
    onLog: quietly
  })
  await bundle.write({
    dir: node,
    format: "es",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    sourcemap: true,
    comments,
    codeSplitting: { groups: [{ name: "root", test: (id) => atOnce.has(id) }] }
  })
}

const onDemand = /(?:lazily|Effect\.promise)\(\(\) => import\("(\.[^"]+)"\)\)/g

/**
 * `dist/bundler`: what is loaded on demand elsewhere is imported. Some bundlers put what a program shares with a part on
 * demand into the program's own file; a program that waits for such a part at the top level would wait for itself.
 */
const buildForBundlers = (): void => {
  const files = fs.globSync("**/*.js", { cwd: dist })
    .filter((file) => !/^node\b|\binternal.page\b|\.lazy\.js$/.test(file))
  for (const file of files) {
    const parts: Array<string> = []
    const text = fs.readFileSync(path.join(dist, file), "utf8")
      .replace(/^\/\/# sourceMappingURL=.*$/m, "")
      .replace(onDemand, (_, part: string) => `Effect.sync(() => part${parts.push(part)})`)
    if (/^(?!\s*\*).*\bimport\("\./m.test(text)) throw new Error(`${file} loads on demand in another way`)
    const imports = parts.map((part, index) => `import * as part${index + 1} from "${part}";`)
    if (parts.length > 0 && !text.includes("import * as Effect from")) {
      imports.push("import * as Effect from \"effect/Effect\";")
    }
    const to = path.join(dist, "bundler", file)
    fs.mkdirSync(path.dirname(to), { recursive: true })
    fs.writeFileSync(to, [...imports, text].join("\n"))
  }
}

/** Puts a module that loads on demand into the place of the one that has all at once. */
const loadOnDemand = async (): Promise<void> => {
  for (const file of fs.globSync("**/*.lazy.js", { cwd: dist })) {
    const from = path.join(dist, file.replace(/\.js$/, ""))
    const to = from.replace(/\.lazy$/, "")
    for (const end of [".js", ".js.map"]) fs.renameSync(from + end, to + end)
    for (const end of [".d.ts", ".d.ts.map"]) fs.rmSync(from + end)
    const text = fs.readFileSync(`${to}.js`, "utf8").replace(
      /sourceMappingURL=.*$/m,
      `sourceMappingURL=${path.basename(to)}.js.map`
    )
    fs.writeFileSync(`${to}.js`, text)
    // What it loads has all that it needs, so that no bundler moves parts of it to where the root's modules are.
    for (const [, specifier] of text.matchAll(/import\("(\.[^"]+)"\)/g)) {
      const input = path.resolve(path.dirname(to), specifier!)
      const bundle = await rolldown({ ...options, input })
      await bundle.write({ file: input, format: "es", sourcemap: true, comments, codeSplitting: false })
    }
  }
}

// What has a state or a class that others know stays one; what only reads, writes and sends may be there twice.
const copied = new RegExp([
  "^(config|convention|delivery|export|otlp)/",
  "^AgentOps\\.js$",
  "^core/internal/\\w*[vV]ariables\\.js$",
  "^core/SpanLimits\\.js$",
  "^metrics/internal/(effectMetrics|metricStore|aggregation|exponentialBuckets)\\.js$"
].join("|"))

/** The modules that others load on demand. */
const loadedOnDemand = (): ReadonlyArray<string> =>
  [
    ...new Set(
      fs.globSync("{*,{config,export}/**/*}.js", { cwd: dist }).flatMap((file) =>
        [...fs.readFileSync(path.join(dist, file), "utf8").matchAll(/import\("(\.[^"]+)"\)/g)]
          .map(([, specifier]) => path.relative(dist, path.resolve(dist, path.dirname(file), specifier!)))
      )
    )
  ].filter((file) => copied.test(file) && !/^export\/[^/]*\.js$/.test(file))

/**
 * Gives what is loaded on demand files of its own. A bundler puts a module that the root can reach, and that anything
 * loads on demand, where the root is: so nothing of that kind may be the root's own module.
 */
const separate = async (): Promise<void> => {
  const bundle = await rolldown({
    platform: options.platform,
    treeshake: options.treeshake,
    input: Object.fromEntries(
      loadedOnDemand().map((file) => [file.replace(/\.js$/, ""), path.join(dist, file)])
    ),
    plugins: [{
      name: "shared",
      resolveId: (id, importer) => {
        if (!isOwn(id)) return { id, external: true }
        if (importer === undefined) return null
        const full = path.resolve(path.dirname(importer), id)
        return copied.test(path.relative(dist, full)) ? null : { id: full, external: "relative" }
      }
    }],
    onLog: quietly
  })
  await bundle.write({
    dir: dist,
    format: "es",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    sourcemap: true,
    comments
  })
}

/** Public declarations have what is public, and nothing else; `npm run check:package` looks whether they do. */
const publishTypes = (): void => {
  for (const file of publicDeclarations(dist)) {
    const full = path.join(dist, file)
    fs.writeFileSync(full, withoutInternal(fs.readFileSync(full, "utf8")))
  }
}

publishTypes()
await buildForNode()
buildForBundlers()
markAll()
await loadOnDemand()
await separate()
