/**
 * Where the build reads and writes, and what rolldown is told for each of its parts.
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

/** A module that is another one for pages. */
export interface Switched {
  /** What the other modules import. */
  readonly name: string
  /** Its path in `src` and in `dist`, without an ending. */
  readonly module: string
}

/** The modules that `imports` in package.json names: at once for the condition `module`, on demand elsewhere. */
export const switched: ReadonlyArray<Switched> = Object.entries(manifest.imports).map(([name, targets]) => {
  const module = targets.module.slice("./dist/".length, -".js".length)
  if (targets.default !== `./dist/page/${module}.js`) throw new Error(`${name} is ${targets.default} for pages`)
  return { name, module }
})

/** A path in a folder without its ending, with `/`. */
export const moduleOf = (folder: string, file: string): string =>
  path.relative(folder, file).replaceAll("\\", "/").replace(/\.(ts|js)$/, "")

export const isOwn = (id: string): boolean => id.startsWith(".") || path.isAbsolute(id)

// What loads on demand is in the root's file in `dist/node`, if the root has it anyway.
// Where calls are marked, lines stay where they are, and a map tells no more than lines.
const expected = new Set(["INEFFECTIVE_DYNAMIC_IMPORT", "CIRCULAR_DEPENDENCY", "SOURCEMAP_BROKEN"])

export const reading = {
  platform: "neutral",
  external: (id: string) => !isOwn(id),
  // A module of this package makes values while it loads, and nothing else.
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
