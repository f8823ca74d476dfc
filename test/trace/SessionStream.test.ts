/** Sessions and events that last as long as a stream, with any outcome, and as long as a value is read. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { run as traced, spansOf } from "../../src/testing/TestTracing.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceLlmStreamWith } from "../../src/trace/LlmStream.ts"
import * as Propagation from "../../src/trace/Propagation.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { named, tree } from "../support/traced.ts"

const words = Stream.make("Hel", "lo!").pipe(Stream.rechunk(1))
const call = traceLlmStreamWith<string>({ model: "m", cost: 0.01 })

const collecting = () => {
  const ended: Array<Session.Summary> = []
  return { ended, onEnd: (summary: Session.Summary) => Effect.sync(() => void ended.push(summary)) }
}

const warned = Effect.gen(function*() {
  const lines: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => {
    if (logLevel === "Warn") lines.push(String(message))
  })
  return { lines, layer: Logger.layer([logger]) }
})

describe("a stream", () => {
  it.effect("is a session, an agent, an action and a tool, which end with it", () =>
    Effect.gen(function*() {
      const { ended, onEnd } = collecting()
      const stream = words.pipe(
        Stream.tap(() => TestClock.adjust("1 second")),
        call,
        traceTool("t"),
        traceAction("act"),
        traceAgent("ag"),
        Session.withSession({ name: "s", onEnd })
      )
      const spans = yield* spansOf(Stream.runCollect(stream))
      assert.deepStrictEqual(tree(spans), [
        ["s", ["agent.run", ["agent.action", [
          "action.execution",
          ["agent.tool", ["tool.execution", ["llm.completion", "llm.api.call"]]]
        ]]]]
      ])
      assert.deepInclude(ended[0], { llmCalls: 1, toolCalls: 1, actions: 1, errors: 0, endState: "Success" })
      assert.strictEqual(named(spans, "agent.tool").attributes["gen_ai.tool.call.result"], "\"Hello!\"")
      assert.strictEqual(named(spans, "agent.run").attributes["gen_ai.response.time_to_first_chunk"], 1)
      assert.strictEqual(named(spans, "s").attributes["agentops.session.time_to_first_chunk"], 1)
      for (const span of spans) assert.isTrue(span.endTime >= named(spans, "llm.completion").endTime)
    }))

  it.effect("keeps elements, errors and finalizers inside the session", () =>
    Effect.gen(function*() {
      const { ended, onEnd } = collecting()
      const cleanup = Effect.void.pipe(traceTool("cleanup"))
      const stream = words.pipe(Stream.ensuring(cleanup), Session.withSession({ name: "s", onEnd }))
      const spans = yield* spansOf(
        Stream.runCollect(stream).pipe(
          Effect.tap((all) => Effect.sync(() => assert.deepStrictEqual(all, ["Hel", "lo!"])))
        )
      )
      assert.strictEqual(named(spans, "agent.tool").traceId, named(spans, "s").traceId)
      assert.strictEqual(ended[0]?.toolCalls, 1)
    }))

  it.effect("reads its elements by options, data-first", () =>
    Effect.gen(function*() {
      const stream = traceTool(Stream.make(1, 2, 3), "sum", { result: (all) => all.reduce((a, b) => a + b, 0) })
      const spans = yield* spansOf(Stream.runDrain(stream))
      assert.strictEqual(named(spans, "agent.tool").attributes["gen_ai.tool.call.result"], "6")
    }))

  it.effect("continues a caller's session", () =>
    Effect.gen(function*() {
      const remote = Propagation.extract({
        traceparent: "00-0192f0c17e1a7c3e9d5b3a1f0c9e2b44-00f067aa0ba902b7-01"
      })
      const spans = yield* spansOf(Effect.andThen(
        Stream.runDrain(words.pipe(call, Propagation.continueSession(remote, { name: "part" }))),
        Stream.runDrain(words.pipe(call, Propagation.continueSession(Option.none(), { name: "new" })))
      ))
      const calls = spans.filter(({ name }) => name === "llm.completion")
      assert.deepStrictEqual(calls.map((span) => span.traceId), [
        "0192f0c17e1a7c3e9d5b3a1f0c9e2b44",
        named(spans, "new").traceId
      ])
      assert.strictEqual(named(spans, "part").attributes["agentops.session.llm_calls"], 1)
    }))
})

// How a stream ends: the actions of its consumer and its source.
const ways = {
  drained: (stream: Stream.Stream<string, string>) => Stream.runDrain(stream),
  failed: (stream: Stream.Stream<string, string>) => Stream.runDrain(Stream.concat(stream, Stream.fail("down"))),
  "let go": (stream: Stream.Stream<string, string>) => Stream.runDrain(Stream.take(stream, 1)),
  "never run": () => Effect.void,
  interrupted: (stream: Stream.Stream<string, string>) =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Stream.runDrain(Stream.concat(stream, Stream.never)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
    }),
  "pulled once": (stream: Stream.Stream<string, string>) =>
    Effect.scoped(Effect.flatMap(Stream.toPull(stream), (pull) => Effect.ignore(pull)))
}

const wayNames = ["drained", "failed", "let go", "never run", "interrupted", "pulled once"] as const

describe("for streams of a session with any ends", () => {
  it.effect.prop(
    "no span is open and the totals are those of the events",
    {
      ends: Arbitrary.array(Arbitrary.schema(Schema.Literals(wayNames)), { minLength: 1, maxLength: 4 }),
      together: Arbitrary.schema(Schema.Boolean),
      sourceFails: Arbitrary.schema(Schema.Boolean),
      asStream: Arbitrary.schema(Schema.Boolean)
    },
    ({ asStream, ends, sourceFails, together }) =>
      Effect.gen(function*() {
        const { ended, onEnd } = collecting()
        const source: Stream.Stream<string, string> = sourceFails ? Stream.concat(words, Stream.fail("broken")) : words
        const part = source.pipe(call, traceTool("t"), traceAgent("a"))
        const run = Effect.forEach(ends, (end) => Effect.exit(ways[end](part) as Effect.Effect<unknown, unknown>), {
          concurrency: together ? "unbounded" : 1,
          discard: true
        })
        const spans = yield* spansOf(
          asStream
            ? Stream.runDrain(Session.withSession(Stream.fromEffect(run), { name: "s", onEnd }))
            : Session.withSession(run, { name: "s", onEnd })
        )
        const count = (name: string) => spans.filter((span) => span.name === name).length
        const runs = ends.filter((end) => end !== "never run").length
        assert.strictEqual(count("agent.run"), runs)
        assert.strictEqual(count("llm.completion"), runs)
        assert.strictEqual(count("llm.api.call"), runs)
        assert.strictEqual(ended.length, 1)
        assert.strictEqual(ended[0]?.llmCalls, runs)
        assert.strictEqual(ended[0]?.toolCalls, runs)
        assert.strictEqual(ended[0]?.costNanos, runs * 10_000_000)
        for (const span of spans) assert.strictEqual(span.traceId, named(spans, "s").traceId)
        const agents = spans.filter(({ name }) => name === "agent.run").map(({ attributes }) => attributes)
        for (const attributes of agents) {
          assert.deepInclude(attributes, {
            "agentops.agent.llm_calls": 1,
            "agentops.agent.tool_calls": 1,
            "agentops.agent.cost": 0.01
          })
        }
      })
  )

  for (
    const [way, endState] of [["drained", "Success"], ["failed", "Fail"], ["interrupted", "Indeterminate"]] as const
  ) {
    it.effect(`a session of one that is ${way} is ${endState}`, () =>
      Effect.gen(function*() {
        const { ended, onEnd } = collecting()
        const source: Stream.Stream<string, string> = way === "failed"
          ? Stream.concat(words, Stream.fail("down"))
          : way === "interrupted"
          ? Stream.concat(words, Stream.never)
          : words
        const run = Stream.runDrain(source.pipe(call, Session.withSession({ name: "s", onEnd })))
        const program = way !== "interrupted" ? Effect.exit(run) : Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(run)
          yield* TestClock.adjust("1 second")
          yield* Fiber.interrupt(fiber)
        })
        const spans = yield* spansOf(program)
        assert.deepInclude(ended[0], { endState, llmCalls: 1, costNanos: 10_000_000 })
        assert.strictEqual(ended.length, 1)
        assert.strictEqual(named(spans, "llm.completion").traceId, named(spans, "s").traceId)
      }))
  }

  it.effect("a session of an abandoned stream is Indeterminate, with a warning", () =>
    Effect.gen(function*() {
      const { ended, onEnd } = collecting()
      const { layer, lines } = yield* warned
      const scope = yield* Scope.make()
      const pull = yield* Stream.toPull(words.pipe(Session.withSession({ name: "s", onEnd }))).pipe(
        Scope.provide(scope),
        Effect.provide(layer)
      )
      yield* pull
      yield* TestClock.adjust("6 minutes")
      assert.deepInclude(ended[0], { endState: "Indeterminate", endStateReason: "abandoned" })
      assert.lengthOf(lines, 1)
      assert.include(lines[0], "the stream of session s")
      yield* Scope.close(scope, Exit.void)
      assert.lengthOf(ended, 1)
    }))
})

describe("a session that ends too early", () => {
  it.effect("names the stream that still runs, once", () =>
    Effect.gen(function*() {
      const { layer, lines } = yield* warned
      const scope = yield* Scope.make()
      yield* traced(
        Effect.gen(function*() {
          const pull = yield* Stream.toPull(words.pipe(traceAgent("poet"))).pipe(Scope.provide(scope))
          return yield* pull
        }).pipe(Session.withSession({ name: "s" }))
      ).pipe(Effect.provide(layer))
      yield* Scope.close(scope, Exit.void)
      assert.lengthOf(lines, 1)
      assert.include(lines[0], "session s")
      assert.include(lines[0], "the stream of agent.run poet")
    }))

  it.effect("warns if its summary is returned with a stream", () =>
    Effect.gen(function*() {
      const { layer, lines } = yield* warned
      yield* Effect.succeed(words).pipe(Session.withSummary({ name: "s" }), Effect.provide(layer))
      assert.lengthOf(lines, 1)
      assert.include(lines[0], "Session.untilConsumed")
    }))
})

describe("Session.untilConsumed", () => {
  const answers = {
    Stream: {
      make: Effect.succeed(words.pipe(call)) as Effect.Effect<unknown>,
      read: (value: unknown) => Stream.runFold(value as Stream.Stream<string>, () => "", (all, word) => all + word)
    },
    ReadableStream: {
      make: Effect.map(
        Effect.context<never>(),
        (context) => Stream.toReadableStreamWith(Stream.encodeText(words.pipe(call)), context)
      ) as Effect.Effect<unknown>,
      read: (value: unknown) => Effect.promise(() => new Response(value as ReadableStream).text())
    },
    Response: {
      make: Effect.map(
        Effect.context<never>(),
        (context) =>
          new Response(Stream.toReadableStreamWith(Stream.encodeText(words.pipe(call)), context), { status: 201 })
      ) as Effect.Effect<unknown>,
      read: (value: unknown) => {
        assert.strictEqual((value as Response).status, 201)
        return Effect.promise(() => (value as Response).text())
      }
    },
    "async iterable": {
      make: Effect.map(
        Effect.context<never>(),
        (context) => Stream.toAsyncIterableWith(words.pipe(call), context)
      ) as Effect.Effect<unknown>,
      read: (value: unknown) =>
        Effect.promise(async () => {
          let all = ""
          for await (const word of value as AsyncIterable<string>) all += word
          return all
        })
    }
  }

  for (const [name, { make, read }] of Object.entries(answers)) {
    it.live(`keeps the session open for: ${name}`, () =>
      Effect.gen(function*() {
        const { ended, onEnd } = collecting()
        const spans = yield* spansOf(Effect.gen(function*() {
          const value = yield* make.pipe(Session.untilConsumed({ name: "s", onEnd }))
          assert.lengthOf(ended, 0)
          assert.strictEqual(yield* read(value), "Hello!")
        }))
        assert.deepInclude(ended[0], { endState: "Success", llmCalls: 1, costNanos: 10_000_000 })
        const root = named(spans, "s")
        assert.strictEqual(named(spans, "llm.completion").parentSpanId, root.spanId)
        assert.isTrue(root.endTime >= named(spans, "llm.completion").endTime)
      }))
  }

  it.live("ends when the reader cancels a Response", () =>
    Effect.gen(function*() {
      const { ended, onEnd } = collecting()
      const value = yield* Effect.sync(() => new Response("Hello!")).pipe(Session.untilConsumed({ name: "s", onEnd }))
      yield* Effect.promise(() => value.body!.cancel())
      assert.lengthOf(ended, 1)
    }))

  it.effect("ends with the effect if it fails, or if its value is nothing to read", () =>
    Effect.gen(function*() {
      const { ended, onEnd } = collecting()
      yield* Effect.exit(Effect.fail("no").pipe(Session.untilConsumed({ name: "s", onEnd })))
      yield* Effect.succeed(1).pipe(traceLlmWith({ cost: 0.01 }), Session.untilConsumed({ name: "s", onEnd }))
      assert.deepStrictEqual(ended.map(({ endState, llmCalls }) => [endState, llmCalls]), [["Fail", 0], ["Success", 1]])
    }))

  it.effect("ends for a stream that nobody runs", () =>
    Effect.gen(function*() {
      const { ended, onEnd } = collecting()
      const { layer, lines } = yield* warned
      yield* Effect.succeed(words).pipe(Session.untilConsumed({ name: "s", onEnd }), Effect.provide(layer))
      yield* TestClock.adjust("6 minutes")
      assert.deepInclude(ended[0], { endState: "Indeterminate", endStateReason: "abandoned" })
      assert.lengthOf(lines, 1)
    }))
})
