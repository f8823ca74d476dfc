/**
 * Formats a trace as one line: its root, its totals, the first failure, and its id.
 *
 * @internal
 */
import type { SpanData } from "../../../core/SpanData.ts"
import { formatSpan, painter, problem, rootsOf } from "./consoleTree.ts"

/** The failure that ended first, unless it is the root's own. */
const cause = (spans: ReadonlyArray<SpanData>, root: SpanData): string | undefined => {
  let first: SpanData | undefined
  for (const span of spans) {
    if (span === root || span.status.code !== "error") continue
    if (first === undefined || span.endTime < first.endTime) first = span
  }
  return first === undefined ? undefined : `${first.name}: ${problem(first) ?? "error"}`
}

/** @internal */
export const formatLine = (spans: ReadonlyArray<SpanData>, colors: boolean): string => {
  const paint = painter(colors)
  const [root] = rootsOf(spans).roots
  const failed = root!.status.code === "error" ? cause(spans, root!) : undefined
  return [
    formatSpan(root!, paint),
    ...failed === undefined ? [] : [paint("red", failed)],
    paint("dim", `${spans.length} ${spans.length === 1 ? "span" : "spans"}`),
    paint("dim", `trace ${root!.traceId}`)
  ].join("  ")
}
