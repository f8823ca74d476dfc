/** Programs of any shape, each part of which ends in any way: the totals of sessions equal those of the spans. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { SpanData } from "../../src/core/SpanData.ts"
import { fromDollars } from "../../src/model/Pricing.ts"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import * as Budget from "../../src/trace/Budget.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceLlmStreamWith } from "../../src/trace/LlmStream.ts"
import * as Propagation from "../../src/trace/Propagation.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"

const ops = ["llm", "stream", "tool", "action", "agent", "session", "batch", "part", "resumed"] as const
const ends = ["succeeds", "fails", "dies", "is interrupted"] as const

interface Program {
  readonly op: (typeof ops)[number]
  readonly end: (typeof ends)[number]
  readonly together: boolean
  readonly inside: ReadonlyArray<Program>
}

const Program: Schema.Codec<Program> = Schema.Struct({
  op: Schema.Literals(ops),
  end: Schema.Literals(ends),
  together: Schema.Boolean,
  inside: Schema.Array(Schema.suspend((): Schema.Codec<Program> => Program)).check(Schema.isMaxLength(3))
})

const usage = { inputTokens: 10, outputTokens: 3 }
const cost = 0.01

/** A program as an effect. Each of its sessions reports how it ended. */
const toEffect = (program: Program, ended: Array<Session.Summary>): Effect.Effect<unknown, unknown> => {
  const onEnd = (summary: Session.Summary) => Effect.sync(() => void ended.push(summary))
  const inside = Effect.forEach(program.inside, (part) => Effect.exit(toEffect(part, ended)), {
    concurrency: program.together ? "unbounded" : 1,
    discard: true
  })
  const endings = {
    succeeds: Effect.void,
    fails: Effect.fail(new Error("fails")),
    dies: Effect.die(new Error("dies")),
    "is interrupted": Effect.interrupt
  }
  const whole = Effect.andThen(Effect.andThen(Effect.yieldNow, inside), endings[program.end])
  switch (program.op) {
    // A call inside a model call would be the model call itself.
    case "llm":
      return Effect.andThen(inside, pipe(endings[program.end], traceLlmWith({ cost, usage })))
    case "stream": {
      const stream = Stream.concat(Stream.make(1, 2), Stream.fromEffect(endings[program.end])).pipe(
        traceLlmStreamWith({ cost, usage })
      )
      return Effect.andThen(inside, Stream.runDrain(program.together ? Stream.take(stream, 1) : stream))
    }
    case "tool":
      return traceTool(whole, "t")
    case "action":
      return traceAction(whole, "a")
    case "agent":
      return traceAgent(whole, "agent")
    case "session":
      return Session.withSession(whole, { name: "s", onEnd })
    case "batch":
      return Session.withSession(whole, { name: "batch", sums: true, onEnd })
    case "part":
      // Like a handler that is called over the network, but in this process.
      return Effect.flatMap(
        Propagation.inject(),
        (headers) => Propagation.continueSession(whole, Propagation.extract(headers), { name: "part", onEnd })
      )
    case "resumed":
      return Effect.flatMap(
        Effect.andThen(pipe(Effect.void, traceLlmWith({ cost, usage })), Session.suspend()).pipe(
          Session.withSession({ name: "asks" })
        ),
        (token) => Session.resume(whole, token, { onEnd })
      )
  }
}

const byId = (spans: ReadonlyArray<SpanData>) => new Map(spans.map((span) => [span.spanId, span]))

const count = (spans: ReadonlyArray<SpanData>) => {
  const named = (name: string) => spans.filter((span) => span.name === name)
  const calls = named("llm.completion")
  return {
    llmCalls: calls.length,
    toolCalls: named("agent.tool").length,
    actions: named("agent.action").length,
    costNanos: calls.length * fromDollars(cost)!
  }
}

/** The nearest agent around a span, as far as this side of a network boundary knows. */
const agentOf = (all: Map<string, SpanData>, span: SpanData): SpanData | undefined => {
  const isRoot = span.attributes["agentops.session.name"] !== undefined
  const parent = isRoot ? undefined : all.get(span.parentSpanId ?? "")
  return parent === undefined || parent.name === "agent.run" ? parent : agentOf(all, parent)
}

const settings = { program: Arbitrary.schema(Program) }

describe("for a program of any shape with any ends", () => {
  it.effect.prop(
    "no span is open, and sessions, agents and a budget count what the spans do",
    settings,
    ({ program }) =>
      Effect.gen(function*() {
        const ended: Array<Session.Summary> = []
        const budget = yield* Budget.make({ limit: 1000 })
        const run = Effect.exit(toEffect(program, ended)).pipe(
          Session.withSession({ name: "outer", onEnd: (summary) => Effect.sync(() => void ended.push(summary)) }),
          Budget.provide(budget)
        )
        const spans = yield* spansOf(run)
        const all = byId(spans)
        // A span that is still open would be missing here.
        for (const span of spans) {
          if (span.parentSpanId !== undefined) assert.isTrue(all.has(span.parentSpanId), span.name)
        }
        const total = count(spans)
        assert.strictEqual(fromDollars(yield* budget.spent), total.costNanos)
        for (const summary of ended) {
          const root = spans.find(({ name, traceId }) => traceId === summary.traceId && name === summary.name)
          // A part counts its own events. The whole session has the counts of all its parts.
          if (summary.name === "part" || summary.name === "batch" || root === undefined) continue
          const own = count(spans.filter(({ attributes }) => attributes["session.id"] === summary.id))
          assert.deepInclude(summary, own, summary.name)
          assert.deepInclude(summary.usage, {
            inputTokens: own.llmCalls * usage.inputTokens,
            outputTokens: own.llmCalls * usage.outputTokens
          })
          assert.isDefined(summary.endState)
        }
        for (const agent of spans.filter(({ name }) => name === "agent.run")) {
          const own = count(spans.filter((span) => agentOf(all, span) === agent))
          assert.strictEqual(agent.attributes["agentops.agent.llm_calls"] ?? 0, own.llmCalls)
          assert.strictEqual(agent.attributes["agentops.agent.tool_calls"] ?? 0, own.toolCalls)
          assert.strictEqual(fromDollars(Number(agent.attributes["agentops.agent.cost"] ?? 0)), own.costNanos)
        }
      })
  )

  it.effect.prop("a batch sums everything inside it", settings, ({ program }) =>
    Effect.gen(function*() {
      const ended: Array<Session.Summary> = []
      let batch: Option.Option<Session.Summary> = Option.none()
      const spans = yield* spansOf(
        Effect.exit(toEffect(program, ended)).pipe(
          Session.withSession({
            name: "all of it",
            sums: true,
            onEnd: (summary) => Effect.sync(() => void (batch = Option.some(summary)))
          })
        )
      )
      assert.deepInclude(Option.getOrThrow(batch), count(spans))
    }))
})
