/**
 * Runs the type tests of the repository against the installed package.
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { install, pinned } from "./projects.ts"
import { check, type Row, Wrong } from "./report.ts"
import { root, run } from "./shell.ts"

/** The packages whose types a test uses. Some are known by their shape only, so no entry needs them. */
const packagesOf = (file: string): ReadonlyArray<string> =>
  [...fs.readFileSync(file, "utf8").matchAll(/ from "((?:@[^/"]+\/)?[^./"][^/"]*)/g)].map(([, name]) => name!)
    .filter((name) => !/^(?:effect|effect-agentops|tstyche)$|^node:/.test(name))

export const typeTests = (
  project: string,
  compilers: Readonly<Record<string, string>>
): Effect.Effect<ReadonlyArray<Row>> =>
  Effect.all(
    // They need the compiler's API, which TypeScript 7 does not have.
    Object.entries(compilers).filter(([version]) => !version.startsWith("7")).map(([version, compiler]) =>
      check(
        "type tests",
        `installed, TypeScript ${version}`,
        Effect.gen(function*() {
          for (const file of fs.globSync("typetest/*.tst.ts", { cwd: root })) {
            fs.mkdirSync(path.join(project, "typetest"), { recursive: true })
            fs.copyFileSync(path.join(root, file), path.join(project, file))
          }
          const needed = fs.globSync("typetest/*.tst.ts", { cwd: root }).flatMap((file) =>
            packagesOf(path.join(root, file))
          )
          const missing = [...new Set(needed)].filter((name) =>
            !fs.existsSync(path.join(project, "node_modules", name))
          )
          if (missing.length > 0) yield* install(project, missing.map(pinned))
          const { compilerOptions } = JSON.parse(fs.readFileSync(path.join(root, "tsconfig.base.json"), "utf8")) as {
            readonly compilerOptions: object
          }
          fs.writeFileSync(
            path.join(project, "tsconfig.json"),
            JSON.stringify({
              compilerOptions: { ...compilerOptions, noEmit: true, types: ["node"] },
              include: ["typetest"]
            })
          )
          fs.copyFileSync(path.join(root, "tstyche.json"), path.join(project, "tstyche.json"))
          const module = path.join(compiler, "lib/typescript.js")
          const output = yield* run(process.execPath, ["node_modules/tstyche/dist/bin.js"], {
            cwd: project,
            env: { TSTYCHE_TYPESCRIPT_MODULE: module, NO_COLOR: "1", CI: "true" },
            timeoutSeconds: 180
          })
          const [, passed = "0"] = /^Tests?:.*?(\d+) passed/m.exec(output) ?? []
          if (passed === "0") return yield* new Wrong({ message: `no test ran\n${output}` })
          return `${passed} tests`
        })
      )
    )
  )
