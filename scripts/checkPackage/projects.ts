/**
 * The packed package, and projects outside of the repository that install it like a user.
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { type CommandFailed, root, run } from "./shell.ts"

interface Manifest {
  readonly imports: Readonly<Record<string, { readonly module: string }>>
  readonly exports: Readonly<Record<string, string | null | { readonly types: string }>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>
}

export const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as Manifest

export const optionalPeers = Object.keys(manifest.peerDependenciesMeta)

/** A folder that is removed when the scope ends. */
export const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-agentops-check-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
)

/** Builds and packs the repository, and returns the tarball. */
export const pack = (folder: string): Effect.Effect<string, CommandFailed> =>
  run("npm", ["pack", "--pack-destination", folder], { cwd: root }).pipe(
    Effect.map(() => path.join(folder, fs.globSync("*.tgz", { cwd: folder })[0]!))
  )

/** An empty project. */
export const project = (folder: string, name: string): string => {
  const directory = path.join(folder, name)
  fs.mkdirSync(directory, { recursive: true })
  fs.writeFileSync(path.join(directory, "package.json"), JSON.stringify({ type: "module", private: true }))
  return directory
}

export const install = (
  cwd: string,
  packages: ReadonlyArray<string>,
  ...flags: ReadonlyArray<string>
): Effect.Effect<string, CommandFailed> =>
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", ...flags, ...packages], {
    cwd,
    timeoutSeconds: 300
  })

/** The repository's version of a package, so that a check does not change from day to day, else the peer's range. */
export const pinned = (name: string): string => {
  const version = manifest.devDependencies[name] ?? manifest.peerDependencies[name]
  if (version === undefined) throw new Error(`package.json has no version of ${name}`)
  return `${name}@${version}`
}

export interface Entry {
  /** The import specifier. */
  readonly name: string
  /** Its declarations, relative to the package's folder. */
  readonly types: string
  /** The optional peers that the entry's code loads or its types name. */
  readonly peers: ReadonlyArray<string>
}

const imported = /(?:from|import)\s*\(?\s*"([^"]+)"/g
const comments = /\/\*[^]*?\*\//g

/** The packages that a file of `dist` loads, directly or through other files. */
const reached = (file: string, seen = new Set<string>(), into = new Set<string>()): Set<string> => {
  if (seen.has(file) || !fs.existsSync(file)) return into
  seen.add(file)
  const text = fs.readFileSync(file, "utf8").replace(comments, "")
  for (const [, name] of text.matchAll(imported)) {
    const switched = manifest.imports[name!]
    if (switched !== undefined) {
      reached(path.join(file.slice(0, file.lastIndexOf(`${path.sep}dist${path.sep}`)), switched.module), seen, into)
    } else if (name!.startsWith(".")) {
      const target = path.resolve(path.dirname(file), name!)
      reached(target.replace(/\.js$/, file.endsWith(".d.ts") ? ".d.ts" : ".js").replace(/\.ts$/, ".ts"), seen, into)
    } else {
      into.add(name!.split("/").slice(0, name!.startsWith("@") ? 2 : 1).join("/"))
    }
  }
  return into
}

/** Every entry of the installed package. */
export const entries = (project: string): ReadonlyArray<Entry> => {
  const installed = path.join(project, "node_modules/effect-agentops")
  return Object.entries(manifest.exports).flatMap(([entry, target]): Array<Entry> => {
    if (target === null || typeof target === "string") return []
    const [before, after] = target.types.slice(2).split("*") as [string, string | undefined]
    const files = after === undefined ? [before] : fs.globSync(`${before}*${after}`, { cwd: installed }).sort()
    return files.flatMap((types) => {
      const star = after === undefined ? "" : types.slice(before.length, -after.length)
      if (star === "index" || (manifest.exports as Record<string, unknown>)[entry.replace("*", star)] === null) {
        return []
      }
      const declared = reached(path.join(installed, types))
      const loaded = reached(path.join(installed, types.replace(/\.d\.ts$/, ".js")))
      return [{
        name: `effect-agentops${entry.slice(1).replace("*", star)}`,
        types,
        peers: optionalPeers.filter((peer) => declared.has(peer) || loaded.has(peer))
      }]
    })
  })
}
