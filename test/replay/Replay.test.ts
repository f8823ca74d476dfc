/** A replayed run is the same run without any call, and the first difference is reported. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Data, Effect, Exit, Option, pipe, Random, Schedule, Stream } from "effect"
import type { SpanData } from "../../src/core/SpanData.ts"
import { Redactor } from "../../src/index.ts"
import { Replay } from "../../src/replay/index.ts"
import { Expectation, SpanTree, TestTracing } from "../../src/testing/index.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceAttempt } from "../../src/trace/Attempt.ts"
import { traceLlm, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as LlmStream from "../../src/trace/LlmStream.ts"
import { traceLlmStreamWith } from "../../src/trace/LlmStream.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"

class Busy extends Data.TaggedError("Busy")<{ readonly message: string }> {}

const sameTree = (recorded: ReadonlyArray<SpanData>, replayed: ReadonlyArray<SpanData>) =>
  Expectation.assert(
    replayed,
    Expectation.exactly(Expectation.inOrder(...SpanTree.make(recorded).map(Expectation.of)))
  )

/** A program that counts each of its calls. */
const counted = () => {
  const made: Array<string> = []
  return { made, make: <A>(name: string, value: A) => Effect.sync(() => (made.push(name), value)) }
}

const completion = (message: object, id = "chatcmpl-1") => ({
  id,
  object: "chat.completion",
  model: "gpt-4o-2024-08-06",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop" }],
  usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 }
})

const replayed = <A, E, R>(program: Effect.Effect<A, E, R>, spans: ReadonlyArray<SpanData>, options?: Replay.Options) =>
  TestTracing.run(
    Effect.gen(function*() {
      const exit = yield* Effect.exit(program)
      const replay = yield* Replay.Replay
      return { exit, difference: Option.getOrUndefined(yield* replay.difference), remaining: yield* replay.remaining }
    }).pipe(Effect.provide(Replay.layer(spans, options)))
  ).pipe(Effect.map(({ exit, spans }) => {
    assert.isTrue(Exit.isSuccess(exit))
    return {
      ...(exit as Exit.Success<
        {
          exit: Exit.Exit<A, E>
          difference: Replay.ReplayDifference | Replay.ReplayError | undefined
          remaining: ReadonlyArray<Replay.RecordedCall>
        }
      >).value,
      spans
    }
  }))

const agent = (world: ReturnType<typeof counted>, policy = "Be kind.") =>
  Effect.gen(function*() {
    const messages: Array<object> = [{ role: "system", content: policy }, { role: "user", content: "Weather?" }]
    const ask = (answer: object, id: string) => {
      const request = { model: "gpt-4o", messages: [...messages], temperature: 0 }
      let tries = 0
      return pipe(
        Effect.suspend(() =>
          ++tries < 2 ? Effect.fail(new Busy({ message: "busy" })) : world.make(`model ${id}`, completion(answer, id))
        ),
        traceAttempt,
        Effect.retry({ times: 3, schedule: Schedule.spaced("20 millis") }),
        traceLlmWith({ request }),
        Effect.map(({ choices: [choice] }) =>
          choice!.message as {
            readonly content?: string
            readonly tool_calls?: ReadonlyArray<
              { readonly id: string; readonly function: { readonly arguments: string } }
            >
          }
        )
      )
    }
    const first = yield* ask({
      content: null,
      tool_calls: ["Bonn", "Rome"].map((city) => ({
        id: `call_${city}`,
        type: "function",
        function: { name: "weather", arguments: JSON.stringify({ city }) }
      }))
    }, "a")
    messages.push({ role: "assistant", ...first })
    const results = yield* Effect.forEach(first.tool_calls!, (call) => {
      const { city } = JSON.parse(call.function.arguments) as { readonly city: string }
      return pipe(
        Effect.delay(
          world.make(`tool ${city}`, { city, sky: city === "Bonn" ? "rain" : "sun" }),
          city === "Bonn" ? 20 : 5
        ),
        Effect.withSpan("GET /weather", { kind: "client", attributes: { "weather.city": city } }),
        traceTool("weather", { parameters: { city }, callId: call.id }),
        Effect.map((result) => ({ role: "tool", tool_call_id: call.id, content: JSON.stringify(result) }))
      )
    }, { concurrency: "unbounded" })
    messages.push(...results)
    yield* pipe(
      Effect.fail(new Busy({ message: "closed" })),
      traceTool("archive"),
      Effect.catchTag("Busy", ({ message }) => Effect.succeed(message))
    )
    const last = yield* ask({ content: "Rain in Bonn." }, "b")
    return last.content
  }).pipe(traceAgent("weather"), Session.withSession({ name: "weather" }))

