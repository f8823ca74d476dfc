import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Pricing from "../../src/model/Pricing.ts"
import * as Usage from "../../src/model/Usage.ts"
import { traceLlm, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { filesOf } from "../support/recorded/files.ts"

const whole = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))

/** Prices as whole millionths of a dollar. */
const micros = whole(600_000_000)
const count = whole(2_000_000)

const call = Arbitrary.all([count, count, count, count, count]).pipe(
  Arbitrary.map(([plain, cacheReadTokens, cacheWriteTokens, answer, reasoningTokens]) => ({
    parts: [plain, cacheReadTokens, cacheWriteTokens, answer, reasoningTokens],
    usage: Usage.make({
      inputTokens: plain + cacheReadTokens + cacheWriteTokens,
      outputTokens: answer + reasoningTokens,
      cacheReadTokens,
      cacheWriteTokens,
      reasoningTokens
    })
  }))
)

const rates = Arbitrary.all([micros, micros, micros, micros, micros])

const toRates = ([input, cacheRead, cacheWrite, output, reasoning]: ReadonlyArray<number>): Pricing.Rates => ({
  input: input! / 1e6,
  cacheRead: cacheRead! / 1e6,
  cacheWrite: cacheWrite! / 1e6,
  output: output! / 1e6,
  reasoning: reasoning! / 1e6
})

