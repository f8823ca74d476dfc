/**
 * Reads what a dead process left: the spans that it had not sent, and those that it had not ended.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import type { EncodedSpan, Scoped } from "../../../core/internal/scoped.ts"
import { encodeSpan } from "../../../otlp/internal/protobuf.ts"
import { decodeSpan } from "../../../otlp/internal/protobufReader.ts"
import type { LogFileSystem } from "./fileSystem.ts"
import { readWhole } from "./fileSystem.ts"
import { scan } from "./record.ts"
import type { Log, Position, Segment } from "./segments.ts"
import { listSegments, readCursor, segmentPath } from "./segments.ts"

const Value = Schema.Union([
  Schema.String,
  Schema.Number,
  Schema.Boolean,
  Schema.Array(Schema.String),
  Schema.Array(Schema.Number),
  Schema.Array(Schema.Boolean)
])
const text = Schema.String.pipe(Schema.optionalKey)
const Context = Schema.fromJsonString(Schema.Struct({
  resource: Schema.Struct({ attributes: Schema.Record(Schema.String, Value), schemaUrl: text }),
  scope: Schema.Struct({ name: Schema.String, version: text, schemaUrl: text })
}))
const decodeContext = Schema.decodeUnknownOption(Context)
const decoder = new TextDecoder()

const hex = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0")
  return text
}

/** The trace and span id of an encoded span, which are its first two fields. @internal */
export const keyOf = (bytes: Uint8Array): string => hex(bytes.subarray(2, 18)) + hex(bytes.subarray(20, 28))

/** Ends a span for the process that died in it. @internal */
export const endForTheDead = (span: EncodedSpan, lastSeen: bigint): EncodedSpan => {
  const data = decodeSpan(span)
  return {
    resource: span.resource,
    scope: span.scope,
    bytes: encodeSpan({
      ...data,
      endTime: lastSeen > data.startTime ? lastSeen : data.startTime,
      status: { code: "error", message: "the process died before the span ended" },
      attributes: { ...data.attributes, "error.type": "process_crash", "agentops.recovered": true }
    })
  }
}

/** @internal */
export interface Recovered {
  readonly log: Log
  readonly cursor: Position
  /** The starts of spans that have no end. */
  readonly open: ReadonlyArray<EncodedSpan>
  /** The end of the last span that ended, in nanoseconds since the epoch. */
  readonly lastEnd: bigint
}

/** Reads a directory from end to end. @internal */
export const recoverLog = Effect.fnUntraced(function*(
  fs: LogFileSystem,
  directory: string,
  fallback: Scoped
): Effect.fn.Return<Recovered, PlatformError> {
  const segments: Array<Segment> = []
  const open = new Map<string, EncodedSpan>()
  const ids = yield* listSegments(fs, directory)
  let firstSequence: number | undefined
  let endSequence = 0
  let last: EncodedSpan | undefined
  for (const id of ids) {
    const content = yield* readWhole(fs, segmentPath(directory, id))
    const contexts: Array<Scoped> = []
    let at = 0
    for (let scanned = scan(content, at); at < content.length; scanned = scan(content, at)) {
      if (scanned._tag === "End") {
        // A frame that was never written whole is a span whose end never returned.
        if (scanned.damaged && id === ids.at(-1)) endSequence++
        break
      }
      at = scanned.end
      if (scanned._tag === "Damage") continue
      const { context, kind, payload, sequence } = scanned.frame
      firstSequence ??= sequence
      endSequence = Math.max(endSequence, sequence)
      if (kind === "context") {
        const known = Option.getOrUndefined(decodeContext(decoder.decode(payload)))
        if (known !== undefined) contexts[context] = known
        continue
      }
      const { resource, scope } = contexts[context] ?? fallback
      const span = { bytes: payload, resource, scope }
      if (kind === "started") {
        open.set(keyOf(payload), { ...span, bytes: payload.slice() })
      } else {
        endSequence = Math.max(endSequence, sequence + 1)
        open.delete(keyOf(payload))
        last = span
      }
    }
    segments.push({ id, bytes: content.length, endSequence, contexts, open: 0 })
  }
  const found = yield* readCursor(fs, directory)
  const sequence = found === "damaged" ? firstSequence ?? 0 : 0
  const cursor = typeof found === "string" ? { segment: 0, offset: 0, sequence } : found
  return {
    log: { fs, directory, segments, fallback },
    cursor,
    open: [...open.values()],
    lastEnd: last === undefined ? 0n : decodeSpan(last).endTime
  }
})
