/**
 * The outcome of one request, in the classes of OTLP.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#failures
 * @internal
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Attribute from "../../core/Attribute.ts"

/** The message of any error. @internal */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : typeof error === "string" ? error : Attribute.toJson(error)

/**
 * An accepted request, with the number of spans that the receiver rejected.
 *
 * @internal
 */
export interface Accepted {
  readonly rejected: number
  /** The HTTP status. */
  readonly status?: number | undefined
  /** The receiver's message about them, or a warning if it rejected none. */
  readonly message?: string | undefined
}

/** @internal */
export const accepted: Accepted = { rejected: 0 }

/**
 * The kind of a failure:
 *
 * - `retry`: the same spans may succeed later
 * - `tooLarge`: a smaller batch may succeed
 * - `refused`: one span may be faulty, and the others acceptable
 * - `unauthorized`: they may succeed with another credential
 * - `permanent`: they will never succeed
 *
 * @internal
 */
export type FailureClass = "retry" | "tooLarge" | "refused" | "unauthorized" | "permanent"

/** @internal */
export class ExportError extends Data.TaggedError("ExportError")<{
  readonly kind: FailureClass
  /** The reason under which dropped spans are counted, with few distinct values. */
  readonly reason: string
  readonly message: string
  /** The HTTP status. */
  readonly status?: number | undefined
  /** The time that the receiver asks the sender to wait. */
  readonly retryAfter?: Duration.Duration | undefined
}> {}
