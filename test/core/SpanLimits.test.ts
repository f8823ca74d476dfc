import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Tracer from "effect/Tracer"
import * as AgentOps from "../../src/AgentOps.ts"
import { ConfigurationError } from "../../src/core/ConfigurationError.ts"
import * as LogLimits from "../../src/core/LogLimits.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as SpanLimits from "../../src/core/SpanLimits.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { Span } from "../../src/trace/Span.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { named } from "../support/traced.ts"

const many = (count: number, value: unknown = 1) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, value]))
const remote = Tracer.externalSpan({ traceId: "a".repeat(32), spanId: "b".repeat(16) })
const links = (count: number, attributes = {}) => Array.from({ length: count }, () => ({ span: remote, attributes }))

/** The data that one span keeps. */
const kept = (write: (span: Tracer.Span) => void, spanLimits: AgentOps.Options["spanLimits"]) =>
  Effect.map(
    spansOf(Effect.map(Effect.currentSpan, write).pipe(Effect.withSpan("s")), { spanLimits }),
    (spans): SpanData => named(spans, "s")
  )

describe("each limit is enforced, and the excess is counted", () => {
  it.effect("attributes; one that is there may still change", () =>
    Effect.gen(function*() {
      const span = yield* kept((span) => {
        for (const key of ["a", "b", "c", "d"]) span.attribute(key, key)
        span.attribute("a", "new")
        span.attribute("nothing", undefined)
      }, { attributeCount: 2 })
      assert.deepStrictEqual(span.attributes, { a: "new", b: "b" })
      assert.strictEqual(span.droppedAttributesCount, 2)
    }))

  it.effect("the attributes of an event and of the program count together", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        Effect.void.pipe(traceTool("t", { description: "d", attributes: many(10) })),
        { spanLimits: { attributeCount: 12 } }
      )
      const span = named(spans, "agent.tool")
      assert.strictEqual(Object.keys(span.attributes).length, 12)
      assert.isAbove(span.droppedAttributesCount, 0)
      assert.strictEqual(span.attributes["gen_ai.tool.name"], "t")
    }))

  it.effect("the length of text is limited, in arrays and JSON too", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        Effect.annotateCurrentSpan({
          text: "abcdef",
          list: ["abcdef", "ab"],
          json: { abc: 1 },
          number: 123456,
          big: 2n ** 70n
        })
          .pipe(
            Effect.tap(Effect.map(Effect.currentSpan, (span) => {
              span.event("e", 0n, { text: "abcdef" })
              span.addLinks(links(1, { text: "abcdef" }))
            })),
            Effect.withSpan("s"),
            traceTool("abcdef")
          ),
        { spanLimits: { attributeValueLength: 3 } }
      )
      const span = named(spans, "s")
      assert.deepStrictEqual(span.attributes, {
        text: "abc",
        list: ["abc", "ab"],
        json: "{\"a",
        number: 123456,
        big: "118"
      })
      assert.deepStrictEqual(span.events[0]!.attributes, { text: "abc" })
      assert.deepStrictEqual(span.links[0]!.attributes, { text: "abc" })
      assert.strictEqual(named(spans, "agent.tool").attributes["gen_ai.tool.name"], "abc")
      assert.strictEqual(span.droppedAttributesCount, 0)
    }))

  it.effect("events, and attributes of an event", () =>
    Effect.gen(function*() {
      const span = yield* kept((span) => {
        for (let i = 0; i < 5; i++) span.event(`e${i}`, BigInt(i), many(4))
      }, { eventCount: 2, attributePerEventCount: 3 })
      assert.deepStrictEqual(span.events.map((event) => event.name), ["e0", "e1"])
      assert.strictEqual(span.droppedEventsCount, 3)
      assert.deepStrictEqual(span.events[0]!.attributes, many(3))
      assert.strictEqual(span.events[0]!.droppedAttributesCount, 1)
    }))

  it.effect("given and added links and their attributes are limited", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        Effect.map(Effect.currentSpan, (span) => span.addLinks(links(2))).pipe(
          Effect.withSpan("added", { links: links(2, many(4)) }),
          Effect.withSpan("given", { links: links(5) })
        ),
        { spanLimits: { linkCount: 3, attributePerLinkCount: 1 } }
      )
      const counts = (name: string) => [named(spans, name).links.length, named(spans, name).droppedLinksCount]
      assert.deepStrictEqual(counts("added"), [3, 1])
      assert.deepStrictEqual(counts("given"), [3, 2])
      assert.deepStrictEqual(named(spans, "added").links[0]!.attributes, { k0: 1 })
      assert.strictEqual(named(spans, "added").links[0]!.droppedAttributesCount, 3)
    }))

  it.effect("a limit of zero keeps nothing", () =>
    Effect.gen(function*() {
      const span = yield* kept((span) => {
        span.attribute("a", 1)
        span.event("e", 0n)
        span.addLinks(links(1))
      }, { attributeCount: 0, eventCount: 0, linkCount: 0 })
      assert.deepStrictEqual(
        [
          span.attributes,
          span.droppedAttributesCount,
          span.events,
          span.droppedEventsCount,
          span.links,
          span.droppedLinksCount
        ],
        [{}, 1, [], 1, [], 1]
      )
    }))

  it.effect("the default limit is 128 of everything", () =>
    Effect.gen(function*() {
      const span = yield* kept((span) => {
        for (const key in many(130)) span.attribute(key, 1)
        for (let i = 0; i < 129; i++) span.event("e", 0n, many(131))
        span.addLinks(links(129, many(129)))
      }, {})
      assert.deepStrictEqual(
        [span.droppedAttributesCount, span.droppedEventsCount, span.droppedLinksCount],
        [2, 1, 1]
      )
      assert.strictEqual(span.events[0]!.droppedAttributesCount, 3)
      assert.strictEqual(span.links[0]!.droppedAttributesCount, 1)
    }))

  it.effect("an endless loop leaves no more than the limit in memory", () =>
    Effect.gen(function*() {
      const own = yield* Effect.currentSpan.pipe(
        Effect.tap((span) =>
          Effect.sync(() => {
            for (let i = 0; i < 10_000; i++) span.event("e", 0n)
          })
        ),
        Effect.withSpan("s"),
        Effect.provide(AgentOps.layer({ serviceName: "test" }))
      )
      assert.instanceOf(own, Span)
      assert.strictEqual((own as Span).events.length, 128)
    }))
})

