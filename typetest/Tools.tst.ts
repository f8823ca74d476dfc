import { Effect } from "effect"
import { traceTools } from "effect-agentops"
import { describe, expect, it } from "tstyche"

describe("traceTools", () => {
  it("keeps the type of each function", () => {
    const tools = traceTools({
      add: (a: number, b: number) => Effect.succeed(a + b),
      fail: (_: string) => Effect.fail("no")
    })
    expect(tools.add).type.toBe<(a: number, b: number) => Effect.Effect<number>>()
    expect(tools.fail).type.toBe<(_: string) => Effect.Effect<never, string>>()
  })

  it("accepts functions that return effects, and tools by name", () => {
    expect(traceTools).type.not.toBeCallableWith({ add: (a: number) => a })
    expect(traceTools).type.not.toBeCallableWith({ add: () => Effect.void }, { tools: { sub: {} } })
  })
})
