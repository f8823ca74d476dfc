/**
 * Checks the declarations of every entry with each compiler and each way of resolving modules.
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { Entry } from "./projects.ts"
import { check, type Row, Wrong } from "./report.ts"
import { type CommandFailed, cores, run } from "./shell.ts"

interface Setting {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

const settings: ReadonlyArray<Setting> = [
  {
    name: "nodenext, libraries checked, exact optional properties",
    options: { module: "nodenext", moduleResolution: "nodenext", skipLibCheck: false, exactOptionalPropertyTypes: true }
  },
  {
    name: "node16, libraries checked",
    options: { module: "node16", moduleResolution: "node16", skipLibCheck: false }
  },
  {
    name: "bundler, libraries checked",
    options: { module: "esnext", moduleResolution: "bundler", skipLibCheck: false, exactOptionalPropertyTypes: true }
  },
  { name: "nodenext, libraries not checked", options: { module: "nodenext", skipLibCheck: true } },
  {
    name: "bundler, libraries not checked",
    options: { module: "esnext", moduleResolution: "bundler", skipLibCheck: true }
  }
]

/** Runs a compiler over files of a project, and returns its messages. */
export const messages = (
  compiler: string,
  project: string,
  files: ReadonlyArray<string>,
  options: Readonly<Record<string, unknown>>
): Effect.Effect<ReadonlyArray<string>, CommandFailed> =>
  Effect.gen(function*() {
    const config = path.join(project, `tsconfig.${path.basename(files[0]!)}.${path.basename(compiler)}.json`)
    yield* Effect.sync(() =>
      fs.writeFileSync(
        config,
        JSON.stringify({
          compilerOptions: {
            target: "es2023",
            lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable"],
            strict: true,
            noEmit: true,
            types: ["node"],
            ...options
          },
          files
        })
      )
    )
    const output = yield* run(
      process.execPath,
      [path.join(compiler, "bin/tsc"), "-p", config, "--pretty", "false"],
      { cwd: project, timeoutSeconds: 180 }
    ).pipe(
      Effect.catch((failed) => /error TS\d+/.test(failed.output) ? Effect.succeed(failed.output) : Effect.fail(failed))
    )
    return output.split(/\n(?!\s)/).filter((message) => /error TS\d+/.test(message))
  })

/** The messages about this package or the program. A peer's own declarations do not count. */
const ours = (all: ReadonlyArray<string>) =>
  all.filter((message) => !/node_modules\//.test(message) || /node_modules\/effect-agentops\//.test(message))

export const compileEntries = (
  where: string,
  project: string,
  entries: ReadonlyArray<Entry>,
  compilers: Readonly<Record<string, string>>
): Effect.Effect<ReadonlyArray<Row>> => {
  const checks = Object.entries(compilers).flatMap(([version, compiler]) =>
    settings.map((setting, i) =>
      check(
        `types ${where}`,
        `TypeScript ${version}, ${setting.name}`,
        Effect.gen(function*() {
          const file = path.join(project, `entries-${version}-${i}.ts`)
          const names = entries.map(({ name }, i) => `import * as M${i} from "${name}"`)
          fs.writeFileSync(
            file,
            `${names.join("\n")}\nexport const all = [${entries.map((_, i) => `M${i}`).join(", ")}]\n`
          )
          const all = yield* messages(compiler, project, [file], setting.options)
          const found = ours(all)
          if (found.length > 0) {
            return yield* new Wrong({ message: `${found.length} errors\n${found.slice(0, 20).join("\n")}` })
          }
          const others = all.length === 0 ? "" : `; ${all.length} errors in other packages' own declarations`
          return `${entries.length} entries${others}`
        })
      )
    )
  )
  return Effect.all(checks, { concurrency: cores })
}
