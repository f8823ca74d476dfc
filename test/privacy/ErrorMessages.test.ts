/** With content off: which error messages are exported, and what is always exported. */
import { assert, describe, it } from "@effect/vitest"
import { Data, Effect, Layer } from "effect"
import {
  AgentOps,
  type Content,
  Convention,
  Exporter,
  Session,
  traceAction,
  traceAgent,
  traceTool
} from "effect-agentops"
import { exportingTo } from "../support/otlp/exporting.ts"
import { withOutput } from "../support/otlp/output.ts"
import { arrivedLogs, decode, server } from "../support/otlp/server.ts"

const secret = "the patient is Ada Quill"

class Refused extends Data.TaggedError("Refused")<{ readonly message: string; readonly cause?: unknown }> {}
class Outer extends Data.TaggedError("Outer")<{ readonly message: string; readonly cause?: unknown }> {}

const failing = Effect.suspend(() => Effect.fail(new Refused({ message: secret })))
const span = <A, E>(effect: Effect.Effect<A, E>) => Effect.withSpan(effect, "plain")

const spansOf = (
  program: Effect.Effect<unknown, unknown>,
  errors?: Content.ErrorPolicy,
  convention = Convention.standard
) =>
  Effect.exit(program).pipe(
    Effect.andThen(Effect.flatMap(Exporter.Memory, ({ spans }) => spans)),
    Effect.provide(
      Exporter.memory({ content: false, errors, convention }).pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      )
    )
  )

const says = (value: unknown): boolean =>
  JSON.stringify(value, (_, item) => typeof item === "bigint" ? String(item) : item).includes("Ada Quill")

type Row = readonly [title: string, Effect.Effect<unknown, unknown>, outside: boolean]

const rows: ReadonlyArray<Row> = [
  ["a plain span", span(failing), true],
  ["a defect", span(Effect.die(new Error(secret))), true],
  ["an error that is a text", span(Effect.fail(secret)), true],
  ["a plain span in a session", span(failing).pipe(Session.withSession({ name: "s" })), true],
  ["a session itself", failing.pipe(Session.withSession({ name: "s" })), true],
  ["a service that was traced beside an event", Effect.andThen(traceTool(Effect.void, "t"), span(failing)), true],
  ["a tool", traceTool(failing, "t"), false],
  ["an action", traceAction(failing, "a"), false],
  ["an agent", traceAgent(failing, "a"), false],
  ["a plain span inside of a tool", traceTool(span(failing), "t"), false],
  ["what was caught inside of a tool", traceTool(Effect.ignore(span(failing)), "t"), false],
  ["a plain span around a tool", span(traceTool(failing, "t")), false],
  ["a session around a tool", traceTool(failing, "t").pipe(Session.withSession({ name: "s" })), false],
  [
    "an error that a tool's error became",
    span(
      traceTool(failing, "t").pipe(Effect.mapError((cause) => new Outer({ message: "it did not work", cause })))
    ),
    false
  ],
  [
    "one that quotes it",
    span(
      traceTool(failing, "t").pipe(Effect.mapError(({ message }) => new Outer({ message: `no: ${message}` })))
    ),
    false
  ],
  ["a text that quotes it", span(traceTool(failing, "t").pipe(Effect.mapError(({ message }) => message))), false],
  [
    "a tool's error, raised again elsewhere",
    Effect.flip(traceTool(failing, "t")).pipe(
      Effect.flatMap((error) => span(Effect.fail(error)))
    ),
    false
  ],
  [
    "one that it caused, raised elsewhere",
    Effect.flip(traceTool(failing, "t")).pipe(
      Effect.flatMap((cause) => span(Effect.fail(new Outer({ message: "wrapped", cause }))))
    ),
    false
  ],
  ["a tool that is not sampled", span(traceTool(failing, "t").pipe(Effect.withSpan("off", { sampled: false }))), false]
]

describe("the message of an error, with content off", () => {
  it.effect.each(rows)("is exported or not for %s", ([, program, outside]) =>
    Effect.gen(function*() {
      assert.strictEqual(says(yield* spansOf(program)), outside)
      assert.isFalse(says(yield* spansOf(program, "none")))
      assert.isTrue(says(yield* spansOf(program, "all")) || program === rows.at(-1)![1])
      for (
        const convention of [
          Convention.agentOps,
          Convention.openInference,
          Convention.genAi("latest"),
          Convention.langfuse
        ]
      ) {
        assert.strictEqual(says(yield* spansOf(program, "outside", convention)), outside, convention.name)
      }
    }))

  it.effect("leaves the error's type, the types of its causes and its place exported", () =>
    Effect.gen(function*() {
      const root = new RangeError(secret)
      const middle = new Refused({
        message: `${secret}\n    at the hospital\n    [cause]: Ada Quill: was here`,
        cause: root
      })
      const spans = yield* spansOf(traceTool(Effect.fail(new Outer({ message: secret, cause: middle })), "t"))
      assert.isFalse(says(spans))
      const exception = spans[0]!.events.find(({ name }) => name === "exception")!
      assert.strictEqual(exception.attributes["exception.type"], "Outer")
      const lines = String(exception.attributes["exception.stacktrace"]).split("\n")
      assert.strictEqual(lines[0], "Outer")
      assert.deepStrictEqual(lines.filter((line) => line.includes("[cause]")).map((line) => line.trim()), [
        "[cause]: Refused",
        "[cause]: RangeError"
      ])
      assert.isTrue(lines.some((line) => /^\s+at .*ErrorMessages\.test\.ts:\d+:\d+/.test(line)))
      assert.deepStrictEqual(spans[0]!.status, { code: "error", message: "Outer" })
      assert.isFalse(lines.some((line) => line.includes("hospital")))
    }))

  it.effect("ends for causes that form a cycle or cannot be read", () =>
    Effect.gen(function*() {
      const round = new Outer({ message: secret })
      Object.assign(round, { cause: round })
      const hostile = new Outer({ message: secret })
      Object.defineProperty(hostile, "cause", {
        get: () => {
          throw new Error("no")
        }
      })
      for (const error of [round, hostile]) {
        assert.isFalse(says(yield* spansOf(traceTool(Effect.fail(error), "t"))))
      }
    }))

  it.live("is treated equally in log records", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const run = Effect.fnUntraced(function*(errors: Content.ErrorPolicy | undefined) {
          const collector = yield* server()
          yield* Effect.gen(function*() {
            yield* span(Effect.tapCause(failing, (cause) => Effect.logError("outside", cause)))
          }).pipe(
            Effect.ignore,
            Effect.andThen(
              Effect.ignore(traceTool(Effect.tapCause(failing, (cause) => Effect.logError("inside", cause)), "t"))
            ),
            exportingTo(Exporter.otlpLogs({ url: collector.url, errors }))
          )
          assert.isAbove(collector.received.map(decode).length, 0)
          return arrivedLogs(collector).map(says)
        })
        assert.deepStrictEqual(yield* run(undefined), [true, false])
        assert.deepStrictEqual(yield* run("all"), [true, true])
        assert.deepStrictEqual(yield* run("none"), [false, false])
      })
    ))

  it.effect("has an option whose invalid values are reported", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        Effect.void.pipe(exportingTo(Exporter.otlp({ errors: "some" as never })))
      )
      assert.strictEqual(error.field, "errors")
    }))
})
