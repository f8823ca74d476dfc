/**
 * Runs effects and streams as sessions, and sessions that last as long as a scope.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { isStream } from "../../../core/internal/inspect.ts"
import type { Options } from "../../SessionOptions.ts"
import type { Session } from "../../SessionService.ts"
import { makeService, provide } from "../../SessionService.ts"
import type { Traceable } from "../../Traceable.ts"
import { whenRoom } from "../backpressure.ts"
import { isLoaded, load } from "../onDemand.ts"
import { inherit, spanSettings } from "../startSpan.ts"
import { bracketStream } from "../stream/bracketStream.ts"
import { keepOpen } from "./keepOpen.ts"
import type { Join } from "./origin.ts"
import type { ActiveSession } from "./runSession.ts"
import { endSession, startSession } from "./runSession.ts"
import type { SessionState } from "./sessionState.ts"
import { SessionStream } from "./sessionStream.ts"

/** @internal */
export const openStream = (
  context: Context.Context<never>,
  options: Options | undefined,
  site: CallSite,
  join: Join
): SessionStream => {
  const active = startSession(context, options, site, join)
  const service = makeService(active)
  return new SessionStream(active, options, (context) => provide(context, service))
}

/** @internal */
export const runStream = <A, E, R>(
  self: Stream.Stream<A, E, R>,
  options: Options | undefined,
  site: CallSite,
  join: Join
): Stream.Stream<A, E, R> =>
  bracketStream<SessionStream, A, E, R>(() => self, (context) => openStream(context, options, site, join))

/** @internal */
export const run = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  options: Options | undefined,
  site: CallSite,
  onStart?: (state: SessionState) => void,
  join: Join = false
): Effect.Effect<A, E, Exclude<R, Session>> =>
  whenRoom(Effect.suspend((): Effect.Effect<A, E, R> => {
    if (!isLoaded()) {
      return Effect.flatMap(load, () => run(self, options, site, onStart, join) as Effect.Effect<A, E, R>)
    }
    let active: ActiveSession | undefined
    let life: SessionStream | undefined
    const inside = Effect.updateContext(self, (context: Context.Context<R>): Context.Context<R> => {
      active = startSession(context as Context.Context<never>, options, site, join)
      onStart?.(active.state)
      const inside = provide(context, makeService(active))
      inherit(active.span, inside as Context.Context<never>, spanSettings(inside as Context.Context<never>))
      return inside
    })
    return Effect.onExitPrimitive(
      // If the effect returns a stream, the stream has not run yet, so it keeps the session open.
      Effect.map(inside, (value) => {
        if (active === undefined || onStart !== undefined || !isStream(value)) return value
        const service = makeService(active)
        life = new SessionStream(active, options, (context) => provide(context, service))
        return keepOpen(value, life) as A
      }),
      (exit) => active === undefined || life?.kept === true ? undefined : endSession(active, exit, options)
    )
  })) as Effect.Effect<A, E, Exclude<R, Session>>

/** @internal */
export const makeScoped = (options: Options | undefined, site: CallSite) =>
  Effect.uninterruptible(
    Effect.gen(function*() {
      if (!isLoaded()) yield* load
      const context = yield* Effect.context<Scope.Scope>()
      const active = startSession(context, options, site)
      yield* Scope.addFinalizerExit(
        Context.get(context, Scope.Scope),
        (exit: Exit.Exit<unknown, unknown>) => endSession(active, exit, options) ?? Effect.void
      )
      return [context, active] as const
    })
  )

/** @internal */
export const runJoinedSession = (
  self: Traceable,
  options: Options | undefined,
  site: CallSite,
  join: Join
): Traceable => isStream(self) ? runStream(self, options, site, join) : run(self, options, site, undefined, join)
