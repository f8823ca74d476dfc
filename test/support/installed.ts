/**
 * Packages that are too large to be installed with the repository. `npm run check:peers` installs them and runs the
 * tests that need them.
 */
import * as fs from "node:fs"
import * as path from "node:path"

/** The version of a package, if it is installed. */
export const installed = (name: string): string | undefined => {
  const file = path.resolve("node_modules", name, "package.json")
  if (!fs.existsSync(file)) return undefined
  return (JSON.parse(fs.readFileSync(file, "utf8")) as { readonly version: string }).version
}

/** The major version of a package, or 0 if it is not installed. */
export const majorOf = (name: string): number => Number(installed(name)?.split(".", 1)[0] ?? 0)

/** Imports a module of such a package. It has no types here. */
export const load = <A>(name: string): Promise<A> => import(/* @vite-ignore */ name) as Promise<A>
