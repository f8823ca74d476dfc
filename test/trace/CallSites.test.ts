/** `callSites` decides which spans have a source location, and no location is guessed. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { AgentOps } from "../../src/index.ts"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"

/** For each of 200 tools, whether its span has a location. */
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
  it.effect("all: every span has a location", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* lines("all")).filter(Boolean).length, 200)
    }))

  it.effect("some: the first 64 of each layer, and then one in 32, as by default", () =>
    Effect.gen(function*() {
      for (const callSites of ["some", undefined] as const) {
        const found = yield* lines(callSites)
        assert.isTrue(found.slice(0, 64).every(Boolean))
        assert.deepStrictEqual(found.flatMap((has, i) => has && i >= 64 ? [i + 1] : []), [96, 128, 160, 192])
      }
    }))

  it.effect("none: no span has a location, until the layer is released", () =>
    Effect.gen(function*() {
      assert.isFalse((yield* lines("none")).some(Boolean))
      assert.isTrue((yield* lines("all")).every(Boolean))
    }))

  it.effect("any other value fails with the list of values", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(lines("few" as never))
      assert.strictEqual(error.field, "callSites")
    }))
})
