/** Programs whose spans go to some exporters, and what becomes of them. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AgentOps from "../../../src/AgentOps.ts"
import type { ConfigurationError } from "../../../src/core/ConfigurationError.ts"

/** Traces an effect, its spans to exporters, which are released before the effect's value is returned. */
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

/** A number of spans, one after the other. */
export const many = (count: number): Effect.Effect<void> =>
  Effect.forEach(Array.from({ length: count }), (_, i) => one(`span ${i}`), { discard: true })

/** Flushes until what became of the spans is as it should be, with no regard for an exporter that never ends. */
export const flushUntil = (done: (status: ReadonlyArray<AgentOps.DestinationStatus>) => boolean) =>
  Effect.repeat(AgentOps.flush("20 millis"), { until: done })

/** All the spans that an exporter was given, as its status accounts for them. */
export const accounted = ({ delivered, dropped, pending }: AgentOps.DestinationStatus): number =>
  delivered + pending + Object.values(dropped).reduce((sum, count) => sum + count, 0)

/** The counts alone, for a test that does not ask whether the exporter is failing. */
export const counts = ({ delivered, dropped, name, pending }: AgentOps.DestinationStatus) => ({
  name,
  delivered,
  pending,
  dropped
})
