import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { ActionEvent, traceAction } from "../../src/trace/ActionEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { named } from "../support/traced.ts"

describe("traceAction", () => {
  const handle = Effect.succeed({ closed: true }).pipe(
    traceAction("handle_ticket", {
      parameters: { ticket: 7 },
      logs: (value) => [`closed: ${value.closed}`],
      screenshot: "https://example.com/s.png"
    })
  )

  it.effect("records the step, its parameters and its result", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(handle)
      assert.deepStrictEqual(spans.map((span) => span.name), ["action.execution", "agent.action"])
      const { attributes } = named(spans, "agent.action")
      assert.deepInclude(attributes, {
        "agentops.event.kind": "action",
        "action.type": "handle_ticket",
        "action.params": "{\"ticket\":7}",
        "action.result": "{\"closed\":true}",
        "action.logs": "[\"closed: true\"]",
        "action.screenshot": "https://example.com/s.png"
      })
      assert.deepStrictEqual(ActionEvent.fromAttributes(attributes), {
        type: "handle_ticket",
        parameters: { ticket: 7 },
        result: { closed: true },
        logs: ["closed: true"],
        screenshot: "https://example.com/s.png"
      })
    }))

  it.effect("every field but the type is content", () =>
    Effect.gen(function*() {
      const { attributes } = named(yield* spansOf(handle, { content: false }), "agent.action")
      assert.deepStrictEqual(Object.keys(attributes).filter((key) => key.startsWith("action.")), ["action.type"])
    }))

  it.effect("counts as an action, also around other events", () =>
    Effect.gen(function*() {
      const [summary] = yield* handle.pipe(traceAction("outer"), Session.withSummary())
      assert.deepInclude(summary, { actions: 2, toolCalls: 0, errors: 0 })
    }))
})
