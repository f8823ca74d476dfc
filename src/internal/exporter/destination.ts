/**
 * One place that spans go to: what waits, and the fibers that send it.
 *
 * A span that ends is put in the exporter's form and in the queue of each
 * destination, and the program goes on; the destination's own fibers take batches
 * and deliver them. A destination that is slow or dead fills its own queue and
 * nothing else. At every moment, the spans that it was given are those delivered,
 * those dropped for a reason, and those pending.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Convention } from "../../Convention.ts"
import type { Sink, Span } from "../../Span.ts"
import type { Form } from "../delivery/form.ts"
import { Ledger } from "../delivery/ledger.ts"
import type { Bounds, Sized } from "../delivery/memoryQueue.ts"
import { MemoryQueue } from "../delivery/memoryQueue.ts"
import { makeSender } from "../delivery/sender.ts"
import { encodeSpan } from "../encodeSpan.ts"
import type { DestinationStatus } from "../registry.ts"
import type { Accepted, ExportError } from "./exportError.ts"

/** What a user can say of any destination. @internal */
export interface DestinationSettings extends Bounds {
  readonly convention: Convention
  readonly content: boolean
  readonly maxBatchSize: number
  readonly maxBatchBytes: number
  readonly concurrency: number
  readonly exportInterval: Duration.Duration
  readonly shutdownTimeout: Duration.Duration
}

/** @internal */
export interface DestinationOptions<Item extends Sized, R> extends DestinationSettings {
  readonly name: string
  readonly form: Form<Item>
  /** Sends a batch once. */
  readonly send: (items: ReadonlyArray<Item>) => Effect.Effect<Accepted, ExportError, R>
  /** What the receiver knows us by: a batch that it did not authorise is sent again when this changes. */
  readonly credential?: Effect.Effect<unknown, never, R> | undefined
}

/** @internal */
export interface Destination {
  readonly name: string
  readonly sink: Sink
  /** Waits until all that was given before has been delivered or dropped. */
  readonly flush: Effect.Effect<void>
  readonly status: Effect.Effect<DestinationStatus>
}

interface Waiter {
  readonly target: number
  readonly deferred: Deferred.Deferred<void>
}

/** Makes a destination whose fibers live in the scope. @internal */
export const makeDestination = Effect.fnUntraced(function*<Item extends Sized, R>(
  options: DestinationOptions<Item, R>
): Effect.fn.Return<Destination, never, R | Scope.Scope> {
  const { maxBatchBytes, maxBatchSize, name } = options
  const ledger = new Ledger()
  const queue = new MemoryQueue<Item>(options)
  let inFlight = 0
  let waiters: Array<Waiter> = []
  let closed = false
  const wake = Latch.makeUnsafe(false)

  const settle = (all = false) => {
    const ready = waiters.filter(({ target }) => all || ledger.settled >= target)
    if (ready.length === 0) return
    waiters = waiters.filter((waiter) => !ready.includes(waiter))
    // Whoever waits goes on then and there, and may flush again.
    for (const { deferred } of ready) Deferred.doneUnsafe(deferred, Exit.void)
  }

  const sender = makeSender({
    name,
    send: options.send,
    credential: options.credential,
    onSettled: (count, rejected, reason) => {
      inFlight -= count
      ledger.delivered += count - rejected
      ledger.drop(reason, rejected)
      settle()
    },
    // Nothing more will arrive by waiting, so nobody should.
    onPaused: () => settle(true)
  })

  const batchBytes = () => Math.min(maxBatchBytes, sender.limit())
  const isFull = () => queue.size >= maxBatchSize || queue.bytes >= batchBytes()
  const isUrgent = () => waiters.length > 0 || sender.isClosing()

  // One fiber at a time waits for a batch to be due, the others for their turn.
  const taking = Semaphore.makeUnsafe(1)
  const next = Effect.gen(function*() {
    let due = false
    while (!isFull() && !(queue.size > 0 && (due || isUrgent()))) {
      if (queue.size === 0) {
        yield* wake.await
      } else {
        const woken = Effect.as(wake.await, false)
        due = yield* Effect.raceFirst(woken, Effect.as(Effect.sleep(options.exportInterval), true))
      }
      wake.closeUnsafe()
      // Opening a latch runs who waits for it then and there, which is where the program's span ends.
      yield* Effect.yieldNow
    }
    const items = queue.take(maxBatchSize, batchBytes())
    inFlight += items.length
    return items
  }).pipe(taking.withPermit)

  const worker = Effect.forever(Effect.flatMap(next, sender.deliver))
  const fibers = yield* Effect.forEach(
    Array.from({ length: options.concurrency }),
    () => Effect.forkScoped(Effect.withTracerEnabled(worker, false))
  )

  const flush = Effect.suspend(() => {
    if (ledger.settled >= ledger.given) return Effect.void
    const deferred = Deferred.makeUnsafe<void>()
    waiters.push({ target: ledger.given, deferred })
    sender.hurry()
    wake.openUnsafe()
    return Deferred.await(deferred)
  })

  const giveUp = Effect.suspend(() => {
    closed = true
    const left = queue.size + inFlight
    queue.clear()
    inFlight = 0
    ledger.drop("shutdown", left)
    settle()
    return left === 0
      ? Effect.void
      : Effect.logWarning(`effect-agentops: exporter ${name} shut down with ${left} spans undelivered`)
  })

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      sender.close()
      return flush
    }).pipe(
      Effect.timeoutOption(options.shutdownTimeout),
      Effect.andThen(Fiber.interruptAll(fibers)),
      Effect.andThen(giveUp)
    )
  )

  const policy = { content: options.content }
  const onEnd = (span: Span): void => {
    ledger.given++
    if (closed) return ledger.drop("already_shutdown", 1)
    let item: Item
    try {
      item = options.form.fromData(encodeSpan(span, options.convention, policy))
    } catch {
      // A convention may be a user's, and one span that it cannot tell must not cost the program.
      ledger.drop("encode_failed", 1)
      return settle()
    }
    const wasFull = isFull()
    const lost = queue.offer(item)
    if (lost > 0) {
      ledger.drop("queue_full", lost)
      settle()
    }
    // One span starts the clock of a batch, a full batch stops it.
    if (queue.size === 1 || (!wasFull && isFull())) wake.openUnsafe()
  }

  return {
    name,
    flush,
    status: Effect.sync(() => ({
      name,
      delivered: ledger.delivered,
      pending: queue.size + inFlight,
      dropped: { ...ledger.dropped }
    })),
    sink: { content: options.content, onEnd }
  }
})
