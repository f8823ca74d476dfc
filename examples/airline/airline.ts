/**
 * The airline's own system: its lookups, its changes, and the rules for them.
 */
import { Context, Effect, Layer, Schema, SynchronizedRef } from "effect"
import type { Cabin, Flight, Records, Reservation, User } from "./data.ts"
import * as data from "./data.ts"

export class UserNotFound extends Schema.TaggedError<UserNotFound>()("UserNotFound", { userId: Schema.String }) {
  override get message(): string {
    return `There is no user ${this.userId}`
  }
}

export class ReservationNotFound
  extends Schema.TaggedError<ReservationNotFound>()("ReservationNotFound", { reservationId: Schema.String })
{
  override get message(): string {
    return `There is no reservation ${this.reservationId}`
  }
}

export class FlightNotFound extends Schema.TaggedError<FlightNotFound>()("FlightNotFound", { number: Schema.String }) {
  override get message(): string {
    return `There is no flight ${this.number}`
  }
}

export class NoSeatsLeft
  extends Schema.TaggedError<NoSeatsLeft>()("NoSeatsLeft", { number: Schema.String, cabin: Schema.String })
{
  override get message(): string {
    return `Flight ${this.number} has not enough seats left in ${this.cabin}`
  }
}

export class PaymentRefused extends Schema.TaggedError<PaymentRefused>()("PaymentRefused", { reason: Schema.String }) {
  override get message(): string {
    return this.reason
  }
}

export class NotAllowed extends Schema.TaggedError<NotAllowed>()("NotAllowed", { rule: Schema.String }) {
  override get message(): string {
    return this.rule
  }
}

/** A reservation with the route and the time of its flight. */
export interface Booking extends Reservation, Pick<Flight, "origin" | "destination" | "date" | "departs"> {}

/** The result of a change: the new reservation and the amount charged. A negative amount is a refund. */
export interface Receipt {
  readonly reservation: Reservation
  readonly charged: number
}

export type CancelReason = "change_of_plan" | "health" | "weather"

const find = <A, E>(all: Readonly<Record<string, A>>, key: string, missing: () => E): Effect.Effect<A, E> => {
  const found = Object.hasOwn(all, key) ? all[key] : undefined
  return found === undefined ? Effect.fail(missing()) : Effect.succeed(found)
}

const findUser = (records: Records, userId: string) => find(records.users, userId, () => new UserNotFound({ userId }))

const findReservation = (records: Records, reservationId: string) =>
  find(records.reservations, reservationId, () => new ReservationNotFound({ reservationId }))

const findFlight = (records: Records, number: string) =>
  find(records.flights, number, () => new FlightNotFound({ number }))

const findBooking = Effect.fnUntraced(function*(records: Records, reservationId: string) {
  const reservation = yield* findReservation(records, reservationId)
  const { date, departs, destination, origin } = yield* findFlight(records, reservation.flight)
  return { ...reservation, origin, destination, date, departs }
})

/** Returns seats to a flight. A negative count takes seats. */
const withSeats = (records: Records, number: string, cabin: Cabin, count: number): Records => {
  const flight = records.flights[number]!
  const seats = { ...flight.seats, [cabin]: flight.seats[cabin] + count }
  return { ...records, flights: { ...records.flights, [number]: { ...flight, seats } } }
}

const withReservation = (records: Records, reservation: Reservation): Records => ({
  ...records,
  reservations: { ...records.reservations, [reservation.id]: reservation }
})

const pay = Effect.fnUntraced(function*(records: Records, user: User, methodId: string, amount: number) {
  const method = user.paymentMethods.find((method) => method.id === methodId)
  if (method === undefined) {
    return yield* new PaymentRefused({ reason: `${user.name} has no payment method ${methodId}` })
  }
  if (method.kind === "certificate") {
    return yield* new PaymentRefused({ reason: "A certificate pays for new bookings only" })
  }
  if (method.balance === undefined) return records
  if (method.balance < amount) {
    return yield* new PaymentRefused({ reason: `${methodId} holds $${method.balance}, and $${amount} is due` })
  }
  const left = { ...method, balance: method.balance - amount }
  const paymentMethods = user.paymentMethods.map((other) => other === method ? left : other)
  return { ...records, users: { ...records.users, [user.id]: { ...user, paymentMethods } } }
})

