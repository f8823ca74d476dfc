import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Attribute from "../../src/core/Attribute.ts"
import * as Field from "../../src/model/Field.ts"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { ActionEvent } from "../../src/trace/ActionEvent.ts"
import { AgentEvent } from "../../src/trace/AgentEvent.ts"
import { ErrorEvent } from "../../src/trace/ErrorEvent.ts"
import * as Event from "../../src/trace/Event.ts"
import { LlmEvent } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { ToolEvent } from "../../src/trace/ToolEvent.ts"
import { named } from "../support/traced.ts"

const Checkout = Event.define("shop.checkout", {
  span: "shop.checkout",
  attempt: "shop.attempt",
  spanKind: "producer",
  constants: { "shop.version": 2 },
  fields: {
    cart: Field.attribute("shop.cart.id", Schema.String),
    total: Field.attribute("shop.cart.total", Schema.Finite),
    items: Field.attribute("shop.cart.items", Schema.Array(Schema.String)),
    since: Field.attribute("shop.since", Schema.DateFromString),
    paid: Field.attribute("shop.paid", Schema.Boolean),
    address: Field.group(Schema.Struct({ city: Schema.String, zip: Schema.optional(Schema.String) }), {
      city: "shop.address.city",
      zip: "shop.address.zip"
    }, { content: true }),
    note: Field.json("shop.note", Schema.Struct({ at: Schema.DateFromString, tags: Schema.Array(Schema.String) }))
  }
})

const kinds: ReadonlyArray<Event.Kind> = [LlmEvent, ToolEvent, ActionEvent, AgentEvent, ErrorEvent, Checkout]

/** A value after a round trip through JSON: `JSON.stringify` has only one zero. */
const json = Arbitrary.map(Arbitrary.schema(Schema.Json), (value) => JSON.parse(JSON.stringify(value)) as unknown)

const escapedPerhaps = /[^ !#-[\]-~]/g

/**
 * With keys that JSON writes as they are: `JSON.parse` of Node 24.21 may read the key `"\n"` as `"\\"`, once it has read
 * many objects of nearly that shape.
 */
const withPlainKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withPlainKeys)
  if (typeof value !== "object" || value === null || value instanceof Date) return value
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([key, item]) => [key.replace(escapedPerhaps, "_"), withPlainKeys(item)]))
}

/** Values for some of a kind's fields. */
const valuesOf = (kind: Event.Kind): Arbitrary.Arbitrary<Record<string, unknown>> => {
  const fields = Object.entries(kind.fields).map(([name, field]) =>
    Arbitrary.flatMap(
      Arbitrary.schema(Schema.Boolean),
      (present): Arbitrary.Arbitrary<readonly [string, unknown]> =>
        present
          ? Arbitrary.map(
            (field.schema as unknown) === Schema.Unknown
              ? json
              : Arbitrary.schema(field.schema as Schema.Schema<unknown>),
            (value) => [name, withPlainKeys(value)] as const
          )
          : Arbitrary.Constant([name, undefined] as const)
    )
  )
  return Arbitrary.map(
    Arbitrary.all(fields),
    (entries) => Object.fromEntries(entries.filter(([, value]) => value !== undefined))
  )
}

/** Without the keys of nested structs that are present but undefined, because JSON has none. */
const plain = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(plain)
    : typeof value === "object" && value !== null && !(value instanceof Date)
    ? Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined).map(([k, v]) => [k, plain(v)]))
    : Object.is(value, -0)
    ? 0
    : value

