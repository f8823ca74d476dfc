/** A span that is encoded in one pass has the same bytes as one encoded from its data. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Schema from "effect/Schema"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import * as Encoding from "../../src/convention/Encoding.ts"
import * as Field from "../../src/model/Field.ts"
import * as Redactor from "../../src/privacy/Redactor.ts"
import * as ActionEvent from "../../src/trace/ActionEvent.ts"
import * as AgentEvent from "../../src/trace/AgentEvent.ts"
import * as Event from "../../src/trace/Event.ts"
import * as LlmEvent from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import * as ToolEvent from "../../src/trace/ToolEvent.ts"
import { doors } from "../support/hostile/doors.ts"
import { hostileValues } from "../support/hostile/values.ts"
import { number, text } from "../support/otlp/arbitrarySpanData.ts"
import { compareBothWays } from "../support/otlp/bothWays.ts"
import { inDocuments, ofIssuers, underNames } from "../support/secrets/corpus.ts"
import { planted, plantedSecret } from "../support/secrets/planted.ts"

/** Puts an attribute twice, an empty list, and values whose types are invalid. */
const odd: Convention.Convention = {
  name: "odd",
  encode: Encoding.fromWriting({
    head: (span, options) => ({
      name: `odd ${span.name}`,
      kind: "producer",
      status: Encoding.statusOf(span, options)
    }),
    attributes: (span, _options, writer) => {
      writer.put("first", 1)
      writer.put("list", [])
      writer.put("none", undefined)
      for (const [key, value] of span.attributes) writer.put(key, value)
      if (span.attributes.size > 2) writer.put("first", "again")
      if (span.attributes.size > 3) writer.put("any", { no: "value" } as never)
      if (span.attributes.size > 4) writer.put("mixed", [1, "a"] as never)
    }
  })
}

const conventions: ReadonlyArray<Convention.Convention> = [
  Convention.standard,
  Convention.genAi("latest"),
  Convention.genAi("1.41"),
  Convention.agentOps,
  Convention.openInference,
  Convention.langfuse,
  Convention.drop(Convention.standard, ["agentops.event.kind"]),
  odd
]

const noTickets = Redactor.make(
  Redactor.keys("customers", (key) => key === "shop.id" || key === "customer"),
  Redactor.text("tickets", (text) => text.replace(/a/g, "[a]"), (text) => text.includes("a")),
  Redactor.dropAt("dropped", (path) => path.at(-1) === "gen_ai.tool.name")
)
const hinted = Redactor.make(Redactor.text("seven", (text) => text.replace("7", "seven"), (text) => text.includes("7")))

const redactors = [
  Redactor.credentials,
  Redactor.none,
  Redactor.personalData,
  noTickets,
  hinted,
  Redactor.combine(Redactor.credentials, hinted)
]

const Shop = Event.define("shop.order", {
  span: "shop.order",
  constants: { "shop.version": 3 },
  fields: {
    id: Field.attribute("shop.id", Schema.String),
    open: Field.attribute("shop.open", Schema.Boolean),
    tags: Field.attribute("shop.tags", Schema.Array(Schema.String)),
    counts: Field.attribute("shop.counts", Schema.Array(Schema.Number)),
    note: Field.json("shop.note", Schema.Unknown, { content: true }),
    twice: Field.group(Schema.Struct({ a: Schema.String, b: Schema.Number }), { a: "shop.id", b: "shop.b" })
  }
})

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))
const oneOf = <A>(...values: ReadonlyArray<A>) => Arbitrary.map(int(0, values.length - 1), (i) => values[i]!)
const choice = <A>(...all: ReadonlyArray<Arbitrary.Arbitrary<A>>) =>
  Arbitrary.flatMap(int(0, all.length - 1), (i) => all[i]!)
const list = <A>(items: Arbitrary.Arbitrary<A>): Arbitrary.Arbitrary<Array<A>> =>
  Arbitrary.map(Arbitrary.all([items, items, items, int(0, 3)]), ([a, b, c, size]) => [a, b, c].slice(0, size))

const secrets = [...ofIssuers(), ...underNames(), ...inDocuments()].map(({ text }) => text)
const string = choice<string>(
  text,
  oneOf("", "a", "7", "[]", "{\"a\":7}", "\"\\u0041\"", "x".repeat(17_000), "é".repeat(9_000), "password: hunter22"),
  Arbitrary.map(int(0, secrets.length - 1), (i) => secrets[i]!),
  Arbitrary.flatMap(
    plantedSecret,
    ({ secret }) =>
      Arbitrary.map(planted(secret.text), (value) => typeof value === "string" ? value : JSON.stringify(value))
  )
)
const value: Arbitrary.Arbitrary<unknown> = choice<unknown>(
  string,
  string,
  number,
  oneOf<unknown>(true, false, null, undefined, 12n, 2n ** 70n),
  list(string),
  list(number),
  Arbitrary.map(string, (text) => ({ name: "api_key", value: text, password: text }))
)
const names = [
  "customer",
  "shop.id",
  "session.id",
  "gen_ai.tool.name",
  "agentops.event.kind",
  "password",
  "stripe_key",
  "api_key",
  "content",
  "value",
  "1",
  "__proto__",
  "constructor",
  "é",
  "k".repeat(300),
  "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789"
]
const attributes = Arbitrary.map(
  list(Arbitrary.all([oneOf(...names, "a", "b"), value])),
  (pairs): Record<string, unknown> => Object.fromEntries(pairs)
)

