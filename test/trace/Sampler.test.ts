import { assert, describe, it } from "@effect/vitest"
import { createTraceState, ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api"
import type { Attributes, Context as OtelContext, Link } from "@opentelemetry/api"
import {
  AlwaysOffSampler,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler
} from "@opentelemetry/sdk-trace-base"
import type { SamplingResult } from "@opentelemetry/sdk-trace-base"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import { run as traced, spansOf } from "../../src/testing/TestTracing.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Sampler from "../../src/trace/Sampler.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { named } from "../support/traced.ts"

const word = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffffffff })))
const traceId = Arbitrary.map(
  Arbitrary.array(word, { minLength: 4, maxLength: 4 }),
  (words) => words.map((word) => word.toString(16).padStart(8, "0")).join("")
)
const share = Arbitrary.schema(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })))

const candidate = (traceId: string): Sampler.Candidate => ({
  traceId,
  parent: undefined,
  name: "s",
  kind: "internal",
  attributes: {},
  links: []
})

const remote = (sampled: boolean) =>
  Tracer.externalSpan({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", sampled })

const program = Effect.void.pipe(Effect.withSpan("inner"), traceTool("t"))

describe("always and never", () => {
  it.effect("keep every span, and no span", () =>
    Effect.gen(function*() {
      assert.lengthOf(yield* spansOf(program, { sampler: Sampler.always }), 3)
      assert.lengthOf(yield* spansOf(program, { sampler: Sampler.never }), 0)
    }))

  it.effect("a session still counts", () =>
    Effect.gen(function*() {
      const call = Effect.void.pipe(traceLlmWith({ usage: { inputTokens: 3, outputTokens: 4 } }))
      const { exit, spans } = yield* traced(
        Effect.all([program, call]).pipe(Session.withSummary()),
        { sampler: Sampler.never }
      )
      assert.deepStrictEqual(spans, [])
      const summary = exit._tag === "Success" ? exit.value[0] : undefined
      assert.deepInclude(summary, { toolCalls: 1, llmCalls: 1, endState: "Success" })
      assert.deepStrictEqual(summary!.usage, { inputTokens: 3, outputTokens: 4 })
    }))
})

describe("ratio", () => {
  it("clamps shares that are out of range", () => {
    for (const [given, taken] of [[2, 1], [-1, 0], [NaN, 0], [Infinity, 1], [-Infinity, 0]] as const) {
      assert.strictEqual(Sampler.ratio(given).description, Sampler.ratio(taken).description)
      assert.strictEqual(Sampler.ratio(given).decide(candidate("f".repeat(32))).sampled, taken === 1)
    }
  })

  it.effect("keeps a trace as a whole or not at all", () =>
    Effect.gen(function*() {
      const many = Effect.forEach(Array.from({ length: 200 }), () => Session.withSession(program))
      const spans = yield* spansOf(many, { sampler: Sampler.ratio(0.5) })
      const traces = new Set(spans.map((span) => span.traceId))
      assert.isAbove(traces.size, 50)
      assert.isBelow(traces.size, 150)
      for (const trace of traces) assert.lengthOf(spans.filter((span) => span.traceId === trace), 4)
    }))
})

describe("parentBased", () => {
  const asked: Array<string> = []
  const root: Sampler.Sampler = {
    description: "root",
    decide: ({ name }) => {
      asked.push(name)
      return { sampled: name !== "dropped" }
    }
  }
  const sampler = Sampler.parentBased(root)

  it("follows the parent", () => {
    assert.isTrue(sampler.decide({ ...candidate("1".repeat(32)), parent: remote(true), name: "dropped" }).sampled)
    assert.isFalse(sampler.decide({ ...candidate("1".repeat(32)), parent: remote(false) }).sampled)
    assert.deepStrictEqual(asked, [])
    assert.include(sampler.description, "root")
  })

  it.effect("asks the root sampler for roots alone", () =>
    Effect.gen(function*() {
      asked.length = 0
      const spans = yield* spansOf(
        Effect.all([
          program.pipe(Effect.withSpan("kept")),
          program.pipe(Effect.withSpan("dropped")),
          Effect.void.pipe(Effect.withSpan("remote", { parent: remote(true) }))
        ]),
        { sampler }
      )
      assert.deepStrictEqual(asked, ["kept", "dropped"])
      assert.deepStrictEqual(spans.map((span) => span.name), [
        "inner",
        "tool.execution",
        "agent.tool",
        "kept",
        "remote"
      ])
    }))
})

describe("a custom sampler", () => {
  it.effect("sees the event, and drops a span with its children", () =>
    Effect.gen(function*() {
      const seen: Array<Sampler.Candidate> = []
      const sampler: Sampler.Sampler = {
        description: "by tool",
        decide: (candidate) => {
          seen.push({ ...candidate, attributes: candidate.attributes })
          return { sampled: candidate.attributes["gen_ai.tool.name"] !== "heartbeat" }
        }
      }
      const spans = yield* spansOf(
        Effect.all([
          program,
          Effect.void.pipe(Effect.withSpan("under"), traceTool("heartbeat", { parameters: "secret" })),
          Effect.void.pipe(traceLlmWith({ model: "gpt-4o" }))
        ]).pipe(Session.withSession({ name: "s" })),
        { sampler }
      )
      assert.deepStrictEqual(spans.map((span) => span.name), [
        "inner",
        "tool.execution",
        "agent.tool",
        "llm.api.call",
        "llm.completion",
        "s"
      ])
      assert.deepStrictEqual(seen.map(({ kind, name }) => [name, kind]), [
        ["s", "internal"],
        ["agent.tool", "internal"],
        ["tool.execution", "internal"],
        ["inner", "internal"],
        ["agent.tool", "internal"],
        ["llm.completion", "client"],
        ["llm.api.call", "client"]
      ])
      const [session, tool, execution, inner, heartbeat, llm] = seen
      assert.strictEqual(session!.attributes["agentops.session.name"], "s")
      assert.strictEqual(session!.parent, undefined)
      assert.strictEqual(tool!.parent?.spanId, named(spans, "s").spanId)
      assert.strictEqual(execution!.attributes["gen_ai.tool.name"], "t")
      assert.deepStrictEqual(inner!.attributes, {})
      assert.notProperty(heartbeat!.attributes, "gen_ai.tool.call.arguments")
      assert.strictEqual(llm!.attributes["gen_ai.request.model"], "gpt-4o")
    }))

  it.effect("adds attributes, and a trace state that the children inherit", () =>
    Effect.gen(function*() {
      const sampler: Sampler.Sampler = {
        description: "marks roots",
        decide: ({ parent }) =>
          parent === undefined
            ? { sampled: true, attributes: { "sampler.reason": "root" }, traceState: "v=1" }
            : { sampled: true }
      }
      const spans = yield* spansOf(program, { sampler })
      assert.strictEqual(named(spans, "agent.tool").attributes["sampler.reason"], "root")
      assert.notProperty(named(spans, "inner").attributes, "sampler.reason")
      assert.deepStrictEqual(spans.map((span) => span.traceState), ["v=1", "v=1", "v=1"])
    }))

  it.effect("is not called if the program has disabled the span", () =>
    Effect.gen(function*() {
      let asked = 0
      const sampler: Sampler.Sampler = {
        description: "counts",
        decide: () => {
          asked++
          return { sampled: true }
        }
      }
      assert.deepStrictEqual(yield* spansOf(program.pipe(Effect.withParentSpan(remote(false))), { sampler }), [])
      assert.deepStrictEqual(
        yield* spansOf(Effect.void.pipe(Effect.withSpan("s", { sampled: false })), { sampler }),
        []
      )
      assert.strictEqual(asked, 0)
    }))
})

describe("fromOpenTelemetry", () => {
  it.prop("TraceIdRatioBasedSampler decides as it does", { share, traceId }, ({ share, traceId }) => {
    const sampler = new TraceIdRatioBasedSampler(share)
    assert.strictEqual(
      Sampler.fromOpenTelemetry(sampler).decide(candidate(traceId)).sampled,
      sampler.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED
    )
  })

  it.effect("ParentBasedSampler sees local and remote parents, and roots", () =>
    Effect.gen(function*() {
      const remoteOnly = Sampler.fromOpenTelemetry(
        new ParentBasedSampler({ root: new AlwaysOffSampler(), localParentSampled: new AlwaysOffSampler() })
      )
      const spans = yield* spansOf(
        Effect.all([
          program,
          Effect.void.pipe(
            Effect.withSpan("local child"),
            Effect.withSpan("remote child", { parent: remote(true) })
          )
        ]),
        { sampler: remoteOnly }
      )
      assert.deepStrictEqual(spans.map((span) => span.name), ["remote child"])
      const rootsToo = Sampler.fromOpenTelemetry(new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(1) }))
      assert.lengthOf(yield* spansOf(program, { sampler: rootsToo }), 3)
    }))

  it.effect("a custom one gets all that the API has, and gives attributes and trace state", () =>
    Effect.gen(function*() {
      interface Call {
        readonly parentId: string | undefined
        readonly traceState: string | undefined
        readonly name: string
        readonly kind: SpanKind
        readonly attributes: Attributes
        readonly links: ReadonlyArray<Link>
      }
      const calls: Array<Call> = []
      const custom = {
        shouldSample: (
          context: OtelContext,
          _traceId: string,
          name: string,
          kind: SpanKind,
          attributes: Attributes,
          links: Array<Link>
        ): SamplingResult => {
          const parent = trace.getSpanContext(context)
          calls.push({
            parentId: parent?.spanId,
            traceState: parent?.traceState?.serialize(),
            name,
            kind,
            attributes,
            links
          })
          if (attributes["gen_ai.tool.name"] === "quiet") return { decision: SamplingDecision.RECORD }
          return {
            decision: SamplingDecision.RECORD_AND_SAMPLED,
            attributes: { "sampling.rule": name, many: ["a", "b"] },
            traceState: createTraceState(`rule=${calls.length}`)
          }
        },
        toString: () => "custom"
      }
      const sampler = Sampler.fromOpenTelemetry(custom)
      assert.strictEqual(sampler.description, "custom")
      const links = [{ span: remote(true), attributes: { why: { because: 1 } } }]
      const spans = yield* spansOf(
        Effect.all([
          Effect.void.pipe(traceLlmWith({ model: "m", links })),
          Effect.void.pipe(traceTool("quiet"))
        ]),
        { sampler }
      )
      const completion = named(spans, "llm.completion")
      assert.deepInclude(completion.attributes, { "sampling.rule": "llm.completion", many: ["a", "b"] })
      assert.strictEqual(completion.traceState, "rule=1")
      assert.strictEqual(named(spans, "llm.api.call").traceState, "rule=2")
      assert.lengthOf(spans, 2)
      assert.deepStrictEqual(calls.map((call) => [call.name, call.kind, call.parentId, call.traceState]), [
        ["llm.completion", SpanKind.CLIENT, undefined, undefined],
        ["llm.api.call", SpanKind.CLIENT, completion.spanId, "rule=1"],
        ["agent.tool", SpanKind.INTERNAL, undefined, undefined]
      ])
      assert.deepStrictEqual(calls[0]!.attributes, { "gen_ai.request.model": "m" })
      assert.deepStrictEqual(calls[0]!.links.map((link) => [link.context.isRemote, link.attributes]), [
        [true, { why: "{\"because\":1}" }]
      ])
    }))
})
