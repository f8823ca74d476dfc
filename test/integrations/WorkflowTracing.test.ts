import { assert, describe, it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as Activity from "effect/workflow/Activity"
import * as DurableClock from "effect/workflow/DurableClock"
import * as DurableDeferred from "effect/workflow/DurableDeferred"
import * as Workflow from "effect/workflow/Workflow"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as AgentOps from "../../src/AgentOps.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as WorkflowTracing from "../../src/integrations/workflow/WorkflowTracing.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { withOutput } from "../support/otlp/output.ts"
import { named, tree } from "../support/traced.ts"

const Approval = DurableDeferred.make("approval", { success: Schema.Boolean })

const Refund = Workflow.make("Refund", {
  payload: { order: Schema.String },
  success: Schema.String,
  error: Schema.String,
  idempotencyKey: ({ order }) => order
})

let asked = 0

const ask = Activity.make({
  name: "ask",
  success: Schema.String,
  execute: Effect.suspend(() => {
    asked++
    return Effect.succeed("refund?").pipe(
      traceLlmWith({ model: "m", cost: 0.01, usage: { inputTokens: 5, outputTokens: 2 } })
    )
  })
})

const pay = Activity.make({
  name: "pay",
  success: Schema.String,
  execute: Effect.succeed("paid").pipe(traceTool("pay"))
})

const token = { value: "" as DurableDeferred.Token }

const RefundLive = Refund.toLayer(() =>
  Effect.gen(function*() {
    yield* ask
    token.value = yield* DurableDeferred.token(Approval)
    const approved = yield* DurableDeferred.await(Approval)
    if (!approved) return yield* Effect.fail("turned down")
    return yield* pay
  })
)

const tracing = (options?: WorkflowTracing.Options) =>
  WorkflowTracing.layer(WorkflowEngine.layerMemory, options).pipe(
    Layer.provideMerge(Exporter.memory()),
    Layer.provideMerge(AgentOps.layer({ serviceName: "refunds" }))
  )

const live = (options?: WorkflowTracing.Options) => RefundLive.pipe(Layer.provideMerge(tracing(options)))

const decide = (approved: boolean) => DurableDeferred.succeed(Approval, { token: token.value, value: approved })

/** Ids are hashed in real time, so the effects of a clock adjustment need a wait. */
const settle = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20)))

const adjust = (duration: Duration.Input) =>
  settle.pipe(Effect.andThen(TestClock.adjust(duration)), Effect.andThen(settle))

/** Waits until a person is asked. */
const isAsked = Effect.suspend(() => token.value === "" ? Effect.as(settle, false) : Effect.as(settle, true)).pipe(
  Effect.repeat({ until: (is) => is })
)

/** Starts an execution, which waits fifty minutes for its decision. */
const decided = (order: string, approved: boolean) =>
  Effect.gen(function*() {
    token.value = "" as DurableDeferred.Token
    const fiber = yield* Effect.forkChild(Effect.exit(Refund.execute({ order })), { startImmediately: true })
    yield* isAsked
    yield* adjust("50 minutes")
    yield* decide(approved)
    yield* adjust("1 minute")
    return yield* Fiber.join(fiber)
  })

const execute = decided("7", true)

/** Starts an execution, and leaves it waiting. */
const begun = (order: string) =>
  Effect.gen(function*() {
    token.value = "" as DurableDeferred.Token
    const executionId = yield* Refund.execute({ order }, { discard: true })
    yield* isAsked
    return executionId
  })

const spans = Effect.flatMap(Exporter.Memory, ({ spans }) => spans)

/** The execution's spans, without Effect's spans for calls of the engine. */
const ofExecution = (all: ReadonlyArray<SpanData>) => {
  const { traceId } = named(all, "Refund")
  return all.filter((span) => span.traceId === traceId)
}

const totals = ({ attributes }: SpanData) => ({
  state: attributes["agentops.session.end_state"],
  llm: attributes["agentops.session.llm_calls"],
  tools: attributes["agentops.session.tool_calls"],
  tokens: attributes["agentops.session.input_tokens"],
  cost: attributes["agentops.session.cost"]
})

const whole = { state: "Success", llm: 1, tools: 1, tokens: 5, cost: 0.01 }

