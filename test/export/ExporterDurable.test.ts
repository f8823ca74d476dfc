/** Spans on disk, with real processes that end in every possible way. `npm run soak` does the same for longer. */
import { assert, describe, it } from "@effect/vitest"
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-base"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { execFileSync, spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as AgentOps from "../../src/AgentOps.ts"
import type { ConfigurationError } from "../../src/core/ConfigurationError.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import type { Collector } from "../support/delivery/collector.ts"
import { collector, runAgent, runAgentWithSmallFiles, temporaryDirectory } from "../support/delivery/collector.ts"
import { withLog } from "../support/delivery/withLog.ts"
import { server } from "../support/otlp/server.ts"

const live = (url: string, directory: string, options: Partial<Exporter.DurableOptions> = {}) =>
  Exporter.otlp({ url, shutdownTimeout: "5 seconds" }).pipe(
    Exporter.durable({ directory, ...options }),
    Layer.provideMerge(AgentOps.layer({ serviceName: "agent" }))
  )

/** Starts and stops a program without spans, which sends what another process left. */
const nextStart = (url: string, directory: string) =>
  withLog((log) => Effect.as(Effect.provide(AgentOps.flush(), live(url, directory)), log))

const many = (count: number) =>
  Effect.forEach(Array.from({ length: count }), (_, i) => Effect.withSpan(Effect.void, `span ${i}`), { discard: true })

const missing = ({ arrived }: Collector, ids: Iterable<string>) => [...ids].filter((id) => !arrived.has(id))

const files = (directory: string) => Fs.readdirSync(directory, { recursive: true }).map(String)

/** Ways to replace a segment, or its directory, so that it must not be opened. */
const spoiled: ReadonlyArray<readonly [(path: string) => void, string]> = [
  [(path) => {
    Fs.rmSync(path)
    execFileSync("mkfifo", [path])
  }, "is not used"],
  [(path) => {
    Fs.renameSync(path, `${path}.real`)
    Fs.symlinkSync(`${path}.real`, path)
  }, "left alone"],
  [(path) => Fs.linkSync(path, `${Path.dirname(path)}/../../elsewhere`), "it has another name"],
  [(path) => {
    Fs.rmSync(path)
    Fs.mkdirSync(path)
  }, "it is no regular file"],
  [(path) => {
    // A socket's path must be short, and a socket without a listener stays on the disk.
    const short = `${Os.tmpdir()}/${process.pid}.sock`
    const listen = `require("net").createServer().listen("${short}", () => process.kill(process.pid, "SIGKILL"))`
    spawnSync(process.execPath, ["-e", listen])
    Fs.rmSync(path)
    Fs.renameSync(short, path)
  }, "is left alone"],
  [(path) => Fs.chmodSync(path, 0o644), "it is open to all users"],
  [(path) => Fs.chmodSync(Path.dirname(path), 0o777), "it is open to all users"],
  [(path) => {
    const directory = Path.dirname(path)
    Fs.renameSync(directory, `${directory}/../../elsewhere`)
    Fs.symlinkSync("../elsewhere", directory)
  }, "it is a symbolic link"]
]

