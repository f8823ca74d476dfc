/**
 * The README's first lines through each bundler, with nothing installed but the package and Effect.
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { gzipSync } from "node:zlib"
import { fromMarkdown } from "../../test/support/docs/Example.ts"
import { check, type Row, Wrong } from "./report.ts"
import { cores, root, run } from "./shell.ts"

/** Makes one file of another; runs in the project, and takes its tool from the folder of tools. */
interface Bundler {
  readonly name: string
  readonly command: (tools: string, input: string, output: string) => readonly [string, ReadonlyArray<string>]
}

const esbuild = (platform: "node" | "browser"): Bundler => ({
  name: `esbuild, ${platform}`,
  command: (tools, input, output) => [
    process.execPath,
    [
      path.join(tools, "node_modules/esbuild/bin/esbuild"),
      input,
      "--bundle",
      "--minify",
      `--platform=${platform}`,
      "--format=esm",
      `--outfile=${output}`,
      "--log-level=warning"
    ]
  ]
})

const script = (name: string, text: string): Bundler => ({
  name,
  command: (tools, input, output) => {
    const file = path.join(tools, `${name.replaceAll(/\W+/g, "-")}.mjs`)
    fs.writeFileSync(file, `const [input, output] = process.argv.slice(2)\n${text}`)
    return [process.execPath, [file, input, output]]
  }
})

const vite = (name: string, build: string) =>
  script(
    name,
    `import { build } from "vite"
import * as path from "node:path"
await build({
  configFile: false,
  logLevel: "warn",
  ${build}
})`
  )

const bundlers: ReadonlyArray<Bundler> = [
  esbuild("node"),
  esbuild("browser"),
  vite(
    "vite, client",
    `build: {
    lib: { entry: input, formats: ["es"], fileName: () => path.basename(output) },
    outDir: path.dirname(output), emptyOutDir: false, target: "es2022", minify: true
  }`
  ),
  vite(
    "vite, SSR",
    `ssr: { noExternal: true },
  build: {
    ssr: input, outDir: path.dirname(output), emptyOutDir: false,
    rollupOptions: { output: { entryFileNames: path.basename(output) } }
  }`
  ),
  script(
    "webpack",
    `import webpack from "webpack"
import * as path from "node:path"
webpack({
  mode: "production",
  target: "node",
  entry: input,
  experiments: { outputModule: true },
  output: { path: path.dirname(output), filename: path.basename(output), module: true }
}, (error, stats) => {
  const { errors, warnings } = stats?.toJson() ?? { errors: [], warnings: [] }
  for (const { message } of [...errors, ...warnings]) console.log("WARNING or error:", message)
  if (error || errors.length + warnings.length > 0) { console.log(String(error)); process.exitCode = 1 }
})`
  ),
  script(
    "rollup",
    `import { rollup } from "rollup"
import resolve from "@rollup/plugin-node-resolve"
const bundle = await rollup({
  input,
  plugins: [resolve({ preferBuiltins: true })],
  onwarn: ({ code, message }) => { if (!/CIRCULAR/.test(code)) { console.log(code, message); process.exitCode = 1 } }
})
await bundle.write({ file: output, format: "es", inlineDynamicImports: true })`
  )
]

/** The one type that the README's first lines have is taken out; not all bundlers take types. */
const javaScript = (code: string) => code.replaceAll(": string)", ")")

/** The README's first program, and one that needs next to nothing of the root. */
const programs = (): ReadonlyArray<readonly [name: string, code: string, prints: RegExp]> => [
  [
    "first lines",
    javaScript(fromMarkdown("README.md", fs.readFileSync(path.join(root, "README.md"), "utf8"))[0]!.code),
    /shopping[^]*search/
  ],
  ["Pricing", `import { Pricing } from "effect-agentops"\nconsole.log(Pricing.fromDollars(1))\n`, /^1000000000$/m]
]

const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(0)} kB`

export const bundle = (project: string, tools: string, bun: string | undefined): Effect.Effect<ReadonlyArray<Row>> => {
  const all: ReadonlyArray<Bundler> = bun === undefined ? bundlers : [...bundlers, {
    name: "bun build",
    command: (_, input, output) => [bun, ["build", input, "--target=node", "--minify", `--outfile=${output}`]]
  }]
  return Effect.all(
    all.map(({ command, name }) =>
      check(
        "bundles",
        name,
        Effect.gen(function*() {
          const details: Array<string> = []
          for (const [title, code, prints] of programs()) {
            const slug = `${name}-${title}`.replaceAll(/\W+/g, "-")
            const input = path.join(project, `${slug}.js`)
            const output = path.join(project, "out", slug, "main.mjs")
            fs.mkdirSync(path.dirname(output), { recursive: true })
            fs.writeFileSync(input, code)
            const [executable, args] = command(tools, input, output)
            const said = yield* run(executable, args, { cwd: project })
            if (/warning/i.test(said)) return yield* new Wrong({ message: `it warns\n${said}` })
            // Outside of the project, where no package can be found.
            const alone = fs.mkdtempSync(path.join(path.dirname(project), "bundle-"))
            fs.cpSync(path.dirname(output), alone, { recursive: true })
            const printed = yield* run(process.execPath, [path.join(alone, "main.mjs")], { cwd: alone })
            if (!prints.test(printed)) return yield* new Wrong({ message: `${title} printed\n${printed}` })
            const text = fs.readFileSync(output)
            details.push(`${title} ${kilobytes(text.length)}, ${kilobytes(gzipSync(text).length)} gzipped`)
          }
          return details.join("; ")
        })
      )
    ),
    { concurrency: cores }
  )
}