describe("a run of combinators", () => {
  it.live("is the same again, without a call and without waiting", () =>
    Effect.gen(function*() {
      const world = counted()
      const recorded = yield* TestTracing.run(agent(world))
      assert.deepStrictEqual(world.made, ["model a", "tool Rome", "tool Bonn", "model b"])
      const nobody = counted()
      const again = yield* replayed(agent(nobody), recorded.spans)
      assert.deepStrictEqual(again.exit, Exit.succeed("Rain in Bonn."))
      assert.deepStrictEqual(nobody.made, [])
      assert.deepStrictEqual([again.difference, again.remaining], [undefined, []])
      sameTree(recorded.spans, again.spans)
      // The times are those of the recording.
      const root = (spans: ReadonlyArray<SpanData>) => spans.find(({ parentSpanId }) => parentSpanId === undefined)!
      assert.strictEqual(root(again.spans).startTime / 1000n, root(recorded.spans).startTime / 1000n)
      const ends = (spans: ReadonlyArray<SpanData>) =>
        spans.filter(({ name }) => name === "agent.tool").map(({ attributes }) => attributes["gen_ai.tool.call.id"])
      assert.deepStrictEqual(ends(again.spans), ends(recorded.spans))
    }))

  it.live("is the same in each replay, side by side too", () =>
    Effect.gen(function*() {
      const recorded = yield* TestTracing.run(agent(counted()))
      const runs = yield* Effect.forEach(Array.from({ length: 20 }), () => replayed(agent(counted()), recorded.spans), {
        concurrency: 10
      })
      for (const run of runs) {
        assert.deepStrictEqual(run.exit, Exit.succeed("Rain in Bonn."))
        sameTree(recorded.spans, run.spans)
      }
    }))

  it.live("names a changed prompt, with both texts, and no retry hides it", () =>
    Effect.gen(function*() {
      const recorded = yield* TestTracing.run(agent(counted()))
      const nobody = counted()
      const again = yield* replayed(Effect.retry(agent(nobody, "Be blunt."), { times: 3 }), recorded.spans)
      assert.deepStrictEqual(nobody.made, [])
      const { difference } = again
      assert.strictEqual(difference?._tag, "ReplayDifference")
      if (difference?._tag !== "ReplayDifference") return
      assert.strictEqual(
        difference.message,
        "The first difference, at call 1 (model gpt-4o): inputMessages[0].parts[0].content\n" +
          "  recorded: Be kind.\n  asked:    Be blunt."
      )
      assert.deepStrictEqual([difference.recorded, difference.actual], ["Be kind.", "Be blunt."])
      assert.isTrue(Exit.isFailure(again.exit) && Cause.hasDies(again.exit.cause))
    }))

  it.live("names the difference: a tool's argument, a setting, a call too many, one too few", () =>
    Effect.gen(function*() {
      const tool = (name: string, parameters: unknown) => traceTool(Effect.succeed(1), name, { parameters })
      const model = (temperature: number) =>
        traceLlmWith(Effect.succeed(completion({ content: "x" })), {
          request: { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }], temperature }
        })
      const messageOf = (first: Effect.Effect<unknown>, second: Effect.Effect<unknown>) =>
        Effect.gen(function*() {
          const { spans } = yield* TestTracing.run(first)
          return (yield* replayed(second, spans)).difference?.message
        })
      assert.strictEqual(
        yield* messageOf(tool("search", { query: "shoes", limit: 3 }), tool("search", { query: "shoe", limit: 3 })),
        "The first difference, at call 1 (tool search): parameters.query\n  recorded: shoes\n  asked:    shoe"
      )
      assert.strictEqual(
        yield* messageOf(model(0), model(0.5)),
        "The first difference, at call 1 (model gpt-4o): temperature\n  recorded: 0\n  asked:    0.5"
      )
      assert.strictEqual(
        yield* messageOf(tool("search", 1), tool("find", 1)),
        "The first difference, at call 1 (tool search): name\n  recorded: search\n  asked:    find"
      )
      assert.strictEqual(
        yield* messageOf(tool("search", 1), Effect.andThen(tool("search", 1), tool("search", 1))),
        "The first difference: tool search 1 is called, and nothing more was recorded".replace(" 1 is", " is")
      )
      const { spans } = yield* TestTracing.run(Effect.andThen(tool("search", 1), tool("search", 2)))
      const verified = yield* TestTracing.run(
        Effect.andThen(tool("search", 1), Effect.flatMap(Replay.Replay, (replay) => Effect.flip(replay.verify)))
          .pipe(Effect.provide(Replay.layer(spans)))
      )
      assert.deepStrictEqual(
        Exit.map(verified.exit, ({ message }) => message),
        Exit.succeed("The first difference: call 2 (tool search) was recorded, and is not made")
      )
    }))

  it.live("answers repeated questions in the recorded order", () =>
    Effect.gen(function*() {
      let count = 0
      const next = traceTool(Effect.sync(() => ++count), "next")
      const program = Effect.all([next, next, next])
      const { spans } = yield* TestTracing.run(program)
      assert.deepStrictEqual((yield* replayed(program, spans)).exit, Exit.succeed([1, 2, 3]))
      assert.strictEqual(count, 3)
    }))

  it.live("does not guess between concurrent calls that cannot be distinguished", () =>
    Effect.gen(function*() {
      let count = 0
      const next = traceTool(Effect.delay(Effect.sync(() => ++count), 5), "next")
      const program = Effect.all([next, next], { concurrency: 2 })
      const { spans } = yield* TestTracing.run(program)
      const { difference } = yield* replayed(program, spans)
      assert.match(difference!.message, /^Calls 1 and 2 \(tool next\) cannot be told apart/)
    }))

  it.live("lets the same call win a race, and interrupts the loser", () =>
    Effect.gen(function*() {
      const one = (name: string, wait: number) => traceTool(Effect.delay(Effect.succeed(name), wait), name)
      const program = (a: number, b: number) => Effect.race(one("a", a), one("b", b))
      const { spans } = yield* TestTracing.run(program(30, 2))
      // Now the other one would be first.
      const again = yield* replayed(program(0, 30), spans)
      assert.deepStrictEqual(again.exit, Exit.succeed("b"))
      sameTree(spans, again.spans)
    }))

  it.live("runs a tool that made calls, and answers these calls", () =>
    Effect.gen(function*() {
      const made: Array<string> = []
      const inner = traceTool(Effect.sync(() => made.push("inner")), "inner")
      const outer = traceTool(Effect.andThen(inner, Effect.sync(() => made.push("outer"))), "outer")
      const { spans } = yield* TestTracing.run(outer)
      const again = yield* replayed(outer, spans)
      assert.deepStrictEqual(made, ["inner", "outer", "outer"])
      sameTree(
        spans.map((span) => span.name === "agent.tool" ? span : span),
        again.spans.map((span) =>
          span.attributes["gen_ai.tool.call.result"] === "3"
            ? { ...span, attributes: { ...span.attributes, "gen_ai.tool.call.result": "2" } }
            : span
        )
      )
    }))

  it.live("has the recorded time and the same random numbers, and sleeps cost nothing", () =>
    Effect.gen(function*() {
      const started = yield* Clock.currentTimeMillis
      const call = traceTool(Effect.succeed(1), "x")
      const { spans } = yield* TestTracing.run(call)
      const program = Effect.gen(function*() {
        yield* call
        const before = yield* Clock.currentTimeMillis
        yield* Effect.sleep("3 days")
        const timeout = yield* Effect.timeoutOption(Effect.never, "1 hour")
        const value = yield* Effect.timeoutOption(Effect.delay(Effect.succeed("in time"), "1 minute"), "1 hour")
        return [yield* Random.nextInt, (yield* Clock.currentTimeMillis) - before, timeout, value] as const
      })
      const first = yield* replayed(program, spans)
      const second = yield* replayed(program, spans)
      assert.deepStrictEqual(first.exit, second.exit)
      assert.isTrue(Exit.isSuccess(first.exit))
      if (Exit.isSuccess(first.exit)) {
        const [, passed, timeout, value] = first.exit.value
        assert.strictEqual(passed, (3 * 24 + 1) * 3_600_000 + 60_000)
        assert.deepStrictEqual([timeout, value], [Option.none(), Option.some("in time")])
      }
      assert.isBelow((yield* Clock.currentTimeMillis) - started, 60_000)
    }))

  it.live("may run the tools, and answer only the models", () =>
    Effect.gen(function*() {
      const recorded = yield* TestTracing.run(agent(counted()))
      const world = counted()
      const again = yield* replayed(agent(world), recorded.spans, { answers: ["model"], time: "live" })
      assert.deepStrictEqual(again.exit, Exit.succeed("Rain in Bonn."))
      assert.deepStrictEqual(world.made, ["tool Rome", "tool Bonn"])
      assert.deepStrictEqual(again.remaining, [])
      sameTree(recorded.spans, again.spans)
    }))
})

