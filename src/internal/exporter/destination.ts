/**
 * One place that spans go to: a bounded queue, and a fiber that empties it.
 *
 * A span that ends is put on the queue of each destination and the program goes
 * on; the destination's own fiber takes batches off, encodes and sends them. A
 * destination that is slow or dead fills its own queue and nothing else. Every
 * span it was given is delivered, still pending, or dropped for a reason that is
 * counted.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { Convention } from "../../Convention.ts"
import type { Sink, Span } from "../../Span.ts"
import type { SpanData } from "../../SpanData.ts"
import { encodeSpan } from "../encodeSpan.ts"
import type { DestinationStatus } from "../registry.ts"
import type { ExportError } from "./exportError.ts"

/** @internal */
export interface DestinationOptions<R> {
  readonly name: string
  readonly convention: Convention
  readonly content: boolean
  readonly maxQueueSize: number
  readonly maxBatchSize: number
  readonly exportInterval: Duration.Duration
  readonly shutdownTimeout: Duration.Duration
  /** Sends a batch. Succeeds with the number of spans that the receiver took in but rejected. */
  readonly send: (spans: ReadonlyArray<SpanData>) => Effect.Effect<number, ExportError, R>
}

/** @internal */
export interface Destination {
  readonly name: string
  readonly sink: Sink
  /** Waits until all that was given before has been delivered or dropped. */
  readonly flush: Effect.Effect<void>
  readonly status: Effect.Effect<DestinationStatus>
}

// Encoding is the only long stretch without a pause, so it is cut in slices.
const sliceSize = 64
const firstBackoff = 500
const maxBackoff = 30_000
const maxElapsed = 300_000

class State {
  queue: Array<Span> = []
  head = 0
  accepted = 0
  delivered = 0
  inFlight = 0
  readonly dropped: Record<string, number> = {}
  droppedTotal = 0
  failing = false
  closing = false
  waiters: Array<{ readonly target: number; readonly deferred: Deferred.Deferred<void> }> = []

  get size(): number {
    return this.queue.length - this.head
  }

  drop(reason: string, count: number): void {
    if (count === 0) return
    this.dropped[reason] = (this.dropped[reason] ?? 0) + count
    this.droppedTotal += count
  }

  /** Drops spans of the batch in flight. */
  dropInFlight(reason: string, count: number): void {
    this.inFlight -= count
    this.drop(reason, count)
  }

  take(count: number): ReadonlyArray<Span> {
    const batch = this.queue.slice(this.head, this.head + count)
    this.head += batch.length
    if (this.head === this.queue.length) {
      this.queue = []
      this.head = 0
    } else if (this.head > 4096 && this.head * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.head)
      this.head = 0
    }
    this.inFlight += batch.length
    return batch
  }

  clear(): void {
    this.queue = []
    this.head = 0
    this.inFlight = 0
  }

  /** Tells those who wait for what is settled by now. */
  settle(): void {
    const settled = this.delivered + this.droppedTotal
    const { waiters } = this
    this.waiters = waiters.filter(({ target }) => settled < target)
    // Whoever is told goes on at once, and may be back to wait before this is over.
    for (const { deferred, target } of waiters) {
      if (settled >= target) Deferred.doneUnsafe(deferred, Exit.void)
    }
  }
}