describe("attributes and back", () => {
  for (const kind of kinds) {
    it.prop(`${kind.name}: reading is the inverse of writing`, [valuesOf(kind)], ([values]) => {
      const attributes = kind.toAttributes(values)
      for (const key in attributes) assert.deepStrictEqual(Attribute.normalize(attributes[key]), attributes[key])
      assert.deepStrictEqual(plain(kind.fromAttributes(attributes)), plain(values))
    })

    it.prop(`${kind.name}: without content, what is no content reads back`, [valuesOf(kind)], ([values]) => {
      const attributes = kind.toAttributes(values, { content: false })
      const contentKeys = Object.values(kind.fields).filter((field) => field.content).flatMap((field) => field.keys)
      for (const key of contentKeys) assert.notProperty(attributes, key)
      const open = Object.fromEntries(Object.entries(values).filter(([name]) => !kind.fields[name]!.content))
      assert.deepStrictEqual(plain(kind.fromAttributes(attributes)), plain(open))
    })

    it(`${kind.name}: each attribute belongs to one field`, () => {
      const keys = Object.values(kind.fields).flatMap((field) => field.keys)
      assert.strictEqual(new Set(keys).size, keys.length)
      for (const constant of Object.keys(kind.constants)) assert.notInclude(keys, constant)
    })

    it.effect.prop(
      `${kind.name}: so on a span that was exported`,
      [valuesOf(kind)],
      ([values]) =>
        Effect.gen(function*() {
          const spans = yield* spansOf(Session.record(kind.make(values)))
          const read = kind.fromAttributes(named(spans, kind.span).attributes)
          // A recorded error always has a type, even if none was given.
          const expected = kind.name === "error" ? { ...values, type: values["type"] || "_OTHER" } : values
          assert.deepStrictEqual(plain(read), plain(expected))
          return true
        }),
      { arbitrary: { runs: 20 } }
    )

    it(`${kind.name}: attributes that are none of it, or wrong, are no fields`, () => {
      assert.deepStrictEqual(kind.fromAttributes({ "http.method": "GET", ...kind.constants }), {})
      for (const field of Object.values(kind.fields)) {
        if ((field.schema as unknown) === Schema.Unknown) continue
        const broken = Object.fromEntries(field.keys.map((key) => [key, [true, false]]))
        const read = Object.values(kind.fromAttributes(broken))
        assert.lengthOf(read, 0, field.keys.join())
      }
    })
  }
})

describe("a kind", () => {
  it("has its spans, and its schema accepts partial events", () => {
    assert.deepInclude({ ...Checkout }, {
      name: "shop.checkout",
      span: "shop.checkout",
      attempt: "shop.attempt",
      spanKind: "producer"
    })
    assert.deepStrictEqual([LlmEvent.span, LlmEvent.attempt, LlmEvent.spanKind], [
      "llm.completion",
      "llm.api.call",
      "client"
    ])
    assert.deepStrictEqual([ToolEvent.span, ToolEvent.attempt], ["agent.tool", "tool.execution"])
    assert.deepStrictEqual([ActionEvent.span, ActionEvent.attempt], ["agent.action", "action.execution"])
    assert.deepStrictEqual([AgentEvent.span, AgentEvent.attempt], ["agent.run", undefined])
    assert.deepStrictEqual([ErrorEvent.span, ErrorEvent.attempt], ["agent.error", undefined])
    const is = Schema.is(Checkout.schema)
    assert.isTrue(is({}))
    assert.isTrue(is({ cart: "c", total: 1 }))
    assert.isFalse(is({ cart: 1 }))
  })

  it("makes an event of its own fields", () => {
    const event = Checkout.make({ cart: "c-1" })
    assert.strictEqual(event.kind.name, "shop.checkout")
    assert.deepStrictEqual(event.fields, { cart: "c-1" })
  })

  it("writes constants with every event, and nothing of unknown fields", () => {
    assert.deepStrictEqual(Checkout.toAttributes({}), { "shop.version": 2 })
    assert.deepStrictEqual(Checkout.toAttributes({ cart: undefined, wrong: 1 } as never), { "shop.version": 2 })
  })

  it.effect("is a span with its name, with its attempt", () =>
    Effect.gen(function*() {
      const since = new Date(1_700_000_000_000)
      const spans = yield* spansOf(
        Effect.void.pipe(
          Checkout.trace({ cart: "c-1", since, address: { city: "Boston" }, note: { at: since, tags: ["x"] } })
        )
      )
      assert.deepStrictEqual(spans.map((span) => [span.name, span.kind]), [
        ["shop.attempt", "producer"],
        ["shop.checkout", "producer"]
      ])
      assert.deepInclude(named(spans, "shop.checkout").attributes, {
        "agentops.event.kind": "shop.checkout",
        "shop.version": 2,
        "shop.cart.id": "c-1",
        "shop.since": "2023-11-14T22:13:20.000Z",
        "shop.address.city": "Boston",
        "shop.note": "{\"at\":\"2023-11-14T22:13:20.000Z\",\"tags\":[\"x\"]}"
      })
    }))

  it.effect("a field whose value does not match its schema is left out, and the others are kept", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(Effect.void.pipe(Checkout.trace({ cart: "c-1", since: "soon" as never })))
      const { attributes } = named(spans, "shop.checkout")
      assert.strictEqual(attributes["shop.cart.id"], "c-1")
      assert.notProperty(attributes, "shop.since")
    }))
})