describe("Exporter.durable", () => {
  it.live("sends undelivered spans on the next start, and then leaves nothing", () =>
    Effect.gen(function*() {
      const server = yield* collector
      const directory = yield* temporaryDirectory
      server.status = 503
      const log = yield* withLog((log) => Effect.as(Effect.provide(many(100), live(server.url, directory)), log))
      assert.include(log.join("\n"), "leaves 100 spans on disk")
      assert.strictEqual(server.arrived.size, 0)
      server.status = 200
      const said = yield* nextStart(server.url, directory)
      assert.include(said.join("\n"), "sends 100 spans that a process left behind (")
      assert.strictEqual(server.arrived.size, 100)
      assert.deepStrictEqual(files(directory), ["otlp"])
    }))

  it.live("refuses two exporters with one name in one directory, of spans or log records", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const build = (...exporters: ReadonlyArray<Layer.Layer<never, ConfigurationError, AgentOps.AgentOps>>) =>
        Layer.mergeAll(Layer.empty, ...exporters).pipe(Layer.provide(AgentOps.layer({ serviceName: "x" })), Layer.build)
      const spans = (name?: string) => Exporter.durable(Exporter.otlp({ name }), { directory })
      const logs = (name?: string) => Exporter.durable(Exporter.otlpLogs({ name }), { directory: `${directory}/.` })
      const link = `${directory}/link`
      Fs.symlinkSync(directory, link)
      const linked = Exporter.durable(Exporter.otlp({ name: "x" }), { directory: `${link}/deep` })
      const foreign = Exporter.durable(
        Exporter.fromSpanExporter(() => new InMemorySpanExporter(), { name: "x" }),
        { directory }
      )
      const pairs = [
        [spans(), spans()],
        [spans("x"), logs("x")],
        [spans("x"), foreign],
        [spans("x"), spans("X")],
        [spans("\u00e9"), spans("e\u0301")],
        [linked, Exporter.durable(Exporter.otlp({ name: "x" }), { directory: `${directory}/deep` })]
      ] as const
      for (const [a, b] of pairs) {
        const error = yield* Effect.flip(Effect.scoped(build(a, b)))
        assert.strictEqual(error.field, "name")
        assert.include(error.message, directory)
      }
      for (const name of ["", "\ud800"]) {
        const error = yield* Effect.flip(Effect.scoped(build(spans(name))))
        assert.strictEqual(error.field, "name")
      }
      yield* Effect.scoped(build(spans("a"), spans("b"), logs()))
      // A released exporter frees its name for the next one.
      yield* Effect.scoped(build(spans("a")))
      const inside = `${directory}/inside`
      yield* Effect.scoped(build(Exporter.durable(Exporter.otlp({ name: ".." }), { directory: inside })))
      assert.deepStrictEqual(Fs.readdirSync(inside), ["%2E."])
    }))

  it.live("opens only its own regular files, and explains the problem", () =>
    Effect.gen(function*() {
      const server = yield* collector
      for (const [spoil, problem] of spoiled) {
        const directory = yield* temporaryDirectory
        server.status = 503
        yield* withLog(() => Effect.provide(many(3), live(server.url, directory)))
        server.status = 200
        const left = files(directory).find((name) => name.endsWith(".log"))
        const path = `${directory}/${left}`
        spoil(path)
        const said = yield* nextStart(server.url, directory)
        assert.strictEqual(said.filter((line) => line.includes(problem)).length, 1, said.join("\n"))
      }
      assert.strictEqual(server.arrived.size, 0)
    }))

  it.live("keeps log records too", () =>
    withLog(() =>
      Effect.gen(function*() {
        let status = 503
        const backend = yield* server(() => ({ status }))
        const directory = yield* temporaryDirectory
        const layer = Exporter.otlpLogs({ url: backend.url, shutdownTimeout: "2 seconds" }).pipe(
          Exporter.durable({ directory }),
          Layer.provideMerge(AgentOps.layer({ serviceName: "logs" }))
        )
        const work = Effect.forEach(
          Array.from({ length: 20 }),
          (_, i) => Effect.logInfo(`line ${i}`),
          { discard: true }
        ).pipe(traceTool("work"))
        yield* Effect.provide(work, layer)
        status = 200
        const statuses = yield* Effect.provide(AgentOps.flush(), layer)
        assert.deepStrictEqual(statuses, [{ name: "otlp-logs", delivered: 20, pending: 0, dropped: {} }])
        assert.deepStrictEqual(files(directory), ["otlp-logs"])
      })
    ))

  it.live("counts adopted spans", () =>
    withLog(() =>
      Effect.gen(function*() {
        const server = yield* collector
        const directory = yield* temporaryDirectory
        server.status = 503
        yield* Effect.provide(many(10), live(server.url, directory))
        const before = Effect.andThen(many(5), AgentOps.status).pipe(Effect.provide(live(server.url, directory)))
        assert.deepStrictEqual(yield* before, [{ name: "otlp", delivered: 0, pending: 15, dropped: {} }])
        server.status = 200
        const after = AgentOps.flush().pipe(Effect.provide(live(server.url, directory)))
        assert.deepStrictEqual(yield* after, [{ name: "otlp", delivered: 15, pending: 0, dropped: {} }])
      })
    ))

  it.live("leaves nothing behind after all spans have been delivered", () =>
    Effect.gen(function*() {
      const server = yield* collector
      const directory = yield* temporaryDirectory
      yield* Effect.provide(many(3000), live(server.url, directory))
      assert.strictEqual(server.arrived.size, 3000)
      assert.deepStrictEqual(files(directory), ["otlp"])
    }))

  it.live("makes its files private to its user", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      yield* withLog(() => Effect.provide(many(1), live("http://127.0.0.1:9", directory)))
      for (const name of files(directory)) {
        const { mode } = Fs.statSync(`${directory}/${name}`)
        assert.strictEqual(mode & 0o077, 0, name)
      }
    }))

  it.live("fsync always: the same, more slowly", () =>
    Effect.gen(function*() {
      const server = yield* collector
      const directory = yield* temporaryDirectory
      yield* Effect.provide(many(20), live(server.url, directory, { fsync: "always" }))
      assert.strictEqual(server.arrived.size, 20)
    }))

  it.live("other exporters read their spans back", () =>
    withLog(() =>
      Effect.gen(function*() {
        const directory = yield* temporaryDirectory
        const seen: Array<string> = []
        let up = false
        const exporter = Exporter.make({
          name: "mine",
          shutdownTimeout: "100 millis",
          export: (spans) => up ? Effect.sync(() => void seen.push(...spans.map(({ name }) => name))) : Effect.never
        }).pipe(
          Exporter.durable({ directory }),
          Layer.provideMerge(AgentOps.layer({ serviceName: "agent" }))
        )
        yield* Effect.provide(many(3), exporter)
        up = true
        yield* Effect.provide(AgentOps.flush(), exporter)
        assert.deepStrictEqual(seen, ["span 0", "span 1", "span 2"])
      })
    ))

  describe("a process that", () => {
    it.live(
      "is killed, again and again: every span that had ended arrives, and every one that had started",
      () =>
        Effect.gen(function*() {
          const server = yield* collector
          const directory = yield* temporaryDirectory
          let duplicates = 0
          let recovered = 0
          for (const status of ["reset", 200, 503] as const) {
            server.status = status
            const { child, ended, exited, started } = yield* runAgent(server.url, directory)
            while (ended.size < 300) yield* Effect.sleep("5 millis")
            yield* Effect.sleep(Math.random() * 200)
            child.kill("SIGKILL")
            assert.strictEqual(yield* exited, "SIGKILL")
            server.status = 200
            yield* nextStart(server.url, directory)
            assert.deepStrictEqual(missing(server, ended), [])
            assert.deepStrictEqual(missing(server, started), [])
            assert.deepStrictEqual([...server.recovered].filter((id) => ended.has(id)), [])
            recovered += server.recovered.size
            duplicates += [...server.arrived.values()].filter((count) => count > 1).length
            server.arrived.clear()
            server.recovered.clear()
          }
          assert.isBelow(duplicates, 5000)
          // In a single round there may be no open span.
          assert.isAbove(recovered, 0)
          assert.deepStrictEqual(files(directory), ["otlp"])
        }),
      60_000
    )

    it.live.skipIf(process.platform === "win32")(
      "may write no more to its files says so once, and its spans arrive from memory",
      () =>
        Effect.gen(function*() {
          const server = yield* collector
          const directory = yield* temporaryDirectory
          const { ended, errors, exited, logged } = yield* runAgentWithSmallFiles(32, server.url, directory, "once")
          assert.strictEqual(yield* exited, 0, errors())
          // The number in its time depends on the machine. The line below shows that its files were full.
          assert.isAbove(ended.size, 0)
          assert.deepStrictEqual(missing(server, ended), [])
          const lines = logged.filter((line) => line.includes("the disk does not take spans"))
          assert.lengthOf(lines, 1, logged.join("\n"))
          assert.include(lines[0], "EFBIG")
        }),
      30_000
    )

    it.live.each(["SIGTERM", "SIGINT"] as const)(
      "gets %s under NodeRuntime.runMain loses nothing, with no disk",
      (signal) =>
        Effect.gen(function*() {
          const server = yield* collector
          const { child, ended, errors, exited, started } = yield* runAgent(server.url, "", "main")
          while (ended.size < 300) yield* Effect.sleep("5 millis")
          child.kill(signal)
          assert.notStrictEqual(yield* exited, signal, errors())
          assert.deepStrictEqual([...started].filter((id) => !ended.has(id)), [])
          assert.deepStrictEqual(missing(server, ended), [])
        }),
      30_000
    )

    it.live.each([["exit", 3], ["throw", 1]] as const)(
      "ends by %s loses nothing",
      ([how, code]) =>
        Effect.gen(function*() {
          const server = yield* collector
          const directory = yield* temporaryDirectory
          server.status = "reset"
          const { ended, errors, exited } = yield* runAgent(server.url, directory, how)
          assert.strictEqual(yield* exited, code, errors())
          assert.strictEqual(ended.size, 201)
          server.status = 200
          yield* nextStart(server.url, directory)
          assert.deepStrictEqual(missing(server, ended), [])
        }),
      30_000
    )
  })

  it.live("a directory that cannot be written is logged once, and spans are sent from memory", () =>
    Effect.gen(function*() {
      const server = yield* collector
      const directory = yield* temporaryDirectory
      Fs.writeFileSync(`${directory}/file`, "")
      const log = yield* withLog((log) =>
        Effect.as(Effect.provide(many(50), live(server.url, `${directory}/file/traces`)), log)
      )
      assert.strictEqual(server.arrived.size, 50)
      assert.strictEqual(log.filter((line) => line.includes("the disk does not take spans")).length, 1)
    }))
})
