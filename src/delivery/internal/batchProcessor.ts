/**
 * What waits to be sent to one place, and the fibers that send it.
 *
 * What is given is put in the queue, and the program goes on; the delivery's own
 * fibers take batches and send them. One that is slow or dead fills its own queue
 * and nothing else. At every moment, what it was given is what was delivered, what
 * was dropped for a reason, and what is pending.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import type * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { DestinationStatus } from "../../core/DestinationStatus.ts"
import type { QueueCounts } from "../../core/internal/queueCounts.ts"
import type { EncodedSpan, Scoped } from "../../core/internal/scoped.ts"
import { Backpressure } from "./backpressure.ts"
import { Ledger } from "./counts.ts"
import type { DiskQueue, DiskSettings } from "./disk/diskQueue.ts"
import { openDiskQueue } from "./disk/diskQueue.ts"
import type { Accepted, ExportError } from "./exportError.ts"
import type { Bounds, Sized } from "./memoryQueue.ts"
import { MemoryQueue } from "./memoryQueue.ts"
import type { Batch } from "./sender.ts"
import { makeSender } from "./sender.ts"

/** How much waits, how much is sent at once, and when. @internal */
export interface DeliverySettings extends Bounds {
  readonly maxBatchSize: number
  readonly maxBatchBytes: number
  readonly concurrency: number
  readonly exportInterval: Duration.Duration
  readonly shutdownTimeout: Duration.Duration
}

/** @internal */
export interface DeliveryOptions<Item extends Sized, R> extends DeliverySettings {
  readonly name: string
  /** Told how many seconds a request took, and what became of it. */
  readonly onRequest?: ((seconds: number, result: Result.Result<Accepted, ExportError>) => void) | undefined
  /** What is sent, as people call it. */
  readonly items?: "spans" | "log records" | undefined
  readonly disk?: DeliveryDisk<Item> | undefined
  /** Sends a batch once. */
  readonly send: (items: ReadonlyArray<Item>) => Effect.Effect<Accepted, ExportError, R>
  /** What the receiver knows us by: a batch that it did not authorise is sent again when this changes. */
  readonly credential?: Effect.Effect<unknown, never, R> | undefined
}

/** What is written to disk, and read from it. @internal */
export interface DeliveryDisk<Item> {
  readonly settings: DiskSettings
  /** What spans belong to that do not tell. */
  readonly origin: Scoped
  readonly fromEncoded: (span: EncodedSpan) => Item
}

/** A queue, and the fibers that send what is in it. @internal */
export interface Delivery<Item extends Sized> {
  readonly flush: Effect.Effect<void>
  readonly status: Effect.Effect<DestinationStatus>
  readonly disk: DiskQueue | undefined
  readonly isClosed: () => boolean
  readonly hasRoomFor: (item: Item) => boolean
  /** Counts one more, and runs what puts it where it waits: in the queue by `accept`, or elsewhere. */
  readonly give: (store: (accept: (item: Item, isHeldBack?: boolean) => void) => void) => void
  readonly backpressure: Backpressure | undefined
  readonly counts: () => QueueCounts
}

interface Taken<Item> extends Batch<Item> {
  readonly settled: Effect.Effect<void>
}

interface Waiter {
  readonly target: number
  readonly deferred: Deferred.Deferred<void>
}

