/**
 * Bundles the README's first lines with each bundler, in a project with only the package and Effect.
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { gzipSync } from "node:zlib"
import { fromMarkdown } from "../../test/support/docs/Example.ts"
import { bytesOf, kilobytes } from "./browserBytes.ts"
import { check, type Row, Wrong } from "./report.ts"
import { cores, root, run } from "./shell.ts"

/** A bundler with one input and one output file. It runs in the project and takes its tool from the tools' folder. */
interface Bundler {
  readonly name: string
  readonly command: (tools: string, input: string, output: string) => readonly [string, ReadonlyArray<string>]
  /** The warning that the program must print if it waits for itself. */
  readonly warns?: RegExp
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

const rollup = (name: string, resolving: string, output = "") =>
  script(
    name,
    `import { rollup } from "rollup"
import resolve from "@rollup/plugin-node-resolve"
import * as path from "node:path"
const bundle = await rollup({
  input,
  plugins: [resolve({ ${resolving} preferBuiltins: true })],
  onwarn: ({ code, message }) => { if (!/CIRCULAR/.test(code)) { console.log(code, message); process.exitCode = 1 } }
})
await bundle.write({ dir: path.dirname(output), format: "es", entryFileNames: path.basename(output), ${output} })`
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
  rollup("rollup", ""),
  rollup("rollup, for Node", `exportConditions: ["node"],`),
  // It puts what parts on demand share with the program into the program's file, which then waits for itself.
  { ...rollup("rollup, for a browser", "browser: true,"), warns: /top-level `await`[^]*manualChunks/ },
  rollup(
    "rollup, for a browser, with manualChunks",
    "browser: true,",
    `manualChunks: (id) => id.includes("node_modules") ? "vendor" : undefined`
  )
]

/** Removes the only type of the README's first lines, because not all bundlers accept types. */
const javaScript = (code: string) => code.replaceAll(": string)", ")")

/** The README's first program, and a program that uses very little of the root. */
const programs = (): ReadonlyArray<readonly [name: string, code: string, prints: RegExp]> => [
  [
    "first lines",
    javaScript(fromMarkdown("README.md", fs.readFileSync(path.join(root, "README.md"), "utf8"))[0]!.code),
    /shopping[^]*search/
  ],
  ["Pricing", `import { Pricing } from "effect-agentops"\nconsole.log(Pricing.fromDollars(1))\n`, /^1000000000$/m]
]

/** A bundler that splits for a browser, and the largest gzipped size that the first lines may load at once. */
interface Splitter {
  readonly name: string
  readonly budget: number
  readonly command: Bundler["command"]
}

const splitters = (bun: string | undefined): ReadonlyArray<Splitter> => [
  {
    name: "esbuild",
    // It keeps all of `Effect` from a namespace that is exported again, which is 23 kB of these; and what a part on
    // demand uses of Effect comes at once too, since `import … from "effect"` names all of it.
    budget: 94_000,
    command: (tools, input, output) => [
      process.execPath,
      [
        path.join(tools, "node_modules/esbuild/bin/esbuild"),
        input,
        "--bundle",
        "--minify",
        "--splitting",
        "--platform=browser",
        "--format=esm",
        "--entry-names=main",
        "--out-extension:.js=.mjs",
        `--outdir=${path.dirname(output)}`,
        "--log-level=warning"
      ]
    ]
  },
  {
    name: "vite",
    budget: 74_000,
    // A page, since vite leaves the spaces in a library.
    command: vite(
      "vite, page",
      `build: {
    outDir: path.dirname(output), emptyOutDir: false, target: "es2022", modulePreload: false,
    rollupOptions: { input, output: { entryFileNames: path.basename(output), chunkFileNames: "[name].js" } }
  }`
    ).command
  },
  ...bun === undefined ? [] : [{
    name: "bun build",
    budget: 74_000,
    command: (_: string, input: string, output: string) =>
      [
        bun,
        [
          "build",
          input,
          "--target=browser",
          "--minify",
          "--splitting",
          "--entry-naming=main.mjs",
          `--outdir=${path.dirname(output)}`
        ]
      ] as const
  }]
]

const budgets = (project: string, tools: string, bun: string | undefined): ReadonlyArray<Effect.Effect<Row>> =>
  splitters(bun).map(({ budget, command, name }) =>
    check(
      "bytes",
      `${name}, for a browser`,
      Effect.gen(function*() {
        const measure = Effect.fnUntraced(function*(slug: string, code: string) {
          const input = path.join(project, `${slug}.js`)
          const output = path.join(project, "out", slug, "main.mjs")
          fs.mkdirSync(path.dirname(output), { recursive: true })
          fs.writeFileSync(input, code)
          const [executable, args] = command(tools, input, output)
          yield* run(executable, args, { cwd: project })
          return bytesOf(path.dirname(output), "main.mjs")
        })
        const slug = name.replaceAll(/\W+/g, "-")
        const first = yield* measure(`${slug}-bytes`, programs()[0]![1])
        const effect = yield* measure(
          `${slug}-effect`,
          `import { Effect } from "effect"\nawait Effect.runPromise(Effect.succeed(1))\n`
        )
        const said = `first lines ${kilobytes(first.atOnce)} gzipped at once, ${kilobytes(first.all)} in all; ` +
          `Effect alone ${kilobytes(effect.atOnce)}`
        if (first.atOnce > budget) return yield* new Wrong({ message: `${said}; the budget is ${kilobytes(budget)}` })
        return said
      })
    )
  )

export const bundle = (project: string, tools: string, bun: string | undefined): Effect.Effect<ReadonlyArray<Row>> => {
  const all: ReadonlyArray<Bundler> = bun === undefined ? bundlers : [...bundlers, {
    name: "bun build",
    command: (_, input, output) => [bun, ["build", input, "--target=node", "--minify", `--outfile=${output}`]]
  }]
  const made: ReadonlyArray<Effect.Effect<Row>> = [
    ...all.map(({ command, name, warns }) =>
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
            const said = yield* run(executable, args, { cwd: project, timeoutSeconds: 300 })
            if (/warning/i.test(said)) return yield* new Wrong({ message: `it warns\n${said}` })
            // Outside of the project, where no package is found.
            const alone = fs.mkdtempSync(path.join(path.dirname(project), "bundle-"))
            fs.cpSync(path.dirname(output), alone, { recursive: true })
            const running = run(process.execPath, [path.join(alone, "main.mjs")], { cwd: alone })
            const isStuck = warns !== undefined && code.includes("await ")
            const printed = yield* isStuck
              ? Effect.catchTag(running, "CommandFailed", ({ output }) => Effect.succeed(output))
              : running
            if (!(isStuck ? warns : prints).test(printed)) {
              return yield* new Wrong({ message: `${title} printed\n${printed}` })
            }
            if (isStuck) details.push("told that it waits for itself, and how not to")
            const text = fs.readFileSync(output)
            details.push(`${title} ${kilobytes(text.length)}, ${kilobytes(gzipSync(text).length)} gzipped`)
          }
          return details.join("; ")
        })
      )
    ),
    ...budgets(project, tools, bun)
  ]
  return Effect.all(made, { concurrency: cores })
}
