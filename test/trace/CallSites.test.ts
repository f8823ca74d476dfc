/** Whose lines are taken is what `callSites` says, and a span without a line guesses none. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { AgentOps } from "../../src/index.ts"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"

/** For each of 200 tools, whether its span has a line. */
const lines = (callSites: AgentOps.Options["callSites"]) =>
  Effect.map(
    spansOf(
      Effect.forEach(Array.from({ length: 200 }), () => Effect.void.pipe(traceTool("t")), { discard: true }),
      { callSites }
    ),
    (spans) =>
      spans.filter(({ name }) => name === "agent.tool").map(({ attributes }) =>
        attributes["code.line.number"] !== undefined
      )
  )

describe("callSites", () => {
  it.effect("of all have a line each", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* lines("all")).filter(Boolean).length, 200)
    }))

  it.effect("of some are those of the first 64 of each layer, and then one in 32, as by default", () =>
    Effect.gen(function*() {
      for (const callSites of ["some", undefined] as const) {
        const found = yield* lines(callSites)
        assert.isTrue(found.slice(0, 64).every(Boolean))
        assert.deepStrictEqual(found.flatMap((has, i) => has && i >= 64 ? [i + 1] : []), [96, 128, 160, 192])
      }
    }))

  it.effect("of none have none, until the layer is released", () =>
    Effect.gen(function*() {
      assert.isFalse((yield* lines("none")).some(Boolean))
      assert.isTrue((yield* lines("all")).every(Boolean))
    }))

  it.effect("of any other word fail with the words that there are", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(lines("few" as never))
      assert.strictEqual(error.field, "callSites")
    }))
})
