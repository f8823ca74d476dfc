/**
 * Installs a peer outside of the clone when it is first needed, and loads modules from there. Peers bring hundreds of
 * packages and their own ranges of OpenTelemetry, which a clone does not need.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as os from "node:os"
import * as path from "node:path"
import { pathToFileURL } from "node:url"

const root = path.join(os.tmpdir(), "effect-agentops-bench-peers")

/** Makes a loader for a peer's modules, with these versions of its packages. */
export const installed = (peer: string, packages: ReadonlyArray<string>) => {
  const directory = path.join(root, peer)
  const done = path.join(directory, "installed.json")
  const wanted = JSON.stringify(packages)
  if (!fs.existsSync(done) || fs.readFileSync(done, "utf8") !== wanted) {
    fs.mkdirSync(directory, { recursive: true })
    fs.writeFileSync(path.join(directory, "package.json"), JSON.stringify({ private: true, type: "module" }))
    execFileSync("npm", [
      "install",
      "--ignore-scripts",
      "--legacy-peer-deps",
      "--no-audit",
      "--no-fund",
      "--silent",
      ...packages
    ], { cwd: directory, stdio: ["ignore", 2, 2] })
    fs.writeFileSync(done, wanted)
  }
  const { resolve } = createRequire(path.join(directory, "package.json"))
  return (name: string): Promise<unknown> => import(pathToFileURL(resolve(name)).href)
}
