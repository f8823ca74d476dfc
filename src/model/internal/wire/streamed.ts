/**
 * Puts a streamed answer together again.
 *
 * Each API streams its answer in pieces of its own. An {@link Assembly} takes the
 * pieces and gives back the answer as the API would have sent it whole, as far as
 * it came; the reader of whole answers then reads the facts. So a stream and its
 * whole answer give the same event.
 *
 * Pieces come by the thousand, so they are looked at with `typeof` and not decoded;
 * text is only ever appended. Nothing of what the caller holds is changed or kept.
 */
import type { LlmCall } from "../../LlmCall.ts"
import type { Payload } from "./lookup.ts"
import { object, text } from "./lookup.ts"

export { object, text }
export type { Payload }

export interface Assembly {
  /** Takes the next piece in. What is none of the API's is passed over. */
  readonly add: (chunk: Payload) => void
  /** What is known so far. */
  readonly facts: () => LlmCall | undefined
  /** The API's word for an error that it told in the stream, after it had begun to answer. */
  readonly errorType: string | undefined
}

export const append = (self: string | undefined, that: unknown): string | undefined =>
  typeof that !== "string" ? self : self === undefined ? that : self + that

/** Where in a list a piece belongs; the first place where it does not say. */
export const indexOf = (value: unknown): number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 65536 ? value : 0

/** The element of a sparse list, made when it is first asked for. */
export const at = <A>(list: Array<A | undefined>, index: number, make: () => A): A => list[index] ??= make()

export const compact = <A>(list: ReadonlyArray<A | undefined>): ReadonlyArray<A> =>
  list.filter((element) => element !== undefined)

/** The word for an error: its code, else its type. */
export const errorTypeOf = (error: unknown): string => {
  const known = object(error)
  return text(known?.code) ?? text(known?.type) ?? "_OTHER"
}