describe("an execution", () => {
  it.effect("is one session in one trace, through suspension, resumption and replay", () =>
    Effect.gen(function*() {
      asked = 0
      assert.strictEqual((yield* execute)._tag, "Success")
      assert.strictEqual(asked, 1)
      const all = yield* spans
      const own = ofExecution(all)
      assert.deepStrictEqual(tree(own), [
        ["Refund", ["ask", ["llm.completion", "llm.api.call"]], ["pay", ["agent.tool", "tool.execution"]]]
      ])
      const root = named(own, "Refund")
      assert.isUndefined(root.parentSpanId)
      assert.deepStrictEqual(totals(root), whole)
      const sessions = new Set(own.map(({ attributes }) => attributes["session.id"]))
      assert.strictEqual(sessions.size, 1)
      assert.isAtLeast(Number(root.endTime - root.startTime) / 1e9, 3_000)
    }).pipe(Effect.provide(live())))

  it.effect("reports its waiting time apart from its working time", () =>
    Effect.gen(function*() {
      const ended: Array<Session.Summary> = []
      yield* execute.pipe(Effect.provide(live({
        session: (workflow, payload, executionId) => ({
          name: `${workflow._tag} ${(payload as { readonly order: string }).order}`,
          metadata: { executionId },
          onEnd: (summary) => Effect.sync(() => ended.push(summary))
        })
      })))
      assert.lengthOf(ended, 1)
      const { duration, endState, metadata, name, waited, worked } = ended[0]!
      assert.deepStrictEqual([name, endState], ["Refund 7", "Success"])
      assert.match(String(metadata["executionId"]), /^[0-9a-f]{32,}$/)
      assert.isAtLeast(waited, 3_000_000)
      assert.strictEqual(duration, waited + worked)
    }))

  it.effect("is a part of the trace and the session in which it starts", () =>
    Effect.gen(function*() {
      const [summary] = yield* execute.pipe(Session.withSummary({ name: "ticket" }))
      const all = yield* spans
      const session = named(all, "ticket")
      const execution = named(all, "Refund")
      assert.strictEqual(execution.traceId, session.traceId)
      assert.deepStrictEqual([summary.llmCalls, summary.toolCalls, summary.costNanos], [1, 1, 10_000_000])
      assert.deepStrictEqual(totals(execution), whole)
      assert.lengthOf(all.filter(({ name }) => name === "ask"), 1)
      assert.deepStrictEqual(new Set(all.map(({ traceId }) => traceId)).size, 1)
    }).pipe(Effect.provide(live())))

  it.effect("that fails is a failed session", () =>
    Effect.gen(function*() {
      yield* decided("8", false)
      const root = named(yield* spans, "Refund")
      assert.deepStrictEqual(totals(root), { ...whole, state: "Fail", tools: 0 })
      assert.strictEqual(root.status.code, "error")
    }).pipe(Effect.provide(live())))

  it.effect("that is interrupted while it waits has an interrupted session", () =>
    Effect.gen(function*() {
      yield* Refund.interrupt(yield* begun("9"))
      yield* adjust("1 second")
      const root = named(yield* spans, "Refund")
      assert.deepStrictEqual(totals(root), { ...whole, state: "Indeterminate", tools: 0 })
      assert.strictEqual(root.status.code, "unset")
    }).pipe(Effect.provide(live())))

  it.effect("that waits longer than its session is kept open continues in a new part of it", () =>
    Effect.gen(function*() {
      yield* execute
      const own = (yield* spans).filter(({ name }) => name === "Refund")
      assert.lengthOf(own, 2)
      const [first, last] = own as [SpanData, SpanData]
      assert.strictEqual(last.traceId, first.traceId)
      assert.strictEqual(last.parentSpanId, first.spanId)
      assert.strictEqual(first.attributes["agentops.session.end_state_reason"], "suspended")
      assert.deepStrictEqual(totals(last), whole)
      assert.deepStrictEqual(last.attributes["agentops.session.waited"], 3_000)
    }).pipe(Effect.provide(live({ keepOpen: "10 minutes" }))))

  it.effect("that waits when the runtime ends exports its part", () =>
    Effect.gen(function*() {
      const arrived: Array<SpanData> = []
      const exporter = Exporter.make({ name: "own", export: (batch) => Effect.sync(() => arrived.push(...batch)) })
      yield* begun("10").pipe(
        Effect.provide(RefundLive.pipe(
          Layer.provideMerge(WorkflowTracing.layer(WorkflowEngine.layerMemory)),
          Layer.provideMerge(exporter.pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "refunds" }))))
        ))
      )
      const root = named(arrived, "Refund")
      assert.deepStrictEqual(totals(root), { ...whole, state: "Indeterminate", tools: 0 })
      assert.strictEqual(root.attributes["agentops.session.end_state_reason"], "suspended")
    }))
})