describe("a recording that cannot be replayed says why", () => {
  const ask = (content: string) =>
    traceLlmWith(Effect.succeed(completion({ content: "Hi!" })), {
      request: { model: "gpt-4o", messages: [{ role: "user", content }] }
    })

  const reasonOf = (program: Effect.Effect<unknown, unknown>, options?: TestTracing.Options) =>
    Effect.gen(function*() {
      const { spans } = yield* TestTracing.run(program, options)
      const { difference } = yield* replayed(program, spans)
      return difference?._tag === "ReplayError"
        ? [difference.reason, difference.message] as const
        : [difference?._tag, ""] as const
    })

  it.live("content was left out", () =>
    Effect.gen(function*() {
      const [reason, message] = yield* reasonOf(ask("Hello"), { content: false })
      assert.strictEqual(reason, "content")
      assert.match(message, /was asked is not in the recording: it was made without content/)
      assert.strictEqual((yield* reasonOf(traceTool(Effect.succeed(1), "x"), { content: false }))[0], "content")
      assert.strictEqual(
        (yield* reasonOf(traceTool(Effect.succeed(1), "x", { parameters: 1, result: null })))[0],
        "content"
      )
    }))

  it.live("the answer was cut", () =>
    Effect.gen(function*() {
      const long = traceLlmWith(Effect.succeed(completion({ content: "word ".repeat(20_000) })), {
        request: { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] }
      })
      const [reason, message] = yield* reasonOf(long, { spanLimits: { attributeValueLength: 400 } })
      assert.strictEqual(reason, "content")
      assert.match(message, /The answer of call 1 .* was cut when it was recorded/)
      const [other, said] = yield* reasonOf(long, { spanLimits: { spanLength: 8000 } })
      assert.deepStrictEqual([other, said], [reason, message])
      const asked = yield* reasonOf(ask("word ".repeat(20_000)), { spanLimits: { attributeValueLength: 400 } })
      assert.match(asked[1], /What call 1 .* was asked was cut/)
    }))

  it.live("the value is the program's own", () =>
    Effect.gen(function*() {
      const own = traceLlmWith(Effect.succeed({ text: "Hi" }), {
        model: "own",
        inputMessages: [{ role: "user", parts: [{ type: "text", content: "x" }] }],
        outputMessages: ({ text }) => [{ role: "assistant", parts: [{ type: "text", content: text }] }]
      })
      assert.strictEqual((yield* reasonOf(own))[0], "value")
      const mapped = traceTool(Effect.succeed(new Map([["a", 1]])), "x", { result: (map) => [...map] })
      assert.strictEqual((yield* reasonOf(mapped))[0], "value")
      const { spans } = yield* TestTracing.run(mapped)
      const again = yield* replayed(mapped, spans, {
        value: ({ fields, kind }) =>
          kind === "tool" ? new Map(fields.result as ReadonlyArray<[string, number]>) : undefined
      })
      assert.deepStrictEqual(again.exit, Exit.succeed(new Map([["a", 1]])))
    }))

  it.live("it is empty", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.scoped(Effect.provide(Effect.void, Replay.layer([]))))
      assert.strictEqual(error.reason, "recording")
    }))

  it.live("but a truncated long question, and one with a redacted secret, match", () =>
    Effect.gen(function*() {
      const long = ask(
        `Use sk-proj-${"a1B2c3D4".repeat(6)}T3BlbkFJ${"a1B2c3D4".repeat(6)} and ${"word ".repeat(20_000)}`
      )
      const options = { spanLimits: { spanLength: 12_000 }, redactor: Redactor.credentials }
      const { spans } = yield* TestTracing.run(long, options)
      assert.notInclude(JSON.stringify(spans[1]!.attributes["gen_ai.input.messages"]), "a1B2c3D4a1B2")
      assert.match(JSON.stringify(spans[1]!.attributes["gen_ai.input.messages"]), /characters/)
      const again = yield* replayed(long, spans)
      assert.isUndefined(again.difference?.message)
      assert.isTrue(Exit.isSuccess(again.exit))
    }))
})

