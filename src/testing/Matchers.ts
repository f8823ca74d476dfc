/**
 * Matchers for vitest, and for any runner whose `expect.extend` takes functions that return `pass` and `message`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type { SpanData } from "../core/SpanData.ts"
import * as Expectation from "./Expectation.ts"
import * as Trajectory from "./Trajectory.ts"

/**
 * The result of a matcher.
 *
 * @category models
 * @since 0.1.0
 */
export interface Outcome {
  readonly pass: boolean
  readonly message: () => string
}

/**
 * The matchers as methods of the runner's assertion, for its types.
 *
 * **Example** (once, in a file that vitest's TypeScript project includes)
 *
 * ```ts no-run
 * import type { TraceMatchers } from "effect-agentops/testing/Matchers"
 *
 * declare module "vitest" {
 *   interface Matchers<R, T> extends TraceMatchers<R> {}
 * }
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface TraceMatchers<R = void> {
  /** The spans match the expectation. */
  readonly toMatchTrace: (expected: Expectation.SpanExpectation | Expectation.ForestExpectation) => R
  /** The agent's calls break none of the rules. */
  readonly toFollow: (...rules: ReadonlyArray<Trajectory.Rule>) => R
}

/**
 * The matchers, for `expect.extend`.
 *
 * **Example** (in a file that runs before the tests, or at the top of a test)
 *
 * ```ts
 * import { SpanData } from "effect-agentops"
 * import { Expectation, Matchers } from "effect-agentops/testing"
 * import { expect } from "vitest"
 *
 * expect.extend(Matchers.matchers)
 *
 * const spans = [SpanData.make({ name: "GET /orders" })]
 * Matchers.matchers.toMatchTrace(spans, Expectation.span("GET /orders")).pass // => true
 * ```
 *
 * @category matchers
 * @since 0.1.0
 */
export const matchers = {
  /** The spans match the expectation. */
  toMatchTrace: (
    spans: ReadonlyArray<SpanData>,
    expected: Expectation.SpanExpectation | Expectation.ForestExpectation
  ): Outcome => {
    const result = Expectation.check(spans, expected)
    return Result.isFailure(result)
      ? { pass: false, message: () => result.failure.message }
      : { pass: true, message: () => "The trace is as expected, and it is expected not to be" }
  },
  /** The agent's calls break none of the rules. */
  toFollow: (spans: ReadonlyArray<SpanData>, ...rules: ReadonlyArray<Trajectory.Rule>): Outcome => {
    const result = Trajectory.check(spans, rules)
    return Result.isFailure(result)
      ? { pass: false, message: () => result.failure.message }
      : {
        pass: true,
        message: () =>
          `The agent follows the rules, and is expected not to: ${rules.map(({ name }) => name).join("; ")}`
      }
  }
}
