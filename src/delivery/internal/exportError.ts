/**
 * What became of one request, in the classes that OTLP tells apart.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#failures
 * @internal
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Attribute from "../../core/Attribute.ts"

/** What an error of somebody else's says. @internal */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : typeof error === "string" ? error : Attribute.toJson(error)

/**
 * A request that was taken in, except for the spans that the receiver says it rejected.
 *
 * @internal
 */
export interface Accepted {
  readonly rejected: number
  /** Of an answer over HTTP. */
  readonly status?: number | undefined
  /** What the receiver says of them, or a warning where it rejected none. */
  readonly message?: string | undefined
}

/** @internal */
export const accepted: Accepted = { rejected: 0 }

/**
 * What follows from a failure:
 *
 * - `retry`: the same spans may arrive later
 * - `tooLarge`: fewer of them at once may arrive
 * - `refused`: one of them may be what the receiver cannot take, and the others welcome
 * - `unauthorized`: they arrive once the credential is another
 * - `permanent`: none of them will ever arrive
 *
 * @internal
 */
export type Kind = "retry" | "tooLarge" | "refused" | "unauthorized" | "permanent"

/** @internal */
export class ExportError extends Data.TaggedError("ExportError")<{
  readonly kind: Kind
  /** Counted with the spans if they are dropped for it: few distinct values. */
  readonly reason: string
  readonly message: string
  /** Of an answer over HTTP. */
  readonly status?: number | undefined
  /** The earliest time from now at which the receiver wants to hear again. */
  readonly retryAfter?: Duration.Duration | undefined
}> {}
