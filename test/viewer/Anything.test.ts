/** No content of a span, and no damage to a trace or a database, keeps the viewer from showing the rest. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { Attributes } from "../../src/core/Attribute.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import { encodeTracesJson } from "../../src/otlp/internal/json.ts"
import { readTracesJson } from "../../src/otlp/internal/jsonReader.ts"
import { encodeTraces } from "../../src/otlp/internal/protobuf.ts"
import { readTraces } from "../../src/otlp/internal/requestReader.ts"
import * as Conventions from "../../src/viewer/Conventions.ts"
import * as Diff from "../../src/viewer/Diff.ts"
import { turnsOf } from "../../src/viewer/internal/page/talk.ts"
import * as MemoryStore from "../../src/viewer/MemoryStore.ts"
import * as SqliteStore from "../../src/viewer/SqliteStore.ts"
import * as Text from "../../src/viewer/Text.ts"
import { type SessionView, TraceSink, TraceStore } from "../../src/viewer/TraceStore.ts"
import * as Tree from "../../src/viewer/Tree.ts"
import { session, span, traceId } from "../support/viewer/sessions.ts"

const int = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))
const oneOf = <A>(...values: ReadonlyArray<A>) => Arbitrary.map(int(values.length - 1), (i) => values[i]!)

const deep = "[".repeat(20_000) + "]".repeat(20_000)

const keys = [
  "agentops.event.kind",
  "agentops.attempt",
  "agentops.session.name",
  "agentops.tags",
  "agentops.usage.cost",
  "gen_ai.operation.name",
  "gen_ai.request.model",
  "gen_ai.input.messages",
  "gen_ai.output.messages",
  "gen_ai.system_instructions",
  "gen_ai.usage.input_tokens",
  "gen_ai.usage.output_tokens",
  "gen_ai.response.finish_reasons",
  "gen_ai.tool.name",
  "gen_ai.tool.call.arguments",
  "openinference.span.kind",
  "llm.input_messages.0.message.role",
  "llm.input_messages.0.message.contents.0",
  "ai.operationId",
  "ai.response.toolCalls",
  "langfuse.observation.type",
  "langfuse.observation.usage_details",
  "traceloop.span.kind",
  "session.id",
  "user.id",
  "error.type",
  "__proto__",
  "constructor",
  ""
]

const values: ReadonlyArray<unknown> = [
  "",
  "llm",
  "LLM",
  "tool",
  "chat",
  "agent",
  "session",
  "generation",
  "ai.generateText.doGenerate",
  "constructor",
  "__proto__",
  "\u0000\ud800\u202e\u001b[31m",
  `<img src=x onerror=alert(1)>`,
  "x".repeat(100_000),
  deep,
  `[{"role":"constructor","parts":[{"type":"text","content":{"a":1}}]}]`,
  `[{"role":null,"content":[null,1,[],{}],"tool_calls":{"0":1}}]`,
  `[{"role":"user","parts":[{"type":"tool_call","name":7,"arguments":"{"}]}]`,
  `{"messages":"no","choices":[{}]}`,
  `{"input":"x","output":-1,"total":1e400}`,
  -1,
  1e308,
  0.5,
  true,
  [],
  ["a", "a", ""],
  null
]

const entry = Arbitrary.all({ key: oneOf(...keys), value: oneOf(...values) })
const attributes = Arbitrary.map(
  Arbitrary.all([entry, entry, entry, entry, entry, entry, entry] as const),
  (entries): Attributes => {
    const all: Record<string, unknown> = {}
    for (const { key, value } of entries) {
      Object.defineProperty(all, key, { value, enumerable: true, configurable: true, writable: true })
    }
    return all as Attributes
  }
)

const one = Arbitrary.map(
  Arbitrary.all({
    attributes,
    id: int(6),
    parent: int(6),
    name: oneOf("span", "", "\u0000", "x".repeat(10_000)),
    start: oneOf(0n, 1n, 1_790_000_000_000_000_000n, 2n ** 63n, 2n ** 64n - 1n),
    end: oneOf(0n, 5n, 1_790_000_000_500_000_000n, 2n ** 64n - 1n),
    failed: oneOf(undefined, "", "no", "x".repeat(5_000))
  }),
  ({ attributes, end, failed, id, name, parent, start }): SpanData => ({
    ...span({ id, parent: parent === 0 ? undefined : parent, name, attributes, failed }),
    startTime: start,
    endTime: end
  })
)

const trace = Arbitrary.array(one, { minLength: 1, maxLength: 8 })

/** Everything that is computed from a session to show it. */
const look = (view: SessionView): void => {
  const nodes = Tree.make(view.spans)
  assert.strictEqual(
    Tree.flatten(nodes).reduce((sum, { node }) => sum + 1 + node.attempts.length, 0),
    view.spans.length,
    "each span is shown once"
  )
  for (const turn of turnsOf(nodes)) assert.isString(turn.span.title)
  assert.isString(Text.session(view))
  assert.strictEqual(Diff.make(nodes, nodes).first, -1)
  for (const one of view.spans) assert.lengthOf(Conventions.inEach(one, view.row), 6)
  assert.isBelow(JSON.stringify(view.row).length, 20_000, "a row is small")
  assert.deepStrictEqual(JSON.parse(JSON.stringify(view.row.cost)), view.row.cost)
}

