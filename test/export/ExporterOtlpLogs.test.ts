import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { accounted, exportingTo } from "../support/otlp/exporting.ts"
import { withOutput } from "../support/otlp/output.ts"
import { arrived, arrivedLogs, decode, type Server, server } from "../support/otlp/server.ts"
import type { Message } from "../support/otlp/wire.ts"

/** The program's own logger prints nothing, but must still be called. */
const quiet = <A, E, R>(self: Effect.Effect<A, E, R>) => withOutput(() => self)

const attribute = (record: Message, key: string): unknown =>
  ((record["attributes"] ?? []) as ReadonlyArray<{ readonly key: string; readonly value: Message }>)
    .find((attribute) => attribute.key === key)?.value

const keys = (record: Message): ReadonlyArray<string> =>
  ((record["attributes"] ?? []) as ReadonlyArray<{ readonly key: string }>).map(({ key }) => key)

const both = ({ url }: Server, options?: Exporter.OtlpLogsOptions) =>
  Layer.mergeAll(Exporter.otlp({ url }), Exporter.otlpLogs({ url, ...options }))

const bodies = (collector: Server) => arrivedLogs(collector).map((record) => record["body"])

const eventName = "gen_ai.client.inference.operation.details"

const call = Effect.succeed("Paris").pipe(
  traceLlmWith({
    provider: "openai",
    model: "gpt-4o",
    inputMessages: [{ role: "user", parts: [{ type: "text", content: "the capital of France?" }] }],
    outputMessages: (answer) => [
      { role: "assistant", parts: [{ type: "text", content: answer }], finish_reason: "stop" }
    ]
  })
)

