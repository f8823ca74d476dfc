// Your own sampling and attributes: a head sampler, a tail sampler, and resource attributes from detectors.
// Run: npm run example -- examples/sampling.ts
import { hostDetector, osDetector } from "@opentelemetry/resources"
import { Console, Effect, Layer } from "effect"
import type { Sampler } from "effect-agentops"
import { AgentOps, Exporter, Session, TailSampler, traceTool } from "effect-agentops"
import * as OpenTelemetry from "effect-agentops/export/OpenTelemetry"

// Decides when a span starts: drops the heartbeat, which happens every second.
const sampler: Sampler.Sampler = {
  description: "no heartbeat",
  decide: ({ attributes }) => ({ sampled: attributes["gen_ai.tool.name"] !== "heartbeat" })
}

// Decides when a session ends: keeps only failed sessions.
const keep = TailSampler.any(TailSampler.failed, TailSampler.endedAs("Fail"))

const TracingLive = Exporter.console({ colors: false, show: "tree" }).pipe(
  Layer.provide(TailSampler.layer({ keep })),
  Layer.provideMerge(Layer.unwrap(
    Effect.map(OpenTelemetry.detect([hostDetector, osDetector]), (detected) =>
      AgentOps.layer({
        serviceName: "support-bot",
        sampler,
        attributes: { ...detected, "deployment.environment.name": "staging" }
      }))
  ))
)

const visit = (order: number) =>
  Effect.gen(function*() {
    yield* Effect.void.pipe(traceTool("heartbeat"))
    yield* (order === 7 ? Effect.fail(`there is no order ${order}`) : Effect.succeed(order)).pipe(
      traceTool("find_order", { attributes: { "shop.tenant": "north" } })
    )
  }).pipe(Session.withSession({ name: `order ${order}` }), Effect.ignore)

const program = Effect.gen(function*() {
  yield* Effect.forEach([6, 7, 8], visit, { discard: true })
  const status = yield* AgentOps.status
  const sampled = status.find(({ name }) => name === "tail-sampler")
  yield* Console.log(`Three sessions; spans kept: ${sampled?.delivered}, not kept: ${sampled?.dropped["sampled_out"]}`)
})

await Effect.runPromise(Effect.provide(program, TracingLive))
