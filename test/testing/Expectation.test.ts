/** Expectations match the traces that they describe, and a mismatch explains the difference. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, pipe, Result, Schema } from "effect"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Span from "../../src/core/SpanData.ts"
import * as Field from "../../src/model/Field.ts"
import { Expectation, Pattern, SpanTree, TestTracing } from "../../src/testing/index.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceAttempt } from "../../src/trace/Attempt.ts"
import * as Event from "../../src/trace/Event.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { mutations, trees, without } from "../support/testing/arbitraryTree.ts"

const messagesOf = (
  spans: ReadonlyArray<SpanData>,
  expected: Expectation.SpanExpectation | Expectation.ForestExpectation
): ReadonlyArray<string> =>
  Result.match(Expectation.check(spans, expected), {
    onSuccess: () => [],
    onFailure: ({ problems }) => problems.map(({ message }) => message)
  })

const exact = (spans: ReadonlyArray<SpanData>) =>
  Expectation.exactly(Expectation.inOrder(...SpanTree.make(spans).map(Expectation.of)))

const answer = traceLlmWith(Effect.void, {
  model: "gpt-4o",
  provider: "openai",
  usage: { inputTokens: 12, outputTokens: 3 }
})

const search = (query: string) => traceTool(Effect.succeed({ hits: [query] }), "search", { parameters: { query } })

const refund = pipe(
  Effect.fail(new Error("no such order")),
  traceAttempt,
  Effect.retry({ times: 2 }),
  traceTool("refund", { parameters: { order: 7 } }),
  Effect.ignore
)

const agent = pipe(
  answer,
  Effect.andThen(search("shoes")),
  Effect.andThen(search("hats")),
  Effect.andThen(refund),
  Effect.andThen(Effect.void.pipe(Effect.withSpan("cleanup", { attributes: { "shop.cart": "c-1" } }))),
  traceAgent("support", { role: "helps" }),
  Session.withSession({ name: "shop", tags: ["test"], userId: "mira" })
)

const e = Expectation

describe("an expectation", () => {
  it.effect("of a session, its agent, calls, tools and the program's own spans", () =>
    Effect.gen(function*() {
      const spans = yield* TestTracing.spansOf(agent)
      e.assert(
        spans,
        e.session("shop", { endState: "Success", tags: ["test"], userId: "mira" }, {
          children: [
            e.agent("support", { role: /^help/ }, {
              children: [
                e.modelCall({ model: "gpt-4o", usage: { inputTokens: 12 } }, { kind: "client", attempts: 1 }),
                e.tool("search", { parameters: { query: "shoes" }, result: { hits: ["shoes"] } }),
                e.tool(/^sea/, { parameters: { query: Pattern.containing("at") } }),
                e.tool("refund", {}, { status: "error", attempts: 3, error: "Error" }),
                e.span("cleanup", {
                  attributes: { "shop.cart": Pattern.satisfies("a cart", (id: string) => id.startsWith("c-")) }
                })
              ]
            })
          ]
        })
      )
      assert.deepStrictEqual(SpanTree.names(SpanTree.make(spans)), [
        ["session shop", ["agent support", "llm gpt-4o", "tool search", "tool search", "tool refund", "cleanup"]]
      ])
    }))

  it.effect("is data-first and data-last, and may be verified in the program", () =>
    Effect.gen(function*() {
      const spans = yield* TestTracing.spansOf(agent)
      const expected = e.session("shop")
      assert.isTrue(pipe(spans, e.matches(expected)))
      assert.isTrue(e.matches(spans, expected))
      assert.isTrue(Result.isSuccess(pipe(spans, e.check(expected))))
      assert.isTrue(e.matches(SpanTree.make(spans), pipe(expected, e.withChildren([e.agent("support")]))))
      pipe(spans, e.assert(expected))
      yield* Effect.provide(search("x").pipe(Effect.andThen(e.verify(e.tool("search")))), TestTracing.layer())
      const mismatch = yield* Effect.flip(Effect.provide(e.verify(e.tool("search")), TestTracing.layer()))
      assert.strictEqual(mismatch._tag, "Mismatch")
    }))

  it.effect("of a program's own kind has that kind's fields", () =>
    Effect.gen(function*() {
      const Checkout = Event.define("shop.checkout", {
        span: "shop.checkout",
        fields: {
          cart: Field.attribute("shop.cart.id", Schema.String),
          total: Field.attribute("shop.cart.total", Schema.Finite)
        }
      })
      const spans = yield* TestTracing.spansOf(Effect.void.pipe(Checkout.trace({ cart: "c-1", total: 3 })))
      assert.deepStrictEqual(messagesOf(spans, e.event(Checkout, { total: 3 })), [])
      assert.deepStrictEqual(messagesOf(spans, e.exactly(e.event(Checkout, { total: 4 }))), [
        "shop.checkout: total: expected 4, found 3",
        "shop.checkout: cart: expected nothing, found \"c-1\""
      ])
    }))

  it.effect("takes the alignment with the fewest differences, whatever comes first", () =>
    Effect.gen(function*() {
      const spans = yield* TestTracing.spansOf(Effect.andThen(search("a"), search("b")))
      // The first expectation fits both spans, the second only the first of them.
      const either = e.tool("search")
      const a = e.tool("search", { parameters: { query: "a" } })
      assert.deepStrictEqual(messagesOf(spans, e.inAnyOrder(either, a)), [])
      assert.deepStrictEqual(messagesOf(spans, e.exactly(e.inAnyOrder(either, a))), [])
      assert.deepStrictEqual(messagesOf(spans, e.inOrder(either, e.tool("search", { parameters: { query: "b" } }))), [])
      // One span is not two.
      assert.strictEqual(messagesOf(spans, e.inAnyOrder(a, a)).length, 1)
    }))

  it.effect("counts: some, none, all, at least, at most, and several at once", () =>
    Effect.gen(function*() {
      const spans = yield* TestTracing.spansOf(agent)
      const tool = e.tool("search")
      assert.isTrue(e.matches(spans, e.anywhere(e.atLeast(2, tool))))
      assert.isFalse(e.matches(spans, e.anywhere(e.atLeast(3, tool))))
      assert.isTrue(e.matches(spans, e.anywhere(e.atMost(2, tool))))
      assert.isFalse(e.matches(spans, e.anywhere(e.atMost(1, tool))))
      assert.isTrue(e.matches(spans, e.anywhere(e.some(tool))))
      assert.isFalse(e.matches(spans, e.some(tool)))
      assert.isTrue(e.matches(spans, e.none(tool)))
      assert.isFalse(e.matches(spans, e.anywhere(e.none(tool))))
      assert.isTrue(e.matches(spans, e.all(e.session("shop"))))
      assert.isTrue(e.matches([], e.all(tool)))
      assert.isFalse(e.matches(spans, e.anywhere(e.all(tool))))
      assert.isTrue(e.matches(spans, e.anywhere(e.both(e.some(tool), e.atMost(1, e.tool("refund"))))))
      assert.isFalse(e.matches(spans, e.anywhere(e.both(e.some(tool), e.none(e.tool("refund"))))))
    }))
})

describe("a mismatch explains", () => {
  const make = (name: string, fields: Partial<SpanData> = {}) => Span.make({ name, ...fields })
  const get = make("GET /orders", { kind: "server", spanId: "1", attributes: { "http.route": "/orders", tries: 2 } })
  const query = make("query", { spanId: "2", parentSpanId: "1", startTime: 1n })
  const send = make("send", {
    spanId: "3",
    parentSpanId: "1",
    startTime: 2n,
    status: { code: "error", message: "reset" }
  })
  const failed = make("x", {
    events: [{ name: "exception", time: 0n, attributes: { "exception.type": "E" }, droppedAttributesCount: 0 }]
  })
  const all = [get, query, send]
  const cases: ReadonlyArray<
    readonly [
      title: string,
      spans: ReadonlyArray<SpanData>,
      Expectation.SpanExpectation | Expectation.ForestExpectation,
      ReadonlyArray<string>
    ]
  > = [
    ["another name", [get], e.span("GET /order"), [`GET /order: name: expected "GET /order", found "GET /orders"`]],
    ["a name by a rule", [get], e.span(/^POST/), [`span /^POST/: name: expected /^POST/, found "GET /orders"`]],
    ["another kind", [get], e.span("GET /orders", { kind: "client" }), [
      `GET /orders: kind: expected "client", found "server"`
    ]],
    ["another status", [get], e.span("GET /orders", { status: "error" }), [
      `GET /orders: status: expected "error", found "unset"`
    ]],
    [
      "another status message",
      [make("send", { status: { code: "error", message: "reset" } })],
      e.span("send", { status: { message: /time/ } }),
      [
        `send: status.message: expected /time/, found "reset"`
      ]
    ],
    ["another error", [get], e.span("GET /orders", { error: "timeout" }), [
      `GET /orders: error: expected "timeout", found nothing`
    ]],
    ["another number of attempts", [get], e.span("GET /orders", { attempts: 2 }), [
      "GET /orders: attempts: expected 2, found 0"
    ]],
    [
      "another attribute",
      [get],
      e.span("GET /orders", {
        attributes: { "http.route": "/order", tries: Pattern.satisfies("one", (n) => n === 1) }
      }),
      [
        `GET /orders: attributes["http.route"]: expected "/order", found "/orders"`,
        "GET /orders: attributes.tries: expected one, found 2"
      ]
    ],
    ["an attribute that is missing", [get], e.span("GET /orders", { attributes: { "url.path": Pattern.present } }), [
      `GET /orders: attributes["url.path"]: expected something, found nothing`
    ]],
    ["an attribute too many", [get], e.exactly(e.span("GET /orders", { attributes: { tries: 2 } })), [
      `GET /orders: attributes["http.route"]: expected nothing, found "/orders"`
    ]],
    ["another event", [failed], e.span("x", { events: [{ attributes: { "exception.type": "F" } }] }), [
      `x: events[0].attributes.exception.type: expected "F", found "E"`
    ]],
    ["a kind of event", [get], e.tool("search"), [
      `expected tool search, and it is missing; the nearest is GET /orders: kind of event: expected tool, found none; name: expected "search", found nothing`
    ]],
    ["no session", [get], e.session("shop"), [
      `expected session shop, and it is missing; the nearest is GET /orders: span: expected a session, found GET /orders; name: expected "shop", found nothing`
    ]],
    [
      "a child that is missing",
      all,
      e.span("GET /orders", { children: [e.span("query"), e.span("send"), e.span("close")] }),
      [
        "GET /orders: expected close, and it is missing; each span here is another one that was expected"
      ]
    ],
    ["a child that is missing where there is none", [get], e.span("GET /orders", { children: [e.span("close")] }), [
      "GET /orders: expected close, and it is missing; there is no span here"
    ]],
    ["a child that is further below", all, e.some(e.span("query")), [
      "expected some query, found none; it is there, but further below: look with Expectation.anywhere"
    ]],
    ["children in another order", all, e.span("GET /orders", { children: [e.span("send"), e.span("query")] }), [
      "GET /orders: expected send, and it is missing; it is there, but not in this order"
    ]],
    ["a child too many", all, e.span("GET /orders", { children: e.exactly(e.inAnyOrder(e.span("query"))) }), [
      "GET /orders: expected no other span, found send"
    ]],
    [
      "a child's fault, at its place",
      all,
      e.span("GET /orders", { children: [e.span("query"), e.span("send", { status: "unset" })] }),
      [
        `GET /orders › send: status: expected "unset", found "error"`
      ]
    ],
    ["too few", all, e.anywhere(e.atLeast(2, e.span("send"))), [
      `expected at least 2 of send, found 1; the nearest is GET /orders: name: expected "send", found "GET /orders"`
    ]],
    ["too many", all, e.anywhere(e.atMost(1, e.span(Pattern.present))), [
      "expected at most 1 of span something, found 3"
    ]],
    ["one that must not be", all, e.anywhere(e.none(e.span("send"))), ["expected no send, found 1"]],
    ["which of all is not", all, e.anywhere(e.all(e.span(Pattern.present, { status: "unset" }))), [
      `send is not span something: status: expected "unset", found "error"`
    ]],
    ["no span at all", [], e.span("GET /orders"), ["expected GET /orders, and it is missing; there is no span here"]]
  ]
  for (const [title, spans, expected, messages] of cases) {
    it(title, () => assert.deepStrictEqual(messagesOf(spans, expected), messages))
  }

  it("all differences together, with both trees side by side", () => {
    const expected = e.span("GET /orders", {
      children: e.exactly(e.inOrder(e.span("open"), e.span("query", { kind: "client" })))
    })
    const result = Expectation.check(all, expected)
    assert.isTrue(Result.isFailure(result))
    if (!Result.isFailure(result)) return
    assert.strictEqual(
      result.failure.message,
      [
        "The trace is not as expected (3 differences):",
        `  GET /orders: expected open, and it is missing; the nearest is send: name: expected "open", found "send"`,
        `  GET /orders › query: kind: expected "client", found "internal"`,
        "  GET /orders: expected no other span, found send",
        "",
        "  expected    │ found",
        "  GET /orders │ GET /orders",
        "-   open      │",
        "≠   query     │   query",
        "+             │   send",
        ""
      ].join("\n")
    )
  })
})

describe("the expectation that is made of a tree", () => {
  it.prop("matches it", [trees], ([spans]) => {
    assert.deepStrictEqual(messagesOf(spans, exact(spans)), [])
  })

  it.prop("matches it in any order of the spans", [trees], ([spans]) => {
    assert.deepStrictEqual(messagesOf(spans.toReversed(), exact(spans)), [])
  })

  for (const { apply, name, says } of mutations) {
    it.prop(`does not match one that has ${name}, and says so`, [trees, trees], ([spans, [{ kind }]]) => {
      const at = kind === "internal" ? 0 : kind === "client" ? spans.length - 1 : Math.floor(spans.length / 2)
      const mutated = apply(spans, at)
      const messages = messagesOf(mutated, exact(spans))
      assert.isTrue(messages.some((message) => message.includes(says)), `${says} in ${messages.join("\n")}`)
    })
  }

  it.prop("does not match a tree without one of its spans, and names the span", [trees], ([spans]) => {
    for (const at of spans.keys()) {
      const messages = messagesOf(without(spans, at), exact(spans))
      assert.isAbove(messages.length, 0)
      assert.isTrue(messages.some((message) => message.includes(spans[at]!.name)), messages.join("\n"))
    }
  })

  it.effect("holds for a run of an agent, and for another run of it", () =>
    Effect.gen(function*() {
      const first = yield* TestTracing.spansOf(agent)
      const second = yield* TestTracing.spansOf(agent)
      assert.deepStrictEqual(messagesOf(first, exact(first)), [])
      assert.deepStrictEqual(messagesOf(second, exact(first)), [])
      const other = yield* TestTracing.spansOf(agent.pipe(Effect.andThen(Effect.void.pipe(traceAction("more")))))
      assert.isAbove(messagesOf(other, exact(first)).length, 0)
    }))
})
