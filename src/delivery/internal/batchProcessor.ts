/**
 * A batch processor: it queues entries for one receiver and sends them in batches.
 *
 * ```
 *  program ──▶ codec ──▶ memory queue ─┐
 *                  └───▶ disk queue ───┴▶ batch ──▶ sender ──▶ transport ──▶ receiver
 *                                           └─ ack: delivered, or dropped for a reason
 * ```
 *
 * The program's call encodes an entry, puts it into a queue and returns. The processor's own fibers take batches and
 * pass them to the sender. They take from memory first, because only the disk survives the process. A slow or dead
 * receiver fills its own queue and affects no other exporter.
 *
 * **States**
 *
 * ```
 *  the processor      Open ── its layer is released ──▶ Closing ── all is sent, or the time is up ──▶ Closed
 *  the next batch     Rest ── an entry comes ──▶ Collect ── full, old enough, or urgent ──▶ Take ──▶ Rest
 *  the receiver       Up, Down, Recovering, Unauthorized
 * ```
 *
 * - The states of the processor are a {@link Phase}, those of the next batch a `Decision`, both in `processorState`.
 * - The states of the receiver, and what each answer changes, are in `senderState`.
 * - The files and the states of the disk are in `disk/diskQueue`.
 *
 * **Invariants**
 *
 * - `given = delivered + dropped + pending` at every moment, and no count is negative.
 * - Each entry is acknowledged once: delivered, or dropped with a reason. A batch can be acknowledged in parts.
 * - The disk keeps an entry until it is acknowledged.
 * - A flush returns when as many entries are acknowledged as were given when it began. It returns earlier if waiting is
 *   no use: the receiver wants another credential, or a closing processor leaves the rest on disk.
 * - A failing receiver or disk never stops the program, and never delays its end beyond the deadline of the shutdown.
 * - After `Closed`, an entry that is given is dropped as `already_shutdown`, and no answer changes a count.
 *
 * The decisions are pure functions in the modules named above. This file has the effects: fibers, latches and the clock.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Latch from "effect/Latch"
import type * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { DestinationStatus } from "../../core/DestinationStatus.ts"
import type { QueueCounts } from "../../core/internal/queueCounts.ts"
import type { Scoped } from "../../core/internal/scoped.ts"
import { Backpressure } from "./backpressure.ts"
import type { Batch, Sized } from "./batch.ts"
import type { Encoded } from "./codec.ts"
import { Counts } from "./counts.ts"
import type { DiskSettings } from "./disk/diskOptions.ts"
import type { DiskQueue } from "./disk/diskQueue.ts"
import { openDiskQueue } from "./disk/diskQueue.ts"
import type { Accepted, ExportError } from "./exportError.ts"
import { Flushes } from "./flushes.ts"
import type { Bounds } from "./memoryQueue.ts"
import { MemoryQueue } from "./memoryQueue.ts"
import type { Phase, Waiting } from "./processorState.ts"
import * as State from "./processorState.ts"
import { makeSender } from "./sender.ts"

/** The limits of the queue and of a batch, and the timing. @internal */
export interface ProcessorSettings extends Bounds {
  readonly maxBatchSize: number
  readonly maxBatchBytes: number
  readonly concurrency: number
  readonly exportInterval: Duration.Duration
  readonly shutdownTimeout: Duration.Duration
}

/** @internal */
export interface ProcessorOptions<Item extends Sized, R> extends ProcessorSettings {
  readonly name: string
  /** The name of the entries in messages. */
  readonly items?: "spans" | "log records" | "media" | undefined
  readonly disk?: ProcessorDisk<Item> | undefined
  /** Sends a batch once. */
  readonly send: (items: ReadonlyArray<Item>) => Effect.Effect<Accepted, ExportError, R>
  /** The credential that the receiver sees. A batch that was not authorized is sent again when it changes. */
  readonly credential?: Effect.Effect<unknown, never, R> | undefined
  /** Runs the deadline of a shutdown, on another clock if the program's may stand still. */
  readonly onDeadline?: (<A>(self: Effect.Effect<A>) => Effect.Effect<A>) | undefined
  /** Called after each request with its duration in seconds. */
  readonly onRequest?: ((seconds: number, result: Result.Result<Accepted, ExportError>) => void) | undefined
}

/** The disk of a processor, and how its entries are read. @internal */
export interface ProcessorDisk<Item> {
  readonly settings: DiskSettings
  /** The resource and scope of entries without their own. */
  readonly scoped: Scoped
  readonly fromDisk: (encoded: Encoded) => Item
}

/** Puts an entry into the queue. The entry of an event that waited for room may exceed the limits. @internal */
export type Enqueue<Item> = (item: Item, isHeldBack?: boolean) => void

