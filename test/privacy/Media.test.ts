import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { NetworkClock } from "../../src/export/internal/register.ts"
import * as Message from "../../src/model/Message.ts"
import * as Content from "../../src/privacy/Content.ts"
import { sha256, sha256Portable } from "../../src/privacy/internal/sha256.ts"
import * as LlmEvent from "../../src/trace/LlmEvent.ts"
import * as Sampler from "../../src/trace/Sampler.ts"
import * as ToolEvent from "../../src/trace/ToolEvent.ts"
import { elapse } from "../support/delivery/scripted.ts"
import { withLog } from "../support/delivery/withLog.ts"

const png = new Uint8Array(900)
png.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d])
for (let i = 12; i < png.length; i++) png[i] = (i * 7919 + (i >> 3)) % 251
const base64 = Buffer.from(png).toString("base64")
const hash = createHash("sha256").update(png).digest("hex")

const inMemory = () => {
  const kept: Array<Content.Media> = []
  const store: Content.MediaStore = {
    uri: ({ sha256 }) => `s3://media/${sha256.slice(0, 8)}`,
    put: (media) => Effect.sync(() => void kept.push(media))
  }
  return { kept, store }
}

const uri = `s3://media/${hash.slice(0, 8)}`

/** Runs a program and returns the content of its spans as text, and the counts of the media. */
const run = (
  program: Effect.Effect<unknown, unknown>,
  media: Content.MediaOptions,
  options: Partial<AgentOps.Options> & { readonly content?: Content.Policy } = {}
) =>
  Effect.gen(function*() {
    yield* Effect.exit(program)
    const status = yield* AgentOps.flush()
    const spans = yield* (yield* Exporter.Memory).spans
    return { spans, text: JSON.stringify(spans.map(({ attributes }) => attributes)), status }
  }).pipe(Effect.provide(
    Exporter.memory({ content: options.content ?? "span" }).pipe(
      Layer.provideMerge(AgentOps.layer({ serviceName: "test", ...options, media: Content.media(media) }))
    )
  ))

const tool = (result: unknown) =>
  Effect.succeed(result).pipe(ToolEvent.traceTool("shoot", { result: (value) => value }))

describe("the library's own SHA-256", () => {
  it.prop("equals the runtime's", [Arbitrary.schema(Schema.Array(Schema.Int.check(Schema.isBetween({
    minimum: 0,
    maximum: 255
  }))))], ([numbers]) => {
    for (const bytes of [Uint8Array.from(numbers), new Uint8Array(numbers.length + 50), png]) {
      assert.strictEqual(sha256Portable(bytes), createHash("sha256").update(bytes).digest("hex"))
      assert.strictEqual(sha256(bytes), sha256Portable(bytes))
    }
  })
})

