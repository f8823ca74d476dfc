/**
 * Holds the spans of traces until their roots end, within limits.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { thresholdIn, thresholdOf, withThreshold } from "../../core/internal/probability.ts"
import { toDollars } from "../../model/Pricing.ts"
import * as Usage from "../../model/Usage.ts"
import { measure } from "../../privacy/internal/truncate.ts"
import type { Span } from "../../trace/Span.ts"
import type { Rule, Trace } from "../TailRule.ts"

interface Waiting {
  readonly spans: Array<Span>
  readonly since: number
  /** The threshold of the random share by which the trace was kept, if any. */
  threshold: string | undefined
  bytes: number
  /** The index of the next span to pass on. */
  next: number
}

type Decision = "kept" | "sampled_out" | "overflow" | "expired"

/** The decision about a trace, and the threshold if a random share kept it. */
interface Decided {
  readonly decision: Decision
  readonly threshold: string | undefined
}

/**
 * Passes a span on with its threshold in `tracestate`: the higher of this one and an earlier sampler's. Exporters
 * outside the tail sampler receive every span, so the change is undone.
 */
const forwardWithThreshold = (span: Span, threshold: string | undefined, forward: (span: Span) => void): void => {
  const { traceState } = span
  const before = threshold === undefined ? undefined : thresholdIn(traceState)
  if (threshold === undefined || (before !== undefined && before >= threshold)) return forward(span)
  Object.assign(span, { traceState: withThreshold(traceState, threshold) })
  forward(span)
  Object.assign(span, { traceState })
}

// Spans that end after their root end soon after it, if at all.
const maxRemembered = 10_000

const perSpan = 500

// Larger values are not measured further, because the trace is released anyway.
const maxMeasured = 16 * 1024 * 1024

/** The approximate bytes of a span, including its arrays and objects. */
const sizeOf = (span: Span): number => {
  let bytes = perSpan
  const add = (value: unknown): void => {
    bytes += 16 + 2 * measure(value, maxMeasured)
  }
  add(span.name)
  for (const { attributes } of span.links) add(attributes)
  for (const [key, value] of span.attributes) {
    add(key)
    add(value)
  }
  const { tracedEvent } = span
  if (tracedEvent !== undefined) {
    for (const name in tracedEvent.fields) add(tracedEvent.fields[name])
  }
  for (const [name, , attributes] of span.events) {
    add(name)
    add(attributes)
  }
  return bytes
}

const isRoot = (span: Span): boolean => {
  const parent = Option.getOrUndefined(span.parent)
  return parent === undefined || parent._tag === "ExternalSpan"
}

const describe = (traceId: string, root: Span, spans: ReadonlyArray<Span>): Trace => {
  const session = root.isSession ? root.session : undefined
  let usage = Usage.zero
  let cost = 0
  for (const span of spans) {
    if (span.tracedEvent?.kind.category !== "modelCall") continue
    const { costNanos, usage: used } = span.tracedEvent
    if (used !== undefined) usage = Usage.add(usage, used)
    cost += costNanos === undefined ? 0 : toDollars(costNanos)
  }
  return {
    traceId,
    root,
    spans,
    duration: Duration.nanos(root.endTime - root.startTime),
    failed: spans.some((span) => span.failure !== undefined || span.tracedEvent?.success === false),
    endState: session?.endState,
    tags: session === undefined ? [] : [...session.tags],
    tokens: Usage.total(usage),
    cost
  }
}

