/**
 * Installs a peer outside of the clone when it is first asked for, and loads modules from there.
 *
 * They bring hundreds of packages and their own ranges of OpenTelemetry, which a clone need not have.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as os from "node:os"
import * as path from "node:path"
import { pathToFileURL } from "node:url"

const root = path.join(os.tmpdir(), "effect-agentops-bench-peers")

/** Makes what loads a module of a peer, with the packages that it is made of in these versions. */
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
