/**
 * The state of a receiver as its sender knows it, and its transitions: values and pure functions, without a clock.
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
 * - `Up`: the window is the number of concurrent requests. Each response widens it by one, up to the sender's limit.
 * - `Down`: one request at a time, after a random delay. The range of the delay doubles up to 30 seconds and starts at
 *   zero, so that many senders do not return together. `Retry-After` is a lower bound.
 * - `Recovering`: still one request at a time. The first interval is the mean of the last delay's range. Each response
 *   shrinks it, and a failure doubles it. So a fleet of senders returns as fast as its receiver can accept, and more
 *   slowly after a longer outage.
 * - `Unauthorized`: everything waits until the credential changes, with one request a minute.
 *
 * Times are milliseconds of a monotonic clock, and `random` is between 0 and 1.
 *
 * @internal
 */
import type { ExportError } from "./exportError.ts"

/** @internal */
export type Connection =
  | { readonly _tag: "Up"; readonly window: number }
  | {
    readonly _tag: "Down"
    /** The number of consecutive failures. */
    readonly failures: number
    /** The range from which the delay was drawn. */
    readonly range: number
    readonly floor: number
    readonly until: number
    /** The window after recovery. */
    readonly window: number
  }
  | { readonly _tag: "Recovering"; readonly interval: number; readonly until: number; readonly window: number }
  | { readonly _tag: "Unauthorized"; readonly credential: unknown; readonly window: number }

/** @internal */
export interface SenderState {
  readonly connection: Connection
  /** The start and the cause of the failure, until the receiver accepts something. */
  readonly failing: { readonly since: number; readonly error: ExportError } | undefined
  /** The number of failures since the shutdown began, if it has. */
  readonly closing: number | undefined
  /** The most bytes of a request, learned from requests that were too large. */
  readonly limit: number
  /** Whether a whole batch was refused in every part, and nothing accepted since. */
  readonly refusesAll: boolean
}

const firstRange = 500
const maxRange = 30_000
// A longer `Retry-After` is a mistake, or the receiver's clock is wrong.
const maxFloor = 3_600_000
/** The factor of each response, and the interval below which the receiver is up. */
const shrink = 0.8
const shortestInterval = 25
/** After so many consecutive failures a shutdown does not wait for the receiver. */
const maxFailuresClosing = 4
/** A learned limit grows again with each success. */
const limitGrowth = 1.02

/** @internal */
export const initial = (window: number): SenderState => ({
  connection: { _tag: "Up", window },
  failing: undefined,
  closing: undefined,
  limit: Infinity,
  refusesAll: false
})

/** The number of concurrent requests. @internal */
export const width = ({ connection }: SenderState): number => connection._tag === "Up" ? connection.window : 1

/** @internal */
export const isDown = ({ connection }: SenderState): boolean =>
  connection._tag === "Down" || connection._tag === "Unauthorized"

/** Whether a shutdown should not wait for the receiver. The rest is given up, or left on disk. @internal */
export const shouldGiveUp = ({ closing, connection }: SenderState, durable: boolean): boolean => {
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

/** The step before the next request. @internal */
export type Next =
  | { readonly _tag: "Send" }
  /** Wait: `floor` always, and `rest` unless a flush hurries. */
  | { readonly _tag: "Wait"; readonly floor: number; readonly rest: number }
  /** Wait for a credential other than this one. */
  | { readonly _tag: "Credential"; readonly refused: unknown }
  | { readonly _tag: "GiveUp" }

/** @internal */
export const next = (state: SenderState, now: number, durable: boolean): Next => {
  const { closing, connection } = state
  if (shouldGiveUp(state, durable)) return { _tag: "GiveUp" }
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
  /** Whether the request tested a failing receiver. Failures of concurrent requests give no new information. */
  readonly isProbe: boolean
  readonly now: number
  /** Milliseconds since the epoch. */
  readonly wall: number
  readonly random: number
  /** The delay that the receiver asks for, in milliseconds. */
  readonly retryAfter: number
}

/** The state after a request without a decisive response, or without authorization. @internal */
export const failed = (state: SenderState, failure: Failure): SenderState => {
  const { error, isProbe, now, random, retryAfter, wall } = failure
  const { connection } = state
  const common = {
    ...state,
    failing: { since: state.failing?.since ?? wall, error },
    closing: state.closing === undefined ? undefined : state.closing + 1
  }
  // A receiver that responds with an error is reachable but overloaded, so half of the window is kept.
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

/** The state after any decisive response, because the receiver is reachable. @internal */
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

/** The state after an accepted request. @internal */
export const accepted = (state: SenderState): SenderState => ({
  ...state,
  refusesAll: false,
  // While it refused everything, the receiver's size limit had no meaning.
  limit: state.refusesAll ? Infinity : state.limit * limitGrowth
})

/** The state after a request of this size was too large. @internal */
export const tooLarge = (state: SenderState, bytes: number): SenderState => ({
  ...state,
  limit: Math.min(state.limit, bytes / 2)
})

/** The state of a shutdown, which does not wait for a failing receiver. @internal */
export const close = (state: SenderState): SenderState => ({ ...state, closing: state.closing ?? 0 })
