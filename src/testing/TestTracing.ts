/**
 * Tracing for tests: spans in memory, and ids that are the same in each run.
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
 * How a test is traced: the options of `AgentOps.layer`, and whether the spans keep content, which is the default.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends AgentOps.Options {
  readonly content?: Exporter.Options["content"] | undefined
}

/**
 * Ids that are given out in turn: span 1, span 2, and so on.
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
 * Traces a test: its own tracer, `Exporter.Memory`, and ids in turn.
 *
 * **Details**
 *
 * Each build of the layer begins with the first id, so that a test knows the ids of its spans. The environment says
 * nothing of the resource. Time is that of the program's clock: a test of `it.effect` has a `TestClock`, and then
 * every time of its spans is known too.
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
 * A program that has been run, and what it left.
 *
 * @category models
 * @since 0.1.0
 */
export interface Traced<A, E> {
  readonly exit: Exit.Exit<A, E>
  /** In the order of their ends. */
  readonly spans: ReadonlyArray<SpanData>
}

/**
 * Runs a program to its end, however it ends, and gives its exit and its spans.
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
 * The spans of a program, for where only they matter.
 *
 * @category running
 * @since 0.1.0
 */
export const spansOf = <A, E, R>(
  program: Effect.Effect<A, E, R>,
  options?: Options
): Effect.Effect<ReadonlyArray<SpanData>, ConfigurationError, Exclude<R, AgentOps.AgentOps | Exporter.Memory>> =>
  Effect.map(run(program, options), ({ spans }) => spans)
