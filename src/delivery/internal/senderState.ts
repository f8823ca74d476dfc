/**
 * What a sender knows of its receiver, and what follows from an answer: values and pure functions, without a clock.
 *
 * ```
 *            fails                     answers
 *    Up ──────────────▶ Down ───────────────────────▶ Recovering
 *    ▲                 ▲    │ fails: longer pause      │      │
 *    │                 │    ◀─┘                        │      │ fails
 *    │                 └────────────────────────────────────◀─┘
 *    └──────────────────────── answers, until requests follow each other as fast as before
 *
 *    any ── does not authorise us ──▶ Unauthorized ── answers ──▶ Up
 * ```
 *
 * - `Up`: as many requests at once as the window says. Each answer makes it one wider, up to the sender's own bound.
 * - `Down`: one request at a time, after a pause drawn from the whole of a range that doubles up to 30 seconds, so that
 *   many senders do not come at once. What the receiver asks for in `Retry-After` is a floor under it.
 * - `Recovering`: still one request at a time, in intervals that begin at the mean of the last pause and shrink with
 *   each answer. A refusal doubles them. So a fleet of senders comes back as fast as its receiver can take it, and the
 *   longer the outage was, the more gently.
 * - `Unauthorized`: everything waits until the credential changes, with one try a minute.
 *
 * Times are milliseconds of a clock that never goes back, `random` is between 0 and 1.
 *
 * @internal
 */
import type { ExportError } from "./exportError.ts"

/** @internal */
export type Connection =
  | { readonly _tag: "Up"; readonly window: number }
  | {
    readonly _tag: "Down"
    /** Failures in a row. */
    readonly failures: number
    /** The range that the pause was drawn from. */
    readonly range: number
    readonly floor: number
    readonly until: number
    /** The window to come back to. */
    readonly window: number
  }
  | { readonly _tag: "Recovering"; readonly interval: number; readonly until: number; readonly window: number }
  | { readonly _tag: "Unauthorized"; readonly credential: unknown; readonly window: number }

/** @internal */
export interface SenderState {
  readonly connection: Connection
  /** Since when and why the receiver fails, until it takes something in. */
  readonly failing: { readonly since: number; readonly error: ExportError } | undefined
  /** Failures since the shutdown began, once it has. */
  readonly closing: number | undefined
  /** The most bytes of a request, by what the receiver found too large. */
  readonly limit: number
  /** Whether a whole batch was refused in every part, and none taken in since. */
  readonly refusesAll: boolean
}

const firstRange = 500
const maxRange = 30_000
// A receiver that asks for more than this has made a mistake, or its clock has.
const maxFloor = 3_600_000
/** What each answer makes of an interval, and the interval at which there is none any more. */
const shrink = 0.8
const shortestInterval = 25
/** Failures in a row after which a shutdown does not wait for a receiver. */
const maxFailuresClosing = 4
/** A limit that was learned from an answer is tried again little by little. */
const limitGrowth = 1.02

/** @internal */
export const initial = (window: number): SenderState => ({
  connection: { _tag: "Up", window },
  failing: undefined,
  closing: undefined,
  limit: Infinity,
  refusesAll: false
})

/** How many requests may be under way. @internal */
export const width = ({ connection }: SenderState): number => connection._tag === "Up" ? connection.window : 1

/** @internal */
export const isDown = ({ connection }: SenderState): boolean =>
  connection._tag === "Down" || connection._tag === "Unauthorized"

/** Whether a shutdown need not wait for the receiver: what is left is given up, or left where it is safe. @internal */
export const isHopeless = ({ closing, connection }: SenderState, durable: boolean): boolean => {
  if (closing === undefined) return false
  switch (connection._tag) {
    case "Down":
      return durable || connection.failures >= maxFailuresClosing || closing >= maxFailuresClosing
    case "Unauthorized":
      return durable || closing >= 1
    default:
      return false
  }
}

/** What a request that is about to be made has to do first. @internal */
export type Next =
  | { readonly _tag: "Send" }
  /** Wait: for the floor in any case, and for the rest unless somebody is in a hurry. */
  | { readonly _tag: "Wait"; readonly floor: number; readonly rest: number }
  /** Wait for a credential that is not this one. */
  | { readonly _tag: "Credential"; readonly refused: unknown }
  | { readonly _tag: "GiveUp" }

