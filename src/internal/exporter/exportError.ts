/**
 * Why a batch did not arrive, and what follows from it.
 *
 * @internal
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Attribute from "../../Attribute.ts"

/** What an error of somebody else's says. @internal */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : typeof error === "string" ? error : Attribute.toJson(error)

/** @internal */
export class ExportError extends Data.TaggedError("ExportError")<{
  /** Counted with the spans if they are dropped for it: few distinct values. */
  readonly reason: string
  readonly message: string
  /** Whether the same batch may arrive later. */
  readonly retryable: boolean
  /** The earliest time from now at which the receiver wants to hear again. */
  readonly retryAfter?: Duration.Duration | undefined
}> {}
