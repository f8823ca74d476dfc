/**
 * Arbitrary spans and batches, for property tests.
 *
 * The text includes difficult cases for an encoder: lone surrogates, characters of two to four bytes, `__proto__`, and
 * lengths at which the size of a length changes.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { Attributes } from "../../../src/core/Attribute.ts"
import type {
  InstrumentationScope,
  Resource,
  SpanData,
  SpanEvent,
  SpanLink,
  Status
} from "../../../src/core/SpanData.ts"
import { isInt64Number } from "../../../src/otlp/internal/span.ts"

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const oneOf = <A>(...values: ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(int(0, values.length - 1), (i) => values[i]!)

const choice = <A>(...arbitraries: ReadonlyArray<Arbitrary.Arbitrary<A>>): Arbitrary.Arbitrary<A> =>
  Arbitrary.flatMap(int(0, arbitraries.length - 1), (i) => arbitraries[i]!)

const optional = <A>(arbitrary: Arbitrary.Arbitrary<A>): Arbitrary.Arbitrary<A | undefined> =>
  choice<A | undefined>(Arbitrary.Constant(undefined), arbitrary)

const bool = Arbitrary.schema(Schema.Boolean)

const repeated = Arbitrary.map(
  Arbitrary.all({ unit: oneOf("a", "é", "日", "😀", "\ud83d", "ab\u0000\"\\\n"), count: int(0, 300) }),
  ({ count, unit }) => unit.repeat(count)
)

export const text: Arbitrary.Arbitrary<string> = choice(Arbitrary.schema(Schema.String), repeated)

/** Any number, with more weight on those at which an encoding changes. */
export const number: Arbitrary.Arbitrary<number> = choice(
  Arbitrary.schema(Schema.Number),
  Arbitrary.schema(Schema.Int),
  oneOf(0, -0, 127, 128, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 2 ** 62, 2 ** 63, 1e300, NaN, Infinity, -Infinity),
  oneOf(-1, -128, -(2 ** 31), -(2 ** 32), -(2 ** 32) - 1, -(2 ** 53), -(2 ** 63), -(2 ** 64), 0.1, 5e-324)
)

/** Numbers that any JSON reader reads exactly. */
export const plainNumber: Arbitrary.Arbitrary<number> = choice(
  Arbitrary.map(Arbitrary.schema(Schema.Int), (n) => n + 0),
  oneOf(2 ** 32, 2 ** 53 - 1, -1, -(2 ** 32), -(2 ** 53) + 1, 0.1, -2.5, 1e-300)
)

const count = choice(Arbitrary.Constant(0), int(0, 2 ** 31 - 1))

const uint64 = choice(
  Arbitrary.schema(Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: 2n ** 64n - 1n }))),
  Arbitrary.map(int(0, 999_999_999), (nanos) => 1_762_000_000_000_000_000n + BigInt(nanos))
)

const hex = (digits: number): Arbitrary.Arbitrary<string> =>
  Arbitrary.map(
    Arbitrary.array(int(0, 15), { minLength: digits, maxLength: digits }),
    (values) => values.map((value) => value.toString(16)).join("")
  )

const kind = oneOf<SpanData["kind"]>("internal", "server", "client", "producer", "consumer")

const traceState = optional(oneOf("", "a=1", "vendor=x:1,other=y", " spaced = z "))

const attributesOf = (number: Arbitrary.Arbitrary<number>): Arbitrary.Arbitrary<Attributes> => {
  const value = choice<Attributes[string]>(
    text,
    bool,
    number,
    Arbitrary.array(text, { maxLength: 4 }),
    // OpenTelemetry's serializer writes such a list with integers and doubles. Ours writes doubles only.
    Arbitrary.map(Arbitrary.array(number, { maxLength: 4 }), (list) => {
      const doubles = list.filter((item) => !isInt64Number(item))
      return doubles.length > 0 ? doubles : list
    }),
    Arbitrary.array(bool, { maxLength: 4 })
  )
  const entries = Arbitrary.array(Arbitrary.all({ key: text, value }), { maxLength: 6 })
  return Arbitrary.map(entries, (entries) => Object.fromEntries(entries.map(({ key, value }) => [key, value])))
}

const event = (attributes: Arbitrary.Arbitrary<Attributes>): Arbitrary.Arbitrary<SpanEvent> =>
  Arbitrary.all({ name: text, time: uint64, attributes, droppedAttributesCount: count })

const link = (attributes: Arbitrary.Arbitrary<Attributes>): Arbitrary.Arbitrary<SpanLink> =>
  Arbitrary.all({
    traceId: hex(32),
    spanId: hex(16),
    traceState,
    sampled: bool,
    random: bool,
    isRemote: bool,
    attributes,
    droppedAttributesCount: count
  })

const status: Arbitrary.Arbitrary<Status> = Arbitrary.all({
  code: oneOf<Status["code"]>("unset", "ok", "error"),
  message: optional(text)
})

const span = (
  attributes: Arbitrary.Arbitrary<Attributes>
): Arbitrary.Arbitrary<Omit<SpanData, "resource" | "scope">> =>
  Arbitrary.all({
    traceId: hex(32),
    spanId: hex(16),
    parentSpanId: optional(hex(16)),
    parentIsRemote: bool,
    traceState,
    sampled: bool,
    random: bool,
    name: text,
    kind,
    status,
    startTime: uint64,
    endTime: uint64,
    attributes,
    droppedAttributesCount: count,
    events: Arbitrary.array(event(attributes), { maxLength: 3 }),
    droppedEventsCount: count,
    links: Arbitrary.array(link(attributes), { maxLength: 3 }),
    droppedLinksCount: count
  })

const resource = (attributes: Arbitrary.Arbitrary<Attributes>): Arbitrary.Arbitrary<Resource> =>
  Arbitrary.all({ attributes, schemaUrl: optional(text) })

const scope: Arbitrary.Arbitrary<InstrumentationScope> = Arbitrary.all({
  name: text,
  version: optional(text),
  schemaUrl: optional(text)
})

const RESOURCES = 2
const SCOPES = 3

/**
 * Batches whose spans share a few resources and scopes in any order. No two of these have equal content, so grouping by
 * identity and by content give the same groups.
 */
export const batchOf = (number: Arbitrary.Arbitrary<number>): Arbitrary.Arbitrary<ReadonlyArray<SpanData>> => {
  const attributes = attributesOf(number)
  return Arbitrary.map(
    Arbitrary.all({
      resources: Arbitrary.array(resource(attributes), { minLength: RESOURCES, maxLength: RESOURCES }),
      scopes: Arbitrary.array(scope, { minLength: SCOPES, maxLength: SCOPES }),
      spans: Arbitrary.array(
        Arbitrary.all({ span: span(attributes), resource: int(0, RESOURCES - 1), scope: int(0, SCOPES - 1) }),
        { maxLength: 8 }
      )
    }),
    (batch) => {
      const resources = batch.resources.map(({ attributes, schemaUrl }, i): Resource => ({
        attributes: { ...attributes, "service.instance.id": String(i) },
        schemaUrl
      }))
      const scopes = batch.scopes.map((scope, i): InstrumentationScope => ({ ...scope, name: `${i}${scope.name}` }))
      return batch.spans.map(({ resource, scope, span }): SpanData => ({
        ...span,
        resource: resources[resource]!,
        scope: scopes[scope]!
      }))
    }
  )
}

/** Batches with any numbers. */
export const batch: Arbitrary.Arbitrary<ReadonlyArray<SpanData>> = batchOf(number)
