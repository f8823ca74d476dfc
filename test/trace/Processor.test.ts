import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Tracer } from "effect"
import { AgentOps, Exporter, Processor, Session, type Span, TailSampler, traceTool } from "effect-agentops"
import { exportingTo } from "../support/otlp/exporting.ts"
import { withOutput } from "../support/otlp/output.ts"
import { arrived, arrivedLogs, decode, server } from "../support/otlp/server.ts"

const attributesOf = (message: { readonly [key: string]: unknown }) =>
  Object.fromEntries(
    (message["attributes"] as ReadonlyArray<{ readonly key: string; readonly value: object }>).map((
      { key, value }
    ) => [key, Object.values(value)[0]])
  )

describe("Processor.spans", () => {
  it.live("what it writes at the start goes to every exporter, and it sees starts and ends in order", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const seen: Array<string> = []
      const first = Processor.spans({
        onStart: (span) => {
          seen.push(`1 start ${span.name}`)
          span.attribute("order", "first")
          span.event("begun", span.startTime, { by: "processor" })
          span.addLinks([{
            span: Tracer.externalSpan({ traceId: "a".repeat(32), spanId: "b".repeat(16) }),
            attributes: {}
          }])
        },
        onEnd: (span) => {
          seen.push(`1 end ${span.name}`)
          span.attribute("late", true)
        }
      })
      const second = Processor.spans({ onStart: (span) => span.attribute("order", "second") })
      const spans = yield* traceTool(Effect.void, "search").pipe(
        Effect.andThen(Effect.flatMap(Exporter.Memory, (memory) => memory.spans)),
        exportingTo(
          Layer.mergeAll(Exporter.memory(), Exporter.otlp({ url: collector.url })).pipe(
            Layer.provideMerge(second),
            Layer.provideMerge(first)
          )
        )
      )
      assert.deepStrictEqual(seen, [
        "1 start agent.tool",
        "1 start tool.execution",
        "1 end tool.execution",
        "1 end agent.tool"
      ])
      assert.strictEqual(spans.length, 2)
      for (const span of spans) {
        assert.strictEqual(span.attributes["order"], "second")
        assert.isFalse("late" in span.attributes)
        assert.deepStrictEqual(span.events.map(({ name }) => name), ["begun"])
        assert.deepStrictEqual(span.links.map(({ spanId }) => spanId), ["b".repeat(16)])
      }
      for (const span of arrived(collector)) assert.strictEqual(attributesOf(span)["order"], "second")
    }))

  it.effect("is made by an effect, flushed with the rest, and let go with its layer; it has no line in the status", () =>
    Effect.gen(function*() {
      const calls: Array<string> = []
      const processor = Processor.spans(Effect.acquireRelease(
        Effect.sync((): Processor.SpanProcessor => ({
          onEnd: ({ name }) => calls.push(name),
          flush: Effect.sync(() => calls.push("flush"))
        })),
        () => Effect.sync(() => calls.push("closed"))
      ))
      yield* Effect.gen(function*() {
        yield* Effect.void.pipe(Effect.withSpan("inside"), Effect.provide(processor))
        yield* Effect.void.pipe(Effect.withSpan("outside"))
        yield* Effect.void.pipe(
          Effect.withSpan("again"),
          Effect.andThen(AgentOps.flush()),
          Effect.tap((status) => Effect.sync(() => assert.deepStrictEqual(status, []))),
          Effect.provide(processor)
        )
      }).pipe(Effect.provide(AgentOps.layer({ serviceName: "test" })))
      assert.deepStrictEqual(calls, ["inside", "closed", "again", "flush", "closed"])
    }))

  it.effect("one that throws harms neither the program nor later processors", () =>
    Effect.gen(function*() {
      const names: Array<string> = []
      const bad = Processor.spans({
        onStart: () => {
          throw new Error("no")
        },
        onEnd: () => {
          throw new Error("no")
        }
      })
      const value = yield* Effect.succeed(1).pipe(
        Effect.withSpan("work"),
        Effect.provide(
          Processor.spans({ onEnd: ({ name }) => names.push(name) }).pipe(
            Layer.provideMerge(bad),
            Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
          )
        )
      )
      assert.strictEqual(value, 1)
      assert.deepStrictEqual(names, ["work"])
    }))

  it.effect("sees spans before the tail sampler decides", () =>
    Effect.gen(function*() {
      const names: Array<string> = []
      const layer = Layer.merge(
        Processor.spans({ onStart: ({ name }) => names.push(name) }),
        Exporter.memory()
      ).pipe(
        Layer.provideMerge(TailSampler.layer({ keep: () => false })),
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
      yield* Effect.void.pipe(Effect.withSpan("work"), Effect.provide(layer))
      assert.deepStrictEqual(names, ["work"])
    }))

  it.effect("an unsampled span is not passed on", () =>
    Effect.gen(function*() {
      const names: Array<string> = []
      yield* Effect.void.pipe(
        Effect.withSpan("out", { sampled: false }),
        Effect.andThen(Effect.void.pipe(Effect.withSpan("in"))),
        Effect.provide(
          Processor.spans({ onStart: (span: Span.Span) => names.push(span.name) }).pipe(
            Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
          )
        )
      )
      assert.deepStrictEqual(names, ["in"])
    }))
})

