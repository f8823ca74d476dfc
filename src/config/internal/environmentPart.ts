/**
 * Loads the readers of the environment when a layer that needs them is built.
 *
 * @internal
 */
import { lazily } from "../../core/internal/lazily.ts"

/** @internal */
export const environment = lazily(() => import("./environment.ts"))