const changeFlight = Effect.fnUntraced(function*(
  records: Records,
  request: { readonly reservationId: string; readonly flightNumber: string; readonly paymentMethodId: string }
) {
  const reservation = yield* findReservation(records, request.reservationId)
  const { cabin } = reservation
  const from = yield* findFlight(records, reservation.flight)
  const to = yield* findFlight(records, request.flightNumber)
  const count = reservation.passengers.length
  if (reservation.status === "cancelled") return yield* new NotAllowed({ rule: "The reservation is cancelled" })
  if (cabin === "basic_economy") return yield* new NotAllowed({ rule: "Basic economy cannot be changed" })
  if (from.origin !== to.origin || from.destination !== to.destination) {
    return yield* new NotAllowed({ rule: `Origin and destination stay: ${from.origin} to ${from.destination}` })
  }
  if (to.number !== from.number && to.seats[cabin] < count) {
    return yield* new NoSeatsLeft({ number: to.number, cabin })
  }
  const charged = (to.price[cabin] - reservation.fare) * count
  const paid = yield* pay(records, yield* findUser(records, reservation.userId), request.paymentMethodId, charged)
  const changed: Reservation = { ...reservation, flight: to.number, fare: to.price[cabin] }
  const seated = withSeats(withSeats(paid, from.number, cabin, count), to.number, cabin, -count)
  const receipt: Receipt = { reservation: changed, charged }
  return [receipt, withReservation(seated, changed)] as const
})

const cancel = Effect.fnUntraced(function*(
  records: Records,
  request: { readonly reservationId: string; readonly reason: CancelReason }
) {
  const reservation = yield* findReservation(records, request.reservationId)
  if (reservation.status === "cancelled") return yield* new NotAllowed({ rule: "The reservation is cancelled already" })
  const covered = reservation.insured && request.reason !== "change_of_plan"
  if (reservation.bookedOn !== records.today && reservation.cabin !== "business" && !covered) {
    return yield* new NotAllowed({
      rule: "Only business, a booking of today, or an insured one for health or weather can be cancelled"
    })
  }
  const count = reservation.passengers.length
  const cancelled: Reservation = { ...reservation, status: "cancelled" }
  const receipt: Receipt = { reservation: cancelled, charged: -reservation.fare * count }
  const seated = withSeats(records, reservation.flight, reservation.cabin, count)
  return [receipt, withReservation(seated, cancelled)] as const
})

/** The system that the tools call. Each change is atomic. */
export class Airline extends Context.Service<Airline, {
  readonly user: (userId: string) => Effect.Effect<User, UserNotFound>
  readonly reservation: (reservationId: string) => Effect.Effect<Booking, ReservationNotFound | FlightNotFound>
  readonly flights: (
    search: { readonly origin: string; readonly destination: string; readonly date: string }
  ) => Effect.Effect<ReadonlyArray<Flight>>
  readonly changeFlight: (
    request: { readonly reservationId: string; readonly flightNumber: string; readonly paymentMethodId: string }
  ) => Effect.Effect<
    Receipt,
    ReservationNotFound | FlightNotFound | UserNotFound | NoSeatsLeft | PaymentRefused | NotAllowed
  >
  readonly cancel: (
    request: { readonly reservationId: string; readonly reason: CancelReason }
  ) => Effect.Effect<Receipt, ReservationNotFound | NotAllowed>
}>()("airline/Airline") {
  static readonly layer = Layer.effect(
    Airline,
    Effect.gen(function*() {
      const state = yield* SynchronizedRef.make(data.records)
      const records = SynchronizedRef.get(state)
      return Airline.of({
        user: (userId) => Effect.flatMap(records, (records) => findUser(records, userId)),
        reservation: (reservationId) => Effect.flatMap(records, (records) => findBooking(records, reservationId)),
        flights: ({ date, destination, origin }) =>
          Effect.map(
            records,
            (records) =>
              Object.values(records.flights).filter((flight) =>
                flight.origin === origin && flight.destination === destination && flight.date === date
              )
          ),
        changeFlight: (request) => SynchronizedRef.modifyEffect(state, (records) => changeFlight(records, request)),
        cancel: (request) => SynchronizedRef.modifyEffect(state, (records) => cancel(records, request))
      })
    })
  )
}
