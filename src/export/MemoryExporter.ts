/**
 * Spans kept in memory, for tests.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Convention from "../convention/Convention.ts"
import type { SpanData } from "../core/SpanData.ts"
import { onSpans } from "../privacy/internal/contentPolicy.ts"
import { registry } from "../trace/internal/registry.ts"
import type { AgentOps } from "../trace/Tracing.ts"
import type { Options } from "./ExporterOptions.ts"
import { insideOfEvent, severalAttempts } from "./internal/attempts.ts"
import { encodeSpan } from "./internal/encodeSpan.ts"
import { filtered, makeFilter } from "./internal/filter.ts"

/**
 * Spans kept in memory, for tests.
 *
 * @category services
 * @since 0.1.0
 */
export class Memory extends Context.Service<Memory, {
  /** The ended spans, ordered by end. */
  readonly spans: Effect.Effect<ReadonlyArray<SpanData>>
  readonly clear: Effect.Effect<void>
}>()("effect-agentops/Exporter/Memory") {}

/**
 * Keeps spans in memory and provides them as {@link Memory}.
 *
 * **Details**
 *
 * A span is available as soon as it has ended. There is no queue, so tests need no flush. Content is on. Spans are
 * removed only by `clear`.
 *
 * **Example** (the spans of a program)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter, traceTool } from "effect-agentops"
 *
 * const program = Effect.gen(function*() {
 *   yield* traceTool(Effect.succeed(3), "count")
 *   const memory = yield* Exporter.Memory
 *   return (yield* memory.spans).map((span) => span.name)
 * })
 * const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
 * await Effect.runPromise(Effect.provide(program, TestLive)) // => ["tool.execution", "agent.tool"]
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const memory = (
  options?: Pick<Options, "attempts" | "content" | "convention" | "errors" | "filter">
): Layer.Layer<Memory, never, AgentOps> =>
  Layer.effect(
    Memory,
    Effect.gen(function*() {
      const { add } = yield* registry
      const convention = options?.convention ?? Convention.standard
      const content = onSpans(options?.content ?? true)
      const several = options?.attempts === "several" ? severalAttempts : identity
      let spans: Array<SpanData> = []
      let delivered = 0
      let failed = 0
      yield* add({
        name: "memory",
        flush: Effect.void,
        status: Effect.sync(() => ({
          name: "memory",
          delivered,
          pending: 0,
          dropped: failed === 0 ? {} : { encode_failed: failed }
        })),
        sink: filtered(
          several({
            content,
            onEnd: (span) => {
              // A user's convention may throw, and it runs where the program's span ends.
              try {
                const data = encodeSpan(span, convention, { content, errors: options?.errors })
                spans.push(options?.attempts === "several" ? insideOfEvent(span, data) : data)
                delivered++
              } catch {
                failed++
              }
            }
          }),
          makeFilter(options?.filter)
        )
      })
      return Memory.of({
        spans: Effect.sync(() => spans.slice()),
        clear: Effect.sync(() => {
          spans = []
        })
      })
    })
  )
