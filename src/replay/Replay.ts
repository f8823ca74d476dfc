/**
 * Replays a run from its trace: calls of models and tools are answered from the recording.
 *
 * {@link layer} needs no key and no network, and costs nothing. Use it to test an agent without its model and to debug
 * a failed run. With {@link fork}, the run continues differently after some step.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { SpanData } from "../core/SpanData.ts"
import { CurrentInterceptor, intercepting } from "../trace/internal/event/interceptor.ts"
import { ReplayClock } from "./internal/clock.ts"
import { Player } from "./internal/player.ts"
import { Script } from "./internal/script.ts"
import type { RecordedCall, Recording } from "./Recording.ts"
import * as Recordings from "./Recording.ts"
import { ReplayError } from "./Recording.ts"
import { ReplayDifference } from "./ReplayDifference.ts"

export {
  /** A recording that cannot be replayed, or a call that it cannot answer. */
  ReplayError
} from "./Recording.ts"
export type { RecordedCall } from "./Recording.ts"
export {
  /** The first call that was not recorded, or whose input differs from the recording. */
  ReplayDifference
} from "./ReplayDifference.ts"

/**
 * How a recording is replayed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The kinds of calls that are answered. Default: models and tools. With `["model"]` the tools run, which is right if
   * they change state that the program reads later.
   */
  readonly answers?: ReadonlyArray<"model" | "tool"> | undefined
  /**
   * Returns the value of a call if the trace does not contain it, or not with its type. A result of `undefined` leaves
   * the call to the trace. The result of a tool in the trace is JSON, and a model's answer is a body of OpenAI or
   * Anthropic.
   */
  readonly value?: ((call: RecordedCall) => unknown) | undefined
  /** Changes each text of both sides before they are compared, for example to blank an id. Default: no change. */
  readonly normalize?: ((text: string) => string) | undefined
  /**
   * `recorded`: the clock shows the recorded time, and a sleeping fiber continues as soon as no other work is left.
   * `live`: the clock is the program's. Default `recorded`.
   */
  readonly time?: "recorded" | "live" | undefined
}

/**
 * Where a replay ends and the live run begins.
 *
 * @category models
 * @since 0.1.0
 */
export interface ForkOptions extends Options {
  /** The number of a call, from 1 by start, or a predicate that selects the first matching call. */
  readonly at: number | ((call: RecordedCall) => boolean)
  /**
   * A new answer for the call at that place, instead of the recorded one. For a combinator it is the returned value.
   * For a client of OpenAI or Anthropic and for `effect/ai` it is the model's text. Later calls are really made.
   * Without `with`, this call is really made too.
   */
  readonly with?: unknown
}

/**
 * The state of a replay.
 *
 * @category services
 * @since 0.1.0
 */
export class Replay extends Context.Service<Replay, {
  /** The first difference or error. */
  readonly difference: Effect.Effect<Option.Option<ReplayDifference | ReplayError>>
  /** The recorded calls that the program has not made yet. */
  readonly remaining: Effect.Effect<ReadonlyArray<RecordedCall>>
  /** Fails with the first difference. A recorded call that the program did not make is a difference. */
  readonly verify: Effect.Effect<void, ReplayDifference | ReplayError>
}>()("effect-agentops/Replay") {}

/** Seeds `Random` by the trace, so that each replay of it gets the same numbers. */
const seedOf = ({ spans }: Recording): string => spans[0]?.traceId ?? "replay"

const leftOver = (call: RecordedCall): ReplayDifference =>
  new ReplayDifference({
    call,
    at: "call",
    recorded: `${call.kind} ${call.name}`,
    actual: "nothing",
    message: `The first difference: call ${call.number} (${call.kind} ${call.name}) was recorded, and is not made`
  })

const hasContent = ({ calls }: Recording): boolean =>
  calls.some(({ fields, kind }) =>
    kind === "tool"
      ? fields.parameters !== undefined || fields.result !== undefined
      : fields.inputMessages !== undefined || fields.outputMessages !== undefined
  )

const build = (
  recording: Recording,
  options: Options,
  liveFrom: number | undefined
): Layer.Layer<Replay, ReplayError> =>
  Layer.effectContext(Effect.gen(function*() {
    if (recording.calls.length === 0) {
      return yield* new ReplayError({
        reason: "recording",
        message: "There is no call of a model or a tool in the recording: give the spans of a traced run"
      })
    }
    const clock = options.time === "live" ? undefined : new ReplayClock(recording.startTime)
    const script = new Script(recording.calls, liveFrom === undefined ? undefined : { liveFrom })
    const player = new Player(script, {
      answers: new Set(options.answers ?? ["model", "tool"]),
      normalize: options.normalize ?? ((text) => text),
      value: options.value,
      clock
    }, hasContent(recording))
    yield* Effect.acquireRelease(
      Effect.sync(() => intercepting.layers++),
      () => Effect.sync(() => intercepting.layers--)
    )
    const answered = new Set(options.answers ?? ["model", "tool"])
    const remaining = Effect.sync(() => script.remaining.filter(({ kind }) => answered.has(kind)))
    const random = yield* Effect.service(Random.Random).pipe(Random.withSeed(seedOf(recording)))
    const context = Context.make(
      Replay,
      Replay.of({
        difference: Effect.sync(() => Option.fromUndefinedOr(script.difference)),
        remaining,
        verify: Effect.flatMap(
          remaining,
          ([first]) =>
            script.difference !== undefined
              ? Effect.fail(script.difference)
              : first === undefined
              ? Effect.void
              : Effect.fail(leftOver(first))
        )
      })
    ).pipe(Context.add(CurrentInterceptor, player), Context.add(Random.Random, random))
    return (clock === undefined ? context : Context.add(context, Clock.Clock, clock)) as Context.Context<Replay>
  }))

