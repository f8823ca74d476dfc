/**
 * The machine's clock, whatever clock the program uses.
 *
 * Waiting for a network or a disk takes real time. Under a `TestClock`, the pauses and deadlines of an exporter with a
 * dead endpoint would never end, because the test does not adjust the clock for them.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** @internal */
export const onLiveClock = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(self, Clock.Clock, Clock.Clock.defaultValue())