describe("a fork", () => {
  const step = (made: Array<string>, name: string, value: string) => (input: string) =>
    traceTool(Effect.sync(() => (made.push(name), `${input} ${value}`)), name, { parameters: input })
  const chain = (made: Array<string>) =>
    step(made, "a", "1")("0").pipe(
      Effect.flatMap(step(made, "b", "2")),
      Effect.flatMap(step(made, "c", "3"))
    )
  const forked = (options: Replay.ForkOptions) =>
    Effect.gen(function*() {
      const { spans } = yield* TestTracing.run(chain([]))
      const made: Array<string> = []
      const { exit } = yield* TestTracing.run(chain(made).pipe(Effect.provide(pipe(spans, Replay.fork(options)))))
      return [exit, made] as const
    })

  it.live("answers up to a call, and makes that call and the later ones", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* forked({ at: 2 }), [Exit.succeed("0 1 2 3"), ["b", "c"]])
      assert.deepStrictEqual(yield* forked({ at: (call) => call.name === "c" }), [Exit.succeed("0 1 2 3"), ["c"]])
    }))

  it.live("answers a call differently, and makes the later calls", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* forked({ at: 2, with: "other" }), [Exit.succeed("other 3"), ["c"]])
    }))

  it.live("of a missing call is an error", () =>
    Effect.gen(function*() {
      const { spans } = yield* TestTracing.run(chain([]))
      const error = yield* Effect.flip(Effect.scoped(Effect.provide(Effect.void, Replay.fork(spans, { at: 9 }))))
      assert.match(error.message, /There is no call to fork at: the recording has 3 calls/)
    }))
})

