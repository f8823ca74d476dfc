/** Arbitrary trees of spans, and ways to change them. */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { SpanData } from "../../../src/core/SpanData.ts"
import * as Span from "../../../src/core/SpanData.ts"

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const id = (n: number) => n.toString(16).padStart(16, "0")

const kinds = ["internal", "client", "server"] as const

/**
 * Each number is a span. Its parent is an earlier one. Names, kinds and attributes are few, so that siblings are
 * similar.
 */
export const trees: Arbitrary.Arbitrary<ReadonlyArray<SpanData>> = Arbitrary.map(
  Arbitrary.all({
    first: int(0, 1_000_000),
    seeds: Arbitrary.schema(Schema.Array(Schema.Natural).check(Schema.isMaxLength(12)))
  }),
  ({ first, seeds }) =>
    [first, ...seeds].map((seed, i) =>
      Span.make({
        traceId: "1".padStart(32, "0"),
        spanId: id(i + 1),
        parentSpanId: i === 0 || seed % 5 === 0 ? undefined : id(1 + Math.floor(seed / 5) % i),
        name: ["lookup", "plan", "answer"][seed % 3]!,
        kind: kinds[Math.floor(seed / 3) % 3]!,
        status: seed % 7 === 0 ? { code: "error", message: "no" } : { code: "unset" },
        startTime: BigInt(i),
        endTime: BigInt(i + 1),
        attributes: seed % 2 === 0
          ? { "shop.cart": `c-${seed % 4}` }
          : { "shop.total": seed % 4, "shop.tags": ["a", "b"] },
        events: seed % 11 === 0
          ? [{ name: "retry", time: 5n, attributes: { count: 1 }, droppedAttributesCount: 0 }]
          : []
      })
    )
)

export interface Mutation {
  readonly name: string
  /** The words that a message must contain besides the place. */
  readonly says: string
  readonly apply: (spans: ReadonlyArray<SpanData>, at: number) => ReadonlyArray<SpanData>
}

const change = (
  name: string,
  says: string,
  f: (span: SpanData) => Partial<SpanData>
): Mutation => ({
  name,
  says,
  apply: (spans, at) => spans.map((span, i) => i === at ? { ...span, ...f(span) } : span)
})

export const mutations: ReadonlyArray<Mutation> = [
  change("another name", "name", (span) => ({ name: `${span.name}s` })),
  change("another kind", "kind", () => ({ kind: "producer" })),
  change("a failure", "status.code", (span) => ({ status: { code: span.status.code === "ok" ? "error" : "ok" } })),
  change("another message", "status.message", () => ({ status: { code: "error", message: "another" } })),
  change("another attribute", `attributes["http.route"]`, (span) => ({
    attributes: { ...span.attributes, "http.route": "/" }
  })),
  change("an attribute less", `attributes["shop.`, ({ attributes }) => ({
    attributes: Object.fromEntries(Object.entries(attributes).slice(1))
  })),
  change("another value", `attributes["shop.`, ({ attributes }) => ({
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([key, value], i) => i === 0 ? [key, `${value}!`] : [key, value])
    )
  })),
  change("an event more", "events", (span) => ({
    events: [...span.events, { name: "late", time: 1n, attributes: {}, droppedAttributesCount: 0 }]
  })),
  {
    name: "a span more",
    says: "expected no other span, found intruder",
    apply: (spans, at) => [
      ...spans,
      Span.make({
        name: "intruder",
        traceId: spans[0]!.traceId,
        spanId: id(99),
        parentSpanId: spans[at]!.spanId,
        startTime: 99n
      })
    ]
  }
]

/** The spans without one span and its descendants. */
export const without = (spans: ReadonlyArray<SpanData>, at: number): ReadonlyArray<SpanData> => {
  const gone = new Set([spans[at]!.spanId])
  for (const span of spans) if (span.parentSpanId !== undefined && gone.has(span.parentSpanId)) gone.add(span.spanId)
  return spans.filter(({ spanId }) => !gone.has(spanId))
}
