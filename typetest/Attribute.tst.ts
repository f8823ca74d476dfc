import type { AttributeValue } from "effect-agentops/core/Attribute"
import { describe, expect, it } from "tstyche"

describe("AttributeValue", () => {
  it("accepts arrays of one type", () => {
    expect<AttributeValue>().type.toBeAssignableFrom<ReadonlyArray<string>>()
    expect<AttributeValue>().type.not.toBeAssignableFrom<ReadonlyArray<string | number>>()
  })
})