describe("streams and calls with less information", () => {
  it.live("a stream of chunks gives the recorded answer", () =>
    Effect.gen(function*() {
      const request = { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }], stream: true }
      const chunk = (delta: object, finish_reason: string | null = null) => ({
        object: "chat.completion.chunk",
        id: "c1",
        model: "gpt-4o-1",
        choices: [{ index: 0, delta, finish_reason }]
      })
      let made = 0
      const source = Stream.fromIterable([chunk({ content: "Hel" }), chunk({ content: "lo you" }), chunk({}, "stop")])
        .pipe(
          Stream.tap(() => Effect.sync(() => made++)),
          Stream.tap(() => Effect.sleep(3))
        )
      const program = pipe(
        source,
        traceLlmStreamWith({ request }),
        Stream.map(({ choices: [choice] }) => String((choice!.delta as { content?: string }).content ?? "")),
        Stream.mkString
      )
      const recorded = yield* TestTracing.run(program)
      assert.strictEqual(made, 3)
      const again = yield* replayed(program, recorded.spans)
      assert.deepStrictEqual(again.exit, Exit.succeed("Hello you"))
      assert.strictEqual(made, 3)
      sameTree(recorded.spans, again.spans)
      assert.strictEqual(again.spans.at(-1)!.endTime, recorded.spans.at(-1)!.endTime)
    }))

  it.live("a call around a call is answered by the inner one", () =>
    Effect.gen(function*() {
      let made = 0
      const inner = traceLlmWith(Effect.sync(() => (made++, completion({ content: "x" }))), {
        request: { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }] }
      })
      const program = pipe(inner, traceLlm)
      const recorded = yield* TestTracing.run(program)
      const again = yield* replayed(program, recorded.spans)
      assert.strictEqual(made, 1)
      assert.isTrue(Exit.isSuccess(again.exit))
      sameTree(recorded.spans, again.spans)
    }))

  it.live("a streamed tool returns its elements, and texts as one", () =>
    Effect.gen(function*() {
      let made = 0
      const elements = Stream.fromIterable([{ a: 1 }, { a: 2 }]).pipe(Stream.tap(() => Effect.sync(() => made++)))
      const texts = Stream.fromIterable(["Hel", "lo"]).pipe(Stream.tap(() => Effect.sync(() => made++)))
      const program = Effect.all([
        Stream.runCollect(elements.pipe(traceTool("list"))),
        Stream.mkString(texts.pipe(traceTool("say")))
      ])
      const recorded = yield* TestTracing.run(program)
      const again = yield* replayed(program, recorded.spans)
      assert.deepStrictEqual(recorded.exit, Exit.succeed([[{ a: 1 }, { a: 2 }], "Hello"]))
      assert.deepStrictEqual(again.exit, recorded.exit)
      assert.deepStrictEqual([made, again.remaining], [4, []])
      sameTree(recorded.spans, again.spans)
    }))

  it.live("an iterable of chunks gives the recorded answer", () =>
    Effect.gen(function*() {
      let made = 0
      const start = async () =>
        (async function*() {
          made++
          yield {
            object: "chat.completion.chunk",
            id: "c",
            model: "gpt-4o-1",
            choices: [{ index: 0, delta: { content: "Hello" }, finish_reason: null }]
          }
          yield {
            object: "chat.completion.chunk",
            id: "c",
            model: "gpt-4o-1",
            choices: [{ index: 0, delta: {}, finish_reason: "stop" }]
          }
        })()
      const request = { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }], stream: true }
      const program = Effect.gen(function*() {
        const chunks = yield* Effect.promise(start).pipe(LlmStream.traceAsyncIterable({ request }))
        return yield* Effect.promise(async () => {
          let text = ""
          for await (const { choices: [choice] } of chunks) {
            text += (choice!.delta as { content?: string }).content ?? ""
          }
          return text
        })
      })
      const recorded = yield* TestTracing.run(program)
      const again = yield* replayed(program, recorded.spans)
      assert.deepStrictEqual([recorded.exit, again.exit], [Exit.succeed("Hello"), Exit.succeed("Hello")])
      assert.deepStrictEqual([made, again.remaining], [1, []])
      sameTree(recorded.spans, again.spans)
    }))
})