describe("Processor.logRecords", () => {
  const logging = Effect.gen(function*() {
    yield* Effect.log("hello")
    yield* Effect.logDebug("dropped").pipe(Effect.annotateLogs("drop", true))
    yield* Effect.logError("two", { parts: 2 })
  }).pipe(Effect.annotateLogs("kept", "yes"), Session.withSession({ name: "s" }))

  it.live("changes a record, leaves one out, and the next sees what the one before made", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const collector = yield* server()
        const first = Processor.logRecords((record) =>
          record.attributes["drop"] === true
            ? undefined
            : {
              ...record,
              message: [record.message, "seen"].flat(),
              attributes: { ...record.attributes, tenant: "blue" }
            }
        )
        const second = Processor.logRecords((record) => ({
          ...record,
          level: record.attributes["tenant"] === "blue" ? "Warn" : record.level,
          time: 5n,
          // A processor cannot change the span of a record.
          span: Tracer.externalSpan({ traceId: "0", spanId: "0" })
        }))
        yield* logging.pipe(exportingTo(
          Layer.merge(Exporter.otlpLogs({ url: collector.url }), Exporter.otlp({ url: collector.url })).pipe(
            Layer.provideMerge(second),
            Layer.provideMerge(first)
          )
        ))
        const records = arrivedLogs(collector)
        const [root] = arrived(collector)
        assert.strictEqual(records.length, 2)
        for (const record of records) {
          assert.strictEqual(record["traceId"], root!["traceId"])
          assert.strictEqual(record["spanId"], root!["spanId"])
          assert.strictEqual(record["severityNumber"], 13)
          assert.strictEqual(record["timeUnixNano"], "5")
          assert.strictEqual(attributesOf(record)["tenant"], "blue")
          assert.strictEqual(attributesOf(record)["kept"], "yes")
          assert.include(JSON.stringify(record["body"]), "seen")
        }
      })
    ))

  it.live("one that throws leaves the record unchanged, and its additions are redacted", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const collector = yield* server()
        const key = "sk-ant-api03-" + "a1B2".repeat(20)
        const layer = Exporter.otlpLogs({ url: collector.url }).pipe(
          Layer.provideMerge(Processor.logRecords((record) => ({ ...record, attributes: { note: `key ${key}` } }))),
          Layer.provideMerge(Processor.logRecords(() => {
            throw new Error("no")
          }))
        )
        yield* Effect.log("hello").pipe(Effect.withSpan("work"), exportingTo(layer))
        const [record] = arrivedLogs(collector)
        assert.deepStrictEqual(record!["body"], { stringValue: "hello" })
        assert.notInclude(JSON.stringify(collector.received.map(decode)), key)
        assert.include(String(attributesOf(record!)["note"]), "key")
      })
    ))
})

describe("AgentOps.withInstrumentationScope", () => {
  const library = { name: "my-db", version: "2.1.0", attributes: { pool: "main", size: 2 } }

  it.live("spans and log records of a library are under its name, version and attributes, in one request", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const collector = yield* server()
        const inner = Effect.log("connected").pipe(
          Effect.withSpan("query"),
          AgentOps.withInstrumentationScope({ name: "pool" })
        )
        yield* inner.pipe(
          Effect.andThen(traceTool(Effect.void, "lookup")),
          AgentOps.withInstrumentationScope(library),
          Session.withSession({ name: "s" }),
          exportingTo(Exporter.otlp({ url: collector.url }), Exporter.otlpLogs({ url: collector.url }))
        )
        const groups = collector.received.map(decode).flatMap((request) =>
          Object.values(request).flatMap((resources) =>
            (resources as ReadonlyArray<Record<string, unknown>>).flatMap((resource) =>
              (resource["scopeSpans"] ?? resource["scopeLogs"]) as ReadonlyArray<Record<string, never>>
            )
          )
        )
        const told = groups.map(({ logRecords, scope, spans }) => [
          scope!["name"],
          ((spans ?? []) as ReadonlyArray<{ readonly name: string }>).map(({ name }) => name),
          ((logRecords ?? []) as ReadonlyArray<unknown>).length
        ])
        assert.sameDeepMembers(told, [
          ["pool", ["query"], 0],
          ["my-db", ["tool.execution", "agent.tool"], 0],
          ["effect-agentops", ["s"], 0],
          ["pool", [], 1]
        ])
        const mine = groups.find(({ scope }) => scope!["name"] === "my-db")!
        assert.deepStrictEqual(mine["scope"] as unknown, {
          name: "my-db",
          version: "2.1.0",
          attributes: [{ key: "pool", value: { stringValue: "main" } }, { key: "size", value: { intValue: "2" } }]
        })
      })
    ))

  it.effect("keeps parents, sessions and totals, and does nothing without a layer", () =>
    Effect.gen(function*() {
      const scoped = traceTool(Effect.currentSpan, "search").pipe(AgentOps.withInstrumentationScope(library))
      const program = Session.withSession(
        Effect.gen(function*() {
          const span = yield* scoped
          const session = yield* Session.Session
          return [Option.isSome(span.parent), (yield* session.summary).toolCalls] as const
        }),
        { name: "s" }
      )
      assert.deepStrictEqual(yield* program, [true, 1])
      const spans = yield* program.pipe(
        Effect.andThen(Effect.flatMap(Exporter.Memory, (memory) => memory.spans)),
        Effect.provide(Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))))
      )
      const root = spans.find(({ name }) => name === "s")!
      const tool = spans.find(({ name }) => name === "agent.tool")!
      assert.strictEqual(tool.parentSpanId, root.spanId)
      assert.strictEqual(tool.attributes["session.id"], root.attributes["session.id"])
      assert.deepStrictEqual([root.scope.name, tool.scope.name], ["effect-agentops", "my-db"])
    }))
})