describe("any trace", () => {
  for (const [name, layer] of [["MemoryStore", MemoryStore.layer()], ["SqliteStore", SqliteStore.layer()]] as const) {
    it.effect.prop(`is kept and shown by ${name}`, [trace], ([spans]) =>
      Effect.gen(function*() {
        const sink = yield* TraceSink
        const store = yield* TraceStore
        yield* sink.addSpans(spans)
        yield* sink.addSpans(session(9))
        const ids = new Set(spans.map(({ spanId }) => spanId))
        const { rows } = yield* store.list({})
        assert.lengthOf(rows, 2)
        const found = (yield* store.session(traceId(1)))!
        assert.strictEqual(found.spans.length, ids.size)
        look(found)
        yield* store.stats({})
        yield* store.list({ text: "x" })
      }).pipe(Effect.provide(layer)))
  }

  it.prop("is read alike from protobuf and from JSON", [trace], ([spans]) => {
    const json = readTracesJson(JSON.parse(encodeTracesJson(spans)))
    const bytes = readTraces(encodeTraces(spans))
    assert.deepStrictEqual(json.map(({ spanId }) => spanId), bytes.map(({ spanId }) => spanId))
  })

  it.effect("is a session too over several services, with clocks that disagree", () =>
    Effect.gen(function*() {
      const spans = [
        span({ id: 3, parent: 2, name: "SELECT", service: "orders", at: -5_000 }),
        span({ id: 2, parent: 1, name: "POST /orders", service: "front", at: 60_000 }),
        span({ id: 1, name: "checkout", lasts: 100 })
      ]
      const sink = yield* TraceSink
      for (const one of spans) yield* sink.addSpans([one, one])
      const { row, spans: kept } = (yield* (yield* TraceStore).session(traceId(1)))!
      assert.deepStrictEqual([...row.services].sort(), ["front", "orders", "shop"])
      assert.deepStrictEqual([row.name, row.spans, row.duration], ["checkout", 3, 65_010])
      assert.deepStrictEqual(Tree.flatten(Tree.make(kept)).map(({ depth, node }) => [node.span.name, depth]), [
        ["checkout", 0],
        ["POST /orders", 1],
        ["SELECT", 2]
      ])
    }).pipe(Effect.provide(SqliteStore.layer())))

  it("of 10,000 nested steps becomes a tree quickly", () => {
    const views = Array.from(
      { length: 10_000 },
      (_, i) => span({ id: i + 1, parent: i === 0 ? undefined : i, at: i, lasts: 1 })
    )
    const steps = Tree.flatten(Tree.make(views.map((one) => ({
      ...one,
      start: Number(one.startTime / 1_000_000n),
      category: "span"
    })) as never))
    assert.strictEqual(steps.at(-1)!.depth, 9_999)
  })
})

