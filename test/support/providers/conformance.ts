/**
 * The laws of every provider's wrapper, tested with the real SDK and a server on this machine.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Message from "../../../src/model/Message.ts"
import type { ChatMessage } from "../../../src/model/Message.ts"
import { traceAgent } from "../../../src/trace/AgentEvent.ts"
import { traceLlm, traceLlmWith } from "../../../src/trace/LlmEvent.ts"
import { traceLlmStreamWith } from "../../../src/trace/LlmStream.ts"
import * as Session from "../../../src/trace/Session.ts"
import type { Answer, ReplayServer } from "../llm/replayServer.ts"
import { replayServer } from "../llm/replayServer.ts"
import { llmOf, llmSpans, spans, TestLive, tree } from "../llm/traced.ts"

interface Failed {
  readonly _tag: string
  readonly code: string
  readonly status: number | undefined
  readonly message: string
  readonly cause: unknown
}

/** A wrapped client that sends its requests to the server. */
export interface Subject {
  readonly ask: Effect.Effect<unknown, Failed>
  readonly tell?: Stream.Stream<unknown, Failed>
  readonly embed?: Effect.Effect<unknown, Failed>
  /** The same calls with a lent client of promises. */
  readonly lent: {
    readonly ask: Effect.Effect<unknown, Failed>
    /** Reads all chunks, or only the first ones. */
    readonly tell?: (take: number) => Effect.Effect<number, Failed>
  }
}

export interface Provider {
  readonly tag: string
  readonly provider: string
  readonly make: (server: ReplayServer, options: { readonly retries: number }) => Subject
  readonly asked: { readonly model: string; readonly messages: ReadonlyArray<ChatMessage> }
  readonly plain: Answer
  /** The content of the plain response, in several chunks. */
  readonly streamed?: Answer
  readonly said: {
    readonly text: string
    readonly finishReason: string
    readonly usage: object
    readonly responseModel?: string
    readonly responseId?: string
  }
  /** A response that requests the weather in Bonn. */
  readonly tool: Answer
  readonly toolId?: string
  readonly refused: Answer
  readonly refusal: { readonly code: string; readonly status: number; readonly message?: string }
  /** Whether the SDK retries and its requests can be distinguished. */
  readonly retries: boolean
  /** Whether the SDK's requests can be observed. If not, its attempts and its server are unknown. Default: `true`. */
  readonly shows?: boolean
  readonly embedded?: {
    readonly answer: Answer
    readonly model: string
    readonly dimensions?: number
    readonly tokens?: number
  }
}

const textOf = (messages: ReadonlyArray<ChatMessage> | undefined) => messages?.map(Message.toText).join("")

