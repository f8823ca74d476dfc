/**
 * Loads the readers, prices and secret patterns before the first traced event, in builds that load them on demand.
 * Later events find them loaded, even where they cannot wait.
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