describe("an approval", () => {
  const Answer = DurableDeferred.make("answer", {
    success: Schema.Struct({ approved: Schema.Boolean, by: Schema.String }),
    error: Schema.String
  })
  const Release = Workflow.make("Release", {
    payload: { version: Schema.String },
    success: Schema.Boolean,
    error: Schema.String,
    idempotencyKey: ({ version }) => version
  })
  const ReleaseLive = Release.toLayer(({ version }) =>
    Effect.gen(function*() {
      yield* ask
      token.value = yield* DurableDeferred.token(Answer)
      const { approved } = yield* WorkflowTracing.awaitApproval(Answer, "release", {
        request: { version },
        approver: ({ by }) => by
      })
      yield* DurableClock.sleep({ name: "later", duration: "2 hours" })
      yield* pay
      return approved
    })
  )
  const released = (decide: Effect.Effect<void, never, WorkflowEngine.WorkflowEngine>) =>
    Effect.gen(function*() {
      token.value = "" as DurableDeferred.Token
      const fiber = yield* Effect.forkChild(Effect.exit(Release.execute({ version: "1" })), { startImmediately: true })
      yield* isAsked
      yield* adjust("30 minutes")
      yield* decide
      for (let i = 0; i < 3; i++) yield* adjust("1 hour")
      yield* Fiber.join(fiber)
      return named(yield* spans, "agent.approval")
    })
  const Live = ReleaseLive.pipe(Layer.provideMerge(tracing({ keepOpen: "1 day" })))

  it.effect("for which a workflow waits is one event from the question to the answer", () =>
    Effect.gen(function*() {
      const approval = yield* released(Effect.suspend(() =>
        DurableDeferred.succeed(Answer, { token: token.value, value: { approved: false, by: "u-17" } })
      ))
      assert.deepStrictEqual(approval.status, { code: "unset" })
      const { attributes, endTime, parentSpanId, startTime } = approval
      assert.strictEqual(attributes["agentops.approval.name"], "release")
      assert.strictEqual(attributes["agentops.approval.decision"], "rejected")
      assert.strictEqual(attributes["agentops.approval.approver"], "u-17")
      assert.strictEqual(attributes["agentops.approval.wait"], 1_800)
      assert.strictEqual(attributes["agentops.approval.request"], `{"version":"1"}`)
      assert.strictEqual(Number(endTime - startTime) / 1e9, 1_800)
      const root = named(yield* spans, "Release")
      assert.strictEqual(parentSpanId, root.spanId)
      assert.deepStrictEqual(totals(root), whole)
      assert.isFalse((yield* spans).some(({ name }) =>
        name.startsWith("effect-agentops/")
      ))
    }).pipe(Effect.provide(Live)))

  it.effect("that fails is one failed event", () =>
    Effect.gen(function*() {
      const approval = yield* released(
        Effect.suspend(() => DurableDeferred.fail(Answer, { token: token.value, error: "nobody is there" }))
      )
      assert.strictEqual(approval.status.code, "error")
      assert.strictEqual(named(yield* spans, "Release").attributes["agentops.session.end_state"], "Fail")
    }).pipe(Effect.provide(Live)))
})

