/**
 * The published package from the view of a program that has installed it: built files, and no custom condition.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { SourceMap, type SourceMapping } from "node:module"
import * as os from "node:os"
import * as path from "node:path"
import { namedInside } from "../../scripts/publicTypes.ts"
import { fromMarkdown } from "../support/docs/Example.ts"
import { root } from "../support/docs/program.ts"

type Target = string | null | {
  readonly "effect-agentops-source": string
  readonly types: string
  readonly module: string
  readonly node: string
  readonly default: string
}

const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as {
  readonly exports: Readonly<Record<string, Target>>
  readonly imports: Readonly<Record<string, Readonly<Record<"browser" | "module" | "default", string>>>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>
}
const optionalPeers = Object.keys(manifest.peerDependenciesMeta)

/** The source file of each entry, with patterns expanded, by the entry's name without the package's. A part of a module has none. */
const sources = new Map(
  Object.entries(manifest.exports).flatMap(([entry, target]): Array<[string, string]> => {
    if (target === null || typeof target === "string") return []
    const source = target["effect-agentops-source"].slice(2)
    if (!entry.includes("*")) return [[entry.slice(2), source]]
    const [before, after] = source.split("*")
    return fs.globSync(source, { cwd: root })
      .map((file) => file.replaceAll("\\", "/").slice(before!.length, -after!.length))
      .filter((name) => name !== "index" && manifest.exports[entry.replace("*", name)] !== null)
      .map((name) => [entry.slice(2).replace("*", name), source.replace("*", name)])
  })
)
const entries = [...sources.keys()].filter((entry) => entry !== "").sort()

const internal = fs.globSync("src/**/internal/**/*.ts", { cwd: root })
  .concat(fs.globSync("src/*/index.ts", { cwd: root }))
  .map((file) => path.relative("src", file).replace(/\.ts$/, "").replaceAll("\\", "/"))

const exists = (file: string): boolean => {
  const found = fs.existsSync(path.join(root, file))
  if (!found) console.warn(`There is no ${file} yet: the test that needs it is skipped`)
  return found
}

/** Runs a program in a folder to its end, and returns its output. */
const run = (cwd: string, command: string, args: ReadonlyArray<string>): string => {
  // The tests' options would set the condition for src, and a developer's own keys a real backend.
  const foreign = /^(NODE_OPTIONS|NODE_ENV|VITEST.*|AGENTOPS_.*|OTEL_.*)$/
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
  const shell = process.platform === "win32" && command === "npm"
  const result = spawnSync(command, args, { cwd, env, shell, encoding: "utf8", timeout: 180_000 })
  if (result.error !== undefined) throw result.error
  if (result.status !== 0) {
    throw new Error(`${command} ${args.join(" ")} ended with ${result.status}\n${result.stdout}${result.stderr}`)
  }
  return result.stdout
}

const node = (cwd: string, program: string, ...options: ReadonlyArray<string>) =>
  run(cwd, process.execPath, [...options, "--input-type=module", "--eval", program])

const tsc = (cwd: string, ...args: ReadonlyArray<string>) =>
  run(cwd, process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), ...args])

/** Packs a copy of the repository, so that concurrent changes in the repository have no effect. */
const pack = (temporary: string): string => {
  const copy = path.join(temporary, "copy")
  const left = new Set([".git", "node_modules", "dist", "coverage", "test", "typetest", "examples", "bench"])
  fs.cpSync(root, copy, { recursive: true, filter: (file) => !left.has(path.relative(root, file)) })
  fs.symlinkSync(path.join(root, "node_modules"), path.join(copy, "node_modules"), "junction")
  run(copy, "npm", ["pack", "--pack-destination", temporary])
  const [tarball] = fs.globSync("*.tgz", { cwd: temporary })
  return path.join(temporary, tarball!)
}

/** Installs a tarball and a user's other packages without the network, and returns the project's folder. */
const install = (temporary: string, tarball: string, name: string, peers: ReadonlyArray<string>): string => {
  const project = path.join(temporary, name)
  const installed = path.join(project, "node_modules")
  const target = path.join(installed, "effect-agentops")
  fs.mkdirSync(target, { recursive: true })
  run(project, "tar", ["-xzf", tarball, "--strip-components=1", "-C", target])
  for (const name of new Set(["effect", "@effect/platform-node", "@types/node", ...peers])) {
    fs.mkdirSync(path.dirname(path.join(installed, name)), { recursive: true })
    fs.symlinkSync(path.join(root, "node_modules", name), path.join(installed, name), "junction")
  }
  fs.writeFileSync(path.join(project, "package.json"), JSON.stringify({ type: "module", private: true }))
  return project
}

