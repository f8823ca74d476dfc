/** The combinators when the current tracer is another library's, or when it wraps ours. */
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { run as traced } from "../../src/testing/TestTracing.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceAttempt } from "../../src/trace/Attempt.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import type * as Sampler from "../../src/trace/Sampler.ts"
import * as Session from "../../src/trace/Session.ts"
import { Span } from "../../src/trace/Span.ts"
import { ToolEvent, traceTool } from "../../src/trace/ToolEvent.ts"
import { named, tree } from "../support/traced.ts"

class Down extends Data.TaggedError("Down")<{}> {}

/** A tracer that collects the native spans that it makes. */
const keeping = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, tracer }
}

const program = Effect.gen(function*() {
  yield* Effect.succeed({ hits: 2 }).pipe(traceTool("search", { parameters: { q: "x" } }))
  yield* Effect.succeed("Hi").pipe(traceLlmWith({ model: "m", usage: { inputTokens: 3, outputTokens: 4 } }))
  return "done"
}).pipe(traceAgent("planner"))

describe("a foreign tracer", () => {
  it.effect("gets the event's attributes on its spans", () =>
    Effect.gen(function*() {
      const { spans, tracer } = keeping()
      assert.strictEqual(yield* Effect.withTracer(program, tracer), "done")
      assert.deepStrictEqual(spans.map((span) => [span.name, span.status._tag, span.kind]), [
        ["agent.run", "Ended", "internal"],
        ["agent.tool", "Ended", "internal"],
        ["tool.execution", "Ended", "internal"],
        ["llm.completion", "Ended", "client"],
        ["llm.api.call", "Ended", "client"]
      ])
      assert.deepStrictEqual(Object.fromEntries(spans[1]!.attributes), {
        "agentops.event.kind": "tool",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "search",
        "gen_ai.tool.call.arguments": "{\"q\":\"x\"}",
        "gen_ai.tool.call.result": "{\"hits\":2}"
      })
      assert.deepInclude(Object.fromEntries(spans[3]!.attributes), {
        "gen_ai.request.model": "m",
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 4
      })
      assert.strictEqual(spans[0]!.attributes.get("gen_ai.agent.name"), "planner")
    }))

  it.effect("and the exit, the attempts and the caller's attributes and links", () =>
    Effect.gen(function*() {
      const { spans, tracer } = keeping()
      const other = Tracer.externalSpan({ traceId: "a".repeat(32), spanId: "b".repeat(16) })
      let calls = 0
      const flaky = Effect.suspend(() => ++calls < 3 ? Effect.fail(new Down()) : Effect.succeed(calls))
      const value = yield* flaky.pipe(
        traceAttempt,
        Effect.retry({ times: 5 }),
        traceTool("t", { attributes: { mine: 1 }, links: [{ span: other, attributes: {} }] }),
        Effect.withTracer(tracer)
      )
      assert.strictEqual(value, 3)
      const exits = spans.map((span) => span.status._tag === "Ended" ? span.status.exit._tag : undefined)
      assert.deepStrictEqual(spans.map((span) => span.name), [
        "agent.tool",
        "tool.execution",
        "tool.execution",
        "tool.execution"
      ])
      assert.deepStrictEqual(exits, ["Success", "Failure", "Failure", "Success"])
      assert.strictEqual(spans[0]!.attributes.get("mine"), 1)
      assert.deepStrictEqual(spans[0]!.links.map((link) => link.span), [other])
    }))

  it.effect("a session counts, and is recorded on its root", () =>
    Effect.gen(function*() {
      const { spans, tracer } = keeping()
      const [summary] = yield* program.pipe(
        Session.withSummary({ name: "s", tags: ["a"], userId: "u" }),
        Effect.withTracer(tracer)
      )
      assert.deepInclude(summary, { llmCalls: 1, toolCalls: 1, endState: "Success" })
      assert.deepStrictEqual(summary.usage, { inputTokens: 3, outputTokens: 4 })
      const root = spans[0]!
      assert.strictEqual(root.name, "s")
      assert.deepInclude(Object.fromEntries(root.attributes), {
        "session.id": summary.id,
        "agentops.session.end_state": "Success",
        "agentops.session.llm_calls": 1,
        "agentops.session.tool_calls": 1,
        "agentops.tags": ["a"],
        "user.id": "u"
      })
      assert.strictEqual(spans[2]!.attributes.get("session.id"), summary.id)
      // The other tracer chooses its own trace ids.
      assert.strictEqual(summary.traceId, root.traceId)
    }))

  it.effect("the native tracer, which nobody reads, gets no spans unless a session counts", () =>
    Effect.gen(function*() {
      assert.isTrue(Option.isNone(yield* Effect.option(Effect.currentParentSpan).pipe(traceTool("t"))))
      const outer = yield* Effect.currentParentSpan.pipe(traceTool("t"), Effect.withSpan("outer"))
      assert.strictEqual(outer._tag === "Span" ? outer.name : undefined, "outer")
      const [summary, inner] = yield* Effect.currentParentSpan.pipe(traceTool("t"), Session.withSummary())
      assert.instanceOf(inner, Tracer.NativeSpan)
      const event = Option.getOrThrow((inner as Tracer.NativeSpan).parent) as Tracer.NativeSpan
      assert.isFalse(event.attributes.has("agentops.event.kind"), "written for nobody")
      assert.strictEqual(summary.toolCalls, 1)
      const [recorded] = yield* Session.record(ToolEvent.make({ name: "t" })).pipe(Session.withSummary())
      assert.strictEqual(recorded.toolCalls, 1)
    }))

  it.effect("a program that turned tracing off makes no spans on it", () =>
    Effect.gen(function*() {
      const { spans, tracer } = keeping()
      const [summary] = yield* program.pipe(
        Session.withSummary(),
        Effect.withTracerEnabled(false),
        Effect.withTracer(tracer)
      )
      assert.strictEqual(summary.endState, "Success")
      assert.deepStrictEqual(spans, [])
    }))
})