describe("activities", () => {
  const Steps = Workflow.make("Steps", {
    payload: { id: Schema.String },
    success: Schema.Number,
    idempotencyKey: ({ id }) => id
  })
  let tries = 0
  const flaky = Activity.make({
    name: "flaky",
    error: Schema.String,
    execute: Effect.suspend(() => ++tries < 3 ? Effect.fail(`no ${tries}`) : Effect.void).pipe(traceTool("flaky"))
  }).pipe(Activity.retry({ times: 3 }))
  const StepsLive = Steps.toLayer(() =>
    Effect.gen(function*() {
      yield* Effect.orDie(flaky)
      yield* DurableClock.sleep({ name: "short", duration: "10 seconds" })
      yield* DurableClock.sleep({ name: "long", duration: "2 hours" })
      const [a, b] = yield* Effect.all([
        Activity.make({ name: "a", success: Schema.Number, execute: Effect.succeed(1).pipe(traceTool("a")) }),
        Activity.make({ name: "b", success: Schema.Number, execute: Effect.succeed(2).pipe(traceTool("b")) })
      ], { concurrency: "unbounded" })
      yield* Effect.withSpan(Effect.void, "step of the workflow")
      return a + b
    })
  )

  it.effect("have one span for each attempt, wait for clocks, and count in the totals of the whole", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Steps.execute({ id: "1" }), { startImmediately: true })
      for (let i = 0; i < 5; i++) yield* adjust("1 hour")
      assert.strictEqual(yield* Fiber.join(fiber), 3)
      const all = yield* spans
      const { traceId } = named(all, "Steps")
      const own = all.filter((span) => span.traceId === traceId)
      const of = (name: string) => own.filter((span) => span.name === name)
      assert.deepStrictEqual(
        of("flaky").map(({ attributes, status }) => [attributes["agentops.workflow.attempt"], status.code]),
        [
          [1, "error"],
          [2, "error"],
          [3, "unset"]
        ]
      )
      assert.lengthOf(of("DurableClock/short"), 1)
      assert.lengthOf(of("a"), 1)
      assert.lengthOf(of("b"), 1)
      assert.lengthOf(of("step of the workflow"), 1)
      assert.strictEqual(named(own, "Steps").attributes["agentops.session.tool_calls"], 5)
      assert.strictEqual(named(own, "Steps").attributes["agentops.session.errors"], 2)
    }).pipe(Effect.provide(StepsLive.pipe(Layer.provideMerge(tracing({ keepOpen: "1 day" }))))))

  const Booking = Workflow.make("Booking", {
    payload: { id: Schema.String },
    error: Schema.String,
    idempotencyKey: ({ id }) => id
  })
  const cancel = Activity.make({ name: "cancel", execute: Effect.void.pipe(traceTool("cancel")) })
  const BookingLive = Booking.toLayer(() =>
    Effect.gen(function*() {
      yield* Activity.make({ name: "book", execute: Effect.void.pipe(traceTool("book")) }).pipe(
        Booking.withCompensation(() => cancel)
      )
      yield* DurableClock.sleep({ name: "long", duration: "2 hours" })
      return yield* Effect.fail("sold out")
    })
  )

  it.effect("that compensate for a failure are part of the execution", () =>
    withOutput(({ logged }) =>
      Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(Effect.exit(Booking.execute({ id: "1" })), { startImmediately: true })
        for (let i = 0; i < 4; i++) yield* adjust("1 hour")
        yield* Fiber.join(fiber)
        const all = yield* spans
        const root = named(all, "Booking")
        assert.strictEqual(all.at(-1)!.name === "Booking" || all.at(-2)!.name === "Booking", true)
        assert.strictEqual(named(all, "cancel").parentSpanId, root.spanId)
        assert.strictEqual(root.attributes["agentops.session.tool_calls"], 2)
        assert.strictEqual(root.attributes["agentops.session.end_state"], "Fail")
        assert.deepStrictEqual(logged, [])
      }).pipe(Effect.provide(BookingLive.pipe(Layer.provideMerge(tracing({ keepOpen: "1 day" })))))
    ))

  it.effect("of an execution that outlasts its outer session count for the execution", () =>
    withOutput(({ logged }) =>
      Effect.gen(function*() {
        token.value = "" as DurableDeferred.Token
        const [summary] = yield* Effect.andThen(Refund.execute({ order: "11" }, { discard: true }), isAsked).pipe(
          Session.withSummary({ name: "ticket" })
        )
        assert.deepStrictEqual([summary.llmCalls, summary.toolCalls], [1, 0])
        yield* adjust("1 minute")
        yield* decide(true)
        yield* adjust("1 minute")
        const all = yield* spans
        assert.deepStrictEqual(totals(named(all, "Refund")), whole)
        assert.strictEqual(named(all, "Refund").traceId, named(all, "ticket").traceId)
        assert.deepStrictEqual(logged, [])
      }).pipe(Effect.provide(live()))
    ))

  it.effect("of a workflow without tracing behave as before", () =>
    Effect.gen(function*() {
      tries = 0
      const fiber = yield* Effect.forkChild(Steps.execute({ id: "1" }), { startImmediately: true })
      for (let i = 0; i < 5; i++) yield* adjust("1 hour")
      assert.strictEqual(yield* Fiber.join(fiber), 3)
    }).pipe(Effect.provide(StepsLive.pipe(Layer.provideMerge(WorkflowTracing.layer(WorkflowEngine.layerMemory))))))
})
