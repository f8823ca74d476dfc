/**
 * Samplers: they decide at the start of each span whether it is kept.
 *
 * A sampler is a pure function from the facts known at the start of a span to a decision. For the library's own spans,
 * these include the attributes of the event. So a sampler can keep every call of one model or drop one tool.
 *
 * Effect decides first. A span that is made with `sampled: false`, whose level is below `Tracer.MinimumTraceLevel`, or
 * whose parent is not sampled is never kept, and no sampler is called.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampling
 * @since 0.1.0
 */
import type { AnySpan, SpanKind, SpanLink } from "effect/Tracer"
import * as Attribute from "../core/Attribute.ts"
import { hashed, randomnessOf, thresholdOf, withRandomness, withThreshold } from "../core/internal/probability.ts"
import { isRemote, toContext, toOtelKind, toOtelLink } from "./internal/otelSpanContext.ts"
import { traceStateOf } from "./internal/spanContext.ts"
import type { TracedEvent, TracedSession } from "./Span.ts"

/**
 * The facts of a span that is about to start.
 *
 * @category models
 * @since 0.1.0
 */
export interface Candidate {
  readonly traceId: string
  readonly parent: AnySpan | undefined
  readonly name: string
  readonly kind: SpanKind
  /** The attributes known at the start. Empty for spans of `Effect.withSpan`. */
  readonly attributes: Attribute.Attributes
  readonly links: ReadonlyArray<SpanLink>
  /** Whether the last seven bytes of the trace id are random. Known only for a trace that starts here. */
  readonly random?: boolean | undefined
  /** The span's event, or the event of its attempt, as far as it is known. */
  readonly event?: TracedEvent | undefined
  /** The session that the span belongs to. */
  readonly session?: TracedSession | undefined
}

/**
 * Whether the span is kept, and attributes to add if it is.
 *
 * @category models
 * @since 0.1.0
 */
export interface Decision {
  readonly sampled: boolean
  readonly attributes?: Attribute.Attributes | undefined
  readonly traceState?: string | undefined
}

/**
 * A head sampler: a description, and a function that decides.
 *
 * **Example** (keep every call but those of one tool)
 *
 * ```ts
 * import type { Sampler } from "effect-agentops"
 *
 * const quiet: Sampler.Sampler = {
 *   description: "no heartbeat tool",
 *   decide: (candidate) => ({ sampled: candidate.attributes["gen_ai.tool.name"] !== "heartbeat" })
 * }
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Sampler {
  readonly description: string
  readonly decide: (candidate: Candidate) => Decision
}

const keep: Decision = { sampled: true }
const drop: Decision = { sampled: false }

/**
 * Keeps every span.
 *
 * @category constructors
 * @since 0.1.0
 */
export const always: Sampler = { description: "AlwaysOnSampler", decide: () => keep }

/**
 * Keeps no span. Sessions still run and count.
 *
 * @category constructors
 * @since 0.1.0
 */
export const never: Sampler = { description: "AlwaysOffSampler", decide: () => drop }

/**
 * Keeps a share of all traces: OpenTelemetry's consistent probability sampling.
 *
 * **Details**
 *
 * `share` is between 0 and 1. Less counts as 0, more as 1, and `NaN` as 0. The decision uses the trace's randomness:
 * the last seven bytes of its id, or the value in `tracestate` (`ot=rv:…`). So all services keep the same traces,
 * whatever their language, and a service with a smaller share keeps a subset. Kept spans have their threshold in
 * `tracestate` (`ot=th:…`), from which a backend or a later sampler in the Collector computes how many traces each one
 * represents. A session whose id is not a UUID of version 4 or 7 writes its own randomness value.
 *
 * **Example** (one trace in ten)
 *
 * ```ts
 * import { AgentOps, Sampler } from "effect-agentops"
 *
 * const TracingLive = AgentOps.layer({
 *   serviceName: "support-bot",
 *   sampler: Sampler.parentBased(Sampler.ratio(0.1))
 * })
 * ```
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 * @category constructors
 * @since 0.1.0
 */
