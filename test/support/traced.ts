/** Reads the spans of a test where `effect-agentops/testing` has no function. */
import { assert } from "@effect/vitest"
import type { SpanData } from "../../src/core/SpanData.ts"

/** The only span with a name. */
export const named = (spans: ReadonlyArray<SpanData>, name: string): SpanData => {
  const found = spans.filter((span) => span.name === name)
  assert.lengthOf(found, 1, `one span named ${name} among ${spans.map((span) => span.name).join(", ")}`)
  return found[0]!
}

/** The exception records of a span: type and message. */
export const exceptions = (span: SpanData) =>
  span.events.filter((event) => event.name === "exception").map(({ attributes }) => [
    attributes["exception.type"],
    attributes["exception.message"]
  ])

/** The tree of a trace as nested names, with children in the order of their starts. */
export const tree = (spans: ReadonlyArray<SpanData>): ReadonlyArray<unknown> => {
  const known = new Set(spans.map((span) => span.spanId))
  const byStart = spans.toSorted((a, b) => a.startTime < b.startTime ? -1 : a.startTime > b.startTime ? 1 : 0)
  const branch = (span: SpanData): unknown => {
    const children = byStart.filter((child) => child.parentSpanId === span.spanId).map(branch)
    return children.length === 0 ? span.name : [span.name, ...children]
  }
  return byStart.filter((span) => span.parentSpanId === undefined || !known.has(span.parentSpanId)).map(branch)
}
