/**
 * Gets batches to one receiver, by what it answers.
 *
 * - Taken in: done, less what it says that it rejected.
 * - `retry`: the circuit opens, and the batch is sent again until it arrives.
 * - `tooLarge`: the batch is split until its parts fit. A span that never fits is dropped.
 * - `refused`: the batch is split as well, so that the span that is at fault is the only one dropped.
 * - `unauthorized`: everything waits until the credential changes, with one try a minute.
 * - `permanent`: the batch is dropped.
 *
 * Nothing is given up for its age: what bounds the wait is the queue behind it, and the deadline of a
 * shutdown. A failing receiver is told of once, and once more when it recovers.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import type { Accepted } from "./exportError.ts"
import { ExportError } from "./exportError.ts"
import type { Sized } from "./memoryQueue.ts"
import { Circuit } from "./retryPolicy.ts"

/** @internal */
export interface SenderOptions<Item extends Sized, R> {
  readonly name: string
  readonly items?: string | undefined
  readonly send: (items: ReadonlyArray<Item>) => Effect.Effect<Accepted, ExportError, R>
  readonly credential?: Effect.Effect<unknown, never, R> | undefined
  /** A request has ended, so many seconds after it began. */
  readonly onRequest: (seconds: number, result: Result.Result<Accepted, ExportError>) => void
  /** The receiver wants another credential. */
  readonly onPaused: () => void
}

/** Spans that are on their way. @internal */
export interface Batch<Item> {
  readonly items: ReadonlyArray<Item>
  /** Whether they are safe where they were taken from, so that a shutdown need not wait for them. */
  readonly durable: boolean
  /** A part of the batch has found its fate: so many spans, so many of them lost for a reason. */
  readonly onSettled: (count: number, lost: number, reason: string) => void
}

/** @internal */
export interface Sender<Item extends Sized, R> {
  /** Returns when every span of the batch has found its fate; `false` if the sender gave up before. */
  readonly deliver: (batch: Batch<Item>) => Effect.Effect<boolean, never, R>
  /** Asks a receiver that is failing again now, unless it said when it wants to be asked. */
  readonly hurry: () => void
  /** The most bytes that a batch should have, by what the receiver found too large. */
  readonly limit: () => number
  /** From now on a receiver that fails is not waited for. */
  readonly close: () => void
  readonly isClosing: () => boolean
  /** Since when and why the receiver is failing, while it is. */
  readonly failing: () => { readonly since: number; readonly error: ExportError } | undefined
}

/** Parts of one batch that are refused, with none taken in, before the receiver is thought to refuse everything. */
const maxRefusals = 64
/** The same, after a batch that was refused in every part. */
const maxRefusalsAfter = 4
/** Failures in a row that a shutdown waits for. */
const maxFailuresClosing = 4
/** How often a receiver that did not authorise us is asked again, and how often the credential is looked at. */
const unauthorizedPause = 60_000
const credentialInterval = 1_000
/** How often a loss that is no outage is told. */
const tellInterval = 60_000
/** A limit that was learned from an answer is tried again little by little. */
const limitGrowth = 1.02

const halves = <A>(items: ReadonlyArray<A>): [ReadonlyArray<A>, ReadonlyArray<A>] => {
  const middle = items.length >> 1
  return [items.slice(0, middle), items.slice(middle)]
}

const bytesOf = (items: ReadonlyArray<Sized>): number => items.reduce((sum, item) => sum + item.size, 0)

const millis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

