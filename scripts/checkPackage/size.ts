/**
 * Measures the size of the package, packed and installed.
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { check, Wrong } from "./report.ts"

/** Slightly more than the current size, so that growth is noticed. */
const budget = { packed: 2_100_000, installed: 8_600_000 }

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`

export const size = (tarball: string, project: string) =>
  check(
    "size",
    "packed and installed",
    Effect.gen(function*() {
      const packed = fs.statSync(tarball).size
      const folder = path.join(project, "node_modules/effect-agentops")
      const files = fs.globSync("**/*", { cwd: folder }).map((file) => fs.statSync(path.join(folder, file)))
        .filter((file) => file.isFile())
      const installed = files.reduce((sum, file) => sum + file.size, 0)
      const said = `${megabytes(packed)} packed, ${megabytes(installed)} in ${files.length} files installed`
      if (packed <= budget.packed && installed <= budget.installed) return said
      const allowed = `${megabytes(budget.packed)} packed, ${megabytes(budget.installed)} installed`
      return yield* new Wrong({ message: `${said}; the budget is ${allowed}` })
    })
  )