/** Makes a destination whose fiber lives in the scope. @internal */
export const makeDestination = <R>(
  options: DestinationOptions<R>
): Effect.Effect<Destination, never, R | Scope.Scope> =>
  Effect.gen(function*() {
    const state = new State()
    const wake = Latch.makeUnsafe(false)
    const closing = Latch.makeUnsafe(false)
    const { maxBatchSize, maxQueueSize, name } = options

    const encode = Effect.fnUntraced(function*(spans: ReadonlyArray<Span>) {
      const encoded: Array<SpanData> = []
      for (let i = 0; i < spans.length; i++) {
        try {
          encoded.push(encodeSpan(spans[i]!, options.convention, { content: options.content }))
        } catch {
          // A convention may be a user's, and one span that it cannot tell must not cost the batch.
          state.dropInFlight("encode_failed", 1)
        }
        if ((i + 1) % sliceSize === 0) yield* Effect.yieldNow
      }
      return encoded
    })

    const reportFailure = (error: ExportError) => {
      if (state.failing) return Effect.void
      state.failing = true
      return Effect.logWarning(`effect-agentops: exporter ${name} is failing: ${error.message}`)
    }

    const reportRecovery = Effect.suspend(() => {
      if (!state.failing) return Effect.void
      state.failing = false
      return Effect.logInfo(`effect-agentops: exporter ${name} delivers again`)
    })

    const sendBatch = Effect.fnUntraced(function*(spans: ReadonlyArray<SpanData>) {
      const start = yield* Clock.currentTimeMillis
      for (let attempt = 0;; attempt++) {
        const result = yield* Effect.result(options.send(spans))
        if (Result.isSuccess(result)) {
          state.inFlight -= spans.length
          state.drop("rejected", result.success)
          state.delivered += spans.length - result.success
          return yield* reportRecovery
        }
        const error = result.failure
        yield* reportFailure(error)
        const backoff = (yield* Random.next) * Math.min(maxBackoff, firstBackoff * 2 ** attempt)
        const wait = Math.max(backoff, error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter))
        const elapsed = (yield* Clock.currentTimeMillis) - start
        if (!error.retryable || state.closing || elapsed + wait > maxElapsed) {
          return state.dropInFlight(error.reason, spans.length)
        }
        yield* Effect.raceFirst(Effect.sleep(wait), closing.await)
      }
    })

    const next = Effect.gen(function*() {
      const spans = state.take(maxBatchSize)
      const encoded = yield* encode(spans)
      if (encoded.length > 0) yield* sendBatch(encoded)
    }).pipe(
      // Not for the fiber's own interruption, which no handler stops, but for one from within, which must not end it.
      Effect.catchCause((cause) => {
        state.dropInFlight("defect", state.inFlight)
        return Effect.logError(`effect-agentops: exporter ${name} has a defect`, cause)
      }),
      Effect.ensuring(Effect.sync(() => state.settle()))
    )

    const loop = Effect.gen(function*() {
      while (true) {
        while (state.size >= maxBatchSize || (state.size > 0 && state.waiters.length > 0)) yield* next
        if (state.size > 0) {
          const woken = Effect.as(wake.await, false)
          const due = yield* Effect.raceFirst(woken, Effect.as(Effect.sleep(options.exportInterval), true))
          wake.closeUnsafe()
          // Woken for a span that came while another batch was sent, it goes on waiting.
          if (due && state.size > 0) yield* next
        } else {
          yield* wake.await
          wake.closeUnsafe()
        }
      }
    })

    const fiber = yield* Effect.forkScoped(Effect.withTracerEnabled(loop, false))

    const flush = Effect.suspend(() => {
      const settled = state.delivered + state.droppedTotal
      if (settled >= state.accepted) return Effect.void
      const deferred = Deferred.makeUnsafe<void>()
      state.waiters.push({ target: state.accepted, deferred })
      wake.openUnsafe()
      return Deferred.await(deferred)
    })

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        state.closing = true
        closing.openUnsafe()
        return flush
      }).pipe(
        Effect.timeoutOption(options.shutdownTimeout),
        Effect.andThen(Fiber.interrupt(fiber)),
        Effect.andThen(Effect.suspend(() => {
          const left = state.size + state.inFlight
          state.clear()
          state.drop("shutdown", left)
          state.settle()
          return left === 0
            ? Effect.void
            : Effect.logWarning(`effect-agentops: exporter ${name} shut down with ${left} spans undelivered`)
        }))
      )
    )

    return {
      name,
      flush,
      status: Effect.sync(() => ({
        name,
        delivered: state.delivered,
        pending: state.size + state.inFlight,
        dropped: { ...state.dropped }
      })),
      sink: {
        content: options.content,
        onEnd: (span) => {
          state.accepted++
          if (state.closing) return state.drop("already_shutdown", 1)
          if (state.size >= maxQueueSize) return state.drop("queue_full", 1)
          state.queue.push(span)
          // One span starts the clock of a batch, a full batch stops it.
          if (state.size === 1 || state.size === maxBatchSize) wake.openUnsafe()
        }
      }
    }
  })
