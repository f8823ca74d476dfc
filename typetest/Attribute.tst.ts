import type { AttributeValue } from "effect-agentops/core/Attribute"
import { describe, expect, it } from "tstyche"

describe("AttributeValue", () => {
  it("takes arrays of one kind", () => {
    expect<AttributeValue>().type.toBeAssignableFrom<ReadonlyArray<string>>()
    expect<AttributeValue>().type.not.toBeAssignableFrom<ReadonlyArray<string | number>>()
  })
})
