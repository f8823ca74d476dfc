/**
 * What reads the environment, loaded when a layer that does is built.
 *
 * @internal
 */
import { lazily } from "../../core/internal/lazily.ts"

/** @internal */
export const environment = lazily(() => import("./environment.ts"))
