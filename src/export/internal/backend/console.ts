/**
 * Prints traces as trees.
 *
 * @internal
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { SpanData } from "../../../core/SpanData.ts"
import { accepted } from "../../../delivery/internal/exportError.ts"
import type { WaitingData } from "../codecs.ts"
import { formatTree } from "./consoleTree.ts"

// A root that never ends must not keep its children for ever.
const maxSpans = 10_000

/** What the spans of unfinished traces may hold, by estimate. */
const maxBytes = 64 * 1024 * 1024

const defaultColors = (): boolean => {
  const { process } = globalThis as {
    readonly process?: {
      readonly stdout?: { readonly isTTY?: boolean }
      readonly env?: Readonly<Record<string, string | undefined>>
    }
  }
  return process?.stdout?.isTTY === true && (process.env?.["NO_COLOR"] ?? "") === ""
}

const isRoot = (span: SpanData): boolean => span.parentSpanId === undefined || span.parentIsRemote

/** @internal */
export const makeTreePrinter = (colors: boolean | undefined) =>
  Effect.sync(() => {
    const colored = colors ?? defaultColors()
    const traces = new Map<string, Array<SpanData>>()
    const sizes = new Map<string, number>()
    let waiting = 0
    let bytes = 0

    const print = (traceId: string) =>
      Effect.suspend(() => {
        const spans = traces.get(traceId) ?? []
        traces.delete(traceId)
        waiting -= spans.length
        bytes -= sizes.get(traceId) ?? 0
        sizes.delete(traceId)
        return spans.length === 0 ? Effect.void : Console.log(formatTree(spans, colored))
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