type Told = Readonly<Record<"a" | "b" | "c" | "d", unknown>>

const told = Arbitrary.all({ a: value, b: value, c: value, d: value })

const loose = (f: unknown) =>
  f as (...args: ReadonlyArray<unknown>) => (self: Effect.Effect<unknown, unknown>) => Effect.Effect<unknown, unknown>

/** One of each kind of span, with such values for its fields. */
const program = ({ a, b, c, d }: Told, attributes: Readonly<Record<string, unknown>>) =>
  Effect.all([
    pipe(
      Effect.succeed("done"),
      loose(LlmEvent.traceLlmWith)({
        model: a,
        provider: "openai",
        temperature: b,
        finishReasons: () => [c],
        usage: { inputTokens: 312, outputTokens: b },
        inputMessages: [{ role: "user", parts: [{ type: "text", content: c }] }],
        outputMessages: () => [{ role: "assistant", parts: [{ type: "text", content: d }] }],
        attributes
      })
    ),
    pipe(Effect.succeed(c), loose(ToolEvent.traceTool)(a, { parameters: b, callId: d, attributes })),
    pipe(Effect.fail(c), loose(ActionEvent.traceAction)(a, { parameters: b, logs: d, attributes })),
    pipe(
      Effect.void,
      loose(Shop.trace)({ id: a, open: b, tags: [c], counts: [d, 1], note: d, twice: { a, b }, attributes }),
      loose(AgentEvent.traceAgent)("planner", { input: c, output: () => d })
    ),
    Effect.withSpan(Effect.annotateCurrentSpan(attributes), "plain", { attributes: { a, b } })
  ], { mode: "result" }).pipe(
    Session.withSession({ name: String(a), tags: [String(b)], metadata: { c, [String(d)]: d }, userId: "ada" })
  )

describe("A span in one pass", () => {
  it.effect.prop(
    "has the bytes of its data, for every kind, convention and redactor",
    {
      told,
      attributes,
      convention: oneOf(...conventions),
      redactor: oneOf(...redactors),
      limits: oneOf<AgentOps.Options["spanLimits"]>(
        undefined,
        undefined,
        { attributeCount: 9 },
        { attributeValueLength: 20 },
        { spanLength: 400 }
      )
    },
    ({ attributes, convention, limits, redactor, told }) =>
      Effect.gen(function*() {
        const outcome = yield* compareBothWays([Convention.standard, convention])
        yield* program(told, attributes)
        assert.deepStrictEqual(outcome.differing, [])
      }).pipe(
        Effect.scoped,
        Effect.provide(AgentOps.layer({ serviceName: "t", redactor, spanLimits: limits, callSites: "none" }))
      )
  )

  // A random share of all pairs, another in each run. The seed is in the title.
  const share = Date.now() % 37

  it.effect(`has them for values that are no good to look at (share ${share} of 37)`, () =>
    Effect.gen(function*() {
      const outcome = yield* compareBothWays([Convention.standard, Convention.agentOps])
      const kinds = Object.entries(hostileValues).filter(([kind]) =>
        !/^(many parts|a large|bytes|a buffer|numbers|long text|depth|a sparse)/.test(kind)
      )
      let turn = share
      for (const door of Object.values(doors)) {
        for (const [, make] of kinds) {
          if (turn++ % 37 !== 0) continue
          const given = make()
          yield* Effect.exit(Effect.suspend(() => door.open(given)).pipe(Session.withSession({ name: "around" })))
        }
      }
      assert.deepStrictEqual(outcome.differing, [])
      assert.isAbove(outcome.direct, outcome.general)
    }).pipe(Effect.scoped, Effect.provide(AgentOps.layer({ serviceName: "t" }))))

  it.effect("is how most spans of a program go", () =>
    Effect.gen(function*() {
      const outcome = yield* compareBothWays([Convention.standard])
      yield* program({ a: "gpt-4o-mini", b: 0.7, c: "a question", d: "an answer" }, { "shop.customer": "ada" })
      // A failed span has an exception event, and so has its attempt, and the order sets one attribute twice.
      assert.deepStrictEqual(outcome, { direct: 14, general: 6, differing: [] })
    }).pipe(Effect.scoped, Effect.provide(AgentOps.layer({ serviceName: "t" }))))

  it.prop("has no number that a redactor of credentials would change", { number }, ({ number }) => {
    assert.isTrue(Object.is(Redactor.redact(Redactor.credentials, number), number))
  })
})
