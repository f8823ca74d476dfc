/**
 * Writes examples as files for the compiler and the test runner, in a folder that git ignores.
 *
 * An example has the same line numbers in its file as in the documentation, so every message gives the right line.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { withAssertions } from "./assertions.ts"
import type { Example } from "./Example.ts"

/** The root of the repository. */
export const root = path.resolve(import.meta.dirname, "../../..")

const folder = path.join("test", ".docs")

// An unchanged file is not written, so that another test run never sees a half-written one.
const write = (file: string, text: string): void => {
  if (fs.existsSync(file) && fs.readFileSync(file, "utf8") === text) return
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

/** The file of an example, from the root of the repository. */
export const fileOf = ({ file, line }: Example): string =>
  path.join(folder, file.replace(/\.[a-z]+$/, ""), `${line}.ts`)

/** Writes the file of an example. */
export const writeExample = (example: Example): void => {
  const header = `import { assert as $assert } from "@effect/vitest"; void $assert`
  const padding = "\n".repeat(example.line - 1)
  write(path.join(root, fileOf(example)), `${header}${padding}${withAssertions(example)}\n`)
}

/** The compiler's messages for each example's file, and under `""` all others. */
export const compile = (examples: ReadonlyArray<Example>): Map<string, ReadonlyArray<string>> => {
  const config = path.join(root, folder, "tsconfig.json")
  const files = examples.map((example) => path.relative(folder, fileOf(example)))
  write(
    config,
    JSON.stringify({
      extends: "../../tsconfig.json",
      // An example may define names without using them.
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
      include: [],
      files
    })
  )
  const tsc = path.join(root, "node_modules/typescript/bin/tsc")
  const { error, status, stdout } = spawnSync(process.execPath, [tsc, "-p", config, "--pretty", "false"], {
    cwd: root,
    encoding: "utf8"
  })
  if (error !== undefined) throw error

  const sources = new Map(examples.map((example) => [fileOf(example), example.file]))
  const found = new Map<string, Array<string>>()
  for (const message of stdout.split(/\n(?!\s)/)) {
    if (message.trim() === "") continue
    const [, name = "", line, text] = /^(.*?)\((\d+),\d+\): ([^]*)$/.exec(message) ?? []
    const file = path.normalize(name)
    const source = sources.get(file)
    const key = source === undefined ? "" : file
    const shown = source === undefined ? message.trim() : `${source}:${line} ${text!.trim()}`
    found.set(key, [...found.get(key) ?? [], shown])
  }
  if (status !== 0 && found.size === 0) throw new Error(`tsc ended with ${status} and said nothing`)
  return found
}
