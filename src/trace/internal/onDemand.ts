/**
 * What the first thing that is traced waits for, where a build loads it on demand: readers, prices and the patterns of
 * secrets. What is traced after that finds them, also where it cannot wait.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as model from "../../model/internal/onDemand.ts"
import * as privacy from "../../privacy/internal/onDemand.ts"

/** @internal */
export const isLoaded = (): boolean => model.isLoaded() && privacy.isLoaded()

/** @internal */
export const load: Effect.Effect<void> = Effect.andThen(model.load, privacy.load)
