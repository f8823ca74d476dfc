/**
 * The session that a fiber is in.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type { SessionState } from "./sessionState.ts"

/** @internal */
export const CurrentSession = Context.Reference<SessionState | undefined>("effect-agentops/CurrentSession", {
  defaultValue: () => undefined
})

/** @internal */
export const currentSession = (context: Context.Context<never>): SessionState | undefined =>
  Context.getOrUndefined(context, CurrentSession)
