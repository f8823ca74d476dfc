/**
 * LLM events whose answer comes as a stream.
 *
 * {@link traceLlmStream} is {@link LlmEvent.traceLlm} for a `Stream`: one event for each run, from its start to its
 * last chunk. Chunks pass through unchanged at the consumer's pace, and the answer is assembled from them.
 *
 * The event ends once, with the facts that had arrived by then. Its outcome is one of:
 *
 * - `drained`: the stream came to its end
 * - `failed`
 * - `interrupted`: the fiber of its consumer was interrupted
 * - `let_go`: its consumer stopped reading early
 * - `abandoned`: its consumer did not read for too long
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { CallSite } from "../core/internal/callSite.ts"
import { callSite } from "../core/internal/callSite.ts"
import { dualAt } from "../core/internal/dualAt.ts"
import { isStream, shallow } from "../core/internal/inspect.ts"
import * as ChunkReader from "../model/ChunkReader.ts"
import type * as LlmCall from "../model/LlmCall.ts"
import { siteOf } from "./Caller.ts"
import { interceptChunks, interceptIterable } from "./internal/stream/interceptStream.ts"
import type { StreamEvent } from "./internal/stream/streamEvent.ts"
import { tracedIterable } from "./internal/stream/tracedIterable.ts"
import type { StreamTracing } from "./internal/stream/traceStream.ts"
import { startStream, streamOf, streamTracing, traceStream } from "./internal/stream/traceStream.ts"
import * as LlmEvent from "./LlmEvent.ts"
import type { Options as StartedOptions, StartedEvent } from "./StartedEvent.ts"
import { openOf, planOf, startedOf } from "./StartedEvent.ts"

/**
 * Options of a streamed call, in addition to its fields.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamOptions<A> {
  /** Selects the provider's chunk within an element of the stream, if the element is not the chunk itself. */
  readonly chunk?: ((element: A) => unknown) | undefined
  /**
   * How long the consumer may wait before it asks for the next chunk. After that the event ends as `abandoned`. Default
   * 5 minutes.
   */
  readonly idleTimeout?: Duration.Input | undefined
  /**
   * Assembles the chunks of a provider of your own. It is called once for each run of the stream. Default: a reader for
   * the APIs that `LlmCall` reads.
   */
  readonly reader?: (() => ChunkReader.ChunkReader) | undefined
}

/**
 * Fields, `request`, `attributes` and `links` as for `traceLlmWith`, and the options of a stream.
 *
 * @category models
 * @since 0.1.0
 */
export type Options<A> = LlmEvent.StaticOptions & StreamOptions<A>

const tracingOf = (options: Options<never> | undefined): StreamTracing => {
  const { chunk, idleTimeout, reader, ...rest } = shallow(options) as Options<never>
  return { ...streamTracing(LlmEvent.planOf(rest), chunk as StreamTracing["chunk"], idleTimeout), reader }
}

const bare = tracingOf(undefined)

const trace = <A, E, R>(self: Stream.Stream<A, E, R>, tracing: StreamTracing, site: CallSite) =>
  traceStream((event) => interceptChunks(self, event, tracing), tracing, site)

