/**
 * Assembles a streamed answer.
 *
 * Each API streams its answer in its own pieces. An {@link Assembly} takes the pieces and returns the answer so far in
 * the form of a complete response. The reader of complete responses then reads the facts, so a stream and its complete
 * response give the same event.
 *
 * Pieces come by the thousand, so they are checked with `typeof` and not decoded, and text is only appended. No object
 * of the caller is changed or kept.
 */
import type { LlmCall } from "../../LlmCallFacts.ts"
import type { Payload } from "./lookup.ts"
import { object, text } from "./lookup.ts"

export { object, text }
export type { Payload }

export interface Assembly {
  /** Adds the next piece. A piece that is not the API's is skipped. */
  readonly add: (chunk: Payload) => void
  /** The facts so far. */
  readonly facts: () => LlmCall | undefined
  /** The API's code of an error that it sent in the stream, after the answer had begun. */
  readonly errorType: string | undefined
}

export const append = (self: string | undefined, that: unknown): string | undefined =>
  typeof that !== "string" ? self : self === undefined ? that : self + that

/** The index of a piece in a list. A missing or invalid index counts as the first. */
export const indexOf = (value: unknown): number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 65536 ? value : 0

/** The element of a sparse list, created at the first access. */
export const at = <A>(list: Array<A | undefined>, index: number, make: () => A): A => list[index] ??= make()

export const compact = <A>(list: ReadonlyArray<A | undefined>): ReadonlyArray<A> =>
  list.filter((element) => element !== undefined)

/** The type of an error: its code, else its type. */
export const errorTypeOf = (error: unknown): string => {
  const known = object(error)
  return text(known?.code) ?? text(known?.type) ?? "_OTHER"
}
