import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { ErrorEvent } from "../../src/trace/ErrorEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { named } from "../support/traced.ts"

const fields = {
  type: "RateLimit",
  code: "429",
  message: "slow down",
  details: { retryAfter: 3 },
  stacktrace: "RateLimit: slow down\n    at there (/app/there.ts:1:1)",
  triggerId: "b7ad6b7169203331",
  triggerKind: "tool"
}

describe("ErrorEvent", () => {
  it.effect("reads back from its recorded span", () =>
    Effect.gen(function*() {
      const span = named(yield* spansOf(Session.record(ErrorEvent.make(fields))), "agent.error")
      assert.strictEqual(span.status.code, "error")
      assert.deepStrictEqual(ErrorEvent.fromAttributes(span.attributes), fields)
    }))

  it.effect("message, details and stack are content", () =>
    Effect.gen(function*() {
      const span = named(yield* spansOf(Session.record(ErrorEvent.make(fields)), { content: false }), "agent.error")
      const { details: _, message: __, stacktrace: ___, ...open } = fields
      assert.deepStrictEqual(ErrorEvent.fromAttributes(span.attributes), open)
    }))

  it.effect("around an effect: an event that fails if the effect does", () =>
    Effect.gen(function*() {
      const watch = ErrorEvent.trace({ code: "watch" })
      const errorsOf = <E>(effect: Effect.Effect<void, E>) =>
        Effect.map(Session.withSummary(Effect.ignore(effect)), ([summary]) => summary.errors)
      assert.strictEqual(yield* errorsOf(Effect.fail("no").pipe(watch)), 1)
      assert.strictEqual(yield* errorsOf(Effect.fail("no").pipe(traceTool("t"), watch)), 1)
      assert.strictEqual(yield* errorsOf(Effect.void.pipe(watch)), 0)
      assert.strictEqual(
        named(yield* spansOf(Effect.ignore(Effect.fail("no").pipe(watch))), "agent.error").status.code,
        "error"
      )
    }))
})
