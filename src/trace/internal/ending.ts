/**
 * Content and metrics at the end of events and sessions, loaded with the library.
 *
 * The build for pages replaces this file by `ending.lazy.ts`, see `scripts/build/forPages.ts`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

export * from "./ended.ts"

/** @internal */
export const isLoaded = (): boolean => true

/** @internal */
export const load: Effect.Effect<void> = Effect.void