/** The tests of a wrapper. */
export const conforms = (one: Provider): void => {
  const subject = (answers: ReadonlyArray<Answer>, retries = 0) =>
    Effect.map(replayServer(answers), (server) => ({ ...one.make(server, { retries }), server }))

  const assertSaid = (span: Parameters<typeof llmOf>[0]) => {
    const event = llmOf(span)
    assert.strictEqual(event.provider, one.provider)
    assert.strictEqual(event.model, one.asked.model)
    assert.deepStrictEqual(event.inputMessages, one.asked.messages)
    assert.strictEqual(textOf(event.outputMessages), one.said.text)
    assert.deepStrictEqual(event.finishReasons, [one.said.finishReason])
    assert.deepStrictEqual<unknown>(event.usage, one.said.usage)
    if (one.said.responseModel !== undefined) assert.strictEqual(event.responseModel, one.said.responseModel)
    if (one.said.responseId !== undefined) assert.strictEqual(event.responseId, one.said.responseId)
  }

  const assertServer = (span: Parameters<typeof llmOf>[0], { url }: ReplayServer) => {
    const { serverAddress, serverPort } = llmOf(span)
    if (one.shows !== false) assert.strictEqual(`http://${serverAddress}:${serverPort}`, url)
  }

  // Some SDKs retry after every error.
  const refused = Array.from({ length: one.shows === false ? 4 : 1 }, () => one.refused)

  describe("a call", () => {
    it.effect("is one event of the session with request, response and server", () =>
      Effect.gen(function*() {
        const { ask, server } = yield* subject([one.plain])
        const [summary] = yield* ask.pipe(traceAgent("a"), Session.withSummary({ name: "s" }))
        assert.strictEqual(summary.llmCalls, 1)
        assert.strictEqual(summary.errors, 0)
        const [span] = yield* llmSpans
        assertSaid(span)
        assertServer(span, server)
        assert.match(String(span!.attributes["code.file.path"]), /test[\\/]integrations[\\/].*\.test\.ts$/)
        assert.deepStrictEqual(yield* tree, ["s", "  agent.run", "    llm.completion", "      llm.api.call"])
      }).pipe(Effect.provide(TestLive)))

    it.effect("records the tool calls of the model", () =>
      Effect.gen(function*() {
        const { ask } = yield* subject([one.tool])
        yield* ask
        const [span] = yield* llmSpans
        assert.deepStrictEqual(
          llmOf(span).outputMessages?.flatMap(({ parts }) => parts).filter(({ type }) => type === "tool_call"),
          [Message.toolCall({ id: one.toolId, name: "weather", arguments: { city: "Bonn" } })]
        )
      }).pipe(Effect.provide(TestLive)))

    it.effect("that is rejected fails with the API's own code", () =>
      Effect.gen(function*() {
        const { ask } = yield* subject(refused)
        const error = yield* Effect.flip(ask)
        assert.strictEqual(error._tag, one.tag)
        assert.strictEqual(error.code, one.refusal.code)
        assert.strictEqual(error.status, one.refusal.status)
        if (one.refusal.message !== undefined) assert.include(error.message, one.refusal.message)
        assert.instanceOf(error.cause, Error)
        const [span] = yield* llmSpans
        assert.strictEqual(span!.status.code, "error")
        assert.strictEqual(span!.attributes["error.type"], one.refusal.code)
        assert.strictEqual(llmOf(span).model, one.asked.model)
      }).pipe(Effect.provide(TestLive)))

    it.effect.runIf(one.retries)(
      "that the SDK retries has an attempt for each request",
      () =>
        Effect.gen(function*() {
          const { ask, server } = yield* subject([one.refused, one.plain], 1)
          yield* ask
          assert.lengthOf(server.seen, 2)
          const attempts = (yield* spans).filter((span) => span.name === "llm.api.call")
          assert.deepStrictEqual<unknown>(
            attempts.map((span) => [span.status.code, span.attributes["error.type"]]),
            [["error", String(one.refusal.status)], ["unset", undefined]]
          )
          const [span, ...more] = yield* llmSpans
          assert.deepStrictEqual(more, [])
          assertSaid(span)
        }).pipe(Effect.provide(TestLive)),
      20_000
    )

    it.live("that is interrupted aborts its request without a failure", () =>
      Effect.gen(function*() {
        const { ask, server } = yield* subject([{
          pieces: ["{"],
          hang: true,
          headers: { "content-type": "application/json" }
        }])
        const fiber = yield* Effect.forkChild(ask)
        while (server.seen.length === 0) yield* Effect.sleep("1 millis")
        yield* Fiber.interrupt(fiber)
        while (!server.seen[0]!.aborted) yield* Effect.sleep("1 millis")
        const [span] = yield* llmSpans
        assert.strictEqual(span!.status.code, "unset")
      }).pipe(Effect.provide(TestLive)))

    it.effect("inside of a traced call belongs to that call", () =>
      Effect.gen(function*() {
        const { ask } = yield* subject([one.plain])
        const [summary] = yield* ask.pipe(traceLlm, Session.withSummary({ name: "s" }))
        assert.strictEqual(summary.llmCalls, 1)
        assert.deepStrictEqual(yield* tree, ["s", "  llm.completion", "    llm.api.call"])
        const [span] = yield* llmSpans
        assertSaid(span)
      }).pipe(Effect.provide(TestLive)))
  })

  const { embedded, streamed } = one

  const assertNothingSaid = Effect.gen(function*() {
    const all = yield* spans
    assert.isAbove(all.length, 2)
    const told = JSON.stringify(all.map(({ attributes, events }) => [attributes, events.map((one) => one.attributes)]))
    assert.notInclude(told, one.said.text)
    for (const message of one.asked.messages) assert.notInclude(told, JSON.stringify(Message.toText(message)))
    assert.notInclude(told, "Bonn")
    for (const span of yield* llmSpans) {
      const { inputMessages, outputMessages, usage } = llmOf(span)
      assert.deepStrictEqual([inputMessages, outputMessages], [undefined, undefined])
      assert.isDefined(usage, "what is no content is told")
    }
  })

  describe("content that the program excludes around it", () => {
    const calls: Record<string, readonly [Answer | undefined, (subject: Subject) => Effect.Effect<unknown, Failed>]> = {
      "a call": [one.plain, ({ ask }) => ask],
      "a call that asks for a tool": [one.tool, ({ ask }) => ask],
      "a stream": [streamed, ({ tell }) => Stream.runDrain(tell!)],
      "a lent client's call": [one.plain, ({ lent }) => lent.ask],
      "a lent client's stream": [streamed, ({ lent }) => lent.tell!(Infinity)]
    }
    for (const [name, [answer, run]] of Object.entries(calls)) {
      it.effect.runIf(answer !== undefined)(`stays excluded: ${name}`, () =>
        Effect.gen(function*() {
          for (const nothing of [null, () => null]) {
            const made = yield* subject([answer!])
            yield* run(made).pipe(
              traceLlmWith({ inputMessages: null, systemInstructions: null, outputMessages: nothing }),
              traceAgent("a", { output: null }),
              Session.withSession({ name: "s" })
            )
          }
          yield* assertNothingSaid
        }).pipe(Effect.provide(TestLive)))
    }

    it.effect.runIf(streamed !== undefined)(
      "stays excluded: a stream that is traced as one",
      () =>
        Effect.gen(function*() {
          const { tell } = yield* subject([streamed!])
          yield* tell!.pipe(
            traceLlmStreamWith({ inputMessages: null, outputMessages: null }),
            Stream.runDrain,
            traceAgent("a"),
            Session.withSession({ name: "s" })
          )
          yield* assertNothingSaid
        }).pipe(Effect.provide(TestLive))
    )
  })

  describe.runIf(streamed !== undefined)("a stream", () => {
    it.effect("is one event, and reads like the complete response", () =>
      Effect.gen(function*() {
        const { server, tell } = yield* subject([streamed!])
        const chunks = yield* Stream.runCollect(tell!)
        assert.isAbove(chunks.length, 1)
        const [span] = yield* llmSpans
        assertSaid(span)
        assert.strictEqual(llmOf(span).streamOutcome, "drained")
        assertServer(span, server)
      }).pipe(Effect.provide(TestLive)))

    it.live("that its consumer leaves is aborted and let go", () =>
      Effect.gen(function*() {
        const { server, tell } = yield* subject([{ ...streamed!, hang: true }])
        yield* Stream.runDrain(Stream.take(tell!, 1))
        while (!server.seen[0]!.aborted) yield* Effect.sleep("1 millis")
        const [span] = yield* llmSpans
        assert.strictEqual(llmOf(span).streamOutcome, "let_go")
        assert.strictEqual(span!.status.code, "unset")
      }).pipe(Effect.provide(TestLive)))

    it.live("that is interrupted is aborted", () =>
      Effect.gen(function*() {
        const { server, tell } = yield* subject([{ ...streamed!, hang: true }])
        const begun = yield* Deferred.make<void>()
        const fiber = yield* tell!.pipe(
          Stream.tap(() => Deferred.succeed(begun, undefined)),
          Stream.tap(() => Effect.never),
          Stream.runDrain,
          Effect.forkChild
        )
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(fiber)
        while (!server.seen[0]!.aborted) yield* Effect.sleep("1 millis")
        const [span] = yield* llmSpans
        assert.strictEqual(llmOf(span).streamOutcome, "interrupted")
      }).pipe(Effect.provide(TestLive)))

    it.effect("that is rejected fails with the API's own code", () =>
      Effect.gen(function*() {
        const { tell } = yield* subject(refused)
        const error = yield* Effect.flip(Stream.runDrain(tell!))
        assert.strictEqual(error.code, one.refusal.code)
        const [span] = yield* llmSpans
        assert.strictEqual(span!.attributes["error.type"], one.refusal.code)
      }).pipe(Effect.provide(TestLive)))
  })

  describe("a lent client", () => {
    it.effect("makes traced calls", () =>
      Effect.gen(function*() {
        const { lent, server } = yield* subject([one.plain])
        const [summary] = yield* lent.ask.pipe(Session.withSummary({ name: "s" }))
        assert.strictEqual(summary.llmCalls, 1)
        const [span, ...more] = yield* llmSpans
        assert.deepStrictEqual(more, [])
        assertSaid(span)
        assertServer(span, server)
      }).pipe(Effect.provide(TestLive)))

    it.effect("fails with the API's own code, on the span too", () =>
      Effect.gen(function*() {
        const { lent } = yield* subject(refused)
        const error = yield* Effect.flip(lent.ask)
        assert.strictEqual(error._tag, one.tag)
        assert.strictEqual(error.code, one.refusal.code)
        const [span] = yield* llmSpans
        assert.strictEqual(span!.attributes["error.type"], one.refusal.code)
      }).pipe(Effect.provide(TestLive)))

    it.effect.runIf(streamed !== undefined)("makes traced streams", () =>
      Effect.gen(function*() {
        const { lent } = yield* subject([streamed!, streamed!])
        assert.isAbove(yield* lent.tell!(Infinity), 1)
        yield* lent.tell!(1)
        const [whole, left, ...more] = yield* llmSpans
        assert.deepStrictEqual(more, [])
        assertSaid(whole)
        assert.strictEqual(llmOf(whole).streamOutcome, "drained")
        assert.strictEqual(llmOf(left).streamOutcome, "let_go")
      }).pipe(Effect.provide(TestLive)))
  })

  describe.runIf(embedded !== undefined)("an embedding", () => {
    it.effect("is an event with its model and its length", () =>
      Effect.gen(function*() {
        const { embed } = yield* subject([embedded!.answer])
        yield* embed!
        const [span] = yield* llmSpans
        const event = llmOf(span)
        assert.strictEqual(event.operation, "embeddings")
        assert.strictEqual(event.provider, one.provider)
        assert.strictEqual(event.model, embedded!.model)
        if (embedded!.dimensions !== undefined) assert.strictEqual(event.dimensionCount, embedded!.dimensions)
        if (embedded!.tokens !== undefined) assert.strictEqual(event.usage?.inputTokens, embedded!.tokens)
      }).pipe(Effect.provide(TestLive)))
  })
}

/** Reads a number of chunks from an iterable, and returns how many there were. */
export const read = async (chunks: AsyncIterable<unknown>, take: number): Promise<number> => {
  let count = 0
  for await (const _ of chunks) {
    count++
    if (count >= take) break
  }
  return count
}

/** The body of a stream of server-sent events. */
export const events = (...all: ReadonlyArray<object>): Answer => ({
  headers: { "content-type": "text/event-stream" },
  pieces: all.map((event) => `data: ${JSON.stringify(event)}\n\n`)
})