/** @internal */
export const next = (state: SenderState, now: number, durable: boolean): Next => {
  const { closing, connection } = state
  if (isHopeless(state, durable)) return { _tag: "GiveUp" }
  switch (connection._tag) {
    case "Up":
      return { _tag: "Send" }
    case "Down": {
      const floor = Math.max(0, connection.floor - now)
      return { _tag: "Wait", floor, rest: Math.max(0, connection.until - now - floor) }
    }
    case "Recovering": {
      const rest = connection.until - now
      return closing !== undefined || rest <= 0 ? { _tag: "Send" } : { _tag: "Wait", floor: 0, rest }
    }
    case "Unauthorized":
      return { _tag: "Credential", refused: connection.credential }
  }
}

/** @internal */
export interface Failure {
  readonly error: ExportError
  /** The credential of the request. */
  readonly credential: unknown
  /** Whether this request was made to see if the receiver is back. Others that fail beside it say nothing new. */
  readonly isProbe: boolean
  readonly now: number
  /** Milliseconds since the epoch. */
  readonly wall: number
  readonly random: number
  /** What the receiver asks for, in milliseconds. */
  readonly retryAfter: number
}

/** A request had no answer that decides, or was not authorised. @internal */
export const failed = (state: SenderState, failure: Failure): SenderState => {
  const { error, isProbe, now, random, retryAfter, wall } = failure
  const { connection } = state
  const common = {
    ...state,
    failing: { since: state.failing?.since ?? wall, error },
    closing: state.closing === undefined ? undefined : state.closing + 1
  }
  // An answer that says no is a receiver that is there, and has too much to do.
  const window = Math.max(1, error.status === undefined ? 1 : connection.window >> 1)
  if (error.kind === "unauthorized") {
    return { ...common, connection: { _tag: "Unauthorized", credential: failure.credential, window } }
  }
  if (connection._tag === "Down" && !isProbe) return common
  const range = connection._tag === "Down"
    ? connection.range * 2
    : connection._tag === "Recovering"
    ? connection.interval * 4
    : firstRange
  const bounded = Math.min(maxRange, Math.max(firstRange, range))
  const floor = Math.max(connection._tag === "Down" ? connection.floor : 0, now + Math.min(maxFloor, retryAfter))
  return {
    ...common,
    connection: {
      _tag: "Down",
      failures: connection._tag === "Down" ? connection.failures + 1 : 1,
      range: bounded,
      floor,
      until: Math.max(now + random * bounded, floor),
      window
    }
  }
}

/** A request was answered, for better or worse, so the receiver is there. @internal */
export const answered = (state: SenderState, now: number, random: number, maxWindow: number): SenderState => ({
  ...state,
  closing: state.closing === undefined ? undefined : 0,
  connection: afterAnswer(state.connection, now, random, maxWindow)
})

const afterAnswer = (connection: Connection, now: number, random: number, maxWindow: number): Connection => {
  switch (connection._tag) {
    case "Up":
      return connection.window >= maxWindow ? connection : { _tag: "Up", window: connection.window + 1 }
    case "Unauthorized":
      return { _tag: "Up", window: connection.window }
    case "Down":
      return paced(connection.range / 2, connection.window, now, random)
    case "Recovering":
      return paced(connection.interval * shrink, connection.window, now, random)
  }
}

const paced = (interval: number, window: number, now: number, random: number): Connection =>
  interval < shortestInterval
    ? { _tag: "Up", window }
    : { _tag: "Recovering", interval, window, until: now + interval * (0.5 + random) }

/** Something was taken in. @internal */
export const took = (state: SenderState): SenderState => ({
  ...state,
  refusesAll: false,
  // What was too large for a receiver that refused everything says nothing of what it takes now.
  limit: state.refusesAll ? Infinity : state.limit * limitGrowth
})

/** So many bytes were too large. @internal */
export const tooLarge = (state: SenderState, bytes: number): SenderState => ({
  ...state,
  limit: Math.min(state.limit, bytes / 2)
})

/** From now on a receiver that fails is not waited for. @internal */
export const close = (state: SenderState): SenderState => ({ ...state, closing: state.closing ?? 0 })
