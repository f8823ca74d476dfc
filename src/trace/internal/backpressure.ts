/**
 * Delays the start of events while a destination with backpressure is full.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

/** A destination for which programs wait while it is full. @internal */
export interface Backpressure {
  readonly isFull: boolean
  /** Returns when there is room, or when waiting has become pointless. */
  readonly whenRoom: Effect.Effect<void>
}

/** @internal */
export const backpressureOf = (tracer: unknown): ReadonlyArray<Backpressure> | undefined =>
  (tracer as { readonly backpressure?: ReadonlyArray<Backpressure> | undefined } | undefined)?.backpressure

/** Runs an event after each of the destinations has room for it. @internal */
export const afterRoom = <A, E, R>(
  destinations: ReadonlyArray<Backpressure>,
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  destinations.some(({ isFull }) => isFull)
    ? Effect.andThen(Effect.forEach(destinations, ({ whenRoom }) => whenRoom, { discard: true }), self)
    : self

/** Runs an event after each destination of the current tracer has room for it. @internal */
export const whenRoom = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const { tracer, tracerEnabled } = fiber.cache
    const destinations = tracerEnabled ? backpressureOf(tracer) : undefined
    return destinations === undefined ? self : afterRoom(destinations, self)
  })
