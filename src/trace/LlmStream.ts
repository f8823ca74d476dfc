/**
 * LLM events whose answer comes as a stream.
 *
 * {@link traceLlmStream} is {@link LlmEvent.traceLlm} for a `Stream`: one event for
 * each run of it, from its start to its last chunk. Chunks go through as they are,
 * at the consumer's pace; what they say is put together on the way.
 *
 * The event ends once, with what had come by then. Its outcome is one of:
 *
 * - `drained`: the stream came to its end
 * - `failed`
 * - `interrupted`: its consumer was
 * - `let_go`: its consumer had enough
 * - `abandoned`: nobody asked for more for too long
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
import { attempt, shallow } from "../core/internal/look.ts"
import * as ChunkReader from "../model/ChunkReader.ts"
import type * as LlmCall from "../model/LlmCall.ts"
import { chunksInstead, iterableInstead } from "./internal/stream/instead.ts"
import type { StreamEvent } from "./internal/stream/streamEvent.ts"
import { tracedIterable } from "./internal/stream/tracedIterable.ts"
import type { StreamTracing } from "./internal/stream/traceStream.ts"
import { startStream, streamOf, streamTracing, traceStream } from "./internal/stream/traceStream.ts"
import * as LlmEvent from "./LlmEvent.ts"
import type { Options as StartedOptions, StartedEvent } from "./StartedEvent.ts"
import { openOf, planOf, siteOf, startedOf } from "./StartedEvent.ts"

/**
 * What a streamed call can be told beside its fields.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamOptions<A> {
  /** Where in an element of the stream the provider's chunk is, if the element is not the chunk itself. */
  readonly chunk?: ((element: A) => unknown) | undefined
  /**
   * How long the consumer may hold the stream without asking for more, before the
   * event ends as `abandoned`. Default 5 minutes.
   */
  readonly idleTimeout?: Duration.Input | undefined
  /**
   * What puts the chunks together, for chunks of a provider of your own: made once for each run
   * of the stream. Default: that of the APIs that `LlmCall` reads.
   */
  readonly reader?: (() => ChunkReader.ChunkReader) | undefined
}

/**
 * Fields, `request`, `attributes` and `links` as for `traceLlmWith`, and what only
 * a stream has.
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
  traceStream((event) => chunksInstead(self, event, tracing), tracing, site)

/**
 * Traces a stream as an LLM call: `pipe(chunks, traceLlmStream)`.
 *
 * **Details**
 *
 * The elements are the chunks of OpenAI's chat completions, responses or legacy
 * completions, or the events of Anthropic's messages; server-sent events with such
 * a chunk as their `data`; or the text or bytes of the response's body. Model,
 * response id, finish reasons, answer, tool calls and token usage are read off
 * them. A stream of anything else has its times and its outcome.
 *
 * Each run of the stream is an event of its own. What the source does while it is
 * run, such as its HTTP request, is a child of the event; what the consumer does
 * with the chunks is not. Elements, errors and back-pressure stay as they are.
 *
 * **Gotchas**
 *
 * Text and bytes are parsed for the event, beside the program's own parsing: trace
 * the stream of chunks where there is one. OpenAI tells the usage of a stream only
 * where the request has `stream_options: { include_usage: true }`.
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
 * Traces a stream as an LLM call about which you know more than its chunks tell.
 *
 * **Details**
 *
 * Data-last and data-first. A field that is given wins over one that is read.
 *
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
   * Traces a stream as an LLM call about which you know more than its chunks tell.
   *
   * **Details**
   *
   * Data-last and data-first. A field that is given wins over one that is read.
   */
  <A>(options: Options<A>): <E, R>(self: Stream.Stream<A, E, R>) => Stream.Stream<A, E, R>
  /**
   * Traces a stream as an LLM call about which you know more than its chunks tell.
   *
   * **Details**
   *
   * Data-last and data-first. A field that is given wins over one that is read.
   */
  <A, E, R>(self: Stream.Stream<A, E, R>, options: Options<A>): Stream.Stream<A, E, R>
} = ((...args: ReadonlyArray<unknown>) => {
  const site = callSite(traceLlmStreamWith)
  if (attempt(() => Stream.isStream(args[0])) === true) {
    return trace(args[0] as never, tracingOf(args[1] as Options<never>), site)
  }
  const tracing = tracingOf(args[0] as Options<never>)
  return (self: Stream.Stream<unknown>) => trace(self, tracing, site)
}) as never

/**
 * Traces a stream as an LLM call that is told about while it happens.
 *
 * **Details**
 *
 * As {@link traceLlmStreamWith}, for a stream that is made with its event in hand, such as that of
 * a client whose retries are attempts at the event. The event is that of one run of the stream.
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
 * Traces a call whose answer is an async iterable, as the providers' SDKs return
 * it, for a consumer that is not a `Stream`.
 *
 * **Details**
 *
 * The event begins with the effect, so that the time to the first chunk includes
 * the request, and ends with the iterable. An iterable that is left by `break` is
 * `let_go`; one that throws has `failed`.
 *
 * **Gotchas**
 *
 * Nothing tells when an iterable is dropped half read: then only `idleTimeout` ends
 * the event. The iterable that comes back can be read once, and has no methods of
 * the SDK's own.
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
        Effect.updateContext(Effect.suspend(() => iterableInstead(self, stream, tracing)), (
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
 * What a provider streamed, read as the one answer that it is.
 *
 * **Details**
 *
 * For tests, replays and logs: the same reading that {@link traceLlmStream} does.
 * `undefined` where no chunk belongs to one of the APIs. Never throws.
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
 * Passes an async iterable on and tells its chunks to an event that has been started: the event
 * ends with the iterable.
 *
 * **When to use**
 *
 * In an integration: where a client of promises gives an iterable, after `Event.start`.
 *
 * **Details**
 *
 * It ends as `traceAsyncIterable` says. What the iterable throws is the program's as it is; the
 * event fails with the type that it has, see `ErrorType`, or with that of what `toError` makes of it.
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
    /** What the event is told of what the iterable throws. Default: that itself. */
    readonly toError?: ((cause: unknown) => unknown) | undefined
  }
): AsyncIterable<A> => {
  const open = openOf(event)
  if (open === undefined) return iterable
  const tracing = streamTracing(open.plan, options?.chunk as StreamTracing["chunk"], options?.idleTimeout)
  return tracedIterable(iterable, streamOf(open, { ...tracing, reader: options?.reader }), options?.toError)
}
