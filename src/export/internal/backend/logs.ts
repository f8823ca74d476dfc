/**
 * A destination of log records: what a program logged, and the content of its calls to models.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Convention } from "../../../convention/Convention.ts"
import type { LogRecord } from "../../../core/internal/scoped.ts"
import type { DeliveryOptions } from "../../../delivery/internal/batchProcessor.ts"
import { makeDelivery } from "../../../delivery/internal/batchProcessor.ts"
import type { WaitingBytes, WaitingJson } from "../../../delivery/internal/codec.ts"
import { overhead } from "../../../delivery/internal/codec.ts"
import type { Sized } from "../../../delivery/internal/memoryQueue.ts"
import { assembleLogsJson, encodeLogJson } from "../../../otlp/internal/json.ts"
import { assemble, encodeLogRecord } from "../../../otlp/internal/protobuf.ts"
import type { Destination } from "../../../trace/internal/registry.ts"
import { encodeInference, encodeLog, isInference } from "../logRecord.ts"

/** How the log records of a request are written. @internal */
export interface LogProtocol<Item extends Sized> {
  readonly toItem: (record: LogRecord) => Item
  readonly body: (items: ReadonlyArray<Item>) => ReadonlyArray<Uint8Array>
}

/** @internal */
export const logProtobuf: LogProtocol<WaitingBytes> = {
  toItem: (record) => {
    const bytes = encodeLogRecord(record)
    return { bytes, resource: record.resource, scope: record.scope, size: bytes.length + overhead }
  },
  // The messages of both requests have the same numbers down to what is sent.
  body: (items) => [assemble(items)]
}

const encoder = new TextEncoder()

/** @internal */
export const logJson: LogProtocol<WaitingJson> = {
  toItem: (record) => {
    const json = encodeLogJson(record)
    return { json, resource: record.resource, scope: record.scope, size: json.length + overhead }
  },
  body: (items) => [encoder.encode(assembleLogsJson(items))]
}

/** What log records may tell. @internal */
export interface LogPolicy {
  /** Whether calls to models are told with their content, as events of their own. */
  readonly events: boolean
  /** Whether exceptions are told with what they say. */
  readonly messages: boolean
}

/** Makes a destination of log records whose fibers live in the scope. @internal */
export const makeLogDestination = Effect.fnUntraced(function*<Item extends Sized, R>(
  options: Omit<DeliveryOptions<Item, R>, "disk" | "items"> & {
    readonly convention: Convention
    readonly policy: LogPolicy
    readonly toItem: (record: LogRecord) => Item
  }
): Effect.fn.Return<Destination, never, R | Scope.Scope> {
  const { convention, name, policy, toItem } = options
  const { flush, give, status } = yield* makeDelivery({ ...options, items: "log records" })
  return {
    name,
    flush,
    status,
    sink: policy.events
      ? {
        content: true,
        onEnd: (span) => {
          if (isInference(span)) give((accept) => accept(toItem(encodeInference(span, convention))))
        }
      }
      : undefined,
    logSink: {
      onLog: (logged, origin) => give((accept) => accept(toItem(encodeLog(logged, origin, policy.messages))))
    }
  }
})