describe("Exporter.otlpLogs", () => {
  it.live("a record has the ids of its span, severity, body, annotations and spans", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const before = yield* Clock.currentTimeNanos
      yield* Effect.gen(function*() {
        yield* Effect.logWarning("out of stock", { order: 7n, tags: ["a"] }).pipe(
          Effect.annotateLogs({ shop: "north", count: 3 }),
          Effect.withLogSpan("checkout")
        )
        yield* Effect.logInfo("in the tool").pipe(traceTool("look"))
      }).pipe(Effect.withSpan("work"), Session.withSession({ name: "shop" }), exportingTo(both(collector)), quiet)
      const spans = arrived(collector)
      const [first, second] = arrivedLogs(collector)
      const work = spans.find(({ name }) => name === "work")!
      assert.strictEqual(first!["traceId"], work["traceId"])
      assert.strictEqual(first!["spanId"], work["spanId"])
      assert.strictEqual(first!["flags"], 3)
      assert.strictEqual(first!["severityNumber"], 13)
      assert.strictEqual(first!["severityText"], "Warn")
      assert.deepStrictEqual(first!["body"], {
        arrayValue: {
          values: [{ stringValue: "out of stock" }, {
            kvlistValue: {
              values: [
                { key: "order", value: { stringValue: "7" } },
                { key: "tags", value: { arrayValue: { values: [{ stringValue: "a" }] } } }
              ]
            }
          }]
        }
      })
      assert.deepStrictEqual(attribute(first!, "shop"), { stringValue: "north" })
      assert.deepStrictEqual(attribute(first!, "count"), { intValue: "3" })
      assert.include(keys(first!), "effect.log_span.checkout")
      assert.include(keys(first!), "session.id")
      const time = BigInt(first!["timeUnixNano"] as string)
      assert.isTrue(time >= before && time >= BigInt(work["startTimeUnixNano"] as string))
      assert.isTrue(time <= BigInt(work["endTimeUnixNano"] as string))
      assert.strictEqual(first!["observedTimeUnixNano"], first!["timeUnixNano"])
      assert.strictEqual(second!["spanId"], spans.find(({ name }) => name === "tool.execution")!["spanId"])
      assert.deepStrictEqual(second!["body"], { stringValue: "in the tool" })
      assert.strictEqual(second!["severityNumber"], 9)
    }))

  it.live("protobuf and JSON bodies carry the same records", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      yield* Effect.all([
        Effect.logError("it \ud83d\ude00 broke", { a: [1, 2.5, null, true, { b: "" }] }),
        Effect.logDebug(42),
        call
      ]).pipe(
        Effect.withSpan("work"),
        exportingTo(
          Exporter.otlpLogs({ url: collector.url, content: "event" }),
          Exporter.otlpLogs({ url: collector.url, content: true, protocol: "json", compression: "gzip", name: "json" })
        ),
        Effect.provideService(References.MinimumLogLevel, "Debug"),
        quiet
      )
      assert.deepStrictEqual(
        collector.received.map(({ headers, path }) => [headers["content-type"], path]).sort(),
        [["application/json", "/v1/logs"], ["application/x-protobuf", "/v1/logs"]]
      )
      const [one, other] = collector.received.map(decode)
      assert.deepStrictEqual(one, other)
      assert.deepStrictEqual(arrivedLogs(collector).slice(0, 3).map((record) => record["severityNumber"]), [17, 5, 5])
    }))

  it.live("nothing is sent without it", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      yield* Effect.log("hello").pipe(
        Effect.withSpan("work"),
        exportingTo(Exporter.otlp({ url: collector.url })),
        quiet
      )
      assert.deepStrictEqual(collector.received.map(({ path }) => path), ["/v1/traces"])
    }))

  it.live("log lines outside a span, unsampled or with tracing off are not sent", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      yield* Effect.gen(function*() {
        yield* Effect.log("outside")
        yield* Effect.log("unsampled").pipe(Effect.withSpan("quiet", { sampled: false }))
        yield* Effect.log("off").pipe(Effect.withTracerEnabled(false), Effect.withSpan("off"))
        yield* Effect.log("inside").pipe(Effect.withSpan("work"))
      }).pipe(exportingTo(both(collector)), quiet)
      assert.deepStrictEqual(bodies(collector), [{ stringValue: "inside" }])
    }))

  it.live("the program's own loggers still work, and two exporters each receive every record", () =>
    Effect.gen(function*() {
      const [a, b] = [yield* server(), yield* server()]
      const logged: Array<unknown> = []
      yield* Effect.log("hello").pipe(
        Effect.withSpan("work"),
        exportingTo(
          Exporter.otlpLogs({ url: a.url, name: "a" }),
          Exporter.otlpLogs({ url: b.url, name: "b" })
        ),
        Effect.provide(Logger.layer([Logger.make(({ message }) => void logged.push(message))]))
      )
      assert.deepStrictEqual(logged, [["hello"]])
      assert.deepStrictEqual(bodies(a), [{ stringValue: "hello" }])
      assert.deepStrictEqual(bodies(b), [{ stringValue: "hello" }])
    }))

  it.live("a planted secret is in no byte of body, annotations, cause or content event", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const secret = "sk-proj-" + "Zx9".repeat(16)
      yield* Effect.gen(function*() {
        yield* Effect.log(`calling with ${secret}`)
        yield* Effect.log("calling", { nested: [{ headers: { authorization: `Bearer ${secret}` } }] })
        yield* Effect.log("annotated").pipe(Effect.annotateLogs({ key: secret, json: `{"a":"${secret}"}` }))
        yield* Effect.fail(new Error(`refused ${secret}`)).pipe(
          Effect.catchCause((cause) => Effect.logError("failed", cause))
        )
        yield* Effect.log("x".repeat(3_000_000) + secret)
        yield* Effect.succeed(`your key is ${secret}`).pipe(
          traceLlmWith({
            model: "gpt-4o",
            outputMessages: (text) => [{ role: "assistant", parts: [{ type: "text", content: text }] }]
          })
        )
      }).pipe(Effect.withSpan("work"), exportingTo(both(collector, { content: "event" })), quiet)
      assert.strictEqual(arrivedLogs(collector).length, 6)
      const logs = collector.received.filter(({ path }) => path === "/v1/logs")
      for (const { body } of logs) assert.isFalse(body.includes("Zx9Zx9"))
      assert.isBelow(logs.reduce((sum, { body }) => sum + body.length, 0), 1_500_000)
    }))

  it.live("the attributes of a record keep to its own limits, and its body to none of them", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const tracing = Exporter.otlpLogs({ url: collector.url }).pipe(
        Layer.provideMerge(
          AgentOps.layer({
            serviceName: "test",
            spanLimits: { attributeCount: 1, attributeValueLength: 10 },
            logLimits: { attributeCount: 2, attributeValueLength: 100 }
          })
        )
      )
      yield* Effect.log("b".repeat(1000), { list: Array.from({ length: 1000 }, (_, i) => i) }).pipe(
        Effect.andThen(Effect.log("t".repeat(1000))),
        Effect.annotateLogs({ a: "x".repeat(1000), b: 1, c: 2 }),
        Effect.withSpan("work"),
        Effect.provide(tracing),
        quiet
      )
      const [structured, text] = arrivedLogs(collector)
      assert.deepStrictEqual(keys(text!), ["effect.fiberId", "a"])
      assert.strictEqual(text!["droppedAttributesCount"], 2)
      assert.deepStrictEqual(attribute(text!, "a"), { stringValue: "x".repeat(100) })
      assert.deepStrictEqual(text!["body"], { stringValue: "t".repeat(1000) })
      assert.isAbove(JSON.stringify(structured!["body"]).length, 4000)
    }))

  it.live("an exception of an event tells its type, and what it says only with content", () =>
    Effect.gen(function*() {
      const told = Effect.fnUntraced(function*(content: boolean) {
        const collector = yield* server()
        yield* Effect.fail(new TypeError("quotes a prompt")).pipe(
          Effect.catchCause((cause) => Effect.logError("failed", cause)),
          traceTool("work"),
          exportingTo(Exporter.otlpLogs({ url: collector.url, content })),
          quiet
        )
        return arrivedLogs(collector)[0]!
      })
      const without = yield* told(false)
      assert.deepStrictEqual(attribute(without, "exception.type"), { stringValue: "TypeError" })
      assert.notInclude(JSON.stringify(without), "quotes a prompt")
      const record = yield* told(true)
      assert.deepStrictEqual(attribute(record, "exception.message"), { stringValue: "quotes a prompt" })
      assert.deepStrictEqual(record["body"], { stringValue: "failed" })
    }))

  it.live("records use the same queue: retried and counted", () =>
    Effect.gen(function*() {
      const collector = yield* server((_, index) => index === 0 ? { status: 503 } : {})
      const status = yield* Effect.gen(function*() {
        yield* Effect.log("one")
        yield* Effect.log("two")
        return yield* AgentOps.flush("20 seconds")
      }).pipe(Effect.withSpan("work"), exportingTo(Exporter.otlpLogs({ url: collector.url })), quiet)
      assert.deepStrictEqual(status, [{ name: "otlp-logs", delivered: 2, pending: 0, dropped: {} }])
      assert.deepStrictEqual(collector.received.map(({ path }) => path), ["/v1/logs", "/v1/logs"])
      assert.deepStrictEqual(decode(collector.received[0]!), decode(collector.received[1]!))
    }))

  it.live("warnings of exporters make no log records", () =>
    Effect.gen(function*() {
      const [collector, broken] = [yield* server(), yield* server(() => ({ status: 404 }))]
      const logged = yield* withOutput(({ logged }) =>
        Effect.gen(function*() {
          yield* Effect.log("one")
          // Its fibers have the session's span around them, and the logger of log records.
          yield* Effect.andThen(Effect.log("two"), AgentOps.flush()).pipe(
            Effect.provide(Exporter.otlpLogs({ url: broken.url, name: "broken" }))
          )
          return logged
        }).pipe(Effect.withSpan("work"), exportingTo(Exporter.otlpLogs({ url: collector.url })))
      )
      assert.isTrue(logged.some((line) => line.startsWith("Warn: effect-agentops: exporter broken")))
      assert.deepStrictEqual(bodies(collector), [{ stringValue: "one" }, { stringValue: "two" }])
    }))

  it.live("rejected records and those dropped by a full queue are counted", () =>
    Effect.gen(function*() {
      const collector = yield* server(() => ({
        body: { partialSuccess: { rejectedLogRecords: "2", errorMessage: "x" } }
      }))
      const status = yield* Effect.gen(function*() {
        for (let i = 0; i < 10; i++) yield* Effect.log(`record ${i}`)
        return yield* AgentOps.flush()
      }).pipe(
        Effect.withSpan("work"),
        exportingTo(Exporter.otlpLogs({ url: collector.url, maxQueueSize: 4, exportInterval: "10 seconds" })),
        quiet
      )
      assert.strictEqual(accounted(status[0]!), 10)
      assert.strictEqual(status[0]!.dropped["rejected"]! % 2, 0)
      assert.isAtLeast(status[0]!.dropped["rejected"]!, 2)
    }))
})