/**
 * Traces a stream as an LLM call: `pipe(chunks, traceLlmStream)`.
 *
 * **Details**
 *
 * The elements are the chunks of OpenAI's chat completions, responses or legacy completions, or the events of
 * Anthropic's messages. They may also be server-sent events with such a chunk as their `data`, or the text or bytes of
 * the response's body. Model, response id, finish reasons, answer, tool calls and token usage are read from them. The
 * event of any other stream has its times and its outcome.
 *
 * Each run of the stream is an event of its own. Spans of the source, such as its HTTP request, are children of the
 * event. Spans of the consumer are not. Elements, errors and backpressure stay as they are.
 *
 * **Gotchas**
 *
 * Text and bytes are parsed for the event in addition to the program's own parsing, so trace the stream of chunks if
 * there is one. OpenAI reports the usage of a stream only if the request has `stream_options: { include_usage: true }`.
 *
 * **Example** (a stream of chunks)
 *
 * ```ts
 * import { Effect, Layer, pipe, Stream } from "effect"
 * import { AgentOps, Exporter, traceLlmStream } from "effect-agentops"
 *
 * const chunk = (delta: object, finish_reason: string | null) => ({
 *   object: "chat.completion.chunk",
 *   id: "chatcmpl-1",
 *   model: "gpt-4o-2024-08-06",
 *   choices: [{ index: 0, delta, finish_reason }]
 * })
 * const chunks = Stream.make(chunk({ role: "assistant", content: "Hel" }, null), chunk({ content: "lo!" }, "stop"))
 *
 * const program = Effect.gen(function*() {
 *   yield* pipe(chunks, traceLlmStream, Stream.runDrain)
 *   const memory = yield* Exporter.Memory
 *   const [, call] = yield* memory.spans
 *   return call.attributes["gen_ai.output.messages"]
 * })
 * const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
 * await Effect.runPromise(Effect.provide(program, TestLive))
 * // => '[{"role":"assistant","parts":[{"type":"text","content":"Hello!"}],"finish_reason":"stop"}]'
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceLlmStream = <A, E, R>(self: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> =>
  trace(self, bare, callSite(traceLlmStream))

/**
 * Traces a stream as an LLM call, with facts that its chunks do not contain.
 *
 * **Details**
 *
 * Data-last and data-first. A given field replaces one that is read.
 * **Example** (the request, and the chunk within each element)
 * **Example** (the request and where the chunks are)
 *
 * ```ts
 * import { Effect, pipe, Stream } from "effect"
 * import { traceLlmStreamWith } from "effect-agentops"
 *
 * const request = { model: "gpt-4o", messages: [{ role: "user", content: "Hello?" }], stream: true }
 * const parts = Stream.make({ at: 0, chunk: { object: "chat.completion.chunk", choices: [] } })
 * const traced = pipe(parts, traceLlmStreamWith({ request, chunk: (part) => part.chunk }))
 *
 * await Effect.runPromise(Stream.runCount(traced)) // => 1
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceLlmStreamWith: {
  /**
   * Traces a stream as an LLM call, with facts that its chunks do not contain.
   *
   * **Details**
   *
   * Data-last and data-first. A given field replaces one that is read.
   */
  <A>(options: Options<A>): <E, R>(self: Stream.Stream<A, E, R>) => Stream.Stream<A, E, R>
  /**
   * Traces a stream as an LLM call, with facts that its chunks do not contain.
   *
   * **Details**
   *
   * Data-last and data-first. A given field replaces one that is read.
   */
  <A, E, R>(self: Stream.Stream<A, E, R>, options: Options<A>): Stream.Stream<A, E, R>
} = dualAt(isStream, (site, options: Options<never>) => {
  const tracing = tracingOf(options)
  return (self: Stream.Stream<unknown>) => trace(self, tracing, site)
})

