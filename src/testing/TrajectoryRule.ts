/**
 * Rules for the path of an agent: its tools, its model calls, and their cost, tokens and time.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import type { Node } from "../convention/SpanTree.ts"
import * as SpanTree from "../convention/SpanTree.ts"
import { inputTextOf, isIn, leaves } from "./internal/answers.ts"
import { compare, type Pattern, show } from "./Pattern.ts"

/**
 * The trajectory of an agent: all its spans, its model calls and its tool calls, each ordered by start. `answer` is the
 * last text of the agent, if the trace has it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Run {
  readonly spans: ReadonlyArray<Node>
  readonly modelCalls: ReadonlyArray<Node>
  readonly toolCalls: ReadonlyArray<Node>
  readonly answer: string | undefined
}

/**
 * A rule for a trajectory. `broken` returns one sentence for each violation.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rule {
  readonly name: string
  readonly broken: (run: Run) => ReadonlyArray<string>
}

/**
 * A tool by its name, or by its name and its parameters.
 *
 * @category models
 * @since 0.1.0
 */
export type Tool = Pattern<string> | { readonly name: Pattern<string>; readonly parameters?: unknown }

const isCall = (tool: Tool): tool is { readonly name: Pattern<string>; readonly parameters?: unknown } =>
  Predicate.isObject(tool) && !(tool instanceof RegExp) && "name" in tool

const fits = (tool: Tool) => ({ decoded }: Node): boolean =>
  isCall(tool)
    ? compare(tool.name, decoded.toolName).length === 0 &&
      (tool.parameters === undefined || compare(tool.parameters, decoded.input).length === 0)
    : compare(tool, decoded.toolName).length === 0

const named = (tool: Tool): string => {
  if (!isCall(tool)) return typeof tool === "string" ? tool : show(tool)
  const name = typeof tool.name === "string" ? tool.name : show(tool.name)
  return tool.parameters === undefined ? name : `${name}(${show(tool.parameters)})`
}

const wayOf = ({ toolCalls }: Run): string =>
  toolCalls.length === 0 ? "no tool was called" : toolCalls.map(({ decoded }) => decoded.toolName ?? "?").join(" → ")

const rule = (name: string, broken: Rule["broken"]): Rule => ({ name, broken })

/**
 * These tools were called in this order. Other tools may come between them, unless the rule is `exact`.
 *
 * **Example** (look before you change)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceTool } from "effect-agentops"
 * import { TestTracing, Trajectory } from "effect-agentops/testing"
 *
 * const change = Effect.void.pipe(traceTool("change"))
 * const look = Effect.void.pipe(traceTool("look"))
 * const spans = await Effect.runPromise(TestTracing.spansOf(Effect.andThen(change, look)))
 *
 * Trajectory.brokenBy(spans, Trajectory.toolsInOrder(["look", "change"]))
 * // => ['look → change: change is not called after look; the tools were change → look']
 * ```
 *
 * @category rules
 * @since 0.1.0
 */
export const toolsInOrder = (
  tools: ReadonlyArray<Tool>,
  options?: { readonly exact?: boolean | undefined }
): Rule => {
  const name = tools.map(named).join(" → ")
  return rule(name, (run) => {
    let at = 0
    for (const [i, tool] of tools.entries()) {
      const found = run.toolCalls.findIndex((call, j) => j >= at && fits(tool)(call))
      if (found < 0) {
        const after = i === 0 ? "" : ` after ${named(tools[i - 1]!)}`
        return [`${named(tool)} is not called${after}; the tools were ${wayOf(run)}`]
      }
      at = found + 1
    }
    return options?.exact === true && run.toolCalls.length !== tools.length
      ? [`expected these tools and no others; the tools were ${wayOf(run)}`]
      : []
  })
}

/**
 * This tool was never called.
 *
 * @category rules
 * @since 0.1.0
 */
export const never = (tool: Tool): Rule =>
  rule(`never ${named(tool)}`, (run) => {
    const calls = run.toolCalls.filter(fits(tool))
    return calls.map(({ decoded }) =>
      `${named(tool)} is called${decoded.input === undefined ? "" : ` with ${show(decoded.input)}`}; the tools were ${
        wayOf(run)
      }`
    )
  })

/**
 * At most `max` model calls.
 *
 * @category rules
 * @since 0.1.0
 */
export const atMostModelCalls = (max: number): Rule =>
  rule(
    `at most ${max} model calls`,
    ({ modelCalls }) => modelCalls.length > max ? [`there are ${modelCalls.length}`] : []
  )

/**
 * At most `max` tool calls, or calls of one tool.
 *
 * @category rules
 * @since 0.1.0
 */
export const atMostToolCalls = (max: number, tool?: Tool): Rule =>
  rule(`at most ${max} calls of ${tool === undefined ? "tools" : named(tool)}`, (run) => {
    const count = tool === undefined ? run.toolCalls.length : run.toolCalls.filter(fits(tool)).length
    return count > max ? [`there are ${count}; the tools were ${wayOf(run)}`] : []
  })

