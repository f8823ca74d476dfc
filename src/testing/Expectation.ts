/**
 * Expectations of traces, and functions that check a trace against them.
 *
 * An expectation is a value. Facts that it does not name may be anything, unless it is {@link exactly}. {@link check}
 * matches all spans at once, with the alignment that leaves the fewest differences. A mismatch shows the expected and
 * the found tree side by side.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Result from "effect/Result"
import * as SpanTree from "../convention/SpanTree.ts"
import type { AttributeValue } from "../core/Attribute.ts"
import type { SpanData } from "../core/SpanData.ts"
import { Memory } from "../export/Exporter.ts"
import { exactly, inOrder } from "./ForestExpectation.ts"
import { matchForest } from "./internal/matchForest.ts"
import { isVolatile } from "./internal/volatile.ts"
import { Mismatch } from "./Mismatch.ts"
import * as Pattern from "./Pattern.ts"
import type { ForestExpectation, SpanExpectation } from "./SpanExpectation.ts"

export * from "./ForestExpectation.ts"
export * from "./SpanExpectation.ts"
export {
  /** The error for spans that do not match: `message` explains all differences, and `problems` lists them. */
  Mismatch
}

/**
 * The exact expectation of a tree: its names, kinds, states, errors, attributes and children.
 *
 * **Details**
 *
 * Times, ids, source locations and stacks are left out, because they differ from run to run. An attribute whose value
 * is the session's id must be present with any value. The expectation names every other fact of the spans, and allows
 * no further fact.
 *
 * @category constructors
 * @since 0.1.0
 */
export const of = (node: SpanTree.Node): SpanExpectation => ({
  _tag: "Span",
  label: SpanTree.label(node),
  name: node.span.name,
  kind: node.span.kind,
  status: exactStatus(node.span.status),
  attempts: node.attempts.length,
  attributes: Object.fromEntries(
    Object.entries(node.span.attributes).filter(([key]) => !isVolatile(key)).map(([key, value]) => [
      key,
      isSessionId(value, node) ? Pattern.present : Pattern.exactly(value)
    ])
  ),
  events: node.span.events.map(({ attributes, name }) => ({
    name,
    attributes: { ...attributes, "exception.stacktrace": undefined }
  })) as never,
  children: exactly(inOrder(...node.children.map(of))),
  exact: true
})

const exactStatus = ({ code, message }: SpanData["status"]) => ({ code, message: message ?? Pattern.absent })

const isSessionId = (value: AttributeValue, { decoded, span }: SpanTree.Node): boolean =>
  value === decoded.sessionId || value === span.traceId

type Trace = ReadonlyArray<SpanData> | ReadonlyArray<SpanTree.Node>

const treesOf = (trace: Trace): ReadonlyArray<SpanTree.Node> =>
  trace.length > 0 && "span" in trace[0]!
    ? trace as ReadonlyArray<SpanTree.Node>
    : SpanTree.make(trace as ReadonlyArray<SpanData>)

/**
 * Checks spans against an expectation.
 *
 * **Details**
 *
 * Data-last and data-first. The expectation is about the roots of the given spans: an expectation of one span requires
 * that one root matches. {@link anywhere} includes their descendants. Succeeds with the trees, and fails with a
 * {@link Mismatch}.
 *
 * **Example** (why not)
 *
 * ```ts
 * import { Result } from "effect"
 * import { SpanData } from "effect-agentops"
 * import { Expectation } from "effect-agentops/testing"
 *
 * const spans = [SpanData.make({ name: "GET /orders" })]
 * const result = Expectation.check(spans, Expectation.span("GET /order"))
 *
 * Result.isFailure(result) && result.failure.problems.map(({ message }) => message)
 * // => ['GET /order: name: expected "GET /order", found "GET /orders"']
 * ```
 *
 * @category matching
 * @since 0.1.0
 */
export const check: {
  /** Checks spans against an expectation: the expectation first, the spans after it. */
  (
    expected: SpanExpectation | ForestExpectation
  ): (trace: Trace) => Result.Result<ReadonlyArray<SpanTree.Node>, Mismatch>
  /** Checks spans against an expectation. */
  (trace: Trace, expected: SpanExpectation | ForestExpectation): Result.Result<ReadonlyArray<SpanTree.Node>, Mismatch>
} = dual(2, (trace: Trace, expected: SpanExpectation | ForestExpectation) => {
  const trees = treesOf(trace)
  const outcome = matchForest(expected._tag === "Span" ? inOrder(expected) : expected, trees)
  return outcome.cost === 0 ? Result.succeed(trees) : Result.fail(Mismatch.of(outcome))
})

/**
 * Whether spans match an expectation.
 *
 * @category matching
 * @since 0.1.0
 */
export const matches: {
  /** Whether spans match an expectation: the expectation first, the spans after it. */
  (expected: SpanExpectation | ForestExpectation): (trace: Trace) => boolean
  /** Whether spans match an expectation. */
  (trace: Trace, expected: SpanExpectation | ForestExpectation): boolean
} = dual(
  2,
  (trace: Trace, expected: SpanExpectation | ForestExpectation): boolean => Result.isSuccess(check(trace, expected))
)

/**
 * Throws a {@link Mismatch} if spans do not match: the assertion for any test runner.
 *
 * @category matching
 * @since 0.1.0
 */
export const assert: {
  /** Throws if spans do not match: the expectation first, the spans after it. */
  (expected: SpanExpectation | ForestExpectation): (trace: Trace) => void
  /** Throws if spans do not match. */
  (trace: Trace, expected: SpanExpectation | ForestExpectation): void
} = dual(2, (trace: Trace, expected: SpanExpectation | ForestExpectation): void => {
  const result = check(trace, expected)
  if (Result.isFailure(result)) throw result.failure
})

/**
 * Fails with a {@link Mismatch} if the spans of `Exporter.Memory` do not match.
 *
 * **Example** (in the middle of a program)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceTool } from "effect-agentops"
 * import { Expectation, TestTracing } from "effect-agentops/testing"
 *
 * const program = Effect.gen(function*() {
 *   yield* traceTool(Effect.void, "search")
 *   yield* Expectation.verify(Expectation.tool("search"))
 *   return "as expected"
 * })
 * await Effect.runPromise(Effect.provide(program, TestTracing.layer())) // => "as expected"
 * ```
 *
 * @category matching
 * @since 0.1.0
 */
export const verify = (
  expected: SpanExpectation | ForestExpectation
): Effect.Effect<ReadonlyArray<SpanTree.Node>, Mismatch, Memory> =>
  Effect.flatMap(Memory, (memory) => Effect.flatMap(memory.spans, (spans) => Effect.fromResult(check(spans, expected))))
