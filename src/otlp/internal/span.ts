/**
 * The numbers of the proto files that OTLP's encodings share.
 *
 * @internal
 */
import type { SpanKind } from "effect/Tracer"
import type { SpanData, SpanLink, Status } from "../../core/SpanData.ts"

/**
 * `Span.SpanKind`. Zero, which is unspecified, is never sent.
 *
 * @internal
 */
export const kindNumber = (kind: SpanKind): number => {
  switch (kind) {
    case "internal":
      return 1
    case "server":
      return 2
    case "client":
      return 3
    case "producer":
      return 4
    case "consumer":
      return 5
  }
}

/**
 * `Status.StatusCode`.
 *
 * @internal
 */
export const statusNumber = (code: Status["code"]): 0 | 1 | 2 => code === "unset" ? 0 : code === "ok" ? 1 : 2

const SAMPLED = 1
const RANDOM = 2
const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200

/** An object with the flags of W3C's Trace Context. */
interface Flagged {
  readonly sampled: boolean
  readonly random?: boolean | undefined
}

/**
 * W3C's trace flags. A log record has no other flags.
 *
 * @internal
 */
export const traceFlags = ({ random, sampled }: Flagged): number =>
  (sampled ? SAMPLED : 0) | (random === true ? RANDOM : 0)

/** The flags of a span or a link: W3C's flags, and whether the parent or the linked span is remote. @internal */
export const flags = (flagged: Flagged, isRemote: boolean): number =>
  traceFlags(flagged) | HAS_IS_REMOTE | (isRemote ? IS_REMOTE : 0)

/**
 * Reads W3C's trace flags from OTLP's flags. Without flags, a span counts as sampled.
 *
 * @internal
 */
export const readFlags = (flags = SAMPLED): { readonly sampled: boolean; readonly random: boolean } => ({
  sampled: (flags & SAMPLED) !== 0,
  random: (flags & RANDOM) !== 0
})

/**
 * Reads from OTLP's flags whether the parent or the linked span is remote.
 *
 * @internal
 */
export const isRemoteIn = (flags: number): boolean => (flags & IS_REMOTE) !== 0

/**
 * Whether a span has a parent. OTLP defines a span with an empty parent id as a root.
 *
 * @internal
 */
export const hasParent = (span: SpanData): span is SpanData & { readonly parentSpanId: string } =>
  span.parentSpanId !== undefined && span.parentSpanId !== ""

/**
 * `Span.flags`: the W3C trace flags, and whether the parent is remote, which is always set.
 *
 * @internal
 */
export const spanFlags = (span: SpanData): number => flags(span, span.parentIsRemote && hasParent(span))

/**
 * `Span.Link.flags`: the W3C trace flags of the linked span, and whether it is remote.
 *
 * @internal
 */
export const linkFlags = (link: SpanLink): number => flags(link, link.isRemote)

/**
 * Whether a number is written as an `int_value`: an integer in the range of an int64. The caller excludes attributes
 * that are doubles.
 *
 * @internal
 */
export const isInt64Number = (value: number): boolean =>
  Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63

/**
 * Whether an int64 can hold a bigint.
 *
 * @internal
 */
export const isInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value

/**
 * Whether a list is a list of doubles. OTLP asks for one type in a list, so one fraction makes all items doubles.
 *
 * @internal
 */
export const hasDoubles = (values: ReadonlyArray<unknown>): boolean =>
  typeof values[0] === "number" && values.some((value) => typeof value === "number" && !isInt64Number(value))