/** @internal */
export const makeTraceBuffer = (options: {
  readonly keep: Rule
  readonly maxTraces: number
  readonly maxSpans: number
  readonly maxBytes: number
  readonly maxAge: number
  readonly now: () => number
  readonly forward: (span: Span) => void
  /** Called when there are spans to pass on. */
  readonly onReleased: () => void
}) => {
  // Ordered by the first span, so the oldest comes first.
  const traces = new Map<string, Waiting>()
  const decided = new Map<string, Decided>()
  const decisions: Record<Decision, number> = { kept: 0, sampled_out: 0, overflow: 0, expired: 0 }
  /** Kept traces whose spans are being passed on. */
  const released: Array<Waiting> = []
  let releasedSpans = 0
  let releasedBytes = 0
  /** The totals of the traces that are not decided yet. */
  let spans = 0
  let bytes = 0
  let passed = 0
  let dropped = 0

  const pass = (span: Span, threshold: string | undefined): void => {
    passed++
    forwardWithThreshold(span, threshold, options.forward)
  }

  /** Passes on up to `count` kept spans, and returns whether there are more. */
  const passSome = (count: number): boolean => {
    for (; count > 0 && released.length > 0; count--) {
      const [first] = released
      // Taking from the end would be cheaper, but spans are passed on in the order of their ends.
      const span = first!.spans[first!.next++]!
      releasedSpans--
      if (first!.next === first!.spans.length) {
        releasedBytes -= first!.bytes
        released.shift()
      }
      pass(span, first!.threshold)
    }
    return released.length > 0
  }

  const decide = (traceId: string, waiting: Waiting, decision: Decision, threshold?: string): void => {
    traces.delete(traceId)
    spans -= waiting.spans.length
    bytes -= waiting.bytes
    decisions[decision]++
    if (decided.size >= maxRemembered) decided.delete(decided.keys().next().value!)
    decided.set(traceId, { decision, threshold })
    if (decision === "sampled_out") {
      dropped += waiting.spans.length
      return
    }
    waiting.threshold = threshold
    released.push(waiting)
    releasedSpans += waiting.spans.length
    releasedBytes += waiting.bytes
    options.onReleased()
  }

  const judge = (trace: Trace): Decided => {
    // A user's rule may throw. Keeping one trace too many is the smaller mistake.
    try {
      const share = Number(options.keep(trace))
      if (!(share > 0)) return { decision: "sampled_out", threshold: undefined }
      return { decision: "kept", threshold: share < 1 ? thresholdOf(share) : undefined }
    } catch {
      return { decision: "kept", threshold: undefined }
    }
  }

  const expire = (): void => {
    const before = options.now() - options.maxAge
    for (const [traceId, waiting] of traces) {
      if (waiting.since > before) return
      decide(traceId, waiting, "expired")
    }
  }

  const shrink = (): void => {
    for (const [traceId, waiting] of traces) {
      if (traces.size <= options.maxTraces && spans <= options.maxSpans && bytes <= options.maxBytes) return
      decide(traceId, waiting, "overflow")
    }
  }

  return {
    add: (span: Span): void => {
      const { traceId } = span
      const known = decided.get(traceId)
      if (known !== undefined) {
        if (known.decision === "sampled_out") dropped++
        else pass(span, known.threshold)
        return
      }
      let waiting = traces.get(traceId)
      if (waiting === undefined) {
        expire()
        traces.set(traceId, waiting = { spans: [], since: options.now(), threshold: undefined, bytes: 0, next: 0 })
      }
      const size = sizeOf(span)
      waiting.spans.push(span)
      waiting.bytes += size
      spans++
      bytes += size
      if (isRoot(span)) {
        const { decision, threshold } = judge(describe(traceId, span, waiting.spans))
        decide(traceId, waiting, decision, threshold)
      } else shrink()
    },
    expire,
    passSome,
    /** Whether the waiting spans exceed the limits, so that they are passed on even without room. */
    isOverfull: () => spans + releasedSpans > options.maxSpans || bytes + releasedBytes > options.maxBytes,
    /** Keeps all waiting traces. */
    keepAll: (): void => {
      for (const [traceId, waiting] of traces) decide(traceId, waiting, "expired")
    },
    status: () => ({
      delivered: passed,
      pending: spans + releasedSpans,
      dropped: dropped === 0 ? {} : { sampled_out: dropped },
      decisions: { ...decisions }
    })
  }
}
