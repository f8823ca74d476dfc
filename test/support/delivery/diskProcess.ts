/** A process that keeps its spans in the files of a test. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Batch } from "../../../src/delivery/internal/batch.ts"
import type { Encoded } from "../../../src/delivery/internal/codec.ts"
import type { DiskOptions } from "../../../src/delivery/internal/disk/diskOptions.ts"
import { openDiskQueue } from "../../../src/delivery/internal/disk/diskQueue.ts"
import { spanJournal } from "../../../src/export/internal/codecs.ts"
import { encodeSpan } from "../../../src/otlp/internal/protobuf.ts"
import { decodeSpan } from "../../../src/otlp/internal/protobufReader.ts"
import { makeSpan } from "../otlp/spans.ts"
import type { FakeFiles } from "./fakeFiles.ts"

export const { resource, scope } = makeSpan()
const fallback = { resource: { attributes: { "service.name": "fallback" } }, scope }

const idOf = (n: number) => n.toString(16).padStart(16, "0")

export const encoded = (n: number, padding = 0) => ({
  bytes: encodeSpan(makeSpan({ spanId: idOf(n), name: `span ${n}`, attributes: { text: "x".repeat(padding) } })),
  resource,
  scope
})

/** Starts a process on the files: its queue, and the reports of the queue. */
export const start = Effect.fnUntraced(function*(files: FakeFiles, pid: number, options: Partial<DiskOptions> = {}) {
  const alive = new Set([pid])
  const seen = { adopted: 0, lost: {} as Record<string, number>, unwritten: 0 }
  const scope = yield* Scope.make()
  const queue = yield* openDiskQueue({
    fs: files.fileSystem,
    root: "/spans",
    process: { pid, host: "here", since: 0, isAlive: (pid) => alive.has(pid) },
    maxBytes: 1_000_000,
    segmentBytes: 1_000,
    fsync: "never",
    name: "test",
    whenFull: "dropNewest",
    fallback,
    journal: spanJournal,
    onAvailable: () => {},
    onAdopted: (count) => void (seen.adopted += count),
    onLost: (reason, count) => void (count > 0 && (seen.lost[reason] = (seen.lost[reason] ?? 0) + count)),
    onUnwritten: (spans) => void (seen.unwritten += spans.length),
    ...options
  }).pipe(Scope.provide(scope))
  return {
    queue,
    seen,
    /** Ends a span. */
    end: (n: number, padding = 0) => queue.ended(makeSpan().traceId + idOf(n), encoded(n, padding)),
    begin: (n: number) => queue.started(makeSpan().traceId + idOf(n), () => encoded(n)),
    /** Ends like a killed process. A pending operation may never return, so nothing waits for it. */
    kill: Effect.andThen(
      Effect.forkDetach(Scope.close(scope, Exit.void)),
      Effect.repeat(Effect.yieldNow, { times: 10 })
    ),
    /** Stops the process's own fibers. Its functions can still be called. */
    stopFibers: Scope.close(scope, Exit.void),
    close: Effect.andThen(queue.close, Scope.close(scope, Exit.void)),
    /** Takes all waiting spans, and acknowledges them. */
    drain: Effect.gen(function*() {
      const names: Array<string> = []
      assert.isAtLeast(queue.pending(), 0)
      while (queue.unread() > 0) {
        const batch = yield* queue.read(7, 10_000)
        names.push(...namesOf(batch))
        batch.ack(batch.items.length, 0, "")
        yield* batch.done
      }
      assert.strictEqual(queue.pending(), 0)
      return names
    })
  }
})

export const namesOf = (batch: Batch<Encoded>) => batch.items.map((span) => decodeSpan(span).name)
export const spanNames = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `span ${from + i}`)
