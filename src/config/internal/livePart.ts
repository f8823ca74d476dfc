/**
 * Loads all of `AgentOpsLive` when that layer is built. It needs `AgentOps`, so it is separate from `environmentPart`.
 *
 * @internal
 */
import { lazily } from "../../core/internal/lazily.ts"

/** @internal */
export const tracing = lazily(() => import("./live.ts"))
