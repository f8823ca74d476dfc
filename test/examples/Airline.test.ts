/**
 * The main example's tools follow the airline's rules, and explain failures to the model.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Airline } from "../../examples/airline/airline.ts"
import * as Tools from "../../examples/airline/tools.ts"

const use = (name: string, parameters: unknown) =>
  Tools.call({
    id: "call_1",
    type: "function",
    function: { name, arguments: typeof parameters === "string" ? parameters : JSON.stringify(parameters) }
  }).pipe(Effect.map(({ content }) => JSON.parse(content) as Record<string, unknown>))

const move = (reservation_id: string, flight_number: string, payment_method_id = "card_7731") =>
  use("update_reservation_flight", { reservation_id, flight_number, payment_method_id })

const economySeats = (number: string, date: string) =>
  Effect.map(
    Effect.flatMap(Airline, (airline) => airline.flights({ origin: "OSL", destination: "LIS", date })),
    (flights) => flights.find((flight) => flight.number === number)!.seats.economy
  )

describe("the airline's tools", () => {
  it.effect("move a reservation: the fare, the seats and the reservation change together", () =>
    Effect.gen(function*() {
      const receipt = yield* move("QK7M2T", "NS413")
      assert.strictEqual(receipt["charged"], 15)
      const booking = yield* use("get_reservation_details", { reservation_id: "QK7M2T" })
      assert.strictEqual(booking["flight"], "NS413")
      assert.strictEqual(booking["date"], "2026-05-13")
      assert.strictEqual(booking["fare"], 204)
      assert.strictEqual(yield* economySeats("NS401", "2026-05-12"), 4)
      assert.strictEqual(yield* economySeats("NS413", "2026-05-13"), 4)
    }).pipe(Effect.provide(Airline.layer)))

  it.effect("change nothing where a rule is against it", () =>
    Effect.gen(function*() {
      const errors = {
        full: yield* move("QK7M2T", "NS411"),
        elsewhere: yield* move("QK7M2T", "NS402"),
        basicEconomy: yield* move("B3W9HD", "NS520", "card_1180"),
        certificate: yield* move("QK7M2T", "NS413", "certificate_19"),
        poor: yield* move("QK7M2T", "NS413", "gift_0402"),
        stranger: yield* move("QK7M2T", "NS413", "card_1180"),
        noFlight: yield* move("QK7M2T", "NS999"),
        noReservation: yield* move("QK7M2I", "NS413"),
        noUser: yield* use("get_user_details", { user_id: "constructor" })
      }
      assert.deepStrictEqual(Object.entries(errors).map(([name, { error }]) => [name, error]), [
        ["full", "NoSeatsLeft"],
        ["elsewhere", "NotAllowed"],
        ["basicEconomy", "NotAllowed"],
        ["certificate", "PaymentRefused"],
        ["poor", "PaymentRefused"],
        ["stranger", "PaymentRefused"],
        ["noFlight", "FlightNotFound"],
        ["noReservation", "ReservationNotFound"],
        ["noUser", "UserNotFound"]
      ])
      const booking = yield* use("get_reservation_details", { reservation_id: "QK7M2T" })
      assert.strictEqual(booking["flight"], "NS401")
      assert.strictEqual(yield* economySeats("NS413", "2026-05-13"), 5)
    }).pipe(Effect.provide(Airline.layer)))

  it.effect("cancel once, and only what may be cancelled", () =>
    Effect.gen(function*() {
      const cancel = (reservation_id: string, reason: string) => use("cancel_reservation", { reservation_id, reason })
      assert.strictEqual((yield* cancel("QK7M2T", "health"))["error"], "NotAllowed")
      assert.strictEqual((yield* cancel("B3W9HD", "change_of_plan"))["error"], "NotAllowed")
      assert.strictEqual((yield* cancel("B3W9HD", "weather"))["charged"], -136)
      assert.strictEqual((yield* cancel("B3W9HD", "weather"))["error"], "NotAllowed")
      assert.strictEqual((yield* cancel("P0X4LN", "change_of_plan"))["charged"], -528)
    }).pipe(Effect.provide(Airline.layer)))

  it.effect("tell the model of arguments that do not fit, and of a tool that is none", () =>
    Effect.gen(function*() {
      const wrong = yield* use("get_user_details", { id: 3 })
      assert.strictEqual(wrong["error"], "InvalidArguments")
      assert.include(String(wrong["message"]), "user_id")
      assert.strictEqual((yield* use("get_user_details", "{ not json"))["error"], "InvalidArguments")
      assert.strictEqual((yield* use("fly", {}))["error"], "UnknownTool")
    }).pipe(Effect.provide(Airline.layer)))
})
