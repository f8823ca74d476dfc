/**
 * A destination of spans: encodes each ended span in the exporter's convention and format, and queues it for delivery.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { Convention } from "../../convention/Convention.ts"
import type { ErrorPolicy } from "../../core/ErrorPolicy.ts"
import type { Scoped } from "../../core/internal/scoped.ts"
import type { SpanData } from "../../core/SpanData.ts"
import type { Sized } from "../../delivery/internal/batch.ts"
import type { Enqueue, ProcessorOptions, ProcessorSettings } from "../../delivery/internal/batchProcessor.ts"
import { makeBatchProcessor } from "../../delivery/internal/batchProcessor.ts"
import type { DiskSettings } from "../../delivery/internal/disk/diskOptions.ts"
import type { DiskQueue } from "../../delivery/internal/disk/diskQueue.ts"
import { Meter } from "../../metrics/internal/meter.ts"
import { componentAttributes } from "../../trace/internal/measure/sdk.ts"
import type { Destination } from "../../trace/internal/registry.ts"
import { hasPurpose } from "../../trace/internal/startSpan.ts"
import { sdk } from "../../trace/SdkMetrics.ts"
import type { Sink, Span } from "../../trace/Span.ts"
import { insideOfEvent, severalAttempts } from "./attempts.ts"
import { closingSpan } from "./closingSpan.ts"
import type { SpanCodec } from "./codecs.ts"
import { spanJournal } from "./codecs.ts"
import { encodeSpan, encodeStarted } from "./encodeSpan.ts"
import { filtered } from "./filter.ts"

/** The options of any destination. @internal */
export interface DestinationSettings extends ProcessorSettings {
  readonly convention: Convention
  readonly content: boolean
  readonly errors: ErrorPolicy
  /** Whether a span is exported. Default: all are. */
  readonly filter?: ((span: Span) => boolean) | undefined
  /** Which attempts are exported. Default: all. */
  readonly attempts?: "all" | "several" | undefined
}

/** @internal */
export interface DestinationOptions<Item extends Sized, R>
  extends Omit<ProcessorOptions<Item, R>, "disk" | "items">, DestinationSettings
{
  readonly component: string
  /** The resource and scope of its spans. */
  readonly scoped: Scoped
  readonly durability: Durability | undefined
  readonly codec: SpanCodec<Item>
  /** Whether a closing span is added to each session. */
  readonly closesSessions?: boolean | undefined
}

/** The disk settings of a destination. @internal */
export interface Durability extends DiskSettings {
  /** Whether every span is written, or only those that do not fit in memory. */
  readonly spans: "all" | "overflow"
  /** Whether spans are also written when they start. */
  readonly openSpans: boolean
}

/** Makes a destination of spans. Its fibers live in the scope. @internal */
export const makeDestination = Effect.fnUntraced(function*<Item extends Sized, R>(
  options: DestinationOptions<Item, R>
): Effect.fn.Return<Destination & { readonly sink: Sink }, never, R | Scope.Scope> {
  const { codec, component, durability, filter, name, scoped } = options
  const meter = yield* Meter
  const attributes = componentAttributes(component, name)
  const { backpressure, counts, disk, flush, give, hasRoom, hasRoomFor, isClosed, status } = yield* makeBatchProcessor({
    ...options,
    onRequest: (seconds, result) => {
      const { error, status } = Result.match(result, {
        onFailure: ({ reason, status }) => ({ error: reason, status }),
        onSuccess: ({ rejected, status }) => ({ error: rejected > 0 ? "rejected" : undefined, status })
      })
      meter.record(sdk.operationDuration as never, seconds, {
        ...attributes,
        "error.type": error,
        "http.response.status_code": status
      })
    },
    disk: durability === undefined
      ? undefined
      : { settings: { ...durability, journal: spanJournal }, scoped, fromDisk: codec.fromDisk }
  })
  const policy = { content: options.content, errors: options.errors }
  const overflows = durability?.spans === "overflow"

  // Only the library's own events wait before they start, so only their spans may exceed the limits of the queue.
  const isHeldBack = (span: Span) => hasPurpose(span)

  const several = options.attempts === "several"

  const tell = (span: Span): SpanData => {
    const data = encodeSpan(span, options.convention, policy)
    return several ? insideOfEvent(span, data) : data
  }

  const toMemory = (encode: (span: Span) => Item) => (span: Span, enqueue: Enqueue<Item>): void =>
    enqueue(encode(span), isHeldBack(span))

  const dataToDisk = (disk: DiskQueue, data: SpanData, enqueue: Enqueue<Item>, isHeldBack: boolean): void => {
    const isOnDisk = () => disk.ended(data.traceId + data.spanId, codec.toDisk(data))
    if (!overflows && isOnDisk()) return
    const item = codec.encode(data)
    if (overflows && !hasRoomFor(item) && isOnDisk()) return
    enqueue(item, isHeldBack)
  }

  const toDisk = (disk: DiskQueue) => (span: Span, enqueue: Enqueue<Item>): void =>
    dataToDisk(disk, tell(span), enqueue, isHeldBack(span))

  const encode = (several ? undefined : codec.inOnePass?.(options.convention, policy)) ??
    ((span: Span) => codec.encode(tell(span)))
  const store = disk === undefined ? toMemory(encode) : toDisk(disk)

  const close = (root: Span, enqueue: Enqueue<Item>): void => {
    const data = closingSpan(tell(root))
    if (disk === undefined) enqueue(codec.encode(data), true)
    else dataToDisk(disk, data, enqueue, true)
  }

  /** Queues an ended span. */
  const onEnd = (span: Span): void => {
    give(store, span)
    if (options.closesSessions === true && span.isSession) give(close, span)
  }

  const onStart = (span: Span): void => {
    if (!isClosed()) {
      disk?.started(
        span.traceId + span.spanId,
        () => {
          const data = encodeStarted(span, options.convention, policy)
          return codec.toDisk(several ? insideOfEvent(span, data) : data)
        }
      )
    }
  }

  const sink: Sink = {
    content: options.content,
    onEnd,
    onStart: disk === undefined || overflows || durability?.openSpans === false ? undefined : onStart
  }

  return {
    name,
    flush,
    status,
    hasRoom,
    backpressure,
    counts: () => ({ component, ...counts() }),
    sink: filtered(several ? severalAttempts(sink) : sink, filter)
  }
})
