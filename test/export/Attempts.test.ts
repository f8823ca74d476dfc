/** Exporters that export attempts only if there were several: no span has a parent that is not exported. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schedule } from "effect"
import {
  AgentOps,
  Convention,
  Exporter,
  Session,
  traceAction,
  traceAttempt,
  traceLlmStream,
  traceTool
} from "effect-agentops"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { exportingTo } from "../support/otlp/exporting.ts"
import { withOutput } from "../support/otlp/output.ts"
import { arrived, server } from "../support/otlp/server.ts"

const inner = traceTool(Effect.void.pipe(Effect.withSpan("query")), "lookup")

/** Fails twice, then succeeds. */
const flaky = Effect.suspend(() => {
  let times = 0
  return traceAction(
    Effect.suspend(() => ++times < 3 ? Effect.fail("not yet") : Effect.withSpan(Effect.void, `in ${times}`)).pipe(
      traceAttempt,
      Effect.retry(Schedule.recurs(5))
    ),
    "flaky"
  )
})

const program = Effect.gen(function*() {
  yield* inner
  yield* traceAction(inner, "outer")
  yield* Effect.ignore(traceTool(Effect.fail("no"), "fails"))
  yield* flaky
  yield* Stream.make({ delta: "a" }).pipe(traceLlmStream, Stream.runDrain)
}).pipe(Session.withSession({ name: "s" }))

interface Told {
  readonly name: string
  readonly spanId: string
  readonly parentSpanId?: string | undefined
}

/** Each span with the names of its ancestors. */
const paths = (spans: ReadonlyArray<Told>): ReadonlyArray<string> => {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const pathOf = (span: Told): string => {
    if (span.parentSpanId === undefined) return span.name
    const parent = byId.get(span.parentSpanId)
    assert.isDefined(parent, `${span.name} is inside of a span that is not told`)
    return `${pathOf(parent!)}/${span.name}`
  }
  return spans.map(pathOf).toSorted()
}

const expected = [
  "s",
  "s/agent.action",
  "s/agent.action",
  "s/agent.action/action.execution",
  "s/agent.action/action.execution",
  "s/agent.action/action.execution",
  "s/agent.action/action.execution/in 3",
  "s/agent.action/agent.tool",
  "s/agent.action/agent.tool/query",
  "s/agent.tool",
  "s/agent.tool",
  "s/agent.tool/query",
  "s/llm.completion"
]

describe("attempts: several", () => {
  it.effect("leaves single attempts out, and moves their children to the event", () =>
    Effect.gen(function*() {
      for (const convention of [Convention.standard, Convention.genAi("latest")]) {
        const spans = yield* Effect.andThen(program, Effect.flatMap(Exporter.Memory, ({ spans }) => spans)).pipe(
          Effect.provide(
            Exporter.memory({ attempts: "several", convention }).pipe(
              Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
            )
          )
        )
        assert.strictEqual(spans.length, expected.length)
        if (convention === Convention.standard) assert.deepStrictEqual(paths(spans), expected)
        else paths(spans)
        const numbers = spans.flatMap(({ attributes }) => attributes["agentops.attempt"] ?? [])
        assert.deepStrictEqual(numbers, [1, 2, 3])
        const failed = spans.filter(({ status }) => status.code === "error")
        assert.strictEqual(failed.length, 3)
      }
    }))

  it.live("for each protocol, together with an exporter of all attempts", () =>
    Effect.gen(function*() {
      const [few, all] = [yield* server(), yield* server()]
      const [status] = yield* program.pipe(
        Effect.andThen(AgentOps.flush()),
        exportingTo(
          Exporter.otlp({ name: "few", url: few.url, attempts: "several" }),
          Exporter.otlp({ name: "all", url: all.url })
        )
      )
      const told = (spans: ReturnType<typeof arrived>) => spans as unknown as ReadonlyArray<Told>
      assert.deepStrictEqual(paths(told(arrived(few))), expected)
      assert.strictEqual(arrived(all).length, expected.length + 5)
      assert.isTrue(paths(told(arrived(all))).includes("s/agent.tool/tool.execution/query"))
      assert.deepStrictEqual(status, { name: "few", delivered: expected.length, pending: 0, dropped: {} })
    }))

  it.live("on disk: no attempt counts as unfinished", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const directory = fs.mkdtempSync(path.join(os.tmpdir(), "attempts-"))
        const collector = yield* server()
        const exporter = Exporter.otlp({ url: collector.url, attempts: "several" }).pipe(
          Exporter.durable({ directory })
        )
        yield* program.pipe(exportingTo(exporter))
        yield* Effect.void.pipe(Effect.withSpan("next"), exportingTo(exporter))
        const spans = arrived(collector) as unknown as ReadonlyArray<Told>
        assert.deepStrictEqual(paths(spans), [...expected, "next"].toSorted())
        fs.rmSync(directory, { recursive: true })
      })
    ))

  it.effect("an invalid value is a ConfigurationError", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.void.pipe(exportingTo(Exporter.otlp({ attempts: "some" as never }))))
      assert.strictEqual(error.field, "attempts")
    }))
})

describe("Exporter.agentOps with a closing span", () => {
  const send = (closingSpan: boolean | undefined) =>
    withOutput(() =>
      Effect.gen(function*() {
        const backend = yield* server(({ path }) =>
          path === "/v3/auth/token" ? { body: { token: "t", project_id: "p" } } : {}
        )
        yield* Effect.ignore(
          Session.withSession(Effect.andThen(inner, Effect.fail("late")), { name: "fails", tags: ["a"] })
        ).pipe(
          Effect.andThen(inner),
          exportingTo(Exporter.agentOps({
            apiKey: "b4f1a9e2-6c2d-4e5f-8a7b-0c1d2e3f4a5b",
            apiUrl: backend.url,
            url: `${backend.url}/v1/traces`,
            closingSpan
          }))
        )
        return arrived(backend)
      })
    )

  it.live("ends each session with a span of no duration that has its outcome, and nothing else", () =>
    Effect.gen(function*() {
      const spans = yield* send(true)
      const root = spans.find(({ name }) => name === "fails.session")!
      const ends = spans.filter(({ name }) => name === "end")
      assert.strictEqual(ends.length, 1)
      const [end] = ends
      assert.strictEqual(end!["traceId"], root["traceId"])
      assert.strictEqual(end!["parentSpanId"], root["spanId"])
      assert.strictEqual(end!["startTimeUnixNano"], root["endTimeUnixNano"])
      assert.strictEqual(end!["endTimeUnixNano"], root["endTimeUnixNano"])
      assert.deepStrictEqual(end!["status"], root["status"])
      // AgentOps reads the span that started last.
      const last = spans.filter(({ traceId }) => traceId === root["traceId"]).reduce((a, b) =>
        BigInt(String(a["startTimeUnixNano"])) > BigInt(String(b["startTimeUnixNano"])) ? a : b
      )
      assert.strictEqual(last, end)
    }))

  it.live("has none unless asked", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* send(undefined)).filter(({ name }) => name === "end"), [])
    }))
})
