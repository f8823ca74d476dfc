/**
 * The way from the end of an event or a session to its content and its metrics, which only matter with an exporter.
 *
 * The build for pages replaces it by `ending.lazy.ts`, see `scripts/build/forPages.ts`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

export * from "./ended.ts"

/** @internal */
export const isLoaded = (): boolean => true

/** @internal */
export const load: Effect.Effect<void> = Effect.void
