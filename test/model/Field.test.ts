import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { AttributeValue } from "../../src/core/Attribute.ts"
import * as Field from "../../src/model/Field.ts"

const write = <T>(field: Field.Field<T>, value: T): Record<string, AttributeValue> => {
  const target: Record<string, AttributeValue> = {}
  field.write(value, target)
  return target
}

const Address = Schema.Struct({ city: Schema.String, zip: Schema.optional(Schema.Finite) })

const fields = {
  text: Field.attribute("a", Schema.String),
  number: Field.attribute("a", Schema.Finite),
  flag: Field.attribute("a", Schema.Boolean),
  list: Field.attribute("a", Schema.Array(Schema.String)),
  date: Field.attribute("a", Schema.DateFromString),
  literal: Field.attribute("a", Schema.Literals(["x", "y"])),
  json: Field.json("a", Schema.Struct({ at: Schema.DateFromString, n: Schema.NullOr(Schema.Finite) })),
  group: Field.group(Address, { city: "a.city", zip: "a.zip" })
}

describe("writing and reading", () => {
  for (const [name, field] of Object.entries(fields) as ReadonlyArray<[string, Field.Field<unknown>]>) {
    it.prop(`${name}: are inverse`, [Arbitrary.schema(field.schema as Schema.Schema<unknown>)], ([value]) => {
      const attributes = write(field, value)
      for (const key of Object.keys(attributes)) assert.include(field.keys, key)
      const zero = (_key: string, value: unknown) => Object.is(value, -0) ? 0 : value
      const read = Option.getOrThrow(field.read(attributes))
      assert.strictEqual(JSON.stringify(read, zero), JSON.stringify(value, zero))
      assert.strictEqual(read instanceof Date, value instanceof Date)
    })

    it(`${name}: reads none if the attribute is absent or wrong`, () => {
      assert.isTrue(Option.isNone(field.read({})))
      assert.isTrue(Option.isNone(field.read({ other: "x" })))
      assert.isTrue(Option.isNone(field.read({ a: [true, false], "a.city": [true] })))
    })
  }

  it("a group reads back its present parts, if its schema accepts them", () => {
    assert.deepStrictEqual(fields.group.read({ "a.city": "Boston" }), Option.some({ city: "Boston" }))
    assert.isTrue(Option.isNone(fields.group.read({ "a.zip": 1 })))
    assert.deepStrictEqual(write(fields.group, { city: "Boston", zip: undefined }), { "a.city": "Boston" })
  })

  it("text that is not JSON reads as none", () => {
    for (const text of ["", "{", "undefined", "{\"at\":1}"]) assert.isTrue(Option.isNone(fields.json.read({ a: text })))
  })
})

describe("a value that its schema cannot encode", () => {
  it("writes nothing, and does not throw", () => {
    assert.deepStrictEqual(write(fields.date, "soon" as never), {})
    assert.deepStrictEqual(write(fields.date, new Date(NaN)), {})
    assert.deepStrictEqual(write(fields.json, { at: 1 } as never), {})
    assert.deepStrictEqual(
      write(Field.group(Schema.Struct({ at: Schema.DateFromString }), { at: "a" }), 7 as never),
      {}
    )
  })

  it("is written as closely as JSON can, for a schema of any value", () => {
    const any = Field.json("a", Schema.Unknown)
    const loop: Record<string, unknown> = {}
    loop["self"] = loop
    assert.deepStrictEqual(write(any, loop), { a: "{\"self\":\"[Circular]\"}" })
    assert.deepStrictEqual(write(any, 12n), { a: "\"12\"" })
    assert.deepStrictEqual(write(any, undefined), {})
  })
})

describe("content", () => {
  it("is set by the option only", () => {
    const options = { content: true }
    assert.isTrue(Field.attribute("a", Schema.String, options).content)
    assert.isTrue(Field.json("a", Schema.Unknown, options).content)
    assert.isTrue(Field.group(Address, { city: "c", zip: "z" }, options).content)
    for (const field of Object.values(fields)) assert.isFalse(field.content)
  })

  it("keys contain every attribute of a field", () => {
    assert.deepStrictEqual(fields.text.keys, ["a"])
    assert.deepStrictEqual(fields.group.keys, ["a.city", "a.zip"])
  })
})