/** @internal */
export interface BatchProcessor<Item extends Sized> {
  readonly flush: Effect.Effect<void>
  readonly status: Effect.Effect<DestinationStatus>
  readonly disk: DiskQueue | undefined
  readonly isClosed: () => boolean
  readonly hasRoomFor: (item: Item) => boolean
  /** Whether the queue is less than half full, for a caller that can wait before it gives more. */
  readonly hasRoom: () => boolean
  /** Counts an entry and runs the function that stores it, in the queue or elsewhere. */
  readonly give: <A>(store: (given: A, enqueue: Enqueue<Item>) => void, given: A) => void
  readonly backpressure: Backpressure | undefined
  readonly counts: () => QueueCounts
}

/** How long an uninterruptible fiber is waited for after its interruption. */
const grace = Duration.millis(100)

/** Makes a batch processor whose fibers end with the scope. @internal */
export const makeBatchProcessor = Effect.fnUntraced(function*<Item extends Sized, R>(
  options: ProcessorOptions<Item, R>
): Effect.fn.Return<BatchProcessor<Item>, never, R | Scope.Scope> {
  const { items: noun = "spans", maxBatchBytes, maxBatchSize, name, onDeadline = identity } = options
  const counts = new Counts()
  const queue = new MemoryQueue<Item>(options)
  const wake = Latch.makeUnsafe(false)
  let phase: Phase = State.open
  let inFlight = 0
  let inFlightOnDisk = 0
  /** How many entries from memory the receiver has acknowledged. */
  let answered = 0
  const flushes = new Flushes()
  let disk: DiskQueue | undefined

  // With a disk, entries that do not fit in memory go there.
  const backpressure = options.whenFull === "wait" && noun === "spans" && options.disk === undefined
    ? new Backpressure({ room: () => queue.room, progress: () => answered })
    : undefined
  if (backpressure !== undefined) yield* Effect.forkScoped(Effect.withTracerEnabled(backpressure.watch, false))

  const drop = (reason: string, count: number) => {
    if (count === 0) return
    counts.drop(reason, count)
    flushes.resume(counts.known)
  }

  const sender = makeSender({
    ...options,
    // Waiting is pointless while the receiver wants another credential.
    onPaused: () => flushes.resumeAll()
  })

  const waiting = (): Waiting => ({
    items: queue.size,
    bytes: queue.bytes,
    onDisk: disk === undefined || !State.readsDisk(phase) ? 0 : disk.unread()
  })
  const bounds = () => {
    const { limit, refusesAll } = sender.state()
    // If the receiver refuses everything, smaller batches would only cause more requests.
    return { items: maxBatchSize, bytes: refusesAll ? maxBatchBytes : Math.min(maxBatchBytes, limit) }
  }
  let known = waiting()
  // Runs for each span. Most spans join a batch that is neither new nor full, and this check allocates no objects.
  const isOneMore = () =>
    disk === undefined && known.items > 0 && queue.size < maxBatchSize &&
    queue.bytes < Math.min(maxBatchBytes, sender.state().limit)
  const wakeIfDue = () => {
    if (isOneMore()) return
    const now = waiting()
    if (State.shouldWake(known, now, bounds())) wake.openUnsafe()
    known = now
  }

  const enqueue: Enqueue<Item> = (item, isHeldBack = false) =>
    drop("queue_full", queue.offer(item, isHeldBack && backpressure?.holds))

  if (options.disk !== undefined) {
    const { fromDisk, scoped, settings } = options.disk
    disk = yield* openDiskQueue({
      ...settings,
      name,
      items: noun,
      whenFull: options.whenFull,
      fallback: scoped,
      onAvailable: wakeIfDue,
      onAdopted: (count) => {
        counts.given += count
      },
      onLost: drop,
      onUnwritten: (entries) => {
        if (phase._tag === "Closed") return drop("shutdown", entries.length)
        for (const entry of entries) enqueue(fromDisk(entry))
      }
    })
  }

  const fromMemory = (): Batch<Item> => {
    const { bytes, items: count } = bounds()
    const items = queue.take(count, bytes)
    inFlight += items.length
    backpressure?.release()
    return {
      items,
      durable: false,
      ack: (count, lost, reason) => {
        if (phase._tag === "Closed") return
        inFlight -= count
        answered += count
        counts.ack(count, lost, reason)
        flushes.resume(counts.known)
      },
      done: Effect.void
    }
  }

  const fromDisk = (disk: DiskQueue): Effect.Effect<Batch<Item>> =>
    Effect.map(disk.read(maxBatchSize, bounds().bytes), (batch) => {
      inFlightOnDisk += batch.items.length
      const ack: Batch<Item>["ack"] = (count, lost, reason) => {
        if (phase._tag === "Closed") return
        inFlightOnDisk -= count
        batch.ack(count, lost, reason)
        counts.ack(count, lost, reason)
        flushes.resume(counts.known)
      }
      const items: Array<Item> = []
      for (const encoded of batch.items) {
        try {
          items.push(options.disk!.fromDisk(encoded))
        } catch {
          // The checksum is correct, so another version of this library wrote an entry that this one cannot read.
          ack(1, 1, "corrupt")
        }
      }
      return { items, durable: true, ack, done: batch.done }
    })

  // One fiber at a time waits until a batch is due. The others wait for their turn.
  const taking = Semaphore.makeUnsafe(1)
  const poll = Effect.gen(function*() {
    let isOldEnough = false
    while (true) {
      const isUrgent = flushes.isWaiting || phase._tag === "Closing"
      const decision = State.decide(waiting(), bounds(), isOldEnough, isUrgent)
      if (decision === "Take") break
      if (decision === "Rest") {
        yield* wake.await
      } else {
        const woken = Effect.as(wake.await, false)
        isOldEnough = yield* Effect.raceFirst(woken, Effect.as(Effect.sleep(options.exportInterval), true))
      }
      wake.closeUnsafe()
      // Opening a latch resumes the waiting fiber immediately, inside the program's fiber that ends a span. So it
      // yields.
      yield* Effect.yieldNow
    }
    const batch = queue.size > 0 || disk === undefined ? fromMemory() : yield* fromDisk(disk)
    known = waiting()
    return batch
  }).pipe(taking.withPermit)

  const work = Effect.gen(function*() {
    const batch = yield* poll
    if (batch.items.length === 0) return yield* batch.done
    // Uninterruptible, so that a delivered batch is acknowledged even during a shutdown.
    yield* Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(sender.deliver(batch)), (isKnown) => {
        if (isKnown) return batch.done
        phase = State.leaveDisk(phase)
        if (queue.size + inFlight === 0) flushes.resumeAll()
        return Effect.void
      })
    )
  })

  // Detached, because a fiber with an uninterruptible export must not block the scope.
  const fibers = yield* Effect.forEach(
    Array.from({ length: options.concurrency }),
    () => Effect.forkDetach(Effect.withTracerEnabled(Effect.forever(work), false))
  )

  const flush = Effect.suspend(() => {
    if (counts.known >= counts.given) return Effect.void
    const known = flushes.until(counts.given)
    sender.hurry()
    wake.openUnsafe()
    return known
  })

  const giveUp = Effect.sync(() => {
    const left = queue.size + inFlight
    phase = State.closed
    queue.clear()
    inFlight = 0
    drop("shutdown", left)
    flushes.resumeAll()
  })

  /** Logs the losses of a shutdown in one line. */
  const logLost = (before: Readonly<Record<string, number>>) =>
    Effect.suspend(() => {
      const lost = counts.droppedSince(before)
      const total = lost.reduce((sum, [, count]) => sum + count, 0)
      return total === 0 ? Effect.void : Effect.logWarning(
        `effect-agentops: exporter ${name} shut down with ${total} ${noun} undelivered: ${
          lost.map(([reason, count]) => `${count} ${reason}`).join(", ")
        }`
      )
    })

  const leave = (disk: DiskQueue) =>
    Effect.suspend(() => {
      const left = disk.pending()
      return left === 0
        ? disk.close
        : Effect.andThen(
          disk.close,
          Effect.logInfo(
            `effect-agentops: exporter ${name} leaves ${left} ${noun} on disk, to be sent on the next start`
          )
        )
    })

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      const before = { ...counts.dropped }
      phase = State.closing
      sender.close()
      backpressure?.close()
      const within = (self: Effect.Effect<void>, time: Duration.Duration) =>
        onDeadline(Effect.asVoid(Effect.timeoutOption(Effect.interruptible(self), time)))
      return within(flush, options.shutdownTimeout).pipe(
        Effect.andThen(within(Fiber.interruptAll(fibers), grace)),
        Effect.andThen(giveUp),
        Effect.andThen(disk === undefined ? Effect.void : leave(disk)),
        Effect.andThen(logLost(before))
      )
    })
  )

  return {
    flush,
    status: Effect.sync(() => {
      const { failing } = sender.state()
      return {
        name,
        delivered: counts.delivered,
        pending: queue.size + inFlight + (disk?.pending() ?? 0),
        dropped: { ...counts.dropped },
        ...(failing === undefined ? {} : { failing: { since: failing.since, reason: failing.error.reason } })
      }
    }),
    backpressure,
    counts: () => ({
      waiting: queue.size + (disk?.pending() ?? 0) - inFlightOnDisk,
      capacity: options.maxItems,
      inFlight: inFlight + inFlightOnDisk,
      delivered: counts.delivered,
      dropped: counts.dropped
    }),
    disk,
    isClosed: () => phase._tag === "Closed",
    hasRoomFor: (item) => queue.hasRoomFor(item),
    hasRoom: () => queue.size * 2 <= options.maxItems && queue.bytes * 2 <= options.maxBytes,
    give: (store, given) => {
      counts.given++
      if (phase._tag === "Closed") return drop("already_shutdown", 1)
      try {
        store(given, enqueue)
      } catch {
        // A user's convention may throw. The program must not fail because a span cannot be encoded.
        return drop("encode_failed", 1)
      }
      wakeIfDue()
    }
  }
})
