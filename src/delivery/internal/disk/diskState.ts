/**
 * Whether the disk is written to: values and pure functions, without a clock.
 *
 * ```
 *            opened                 a write fails
 * Homeless ─▶ Ready ──────────────────────────────▶ Broken ── 30 seconds ──▶ tried again
 *              ▲  └─ its directory is no longer ours ─▶ Homeless ─▶ opened anew
 *              └──────────────── a write succeeds ──────┘
 * ```
 *
 * Times are milliseconds of a clock that never goes back.
 *
 * @internal
 */

/** How long a disk that failed is left alone. */
const retryAfter = 30_000

/**
 * - `Homeless`: there is no directory yet, or no longer one.
 * - `Ready`: what is given is written to `home`.
 * - `Broken`: the disk failed, and is left alone until then. What is given waits in memory.
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
  // Whether the disk works again is known when it has taken something. One that is closed only moves what it has.
  state._tag === "Broken" || state._tag === "Closed" ? { ...state, home } : { _tag: "Ready", home }

/** @internal */
export const failed = <Home>(state: DiskState<Home>, now: number): DiskState<Home> =>
  state._tag === "Closed" ? state : { _tag: "Broken", until: now + retryAfter, home: homeOf(state) }

/** @internal */
export const written = <Home>(state: DiskState<Home>): DiskState<Home> =>
  state._tag === "Broken" && state.home !== undefined ? { _tag: "Ready", home: state.home } : state

/** The directory is no longer this process's own. @internal */
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

/** What whoever has something to write does. @internal */
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