describe("content on events", () => {
  it.live("a model call is one event with the span's ids and structured messages, which the span does not have", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      yield* Effect.all([call, traceTool(Effect.succeed("result"), "search")]).pipe(
        Session.withSession({ name: "chat" }),
        exportingTo(
          Exporter.otlp({ url: collector.url, content: "event" }),
          Exporter.otlpLogs({ url: collector.url, content: "event" })
        ),
        quiet
      )
      const events = arrivedLogs(collector)
      assert.deepStrictEqual(events.map((record) => record["eventName"]), [eventName])
      const span = arrived(collector).find(({ name }) => name === "llm.completion")!
      const [event] = events
      assert.strictEqual(event!["traceId"], span["traceId"])
      assert.strictEqual(event!["spanId"], span["spanId"])
      assert.strictEqual(event!["timeUnixNano"], span["endTimeUnixNano"])
      assert.strictEqual(event!["severityNumber"], 5)
      assert.deepStrictEqual(attribute(event!, "gen_ai.request.model"), { stringValue: "gpt-4o" })
      const [message] = (attribute(event!, "gen_ai.output.messages") as {
        readonly arrayValue: { readonly values: ReadonlyArray<{ readonly kvlistValue: { readonly values: unknown } }> }
      }).arrayValue.values
      assert.deepStrictEqual(message!.kvlistValue.values, [
        { key: "role", value: { stringValue: "assistant" } },
        {
          key: "parts",
          value: {
            arrayValue: {
              values: [{
                kvlistValue: {
                  values: [
                    { key: "type", value: { stringValue: "text" } },
                    { key: "content", value: { stringValue: "Paris" } }
                  ]
                }
              }]
            }
          }
        },
        { key: "finish_reason", value: { stringValue: "stop" } }
      ])
      assert.notInclude(JSON.stringify(arrived(collector)), "Paris")
    }))

  it.live("both: on the span and on the event; none and span: no event", () =>
    Effect.gen(function*() {
      const run = Effect.fnUntraced(function*(content: "none" | "span" | "both") {
        const collector = yield* server()
        yield* call.pipe(
          exportingTo(
            Exporter.otlp({ url: collector.url, content }),
            Exporter.otlpLogs({ url: collector.url, content })
          ),
          quiet
        )
        return [JSON.stringify(arrived(collector)).includes("Paris"), arrivedLogs(collector).length] as const
      })
      assert.deepStrictEqual(yield* run("both"), [true, 1])
      assert.deepStrictEqual(yield* run("span"), [true, 0])
      assert.deepStrictEqual(yield* run("none"), [false, 0])
    }))
})
