/**
 * The folders of the build, and rolldown's options for each of its parts.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import type { LogLevel, RolldownLog } from "rolldown"

export const root = path.resolve(import.meta.dirname, "../..")
export const src = path.join(root, "src")
export const dist = path.join(root, "dist")

interface Manifest {
  readonly exports: Readonly<Record<string, string | null | { readonly "effect-agentops-source": string }>>
  readonly imports: Readonly<Record<string, { readonly module: string; readonly default: string }>>
}

export const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as Manifest

/** A module with a different version for pages. */
export interface Switched {
  /** The name that other modules import. */
  readonly name: string
  /** Its path in `src` and in `dist`, without an extension. */
  readonly module: string
}

/** The modules in `imports` of package.json: static for the condition `module`, on demand for others. */
export const switched: ReadonlyArray<Switched> = Object.entries(manifest.imports).map(([name, targets]) => {
  const module = targets.module.slice("./dist/".length, -".js".length)
  if (targets.default !== `./dist/page/${module}.js`) throw new Error(`${name} is ${targets.default} for pages`)
  return { name, module }
})

/** A path in a folder without its extension, with `/`. */
export const moduleOf = (folder: string, file: string): string =>
  path.relative(folder, file).replaceAll("\\", "/").replace(/\.(ts|js)$/, "")

export const isOwn = (id: string): boolean => id.startsWith(".") || path.isAbsolute(id)

// In `dist/node`, an on-demand module may be in the file of the root.
const expected = new Set(["INEFFECTIVE_DYNAMIC_IMPORT", "CIRCULAR_DEPENDENCY"])

export const reading = {
  platform: "neutral",
  external: (id: string) => !isOwn(id),
  // A module of this package only creates values while it loads.
  treeshake: { moduleSideEffects: false },
  onLog: (level: LogLevel, log: RolldownLog, handle: (level: LogLevel, log: RolldownLog) => void): void => {
    if (!expected.has(log.code ?? "")) handle(level, log)
  }
} as const

export const writing = {
  format: "es",
  sourcemap: true,
  comments: { legal: false, jsdoc: false, annotation: true },
  entryFileNames: "[name].js",
  chunkFileNames: "chunks/[name].js"
} as const