describe("media", () => {
  const note = `[image/png, 900 bytes, sha256 ${hash}, ${uri}]`
  const cases: ReadonlyArray<readonly [name: string, value: unknown, type: string]> = [
    ["an image of MCP", {
      content: [{ type: "text", text: "beside" }, { type: "image", data: base64, mimeType: "image/png" }]
    }, "image/png"],
    ["a resource of MCP", { contents: [{ uri: "beside", mimeType: "image/png", blob: base64 }] }, "image/png"],
    ["a data URL in Markdown", `beside ![](data:image/png;base64,${base64}) beside`, "image/png"],
    ["an answer of an image API", { note: "beside", data: [{ b64_json: base64 }] }, "image/png"],
    ["base64 for URLs", { note: "beside", image: Buffer.from(png).toString("base64url") }, "image/png"],
    ["a source of Anthropic's", {
      note: "beside",
      source: { type: "base64", media_type: "image/png", data: base64 }
    }, "image/png"],
    ["bytes", { note: "beside", image: png }, "image/png"],
    ["a Buffer", { note: "beside", image: Buffer.from(png) }, "image/png"],
    ["an ArrayBuffer", { note: "beside", image: png.buffer.slice(0) }, "image/png"],
    ["a Buffer as JSON, with its type", {
      note: "beside",
      image: { mediaType: "image/png", data: Buffer.from(png).toJSON() }
    }, "image/png"],
    ["JSON in text", { note: "beside", text: JSON.stringify({ data: base64 }) }, "image/png"],
    [
      "a view with its type",
      { note: "beside", file: { mimeType: "image/png", data: new DataView(png.buffer) } },
      "image/png"
    ]
  ]
  it.effect.each(cases)("are removed from a tool's result: %s", ([, value, type]) =>
    Effect.gen(function*() {
      const { kept, store } = inMemory()
      const { spans, status, text } = yield* run(tool(value), { store })
      assert.deepStrictEqual(
        kept.map(({ bytes, mimeType, sha256 }) => [Buffer.from(bytes).equals(png), mimeType, sha256]),
        [
          [true, type, hash]
        ]
      )
      assert.include(text, note)
      assert.include(text, "beside")
      assert.notInclude(text, base64.slice(40, 80))
      assert.isTrue(spans.some(({ spanId, traceId }) => spanId === kept[0]!.spanId && traceId === kept[0]!.traceId))
      assert.deepStrictEqual(status.find(({ name }) => name === "media"), {
        name: "media",
        delivered: 1,
        pending: 0,
        dropped: {}
      })
    }))

  it.effect("are parts by reference in messages, and equal content is stored once", () =>
    Effect.gen(function*() {
      const { kept, store } = inMemory()
      const image = { type: "blob", modality: "image", mime_type: "image/png", content: base64 } as const
      const url = { type: "uri", modality: "image", uri: `data:image/png;base64,${base64}` } as const
      const call = Effect.void.pipe(LlmEvent.traceLlmWith({
        inputMessages: [Message.user([Message.text("what is this"), image, url])]
      }))
      const { text } = yield* run(Effect.repeat(call, { times: 3 }), { store })
      assert.lengthOf(kept, 1)
      const part = JSON.stringify({
        type: "uri",
        modality: "image",
        mime_type: "image/png",
        uri,
        sha256: hash,
        size: 900
      })
      assert.strictEqual(text.split(JSON.stringify(part).slice(1, -1)).length, 1 + 2 * 4)
      assert.include(text, "what is this")
    }))

  it.effect("are not stored if no exporter writes content or the span is not sampled", () =>
    Effect.gen(function*() {
      for (const options of [{ content: "none" }, { sampler: Sampler.never }] as const) {
        const { kept, store } = inMemory()
        const { text } = yield* run(tool({ image: png }), { store }, options)
        assert.deepStrictEqual(kept, [])
        assert.notInclude(text, uri)
      }
    }))

  it.effect("are complete for the hook, and not stored if the hook removes them", () =>
    Effect.gen(function*() {
      const { kept, store } = inMemory()
      const seen: Array<string> = []
      yield* run(tool({ image: base64 }), { store }, {
        contentHook: ({ fields }) => {
          seen.push(JSON.stringify(fields))
          return { fields: { result: undefined } }
        }
      })
      assert.include(seen.join(), base64)
      assert.deepStrictEqual(kept, [])
    }))

  it.effect("without room are noted and counted", () =>
    withLog((log) =>
      Effect.gen(function*() {
        const { kept, store } = inMemory()
        const { status, text } = yield* run(tool({ image: png }), { store, maxBytes: 800 })
        assert.deepStrictEqual(kept, [])
        assert.include(text, "[image/png, 900 bytes]")
        assert.deepStrictEqual(status.find(({ name }) => name === "media")?.dropped, { queue_full: 1 })
        assert.deepStrictEqual(log, [])
      })
    ))

  it.effect("that cannot be stored are retried, then counted and reported", () =>
    withLog((log) =>
      Effect.gen(function*() {
        let tries = 0
        const store: Content.MediaStore = {
          uri: () => uri,
          put: () => Effect.suspend(() => Effect.fail(new Error(`no room ${++tries}`)))
        }
        const fiber = yield* Effect.forkChild(Effect.provide(
          run(tool({ image: png }), { store }),
          Layer.effect(NetworkClock, Clock.Clock)
        ))
        while (fiber.pollUnsafe() === undefined) yield* elapse("500 millis")
        const { status } = yield* Fiber.join(fiber)
        assert.strictEqual(tries, 5)
        assert.deepStrictEqual(status.find(({ name }) => name === "media")?.dropped, { store_failed: 1 })
        assert.deepStrictEqual(log, ["effect-agentops: exporter media is failing: no room 5"])
      })
    ))

  it.effect("never disturb the program, whatever the store does", () =>
    withLog(() =>
      Effect.gen(function*() {
        const { text } = yield* run(tool({ image: png }), {
          store: {
            uri: () => {
              throw new Error("no name")
            },
            put: () => Effect.die("broken")
          }
        })
        assert.include(text, "[image/png, 900 bytes]")
        const { status } = yield* run(tool({ image: png }), {
          store: { uri: () => uri, put: () => Effect.die("broken") }
        })
        assert.deepStrictEqual(status.find(({ name }) => name === "media")?.dropped, { defect: 1 })
      })
    ))

  it.effect("reject an invalid limit", () =>
    Effect.gen(function*() {
      for (const maxBytes of [0, -1, NaN]) {
        const error = yield* Effect.flip(run(Effect.void, { store: inMemory().store, maxBytes }))
        assert.include(String(error), "media.maxBytes")
      }
    }))
})

