/**
 * Which attributes of a span are doubles.
 *
 * @internal
 */
import type { Kind } from "../../trace/EventKind.ts"
import type { Span } from "../../trace/Span.ts"

/** Attributes that are doubles on any span: GenAI's, OpenInference's, AgentOps's and this library's. @internal */
export const doubleNames: ReadonlySet<string> = new Set([
  "gen_ai.request.temperature",
  "gen_ai.request.top_p",
  "gen_ai.request.frequency_penalty",
  "gen_ai.request.presence_penalty",
  "gen_ai.response.time_to_first_chunk",
  "gen_ai.evaluation.score.value",
  "llm.cost.total",
  "llm.cost.prompt",
  "llm.cost.completion",
  "gen_ai.usage.total_cost",
  "gen_ai.usage.prompt_cost",
  "gen_ai.usage.completion_cost",
  "agentops.evaluation.scale.min",
  "agentops.evaluation.scale.max",
  "agentops.usage.cost",
  "agentops.session.cost"
])

/** Attributes that are doubles in edition 1.41 and integers in the latest. */
const older: ReadonlyArray<string> = ["gen_ai.request.top_k"]

const ofKinds = new WeakMap<Kind, ReadonlySet<string>>()

const ofKind = (kind: Kind): ReadonlySet<string> => {
  let known = ofKinds.get(kind)
  if (known === undefined) {
    const own = Object.values(kind.fields).flatMap(({ doubles }) => doubles ?? [])
    known = own.every((name) => doubleNames.has(name)) ? doubleNames : new Set([...doubleNames, ...own])
    ofKinds.set(kind, known)
  }
  return known
}

/** The names of a span's attributes that are doubles, unless its convention sets others. @internal */
export const doublesOf = (span: Span): ReadonlySet<string> => {
  const event = span.tracedEvent ?? span.attempt?.event
  return event === undefined ? doubleNames : ofKind(event.kind)
}

const ofOlder = new WeakMap<ReadonlySet<string>, ReadonlySet<string>>()

/** The same for edition 1.41 of the GenAI conventions. @internal */
export const doublesOf141 = (span: Span): ReadonlySet<string> => {
  const doubles = doublesOf(span)
  let known = ofOlder.get(doubles)
  if (known === undefined) ofOlder.set(doubles, known = new Set([...doubles, ...older]))
  return known
}
