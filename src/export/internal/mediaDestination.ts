/**
 * Sends media from content to their store.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as ConfigurationError from "../../core/ConfigurationError.ts"
import { onLiveClock } from "../../core/internal/liveClock.ts"
import { makeBatchProcessor } from "../../delivery/internal/batchProcessor.ts"
import { accepted, ExportError, messageOf } from "../../delivery/internal/exportError.ts"
import type { Media, MediaOptions, TakeMedia } from "../../privacy/Content.ts"
import type { Destination } from "../../trace/internal/registry.ts"
import { NetworkClock } from "./register.ts"

/** How many hashes are remembered, so that media repeated in every turn of a conversation are stored once. */
const maxKnown = 4096

const again = { times: 4, schedule: Schedule.exponential("200 millis") }

/** @internal */
export interface MediaDestination {
  readonly take: TakeMedia
  readonly destination: Destination
}

/** Makes the destination of media for a store. Its fibers live in the scope. @internal */
export const makeMediaDestination = Effect.fnUntraced(function*(
  { maxBytes = 64 * 1024 * 1024, store }: MediaOptions
): Effect.fn.Return<MediaDestination, ConfigurationError.ConfigurationError, Scope.Scope> {
  yield* ConfigurationError.check(
    Schema.Finite.check(Schema.isGreaterThan(0)),
    "media.maxBytes",
    maxBytes,
    "Give a number of bytes"
  )
  const known = new Set<string>()
  const put = (media: Media) =>
    Effect.suspend(() => store.put(media)).pipe(
      Effect.retry(again),
      Effect.onError(() => Effect.sync(() => known.delete(media.sha256))),
      Effect.mapError((error) =>
        new ExportError({ kind: "permanent", reason: "store_failed", message: messageOf(error) })
      ),
      Effect.as(accepted)
    )
  const processor = yield* makeBatchProcessor<{ readonly size: number; readonly media: Media }, never>({
    name: "media",
    items: "media",
    maxItems: Infinity,
    maxBytes,
    whenFull: "dropNewest",
    maxBatchSize: 1,
    maxBatchBytes: Infinity,
    concurrency: 4,
    exportInterval: Duration.zero,
    shutdownTimeout: Duration.seconds(10),
    onDeadline: onLiveClock,
    send: ([item]) => put(item!.media)
  }).pipe(Effect.provideService(Clock.Clock, yield* NetworkClock))
  const { flush, give, hasRoomFor, isClosed, status } = processor
  return {
    destination: { name: "media", sink: undefined, flush, status },
    take: (media) => {
      const uri = store.uri(media)
      if (known.has(media.sha256)) return uri
      const item = { size: media.bytes.length, media }
      const fits = !isClosed() && hasRoomFor(item)
      // An item that does not fit is counted as dropped.
      give((item, enqueue) => enqueue(item), item)
      if (!fits) return undefined
      known.add(media.sha256)
      if (known.size > maxKnown) known.delete(known.values().next().value!)
      return uri
    }
  }
})
