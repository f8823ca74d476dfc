/**
 * Stores sessions in Node's own SQLite, in a file or in memory, limited by size and age.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import * as Pricing from "../model/Pricing.ts"
import { open, run } from "./internal/sqlite/open.ts"
import { makeReader } from "./internal/sqlite/read.ts"
import { makeWriter } from "./internal/sqlite/write.ts"
import type { StoreError } from "./TraceStore.ts"
import { TraceSink, TraceStore } from "./TraceStore.ts"

/**
 * Options of the database.
 *
 * **Details**
 *
 * `file` is a path. Without it the database is in memory. `maxBytes` limits the size (default 1 GiB) and `maxAge` the
 * age (default 14 days). The sessions that ended first are removed first, whole.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly file?: string | undefined
  readonly maxBytes?: number | undefined
  readonly maxAge?: Duration.Input | undefined
}

// The limits are checked after this many received spans.
const pruneEvery = 20_000

/**
 * A store in a database, and the sink that fills it.
 *
 * **Details**
 *
 * A damaged file, or one of another program or version, is a `StoreError`. The file is not changed.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: Options): Layer.Layer<TraceStore | TraceSink, StoreError> =>
  Layer.effectContext(Effect.gen(function*() {
    const pricing = yield* Pricing.Pricing
    const database = yield* open(options?.file ?? ":memory:")
    const writer = yield* run("open", () => makeWriter(database, pricing))
    const reader = makeReader(database, pricing)
    const hub = yield* PubSub.sliding<string>(1024)
    const maxBytes = options?.maxBytes ?? 2 ** 30
    const maxAge = Duration.toMillis(options?.maxAge ?? Duration.days(14))
    let sincePruned = pruneEvery

    const prune = Effect.fnUntraced(function*() {
      const now = yield* Clock.currentTimeMillis
      sincePruned = 0
      return yield* run("remove old sessions", () => writer.prune({ maxBytes, oldest: now - maxAge }))
    })

    yield* prune()

    return Context.make(
      TraceSink,
      TraceSink.of({
        addSpans: Effect.fnUntraced(function*(spans) {
          const touched = yield* run("take spans in", () => writer.spans(spans))
          sincePruned += spans.length
          if (sincePruned >= pruneEvery) yield* prune()
          yield* PubSub.publishAll(hub, touched)
        }),
        addLogs: Effect.fnUntraced(function*(logs) {
          const touched = yield* run("take log records in", () => writer.logs(logs))
          yield* PubSub.publishAll(hub, touched)
        }),
        addMetrics: Effect.fnUntraced(function*(points) {
          yield* run("take metrics in", () => writer.metrics(points))
          yield* PubSub.publish(hub, "metrics")
        })
      })
    ).pipe(Context.add(
      TraceStore,
      TraceStore.of({
        source: options?.file ?? "memory",
        list: (query) => run("list sessions", () => reader.list(query)),
        session: (traceId) => run("read a session", () => reader.session(traceId)),
        stats: (query) => run("add sessions up", () => reader.stats(query)),
        metrics: run("read metrics", () => reader.metrics()),
        changes: Stream.fromPubSub(hub)
      })
    ))
  }))
