/**
 * Matches one expectation against one span, without their children.
 *
 * @internal
 */
import type { Node } from "../../convention/SpanTree.ts"
import type { Problem } from "../Mismatch.ts"
import * as Pattern from "../Pattern.ts"
import type { SpanExpectation } from "../SpanExpectation.ts"
import { isVolatile } from "./volatile.ts"

/** A difference before its path is known. `weight` is its cost. @internal */
export interface Reason {
  readonly what: string
  readonly expected: string
  readonly found: string
  readonly weight: number
}

/** Turns a difference into a problem with a path and a message. @internal */
export const problemOf = (path: ReadonlyArray<string>, { expected, found, what }: Omit<Reason, "weight">): Problem => ({
  path,
  what,
  expected,
  found,
  message: `${path.join(" › ")}: ${what}: expected ${expected}, found ${found}`
})

// Kind and name weigh more than details, so that the nearest candidate is a span of the same kind.
const weights = { is: 6, name: 6, alike: 3, state: 2, detail: 1 }

const pairsOf = (text: string): ReadonlySet<string> =>
  new Set(Array.from({ length: Math.max(1, text.length - 1) }, (_, i) => text.slice(i, i + 2)))

/** A misspelled name costs less than another name. Similarity is measured by the pairs of letters that both share. */
const nameWeight = (pattern: unknown, value: unknown): number => {
  if (typeof pattern !== "string" || typeof value !== "string") return weights.name
  const expected = pairsOf(pattern.toLowerCase())
  const found = pairsOf(value.toLowerCase())
  const shared = [...expected].filter((pair) => found.has(pair)).length
  return 2 * shared > 0.5 * (expected.size + found.size) ? weights.alike : weights.name
}

const kindKey = "agentops.event.kind"

const identifier = /^[A-Za-z_$][\w$]*$/

const keyed = (of: string, key: string): string =>
  identifier.test(key) ? `${of}.${key}` : `${of}[${JSON.stringify(key)}]`

const against = (what: string, pattern: unknown, value: unknown, weight: number): ReadonlyArray<Reason> =>
  pattern === undefined
    ? []
    : Pattern.compare(pattern, value).map(({ expected, found, path }) => ({
      what: `${what}${path}`,
      expected,
      found,
      weight
    }))

const record = (
  of: string,
  patterns: Readonly<Record<string, unknown>>,
  values: Readonly<Record<string, unknown>>,
  exact: boolean,
  weightOf: (key: string, value: unknown) => number = () => weights.detail
): ReadonlyArray<Reason> => [
  ...Object.keys(patterns).flatMap((key) => {
    const value = Object.hasOwn(values, key) ? values[key] : undefined
    return against(of === "" ? key : keyed(of, key), patterns[key], value, weightOf(key, value))
  }),
  ...exact
    ? Object.keys(values).filter((key) => values[key] !== undefined && !Object.hasOwn(patterns, key)).map((key) => ({
      what: of === "" ? key : keyed(of, key),
      expected: "nothing",
      found: Pattern.show(values[key]),
      weight: weights.detail
    }))
    : []
]

const isName = (key: string): boolean => key === "name" || key === "type" || key === "model"

const weigh = (patterns: Readonly<Record<string, unknown>>) => (key: string, value: unknown): number =>
  isName(key) ? nameWeight(patterns[key], value) : weights.detail

const eventReasons = ({ event, exact }: SpanExpectation, { span }: Node): ReadonlyArray<Reason> => {
  if (event === undefined) return []
  const { fields, kind } = event
  const found = span.attributes[kindKey]
  const isKind = found === kind.name
  const values = isKind ? kind.fromAttributes(span.attributes) as Readonly<Record<string, unknown>> : {}
  const reasons = record("", fields, values, exact && isKind, weigh(fields))
  if (isKind) return reasons
  const is = { what: "kind of event", expected: kind.name, found: found === undefined ? "none" : String(found) }
  return [{ ...is, weight: weights.is }, ...reasons]
}

const sessionReasons = ({ session }: SpanExpectation, { decoded, span }: Node): ReadonlyArray<Reason> => {
  if (session === undefined) return []
  const isSession = decoded.category === "session"
  const values = !isSession ? {} : {
    name: decoded.sessionName ?? decoded.title,
    endState: decoded.endState,
    endStateReason: decoded.endStateReason,
    tags: decoded.tags,
    userId: decoded.userId,
    agent: decoded.agentName
  }
  const reasons = record(
    "",
    session as object as Readonly<Record<string, unknown>>,
    values,
    false,
    (key) => isName(key) ? weights.name : weights.detail
  )
  return isSession
    ? reasons
    : [{ what: "span", expected: "a session", found: span.name, weight: weights.is }, ...reasons]
}

// Source locations are on some spans of a kind only, so they are compared only if the expectation names them.
const comparedAttributes = (
  self: SpanExpectation,
  attributes: Node["span"]["attributes"]
): Node["span"]["attributes"] =>
  self.exact
    ? Object.fromEntries(
      Object.entries(attributes).filter(([key]) => !isVolatile(key) || Object.hasOwn(self.attributes ?? {}, key))
    )
    : attributes

/** How many facts an expectation names. @internal */
export const expectedCount = (self: SpanExpectation): number =>
  Object.keys(self.event?.fields ?? {}).length + Object.keys(self.session ?? {}).length +
  Object.keys(self.attributes ?? {}).length

/** The differences between a span and its expectation. The list is empty if the span matches. @internal */
export const matchSpan = (self: SpanExpectation, node: Node): ReadonlyArray<Reason> => {
  const { span } = node
  const { status } = self
  return [
    ...against("name", self.name, span.name, nameWeight(self.name, span.name)),
    ...eventReasons(self, node),
    ...sessionReasons(self, node),
    ...against("kind", self.kind, span.kind, weights.state),
    ...typeof status === "string"
      ? against("status", status, span.status.code, weights.state)
      : against("status", status, span.status, weights.state),
    ...against("error", self.error, span.attributes["error.type"], weights.detail),
    ...against("attempts", self.attempts, node.attempts.length, weights.detail),
    ...against("events", self.events, span.events, weights.detail),
    ...self.attributes === undefined && (!self.exact || self.event !== undefined)
      ? []
      : record("attributes", self.attributes ?? {}, comparedAttributes(self, span.attributes), self.exact)
  ]
}
