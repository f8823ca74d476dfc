/**
 * Reads metrics at an interval of the program's clock, on flush and at the end, and sends them in real time.
 *
 * With cumulative values, the next export replaces one that was lost. Delta values are kept until they have been
 * delivered, up to a limit.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Metric } from "../../../core/MetricData.ts"
import type { Accepted, ExportError } from "../../../delivery/internal/exportError.ts"
import type { Temporality } from "../../../metrics/internal/metricStore.ts"
import { registry } from "../../../trace/internal/registry.ts"
import type { AgentOps } from "../../../trace/Tracing.ts"
import { onNetworkClock } from "../register.ts"
import { countPoints, makeReader } from "./reader.ts"

/** @internal */
export interface PushOptions {
  readonly name: string
  readonly temporality: Temporality
  readonly histograms: "explicit" | "exponential"
  readonly interval: Duration.Duration
  /** How long one export may take with all its retries. */
  readonly exportTimeout: Duration.Duration
  /** How long the release of the layer waits for the last export. */
  readonly shutdownTimeout: Duration.Duration
  readonly send: (metrics: ReadonlyArray<Metric>) => Effect.Effect<Accepted, ExportError>
}

const firstBackoff = 500
const maxBackoff = 5_000
/** How many undelivered readings are kept: an hour of outage at the default interval. */
const maxBacklog = 60

const halves = (metrics: ReadonlyArray<Metric>): ReadonlyArray<ReadonlyArray<Metric>> => {
  const middle = metrics.length >> 1
  if (middle > 0) return [metrics.slice(0, middle), metrics.slice(middle)]
  const [metric] = metrics
  const points = metric!.points.length >> 1
  return [[{ ...metric!, points: metric!.points.slice(0, points) }], [{
    ...metric!,
    points: metric!.points.slice(points)
  }]]
}

/** @internal */
export const push = Effect.fnUntraced(function*(
  options: PushOptions
): Effect.fn.Return<void, never, AgentOps | Scope.Scope> {
  const { name } = options
  const isWhole = options.temporality === "cumulative"
  const { add } = yield* registry
  const collect = yield* makeReader(options)
  const oneAtATime = Semaphore.makeUnsafe(1)
  const backlog: Array<ReadonlyArray<Metric>> = []
  const dropped: Record<string, number> = {}
  let delivered = 0
  let failing: { readonly since: number; readonly reason: string } | undefined
  let closing = false

  const drop = (reason: string, count: number) => {
    if (count > 0) dropped[reason] = (dropped[reason] ?? 0) + count
  }

  const logFailing = Effect.fnUntraced(function*(error: ExportError, isKept: boolean) {
    const known = failing
    failing = { since: known?.since ?? (yield* Clock.currentTimeMillis), reason: error.reason }
    if (known !== undefined) return
    const follows = isWhole
      ? "The next export makes up for it"
      : isKept
      ? "What was measured is kept for the next export"
      : "What was measured since the last one is lost"
    yield* Effect.logWarning(`effect-agentops: ${name} is failing: ${error.message}. ${follows}`)
  })

  const logDelivered = Effect.fnUntraced(function*(count: number, { message, rejected }: Accepted) {
    const lost = Math.min(count, rejected)
    delivered += count - lost
    drop("rejected", lost)
    if (message !== undefined) yield* Effect.logWarning(`effect-agentops: ${message}`)
    if (failing !== undefined) yield* Effect.logInfo(`effect-agentops: ${name} delivers again`)
    failing = undefined
  })

  /** Sends until the response is final or the time is over. */
  const attempts = Effect.fnUntraced(function*(metrics: ReadonlyArray<Metric>, end: number) {
    for (let attempt = 0;; attempt++) {
      const result = yield* Effect.result(options.send(metrics))
      if (Result.isSuccess(result)) return result
      const error = result.failure
      const backoff = (yield* Random.next) * Math.min(maxBackoff, firstBackoff * 2 ** attempt)
      const wait = Math.max(backoff, error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter))
      if (error.kind !== "retry" || closing || (yield* Clock.currentTimeMillis) + wait >= end) return result
      yield* Effect.sleep(wait)
    }
  })

  /** Sends one reading, in parts if it is too large. Returns the parts that can be sent later. */
  const deliver = Effect.fnUntraced(function*(metrics: ReadonlyArray<Metric>) {
    const end = (yield* Clock.currentTimeMillis) + Duration.toMillis(options.exportTimeout)
    const parts = [metrics]
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const count = countPoints(part)
      const result = yield* attempts(part, end)
      if (Result.isSuccess(result)) {
        yield* logDelivered(count, result.success)
        continue
      }
      const error = result.failure
      if (error.kind === "tooLarge" && count > 1) {
        parts.push(...halves(part))
        continue
      }
      const isKept = !isWhole && (error.kind === "retry" || error.kind === "unauthorized")
      yield* logFailing(error, isKept)
      if (isKept) return [...part, ...parts.flat()]
      if (!isWhole || error.kind === "tooLarge") drop(error.reason, count)
    }
    return []
  })

  const once = Effect.gen(function*() {
    const metrics = yield* collect
    if (metrics.length > 0) backlog.push(metrics)
    while (backlog.length > maxBacklog) drop("queue_full", countPoints(backlog.shift()!))
    while (backlog.length > 0) {
      const left = yield* onNetworkClock(deliver(backlog[0]!))
      if (left.length === 0) backlog.shift()
      else {
        backlog[0] = left
        break
      }
    }
  }).pipe(
    Effect.catchDefect((defect) =>
      Effect.suspend(() => {
        backlog.length = 0
        return Effect.logError(`effect-agentops: ${name} has a defect`, defect)
      })
    ),
    oneAtATime.withPermits(1),
    Effect.withTracerEnabled(false)
  )

  yield* add({
    name,
    sink: undefined,
    flush: once,
    status: Effect.sync(() => ({
      name,
      delivered,
      pending: backlog.reduce((sum, metrics) => sum + countPoints(metrics), 0),
      dropped: { ...dropped },
      ...(failing === undefined ? {} : { failing })
    }))
  })
  // Added after the reader is registered with the meter, so that it runs while the reader is still there.
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      closing = true
      return onNetworkClock(Effect.timeoutOption(Effect.interruptible(once), options.shutdownTimeout))
    })
  )
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(options.interval), once)))
})