describe("wrong options", () => {
  const wrong: ReadonlyArray<NonNullable<AgentOps.Options["spanLimits"]>> = [
    { attributeCount: -1 },
    { attributeValueLength: 1.5 },
    { eventCount: NaN },
    { linkCount: -Infinity },
    { attributePerEventCount: "8" as never },
    { attributePerLinkCount: null as never }
  ]
  for (const spanLimits of wrong) {
    it.effect(
      JSON.stringify(Object.entries(spanLimits).map(([key, value]) => [key, String(value)])),
      () =>
        Effect.gen(function*() {
          const error = yield* Layer.build(AgentOps.layer({ serviceName: "test", spanLimits })).pipe(
            Effect.scoped,
            Effect.flip
          )
          assert.instanceOf(error, ConfigurationError)
          assert.strictEqual(error.field, `spanLimits.${Object.keys(spanLimits)[0]}`)
          assert.include(error.message, "whole number")
        })
    )
  }

  it.effect("an undefined option has its default", () =>
    Effect.gen(function*() {
      const span = yield* kept((span) => span.attribute("a", 1), { attributeCount: undefined })
      assert.deepStrictEqual(span.attributes, { a: 1 })
    }))
})

const variables = {
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "attributeCount",
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: "attributeValueLength",
  OTEL_SPAN_EVENT_COUNT_LIMIT: "eventCount",
  OTEL_SPAN_LINK_COUNT_LIMIT: "linkCount",
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: "attributePerEventCount",
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: "attributePerLinkCount",
  OTEL_ATTRIBUTE_COUNT_LIMIT: "attributeCount",
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "attributeValueLength"
} as const

const env = (env: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromEnv({ env }))
const read = (variables: Record<string, string>) => SpanLimits.config.pipe(Effect.provide(env(variables)))

describe("from the environment", () => {
  it.effect("no variable gives the defaults", () =>
    Effect.map(read({}), (limits) => assert.deepStrictEqual(limits, SpanLimits.defaults)))

  for (const [variable, limit] of Object.entries(variables)) {
    it.effect(variable, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* read({ [variable]: "7" }), { ...SpanLimits.defaults, [limit]: 7 })
        for (const blank of ["", " ", "\t"]) {
          assert.deepStrictEqual(yield* read({ [variable]: blank }), SpanLimits.defaults)
        }
        assert.deepStrictEqual(yield* read({ [variable]: " 0 " }), { ...SpanLimits.defaults, [limit]: 0 })
        for (const value of ["-1", "many", "1.5", "NaN"]) {
          const error = yield* AgentOps.layerFromConfig.pipe(
            Layer.provide(env({ [variable]: value, OTEL_TRACES_EXPORTER: "none" })),
            Layer.build,
            Effect.scoped,
            Effect.flip
          )
          assert.instanceOf(error, ConfigurationError)
          assert.strictEqual(error.field, variable)
          assert.include(error.message, "whole number")
        }
      }))
  }

  it.effect("log records have their own variables, then the general ones", () =>
    Effect.gen(function*() {
      const readLogs = (variables: Record<string, string>) => LogLimits.config.pipe(Effect.provide(env(variables)))
      assert.deepStrictEqual(yield* readLogs({}), LogLimits.defaults)
      assert.deepStrictEqual(
        yield* readLogs({ OTEL_ATTRIBUTE_COUNT_LIMIT: "2", OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "3" }),
        { attributeCount: 2, attributeValueLength: 3 }
      )
      assert.deepStrictEqual(
        yield* readLogs({
          OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: "7",
          OTEL_ATTRIBUTE_COUNT_LIMIT: "2",
          OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: "",
          OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: "1"
        }),
        { attributeCount: 7, attributeValueLength: Infinity }
      )
    }))

  it.effect("a span's own variable is preferred to the general one", () =>
    Effect.map(
      read({ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "1", OTEL_ATTRIBUTE_COUNT_LIMIT: "2" }),
      (limits) => assert.strictEqual(limits.attributeCount, 1)
    ))

  it.effect("the spans of layerFromConfig obey the variables", () =>
    Effect.gen(function*() {
      const TestLive = Exporter.memory().pipe(
        Layer.provideMerge(AgentOps.layerFromConfig),
        Layer.provide(env({ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "1", OTEL_TRACES_EXPORTER: "none" }))
      )
      const spans = yield* Effect.andThen(
        Effect.void.pipe(Effect.withSpan("s", { attributes: many(3) })),
        Effect.flatMap(Exporter.Memory, (memory) => memory.spans)
      ).pipe(Effect.provide(TestLive))
      assert.strictEqual(spans[0]!.droppedAttributesCount, 2)
    }))
})
