/**
 * The clock of the machine, whatever clock a program runs on.
 *
 * What waits for a network or a disk waits in real time: a program that is tested under a `TestClock` would otherwise
 * hang at the pauses and deadlines of an exporter whose endpoint is dead, for nobody adjusts the clock for those.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** @internal */
export const onLiveClock = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(self, Clock.Clock, Clock.Clock.defaultValue())
