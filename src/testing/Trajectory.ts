/**
 * Rules for the calls that an agent makes on its way to an answer, independent of the shape of its trace.
 *
 * A rule examines the calls of models and tools, ordered by start. {@link check} reports every broken rule, with the
 * tools that the agent called.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { dual } from "effect/Function"
import * as Result from "effect/Result"
import * as SpanTree from "../convention/SpanTree.ts"
import type { SpanData } from "../core/SpanData.ts"
import { textOf } from "./internal/answers.ts"
import type { Rule, Run } from "./TrajectoryRule.ts"

export {
  answeredFrom,
  atMostModelCalls,
  atMostToolCalls,
  type Limits,
  never,
  noErrorsExcept,
  type Rule,
  type Run,
  type Tool,
  toolsInOrder,
  within
} from "./TrajectoryRule.ts"

/**
 * An agent broke a rule.
 *
 * @category errors
 * @since 0.1.0
 */
export class TrajectoryError extends Data.TaggedError("TrajectoryError")<{
  readonly message: string
  /** The violations, each with the name of its rule. */
  readonly broken: ReadonlyArray<{ readonly rule: string; readonly message: string }>
}> {}

/**
 * Reads the trajectory from spans.
 *
 * **Details**
 *
 * The answer is the text of the last model call that has one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = (spans: ReadonlyArray<SpanData>): Run => {
  // Flattening puts concurrent agents one after the other, so the spans are sorted by start.
  const all = [...SpanTree.flatten(SpanTree.make(spans))].sort((a, b) => SpanTree.byStart(a.span, b.span))
  const modelCalls = all.filter(({ decoded }) => decoded.category === "llm" || decoded.category === "embeddings")
  const answer = modelCalls.map(textOf).findLast((text) => text !== undefined)
  return { spans: all, modelCalls, toolCalls: all.filter(({ decoded }) => decoded.category === "tool"), answer }
}

/**
 * The violations of the rules, each as a sentence that begins with the rule's name.
 *
 * @category checking
 * @since 0.1.0
 */
export const brokenBy = (
  spans: ReadonlyArray<SpanData>,
  ...rules: ReadonlyArray<Rule>
): ReadonlyArray<string> => {
  const run = read(spans)
  return rules.flatMap(({ broken, name }) => broken(run).map((message) => `${name}: ${message}`))
}

/**
 * Checks the trajectory of an agent.
 *
 * **Details**
 *
 * Data-last and data-first. Succeeds with the trajectory, and fails with a {@link TrajectoryError} that lists every
 * violation.
 *
 * @category checking
 * @since 0.1.0
 */
export const check: {
  /** Checks the trajectory of an agent: the rules first, the spans after them. */
  (rules: ReadonlyArray<Rule>): (spans: ReadonlyArray<SpanData>) => Result.Result<Run, TrajectoryError>
  /** Checks the trajectory of an agent. */
  (spans: ReadonlyArray<SpanData>, rules: ReadonlyArray<Rule>): Result.Result<Run, TrajectoryError>
} = dual(2, (spans: ReadonlyArray<SpanData>, rules: ReadonlyArray<Rule>): Result.Result<Run, TrajectoryError> => {
  const run = read(spans)
  const broken = rules.flatMap((rule) => rule.broken(run).map((message) => ({ rule: rule.name, message })))
  if (broken.length === 0) return Result.succeed(run)
  const lines = broken.map(({ message, rule }) => `  ${rule}: ${message}`).join("\n")
  return Result.fail(new TrajectoryError({ broken, message: `The agent took a way that it may not:\n${lines}\n` }))
})

/**
 * Throws a {@link TrajectoryError} if a rule is broken: the assertion for any test runner.
 *
 * @category checking
 * @since 0.1.0
 */
export const assert: {
  /** Throws if a rule is broken: the rules first, the spans after them. */
  (rules: ReadonlyArray<Rule>): (spans: ReadonlyArray<SpanData>) => void
  /** Throws if a rule is broken. */
  (spans: ReadonlyArray<SpanData>, rules: ReadonlyArray<Rule>): void
} = dual(2, (spans: ReadonlyArray<SpanData>, rules: ReadonlyArray<Rule>): void => {
  const result = check(spans, rules)
  if (Result.isFailure(result)) throw result.failure
})
