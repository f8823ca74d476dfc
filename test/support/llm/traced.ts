/** The traced spans, for tests of calls. */
import * as Effect from "effect/Effect"
import type { Attributes } from "../../../src/core/Attribute.ts"
import * as Exporter from "../../../src/export/Exporter.ts"
import * as TestTracing from "../../../src/testing/TestTracing.ts"
import * as LlmEvent from "../../../src/trace/LlmEvent.ts"
import * as ToolEvent from "../../../src/trace/ToolEvent.ts"

export const TestLive = TestTracing.layer()

export const spans = Effect.flatMap(Exporter.Memory, (memory) => memory.spans)

export const named = (name: string) => Effect.map(spans, (all) => all.filter((span) => span.name === name))

export const llmSpans = named("llm.completion")

export const toolSpans = named("agent.tool")

export const llmOf = (span: { readonly attributes: Attributes } | undefined) =>
  LlmEvent.LlmEvent.fromAttributes(span?.attributes ?? {})

export const toolOf = (span: { readonly attributes: Attributes } | undefined) =>
  ToolEvent.ToolEvent.fromAttributes(span?.attributes ?? {})

/** The trace as indented names: each span with its children below it, in the order of their starts. */
export const tree = Effect.map(spans, (all) => {
  const ordered = [...all].sort((a, b) => a.startTime < b.startTime ? -1 : a.startTime > b.startTime ? 1 : 0)
  const ids = new Set(ordered.map((span) => span.spanId))
  const lines = (parent: string | undefined, indent: string): Array<string> =>
    ordered.flatMap((span) => {
      const of = span.parentSpanId !== undefined && ids.has(span.parentSpanId) ? span.parentSpanId : undefined
      return of === parent ? [indent + span.name, ...lines(span.spanId, `${indent}  `)] : []
    })
  return lines(undefined, "")
})

/** The tree of an agent that asks a model, runs a tool, and asks again. */
export const toolRun = [
  "agent.run",
  "  llm.completion",
  "    llm.api.call",
  "  agent.tool",
  "    tool.execution",
  "  llm.completion",
  "    llm.api.call"
]

/** A tree in a session that is called `s`. */
export const inSession = (lines: ReadonlyArray<string>): ReadonlyArray<string> => [
  "s",
  ...lines.map((line) => `  ${line}`)
]