const recordingOf = (trace: ReadonlyArray<SpanData> | Recording): Recording =>
  "calls" in trace ? trace : Recordings.make(trace)

/**
 * Answers calls of models and tools from a trace.
 *
 * **Details**
 *
 * A call is matched by its input: a tool by its name and arguments, a model by its messages, tools and settings. Among
 * calls with the same input, the first unused one is taken. Combinators, streams, the wrapped clients of OpenAI and
 * Anthropic, and `effect/ai` with `Ai.layer` or `Ai.languageModel` are answered. Concurrent calls finish in the
 * recorded order. A recorded failed attempt fails again, and an interrupted call never returns. A tool that made other
 * calls runs again, and those calls are answered. `Random` gives the same numbers in each replay, and the clock shows
 * the recorded time.
 *
 * A failure has the recorded `_tag`, name and message. A call that was not recorded, or has another input, is a
 * {@link ReplayDifference} and ends the program as a defect. A client of OpenAI or Anthropic receives it as a response
 * with status 400. {@link Replay} keeps it in either case.
 *
 * Provide it to the program together with `AgentOps.layer`. The program's redactor removes credentials from both sides
 * before they are compared.
 *
 * **Gotchas**
 *
 * The trace must have content. Traces do not contain embedding vectors, so pass them by the option `value`. With the
 * recorded time, a timeout around a live call may fire too early. Use `time: "live"` then.
 *
 * **Example** (a tool that is not there any more)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceTool } from "effect-agentops"
 * import { Replay } from "effect-agentops/replay"
 * import { TestTracing } from "effect-agentops/testing"
 *
 * const ask = (weather: Effect.Effect<string>) => weather.pipe(traceTool("weather", { parameters: { city: "Bonn" } }))
 *
 * const { spans } = await Effect.runPromise(TestTracing.run(ask(Effect.succeed("rain"))))
 *
 * const again = ask(Effect.die("no network")).pipe(Effect.provide(Replay.layer(spans)))
 * await Effect.runPromise(Effect.provide(again, TestTracing.layer())) // => "rain"
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  trace: ReadonlyArray<SpanData> | Recording,
  options: Options = {}
): Layer.Layer<Replay, ReplayError> => Layer.suspend(() => build(recordingOf(trace), options, undefined))

/**
 * Like {@link layer}, from a file of OTLP JSON as `Exporter.file` writes it.
 *
 * **Example** (a run of yesterday)
 *
 * ```ts no-run
 * import { NodeFileSystem } from "@effect/platform-node"
 * import { Layer } from "effect"
 * import { Replay } from "effect-agentops/replay"
 *
 * const ReplayLive = Replay.layerFile(".traces/airline.jsonl").pipe(Layer.provide(NodeFileSystem.layer))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFile = (
  file: string,
  options: Options & { readonly traceId?: string | undefined } = {}
): Layer.Layer<Replay, ReplayError, FileSystem.FileSystem> =>
  Layer.unwrap(Effect.map(Recordings.read(file, options), (recording) => layer(recording, options)))

const place = ({ calls }: Recording, at: ForkOptions["at"]): number | undefined =>
  typeof at === "number" ? calls[at - 1]?.number : calls.find(at)?.number

/**
 * Answers calls from a trace up to one call, and lets the program make the later ones.
 *
 * **Details**
 *
 * Data-last and data-first. `at` selects the call, and `with` is its new answer: another result of a tool, another
 * answer of the model. Fails with a {@link ReplayError} if the call does not exist.
 *
 * **Example** (what if it had rained)
 *
 * ```ts
 * import { Effect, pipe } from "effect"
 * import { traceTool } from "effect-agentops"
 * import { Replay } from "effect-agentops/replay"
 * import { TestTracing } from "effect-agentops/testing"
 *
 * const weather = Effect.succeed("sun").pipe(traceTool("weather"))
 * const pack = (weather: string) => Effect.succeed(weather === "rain" ? "umbrella" : "hat").pipe(traceTool("pack"))
 * const program = Effect.flatMap(weather, pack)
 *
 * const { spans } = await Effect.runPromise(TestTracing.run(program))
 * const WhatIf = pipe(spans, Replay.fork({ at: 1, with: "rain" }))
 * await Effect.runPromise(program.pipe(Effect.provide(WhatIf), Effect.provide(TestTracing.layer()))) // => "umbrella"
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const fork: {
  /** Answers calls up to one call: the options first, the trace after them. */
  (options: ForkOptions): (trace: ReadonlyArray<SpanData> | Recording) => Layer.Layer<Replay, ReplayError>
  /** Answers calls from a trace up to one call, and lets the program make the later ones. */
  (trace: ReadonlyArray<SpanData> | Recording, options: ForkOptions): Layer.Layer<Replay, ReplayError>
} = dual(
  2,
  (trace: ReadonlyArray<SpanData> | Recording, options: ForkOptions): Layer.Layer<Replay, ReplayError> =>
    Layer.unwrap(Effect.gen(function*() {
      const recording = recordingOf(trace)
      const number = place(recording, options.at)
      if (number === undefined) {
        return yield* new ReplayError({
          reason: "recording",
          message: `There is no call to fork at: the recording has ${recording.calls.length} calls`
        })
      }
      if (options.with === undefined) return build(recording, options, number)
      const value = (call: RecordedCall): unknown => call.number === number ? options.with : options.value?.(call)
      return build(recording, { ...options, value }, number + 1)
    }))
)
