/**
 * Prints traces: as trees, as lines, or only failed ones.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { SpanData } from "../../../core/SpanData.ts"
import { accepted } from "../../../delivery/internal/exportError.ts"
import type { WaitingData } from "../codecs.ts"
import { formatLine } from "./consoleLine.ts"
import { formatTree, hasFailed } from "./consoleTree.ts"

// The limit keeps a root that never ends from holding its children forever.
const maxSpans = 10_000

/** The estimated bytes that the spans of unfinished traces may hold. */
const maxBytes = 64 * 1024 * 1024

interface Process {
  readonly stdout?: { readonly isTTY?: boolean }
  readonly env?: Readonly<Record<string, string | undefined>>
}

const isTerminal = (): boolean => {
  const { process } = globalThis as { readonly process?: Process }
  return process?.stdout?.isTTY === true
}

const defaultColors = (): boolean => {
  const { process } = globalThis as { readonly process?: Process }
  return isTerminal() && (process?.env?.["NO_COLOR"] ?? "") === ""
}

const isRoot = (span: SpanData): boolean => span.parentSpanId === undefined || span.parentIsRemote

/** @internal */
export interface PrinterOptions {
  readonly colors: boolean | undefined
  readonly show: "tree" | "line" | "failed" | undefined
}

/** With more traces than this in the given time, trees would be too long to read. */
const frequent = { traces: 10, millis: 10_000 }

/** Whether a trace is one of many, by the times of the previous traces. */
const makeFrequencyCheck = () => {
  const times: Array<number> = []
  return (now: number): boolean => {
    const before = times.length < frequent.traces ? -Infinity : times.shift()!
    times.push(now)
    return now - before < frequent.millis
  }
}

/** @internal */
export const makeTracePrinter = ({ colors, show }: PrinterOptions) =>
  Effect.sync(() => {
    const colored = colors ?? defaultColors()
    const shown = show ?? (isTerminal() ? undefined : "line")
    const isFrequent = makeFrequencyCheck()
    const traces = new Map<string, Array<SpanData>>()
    const sizes = new Map<string, number>()
    let waiting = 0
    let bytes = 0

    const format = (spans: ReadonlyArray<SpanData>, now: number): string | undefined => {
      switch (shown ?? (isFrequent(now) ? "line" : "tree")) {
        case "tree":
          return formatTree(spans, colored)
        case "line":
          return formatLine(spans, colored)
        case "failed":
          return hasFailed(spans) ? formatTree(spans, colored) : undefined
      }
    }

    const print = Effect.fnUntraced(function*(traceId: string) {
      const spans = traces.get(traceId) ?? []
      traces.delete(traceId)
      waiting -= spans.length
      bytes -= sizes.get(traceId) ?? 0
      sizes.delete(traceId)
      const text = spans.length === 0 ? undefined : format(spans, yield* Clock.currentTimeMillis)
      if (text !== undefined) yield* Console.log(text)
    })

    const send = (batch: ReadonlyArray<WaitingData>) =>
      Effect.gen(function*() {
        const complete = new Set<string>()
        for (const { data: span, size } of batch) {
          const spans = traces.get(span.traceId)
          if (spans === undefined) traces.set(span.traceId, [span])
          else spans.push(span)
          waiting++
          bytes += size
          sizes.set(span.traceId, (sizes.get(span.traceId) ?? 0) + size)
          if (isRoot(span)) complete.add(span.traceId)
        }
        for (const traceId of complete) yield* print(traceId)
        for (const traceId of traces.keys()) {
          if (waiting <= maxSpans && bytes <= maxBytes) break
          yield* print(traceId)
        }
        return accepted
      })

    return { send, printRest: Effect.suspend(() => Effect.forEach([...traces.keys()], print, { discard: true })) }
  })
