/**
 * The service that connects a traced program with its exporters.
 *
 * `AgentOps.layer` provides it, and every exporter requires it. The root exports it as `AgentOps.AgentOps`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { DestinationStatus } from "../core/DestinationStatus.ts"
import type { InstrumentationScope, Resource } from "../core/SpanData.ts"
import type { Sink } from "./Span.ts"

/**
 * The tracing of a program, for exporters and for the program itself: its resource, its sinks and the status of its
 * exporters.
 *
 * **Example** (every span that ends)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { AgentOps, traceTool } from "effect-agentops"
 *
 * const program = Effect.gen(function*() {
 *   const { addSink } = yield* AgentOps.AgentOps
 *   const names: Array<string> = []
 *   yield* addSink({ content: false, onEnd: (span) => names.push(span.name) })
 *   yield* traceTool(Effect.void, "search")
 *   return names
 * })
 * const TracingLive = AgentOps.layer({ serviceName: "demo" })
 * await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(TracingLive)))
 * // => ["tool.execution", "agent.tool"]
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class AgentOps extends Context.Service<AgentOps, {
  readonly resource: Resource
  readonly scope: InstrumentationScope
  /** Sends every later span to a sink, until the scope closes. */
  readonly addSink: (sink: Sink) => Effect.Effect<void, never, Scope.Scope>
  /** One status for each exporter. */
  readonly status: Effect.Effect<ReadonlyArray<DestinationStatus>>
  /** Waits for the spans in flight, up to the given time. */
  readonly flush: (timeout: Duration.Input) => Effect.Effect<ReadonlyArray<DestinationStatus>>
}>()("effect-agentops/AgentOps") {}