/**
 * Traces a stream as an LLM call, and passes the event to the function that makes the stream.
 *
 * **Details**
 *
 * It works as {@link traceLlmStreamWith}. The stream can add to its event while it runs, such as a client that records
 * each retry as an attempt. Each run of the stream has its own event.
 *
 * **Example** (an attempt for each request)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { LlmStream } from "effect-agentops"
 *
 * const ask = LlmStream.traceWith({ model: "gpt-4o" }, (event) =>
 *   Stream.make("Hi").pipe(Stream.onStart(Effect.sync(() => event.add({ serverAddress: "localhost" })))))
 * await Effect.runPromise(Stream.runCollect(ask)) // => ["Hi"]
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceWith = <A, E, R>(
  options: StartedOptions<typeof LlmEvent.fields> & StreamOptions<A>,
  self: (event: StartedEvent<typeof LlmEvent.fields>) => Stream.Stream<A, E, R>
): Stream.Stream<A, E, R> => {
  const { below, chunk, idleTimeout, reader, ...rest } = options
  const site = siteOf(below, traceWith)
  const tracing = streamTracing(planOf(LlmEvent.LlmEvent, rest), chunk as StreamTracing["chunk"], idleTimeout)
  return traceStream(
    (event) =>
      event === undefined
        ? Stream.unwrap(
          Effect.contextWith((context: Context.Context<never>) => Effect.succeed(self(startedOf(undefined, context))))
        )
        : self(startedOf(event, event.outer)),
    { ...tracing, reader },
    site
  )
}

/**
 * Traces a call whose answer is an async iterable, as the SDKs of providers return it, for a consumer that is not a
 * `Stream`.
 *
 * **Details**
 *
 * The event begins with the effect, so that the time to the first chunk includes the request, and ends with the
 * iterable. Leaving the iterable by `break` ends it as `let_go`. An exception of the iterable ends it as `failed`.
 *
 * **Gotchas**
 *
 * A program that drops a half-read iterable gives no signal, so only `idleTimeout` ends the event. The returned
 * iterable can be read once, and has none of the SDK's own methods.
 *
 * **Example** (for await)
 *
 * ```ts
 * import { Effect, Layer, pipe } from "effect"
 * import { AgentOps, Exporter, LlmStream } from "effect-agentops"
 *
 * const start = async () =>
 *   (async function*() {
 *     yield { type: "message_start", message: { id: "msg_1", model: "claude-opus-4-1", role: "assistant", content: [] } }
 *     yield { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } }
 *   })()
 *
 * const program = Effect.gen(function*() {
 *   const events = yield* pipe(Effect.promise(start), LlmStream.traceAsyncIterable())
 *   yield* Effect.promise(async () => {
 *     for await (const event of events) void event.type
 *   })
 *   const memory = yield* Exporter.Memory
 *   return (yield* memory.spans)[1].attributes["agentops.stream.outcome"]
 * })
 * const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
 * await Effect.runPromise(Effect.provide(program, TestLive)) // => "drained"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceAsyncIterable = <A>(options?: Options<A>) => {
  const site = callSite(traceAsyncIterable)
  const tracing = tracingOf(options as Options<never> | undefined)
  return <E, R>(self: Effect.Effect<AsyncIterable<A>, E, R>): Effect.Effect<AsyncIterable<A>, E, R> =>
    Effect.suspend(() => {
      let stream: StreamEvent | undefined
      let traced: AsyncIterable<A> | undefined
      return Effect.onExitPrimitive(
        Effect.updateContext(Effect.suspend(() => interceptIterable(self, stream, tracing)), (
          context: Context.Context<R>
        ): Context.Context<R> => {
          stream = startStream(context as Context.Context<never>, tracing, site)
          return (stream?.event.inside ?? context) as Context.Context<R>
        }),
        (exit) => {
          if (stream === undefined) return undefined
          if (exit._tag === "Success") traced = tracedIterable(exit.value, stream)
          else return stream.end(Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed", exit)
          return undefined
        }
      ).pipe(Effect.map((iterable) => traced ?? iterable))
    })
}

/**
 * Reads the chunks of a streamed answer as one answer.
 *
 * **Details**
 *
 * For tests, replays and logs: it reads chunks as {@link traceLlmStream} does. Returns `undefined` if no chunk belongs
 * to a known API. Never throws.
 *
 * **Example** (two chunks, one answer)
 *
 * ```ts
 * import { LlmStream } from "effect-agentops"
 *
 * const call = LlmStream.readChunks([
 *   { object: "chat.completion.chunk", model: "gpt-4o", choices: [{ index: 0, delta: { content: "Hi" } }] },
 *   { object: "chat.completion.chunk", model: "gpt-4o", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }
 * ])
 * call?.finishReasons // => ["stop"]
 * ```
 *
 * @category reading
 * @since 0.1.0
 */
export const readChunks = (chunks: Iterable<unknown>): LlmCall.LlmCall | undefined => {
  const reader = ChunkReader.make()
  for (const chunk of chunks) reader.add(chunk)
  return reader.facts()
}

/**
 * Passes an async iterable on and adds its chunks to a started event. The event ends with the iterable.
 *
 * **When to use**
 *
 * In an integration whose client returns a promise of an iterable, after `Event.start`.
 *
 * **Details**
 *
 * The event ends as described for `traceAsyncIterable`. The program receives exceptions of the iterable unchanged. The
 * event fails with their type, see `ErrorType`, or with the type of the error that `toError` returns.
 *
 * **Example** (a client's stream)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Event, Exporter, LlmEvent, LlmStream } from "effect-agentops"
 *
 * const answer = async function*() {
 *   yield { object: "chat.completion.chunk", model: "gpt-4o", choices: [{ index: 0, delta: { content: "Hi" } }] }
 * }
 *
 * const program = Effect.gen(function*() {
 *   const event = yield* Event.start(LlmEvent.LlmEvent, { provider: "openai" })
 *   yield* Effect.promise(async () => {
 *     for await (const chunk of LlmStream.observe(event, answer())) void chunk
 *   })
 *   const memory = yield* Exporter.Memory
 *   return (yield* memory.spans)[1].attributes["gen_ai.response.model"]
 * })
 * const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
 * await Effect.runPromise(Effect.provide(program, TestLive)) // => "gpt-4o"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const observe = <A>(
  event: StartedEvent<typeof LlmEvent.fields>,
  iterable: AsyncIterable<A>,
  options?: StreamOptions<A> & {
    /** Maps an exception of the iterable to the error that the event records. Default: the exception itself. */
    readonly toError?: ((cause: unknown) => unknown) | undefined
  }
): AsyncIterable<A> => {
  const open = openOf(event)
  if (open === undefined) return iterable
  const tracing = streamTracing(open.plan, options?.chunk as StreamTracing["chunk"], options?.idleTimeout)
  return tracedIterable(iterable, streamOf(open, { ...tracing, reader: options?.reader }), options?.toError)
}
