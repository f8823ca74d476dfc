/**
 * The data of a small airline: flights, customers and reservations.
 */

export type Cabin = "basic_economy" | "economy" | "business"

export interface Flight {
  readonly number: string
  readonly origin: string
  readonly destination: string
  /** For example `2026-05-12`. */
  readonly date: string
  readonly departs: string
  readonly price: Readonly<Record<Cabin, number>>
  readonly seats: Readonly<Record<Cabin, number>>
}

export interface PaymentMethod {
  readonly id: string
  readonly kind: "credit_card" | "gift_card" | "certificate"
  /** The remaining balance. A credit card has none. */
  readonly balance?: number
}

export interface User {
  readonly id: string
  readonly name: string
  readonly paymentMethods: ReadonlyArray<PaymentMethod>
  readonly reservations: ReadonlyArray<string>
}

export interface Reservation {
  readonly id: string
  readonly userId: string
  readonly flight: string
  readonly cabin: Cabin
  readonly passengers: ReadonlyArray<string>
  /** The price paid for each passenger. */
  readonly fare: number
  readonly insured: boolean
  /** For example `2026-05-11`. */
  readonly bookedOn: string
  readonly status: "confirmed" | "cancelled"
}

/** All records of the airline, by id. */
export interface Records {
  readonly today: string
  readonly flights: Readonly<Record<string, Flight>>
  readonly users: Readonly<Record<string, User>>
  readonly reservations: Readonly<Record<string, Reservation>>
}

const byKey = <A, K extends keyof A>(key: K, all: ReadonlyArray<A>): Readonly<Record<string, A>> =>
  Object.fromEntries(all.map((one) => [one[key], one]))

const flight = (
  number: string,
  route: string,
  date: string,
  departs: string,
  economy: number,
  seats: number
): Flight => {
  const [origin = "", destination = ""] = route.split("-")
  return {
    number,
    origin,
    destination,
    date,
    departs,
    price: { basic_economy: economy - 30, economy, business: economy * 3 },
    seats: { basic_economy: seats, economy: seats, business: 4 }
  }
}

export const records: Records = {
  today: "2026-05-11",
  flights: byKey("number", [
    flight("NS401", "OSL-LIS", "2026-05-12", "07:15", 189, 3),
    flight("NS409", "OSL-LIS", "2026-05-12", "16:40", 214, 9),
    flight("NS411", "OSL-LIS", "2026-05-13", "06:50", 149, 0),
    flight("NS413", "OSL-LIS", "2026-05-13", "11:05", 204, 5),
    flight("NS417", "OSL-LIS", "2026-05-13", "18:30", 251, 2),
    flight("NS402", "LIS-OSL", "2026-05-16", "12:20", 176, 6),
    flight("NS520", "OSL-BER", "2026-06-02", "09:00", 98, 8)
  ]),
  users: byKey("id", [
    {
      id: "mira_okafor_2041",
      name: "Mira Okafor",
      paymentMethods: [
        { id: "card_7731", kind: "credit_card" },
        { id: "gift_0402", kind: "gift_card", balance: 12 },
        { id: "certificate_19", kind: "certificate", balance: 150 }
      ],
      reservations: ["P0X4LN", "QK7M2T"]
    },
    {
      id: "tom_lindqvist_88",
      name: "Tom Lindqvist",
      paymentMethods: [{ id: "card_1180", kind: "credit_card" }],
      reservations: ["B3W9HD"]
    }
  ]),
  reservations: byKey("id", [
    {
      id: "QK7M2T",
      userId: "mira_okafor_2041",
      flight: "NS401",
      cabin: "economy",
      passengers: ["Mira Okafor"],
      fare: 189,
      insured: false,
      bookedOn: "2026-04-02",
      status: "confirmed"
    },
    {
      id: "P0X4LN",
      userId: "mira_okafor_2041",
      flight: "NS402",
      cabin: "business",
      passengers: ["Mira Okafor"],
      fare: 528,
      insured: false,
      bookedOn: "2026-04-02",
      status: "confirmed"
    },
    {
      id: "B3W9HD",
      userId: "tom_lindqvist_88",
      flight: "NS520",
      cabin: "basic_economy",
      passengers: ["Tom Lindqvist", "Ada Lindqvist"],
      fare: 68,
      insured: true,
      bookedOn: "2026-05-01",
      status: "confirmed"
    }
  ])
}
