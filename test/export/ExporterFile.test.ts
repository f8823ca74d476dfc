import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { PlatformError } from "effect/PlatformError"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as AgentOps from "../../src/AgentOps.ts"
import type { ConfigurationError } from "../../src/core/ConfigurationError.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { counts, exportingTo, many, one } from "../support/otlp/exporting.ts"
import { withOutput } from "../support/otlp/output.ts"
import { arrived, server, spansIn } from "../support/otlp/server.ts"
import { decodeJson } from "../support/otlp/wire.ts"

const directory = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-agentops-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

const exporter = (options: Parameters<typeof Exporter.file>[0]) =>
  Exporter.file(options).pipe(Layer.provide(NodeFileSystem.layer))

/** Each line of a file as a request. */
const read = (file: string) => {
  const text = fs.readFileSync(file, "utf8")
  assert.isTrue(text === "" || text.endsWith("\n"))
  return text.split("\n").slice(0, -1).map((line) => decodeJson(line))
}

const names = (file: string) => read(file).map((request) => spansIn(request).map((span) => span["name"]))

const onLinux = process.platform === "linux"

describe("Exporter.file", () => {
  it.live("writes a line of OTLP JSON for each batch", () =>
    Effect.gen(function*() {
      const file = path.join(yield* directory, "traces.jsonl")
      const [status] = yield* many(5).pipe(
        Effect.andThen(AgentOps.flush()),
        exportingTo(exporter({ path: file, maxBatchSize: 2 }))
      )
      assert.deepStrictEqual(names(file), [["span 0", "span 1"], ["span 2", "span 3"], ["span 4"]])
      assert.deepStrictEqual(status, { name: "file", delivered: 5, pending: 0, dropped: {} })
    }))

  it.live("has no line that the Collector's receiver would truncate, for any content", () =>
    Effect.gen(function*() {
      const file = path.join(yield* directory, "traces.jsonl")
      // Three bytes each, which the queue counts as one.
      const text = "日".repeat(20_000)
      const spans = 60
      yield* Effect.repeat(Effect.annotateCurrentSpan({ text }).pipe(Effect.withSpan("large")), { times: spans - 1 })
        .pipe(
          exportingTo(exporter({ path: file }))
        )
      const lines = fs.readFileSync(file, "utf8").split("\n").slice(0, -1)
      assert.isAbove(lines.length, 1)
      for (const line of lines) assert.isBelow(Buffer.byteLength(line), 1024 * 1024)
      assert.strictEqual(names(file).flat().length, spans)
    }))

  it.live("needs no file system of the program's own", () =>
    Effect.gen(function*() {
      const file = path.join(yield* directory, "a", "traces.jsonl")
      yield* one("first").pipe(exportingTo(Exporter.file({ path: file })))
      yield* one("second").pipe(exportingTo(Exporter.file({ path: file })))
      assert.deepStrictEqual(names(file), [["first"], ["second"]])
      if (onLinux) assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
    }))

  it.live("writes the same as a collector receives", () =>
    Effect.gen(function*() {
      const file = path.join(yield* directory, "traces.jsonl")
      const collector = yield* server()
      yield* Effect.fail(new Error("no\nluck")).pipe(
        traceTool("search", { parameters: { city: "Orléans 😀" } }),
        Effect.ignore,
        Session.withSession({ name: "demo" }),
        exportingTo(exporter({ path: file }), Exporter.otlp({ url: collector.url, content: true }))
      )
      assert.deepStrictEqual(read(file).flatMap(spansIn), arrived(collector))
      assert.strictEqual(arrived(collector).length, 3)
    }))

  it.live("appends to an existing file, and creates its directories", () =>
    Effect.gen(function*() {
      const file = path.join(yield* directory, "a", "b", "traces.jsonl")
      yield* one("first").pipe(exportingTo(exporter({ path: file })))
      yield* one("second").pipe(exportingTo(exporter({ path: file })))
      assert.deepStrictEqual(names(file), [["first"], ["second"]])
    }))

  it.live("accepts a relative path", () =>
    Effect.gen(function*() {
      const file = path.relative(process.cwd(), path.join(yield* directory, "traces.jsonl"))
      yield* one().pipe(exportingTo(exporter({ path: file })))
      assert.deepStrictEqual(names(file), [["one"]])
    }))

  it.live.skipIf(!onLinux)("keeps others from reading it", () =>
    Effect.gen(function*() {
      const file = path.join(yield* directory, "traces.jsonl")
      yield* one().pipe(exportingTo(exporter({ path: file })))
      assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
    }))

  it.live("closes the file with its scope", () =>
    Effect.gen(function*() {
      const file = path.join(yield* directory, "traces.jsonl")
      const opened = () =>
        fs.readdirSync("/proc/self/fd").filter((fd) => {
          try {
            return fs.readlinkSync(`/proc/self/fd/${fd}`) === file
          } catch {
            return false
          }
        }).length
      if (!onLinux) return
      yield* Effect.sync(() => assert.strictEqual(opened(), 1)).pipe(exportingTo(exporter({ path: file })))
      assert.strictEqual(opened(), 0)
    }))

  it.live.skipIf(!onLinux)(
    "counts spans that a full disk refuses, logs it once, and the program continues",
    () =>
      withOutput((output) =>
        Effect.gen(function*() {
          const [value, [status]] = yield* Effect.gen(function*() {
            for (let i = 0; i < 3; i++) {
              yield* one()
              yield* AgentOps.flush()
            }
            return ["result", yield* AgentOps.status] as const
          }).pipe(exportingTo(exporter({ path: "/dev/full" })))
          assert.strictEqual(value, "result")
          assert.deepStrictEqual(counts(status), { name: "file", delivered: 0, pending: 0, dropped: { disk_error: 3 } })
          assert.strictEqual(output.logged.length, 1)
          assert.include(output.logged[0]!, "exporter file is failing: /dev/full")
        })
      )
  )

  it.live("a half-written line damages no other", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const file = path.join(yield* directory, "traces.jsonl")
        let writes = 0
        // The second write is cut short: its first ten bytes are on the disk, then the disk is full.
        const cutting = Layer.effect(
          FileSystem.FileSystem,
          Effect.map(FileSystem.FileSystem, (real) => ({
            ...real,
            open: (...args: Parameters<typeof real.open>) =>
              Effect.map(real.open(...args), (handle) =>
                new Proxy(handle, {
                  get: (target, key) =>
                    key === "write"
                      ? (bytes: Uint8Array) => target.write(++writes === 2 ? bytes.subarray(0, 10) : bytes)
                      : key === "writeAll"
                      ? () => Effect.fail(full)
                      : Reflect.get(target, key, target)
                }))
          }))
        ).pipe(Layer.provide(NodeFileSystem.layer))
        const full = new PlatformError({ _tag: "Unknown", module: "FileSystem", method: "write" } as never)
        const [status] = yield* Effect.gen(function*() {
          for (const name of ["first", "second", "third", "fourth"]) {
            yield* one(name)
            yield* AgentOps.flush()
          }
          return yield* AgentOps.status
        }).pipe(exportingTo(Exporter.file({ path: file }).pipe(Layer.provide(cutting))))
        assert.deepStrictEqual(status, { name: "file", delivered: 3, pending: 0, dropped: { disk_error: 1 } })
        const lines = fs.readFileSync(file, "utf8").split("\n").slice(0, -1)
        assert.strictEqual(lines.length, 4)
        assert.strictEqual(lines[1]!.length, 10)
        assert.deepStrictEqual(
          [lines[0]!, lines[2]!, lines[3]!].flatMap((line) => spansIn(decodeJson(line))).map((span) => span["name"]),
          ["first", "third", "fourth"]
        )
      })
    ))

  describe("an unusable path is a typed error", () => {
    const failure = (file: string) => Effect.flip(one().pipe(exportingTo(exporter({ path: file }))))

    it.live("none", () =>
      Effect.gen(function*() {
        const error = yield* failure("")
        assert.strictEqual(error._tag, "ConfigurationError")
        assert.strictEqual((error as ConfigurationError).field, "path")
      }))

    it.live("a directory", () =>
      Effect.gen(function*() {
        const error = yield* failure(yield* directory)
        assert.strictEqual(error._tag, "PlatformError")
      }))

    it.live("below a file", () =>
      Effect.gen(function*() {
        const file = path.join(yield* directory, "file")
        fs.writeFileSync(file, "")
        const error = yield* failure(path.join(file, "traces.jsonl"))
        assert.strictEqual(error._tag, "PlatformError")
      }))
  })
})
