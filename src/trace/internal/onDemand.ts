/**
 * Loads readers, prices, redaction, content and metrics before the first traced event, in builds that load them on
 * demand. Later events find them loaded, even events that cannot wait.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as model from "../../model/internal/onDemand.ts"
import * as privacy from "../../privacy/internal/onDemand.ts"
import * as ending from "./ending.ts"

/** @internal */
export const isLoaded = (): boolean => model.isLoaded() && privacy.isLoaded() && ending.isLoaded()

/** @internal */
export const load: Effect.Effect<void> = Effect.all([model.load, privacy.load, ending.load], {
  concurrency: "unbounded",
  discard: true
})
