/**
 * Tracing for tests: spans in memory, with the same ids in each run.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as AgentOps from "../AgentOps.ts"
import type { ConfigurationError } from "../core/ConfigurationError.ts"
import type { IdGenerator } from "../core/IdGenerator.ts"
import type { SpanData } from "../core/SpanData.ts"
import * as Exporter from "../export/Exporter.ts"

/**
 * The options of `AgentOps.layer`, and whether spans keep content. By default they do.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends AgentOps.Options {
  readonly content?: Exporter.Options["content"] | undefined
}

/**
 * Generates ids by counting: span 1, span 2, and so on.
 *
 * @category ids
 * @since 0.1.0
 */
export const ids = (): IdGenerator => {
  let count = 0
  const next = (length: number) => (++count).toString(16).padStart(length, "0")
  return { generateTraceId: () => next(32), generateSpanId: () => next(16) }
}

/**
 * Traces a test with its own tracer, `Exporter.Memory`, and ids that are counted up.
 *
 * **Details**
 *
 * Each build of the layer starts with the first id, so that a test knows the ids of its spans. Environment variables do
 * not change the resource. Times come from the program's clock. `it.effect` provides a `TestClock`, so that a test also
 * knows every time.
 *
 * **Example** (a program and its spans)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Exporter, traceTool } from "effect-agentops"
 * import { TestTracing } from "effect-agentops/testing"
 *
 * const program = Effect.gen(function*() {
 *   yield* traceTool(Effect.succeed(3), "count")
 *   const memory = yield* Exporter.Memory
 *   return (yield* memory.spans).map((span) => [span.name, span.spanId])
 * })
 * await Effect.runPromise(Effect.provide(program, TestTracing.layer()))
 * // => [["tool.execution", "0000000000000003"], ["agent.tool", "0000000000000002"]]
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options?: Options
): Layer.Layer<AgentOps.AgentOps | Exporter.Memory, ConfigurationError> =>
  Layer.suspend(() =>
    Exporter.memory({ content: options?.content }).pipe(
      Layer.provideMerge(
        AgentOps.layer({ serviceName: "test", resourceFromEnvironment: false, idGenerator: ids(), ...options })
      )
    )
  )

/**
 * The exit and the spans of a program.
 *
 * @category models
 * @since 0.1.0
 */
export interface Traced<A, E> {
  readonly exit: Exit.Exit<A, E>
  /** Ordered by end. */
  readonly spans: ReadonlyArray<SpanData>
}

/**
 * Runs a program and returns its exit and its spans, even if it fails.
 *
 * **Example** (a tool that fails)
 *
 * ```ts
 * import { Effect, Exit } from "effect"
 * import { traceTool } from "effect-agentops"
 * import { Expectation, TestTracing } from "effect-agentops/testing"
 *
 * const program = Effect.fail("no such order").pipe(traceTool("search"))
 * const { exit, spans } = await Effect.runPromise(TestTracing.run(program))
 *
 * Exit.isFailure(exit) // => true
 * Expectation.matches(spans, Expectation.tool("search", {}, { status: "error" })) // => true
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const run = <A, E, R>(
  program: Effect.Effect<A, E, R>,
  options?: Options
): Effect.Effect<Traced<A, E>, ConfigurationError, Exclude<R, AgentOps.AgentOps | Exporter.Memory>> =>
  Effect.gen(function*() {
    const exit = yield* Effect.exit(program)
    const memory = yield* Exporter.Memory
    return { exit, spans: yield* memory.spans }
  }).pipe(Effect.provide(layer(options)))

/**
 * Runs a program and returns its spans.
 *
 * @category running
 * @since 0.1.0
 */
export const spansOf = <A, E, R>(
  program: Effect.Effect<A, E, R>,
  options?: Options
): Effect.Effect<ReadonlyArray<SpanData>, ConfigurationError, Exclude<R, AgentOps.AgentOps | Exporter.Memory>> =>
  Effect.map(run(program, options), ({ spans }) => spans)
