/** Runs programs under the library's tracer and looks at the spans that they left. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as AgentOps from "../../src/AgentOps.ts"
import type { ConfigurationError } from "../../src/core/ConfigurationError.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"

export interface TracedOptions extends Partial<AgentOps.Options> {
  /** Whether the spans keep content; default `true`. */
  readonly content?: boolean | undefined
}

export interface Traced<A, E> {
  readonly exit: Exit.Exit<A, E>
  /** In the order of their ends. */
  readonly spans: ReadonlyArray<SpanData>
}

export const tracing = (
  options?: TracedOptions
): Layer.Layer<AgentOps.AgentOps | Exporter.Memory, ConfigurationError> =>
  Exporter.memory({ content: options?.content }).pipe(
    Layer.provideMerge(AgentOps.layer({ serviceName: "test", ...options }))
  )

/** Runs a program to its end, however it ends, and gives its exit and its spans. */
export const traced = <A, E, R>(
  program: Effect.Effect<A, E, R>,
  options?: TracedOptions
): Effect.Effect<Traced<A, E>, ConfigurationError, Exclude<R, AgentOps.AgentOps | Exporter.Memory>> =>
  Effect.gen(function*() {
    const exit = yield* Effect.exit(program)
    const memory = yield* Exporter.Memory
    return { exit, spans: yield* memory.spans }
  }).pipe(Effect.provide(tracing(options)))

/** The spans of a program, for where only they matter. */
export const spansOf = <A, E, R>(program: Effect.Effect<A, E, R>, options?: TracedOptions) =>
  Effect.map(traced(program, options), ({ spans }) => spans)

/** The one span of that name. */
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

/** The tree of a trace as nested names, children in the order of their starts. */
export const tree = (spans: ReadonlyArray<SpanData>): ReadonlyArray<unknown> => {
  const known = new Set(spans.map((span) => span.spanId))
  const byStart = spans.toSorted((a, b) => a.startTime < b.startTime ? -1 : a.startTime > b.startTime ? 1 : 0)
  const branch = (span: SpanData): unknown => {
    const children = byStart.filter((child) => child.parentSpanId === span.spanId).map(branch)
    return children.length === 0 ? span.name : [span.name, ...children]
  }
  return byStart.filter((span) => span.parentSpanId === undefined || !known.has(span.parentSpanId)).map(branch)
}