describe("a database", () => {
  const withFolder = <A, E>(use: (folder: string) => Effect.Effect<A, E>) =>
    Effect.acquireUseRelease(
      Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "viewer-"))),
      use,
      (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
    )

  const filled = (file: string) =>
    Effect.gen(function*() {
      const sink = yield* TraceSink
      for (let i = 1; i <= 100; i++) yield* sink.addSpans(session(i))
    }).pipe(Effect.provide(SqliteStore.layer({ file, maxAge: "36500 days" })), Effect.scoped)

  const hash = (file: string) => createHash("sha256").update(fs.readFileSync(file)).digest("hex")

  const damages: ReadonlyArray<readonly [name: string, damage: (file: string) => void, said: RegExp]> = [
    ["cut in half", (file) => fs.truncateSync(file, Math.floor(fs.statSync(file).size / 2)), /damaged/],
    ["cut in its first page", (file) => fs.truncateSync(file, 1_000), /damaged/],
    ["of which the header was overwritten", (file) => {
      const handle = fs.openSync(file, "r+")
      fs.writeSync(handle, "overwritten by something else", 0)
      fs.closeSync(handle)
    }, /damaged/],
    ["of which the first page was overwritten", (file) => {
      const handle = fs.openSync(file, "r+")
      fs.writeSync(handle, Buffer.alloc(3_900, 0xff), 0, 3_900, 100)
      fs.closeSync(handle)
    }, /damaged|not read/],
    ["in which a table is missing", (file) => {
      const database = new DatabaseSync(file)
      database.exec("drop table drafts")
      database.close()
    }, /damaged/],
    ["of another version", (file) => {
      const database = new DatabaseSync(file)
      database.exec("pragma user_version = 99")
      database.close()
    }, /another version/],
    ["of another program", (file) => {
      fs.rmSync(file)
      const database = new DatabaseSync(file)
      database.exec("create table mine (a); insert into mine values (1)")
      database.close()
    }, /another program/],
    ["that is a text", (file) => fs.writeFileSync(file, "somebody needs this ".repeat(1_000)), /damaged/]
  ]
  for (const [name, damage, said] of damages) {
    it.effect(`${name} is told of, and left as it is`, () =>
      withFolder((folder) =>
        Effect.gen(function*() {
          const file = path.join(folder, "traces.db")
          yield* filled(file)
          damage(file)
          const before = hash(file)
          const error = yield* TraceStore.pipe(
            Effect.flatMap((store) => store.list({})),
            Effect.provide(SqliteStore.layer({ file })),
            Effect.flip
          )
          assert.match(error.message, said)
          assert.notInclude(error.message, "    at ")
          assert.strictEqual(hash(file), before)
          assert.deepStrictEqual(fs.readdirSync(folder), ["traces.db"])
        })
      ))
  }

  it.effect("is bounded in log records of which no session came, too", () =>
    withFolder((folder) =>
      Effect.gen(function*() {
        const file = path.join(folder, "traces.db")
        const log = {
          spanId: "",
          time: 1_000_000_000n,
          severityNumber: 9,
          severityText: "INFO",
          eventName: undefined,
          body: "old",
          attributes: {},
          resource: { attributes: {} }
        }
        yield* Effect.flatMap(TraceSink, (sink) => sink.addLogs([{ ...log, traceId: traceId(500) }])).pipe(
          Effect.provide(SqliteStore.layer({ file })),
          Effect.scoped
        )
        yield* TraceStore.pipe(Effect.provide(SqliteStore.layer({ file })), Effect.scoped)
        const database = new DatabaseSync(file)
        assert.strictEqual(database.prepare("select count(*) as n from logs").get()?.["n"], 1)
        database.close()
      })
    ))
})
