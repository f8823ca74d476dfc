/**
 * The `tracestate` of a span in another process, which its children here pass on.
 *
 * @internal
 */
import * as Context from "effect/Context"

/** @internal */
export const TraceState = Context.Reference<string | undefined>("effect-agentops/TraceState", {
  defaultValue: () => undefined
})
