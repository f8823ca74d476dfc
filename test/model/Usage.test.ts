import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import { pipe } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Usage from "../../src/model/Usage.ts"

const count = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 })))

const maybeCount = Arbitrary.schema(
  Schema.UndefinedOr(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 })))
)

/** Usages with consistent numbers: the parts are drawn first, and the wholes are computed from them. */
const consistent = Arbitrary.all([count, maybeCount, maybeCount, count, maybeCount]).pipe(
  Arbitrary.map(([uncached, cacheReadTokens, cacheWriteTokens, answer, reasoningTokens]) =>
    Usage.make({
      inputTokens: uncached + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0),
      outputTokens: answer + (reasoningTokens ?? 0),
      cacheReadTokens,
      cacheWriteTokens,
      reasoningTokens
    })
  )
)

const json = Arbitrary.schema(Schema.Json)

describe("Usage", () => {
  describe("addition", () => {
    it.prop(
      "is associative",
      [consistent, consistent, consistent],
      ([a, b, c]) => assert.deepStrictEqual(Usage.add(Usage.add(a, b), c), Usage.add(a, Usage.add(b, c)))
    )

    it.prop(
      "is commutative",
      [consistent, consistent],
      ([a, b]) => assert.deepStrictEqual(Usage.add(a, b), Usage.add(b, a))
    )

    it.prop("has zero as its identity", [consistent], ([a]) => {
      assert.deepStrictEqual(Usage.add(a, Usage.zero), a)
      assert.deepStrictEqual(Usage.add(Usage.zero, a), a)
    })

    it.prop(
      "keeps consistent numbers consistent",
      [consistent, consistent],
      ([a, b]) => assert.isTrue(Usage.isConsistent(Usage.add(a, b)))
    )

    it.prop(
      "sums totals",
      [consistent, consistent],
      ([a, b]) => assert.strictEqual(Usage.total(Usage.add(a, b)), Usage.total(a) + Usage.total(b))
    )

    it.prop("reduces any number of usages", [Arbitrary.array(consistent)], ([usages]) => {
      const expected = usages.reduce((self, that) => Usage.add(self, that), Usage.zero)
      assert.deepStrictEqual(Usage.addAll(usages), expected)
      assert.deepStrictEqual(Usage.Reducer.combineAll(usages), expected)
    })

    it("adds a part that one side reports, and leaves out a part that neither reports", () => {
      const sum = pipe(
        Usage.make({ inputTokens: 100, outputTokens: 20, cacheReadTokens: 64 }),
        Usage.add(Usage.make({ inputTokens: 50, outputTokens: 10, reasoningTokens: 0 }))
      )
      assert.deepStrictEqual(sum, { inputTokens: 150, outputTokens: 30, cacheReadTokens: 64, reasoningTokens: 0 })
      assert.notProperty(sum, "cacheWriteTokens")
    })
  })

  describe("the schema", () => {
    const decode = Schema.decodeUnknownOption(Usage.Usage)

    it.prop("accepts consistent numbers unchanged", [consistent], ([usage]) => {
      assert.deepStrictEqual(decode(usage), Option.some(usage))
      assert.deepStrictEqual(Schema.encodeSync(Usage.Usage)(usage), usage)
    })

    it("rejects impossible numbers", () => {
      const wrong = [
        { inputTokens: 10, outputTokens: 5, cacheReadTokens: 6, cacheWriteTokens: 5 },
        { inputTokens: 10, outputTokens: 5, reasoningTokens: 6 },
        { inputTokens: -1, outputTokens: 5 },
        { inputTokens: 1.5, outputTokens: 5 },
        { inputTokens: Number.NaN, outputTokens: 5 },
        { inputTokens: 10 },
        { inputTokens: "10", outputTokens: 5 }
      ]
      for (const usage of wrong) assert.deepStrictEqual(decode(usage), Option.none(), JSON.stringify(usage))
    })

    it("has a lenient version whose encoding is the identity", () => {
      const usage = { inputTokens: 1, outputTokens: -2.5, cacheReadTokens: 7 }
      assert.isFalse(Usage.isConsistent(usage))
      assert.isTrue(Schema.is(Usage.Reported)(usage))
      assert.strictEqual(Schema.toEncoded(Usage.Reported).ast, Usage.Reported.ast)
    })
  })

  describe("make", () => {
    it("returns zero without counts", () => assert.deepStrictEqual(Usage.make({}), Usage.zero))

    it("leaves out what is undefined and changes no number", () => {
      const usage = Usage.make({ inputTokens: 3, outputTokens: 4, cacheReadTokens: 9, reasoningTokens: undefined })
      assert.deepStrictEqual(usage, { inputTokens: 3, outputTokens: 4, cacheReadTokens: 9 })
      assert.notProperty(usage, "reasoningTokens")
    })
  })

  describe("fromAnthropic", () => {
    it("adds cached tokens to the input", () =>
      assert.deepStrictEqual(
        Usage.fromAnthropic({
          input_tokens: 21,
          cache_creation_input_tokens: 188_086,
          cache_read_input_tokens: 1_024,
          output_tokens: 393,
          service_tier: "standard"
        }),
        {
          inputTokens: 21 + 188_086 + 1_024,
          outputTokens: 393,
          cacheReadTokens: 1_024,
          cacheWriteTokens: 188_086
        }
      ))

    it.prop("reads back the reported counts", [consistent], ([usage]) =>
      assert.deepStrictEqual(
        Usage.fromAnthropic({
          input_tokens: usage.inputTokens - (usage.cacheReadTokens ?? 0) - (usage.cacheWriteTokens ?? 0),
          cache_read_input_tokens: usage.cacheReadTokens ?? null,
          cache_creation_input_tokens: usage.cacheWriteTokens ?? null,
          output_tokens: usage.outputTokens,
          output_tokens_details: { thinking_tokens: usage.reasoningTokens }
        }),
        usage
      ))
  })

  describe("fromOpenAi", () => {
    it("reads chat completions", () =>
      assert.deepStrictEqual(
        Usage.fromOpenAi({
          prompt_tokens: 1_117,
          completion_tokens: 46,
          total_tokens: 1_163,
          prompt_tokens_details: { cached_tokens: 1_024, audio_tokens: 0 },
          completion_tokens_details: { reasoning_tokens: 32, audio_tokens: 0 }
        }),
        { inputTokens: 1_117, outputTokens: 46, cacheReadTokens: 1_024, reasoningTokens: 32 }
      ))

    it("reads responses", () =>
      assert.deepStrictEqual(
        Usage.fromOpenAi({
          input_tokens: 75,
          input_tokens_details: { cached_tokens: 0, cache_write_tokens: 64 },
          output_tokens: 1_186,
          output_tokens_details: { reasoning_tokens: 1_024 },
          total_tokens: 1_261
        }),
        {
          inputTokens: 75,
          outputTokens: 1_186,
          cacheReadTokens: 0,
          cacheWriteTokens: 64,
          reasoningTokens: 1_024
        }
      ))

    it.prop("reads back the reported counts", [consistent], ([usage]) =>
      assert.deepStrictEqual(
        Usage.fromOpenAi({
          prompt_tokens: usage.inputTokens,
          completion_tokens: usage.outputTokens,
          prompt_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: usage.cacheWriteTokens },
          completion_tokens_details: { reasoning_tokens: usage.reasoningTokens }
        }),
        usage
      ))

    it("reads usage with input only, such as that of embeddings", () =>
      assert.deepStrictEqual(Usage.fromOpenAi({ prompt_tokens: 8, total_tokens: 8 }), {
        inputTokens: 8,
        outputTokens: 0
      }))
  })

  describe("unexpected values of providers", () => {
    it("are kept if they are numbers", () => {
      const usage = Usage.fromOpenAi({
        prompt_tokens: 10,
        completion_tokens: -1,
        prompt_tokens_details: { cached_tokens: 64 }
      })
      assert.deepStrictEqual(usage, { inputTokens: 10, outputTokens: -1, cacheReadTokens: 64 })
    })

    it("count as not reported if they are not numbers", () => {
      assert.deepStrictEqual(
        Usage.fromOpenAi({ prompt_tokens: 10, completion_tokens: "twenty", completion_tokens_details: "none" }),
        { inputTokens: 10, outputTokens: 0 }
      )
      assert.deepStrictEqual(
        Usage.fromAnthropic({ input_tokens: null, output_tokens: 5, cache_read_input_tokens: Number.NaN }),
        { inputTokens: 0, outputTokens: 5 }
      )
    })

    it("are no usage without input and output", () => {
      for (const value of [undefined, null, "15", 15, [], {}, { total_tokens: 15 }]) {
        assert.isUndefined(Usage.fromOpenAi(value))
        assert.isUndefined(Usage.fromAnthropic(value))
      }
    })

    it.prop("never throw", [json], ([value]) => {
      Usage.fromOpenAi(value)
      Usage.fromAnthropic(value)
      Usage.fromOpenAi({ prompt_tokens: value, completion_tokens_details: value })
      Usage.fromAnthropic({ input_tokens: value, output_tokens: value })
    })

    it("never throw for getters that throw", () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      const hostile = {
        get prompt_tokens(): number {
          throw new Error("no")
        }
      }
      assert.isUndefined(Usage.fromOpenAi(hostile))
      assert.isUndefined(Usage.fromOpenAi(proxy))
      assert.isUndefined(Usage.fromAnthropic(proxy))
    })
  })
})