describe("our tracer inside another", () => {
  /** Passes every span on to ours, like `Effect.withTracer` around a tracer from the context. */
  const wrapped = <A, E, R>(self: Effect.Effect<A, E, R>, seen: Array<string>) =>
    Effect.flatMap(Tracer.Tracer, (inner) =>
      Effect.withTracer(
        self,
        Tracer.make({
          span: (options) => {
            seen.push(options.name)
            return inner.span(options)
          }
        })
      ))

  it.effect("the spans are the same as without it", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const job = Effect.andThen(program, Effect.fail(new Down())).pipe(
        Session.withSession({ name: "s", tags: ["a"] }),
        Effect.withTracerTiming(false),
        Effect.exit
      )
      const inside = yield* traced(wrapped(job, seen))
      const alone = yield* traced(job)
      assert.isTrue(Exit.isSuccess(inside.exit))
      assert.deepStrictEqual(tree(inside.spans), tree(alone.spans))
      assert.deepStrictEqual(seen, ["s", "agent.run", "agent.tool", "tool.execution", "llm.completion", "llm.api.call"])
      for (const [i, span] of inside.spans.entries()) {
        const { "session.id": id, ...attributes } = span.attributes
        const { "session.id": _, ...expected } = alone.spans[i]!.attributes
        assert.deepStrictEqual(attributes, expected, span.name)
        assert.strictEqual(String(id).replaceAll("-", ""), span.traceId)
        assert.deepStrictEqual(span.status, alone.spans[i]!.status)
      }
    }))

  it.effect("the sampler sees the event", () =>
    Effect.gen(function*() {
      const sampler: Sampler.Sampler = {
        description: "no search",
        decide: ({ attributes }) => ({ sampled: attributes["gen_ai.tool.name"] !== "search" })
      }
      const { spans } = yield* traced(wrapped(program, []), { sampler })
      assert.deepStrictEqual(spans.map((span) => span.name), ["llm.api.call", "llm.completion", "agent.run"])
    }))

  it.effect("a tracer that listens to the spans that it passes on, like Effect's developer tools", () =>
    Effect.gen(function*() {
      const heard: Array<string> = []
      const { spans } = yield* traced(
        Effect.flatMap(Tracer.Tracer, (inner) =>
          Effect.withTracer(
            Effect.log("hello").pipe(traceTool("t")),
            Tracer.make({
              span: (options) => {
                const span = inner.span(options)
                assert.instanceOf(span, Span)
                const { end, event } = span
                span.event = (name, time, attributes) => {
                  heard.push(`event ${name}`)
                  event.call(span, name, time, attributes)
                }
                span.end = (time, exit) => {
                  heard.push(`end ${span.name}`)
                  end.call(span, time, exit)
                }
                return span
              }
            })
          ))
      )
      assert.deepStrictEqual(heard, ["event hello", "end tool.execution", "end agent.tool"])
      assert.deepStrictEqual(named(spans, "tool.execution").events.map((event) => event.name), ["hello"])
      assert.strictEqual(named(spans, "agent.tool").attributes["gen_ai.tool.name"], "t")
    }))
})