/** @internal */
export const makeSender = <Item extends Sized, R>(options: SenderOptions<Item, R>): Sender<Item, R> => {
  const { items: noun = "spans", name, onPaused } = options
  const credential: Effect.Effect<unknown, never, R> = options.credential ?? Effect.undefined
  const circuit = new Circuit()
  const probing = Semaphore.makeUnsafe(1)
  const hurry = Latch.makeUnsafe(false)
  const closing = Latch.makeUnsafe(false)
  let failing: { readonly since: number; readonly error: ExportError } | undefined
  /** The credential that was refused. */
  let unauthorized: { readonly credential: unknown } | undefined
  /** The credential of the last request. */
  let used: unknown
  let failuresClosing = 0
  let refusesAll = false
  let limit = Infinity
  let toldAt = -Infinity

  const tellFailing = Effect.fnUntraced(function*(error: ExportError) {
    const known = failing
    failing = { since: known?.since ?? (yield* Clock.currentTimeMillis), error }
    if (known === undefined) yield* Effect.logWarning(`effect-agentops: exporter ${name} is failing: ${error.message}`)
  })

  const tellRecovered = Effect.suspend(() => {
    if (failing === undefined) return Effect.void
    failing = undefined
    return Effect.logInfo(`effect-agentops: exporter ${name} delivers again`)
  })

  const tellLoss = Effect.fnUntraced(function*(message: string) {
    const now = yield* millis
    if (now - toldAt < tellInterval) return
    toldAt = now
    yield* Effect.logWarning(`effect-agentops: exporter ${name}: ${message}`)
  })

  const isDown = () => circuit.isOpen || unauthorized !== undefined
  /** Whether a shutdown has waited long enough for the receiver. */
  const isHopeless = () => closing.isOpen() && failuresClosing >= (unauthorized === undefined ? maxFailuresClosing : 1)

  const credentialChanged = (refused: unknown) =>
    Effect.sleep(credentialInterval).pipe(
      Effect.andThen(credential),
      Effect.repeat({ until: (current) => !Equal.equals(current, refused) }),
      Effect.timeoutOption(unauthorizedPause)
    )

  const pause = Effect.gen(function*() {
    if (unauthorized === undefined) {
      const now = yield* millis
      const floor = circuit.floor(now)
      if (floor > 0) yield* Effect.sleep(floor)
      const rest = circuit.pause(now) - floor
      if (rest > 0) yield* Effect.raceFirst(Effect.asVoid(hurry.await), Effect.sleep(rest))
    } else {
      const wait = options.credential === undefined
        ? Effect.sleep(unauthorizedPause)
        : Effect.asVoid(credentialChanged(unauthorized.credential))
      yield* Effect.raceFirst(Effect.asVoid(hurry.await), wait)
    }
    yield* Effect.yieldNow
  })

  const noteFailure = Effect.fnUntraced(function*(error: ExportError, isProbe: boolean) {
    hurry.closeUnsafe()
    if (closing.isOpen()) failuresClosing++
    if (error.kind === "unauthorized") {
      unauthorized = { credential: used }
      yield* tellFailing(error)
      if (!closing.isOpen()) onPaused()
      return
    }
    unauthorized = undefined
    const after = error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter)
    // Requests that were under way when it failed say nothing new.
    if (isProbe || !circuit.isOpen) circuit.fail(yield* millis, yield* Random.next, after)
    yield* tellFailing(error)
  })

  const send = Effect.fnUntraced(function*(
    items: ReadonlyArray<Item>
  ): Effect.fn.Return<Result.Result<Accepted, ExportError>, never, R> {
    const exit = yield* Effect.exit(Effect.suspend(() => options.send(items)))
    if (Exit.isSuccess(exit)) return Result.succeed(exit.value)
    const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
    if (error !== undefined) return Result.fail(error)
    yield* Effect.logError(`effect-agentops: exporter ${name} has a defect`, exit.cause)
    return Result.fail(new ExportError({ kind: "permanent", reason: "defect", message: "it has a defect" }))
  })

  const request = Effect.fnUntraced(function*(
    items: ReadonlyArray<Item>
  ): Effect.fn.Return<Result.Result<Accepted, ExportError>, never, R> {
    used = yield* credential
    const began = yield* Clock.monotonicTimeNanos
    const result = yield* send(items)
    options.onRequest(Number((yield* Clock.monotonicTimeNanos) - began) / 1e9, result)
    return result
  })

  /** Sends until the answer is final for this very set of spans, or a shutdown gives up. */
  const attempt = Effect.fnUntraced(function*(
    items: ReadonlyArray<Item>,
    durable: boolean
  ): Effect.fn.Return<Result.Result<Accepted, ExportError>, never, R> {
    while (true) {
      let isProbe = false
      const once = Effect.suspend(() => {
        // Whoever waited for the probe learns from it that the receiver is back.
        if (!isDown()) return request(items)
        isProbe = true
        if (failing !== undefined && (isHopeless() || (durable && closing.isOpen()))) {
          return Effect.succeed(Result.fail(failing.error))
        }
        const wait = durable ? Effect.raceFirst(closing.await, pause) : pause
        return Effect.andThen(wait, request(items))
      })
      const result = isDown() ? yield* probing.withPermit(once) : yield* once
      if (Result.isFailure(result) && (result.failure.kind === "retry" || result.failure.kind === "unauthorized")) {
        if (isHopeless()) return result
        yield* noteFailure(result.failure, isProbe)
        if (isHopeless() || (durable && closing.isOpen())) return result
        continue
      }
      // Whatever it said, it answered.
      circuit.close()
      unauthorized = undefined
      failuresClosing = 0
      return result
    }
  })

  const deliver = Effect.fnUntraced(function*({ durable, items, onSettled }: Batch<Item>) {
    const parts: Array<ReadonlyArray<Item>> = [items]
    let took = 0
    let refusals = 0
    let lost = 0
    let error: ExportError | undefined
    // Of the last part, what there is to tell is told first: whoever flushes then knows it.
    let settleLast = () => {}
    const settle = (...settlement: Parameters<typeof onSettled>) => {
      settleLast()
      settleLast = () => onSettled(...settlement)
    }
    const drop = (part: ReadonlyArray<Item>, reason: string) => {
      lost += part.length
      settle(part.length, part.length, reason)
    }
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      // The next part may wait for long, or be cut off.
      settleLast()
      settleLast = () => {}
      if (refusals >= (refusesAll ? maxRefusalsAfter : maxRefusals)) {
        drop(part, error!.reason)
        continue
      }
      const result = yield* attempt(part, durable)
      if (Result.isSuccess(result)) {
        const { message, rejected } = result.success
        took += part.length
        refusals = 0
        refusesAll = false
        limit *= limitGrowth
        settle(part.length, Math.min(part.length, rejected), "rejected")
        if (message !== undefined) yield* tellLoss(message)
        continue
      }
      error = result.failure
      switch (error.kind) {
        case "tooLarge":
          limit = Math.min(limit, bytesOf(part) / 2)
          if (part.length > 1) parts.push(...halves(part))
          else drop(part, "too_large")
          break
        case "refused":
          if (took === 0) refusals++
          if (part.length > 1) parts.push(...halves(part))
          else drop(part, error.reason)
          break
        case "permanent":
          drop(part, error.reason)
          break
        default:
          if (durable) {
            settleLast()
            return false
          }
          drop(part, error.reason)
      }
    }
    if (took > 0) yield* tellRecovered
    else if (error?.kind === "refused") refusesAll = true
    if (error !== undefined && lost > 0) {
      yield* took > 0
        ? tellLoss(`${lost} of ${items.length} ${noun} are lost: ${error.message}`)
        : tellFailing(error)
    }
    settleLast()
    return true
  })

  return {
    deliver,
    limit: () => limit,
    hurry: () => {
      if (isDown()) hurry.openUnsafe()
    },
    close: () => {
      closing.openUnsafe()
      hurry.openUnsafe()
    },
    isClosing: () => closing.isOpen(),
    failing: () => failing
  }
}