describe("stores", () => {
  it.live("a directory has a file named by its hash, readable by its user only", () =>
    Effect.gen(function*() {
      const path = Path.join(Fs.mkdtempSync(Path.join(Os.tmpdir(), "media-")), "deep")
      const { text } = yield* run(tool({ image: png }), { store: Content.directoryStore({ path }) })
      const file = Path.join(path, `${hash}.png`)
      assert.deepStrictEqual(Fs.readdirSync(path), [`${hash}.png`])
      assert.deepStrictEqual(new Uint8Array(Fs.readFileSync(file)), png)
      assert.strictEqual(Fs.statSync(file).mode & 0o777, 0o600)
      const told = /file:[^\]]*/.exec(text)![0]
      assert.strictEqual(fileURLToPath(told), file)
      const { ino } = Fs.statSync(file)
      yield* run(tool({ image: png }), { store: Content.directoryStore({ path }) })
      assert.strictEqual(Fs.statSync(file).ino, ino, "what is there is not written again")
      Fs.rmSync(path, { recursive: true })
    }))

  it.live("a server gets one PUT for each content, with your own headers", () =>
    Effect.gen(function*() {
      const got: Array<readonly [string | undefined, string | undefined, string | undefined, number]> = []
      const answers = [409, 302, 200]
      const server = Http.createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => {
          const { authorization, "content-type": type } = request.headers
          got.push([request.url, authorization, type, Buffer.concat(chunks).length])
          response.writeHead(answers.shift()!, { location: "/elsewhere" }).end("x")
        })
      })
      yield* Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void)))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/media/`
      const store = Content.httpStore({
        url,
        headers: ({ sha256 }, target) => Effect.succeed({ authorization: `signed ${sha256.length} ${target.length}` }),
        baseUrl: "s3://bucket"
      })
      const { status, text } = yield* run(tool({ image: png }), { store })
      assert.deepStrictEqual(status.find(({ name }) => name === "media")?.delivered, 1)
      assert.include(text, `s3://bucket/${hash}.png`)
      const media = { bytes: png, mimeType: "image/png", sha256: hash, traceId: "", spanId: "", sessionId: undefined }
      const error = yield* Effect.exit(store.put(media))
      assert.strictEqual(error._tag, "Failure", "a redirect is not followed")
      yield* store.put(media)
      const put = [`/media/${hash}.png`, `signed 64 ${`${url}${hash}.png`.length}`, "image/png", 900] as const
      assert.deepStrictEqual(got, [put, put, put])
      server.close()
    }))
})
