// Measures the cost of OpenTelemetry's active context for each step of an effect, as a ratio to the same code without
// tracing. Run: npm run example -- bench/context.ts
import { Effect, Layer } from "effect"
import { AgentOps, Exporter, traceAction } from "effect-agentops"
import * as OpenTelemetry from "effect-agentops/export/OpenTelemetry"

const steps = 100_000
const rounds = 15

const work = Effect.gen(function*() {
  let sum = 0
  for (let i = 0; i < steps; i++) sum += yield* Effect.sync(() => i)
  return sum
})

const traced = traceAction(work, "work", { result: null })
const own = Exporter.memory({ content: false }).pipe(
  Layer.provideMerge(AgentOps.layer({ serviceName: "bench" })),
  Layer.orDie
)
const joined = OpenTelemetry.layerContext.pipe(Layer.provideMerge(own))

const variants = {
  "untraced": work,
  "traced, no hook": Effect.provide(traced, own),
  "hook, no context manager": Effect.provide(traced, joined),
  "hook, AsyncLocalStorage": traced.pipe(
    Effect.provide(joined),
    Effect.provide(Layer.fresh(OpenTelemetry.layerContextManager))
  )
} satisfies Record<string, Effect.Effect<number>>

const times = new Map<string, Array<number>>(Object.keys(variants).map((name) => [name, []]))
for (let round = -3; round < rounds; round++) {
  for (const [name, effect] of Object.entries(variants)) {
    const start = process.cpuUsage()
    await Effect.runPromise(effect)
    const { system, user } = process.cpuUsage(start)
    if (round >= 0) times.get(name)!.push((user + system) * 1000 / steps)
  }
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!
const base = median(times.get("untraced")!)
console.log("variant                     CPU ns/step   × untraced")
for (const [name, values] of times) {
  const value = median(values)
  console.log(`${name.padEnd(28)}${value.toFixed(0).padStart(11)}${(value / base).toFixed(2).padStart(13)}`)
}
