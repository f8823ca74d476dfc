/**
 * Runs each `npm install` line of the documentation like a reader, with the tarball in place of the package's name.
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { entries, install, pinned, project } from "./projects.ts"
import { check, type Row } from "./report.ts"
import { root, run } from "./shell.ts"

interface Line {
  readonly file: string
  readonly packages: ReadonlyArray<string>
}

/** A migration page also installs the other library without the package, and `check:migrations` runs that line. */
const ours = ({ file, packages }: Line): boolean =>
  !file.startsWith("docs/migrate/") || packages.includes("effect-agentops")

const lines = (): ReadonlyArray<Line> =>
  ["README.md", ...fs.globSync("docs/**/*.md", { cwd: root }).sort()].flatMap((file) =>
    [...fs.readFileSync(path.join(root, file), "utf8").matchAll(/^npm (?:install|i) ([^\n#|&]+)/gm)].map((found) => ({
      file,
      packages: found[1]!.trim().split(/\s+/).filter((word) => !word.startsWith("-"))
    })).filter(ours)
  )

/** The packages that a line adds to. */
const basis = ["effect-agentops", "effect"]

export const installLines = (folder: string, tarball: string): Effect.Effect<ReadonlyArray<Row>> =>
  Effect.all(
    lines().map(({ file, packages }, i) =>
      check(
        "install lines",
        `${file}: ${packages.join(" ")}`,
        Effect.gen(function*() {
          const cwd = project(folder, `line-${i}`)
          const named = (name: string) => name === "effect-agentops" ? tarball : name === "effect" ? pinned(name) : name
          if (!packages.includes("effect-agentops")) yield* install(cwd, basis.map(named))
          yield* install(cwd, packages.map(named))
          const there = (name: string) => fs.existsSync(path.join(cwd, "node_modules", name))
          const usable = entries(cwd).filter(({ peers }) => peers.every(there))
          const program = usable.map(({ name }) => `await import("${name}")`).join("\n")
          yield* run(process.execPath, ["--input-type=module", "--eval", program], { cwd })
          return `${usable.length} entries load`
        })
      )
    )
  )
