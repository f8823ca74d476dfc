// Business metrics of an agent, beside tokens and success rates: refunds by reason, and the cost of a ticket.
// Run: npm run example -- examples/businessMetrics.ts
import { Console, Effect, Layer, pipe, Schema } from "effect"
import { AgentOps, Budget, Event, Field, Instrument, Session, traceAgent, traceLlmWith } from "effect-agentops"
import * as MetricExporter from "effect-agentops/export/MetricExporter"

const Reason = Schema.Literals(["late", "broken", "wrong item"])

/** Whole cents, so that sums have no rounding errors. */
const refunded = Instrument.counter("shop.refunded", {
  unit: "{cent}",
  description: "What agents have paid back",
  valueType: "int",
  attributes: { "shop.refund.reason": Reason }
})

const refundSize = Instrument.histogram("shop.refund.size", {
  unit: "{cent}",
  description: "How large a refund is",
  valueType: "int",
  boundaries: [500, 1_000, 5_000, 10_000],
  attributes: { "shop.refund.reason": Reason }
})

const openTickets = Instrument.upDownCounter("shop.tickets.open", { unit: "{ticket}", valueType: "int" })

/** A refund is an event of its own kind: a span that also records metrics. */
const Refund = Event.define("shop.refund", {
  span: "shop.refund",
  fields: {
    cents: Field.attribute("shop.refund.cents", Schema.Int),
    reason: Field.attribute("shop.refund.reason", Reason)
  },
  metrics: ({ endState, fields: { cents, reason } }, record) => {
    if (endState !== "Success" || cents === undefined || reason === undefined) return
    record(refunded, cents, { "shop.refund.reason": reason })
    record(refundSize, cents, { "shop.refund.reason": reason })
  }
})

const decide = pipe(
  Effect.succeed({ text: "Pay it back.", usage: { inputTokens: 420, outputTokens: 12 } }),
  traceLlmWith({ provider: "openai", model: "gpt-4o-mini", usage: (answer) => answer.usage }),
  // No further call starts after the ticket has spent its budget.
  Budget.within
)

const handle = (cents: number, reason: typeof Reason.Type) =>
  Effect.gen(function*() {
    yield* Instrument.add(openTickets, 1)
    yield* decide
    yield* Refund.trace(Effect.void, { cents, reason })
  }).pipe(
    Effect.ensuring(Instrument.add(openTickets, -1)),
    traceAgent("refunds"),
    Session.withSession({ name: "refund-ticket", agent: "refunds", budget: { limit: 0.05, onExceeded: "fail" } })
  )

const program = Effect.gen(function*() {
  yield* handle(1_999, "late")
  yield* handle(450, "broken")
  yield* handle(12_000, "late")

  const { metrics } = yield* MetricExporter.Memory
  const all = yield* metrics
  const total = (name: string) =>
    all.find((metric) => metric.name === name)?.points.reduce((sum, { value = 0 }) => sum + value, 0)
  yield* Console.log(`paid back: ${total("shop.refunded")} cents`)
  yield* Console.log(`models cost: ${total("agentops.usage.cost")} nano-dollars`)
})

const TelemetryLive = Layer.mergeAll(MetricExporter.memory(), MetricExporter.console()).pipe(
  Layer.provideMerge(AgentOps.layer({
    serviceName: "refunds",
    metrics: { instruments: [refunded, refundSize, openTickets], development: true }
  }))
)

await Effect.runPromise(Effect.provide(program, TelemetryLive))
