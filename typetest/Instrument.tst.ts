import { Effect, type Layer, pipe, Schema, type Scope } from "effect"
import { Budget, type ConfigurationError, Event, Field, Instrument, Pricing, traceLlm } from "effect-agentops"
import { describe, expect, test } from "tstyche"

const refunds = Instrument.counter("shop.refunds", {
  attributes: { reason: Schema.Literals(["late", "broken"]), shop: Schema.optional(Schema.String) }
})
const size = Instrument.histogram("shop.size", { boundaries: [1, 10], attributes: { items: Schema.Finite } })
const load = Instrument.gauge("shop.load")
const waiting = Instrument.observableGauge("shop.waiting", { attributes: { queue: Schema.String } })
const anyGauge = Instrument.gauge("shop.any", { attributes: { day: Schema.optional(Schema.NumberFromString) } })

describe("a measurement accepts exactly the declared attributes", () => {
  test("accepts the declared attributes", () => {
    expect(Instrument.add(refunds, 1, { reason: "late" })).type.toBe<Effect.Effect<void>>()
    expect(Instrument.add(refunds, 1, { reason: "late", shop: "north" })).type.toBe<Effect.Effect<void>>()
    expect(Instrument.record(size, 3, { items: 2 })).type.toBe<Effect.Effect<void>>()
    expect(Instrument.record).type.toBeCallableWith(anyGauge, 1, { day: 12 })
  })
  test("may omit attributes that are not required", () => {
    expect(Instrument.record(load, 1)).type.toBe<Effect.Effect<void>>()
    expect(Instrument.record).type.toBeCallableWith(anyGauge, 1)
    expect(Instrument.add).type.not.toBeCallableWith(refunds, 1)
  })
  test("rejects a wrong key", () => {
    expect(Instrument.add).type.not.toBeCallableWith(refunds, 1, { reason: "late", raison: "x" })
    expect(Instrument.add).type.not.toBeCallableWith(refunds, 1, { raison: "late" })
    expect(Instrument.record).type.not.toBeCallableWith(load, 1, { day: "x" })
  })
  test("rejects a wrong value", () => {
    expect(Instrument.add).type.not.toBeCallableWith(refunds, 1, { reason: "lost" })
    expect(Instrument.add).type.not.toBeCallableWith(refunds, "1", { reason: "late" })
    expect(Instrument.record).type.not.toBeCallableWith(size, 3, { items: "2" })
    expect(Instrument.record).type.not.toBeCallableWith(anyGauge, 1, { day: "12" })
  })
})

describe("an instrument is used according to its kind", () => {
  test("counters are added to, histograms and gauges record", () => {
    expect(Instrument.add).type.not.toBeCallableWith(size, 3, { items: 2 })
    expect(Instrument.record).type.not.toBeCallableWith(refunds, 1, { reason: "late" })
    expect(Instrument.record).type.not.toBeCallableWith(waiting, 1, { queue: "q" })
  })
  test("an observable gauge is observed, with the requirements of the effect", () => {
    expect(Instrument.observe(waiting, Effect.succeed([[1, { queue: "q" }]]))).type.toBe<
      Effect.Effect<void, never, Scope.Scope>
    >()
    expect(Instrument.observe).type.not.toBeCallableWith(waiting, Effect.succeed([[1, { cue: "q" }]]))
    expect(Instrument.observe).type.not.toBeCallableWith(load, Effect.succeed([[1]]))
  })
  test("attributes must have types that OpenTelemetry accepts", () => {
    expect(Instrument.counter).type.not.toBeCallableWith("c", {
      attributes: { when: Schema.Struct({ a: Schema.String }) }
    })
    expect(Instrument.counter).type.not.toBeCallableWith("c", { attributes: { when: Schema.BigInt } })
  })
  test("a histogram needs boundaries", () => {
    expect(Instrument.histogram).type.not.toBeCallableWith("h", { unit: "s" })
  })
  test("a layer declares any instruments", () => {
    expect(Instrument.layer(refunds, size, load, waiting)).type.toBe<
      Layer.Layer<never, ConfigurationError.ConfigurationError>
    >()
  })
})

describe("the metrics of an event kind", () => {
  test("read its fields, and are checked like measurements", () => {
    Event.define("shop.checkout", {
      span: "shop.checkout",
      fields: { total: Field.attribute("shop.total", Schema.Finite) },
      metrics: (event, record) => {
        expect(event.fields.total).type.toBe<number | undefined>()
        expect(event.duration).type.toBe<number>()
        expect(record).type.toBeCallableWith(refunds, 1, { reason: "late" })
        expect(record).type.not.toBeCallableWith(refunds, 1, { reason: "lost" })
        expect(record).type.not.toBeCallableWith(refunds, 1, { reason: "late", more: 1 })
        expect(record).type.not.toBeCallableWith(waiting, 1, { queue: "q" })
      }
    })
  })
})

describe("cost", () => {
  test("a budget's failure is typed where the budget is set, and nowhere else", () => {
    const call = Effect.fail("no" as const) as Effect.Effect<number, "no">
    expect(pipe(call, traceLlm, Budget.within)).type.toBe<Effect.Effect<number, "no" | Budget.BudgetExceeded>>()
    expect(pipe(call, traceLlm)).type.toBe<Effect.Effect<number, "no">>()
  })
  test("prices are provided without a requirement", () => {
    expect(Pricing.layerExtend([])).type.toBe<Layer.Layer<never, ConfigurationError.ConfigurationError>>()
  })
})
