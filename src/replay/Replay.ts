/**
 * A run again, from its trace: calls of models and tools are answered with what was recorded.
 *
 * {@link layer} needs no key, no network and costs nothing. It is for tests of an agent whose model is somebody else's,
 * for looking into a run that went wrong, and, with {@link fork}, for trying another way from some step on.
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
  /** A recording that cannot be replayed, or a call of it that cannot be answered. */
  ReplayError
} from "./Recording.ts"
export type { RecordedCall } from "./Recording.ts"
export {
  /** The first call that was not recorded, or was asked otherwise. */
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
   * What is answered. Default: calls of models and of tools. With `["model"]` the tools run, which is right where they
   * change something that the program looks at later.
   */
  readonly answers?: ReadonlyArray<"model" | "tool"> | undefined
  /**
   * What the program got from a call, where the trace does not say it, or not with its type: a value that is not
   * `undefined` goes to the program. The result of a tool in the trace is JSON, and a model's answer is a body of
   * OpenAI or Anthropic.
   */
  readonly value?: ((call: RecordedCall) => unknown) | undefined
  /** Changes each text of both sides before they are compared, such as to blank an id. Default: as it is. */
  readonly normalize?: ((text: string) => string) | undefined
  /**
   * `recorded`: the clock stands at the time that was recorded, and whoever sleeps goes on as soon as nothing else is
   * left to do. `live`: the clock is the program's. Default `recorded`.
   */
  readonly time?: "recorded" | "live" | undefined
}

/**
 * From where on a run goes its own way.
 *
 * @category models
 * @since 0.1.0
 */
export interface ForkOptions extends Options {
  /** The number of a call, from 1 in the order of starts, or the first call for which this holds. */
  readonly at: number | ((call: RecordedCall) => boolean)
  /**
   * What the call at that place is answered with, instead of what was recorded: the value that the program gets from a
   * combinator, and for a client of OpenAI or Anthropic and for `effect/ai` a text that the model says. Calls after it
   * are made. Without it that call is made too.
   */
  readonly with?: unknown
}

/**
 * How the replay fares.
 *
 * @category services
 * @since 0.1.0
 */
export class Replay extends Context.Service<Replay, {
  /** What was wrong first, if anything was. */
  readonly difference: Effect.Effect<Option.Option<ReplayDifference | ReplayError>>
  /** The recorded calls that nobody has asked for yet. */
  readonly remaining: Effect.Effect<ReadonlyArray<RecordedCall>>
  /** Fails with the first difference; a call that was recorded and has not been asked for is one. */
  readonly verify: Effect.Effect<void, ReplayDifference | ReplayError>
}>()("effect-agentops/Replay") {}

/** The same numbers in each replay of a trace. */
const seedOf = ({ spans }: Recording): string => spans[0]?.traceId ?? "replay"

const leftOver = (call: RecordedCall): ReplayDifference =>
  new ReplayDifference({
    call,
    at: "call",
    recorded: `${call.kind} ${call.name}`,
    asked: "nothing",
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
 * A call is answered by what it asks: a tool by its name and its arguments, a model by its messages, tools and settings.
 * Of calls that ask the same the first that was recorded and not yet used is taken. Combinators, streams, the wrapped
 * clients of OpenAI and Anthropic, and `effect/ai` where `Ai.layer` or `Ai.languageModel` is in force, are answered. What
 * runs side by side goes on in the order that was recorded; an attempt that failed fails again, a call that was
 * interrupted gives no answer. A tool that called others is run, and those are answered. `Random` gives the same numbers
 * in each replay, and the clock stands at the recorded time.
 *
 * A failure has the `_tag`, the name and the message that were recorded. A call that was not recorded, or is asked
 * otherwise, is a {@link ReplayDifference}, and the program dies of it; a client of OpenAI or Anthropic gets it as an
 * answer with status 400. {@link Replay} has it in either case.
 *
 * Give it to the program beside `AgentOps.layer`. Credentials are taken out of both sides before they are compared, as
 * the program's redactor says.
 *
 * **Gotchas**
 *
 * The trace must have content. Vectors of embeddings are not in a trace: give them by the option `value`. With the
 * recorded time a timeout around a call that is really made may come too early: then take `time: "live"`.
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
 * As {@link layer}, from a file of OTLP JSON as `Exporter.file` writes it.
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
 * Answers calls from a trace up to some call, and lets the program make those after it.
 *
 * **Details**
 *
 * Data-last and data-first. `at` is where it goes its own way, and `with` what that call is answered with: another
 * result of a tool, another answer of the model. Fails with a {@link ReplayError} where there is no such call.
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
  /** Answers calls up to some call: where, first, and the trace after it. */
  (options: ForkOptions): (trace: ReadonlyArray<SpanData> | Recording) => Layer.Layer<Replay, ReplayError>
  /** Answers calls from a trace up to some call, and lets the program make those after it. */
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
