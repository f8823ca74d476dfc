/**
 * The default redactor, which the tracer reaches by this module alone.
 *
 * A published build has `onDemand.lazy.ts` in its place wherever bytes count: see `scripts/finishBuild.ts`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Redactor } from "../Redactor.ts"
import * as patterns from "./patterns.ts"

/** Whether the patterns are there. @internal */
export const isLoaded = (): boolean => true

/** @internal */
export const load: Effect.Effect<void> = Effect.void

/** @internal */
export const credentials = (): Redactor => patterns.credentials
