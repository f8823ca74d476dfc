/**
 * Whether the disk is used: values and pure functions, without a clock.
 *
 * ```
 *            opened                 a write fails
 * Homeless ─▶ Ready ──────────────────────────────▶ Broken ── 30 seconds ──▶ tried again
 *              ▲  └─ its directory is lost ─▶ Homeless ─▶ opened again
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
 * - `Homeless`: there is no directory, because none was opened or it was lost.
 * - `Ready`: entries are written to `home`.
 * - `Broken`: the disk failed and is not used until `until`. Entries wait in memory.
 * - `Closed`
 *
 * @internal
 */
export type DiskState<Home> =
  | { readonly _tag: "Homeless" }
  | { readonly _tag: "Ready"; readonly home: Home }
  | { readonly _tag: "Broken"; readonly until: number; readonly home: Home | undefined }
  | { readonly _tag: "Closed"; readonly home: Home | undefined }

/** @internal */
export const homeless: DiskState<never> = { _tag: "Homeless" }

/** @internal */
export const close = <Home>(state: DiskState<Home>): DiskState<Home> => ({ _tag: "Closed", home: homeOf(state) })

/** @internal */
export const homeOf = <Home>(state: DiskState<Home>): Home | undefined =>
  state._tag === "Homeless" ? undefined : state.home

/** @internal */
export const opened = <Home>(state: DiskState<Home>, home: Home): DiskState<Home> =>
  // A disk counts as working only after a successful write. A closed queue only moves its entries.
  state._tag === "Broken" || state._tag === "Closed" ? { ...state, home } : { _tag: "Ready", home }

/** @internal */
export const failed = <Home>(state: DiskState<Home>, now: number): DiskState<Home> =>
  state._tag === "Closed" ? state : { _tag: "Broken", until: now + retryAfter, home: homeOf(state) }

/** @internal */
export const written = <Home>(state: DiskState<Home>): DiskState<Home> =>
  state._tag === "Broken" && state.home !== undefined ? { _tag: "Ready", home: state.home } : state

/** Another process owns the directory, or it was removed. @internal */
export const lost = <Home>(state: DiskState<Home>): DiskState<Home> => {
  switch (state._tag) {
    case "Ready":
      return homeless
    case "Broken":
    case "Closed":
      return { ...state, home: undefined }
    case "Homeless":
      return state
  }
}

/** The next step of a caller with an entry to write. @internal */
export type Step<Home> =
  | { readonly _tag: "Write"; readonly home: Home }
  | { readonly _tag: "Open" }
  | { readonly _tag: "Elsewhere" }

/** @internal */
export const next = <Home>(state: DiskState<Home>, now: number): Step<Home> => {
  switch (state._tag) {
    case "Ready":
      return { _tag: "Write", home: state.home }
    case "Homeless":
      return { _tag: "Open" }
    case "Broken":
      if (now < state.until) return { _tag: "Elsewhere" }
      return state.home === undefined ? { _tag: "Open" } : { _tag: "Write", home: state.home }
    case "Closed":
      return { _tag: "Elsewhere" }
  }
}