/** Makes a delivery whose fibers live in the scope. @internal */
export const makeDelivery = Effect.fnUntraced(function*<Item extends Sized, R>(
  options: DeliveryOptions<Item, R>
): Effect.fn.Return<Delivery<Item>, never, R | Scope.Scope> {
  const { items: noun = "spans", maxBatchBytes, maxBatchSize, name } = options
  const ledger = new Ledger()
  const queue = new MemoryQueue<Item>(options)
  let inFlight = 0
  /** Of what is on disk. */
  let inFlightOnDisk = 0
  /** Spans whose fate the receiver decided. */
  let answered = 0
  let waiters: Array<Waiter> = []
  let closed = false
  const wake = Latch.makeUnsafe(false)

  // With a disk, spans that memory has no room for go there.
  const backpressure = options.whenFull === "wait" && noun === "spans" && options.disk === undefined
    ? new Backpressure({ room: () => queue.room, progress: () => answered })
    : undefined
  if (backpressure !== undefined) yield* Effect.forkScoped(Effect.withTracerEnabled(backpressure.watch, false))

  const settle = (all = false) => {
    const ready = waiters.filter(({ target }) => all || ledger.settled >= target)
    if (ready.length === 0) return
    waiters = waiters.filter((waiter) => !ready.includes(waiter))
    // Whoever waits goes on then and there, and may flush again.
    for (const { deferred } of ready) Deferred.doneUnsafe(deferred, Exit.void)
  }

  const sender = makeSender({
    name,
    items: noun,
    send: options.send,
    credential: options.credential,
    onRequest: options.onRequest ?? (() => {}),
    // Nothing more will arrive by waiting, so nobody should.
    onPaused: () => settle(true)
  })

  const batchBytes = () => Math.min(maxBatchBytes, sender.limit())
  const accept = (item: Item, isHeldBack = false) => {
    const lost = queue.offer(item, isHeldBack && backpressure?.holds)
    if (lost === 0) return
    ledger.drop("queue_full", lost)
    settle()
  }

  let disk: DiskQueue | undefined

  // What is on the disk is left there once a shutdown has found that it cannot be sent.
  let leaveDisk = false
  const unread = () => disk === undefined || leaveDisk ? 0 : disk.unread()
  const isEmpty = () => queue.size === 0 && unread() === 0
  const isFull = () => queue.size >= maxBatchSize || queue.bytes >= batchBytes() || unread() >= maxBatchSize
  const isUrgent = () => waiters.length > 0 || sender.isClosing()
  let known = 0
  /** One span starts the clock of a batch, a full batch stops it. */
  const isDue = () => {
    const before = known
    known = queue.size + unread()
    return before === 0 || isFull()
  }

  if (options.disk !== undefined) {
    const { fromEncoded, origin, settings } = options.disk
    disk = yield* openDiskQueue({
      ...settings,
      name,
      whenFull: options.whenFull,
      fallback: origin,
      onAvailable: () => {
        if (isDue()) wake.openUnsafe()
      },
      onAdopted: (count) => {
        ledger.given += count
      },
      onLost: (reason, count) => {
        ledger.drop(reason, count)
        settle()
      },
      onUnwritten: (spans) => spans.forEach((span) => accept(fromEncoded(span)))
    })
  }

  const takeFromMemory = (): Taken<Item> => {
    const items = queue.take(maxBatchSize, batchBytes())
    inFlight += items.length
    backpressure?.release()
    return {
      items,
      durable: false,
      onSettled: (count, lost, reason) => {
        inFlight -= count
        answered += count
        ledger.delivered += count - lost
        ledger.drop(reason, lost)
        settle()
      },
      settled: Effect.void
    }
  }

  const takeFromDisk = (disk: DiskQueue): Effect.Effect<Taken<Item>> =>
    Effect.map(disk.read(maxBatchSize, batchBytes()), (batch) => {
      inFlightOnDisk += batch.spans.length
      const onSettled = (count: number, lost: number, reason: string) => {
        inFlightOnDisk -= count
        batch.settle(count)
        ledger.delivered += count - lost
        ledger.drop(reason, lost)
        settle()
      }
      const items: Array<Item> = []
      for (const span of batch.spans) {
        try {
          items.push(options.disk!.fromEncoded(span))
        } catch {
          // The checksum held, so another version of this library wrote what this one cannot read.
          onSettled(1, 1, "corrupt")
        }
      }
      return { items, durable: true, onSettled, settled: batch.settled }
    })

  // One fiber at a time waits for a batch to be due, the others for their turn.
  const taking = Semaphore.makeUnsafe(1)
  const next = Effect.gen(function*() {
    let due = false
    while (!isFull() && !(!isEmpty() && (due || isUrgent()))) {
      if (isEmpty()) {
        yield* wake.await
      } else {
        const woken = Effect.as(wake.await, false)
        due = yield* Effect.raceFirst(woken, Effect.as(Effect.sleep(options.exportInterval), true))
      }
      wake.closeUnsafe()
      // Opening a latch runs who waits for it then and there, which is where the program's span ends.
      yield* Effect.yieldNow
    }
    const taken = queue.size > 0 || disk === undefined ? takeFromMemory() : yield* takeFromDisk(disk)
    known = queue.size + unread()
    return taken
  }).pipe(taking.withPermit)

  const work = Effect.gen(function*() {
    const taken = yield* next
    if (taken.items.length === 0) return yield* taken.settled
    // What has been delivered is noted as that, even when this is the moment of the shutdown.
    yield* Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(sender.deliver(taken)), (isSettled) => {
        if (isSettled) return taken.settled
        leaveDisk = true
        if (queue.size + inFlight === 0) settle(true)
        return Effect.void
      })
    )
  })

  const fibers = yield* Effect.forEach(
    Array.from({ length: options.concurrency }),
    () => Effect.forkScoped(Effect.withTracerEnabled(Effect.forever(work), false))
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
      : Effect.logWarning(`effect-agentops: exporter ${name} shut down with ${left} ${noun} undelivered`)
  })

  const leave = (disk: DiskQueue) =>
    Effect.suspend(() => {
      const left = disk.pending()
      return left === 0
        ? disk.close
        : Effect.andThen(
          disk.close,
          Effect.logInfo(`effect-agentops: exporter ${name} leaves ${left} spans on disk, to be sent on the next start`)
        )
    })

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      sender.close()
      backpressure?.close()
      return flush
    }).pipe(
      Effect.timeoutOption(options.shutdownTimeout),
      Effect.andThen(Fiber.interruptAll(fibers)),
      Effect.andThen(giveUp),
      Effect.andThen(disk === undefined ? Effect.void : leave(disk))
    )
  )

  const give = (store: (accept: (item: Item, isHeldBack?: boolean) => void) => void): void => {
    ledger.given++
    if (closed) return ledger.drop("already_shutdown", 1)
    try {
      store(accept)
    } catch {
      // A convention may be a user's, and one span that it cannot tell must not cost the program.
      ledger.drop("encode_failed", 1)
      return settle()
    }
    if (isDue()) wake.openUnsafe()
  }

  return {
    flush,
    status: Effect.sync(() => {
      const failing = sender.failing()
      return {
        name,
        delivered: ledger.delivered,
        pending: queue.size + inFlight + (disk?.pending() ?? 0),
        dropped: { ...ledger.dropped },
        ...(failing === undefined ? {} : { failing: { since: failing.since, reason: failing.error.reason } })
      }
    }),
    backpressure,
    counts: () => ({
      waiting: queue.size + (disk?.pending() ?? 0) - inFlightOnDisk,
      capacity: options.maxItems,
      inFlight: inFlight + inFlightOnDisk,
      delivered: ledger.delivered,
      dropped: ledger.dropped
    }),
    disk,
    isClosed: () => closed,
    hasRoomFor: (item) => queue.hasRoomFor(item),
    give
  }
})
