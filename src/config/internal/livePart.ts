/**
 * All of `AgentOpsLive`, loaded when that layer is built. Apart from `environmentPart`, since it needs `AgentOps`.
 *
 * @internal
 */
import { lazily } from "../../core/internal/lazily.ts"

/** @internal */
export const tracing = lazily(() => import("./live.ts"))
