/**
 * `npm run check:peers` runs the tests that touch a peer, with the lowest and with the highest version of each range.
 * `npm run check:peers -- lowest` runs the lowest versions only.
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { manifest, optionalPeers, temporary } from "../checkPackage/projects.ts"
import { check, type Row, table, Wrong } from "../checkPackage/report.ts"
import { root, run } from "../checkPackage/shell.ts"
import { touching } from "./touching.ts"
import { lines, type Versions } from "./versions.ts"

/** Packages that the tests do not need: compilers and linters. */
const unused = /^(@dprint\/|dprint$|oxlint$|tstyche$|typescript$|node$)/

/** A copy of the working tree, with other versions in its package.json. */
const copy = (folder: string, versions: Versions): Effect.Effect<string, Wrong> =>
  Effect.gen(function*() {
    const files = yield* run("git", ["ls-files", "-co", "--exclude-standard", "-z"], { cwd: root }).pipe(
      Effect.mapError(({ message }) => new Wrong({ message }))
    )
    for (const file of files.split("\0").filter((file) => file !== "" && fs.existsSync(path.join(root, file)))) {
      fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
      fs.copyFileSync(path.join(root, file), path.join(folder, file))
    }
    const line = (name: string) => versions[name] ?? manifest.devDependencies[name]!
    const { workspaces: _, ...kept } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as {
      readonly workspaces: unknown
    }
    // Some packages are too large for the repository and are installed only here.
    const names = new Set([...Object.keys(manifest.devDependencies), ...Object.keys(versions)])
    for (const name of names) if (unused.test(name)) names.delete(name)
    const devDependencies = Object.fromEntries([...names].map((name) => [name, line(name)]))
    fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ ...kept, devDependencies }))
    return folder
  })

/** A version as three numbers, for comparisons. */
const numbers = (version: string) => {
  const [a = 0, b = 0, c = 0] = version.replace(/^npm:.*@/, "").split(".").map(Number)
  return a * 1e8 + b * 1e4 + c
}

/** Checks the versions against package.json's ranges: the lowest starts its range, and the highest is inside. */
const ranges = Effect.gen(function*() {
  const wrong = Object.entries(manifest.peerDependencies).flatMap(([name, range]) => {
    const [, from = "0", below] = /^[>=^]+(\S+)(?: <(\S+))?$/.exec(range) ?? []
    const [lowest, highest] = [lines.lowest[name], lines.highest[name]]
    if (lowest === undefined || highest === undefined) return [`${name} is at no end of ${range}`]
    return [
      ...numbers(lowest) === numbers(from) ? [] : [`${name}@${lowest} is not the lowest of ${range}`],
      ...numbers(highest) < numbers(below ?? "99") ? [] : [`${name}@${highest} is not in ${range}`]
    ]
  })
  if (wrong.length > 0) return yield* new Wrong({ message: wrong.join("\n") })
  return `${Object.keys(lines.lowest).filter((name) => name in manifest.peerDependencies).length} peers`
})

/** An example whose SDK is installed only here. */
const example = "examples/claudeAgent/main.ts"

const tested = (name: "lowest" | "highest") =>
  check(
    "peers",
    name,
    Effect.scoped(Effect.gen(function*() {
      const folder = yield* temporary
      yield* copy(folder, lines[name])
      yield* run("npm", ["install", "--force", "--prefer-offline", "--ignore-scripts"], {
        cwd: folder,
        timeoutSeconds: 600
      })
      const listed = optionalPeers.filter((peer) => lines[name][peer] !== undefined)
      const files = touching(folder, new Set([...listed, "@opentelemetry/sdk-trace-base"]))
      const output = yield* run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...files], {
        cwd: folder,
        env: { NO_COLOR: "1", CI: "true" },
        timeoutSeconds: 600
      })
      const [, passed] = /Tests +(?:.*\| )?(\d+) passed/.exec(output) ?? []
      if (passed === undefined) return yield* new Wrong({ message: `no test ran\n${output}` })
      const printed = yield* run(process.execPath, ["--conditions=effect-agentops-source", example], { cwd: folder })
      if (!printed.includes("There are 2 files.")) return yield* new Wrong({ message: `${example}\n${printed}` })
      return `${passed} tests of ${files.length} files, and an example`
    }))
  )

const wanted = process.argv.slice(2)
const rows: Array<Row> = [
  await Effect.runPromise(check("ranges", "package.json", ranges))
]
for (const name of ["lowest", "highest"] as const) {
  if (wanted.length === 0 || wanted.includes(name)) rows.push(await Effect.runPromise(tested(name)))
}
console.log(`\n${table(rows)}\n`)
process.exitCode = rows.every(({ result }) => result !== "FAILED") ? 0 : 1
