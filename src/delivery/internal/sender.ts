/**
 * Sends batches to one receiver, and reacts to its responses.
 *
 * - Accepted: the batch is done, except for rejected entries.
 * - `retry`: the batch is sent again until it succeeds, with delays.
 * - `tooLarge`: the batch is split until its parts fit. An entry that never fits is dropped.
 * - `refused`: the batch is split, too, so that only the faulty entry is dropped.
 * - `unauthorized`: everything waits until the credential changes, with one request a minute.
 * - `permanent`: the batch is dropped.
 *
 * {@link SenderState} has the state of the receiver, and the reaction to its responses. No batch is dropped because of
 * its age. The wait is limited by the queue before the sender, and by the deadline of a shutdown. A failing receiver is
 * logged once, and once more when it recovers.
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
import type { Batch, Sized } from "./batch.ts"
import type { Accepted } from "./exportError.ts"
import { ExportError } from "./exportError.ts"
import type { SenderState } from "./senderState.ts"
import * as State from "./senderState.ts"
import { makeSlots } from "./slots.ts"

/** @internal */
export interface SenderOptions<Item extends Sized, R> {
  readonly name: string
  readonly items?: string | undefined
  /** The most requests at once. */
  readonly concurrency: number
  readonly send: (items: ReadonlyArray<Item>) => Effect.Effect<Accepted, ExportError, R>
  readonly credential?: Effect.Effect<unknown, never, R> | undefined
  /** Called after each request with its duration in seconds. */
  readonly onRequest?: ((seconds: number, result: Result.Result<Accepted, ExportError>) => void) | undefined
  /** Called when the receiver wants another credential. */
  readonly onPaused: () => void
}

/** @internal */
export interface Sender<Item extends Sized, R> {
  /** Returns `true` when the whole batch is acknowledged, or `false` if the sender gave up earlier. */
  readonly deliver: (batch: Batch<Item>) => Effect.Effect<boolean, never, R>
  /** Sends the next request to a failing receiver now, unless the receiver asked for a delay. */
  readonly hurry: () => void
  readonly state: () => SenderState
  /** Stops waiting for a failing receiver, for a shutdown. */
  readonly close: () => void
}

/** After so many refused parts of one batch without an accepted one, the receiver counts as refusing everything. */
const maxRefusals = 64
/** The same limit after a batch that was refused in every part. */
const maxRefusalsAfter = 4
/** How often an unauthorized request is retried, and how often the credential is checked. */
const unauthorizedPause = 60_000
const credentialInterval = 1_000
/** How often a loss that is no outage is logged. */
const logInterval = 60_000

const bytesOf = (items: ReadonlyArray<Sized>): number => items.reduce((sum, item) => sum + item.size, 0)

const millis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

const lossOf = ({ kind, reason }: ExportError): string => kind === "tooLarge" ? "too_large" : reason

const isPassing = ({ kind }: ExportError): boolean => kind === "retry" || kind === "unauthorized"

