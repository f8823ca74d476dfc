/**
 * Which spans are kept, decided as each one starts.
 *
 * A sampler is a pure function from what is known of a span at its start to a
 * decision. For the library's own spans that includes the attributes of the event,
 * so that a sampler can keep every call of one model or drop one tool.
 *
 * Effect decides first: a span that is made with `sampled: false`, whose level is
 * below `Tracer.MinimumTraceLevel`, or whose parent is not sampled, is never kept,
 * and no sampler is asked.
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
 * What a sampler sees of a span that is about to start.
 *
 * @category models
 * @since 0.1.0
 */
export interface Candidate {
  readonly traceId: string
  readonly parent: AnySpan | undefined
  readonly name: string
  readonly kind: SpanKind
  /** What the library knows at the start; empty for spans made by `Effect.withSpan`. */
  readonly attributes: Attribute.Attributes
  readonly links: ReadonlyArray<SpanLink>
  /** Whether the last seven bytes of the trace id are random, where that is known: of a trace that starts here. */
  readonly random?: boolean | undefined
  /** The event that the span is of, or an attempt at, as far as it is known. */
  readonly event?: TracedEvent | undefined
  /** The session that the span belongs to. */
  readonly session?: TracedSession | undefined
}

/**
 * Whether the span is kept, and attributes to add to it if so.
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
 * A head sampler: a name for people, and the decision.
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
 * `share` is between 0 and 1; less is taken as 0, more as 1, `NaN` as 0. A trace is kept by its randomness: the last
 * seven bytes of its id, or what `tracestate` says (`ot=rv:…`). So every service keeps the same traces, whatever its
 * language, and one that keeps fewer keeps some of those. What is kept tells its threshold (`ot=th:…`), by which a
 * backend, or the Collector's own sampler after this one, knows how many traces it stands for. A session whose id is
 * no UUID of version 4 or 7 tells a randomness of its own.
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
  // What each kept root has that came with nothing.
  const fresh: Decision = { sampled: true, traceState: withThreshold(undefined, threshold) }
  const told = fresh.traceState!
  return {
    description: `TraceIdRatioBased{${normalized}}`,
    decide: ({ parent, random, traceId }) => {
      let state = parent === undefined ? undefined : traceStateOf(parent)
      // Its parent was kept by the same threshold, and so is this one.
      if (parent?._tag === "Span" && state === told) return keep
      if (parent === undefined && random === false) state = withRandomness(state, hashed(traceId))
      const sampled = threshold !== undefined && randomnessOf(traceId, state) >= threshold
      if (sampled && state === undefined) return fresh
      if (!sampled && state === undefined) return drop
      // An empty text says that there is none, and not that the parent's holds.
      return { sampled, traceState: withThreshold(state, sampled ? threshold : undefined) }
    }
  }
}

/**
 * Does what the parent did, and asks `root` where there is no parent.
 *
 * **Details**
 *
 * A span whose parent is not sampled never reaches a sampler, so only kept
 * parents are seen here. Without it, a sampler such as {@link ratio} is asked for
 * every span, which gives the same answer for all spans of one trace.
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
 * A sampler of OpenTelemetry's, as far as it is asked here: the `Sampler` of `@opentelemetry/sdk-trace-base`
 * 2 is one, and that of `@opentelemetry/sdk-trace` 3. It is told by its shape, so that a program without those packages
 * compiles.
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
 * Uses any `Sampler` of OpenTelemetry's.
 *
 * **Details**
 *
 * The sampler gets a context that holds the parent, the trace id, the name, the
 * kind, the attributes known at the start and the links. `RECORD` without
 * sampling means not kept, since only kept spans are exported.
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
