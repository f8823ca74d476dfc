/**
 * Encodes data as entries of a queue, in memory and on disk.
 *
 * Data is encoded when it is given. That costs the same as later and has three advantages: the objects that it refers
 * to are freed immediately, a queue's limit in bytes is exact, and sending contains no long computation.
 *
 * @internal
 */
import type { EncodedSpan } from "../../core/internal/scoped.ts"
import type { Sized } from "./batch.ts"

/** The bytes of one entry on disk: a span or a log record. @internal */
export type Encoded = EncodedSpan

/** @internal */
export interface Codec<in Data, Item extends Sized> {
  /** Encodes data in the form in which it waits and is sent. */
  readonly encode: (data: Data) => Item
  /** Encodes data in the form that is written to disk. */
  readonly toDisk: (data: Data) => Encoded
  readonly fromDisk: (encoded: Encoded) => Item
}

/** The memory of an object without the text or bytes in it. @internal */
export const overhead = 128