/** @internal */
export const makeSender = <Item extends Sized, R>(options: SenderOptions<Item, R>): Sender<Item, R> => {
  const { concurrency, items: noun = "spans", name } = options
  const credential: Effect.Effect<unknown, never, R> = options.credential ?? Effect.undefined
  const hurry = Latch.makeUnsafe(false)
  const closing = Latch.makeUnsafe(false)
  let state = State.initial(concurrency)
  let loggedAt = -Infinity
  const slots = makeSlots(() => State.width(state))

  const become = (next: SenderState): void => {
    state = next
    slots.release()
  }

  const warn = (message: string) => Effect.logWarning(`effect-agentops: exporter ${name}${message}`)

  const logFailing = Effect.fnUntraced(function*(error: ExportError) {
    const known = state.failing
    state = { ...state, failing: { since: known?.since ?? (yield* Clock.currentTimeMillis), error } }
    if (known === undefined) yield* warn(` is failing: ${error.message}`)
  })

  const logRecovered = Effect.suspend(() => {
    if (state.failing === undefined) return Effect.void
    state = { ...state, failing: undefined }
    return Effect.logInfo(`effect-agentops: exporter ${name} delivers again`)
  })

  const logLoss = Effect.fnUntraced(function*(message: string) {
    const now = yield* millis
    if (now - loggedAt < logInterval) return
    loggedAt = now
    yield* warn(`: ${message}`)
  })

  const credentialChanged = (refused: unknown) =>
    options.credential === undefined
      ? Effect.sleep(unauthorizedPause)
      : Effect.sleep(credentialInterval).pipe(
        Effect.andThen(credential),
        Effect.repeat({ until: (current) => !Equal.equals(current, refused) }),
        Effect.timeoutOption(unauthorizedPause)
      )

  const untilHurried = <E, R>(wait: Effect.Effect<unknown, E, R>) =>
    Effect.andThen(Effect.raceFirst(hurry.await, wait), Effect.yieldNow)

  const send = Effect.fnUntraced(function*(
    items: ReadonlyArray<Item>
  ): Effect.fn.Return<Result.Result<Accepted, ExportError>, never, R> {
    const began = yield* Clock.monotonicTimeNanos
    const exit = yield* Effect.exit(Effect.suspend(() => options.send(items)))
    const error = Exit.isSuccess(exit) ? undefined : Option.getOrUndefined(Cause.findErrorOption(exit.cause))
    if (Exit.isFailure(exit) && error === undefined) {
      yield* Effect.logError(`effect-agentops: exporter ${name} has a defect`, exit.cause)
    }
    const result = Exit.isSuccess(exit)
      ? Result.succeed(exit.value)
      : Result.fail(error ?? new ExportError({ kind: "permanent", reason: "defect", message: "it has a defect" }))
    options.onRequest?.(Number((yield* Clock.monotonicTimeNanos) - began) / 1e9, result)
    return result
  })

  const recordFailure = Effect.fnUntraced(function*(error: ExportError, used: unknown, isProbe: boolean) {
    hurry.closeUnsafe()
    const known = state.failing
    become(State.failed(state, {
      error,
      credential: used,
      isProbe,
      now: yield* millis,
      wall: yield* Clock.currentTimeMillis,
      random: yield* Random.next,
      retryAfter: error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter)
    }))
    if (known === undefined) yield* warn(` is failing: ${error.message}`)
    // Waiting is pointless while the receiver wants another credential.
    if (error.kind === "unauthorized" && !closing.isOpen()) options.onPaused()
  })

  /** Makes one request when it is allowed. Returns its result, or `undefined` if another step is needed. */
  const sendOnce = Effect.fnUntraced(function*(
    items: ReadonlyArray<Item>,
    durable: boolean
  ): Effect.fn.Return<Result.Result<Accepted, ExportError> | undefined, never, R> {
    const step = State.next(state, yield* millis, durable)
    // Waits that a shutdown does not need are cut short when it begins.
    const untilClosing = <R>(wait: Effect.Effect<unknown, never, R>) => Effect.raceFirst(closing.await, wait)
    switch (step._tag) {
      case "GiveUp":
        return Result.fail(state.failing!.error)
      case "Wait": {
        const { floor, rest } = step
        const floored = floor > 0 ? Effect.sleep(floor) : Effect.void
        const wait = Effect.andThen(floored, rest > 0 ? untilHurried(Effect.sleep(rest)) : Effect.void)
        yield* durable ? untilClosing(wait) : wait
        if (durable && closing.isOpen()) return undefined
        break
      }
      case "Credential":
        yield* untilHurried(untilClosing(credentialChanged(step.refused)))
        if (State.shouldGiveUp(state, durable)) return undefined
    }
    const isProbe = State.isDown(state)
    const used = yield* credential
    const request = send(items)
    // A shutdown does not wait for a response if it would not wait for the next one either.
    const givenUp = Effect.andThen(
      closing.await,
      Effect.suspend(() => State.shouldGiveUp(state, durable) ? Effect.undefined : Effect.never)
    )
    const result = isProbe && !closing.isOpen() ? yield* Effect.raceFirst(request, givenUp) : yield* request
    if (result === undefined) return undefined
    if (Result.isFailure(result) && isPassing(result.failure)) {
      yield* recordFailure(result.failure, used, isProbe)
      return undefined
    }
    become(State.answered(state, yield* millis, yield* Random.next, concurrency))
    return result
  })

  /** Sends until the result for these entries is final, or a shutdown gives up. */
  const sendUntilFinal = Effect.fnUntraced(function*(
    items: ReadonlyArray<Item>,
    durable: boolean
  ): Effect.fn.Return<Result.Result<Accepted, ExportError>, never, R> {
    while (true) {
      const result = yield* slots.withSlot(sendOnce(items, durable))
      if (result !== undefined) return result
    }
  })

  const deliver = Effect.fnUntraced(function*({ ack, durable, items }: Batch<Item>) {
    // A stack: after a split the first half is sent next, until a part fits.
    const parts: Array<ReadonlyArray<Item>> = [items]
    let taken = 0
    let refusals = 0
    let lost = 0
    let error: ExportError | undefined
    // Warnings are logged before the last part is acknowledged, so that they precede the end of a flush.
    let ackLast = () => {}
    const ackNext = (count: number, lost: number, reason: string) => {
      ackLast()
      ackLast = () => ack(count, lost, reason)
    }
    const drop = (part: ReadonlyArray<Item>, reason: string) => {
      lost += part.length
      ackNext(part.length, part.length, reason)
    }
    const split = (part: ReadonlyArray<Item>) => {
      const middle = part.length >> 1
      parts.push(part.slice(middle), part.slice(0, middle))
    }
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      // Acknowledges now, because the next part may wait for long or be interrupted.
      ackLast()
      ackLast = () => {}
      if (refusals >= (state.refusesAll ? maxRefusalsAfter : maxRefusals)) {
        drop(part, lossOf(error!))
        continue
      }
      if (part.length > 1 && bytesOf(part) > state.limit) {
        split(part)
        continue
      }
      const result = yield* sendUntilFinal(part, durable)
      if (Result.isSuccess(result)) {
        const { message, rejected } = result.success
        taken += part.length
        refusals = 0
        state = State.accepted(state)
        ackNext(part.length, Math.min(part.length, rejected), "rejected")
        if (message !== undefined) yield* logLoss(message)
        continue
      }
      error = result.failure
      if (isPassing(error)) {
        if (durable) {
          ackLast()
          return false
        }
        drop(part, error.reason)
        continue
      }
      if (error.kind !== "permanent" && taken === 0) refusals++
      if (error.kind === "tooLarge" && part.length > 1) state = State.tooLarge(state, bytesOf(part))
      if (error.kind !== "permanent" && part.length > 1) split(part)
      else drop(part, lossOf(error))
    }
    if (taken > 0) yield* logRecovered
    else if (error?.kind === "refused" || error?.kind === "tooLarge") state = { ...state, refusesAll: true }
    if (error !== undefined && lost > 0) {
      yield* taken > 0
        ? logLoss(`${lost} of ${items.length} ${noun} are lost: ${error.message}`)
        : logFailing(error)
    }
    ackLast()
    return true
  })

  return {
    deliver,
    state: () => state,
    hurry: () => {
      if (state.connection._tag !== "Up") hurry.openUnsafe()
    },
    close: () => {
      state = State.close(state)
      closing.openUnsafe()
      hurry.openUnsafe()
    }
  }
}
