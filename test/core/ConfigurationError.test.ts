import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as AgentOps from "../../src/AgentOps.ts"
import * as ConfigurationError from "../../src/core/ConfigurationError.ts"

describe("ConfigurationError", () => {
  const error = new ConfigurationError.ConfigurationError({
    field: "serviceName",
    problem: "it is empty",
    fix: "Give the program a name"
  })

  it("names the setting, the problem and the fix", () => {
    assert.strictEqual(error._tag, "ConfigurationError")
    assert.strictEqual(error.message, "serviceName: it is empty. Give the program a name")
    assert.instanceOf(error, Error)
    assert.include(String(error.stack), error.message)
  })

  it.effect("is caught by its tag", () =>
    Effect.gen(function*() {
      const field = yield* Layer.build(AgentOps.layer({ serviceName: "" })).pipe(
        Effect.scoped,
        Effect.as("built"),
        Effect.catchTag("ConfigurationError", (error) => Effect.succeed(error.field))
      )
      assert.strictEqual(field, "serviceName")
    }))

  for (const serviceName of [null, 7, {}]) {
    it.effect(`rejects a service name that is ${JSON.stringify(serviceName)}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(
          Effect.scoped(Layer.build(AgentOps.layer({ serviceName: serviceName as never })))
        )
        assert.strictEqual(error.field, "serviceName")
        assert.include(error.fix, "support-bot")
      }))
  }
})

describe("check", () => {
  const Port = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 }))

  it.effect("returns a valid value unchanged", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* ConfigurationError.check(Port, "port", 4318, "Give a port"), 4318)
      const when = new Date(0)
      assert.strictEqual(yield* ConfigurationError.check(Schema.Date, "when", when, "Give a date"), when)
    }))

  for (const value of [0, 1.5, "4318", undefined, null, NaN]) {
    it.effect(`names the field of an invalid value: ${JSON.stringify(value)}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(ConfigurationError.check(Port, "port", value, "Give a port"))
        assert.instanceOf(error, ConfigurationError.ConfigurationError)
        assert.deepInclude({ ...error }, { field: "port", fix: "Give a port" })
        assert.include(error.problem, "Expected")
      }))
  }
})
