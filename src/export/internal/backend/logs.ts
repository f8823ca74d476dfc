/**
 * A destination of log records: the program's logs, and the content of its model calls.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Convention } from "../../../convention/Convention.ts"
import type { LogRecord, Scoped } from "../../../core/internal/scoped.ts"
import type { Sized } from "../../../delivery/internal/batch.ts"
import type { ProcessorOptions } from "../../../delivery/internal/batchProcessor.ts"
import { makeBatchProcessor } from "../../../delivery/internal/batchProcessor.ts"
import type { Codec } from "../../../delivery/internal/codec.ts"
import type { Destination } from "../../../trace/internal/registry.ts"
import type { LogPolicy } from "../logRecord.ts"
import { encodeInference, encodeLog, isInference } from "../logRecord.ts"
import type { Durability } from "../spanDestination.ts"

/** Makes a destination of log records. Its fibers live in the scope. @internal */
export const makeLogDestination = Effect.fnUntraced(function*<Item extends Sized, R>(
  options: Omit<ProcessorOptions<Item, R>, "disk" | "items"> & {
    readonly convention: Convention
    readonly policy: LogPolicy
    readonly codec: Codec<LogRecord, Item>
    /** The resource and scope of its log records. */
    readonly scoped: Scoped
    readonly durability: Durability | undefined
  }
): Effect.fn.Return<Destination, never, R | Scope.Scope> {
  const { codec, convention, durability, name, policy, scoped } = options
  const { disk, flush, give, hasRoomFor, status } = yield* makeBatchProcessor({
    ...options,
    items: "log records",
    disk: durability === undefined ? undefined : { settings: durability, scoped, fromDisk: codec.fromDisk }
  })
  const overflows = durability?.spans === "overflow"
  const giveRecord = (make: () => LogRecord) =>
    give((make, enqueue) => {
      const record = make()
      const isOnDisk = () => disk?.ended(undefined, codec.toDisk(record)) === true
      if (!overflows && isOnDisk()) return
      const item = codec.encode(record)
      if (overflows && !hasRoomFor(item) && isOnDisk()) return
      enqueue(item)
    }, make)
  return {
    name,
    flush,
    status,
    sink: policy.events
      ? {
        content: true,
        onEnd: (span) => {
          if (isInference(span)) giveRecord(() => encodeInference(span, convention))
        }
      }
      : undefined,
    logSink: {
      onLog: (logged, settings) => giveRecord(() => encodeLog(logged, settings, policy))
    }
  }
})
