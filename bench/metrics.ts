/**
 * Measures the cost of recording all metrics of one LLM call, as a multiple of one raw OpenTelemetry histogram record
 * with the same attributes, in the same run.
 * record with the same attributes, in the same run.
 *
 *     node --conditions=effect-agentops-source bench/metrics.ts
 *
 * Absolute times depend on the machine, so compare the ratios. Each is the median of its rounds.
 */
import { resourceFromAttributes } from "@opentelemetry/resources"
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader
} from "@opentelemetry/sdk-metrics"
import { type Context, Effect, Exit, Layer, Scope } from "effect"
import { AgentOps, Instrument, LlmEvent } from "effect-agentops"
import * as MetricExporter from "effect-agentops/export/MetricExporter"
import { ActiveEvent } from "../src/trace/internal/event/activeEvent.ts"
import { startEvent } from "../src/trace/internal/event/lifecycle.ts"
import { measureEvent } from "../src/trace/internal/measure/event.ts"
import { spanSettings, timeOf } from "../src/trace/internal/startSpan.ts"

const ROUNDS = 15
const CALLS = 20_000

const attributes = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-4o",
  "gen_ai.response.model": "gpt-4o-2024-08-06"
}

/** The raw record: an OpenTelemetry provider, a histogram, and the same attributes. */
const raw = (() => {
  const provider = new MeterProvider({
    resource: resourceFromAttributes({}),
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
        exportIntervalMillis: 1_000_000
      })
    ]
  })
  const histogram = provider.getMeter("bench").createHistogram("gen_ai.client.inference.duration", { unit: "s" })
  return (i: number) => histogram.record(i % 60, attributes)
})()

const build = (layer: Layer.Layer<never, unknown, AgentOps.AgentOps>, convention: "latest" | "1.41" = "latest") =>
  Effect.runPromise(
    Effect.flatMap(Scope.make(), (scope) =>
      Layer.buildWithScope(
        layer.pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "bench", metrics: { convention } }))),
        scope
      ))
  )

const makeEvent = (context: Context.Context<never>): ActiveEvent => {
  const event = new ActiveEvent(
    LlmEvent.LlmEvent,
    {
      provider: "openai",
      operation: "chat",
      model: "gpt-4o",
      responseModel: "gpt-4o-2024-08-06",
      usage: { inputTokens: 812, outputTokens: 90, cacheReadTokens: 640, cacheWriteTokens: 0, reasoningTokens: 12 },
      cost: 0.00205
    },
    [],
    undefined
  )
  const settings = spanSettings(context)
  startEvent(context, settings, event, undefined, undefined, timeOf(settings))
  return event
}

const event = (context: Context.Context<never>) => {
  const record = makeEvent(context)
  const end = record.span!.status.startTime + 1_200_000_000n
  return () => measureEvent(context, record, undefined, Exit.void, end)
}

const memory = MetricExporter.memory() as unknown as Layer.Layer<never, never, AgentOps.AgentOps>
const counter = Instrument.counter("shop.orders")

const latest = await build(memory)
const old = await build(memory, "1.41")
const silent = await build(Layer.empty as Layer.Layer<never, never, AgentOps.AgentOps>)
const addOne = Instrument.add(counter, 1)

const variants: ReadonlyArray<readonly [name: string, run: (i: number) => unknown]> = [
  ["one raw histogram record", raw],
  ["all of an LLM call's metrics, latest (9 records)", event(latest)],
  ["all of an LLM call's metrics, 1.41 (4 records)", event(old)],
  ["the same with no reader", event(silent)],
  [
    "Instrument.add, built before",
    (() => {
      const runSync = Effect.runSyncWith(latest)
      return () => runSync(addOne)
    })()
  ]
]

const time = (run: (i: number) => unknown): number => {
  const start = process.hrtime.bigint()
  for (let i = 0; i < CALLS; i++) run(i)
  return Number(process.hrtime.bigint() - start) / CALLS
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!

for (const [, run] of variants) for (let i = 0; i < 3; i++) time(run)
const times = variants.map(() => [] as Array<number>)
for (let round = 0; round < ROUNDS; round++) variants.forEach(([, run], i) => times[i]!.push(time(run)))

console.log("| | ns | as a multiple of one raw record |\n| --- | ---: | ---: |")
variants.forEach(([name], i) => {
  const ratios = times[i]!.map((ns, round) => ns / times[0]![round]!)
  console.log(`| ${name} | ${median(times[i]!).toFixed(0)} | ${median(ratios).toFixed(2)} |`)
})
