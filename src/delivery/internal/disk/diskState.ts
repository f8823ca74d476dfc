/**
 * Whether the disk is used: values and pure functions, without a clock.
 *
 * ```
 *            opened                 a write fails
 * NoLog ────▶ Ready ──────────────────────────────▶ Broken ── 30 seconds ──▶ tried again
 *              ▲  └─ its directory is lost ─▶ NoLog ─▶ opened again
 *              └──────────────── a write succeeds ──────┘
 * ```
 *
 * Times are milliseconds of a monotonic clock.
 *
 * @internal
 */

/** How long a failed disk is not used. */
const retryAfter = 30_000

/**
 * - `NoLog`: there is no directory, because none was opened or it was lost.
 * - `Ready`: entries are written to `log`.
 * - `Broken`: the disk failed and is not used until `until`. Entries wait in memory.
 * - `Closed`
 *
 * @internal
 */
export type DiskState<Log> =
  | { readonly _tag: "NoLog" }
  | { readonly _tag: "Ready"; readonly log: Log }
  | { readonly _tag: "Broken"; readonly until: number; readonly log: Log | undefined }
  | { readonly _tag: "Closed"; readonly log: Log | undefined }

/** @internal */
export const noLog: DiskState<never> = { _tag: "NoLog" }

/** @internal */
export const close = <Log>(state: DiskState<Log>): DiskState<Log> => ({ _tag: "Closed", log: logOf(state) })

/** @internal */
export const logOf = <Log>(state: DiskState<Log>): Log | undefined => state._tag === "NoLog" ? undefined : state.log

/** @internal */
export const opened = <Log>(state: DiskState<Log>, log: Log): DiskState<Log> =>
  // A disk counts as working only after a successful write. A closed queue only moves its entries.
  state._tag === "Broken" || state._tag === "Closed" ? { ...state, log } : { _tag: "Ready", log }

/** @internal */
export const failed = <Log>(state: DiskState<Log>, now: number): DiskState<Log> =>
  state._tag === "Closed" ? state : { _tag: "Broken", until: now + retryAfter, log: logOf(state) }

/** @internal */
export const written = <Log>(state: DiskState<Log>): DiskState<Log> =>
  state._tag === "Broken" && state.log !== undefined ? { _tag: "Ready", log: state.log } : state

/** Another process owns the directory, or it was removed. @internal */
export const lost = <Log>(state: DiskState<Log>): DiskState<Log> => {
  switch (state._tag) {
    case "Ready":
      return noLog
    case "Broken":
    case "Closed":
      return { ...state, log: undefined }
    case "NoLog":
      return state
  }
}

/** The next step of a caller with an entry to write. @internal */
export type Step<Log> =
  | { readonly _tag: "Write"; readonly log: Log }
  | { readonly _tag: "Open" }
  | { readonly _tag: "Elsewhere" }

/** @internal */
export const next = <Log>(state: DiskState<Log>, now: number): Step<Log> => {
  switch (state._tag) {
    case "Ready":
      return { _tag: "Write", log: state.log }
    case "NoLog":
      return { _tag: "Open" }
    case "Broken":
      if (now < state.until) return { _tag: "Elsewhere" }
      return state.log === undefined ? { _tag: "Open" } : { _tag: "Write", log: state.log }
    case "Closed":
      return { _tag: "Elsewhere" }
  }
}