export const ratio = (share: number): Sampler => {
  const normalized = share >= 1 ? 1 : share > 0 ? share : 0
  const threshold = thresholdOf(normalized)
  // The decision for a kept root without a trace state.
  const fresh: Decision = { sampled: true, traceState: withThreshold(undefined, threshold) }
  const freshState = fresh.traceState!
  return {
    description: `TraceIdRatioBased{${normalized}}`,
    decide: ({ parent, random, traceId }) => {
      let state = parent === undefined ? undefined : traceStateOf(parent)
      // The parent was kept by the same threshold, so this span is kept too.
      if (parent?._tag === "Span" && state === freshState) return keep
      if (parent === undefined && random === false) state = withRandomness(state, hashed(traceId))
      const sampled = threshold !== undefined && randomnessOf(traceId, state) >= threshold
      if (sampled && state === undefined) return fresh
      if (!sampled && state === undefined) return drop
      // An empty string means no trace state, whereas `undefined` would inherit the parent's.
      return { sampled, traceState: withThreshold(state, sampled ? threshold : undefined) }
    }
  }
}

/**
 * Follows the parent's decision, and asks `root` for a span without a parent.
 *
 * **Details**
 *
 * A span whose parent is not sampled never reaches a sampler, so only kept parents occur here. Without `parentBased`, a
 * sampler such as {@link ratio} decides every span, with the same result for all spans of one trace.
 *
 * @category combinators
 * @since 0.1.0
 */
export const parentBased = (root: Sampler): Sampler => ({
  description: `ParentBased{root=${root.description}}`,
  decide: (candidate) =>
    candidate.parent === undefined ? root.decide(candidate) : candidate.parent.sampled ? keep : drop
})

/**
 * The part of an OpenTelemetry `Sampler` that is used here. It matches those of `@opentelemetry/sdk-trace-base` 2 and
 * `@opentelemetry/sdk-trace` 3. It is a structural type, so that a program without those packages compiles.
 *
 * @category interop
 * @since 0.1.0
 */
export interface OpenTelemetrySampler {
  shouldSample(
    context: never,
    traceId: string,
    spanName: string,
    spanKind: never,
    attributes: never,
    links: Array<never>
  ): {
    readonly decision: number
    readonly attributes?: { readonly [key: string]: unknown } | undefined
    readonly traceState?: { serialize(): string } | undefined
  }
  toString(): string
}

/**
 * Uses a `Sampler` of OpenTelemetry.
 *
 * **Details**
 *
 * The sampler receives a context with the parent, the trace id, the name, the kind, the attributes known at the start
 * and the links. `RECORD` without sampling means not kept, because only kept spans are exported.
 *
 * **Example** (a sampler of the OpenTelemetry SDK)
 *
 * ```ts
 * import { TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace-base"
 * import { AgentOps, Sampler } from "effect-agentops"
 *
 * const TracingLive = AgentOps.layer({
 *   serviceName: "support-bot",
 *   sampler: Sampler.fromOpenTelemetry(new TraceIdRatioBasedSampler(0.25))
 * })
 * ```
 *
 * @category interop
 * @since 0.1.0
 */
export const fromOpenTelemetry = (sampler: OpenTelemetrySampler): Sampler => ({
  description: sampler.toString(),
  decide: (candidate) => {
    const result = sampler.shouldSample(
      toContext(candidate.parent) as never,
      candidate.traceId,
      candidate.name,
      toOtelKind(candidate.kind) as never,
      { ...candidate.attributes } as never,
      candidate.links.map((link) => toOtelLink(link, isRemote(link.span)) as never)
    )
    return {
      sampled: result.decision === 2,
      attributes: result.attributes === undefined
        ? undefined
        : Object.fromEntries(
          Object.entries(result.attributes).flatMap(([key, value]) => {
            const normalized = Attribute.normalize(value)
            return normalized === undefined ? [] : [[key, normalized]]
          })
        ),
      traceState: result.traceState?.serialize()
    }
  }
})
