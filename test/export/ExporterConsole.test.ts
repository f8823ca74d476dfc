import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as AgentOps from "../../src/AgentOps.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { formatTree } from "../../src/export/internal/backend/consoleTree.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { exportingTo, many, one } from "../support/otlp/exporting.ts"
import { withOutput } from "../support/otlp/output.ts"
import { makeSpan } from "../support/otlp/spans.ts"

const traceId = "0af7651916cd43dd8448eb211c80319c"
const start = 1_762_000_000_000_000_000n

/** A span with this duration in milliseconds, and the numbers of its parent and of itself. */
const span = (name: string, number: number, parent: number | undefined, fields: Partial<SpanData> = {}): SpanData =>
  makeSpan({
    name,
    spanId: number.toString(16).padStart(16, "0"),
    parentSpanId: parent?.toString(16).padStart(16, "0"),
    startTime: start + BigInt(number) * 1_000_000n,
    endTime: start + BigInt(number) * 1_000_000n + 1_500_000n,
    ...fields
  })

const session: ReadonlyArray<SpanData> = [
  span("llm.completion", 2, 1, {
    endTime: start + 820_000_000n,
    attributes: {
      "gen_ai.response.model": "gpt-4o-2024-08-06",
      "gen_ai.usage.input_tokens": 120,
      "gen_ai.usage.output_tokens": 18,
      "agentops.usage.cost": 0.00048,
      "gen_ai.output.messages": JSON.stringify([{
        role: "assistant",
        parts: [{ type: "text", content: "Let me\nsee." }, { type: "tool_call", name: "search" }]
      }])
    }
  }),
  span("tool.execution", 4, 3),
  span("agent.tool", 3, 1, {
    attributes: {
      "gen_ai.tool.name": "search",
      "gen_ai.tool.call.arguments": "{\"q\":\"BOS\"}",
      "error.type": "Timeout"
    },
    status: { code: "error", message: "no answer" }
  }),
  span("agent.action", 5, 1, { attributes: { "action.type": "reply", "effect.fiber.interrupted": true } }),
  span("airline", 1, undefined, {
    endTime: start + 12_340_000_000n,
    attributes: {
      "agentops.session.end_state": "Fail",
      "agentops.session.end_state_reason": "gave up",
      "agentops.session.llm_calls": 1,
      "agentops.session.tool_calls": 2,
      "agentops.session.errors": 1,
      "agentops.session.input_tokens": 120,
      "agentops.session.output_tokens": 18,
      "agentops.session.cost": 0.30048
    }
  })
]

const sessionTree = `trace ${traceId}
✓ airline  12.34s  Fail (gave up)  1 LLM call  2 tool calls  1 error  120 → 18 tokens  $0.30
├─ ✓ llm.completion  818ms  gpt-4o-2024-08-06  120 → 18 tokens  $0.00048  Let me see. → search()
├─ ✗ agent.tool search  1.5ms  {"q":"BOS"}  Timeout: no answer
│  └─ ✓ tool.execution  1.5ms
└─ ◌ agent.action reply  1.5ms  interrupted`

