/**
 * `npm run check:package` checks the published package in empty projects outside of the repository.
 * `npm run check:package -- bundles runtimes` runs the named parts only: types, refused, typetests, install, bundles,
 * runtimes.
 */
import { Clock, Effect } from "effect"
import * as path from "node:path"
import { namedInside, publicDeclarations } from "../publicTypes.ts"
import { bundle } from "./bundle.ts"
import { collector } from "./collector.ts"
import { compileEntries } from "./compile.ts"
import { installLines } from "./installLines.ts"
import { entries, install, pack, pinned, project, temporary } from "./projects.ts"
import { refuse } from "./refused.ts"
import { check, type Row, Skipped, table, Wrong } from "./report.ts"
import { binary, bundlerTools, runtimes } from "./runtimes.ts"
import { size } from "./size.ts"
import { typeTests } from "./typeTests.ts"
import { binaries, compilers, tstyche } from "./versions.ts"

/** A bundler or a browser must not reach an optional peer. */
const rootAlone = (bare: string) =>
  check(
    "entries",
    "the root reaches no optional peer",
    Effect.gen(function*() {
      const all = entries(bare)
      const reached = all.find(({ name }) => name === "effect-agentops")!.peers
      if (reached.length > 0) return yield* new Wrong({ message: `it reaches ${reached.join(", ")}` })
      return `nor do ${all.filter(({ peers }) => peers.length === 0).length - 1} of ${all.length - 1} other entries`
    })
  )

/** The importable declarations name only what a program can name. */
const namesNothingInside = (bare: string) =>
  check(
    "entries",
    "public declarations name no internal type",
    Effect.gen(function*() {
      const dist = path.join(bare, "node_modules/effect-agentops/dist")
      const wrong = namedInside(dist)
      if (wrong.length > 0) return yield* new Wrong({ message: `${wrong.length} do\n${wrong.join("\n")}` })
      return `${publicDeclarations(dist).length} declarations`
    })
  )

const parts = process.argv.slice(2)

/** The rows of a part, if it is selected. */
const part = (name: string, rows: () => Effect.Effect<ReadonlyArray<Row>>): Effect.Effect<ReadonlyArray<Row>> =>
  parts.length === 0 || parts.includes(name) ? Effect.suspend(rows) : Effect.succeed([])

const program = Effect.gen(function*() {
  const start = yield* Clock.currentTimeMillis
  const folder = yield* temporary
  const tarball = yield* pack(folder)
  const bare = project(folder, "bare")
  const equipped = project(folder, "equipped")
  const compilerTools = project(folder, "compilers")
  const types = pinned("@types/node")
  yield* Effect.all([
    install(bare, [tarball, pinned("effect"), types]),
    install(compilerTools, Object.entries(compilers).map(([name, source]) => `ts-${name}@${source}`))
  ], { discard: true, concurrency: 2 })
  // The peers that the package loads. A peer that is known only by its shape is not needed to compile.
  const reached = [...new Set(entries(bare).flatMap(({ peers }) => peers))]
  yield* install(equipped, [tarball, pinned("effect"), types, `tstyche@${tstyche}`, ...reached.map(pinned)])
  const tools = yield* bundlerTools(folder)
  const tsc = Object.fromEntries(
    Object.keys(compilers).map((name) => [name, path.join(compilerTools, "node_modules", `ts-${name}`)])
  )
  const wantedBun = binaries(process.platform, process.arch).find(({ name }) => name === "Bun")!
  const bun = yield* Effect.cached(binary(folder, wantedBun))
  const bunFile = yield* Effect.orElseSucceed(bun, () => undefined)
  const server = yield* collector

  const noBun = check("bundles", "bun build", Effect.fail(new Skipped({ reason: "there is no bun for this machine" })))

  const rows = (yield* Effect.all([
    Effect.all([rootAlone(bare), namesNothingInside(bare), size(tarball, bare)]),
    part(
      "types",
      () => compileEntries("without peers", bare, entries(bare).filter(({ peers }) => peers.length === 0), tsc)
    ),
    part("types", () => compileEntries("with peers", equipped, entries(equipped), tsc)),
    part("refused", () => refuse(bare, tsc)),
    part("typetests", () => typeTests(equipped, tsc)),
    part("install", () => installLines(folder, tarball)),
    part("bundles", () => bundle(bare, tools, bunFile)),
    part("bundles", () => bunFile === undefined ? Effect.map(noBun, (row) => [row]) : Effect.succeed([])),
    part("runtimes", () => runtimes({ folder, bare, tools }, server, bun))
  ])).flat()
  const seconds = ((yield* Clock.currentTimeMillis) - start) / 1_000
  const count = (result: Row["result"]) => rows.filter((row) => row.result === result).length
  console.log(`\n${table(rows)}\n`)
  console.log(
    `check:package: ${count("ok")} ok, ${count("FAILED")} failed, ${count("skipped")} skipped in ${
      seconds.toFixed(0)
    } s`
  )
  return count("FAILED") === 0
})

process.exitCode = (await Effect.runPromise(Effect.scoped(program))) ? 0 : 1