describe("the package", { timeout: 120_000 }, () => {
  let temporary = ""
  // A program with only the package, and one with all of its optional peers.
  let project = ""
  let equipped = ""

  beforeAll(() => {
    temporary = fs.mkdtempSync(path.join(os.tmpdir(), "effect-agentops-"))
    const tarball = pack(temporary)
    project = install(temporary, tarball, "project", [])
    equipped = install(temporary, tarball, "equipped", optionalPeers)
  }, 240_000)

  afterAll(() => fs.rmSync(temporary, { recursive: true, force: true }))

  it("contains sources, build and documents, and nothing else", () => {
    const installed = path.join(project, "node_modules/effect-agentops")
    const papers = ["LICENSE", "README.md", "CHANGELOG.md", "llms.txt", "docs", "examples", "skills"]
    const known = new Set(["package.json", "src", "dist", ...papers])
    assert.deepStrictEqual(fs.readdirSync(installed).filter((name) => !known.has(name)), [])
    assert.isTrue(fs.existsSync(path.join(installed, "LICENSE")))
    const files = [...sources.values()].flatMap((file) => [
      file,
      ...[".js", ".js.map", ".d.ts", ".d.ts.map"].map((end) => `dist/${file.slice("src/".length, -".ts".length)}${end}`)
    ])
    assert.deepStrictEqual(files.filter((file) => !fs.existsSync(path.join(installed, file))), [])
  })

  const load = (cwd: string, names: ReadonlyArray<string>) =>
    node(cwd, names.map((name) => `await import("effect-agentops/${name}")`).join("\n"))

  it("has a build for bundlers and a fast one for Node, for each entry", () => {
    for (const [entry, target] of Object.entries(manifest.exports)) {
      if (target === null || typeof target === "string") continue
      assert.deepStrictEqual(
        [entry, Object.keys(target)],
        [entry, ["effect-agentops-source", "types", "module", "node", "default"]]
      )
      assert.strictEqual(target.module, target.default)
      assert.strictEqual(target.node, target.default.replace("./dist/", "./dist/node/"))
      assert.strictEqual(target.types, target.default.replace(/\.js$/, ".d.ts"))
    }
  })

  it("has separate modules for pages only where something is loaded on demand", () => {
    const installed = path.join(project, "node_modules/effect-agentops")
    const onDemand = (file: string) => /\bimport\("\./.test(fs.readFileSync(path.join(installed, file), "utf8"))
    for (const [name, { browser, default: other, module }] of Object.entries(manifest.imports)) {
      assert.deepStrictEqual([name, onDemand(module), onDemand(browser), other], [name, false, true, browser])
    }
    const shared = fs.globSync("dist/**/*.js", { cwd: installed })
      .filter((file) => !/^dist[\\/](node|page)[\\/]/.test(file))
    assert.deepStrictEqual(shared.filter(onDemand), [])
    const named = new Set(
      shared.flatMap((file) =>
        [...fs.readFileSync(path.join(installed, file), "utf8").matchAll(/ from "(#[^"]+)"/g)].map(([, name]) => name!)
      )
    )
    assert.deepStrictEqual([...named].sort(), Object.keys(manifest.imports).sort())
  })

  it("maps each line of the build to its line in the source", () => {
    const installed = path.join(project, "node_modules/effect-agentops")
    const error = "`${this.field}: ${this.problem}. ${this.fix}`"
    for (
      const [build, module, text] of [
        ["dist/core/ConfigurationError.js", "core/ConfigurationError", error],
        ["dist/node/chunks/root.js", "core/ConfigurationError", error],
        ["dist/page/trace/internal/ending.js", "trace/internal/ending.lazy", "return loaded.prepareContent("]
      ] as const
    ) {
      const lineOf = (file: string) =>
        fs.readFileSync(file, "utf8").split("\n").findIndex((line) => line.includes(text))
      const file = path.join(installed, build)
      const source = path.join(installed, `src/${module}.ts`)
      const map = new SourceMap(JSON.parse(fs.readFileSync(`${file}.map`, "utf8")))
      const entry = map.findEntry(lineOf(file), 80) as SourceMapping
      assert.strictEqual(path.resolve(path.dirname(file), entry.originalSource), source)
      assert.strictEqual(entry.originalLine, lineOf(source))
    }
  })

  it("has no declaration with a type that cannot be named", () => {
    assert.deepStrictEqual(namedInside(path.join(project, "node_modules/effect-agentops/dist")), [])
  })

  it("has one entry for each public module that is no part of another", () => {
    const files = [...sources.values()].filter((file) => path.basename(file) !== "index.ts").sort()
    const isPublic = (file: string) =>
      !file.includes("/internal/") && path.basename(file) !== "index.ts" &&
      manifest.exports[`./${file.slice("src/".length, -".ts".length)}`] !== null
    assert.deepStrictEqual(
      files,
      fs.globSync("src/**/*.ts", { cwd: root }).map((file) => file.replaceAll("\\", "/")).filter(isPublic).sort()
    )
  })

  it("loads no optional peer for the modules of the root", () => {
    const indexes = fs.globSync("src/{*/,}index.ts", { cwd: root })
      .map((file) => fs.readFileSync(path.join(root, file), "utf8"))
      .join("")
    const named = new Set([...indexes.matchAll(/"\.\/(\w+)\.ts"/g)].map(([, name]) => name!))
    assert.strictEqual(load(project, entries.filter((entry) => named.has(path.basename(entry)))), "")
    assert.strictEqual(load(equipped, entries), "")
  })

  it("has one deep entry for each public name", () => {
    const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")
    const reExport = /^export (?:type )?(?:\{[^}]*\}|\*) from "(\.[^"]+)"/gm
    const importable = new Set([...sources].filter(([entry]) => entry !== "").map(([, file]) => file))
    const twice = new Set([...importable].flatMap((file) =>
      [...read(file).matchAll(reExport)]
        .map(([, name]) => path.posix.join(path.posix.dirname(file), name!))
        .filter((other) => importable.has(other))
        .map((other) => `${other} by ${file}`)
    ))
    // The root exports these as namespaces of their own too.
    assert.deepStrictEqual([...twice].sort(), [
      "src/core/MetricData.ts by src/export/MetricExporter.ts",
      "src/replay/Recording.ts by src/replay/Replay.ts",
      "src/trace/StartedEvent.ts by src/trace/Event.ts"
    ])
  })

  it("does not export its internal modules, nor the parts of a module", () => {
    const parts = Object.entries(manifest.exports)
      .filter(([entry, target]) => target === null && !entry.includes("*"))
      .map(([entry]) => entry.slice("./".length))
    const codes = node(
      project,
      `for (const name of ${JSON.stringify([...internal, ...parts, "index"])}) {
        console.log(await import("effect-agentops/" + name).then(() => name + " can be imported", (error) => error.code))
      }`
    )
    assert.deepStrictEqual([...new Set(codes.trim().split("\n"))], ["ERR_PACKAGE_PATH_NOT_EXPORTED"])
  })

  it.skipIf(!exists("src/index.ts"))("has no effect when it is imported", () => {
    const changes = node(
      project,
      `import "effect"
      const look = () => ({
        globals: Reflect.ownKeys(globalThis).map(String),
        listeners: process.eventNames().map(String),
        resources: process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap" && name !== "TTYWrap")
      })
      const before = look()
      await import("effect-agentops")
      const after = look()
      for (const kind in after) {
        for (const name of after[kind]) if (!before[kind].includes(name)) console.log(kind, name)
      }
      process.exit()`
    )
    assert.strictEqual(changes, "")
  })

  it.each([
    ["for Node", []],
    ["for bundles", ["--conditions=module"]],
    ["for pages", ["--conditions=browser"]]
  ])("has nothing to wait for once a layer is built, in the build %s", (_, options) => {
    const printed = node(
      project,
      `import { Effect, Layer, ManagedRuntime } from "effect"
      import { AgentOps, Exporter, MetricExporter, Session, traceLlmWith, traceTool } from "effect-agentops"
      const hooked = []
      const contentHook = (content) => {
        hooked.push(content.kind)
        return content
      }
      const files = Exporter.file({ path: "spans.jsonl" })
      const exporters = Layer.mergeAll(Exporter.memory(), MetricExporter.memory(), Exporter.console(), files)
      const runtime = ManagedRuntime.make(Layer.provideMerge(exporters, AgentOps.layer({ serviceName: "demo", contentHook })))
      await runtime.context()
      const search = traceTool(Effect.succeed("key sk-proj-" + "a1B2".repeat(12)), "search")
      const answer = {
        object: "chat.completion",
        model: "gpt-4o",
        choices: [],
        usage: { prompt_tokens: 1000, completion_tokens: 10 }
      }
      const ask = traceLlmWith(Effect.succeed(answer), { model: "gpt-4o" })
      runtime.runSync(Session.withSession(Effect.andThen(search, ask), { name: "shopping" }))
      const spans = await runtime.runPromise(Effect.flatMap(Exporter.Memory, (memory) => memory.spans))
      const metrics = await runtime.runPromise(Effect.flatMap(MetricExporter.Memory, (memory) => memory.metrics))
      await runtime.dispose()
      const measured = ["gen_ai.client.inference.duration", "gen_ai.execute_tool.duration", "agentops.session.cost"]
      console.log(measured.filter((metric) => metrics.some(({ name }) => name === metric)).length, hooked.join())
      console.log(spans.map(({ name }) => name).join())
      console.log(spans.some((span) => Object.values(span.attributes).some((value) => String(value).includes("sk-proj"))))`,
      ...options
    )
    assert.include(printed, "\n3 tool,llm\n")
    assert.include(printed, "tool.execution,agent.tool,llm.api.call,llm.completion,shopping\nfalse\n")
    assert.match(printed, /shopping.*1000 → 10 tokens {2}\$0\.0026/)
    const lines = fs.readFileSync(path.join(project, "spans.jsonl"), "utf8")
    assert.include(lines, "llm.completion")
    assert.notInclude(lines, "sk-proj")
    fs.rmSync(path.join(project, "spans.jsonl"))
  })

  it.each([["for Node", []], ["for bundles", ["--conditions=module"]]])(
    "builds the layers of exporters synchronously, in the build %s",
    (_, options) => {
      const printed = node(
        project,
        `import { Effect, Layer, ManagedRuntime } from "effect"
        import { AgentOps, Exporter, MetricExporter, Session, traceTool } from "effect-agentops"
        const endpoint = { url: "http://127.0.0.1:9" }
        const exporters = [
          Exporter.otlp(endpoint),
          Exporter.otlp({ ...endpoint, durable: { directory: "durable" } }),
          Exporter.otlpLogs(endpoint),
          Exporter.file({ path: "spans.jsonl" }),
          Exporter.console(),
          MetricExporter.otlp(endpoint)
        ]
        const traced = Session.withSession(traceTool(Effect.succeed("shoes"), "search"), { name: "shopping" })
        for (const exporter of exporters) {
          const runtime = ManagedRuntime.make(Layer.provideMerge(exporter, AgentOps.layer({ serviceName: "demo" })))
          console.log(runtime.runSync(traced))
        }
        process.exit()`,
        ...options
      )
      assert.strictEqual(printed.match(/^shoes$/gm)?.length, 6)
    }
  )

  it.each([["for Node", []], ["for bundles", ["--conditions=module"]]])(
    "finds the viewer's page, in the build %s",
    (_, options) => {
      const printed = node(
        equipped,
        `import { Effect } from "effect"
        import * as MemoryStore from "effect-agentops/viewer/MemoryStore"
        import * as SavedPage from "effect-agentops/viewer/SavedPage"
        console.log(await Effect.runPromise(Effect.provide(SavedPage.html(), MemoryStore.layer())))`,
        ...options
      )
      assert.include(printed, `<div id="app"></div>`)
      assert.isAbove(printed.length, 50_000)
    }
  )

  it("has a command that names the peer that it needs", () => {
    const alone = install(temporary, path.join(temporary, fs.globSync("*.tgz", { cwd: temporary })[0]!), "alone", [])
    const command = path.join(alone, "node_modules/effect-agentops/dist/node/cli/internal/main.js")
    assert.match(run(alone, process.execPath, [command, "--help"]), /dev/)
    fs.rmSync(path.join(alone, "node_modules/@effect"), { recursive: true })
    assert.throws(() => run(alone, process.execPath, [command, "dev"]), /npm install @effect\/platform-node/)
  })

  it.skipIf(!exists("README.md"))("runs the first example of its README", () => {
    const [example] = fromMarkdown("README.md", fs.readFileSync(path.join(root, "README.md"), "utf8"))
    assert.isDefined(example, "README.md has no ts block")
    fs.writeFileSync(path.join(project, "main.ts"), example!.code)
    const options = ["--module", "NodeNext", "--target", "ES2023", "--strict", "--skipLibCheck", "--types", "node"]
    tsc(project, ...options, "main.ts")
    node(project, `import "./main.js"`)
  })
})