// oxlint-disable-next-line no-control-regex -- the test looks for colours
const color = /\u001b\[\d+m/g

const count = (text: string, part: string): number => text.split(part).length - 1

describe("Exporter.console", () => {
  describe("the tree", () => {
    it("of a session that failed without a message, and that cost less than a cent", () => {
      const bare = span("bare", 1, undefined, {
        attributes: {
          "agentops.session.end_state": "Fail",
          "agentops.session.end_state_reason": "",
          "agentops.session.cost": 0.0000193
        }
      })
      assert.match(formatTree([bare], false), /bare {2}\S+ {2}Fail {2}\$0\.000019$/)
    })

    it("of a session", () => {
      assert.strictEqual(formatTree(session, false), sessionTree)
    })

    it("is the same whatever the order of the spans", () => {
      assert.strictEqual(formatTree(session.toReversed(), false), sessionTree)
    })

    it("in colours has the same text", () => {
      const colored = formatTree(session, true)
      assert.strictEqual(colored.replace(color, ""), sessionTree)
      assert.include(colored, "\u001b[31m✗\u001b[0m")
      assert.include(colored, "\u001b[1mairline\u001b[0m")
    })

    it("of spans whose parents are missing has them at its top", () => {
      assert.strictEqual(
        formatTree([span("late", 9, 8), span("other", 7, 6), span("child", 10, 9)], false),
        `trace ${traceId}\n✓ other  1.5ms\n✓ late  1.5ms\n└─ ✓ child  1.5ms`
      )
    })

    it("of durations from microseconds to minutes, and of a clock that was set back", () => {
      const lasting = (nanos: bigint) => formatTree([span("s", 0, undefined, { endTime: start + nanos })], false)
      assert.deepStrictEqual(
        [0n, 42_000n, 1_500_000n, 42_000_000n, 1_500_000_000n, 90_000_000_000n, -5_000_000n].map((nanos) =>
          lasting(nanos).split("  ")[1]
        ),
        ["0µs", "42µs", "1.5ms", "42ms", "1.50s", "90.00s", "0µs"]
      )
    })

    it("removes control codes, in every place", () => {
      const evil = "a\u001b[2J\u0007\r\nb\u009b31m\u2028\u202ec"
      const tree = formatTree([
        span(evil, 1, undefined, {
          status: { code: "error", message: evil },
          attributes: {
            "gen_ai.tool.name": evil,
            "gen_ai.request.model": evil,
            "gen_ai.usage.input_tokens": evil,
            "gen_ai.output.messages": evil,
            "gen_ai.tool.call.arguments": [evil],
            "agentops.session.end_state": evil,
            "agentops.session.end_state_reason": evil,
            "agentops.session.input_tokens": evil,
            "error.type": evil
          }
        })
      ], false)
      // oxlint-disable-next-line no-control-regex -- the test looks for these characters
      assert.notMatch(tree.replace("\n", ""), /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/)
      assert.strictEqual(tree.split("\n").length, 2)
    })

    it("cuts long text, and no character in two", () => {
      const [, line] = formatTree([span("😀".repeat(100), 1, undefined)], false).split("\n")
      assert.match(line!, /^✓ (😀)+…  1\.5ms$/u)
      assert.isBelow(line!.length, 80)
    })

    it("of a truncated answer shows it unchanged", () => {
      const cut = span("llm", 1, undefined, { attributes: { "gen_ai.output.messages": "[{\"role\":\"ass" } })
      assert.include(formatTree([cut], false), "[{\"role\":\"ass")
    })

    it("of 20,000 levels is no taller than it has spans, and not much wider", () => {
      const deep = Array.from({ length: 20_000 }, (_, i) => span("level", i + 1, i === 0 ? undefined : i))
      const lines = formatTree(deep, false).split("\n")
      assert.strictEqual(lines.length, 20_001)
      assert.isBelow(Math.max(...lines.map((line) => line.length)), 160)
      assert.include(lines[20_000]!, "(19999)")
    })
  })

  it.live("prints a session when it has ended", () =>
    withOutput(({ printed }) =>
      Effect.gen(function*() {
        const answer = Effect.succeed("sunny").pipe(
          traceTool("weather", { parameters: { city: "Boston" } }),
          Effect.andThen(Effect.succeed("It is sunny")),
          traceLlmWith({ model: "gpt-4o" }),
          Session.withSession({ name: "forecast" }),
          Effect.andThen(AgentOps.flush()),
          Effect.andThen(Effect.sync(() => printed.slice()))
        )
        const beforeRelease = yield* answer.pipe(exportingTo(Exporter.console({ show: "tree" })))
        assert.strictEqual(beforeRelease.length, 1)
        assert.deepStrictEqual(printed, beforeRelease)
        const lines = printed[0]!.replace(/\d+(\.\d+)?(µs|ms|s)/g, "<time>").split("\n")
        assert.match(lines[0]!, /^trace [0-9a-f]{32}$/)
        assert.deepStrictEqual(lines.slice(1), [
          "✓ forecast  <time>  Success  1 LLM call  1 tool call",
          "└─ ✓ llm.completion  <time>  gpt-4o",
          "   └─ ✓ llm.api.call  <time>  gpt-4o",
          "      └─ ✓ agent.tool weather  <time>  {\"city\":\"Boston\"}",
          "         └─ ✓ tool.execution  <time>"
        ])
      })
    ))

  it.live("keeps sessions apart that run at once", () =>
    withOutput(({ printed }) =>
      Effect.gen(function*() {
        yield* Effect.forEach(
          Array.from({ length: 50 }, (_, i) => i),
          (i) =>
            Effect.forEach([1, 2, 3], (j) => Effect.andThen(Effect.yieldNow, one(`span ${i}.${j}`)), {
              concurrency: "unbounded"
            }).pipe(Session.withSession({ name: `session ${i}` })),
          { concurrency: "unbounded" }
        ).pipe(exportingTo(Exporter.console({ show: "tree" })))
        assert.strictEqual(printed.length, 50)
        for (const tree of printed) {
          const i = /✓ session (\d+)/.exec(tree)![1]!
          assert.strictEqual(tree.split("\n").length, 5)
          for (const j of [1, 2, 3]) assert.include(tree, `✓ span ${i}.${j} `)
        }
      })
    ))

  it.live("prints spans outside any session, each trace separately", () =>
    withOutput(({ printed }) =>
      Effect.gen(function*() {
        yield* many(3).pipe(exportingTo(Exporter.console({ show: "tree" })))
        assert.deepStrictEqual(printed.map((tree) => tree.split("  ")[0]!.split("\n")[1]), [
          "✓ span 0",
          "✓ span 1",
          "✓ span 2"
        ])
      })
    ))

  it.live("prints the remaining traces when it is released", () =>
    withOutput(({ printed }) =>
      Effect.gen(function*() {
        const started = yield* Deferred.make<void>()
        const endless = yield* Effect.gen(function*() {
          const fiber = yield* one("child").pipe(
            Effect.andThen(Deferred.succeed(started, undefined)),
            Effect.andThen(Effect.never),
            Effect.withSpan("root"),
            Effect.forkDetach
          )
          yield* Deferred.await(started)
          yield* AgentOps.flush()
          assert.deepStrictEqual(printed, [])
          return fiber
        }).pipe(exportingTo(Exporter.console({ show: "tree" })))
        yield* Fiber.interrupt(endless)
        assert.strictEqual(printed.length, 1)
        assert.match(printed[0]!, /^trace [0-9a-f]{32}\n✓ child  /)
      })
    ))

  it.live("the waiting spans are limited in bytes, for any large part", () =>
    withOutput(({ printed }) =>
      Effect.gen(function*() {
        const large = "y".repeat(500_000)
        const ways: ReadonlyArray<Effect.Effect<unknown>> = [
          Effect.void.pipe(
            Effect.withSpan("x", { attributes: { list: Array.from({ length: 500 }, () => "y".repeat(1000)) } })
          ),
          Effect.ignore(Effect.withSpan(Effect.fail(new Error(large)), "x"))
        ]
        for (const one of ways) {
          printed.length = 0
          yield* Effect.repeat(one, { times: 99 }).pipe(
            Effect.andThen(Effect.sleep("300 millis")),
            Effect.andThen(Effect.sync(() => assert.isAbove(printed.length, 0))),
            Effect.withSpan("root"),
            exportingTo(Exporter.console({ show: "tree" }))
          )
        }
      })
    ))

  it.live("a trace as deep as 20,000 levels is printed whole, and its counts agree", () =>
    withOutput(({ printed }) =>
      Effect.gen(function*() {
        let nested: Effect.Effect<void> = Effect.void
        for (let i = 0; i < 20_000; i++) nested = Effect.withSpan(nested, "level", { captureStackTrace: false })
        const [status] = yield* nested.pipe(
          Effect.andThen(AgentOps.flush()),
          exportingTo(Exporter.console({ show: "tree" }))
        )
        assert.deepStrictEqual(status, { name: "console", delivered: 20_000, pending: 0, dropped: {} })
        assert.strictEqual(count(printed.join("\n"), "✓ level"), 20_000)
      })
    ))

  const onTerminal = <A, E, R>(isTTY: boolean, noColor: string | undefined, self: Effect.Effect<A, E, R>) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const before = { isTTY: process.stdout.isTTY, noColor: process.env["NO_COLOR"] }
        process.stdout.isTTY = isTTY
        if (noColor === undefined) delete process.env["NO_COLOR"]
        else process.env["NO_COLOR"] = noColor
        return before
      }),
      () => self,
      (before) =>
        Effect.sync(() => {
          process.stdout.isTTY = before.isTTY
          if (before.noColor === undefined) delete process.env["NO_COLOR"]
          else process.env["NO_COLOR"] = before.noColor
        })
    )

  describe("colours", () => {
    const printedWith = (options: Exporter.ConsoleOptions | undefined) =>
      withOutput(({ printed }) =>
        Effect.map(one().pipe(exportingTo(Exporter.console(options))), () => printed.join("\n").includes("\u001b["))
      )

    it.live.each<[terminal: boolean, noColor: string | undefined, asked: boolean | undefined, expected: boolean]>([
      [false, undefined, undefined, false],
      [true, undefined, undefined, true],
      [true, "", undefined, true],
      [true, "1", undefined, false],
      [false, undefined, true, true],
      [true, "1", true, true],
      [true, undefined, false, false]
    ])("terminal %s, NO_COLOR %j, asked %s: %s", ([terminal, noColor, asked, expected]) =>
      Effect.gen(function*() {
        assert.strictEqual(yield* onTerminal(terminal, noColor, printedWith({ colors: asked })), expected)
      }))
  })

  it.effect("waits for the rest of a trace no longer than a tenth of a second", () =>
    withOutput(({ printed }) =>
      Effect.gen(function*() {
        yield* one()
        yield* TestClock.adjust("99 millis")
        assert.strictEqual(printed.length, 0)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(printed.length, 1)
      }).pipe(
        Effect.provide(
          Exporter.console({ show: "tree" }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
        )
      )
    ))

  const sessions = Effect.gen(function*() {
    yield* Effect.succeed(1).pipe(traceTool("search"), Session.withSession({ name: "fine" }))
    yield* Effect.fail(new Error("out of stock")).pipe(
      traceTool("order"),
      Effect.ignore,
      Session.withSession({ name: "mended" })
    )
    yield* Effect.fail(new Error("out of stock")).pipe(
      traceTool("order"),
      Session.withSession({ name: "broken" }),
      Effect.exit
    )
    yield* one("health")
  })

  const printedBy = (options: Exporter.ConsoleOptions | undefined) =>
    withOutput(({ printed }) =>
      Effect.map(
        sessions.pipe(exportingTo(Exporter.console(options))),
        () =>
          printed.map((text) =>
            text.replace(/\d+(\.\d+)?(µs|ms|s)/g, "<time>").replace(/trace [0-9a-f]{32}/, "trace <id>")
          )
      )
    )

  const lines = [
    "✓ fine  <time>  Success  1 tool call  3 spans  trace <id>",
    "✓ mended  <time>  Success  1 tool call  1 error  3 spans  trace <id>",
    "✗ broken  <time>  Fail (out of stock)  1 tool call  1 error  Error: out of stock  " +
    "tool.execution: Error: out of stock  3 spans  trace <id>",
    "✓ health  <time>  1 span  trace <id>"
  ]

  describe("show", () => {
    it.live("line: each trace in one, with what failed first", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* printedBy({ show: "line" }), lines)
      }))

    it.live("failed: only the traces that failed, as trees", () =>
      Effect.gen(function*() {
        const printed = yield* printedBy({ show: "failed" })
        assert.lengthOf(printed, 1)
        assert.include(printed[0]!, "✗ broken")
        assert.strictEqual(printed[0]!.split("\n").length, 4)
      }))

    it.live("by default lines where there is no terminal, and trees where there is one", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* onTerminal(false, "1", printedBy(undefined)), lines)
        const trees = yield* onTerminal(true, "1", printedBy(undefined))
        assert.deepStrictEqual(trees.map((text) => text.split("\n").length), [4, 4, 4, 2])
      }))

    it.effect("on a terminal, lines while many traces come, and trees again afterwards", () =>
      onTerminal(
        true,
        "1",
        withOutput(({ printed }) =>
          Effect.gen(function*() {
            for (let i = 0; i < 12; i++) yield* one(`a ${i}`)
            yield* AgentOps.flush()
            yield* TestClock.adjust("10 seconds")
            yield* one("b")
            yield* AgentOps.flush()
            assert.deepStrictEqual(printed.map((text) => text.split("\n").length), [
              ...Array.from({ length: 10 }, () => 2),
              1,
              1,
              2
            ])
          }).pipe(Effect.provide(Exporter.console().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))))
        )
      ))

    it.live("an invalid value is a ConfigurationError", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(one().pipe(exportingTo(Exporter.console({ show: "trees" as never }))))
        assert.strictEqual(error.field, "show")
      }))
  })
})