describe("Pricing", () => {
  describe("a cost", () => {
    it.prop("is the exact product, rounded once", [rates, call], ([millionths, { parts, usage }]) => {
      const picos = parts.reduce((sum, part, i) => sum + BigInt(part) * BigInt(millionths[i]!), 0n)
      assert.strictEqual(Pricing.costOf(toRates(millionths), usage), Number((picos + 500n) / 1000n))
    })

    it.prop(
      "has the same sum in any order",
      [rates, Arbitrary.array(call, { minLength: 1, maxLength: 50 })],
      ([millionths, calls]) => {
        const costs = calls.map(({ usage }) => Pricing.costOf(toRates(millionths), usage)!)
        const sum = (costs: ReadonlyArray<number>) => costs.reduce((a, b) => a + b, 0)
        assert.strictEqual(sum(costs), sum(costs.toReversed()))
        assert.strictEqual(sum(costs), sum(costs.toSorted((a, b) => a - b)))
        assert.strictEqual(BigInt(sum(costs)), costs.reduce((a, b) => a + BigInt(b), 0n))
      }
    )

    it.prop("is the same after a conversion to dollars and back", [whole(2e15)], ([nanos]) => {
      assert.strictEqual(Pricing.fromDollars(Pricing.toDollars(nanos)), nanos)
    })

    it("rounds half up", () => {
      const rates = { input: 0.0005, output: 0 }
      assert.strictEqual(Pricing.costOf(rates, { inputTokens: 1, outputTokens: 0 }), 1)
      assert.strictEqual(Pricing.costOf({ ...rates, input: 0.000499 }, { inputTokens: 1, outputTokens: 0 }), 0)
    })

    it("is unknown for impossible numbers", () => {
      const rates = { input: 1, output: 2 }
      for (
        const usage of [
          { inputTokens: 10, outputTokens: 1, cacheReadTokens: 11 },
          { inputTokens: 10, outputTokens: 1, reasoningTokens: 2 },
          { inputTokens: -1, outputTokens: 1 },
          { inputTokens: 1.5, outputTokens: 1 },
          { inputTokens: NaN, outputTokens: 1 }
        ]
      ) assert.isUndefined(Pricing.costOf(rates, usage))
    })
  })

  describe("make", () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 0 }
    const pricing = Pricing.make([
      { provider: "acme", models: ["acme-1", "acme-one"], rates: { input: 1, output: 1 } },
      { provider: "acme", models: ["acme-1-2026-05-13"], rates: { input: 5, output: 1 } },
      { provider: "other", models: ["acme-one"], rates: { input: 9, output: 1 } },
      {
        provider: "acme",
        models: ["long"],
        rates: { input: 1, output: 1 },
        over: [
          { above: 200_000, rates: { input: 2, output: 1 } },
          { above: 500_000, rates: { input: 3, output: 1 } },
          { tier: "batch", rates: { input: 0.5, output: 1 } },
          { tier: "batch", above: 200_000, rates: { input: 0.75, output: 1 } }
        ]
      }
    ])
    const dollars = (call: Partial<Pricing.Call> & { readonly model: string }) => {
      const nanos = pricing.cost({ usage, ...call })
      return nanos === undefined ? undefined : Pricing.toDollars(nanos)
    }

    it("finds a model by its id without snapshot and address", () => {
      for (
        const model of [
          "acme-1",
          "ACME-1",
          "acme-1-2026-01-01",
          "acme-1-20260101",
          "acme-1@20260101",
          "models/acme-1",
          "acme-1-latest"
        ]
      ) assert.strictEqual(dollars({ model }), 1, model)
      assert.strictEqual(dollars({ model: "acme-1-2026-05-13" }), 5)
    })

    it("has no price for another model, provider or tier", () => {
      assert.isUndefined(dollars({ model: "acme-2" }))
      assert.isUndefined(dollars({ model: "acme-1-mini" }))
      assert.isUndefined(dollars({ model: "acme-1", provider: "other" }))
      assert.isUndefined(dollars({ model: "acme-one" }), "two providers have it")
      assert.strictEqual(dollars({ model: "acme-one", provider: "other" }), 9)
      assert.isUndefined(dollars({ model: "acme-1", tier: "flex" }))
      assert.strictEqual(dollars({ model: "acme-1", tier: "default" }), 1)
    })

    it("charges the whole call by its length and tier", () => {
      const at = (inputTokens: number, tier?: string) =>
        pricing.cost({ model: "long", tier, usage: { inputTokens, outputTokens: 0 } })
      assert.strictEqual(at(200_000), 200_000_000)
      assert.strictEqual(at(200_001), 400_002_000)
      assert.strictEqual(at(500_001), 1_500_003_000)
      assert.strictEqual(at(100_000, "batch"), 50_000_000)
      assert.strictEqual(at(300_000, "batch"), 225_000_000)
    })
  })

  describe("the current prices", () => {
    it("form a table that its schema accepts, with a date", () => {
      assert.match(Pricing.current.asOf!, /^20\d\d-\d\d-\d\d$/)
      assert.isAbove(Pricing.currentPrices().length, 150)
      Schema.decodeUnknownSync(Schema.toType(Schema.Array(Pricing.Price)))(Pricing.currentPrices())
    })

    it("have one price for each id of a provider, and no cache price above the plain one", () => {
      const seen = new Set<string>()
      for (const { models, provider, rates } of Pricing.currentPrices()) {
        for (const model of models) {
          assert.isFalse(seen.has(`${provider} ${model}`), model)
          seen.add(`${provider} ${model}`)
        }
        assert.isAtMost(rates.cacheRead ?? 0, rates.input, models[0])
      }
    })

    it("equal the published prices", () => {
      const cost = (provider: string, model: string, usage: Usage.Usage, tier?: string) =>
        Pricing.current.cost({ provider, model, usage, tier })
      const million = { inputTokens: 1_000_000, outputTokens: 1_000_000 }
      assert.strictEqual(cost("openai", "gpt-4o-2024-08-06", million), 12_500_000_000)
      assert.strictEqual(cost("openai", "gpt-4o-2024-05-13", million), 20_000_000_000)
      assert.strictEqual(cost("openai", "gpt-4o", million, "batch"), 6_250_000_000)
      assert.strictEqual(cost("anthropic", "claude-3-opus-20240229", million), 90_000_000_000)
      assert.strictEqual(
        cost("anthropic", "claude-sonnet-4-5-20250929", {
          inputTokens: 100_000,
          outputTokens: 1000,
          cacheReadTokens: 80_000,
          cacheWriteTokens: 10_000
        }),
        30_000_000 + 24_000_000 + 37_500_000 + 15_000_000
      )
      assert.isUndefined(cost("openai", "gpt-unheard-of", million))
    })
  })

  describe("LLM events", () => {
    const prices: ReadonlyArray<Pricing.Price> = [
      { provider: "acme", models: ["acme-1"], rates: { input: 1, output: 2 } }
    ]
    const ask = (model: string, provider = "acme") =>
      pipe(Effect.succeed("hi"), traceLlmWith({ provider, model, usage: { inputTokens: 10, outputTokens: 5 } }))
    const totals = <E, R>(self: Effect.Effect<unknown, E, R>) =>
      Effect.map(
        Session.withSummary(self, { name: "test" }),
        ([{ costNanos, unpricedCalls }]) => [costNanos, unpricedCalls]
      )

    it.effect("are summed in the session, and those without a price are counted separately", () =>
      Effect.gen(function*() {
        const program = Effect.all([ask("acme-1"), ask("acme-1"), ask("acme-2"), ask("gpt-4o", "openai")])
        assert.deepStrictEqual(yield* totals(Effect.provide(program, Pricing.layer(prices))), [40_000, 2])
        assert.deepStrictEqual(yield* totals(Effect.provide(program, Pricing.layerExtend(prices))), [115_000, 1])
        assert.deepStrictEqual(yield* totals(program), [75_000, 3])
      }))

    it.effect("use the program's own cost if it is an amount of money", () =>
      Effect.gen(function*() {
        const said = (cost: number) => pipe(Effect.succeed("hi"), traceLlmWith({ cost }))
        assert.deepStrictEqual(yield* totals(Effect.all([said(0.1), said(0.2)])), [300_000_000, 0])
        assert.deepStrictEqual(yield* totals(Effect.all([said(-1), said(NaN)])), [0, 2])
      }))

    it.effect("continue if a pricing throws", () =>
      Effect.gen(function*() {
        const broken = Layer.succeed(Pricing.Pricing, {
          asOf: undefined,
          cost: () => {
            throw new Error("no")
          }
        })
        assert.deepStrictEqual(yield* totals(Effect.provide(ask("acme-1"), broken)), [0, 1])
      }))

    it.effect("are not priced by an invalid list", () =>
      Effect.gen(function*() {
        const build = (input: number) =>
          Layer.build(Pricing.layer([{ provider: "acme", models: ["a"], rates: { input, output: 1 } }])).pipe(
            Effect.scoped,
            Effect.flip
          )
        for (const input of [-1, NaN, 0.0000001]) {
          const error = yield* build(input)
          assert.strictEqual(error.field, "prices")
          assert.include(error.message, "input")
        }
      }))
  })

  describe("recordings", () => {
    it.effect("cost exactly what their own usage costs", () =>
      Effect.gen(function*() {
        const bodies = filesOf("recordings").flatMap(({ text }) => {
          const { response } = JSON.parse(text)
          return response.contentType.includes("json") ? [JSON.parse(response.body)] : []
        })
        const [summary] = yield* Effect.forEach(bodies, (body) => traceLlm(Effect.succeed(body))).pipe(
          Session.withSummary({ name: "recordings" })
        )
        // Computed by hand from the usage in the recordings: dollars for a million tokens in and out.
        const millionths: Record<string, readonly [number, number]> = {
          "claude-3-opus-20240229": [15, 75],
          "gpt-3.5-turbo-0125": [0.5, 1.5],
          "gpt-4-0613": [30, 60],
          "gpt-4o-mini-2024-07-18": [0.15, 0.6]
        }
        let nanos = 0
        let input = 0
        let output = 0
        for (const { model, usage } of bodies) {
          const [inputPrice, outputPrice] = millionths[model]!
          const inputTokens = usage.prompt_tokens ?? usage.input_tokens
          const outputTokens = usage.completion_tokens ?? usage.output_tokens
          input += inputTokens
          output += outputTokens
          nanos += Math.round(inputTokens * inputPrice * 1000 + outputTokens * outputPrice * 1000)
        }
        assert.isAbove(bodies.length, 4)
        assert.strictEqual(summary.unpricedCalls, 0)
        assert.deepStrictEqual(summary.usage.inputTokens, input)
        assert.deepStrictEqual(summary.usage.outputTokens, output)
        assert.strictEqual(summary.costNanos, nanos)
      }))
  })
})
