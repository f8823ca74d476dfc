/**
 * How something that was recorded becomes an entry of a queue, in memory and on disk.
 *
 * It is encoded when it is given. That costs no more than later, and it has three merits: the objects that it refers
 * to are free at once, a queue's bound in bytes is exact, and sending has no long stretch of work.
 *
 * @internal
 */
import type { EncodedSpan } from "../../core/internal/scoped.ts"
import type { Sized } from "./batch.ts"

/** One entry in the bytes that are written to disk: of a span, or of a log record. @internal */
export type Encoded = EncodedSpan

/** @internal */
export interface Codec<in Data, Item extends Sized> {
  /** In the form in which it waits and is sent. */
  readonly encode: (data: Data) => Item
  /** In the form in which it is written to disk. */
  readonly toDisk: (data: Data) => Encoded
  readonly fromDisk: (encoded: Encoded) => Item
}

/** What an object takes beside the text or the bytes in it. @internal */
export const overhead = 128
