/** Programs that send their spans to some exporters, and the exporters' counts. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AgentOps from "../../../src/AgentOps.ts"
import type { ConfigurationError } from "../../../src/core/ConfigurationError.ts"

/** Traces an effect with exporters, and releases them before the effect's value is returned. */
export const exportingTo =
  <A, E, R>(...exporters: ReadonlyArray<Layer.Layer<A, E, R>>) =>
  <B, E2, R2>(self: Effect.Effect<B, E2, R2>): Effect.Effect<
    B,
    E | E2 | ConfigurationError,
    Exclude<R | Exclude<R2, A | AgentOps.AgentOps>, AgentOps.AgentOps>
  > =>
    Effect.provide(
      self,
      Layer.mergeAll(Layer.empty, ...exporters).pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
      ) as Layer.Layer<A | AgentOps.AgentOps, E | ConfigurationError, Exclude<R, AgentOps.AgentOps>>
    ) as never

/** One span. */
export const one = (name = "one"): Effect.Effect<void> => Effect.withSpan(Effect.void, name)

/** Traces a number of spans, one after another. */
export const many = (count: number): Effect.Effect<void> =>
  Effect.forEach(Array.from({ length: count }), (_, i) => one(`span ${i}`), { discard: true })

/** Flushes until the status is as expected, without waiting for an exporter that never ends. */
export const flushUntil = (done: (status: ReadonlyArray<AgentOps.DestinationStatus>) => boolean) =>
  Effect.repeat(AgentOps.flush("20 millis"), { until: done })

/** The number of spans that an exporter received, according to its status. */
export const accounted = ({ delivered, dropped, pending }: AgentOps.DestinationStatus): number =>
  delivered + pending + Object.values(dropped).reduce((sum, count) => sum + count, 0)

/** The counts only, for a test that does not check whether the exporter is failing. */
export const counts = ({ delivered, dropped, name, pending }: AgentOps.DestinationStatus) => ({
  name,
  delivered,
  pending,
  dropped
})
