/**
 * Binary content that is stored outside of a span, and the store that takes it.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"

/**
 * An image, a recording or a file in an event's content.
 *
 * @category models
 * @since 0.1.0
 */
export interface Media {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The type that the content states, else the type of the first bytes, else `application/octet-stream`. */
  readonly mimeType: string
  /** In hexadecimal. */
  readonly sha256: string
  /** The first span in whose content it was found. */
  readonly traceId: string
  readonly spanId: string
  readonly sessionId: string | undefined
}

/**
 * A store of media: a directory, a bucket, a table.
 *
 * @category models
 * @since 0.1.0
 */
export interface MediaStore {
  /**
   * Returns the URI before the bytes are stored, because the span needs it first. Derive it from the hash, so that
   * equal bytes are stored once.
   */
  readonly uri: (media: Media) => string
  /** Stores the bytes. A failure is retried four times and then counted as a loss. */
  readonly put: (media: Media) => Effect.Effect<unknown, unknown>
}

/**
 * The options of `Content.media`.
 *
 * @category models
 * @since 0.1.0
 */
export interface MediaOptions {
  readonly store: MediaStore
  /** The bytes that may wait for the store. More bytes become notes without a reference. Default 64 MiB. */
  readonly maxBytes?: number | undefined
}

/**
 * Accepts one medium and returns its future URI, or `undefined` if it cannot be stored.
 *
 * @category models
 * @since 0.1.0
 */
export type TakeMedia = (media: Media) => string | undefined
