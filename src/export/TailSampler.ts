/**
 * Decides which traces are kept when a trace has ended.
 *
 * A head sampler decides before anything has happened. A tail sampler holds the spans of a trace until its root has
 * ended. Then it keeps all or none of them, by the session's end state, errors, duration, cost, tokens or tags.
 *
 * It is a layer between tracing and exporters. Exporters that are provided with it receive only kept traces, and other
 * exporters receive all. Its memory is bounded. A trace that is too large or too old is kept without waiting for its
 * end, and counted as such.
 *
 * With more than one process, sample in an OpenTelemetry Collector instead, because a process sees only its own part of
 * a trace.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import { onLiveClock } from "../core/internal/liveClock.ts"
import { SinkSet } from "../core/internal/sinkSet.ts"
import type { Destination } from "../trace/internal/registry.ts"
import { CurrentRegistry, guardSink, registry } from "../trace/internal/registry.ts"
import type { Sink } from "../trace/Span.ts"
import { AgentOps } from "../trace/Tracing.ts"
import { makeTraceBuffer } from "./internal/tailBuffer.ts"
import type { Rule } from "./TailRule.ts"

export {
  all,
  any,
  costsAtLeast,
  endedAs,
  failed,
  type Rule,
  share,
  slowerThan,
  tagged,
  tokensAtLeast,
  type Trace
} from "./TailRule.ts"

/**
 * The rule of a tail sampler, and the limits of its memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** If the rule throws, the trace is kept. */
  readonly keep: Rule
  /** How many traces may wait at once. Default 1,000. */
  readonly maxTraces?: number | undefined
  /** How many spans may wait, over all traces. Default 50,000. */
  readonly maxSpans?: number | undefined
  /** The estimated bytes of the waiting spans. Default 64 MiB. */
  readonly maxBytes?: number | undefined
  /** How long a trace may wait for its root. Default ten minutes. */
  readonly maxAge?: Duration.Input | undefined
}

/** How many spans are passed on before other fibers run. */
const slice = 64

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/**
 * Passes only the traces that the rule keeps to the exporters that are provided with it.
 *
 * **Details**
 *
 * `AgentOps.status` has a row `tail-sampler`: spans passed on, spans waiting, and spans not kept, with the reason
 * `sampled_out`. `decisions` counts traces. A trace that is passed on before its end, because too much waits or it is
 * too old, counts under `overflow` or `expired`. Spans that end after their root follow the decision for the root. When
 * the layer is released, the waiting traces are kept.
 *
 * **Example** (all failures, and one in ten of the rest)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { AgentOps, Exporter, TailSampler } from "effect-agentops"
 *
 * const TracingLive = Exporter.otlp().pipe(
 *   Layer.provide(TailSampler.layer({ keep: TailSampler.any(TailSampler.failed, TailSampler.share(0.1)) })),
 *   Layer.provideMerge(AgentOps.layer({ serviceName: "support-bot" }))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<AgentOps, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectContext(
    Effect.gen(function*() {
      const agentOps = yield* AgentOps
      const outer = yield* registry
      const clock = yield* Clock.Clock
      const count = (field: string, value: number | undefined, fallback: number) =>
        ConfigurationError.check(Count, field, value ?? fallback, "Give a whole number from 1")
      const sinks = new SinkSet<Sink>()
      const rooms = new Set<() => boolean>()
      const hasRoom = () => {
        for (const hasRoom of rooms) if (!hasRoom()) return false
        return true
      }
      const released = Latch.makeUnsafe(false)
      const passing = Semaphore.makeUnsafe(1)
      const buffer = makeTraceBuffer({
        keep: options.keep,
        maxTraces: yield* count("maxTraces", options.maxTraces, 1_000),
        maxSpans: yield* count("maxSpans", options.maxSpans, 50_000),
        maxBytes: yield* count("maxBytes", options.maxBytes, 64 * 1024 * 1024),
        maxAge: Duration.toMillis(Duration.fromInputUnsafe(options.maxAge ?? "10 minutes")),
        now: () => clock.currentTimeMillisUnsafe(),
        forward: (span) => {
          for (const sink of sinks.all) sink.onEnd(span)
        },
        onReleased: () => {
          // A small trace is passed on immediately.
          if (!hasRoom() || buffer.passSome(slice)) released.openUnsafe()
        }
      })
      // A kept trace is encoded and passed on in slices while the exporters have room, so that a large trace neither
      // blocks the event loop nor overflows a queue.
      const passOn = Effect.gen(function*() {
        while (true) {
          if (!hasRoom() && !buffer.isOverfull()) yield* Effect.sleep("10 millis")
          else if (buffer.passSome(slice)) yield* Effect.yieldNow
          else return
        }
      })
      yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
        yield* released.await
        released.closeUnsafe()
        yield* passing.withPermit(passOn)
      })))
      const addSink = (sink: Sink) =>
        Effect.andThen(
          sinks.add(guardSink(sink)),
          Effect.addFinalizer(() =>
            Effect.suspend(() => {
              buffer.keepAll()
              return onLiveClock(passing.withPermit(passOn))
            })
          )
        )
      yield* outer.add({
        name: "tail-sampler",
        flush: passing.withPermit(passOn),
        status: Effect.sync(() => ({ name: "tail-sampler", ...buffer.status() })),
        sink: {
          get content() {
            return sinks.all.some((sink) => sink.content)
          },
          onEnd: buffer.add
        }
      })
      // An old trace is released when the next span ends, or by this timer.
      yield* Effect.forkScoped(
        Effect.forever(Effect.andThen(Effect.sleep("30 seconds"), Effect.sync(() => buffer.expire())))
      )
      const add = (destination: Destination) => {
        const { sink } = destination
        if (sink === undefined) return outer.add(destination)
        const { hasRoom = () => true } = destination
        return Effect.andThen(
          // The destination keeps its place among the exporters, but receives its spans from here.
          outer.add({
            ...destination,
            flush: Effect.andThen(passing.withPermit(passOn), destination.flush),
            sink: { content: sink.content, onEnd: () => {} }
          }),
          Effect.andThen(
            Effect.acquireRelease(
              Effect.sync(() => rooms.add(hasRoom)),
              () => Effect.sync(() => rooms.delete(hasRoom))
            ),
            addSink(sink)
          )
        )
      }
      return Context.make(AgentOps, { ...agentOps, addSink }).pipe(
        Context.add(CurrentRegistry, { ...outer, add })
      )
    })
  )
