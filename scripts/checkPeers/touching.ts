/**
 * Finds the test files that import a peer, directly or through shared test code.
 */
import * as fs from "node:fs"
import * as path from "node:path"

/** Tests load packages that are too large for the repository by name, if they are installed. */
const imported = /(?:from|import|installed|load(?:<[^>]*>)?)\s*\(?\s*"([^"]+)"/g

const packageOf = (name: string) => name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/")

const imports = (root: string, file: string, peers: ReadonlySet<string>, seen: Set<string>): boolean => {
  if (seen.has(file)) return false
  seen.add(file)
  return [...fs.readFileSync(path.join(root, file), "utf8").matchAll(imported)].some(([, name]) => {
    if (!name!.startsWith(".")) return peers.has(packageOf(name!))
    const target = path.join(path.dirname(file), name!)
    return target.startsWith("test") && fs.existsSync(path.join(root, target)) && imports(root, target, peers, seen)
  })
}

export const touching = (root: string, peers: ReadonlySet<string>): ReadonlyArray<string> =>
  fs.globSync("test/**/*.test.ts", { cwd: root }).sort()
    // `check:package` covers the package's own tests. The viewer and the command have no peer of their own.
    .filter((file) => !/^test.(package|cli|viewer)/.test(file) && imports(root, file, peers, new Set()))