/**
 * Limits of a run: US dollars, tokens in and out together, and time from the first start to the last end.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limits {
  readonly cost?: number | undefined
  readonly tokens?: number | undefined
  readonly duration?: Duration.Input | undefined
}

/**
 * The run stays within these limits.
 *
 * **Details**
 *
 * A model call of unknown cost breaks a cost limit, because its cost may exceed it.
 *
 * @category rules
 * @since 0.1.0
 */
export const within = (limits: Limits): Rule =>
  rule("within the budget", ({ modelCalls, spans }) => {
    const broken: Array<string> = []
    if (limits.cost !== undefined) {
      const unknown = modelCalls.filter(({ decoded }) => decoded.cost === undefined)
      const cost = modelCalls.reduce((sum, { decoded }) => sum + Math.round((decoded.cost ?? 0) * 1e9), 0) / 1e9
      if (cost > limits.cost) broken.push(`it cost $${cost}, and $${limits.cost} is the limit`)
      if (unknown.length > 0) {
        broken.push(
          `nobody knows what ${unknown.length} of ${modelCalls.length} model calls cost: ${
            [...new Set(unknown.map(({ decoded }) => decoded.title))].join(", ")
          }`
        )
      }
    }
    if (limits.tokens !== undefined) {
      const tokens = modelCalls.reduce(
        (sum, { decoded: { usage } }) => sum + (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0),
        0
      )
      if (tokens > limits.tokens) broken.push(`it took ${tokens} tokens, and ${limits.tokens} is the limit`)
    }
    if (limits.duration !== undefined && spans.length > 0) {
      const limit = Duration.fromInputUnsafe(limits.duration)
      const starts = spans.map(({ span }) => span.startTime)
      const ends = spans.map(({ span }) => span.endTime)
      const took = Duration.nanos(
        ends.reduce((a, b) => a > b ? a : b) - starts.reduce((a, b) => a < b ? a : b)
      )
      if (Duration.isGreaterThan(took, limit)) {
        broken.push(`it took ${Duration.format(took)}, and ${Duration.format(limit)} is the limit`)
      }
    }
    return broken
  })

/**
 * No span failed, except with one of these types. A type is the span's `error.type`.
 *
 * **Details**
 *
 * A failure that passes through several spans is reported once, for the span in which it began.
 *
 * @category rules
 * @since 0.1.0
 */
export const noErrorsExcept = (...types: ReadonlyArray<Pattern<string>>): Rule =>
  rule(
    types.length === 0 ? "no error" : `no error but ${types.map(show).join(", ")}`,
    ({ spans }) =>
      spans.flatMap((node) => {
        const { decoded } = node
        if (decoded.errorType === undefined || types.some((type) => compare(type, decoded.errorType).length === 0)) {
          return []
        }
        const passed = node.children.some((child) => child.decoded.errorType === decoded.errorType)
        const message = decoded.errorMessage === undefined ? "" : `: ${decoded.errorMessage}`
        return passed ? [] : [`${SpanTree.label(node)} failed with ${decoded.errorType}${message}`]
      })
  )

/**
 * The answer contains a value from this tool's result that was not in the first question.
 *
 * **Details**
 *
 * The values are all strings and numbers in the result. `value` selects other values, one of which the answer must
 * contain. The trace must have content.
 *
 * **Example** (the price is the tool's)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceLlmWith, traceTool } from "effect-agentops"
 * import { TestTracing, Trajectory } from "effect-agentops/testing"
 *
 * const outputMessages = [{ role: "assistant", parts: [{ type: "text" as const, content: "It is $12." }] }]
 * const program = Effect.succeed({ price: 15 }).pipe(
 *   traceTool("price"),
 *   Effect.andThen(traceLlmWith(Effect.void, { outputMessages }))
 * )
 * const spans = await Effect.runPromise(TestTracing.spansOf(program))
 *
 * Trajectory.brokenBy(spans, Trajectory.answeredFrom("price"))
 * // => ['answered from price: the answer "It is $12." has nothing of its result {"price":15}']
 * ```
 *
 * @category rules
 * @since 0.1.0
 */
export const answeredFrom = (
  tool: Tool,
  options?: { readonly value?: ((result: unknown) => unknown) | undefined }
): Rule =>
  rule(`answered from ${named(tool)}`, (run) => {
    const calls = run.toolCalls.filter(fits(tool))
    if (calls.length === 0) return [`${named(tool)} is not called; the tools were ${wayOf(run)}`]
    const { answer } = run
    if (answer === undefined) return ["there is no answer in the trace: does it keep content?"]
    const results = calls.map(({ decoded }) => decoded.output).filter((result) => result !== undefined)
    if (results.length === 0) return ["the tool's result is not in the trace: does it keep content?"]
    const value = options?.value
    const question = inputTextOf(run.modelCalls[0])
    const wanted = value === undefined
      ? results.flatMap(leaves).filter((leaf) => !isIn(leaf, question))
      : results.map(value).flatMap(leaves)
    if (wanted.some((leaf) => isIn(leaf, answer))) return []
    if (value === undefined && wanted.length === 0 && results.flatMap(leaves).length > 0) {
      const result = results.map(show).join(" and ")
      return [`the first question has every value of its result ${result} already: select one with the option value`]
    }
    const what = value === undefined ? results.map(show).join(" and ") : results.map(value).map(show).join(" or ")
    return [`the answer ${show(answer)} has nothing of its result ${what}`]
  })
