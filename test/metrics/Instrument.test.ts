import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as AgentOps from "../../src/AgentOps.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import * as Instrument from "../../src/metrics/Instrument.ts"
import { Meter as CurrentMeter } from "../../src/metrics/internal/meter.ts"
import * as Redactor from "../../src/privacy/Redactor.ts"
import * as Meter from "../../src/trace/Meter.ts"

const live = (metrics?: Meter.Options, redactor?: Redactor.Redactor) =>
  MetricExporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test", metrics, redactor })))

const read = (name: string) =>
  Effect.gen(function*() {
    const memory = yield* MetricExporter.Memory
    return (yield* memory.metrics).find((metric) => metric.name === name)
  })

const statusOf = (name: string) => Effect.map(Meter.status, (all) => all.find((metric) => metric.name === name))

const refunds = Instrument.counter("shop.refunds", {
  unit: "{refund}",
  description: "Refunds granted",
  attributes: { reason: Schema.Literals(["late", "broken"]), shop: Schema.optional(Schema.String) }
})

describe("Instrument", () => {
  it.effect("records each kind, by name, unit and attributes", () =>
    Effect.gen(function*() {
      const open = Instrument.upDownCounter("shop.open", { unit: "{ticket}" })
      const size = Instrument.histogram("shop.size", { boundaries: [1, 10], attributes: { channel: Schema.String } })
      yield* Instrument.add(refunds, 1, { reason: "late" })
      yield* Instrument.add(refunds, 2, { shop: "north", reason: "late" })
      yield* Instrument.add(refunds, 3, { reason: "late", shop: "north" })
      yield* Instrument.add(open, 5)
      yield* Instrument.add(open, -2)
      for (const value of [0.5, 1, 5, 50]) yield* Instrument.record(size, value, { channel: "chat" })

      const counted = (yield* read("shop.refunds"))!
      assert.deepStrictEqual(counted, {
        name: "shop.refunds",
        unit: "{refund}",
        description: "Refunds granted",
        type: "counter",
        valueType: "double",
        temporality: "cumulative",
        startTime: counted.startTime,
        time: counted.time,
        scope: { name: "effect-agentops", version: "0.1.0" },
        points: [
          { attributes: { reason: "late" }, value: 1 },
          { attributes: { reason: "late", shop: "north" }, value: 5 }
        ]
      })
      const total = yield* read("shop.open")
      assert.deepStrictEqual([total?.type, total?.points], ["sum", [{ attributes: {}, value: 3 }]])
      assert.deepStrictEqual((yield* read("shop.size"))?.points, [{
        attributes: { channel: "chat" },
        distribution: { count: 4, sum: 56.5, min: 0.5, max: 50, boundaries: [1, 10], counts: [2, 1, 1] }
      }])
    }).pipe(Effect.provide(live())))

  it.effect("asks for observed values when metrics are read, while the scope is open", () =>
    Effect.gen(function*() {
      let waiting = 3
      const gauge = Instrument.observableGauge("shop.waiting", { attributes: { queue: Schema.String } })
      yield* Effect.scoped(Effect.gen(function*() {
        yield* Instrument.observe(gauge, Effect.sync(() => [[waiting, { queue: "returns" }]]))
        assert.deepStrictEqual((yield* read("shop.waiting"))?.points, [{ attributes: { queue: "returns" }, value: 3 }])
        waiting = 4
        assert.deepStrictEqual((yield* read("shop.waiting"))?.points, [{ attributes: { queue: "returns" }, value: 4 }])
      }))
      waiting = 5
      assert.notStrictEqual((yield* read("shop.waiting"))?.points[0]?.value, 5)
    }).pipe(Effect.provide(live())))

  it.effect("encodes attributes by their schemas", () =>
    Effect.gen(function*() {
      const visits = Instrument.counter("visits", {
        attributes: { page: Schema.NumberFromString, tags: Schema.Array(Schema.String) }
      })
      yield* Instrument.add(visits, 1, { page: 12, tags: ["a", "b"] })
      yield* Instrument.add(visits, 1, { page: 12, tags: ["a", "b"] })
      assert.deepStrictEqual((yield* read("visits"))?.points, [{
        attributes: { page: "12", tags: ["a", "b"] },
        value: 2
      }])
    }).pipe(Effect.provide(live())))

  describe("an invalid measurement", () => {
    // Untyped code calls the same functions.
    const add = Instrument.add as (...args: ReadonlyArray<unknown>) => Effect.Effect<void>
    const unreadable = {
      get reason() {
        throw new Error("no")
      }
    }
    const wrong: ReadonlyArray<readonly [string, unknown, unknown, string, RegExp]> = [
      ["an unknown attribute", 1, { reason: "late", raison: "x" }, "attributes", /no attribute "raison".*reason, shop/],
      ["a missing attribute", 1, {}, "attributes", /reason/],
      ["no attributes", 1, undefined, "attributes", /reason/],
      ["a wrong value of an attribute", 1, { reason: "lost" }, "attributes", /late/],
      ["a wrong type of an attribute", 1, { reason: "late", shop: 7 }, "attributes", /shop/],
      ["a negative amount", -1, { reason: "late" }, "value", /does not take -1/],
      ["no number", "1", { reason: "late" }, "value", /no finite number/],
      ["an attribute that cannot be read", 1, unreadable, "attributes", /cannot be read/],
      ["infinity", Infinity, { reason: "late" }, "value", /no finite number/]
    ]

    for (const [name, value, attributes, reason, message] of wrong) {
      it.effect(`${name} is dropped and counted, and other measurements are kept`, () =>
        Effect.gen(function*() {
          yield* add(refunds, 1, { reason: "late" })
          yield* add(refunds, value, attributes)
          yield* add(refunds, 1, { reason: "late" })
          assert.deepStrictEqual((yield* read("shop.refunds"))?.points, [{ attributes: { reason: "late" }, value: 2 }])
          assert.deepStrictEqual((yield* statusOf("shop.refunds"))?.dropped, { [reason]: 1 })
        }).pipe(Effect.provide(live())))

      it.effect(`${name} is a typed error in development and in check`, () =>
        Effect.gen(function*() {
          const exit = yield* Effect.exit(add(refunds, value, attributes))
          const cause = exit._tag === "Failure" ? exit.cause : Cause.empty
          const defect = cause.reasons.find(Cause.isDieReason)?.defect
          const error = yield* Effect.flip(Instrument.check(refunds as never, value as number, attributes as never))
          assert.instanceOf(defect, Instrument.InstrumentError)
          assert.deepStrictEqual(defect, error)
          assert.strictEqual(error.reason, reason)
          assert.match(error.message, message)
        }).pipe(Effect.provide(live({ development: true }))))
    }

    it.effect("is a fraction for an instrument of whole numbers", () =>
      Effect.gen(function*() {
        const whole = Instrument.counter("whole", { valueType: "int" })
        yield* Instrument.add(whole, 1.5)
        assert.deepStrictEqual((yield* statusOf("whole"))?.dropped, { value: 1 })
      }).pipe(Effect.provide(live())))
  })

  describe("two instruments with one name", () => {
    const other = Instrument.counter("Shop.Refunds", { unit: "USD" })

    it.effect("are an error when the layer is built, if they differ", () =>
      Effect.gen(function*() {
        const declared = live({ instruments: [refunds, other] })
        const error = yield* Effect.flip(Effect.scoped(Layer.build(declared)))
        assert.strictEqual(error._tag, "ConfigurationError")
        assert.match(error.message, /metric Shop.Refunds: it is defined twice/)
        const apart = Layer.mergeAll(Instrument.layer(refunds), Instrument.layer(other)).pipe(Layer.provide(live()))
        assert.strictEqual((yield* Effect.flip(Effect.scoped(Layer.build(apart))))._tag, "ConfigurationError")
      }))

    it.effect("must not take the name of a library instrument", () =>
      Effect.gen(function*() {
        const stolen = Instrument.counter("agentops.usage.cost")
        assert.match((yield* Effect.flip(Effect.scoped(Layer.build(live({ instruments: [stolen] }))))).message, /cost/)
      }))

    it.effect("are one instrument if they are equal", () =>
      Effect.gen(function*() {
        const make = () => Instrument.counter("same", { attributes: { a: Schema.Literals(["x", "y"]) } })
        yield* Instrument.add(make(), 1, { a: "x" })
        yield* Instrument.add(make(), 1, { a: "x" })
        assert.deepStrictEqual((yield* read("same"))?.points, [{ attributes: { a: "x" }, value: 2 }])
      }).pipe(Effect.provide(live())))

    it.effect("that meet only in use keep the first, and count what the second lost", () =>
      Effect.gen(function*() {
        yield* Instrument.add(refunds, 1, { reason: "late" })
        yield* Instrument.add(other, 1)
        assert.deepStrictEqual((yield* read("shop.refunds"))?.points, [{ attributes: { reason: "late" }, value: 1 }])
        assert.deepStrictEqual((yield* statusOf("shop.refunds"))?.dropped, { conflict: 1 })
      }).pipe(Effect.provide(live())))
  })

  describe("series", () => {
    const byUser = Instrument.counter("by.user", { attributes: { user: Schema.String } })

    it.effect("past the bound share one, marked as OpenTelemetry marks it, and no value is lost", () =>
      Effect.gen(function*() {
        for (let i = 0; i < 10; i++) {
          yield* Instrument.add(byUser, 1, { user: `u${i}` })
          // Each collection would restart the SDK's own limit.
          yield* read("by.user")
        }
        yield* Instrument.add(byUser, 1, { user: "u0" })
        const points = (yield* read("by.user"))!.points
        assert.strictEqual(points.length, 4)
        assert.deepStrictEqual(points.map(({ value }) => value), [2, 1, 1, 7])
        assert.deepStrictEqual(points[3]!.attributes, { "otel.metric.overflow": true })
        const status = yield* statusOf("by.user")
        assert.deepStrictEqual([status?.series, status?.overflowed], [3, 7])
      }).pipe(Effect.provide(live({ maxSeries: 3 }))))

    it.effect("with long texts are distinguished by their kept part only", () =>
      Effect.gen(function*() {
        const long = (i: number) => `${"x".repeat(100_000)}${i}`
        for (let i = 0; i < 10; i++) yield* Instrument.add(byUser, 1, { user: long(i) })
        yield* Instrument.add(byUser, 1, { user: `y${long(10)}` })
        const points = (yield* read("by.user"))!.points
        assert.deepStrictEqual(points.map(({ value }) => value), [10, 1])
        const [user] = points.map(({ attributes }) => String(attributes["user"]))
        assert.strictEqual(user, `${"x".repeat(1024)}…[100001 characters]`)
        const state = (yield* CurrentMeter).status.find(({ name }) => name === "by.user")
        assert.strictEqual(state?.series, 2)
      }).pipe(Effect.provide(live())))

    it.effect("beyond the limit are not redacted, so nothing of them is kept", () => {
      let asked = 0
      const redactor = Redactor.make(Redactor.text("users", (text) => {
        if (/^user \d/.test(text)) asked++
        return text.replace(/^user (\d+)/, "user $1 masked")
      }))
      return Effect.gen(function*() {
        for (let i = 0; i < 1000; i++) yield* Instrument.add(byUser, 1, { user: `user ${i}` })
        assert.deepStrictEqual((yield* read("by.user"))!.points.map(({ value }) => value), [1, 1, 1, 997])
        assert.isAtMost(asked, 3)
      }).pipe(Effect.provide(live({ maxSeries: 3 }, redactor)))
    })

    it.effect("keep memory flat over a million distinct values", () =>
      Effect.gen(function*() {
        const meter = yield* CurrentMeter
        const record = (from: number, to: number) => {
          for (let i = from; i < to; i++) meter.record(byUser as never, 1, { user: `user-${i}` })
        }
        record(0, 10_000)
        const heap = () => {
          ;(globalThis as { readonly gc?: () => void }).gc?.()
          return process.memoryUsage().heapUsed
        }
        const before = heap()
        record(10_000, 1_000_000)
        const grown = heap() - before
        const points = (yield* read("by.user"))!.points
        assert.strictEqual(points.length, 2_001)
        assert.strictEqual(points.reduce((sum, { value }) => sum + value!, 0), 1_000_000)
        // A million series would take some hundred megabytes. The growth here is uncollected garbage.
        assert.isBelow(grown, 64 * 1024 * 1024)
      }).pipe(Effect.provide(live())))
  })

  it.effect("records for every reader from the moment it is added", () =>
    Effect.gen(function*() {
      yield* Instrument.add(refunds, 1, { reason: "late" })
      const second = yield* Effect.scoped(Effect.gen(function*() {
        const context = yield* Layer.build(Layer.fresh(MetricExporter.memory()))
        yield* Instrument.add(refunds, 1, { reason: "late" })
        return yield* Effect.provideContext(read("shop.refunds"), context)
      }))
      yield* Instrument.add(refunds, 1, { reason: "late" })
      assert.strictEqual(second?.points[0]?.value, 1)
      assert.strictEqual((yield* read("shop.refunds"))?.points[0]?.value, 3)
    }).pipe(Effect.provide(live())))

  it.effect("costs and keeps nothing without a reader", () =>
    Effect.gen(function*() {
      yield* Instrument.add(refunds, 1, { reason: "late" })
      yield* (Instrument.add as (...args: ReadonlyArray<unknown>) => Effect.Effect<void>)(refunds, NaN, { no: 1 })
      assert.isUndefined(yield* statusOf("shop.refunds"))
    }).pipe(Effect.provide(AgentOps.layer({ serviceName: "test" }))))

  it.effect("rejects invalid options", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.scoped(Layer.build(live({ maxSeries: 0 }))))
      assert.strictEqual(error.field, "metrics.maxSeries")
      const other = yield* Effect.flip(Effect.scoped(Layer.build(live({ convention: "1.40" as "1.41" }))))
      assert.strictEqual(other.field, "metrics.convention")
    }))
})
