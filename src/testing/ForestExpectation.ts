/**
 * What spans beside each other are expected to be: which of them, how many, in which order.
 *
 * `Expectation` has all of this, and what matches spans with it.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import type { ForestExpectation, SpanExpectation } from "./SpanExpectation.ts"
import { list } from "./SpanExpectation.ts"

/**
 * These spans, in this order; others may be before, between and after them.
 *
 * @category forests
 * @since 0.1.0
 */
export const inOrder = (...items: ReadonlyArray<SpanExpectation>): ForestExpectation => ({
  _tag: "List",
  items,
  ordered: true,
  exact: false
})

/**
 * These spans, each a span of its own, in any order; others may be there too.
 *
 * @category forests
 * @since 0.1.0
 */
export const inAnyOrder = (...items: ReadonlyArray<SpanExpectation>): ForestExpectation => ({
  _tag: "List",
  items,
  ordered: false,
  exact: false
})

/**
 * At least so many such spans.
 *
 * @category forests
 * @since 0.1.0
 */
export const atLeast = (min: number, item: SpanExpectation): ForestExpectation => ({
  _tag: "Count",
  item,
  min,
  max: Infinity
})

/**
 * At most so many such spans.
 *
 * @category forests
 * @since 0.1.0
 */
export const atMost = (max: number, item: SpanExpectation): ForestExpectation => ({ _tag: "Count", item, min: 0, max })

/**
 * At least one such span.
 *
 * @category forests
 * @since 0.1.0
 */
export const some = (item: SpanExpectation): ForestExpectation => atLeast(1, item)

/**
 * No such span.
 *
 * @category forests
 * @since 0.1.0
 */
export const none = (item: SpanExpectation): ForestExpectation => atMost(0, item)

/**
 * Every span is such a span. It holds where there is no span.
 *
 * @category forests
 * @since 0.1.0
 */
export const all = (item: SpanExpectation): ForestExpectation => ({ _tag: "All", item })

/**
 * All of these at once.
 *
 * @category forests
 * @since 0.1.0
 */
export const both = (...parts: ReadonlyArray<ForestExpectation>): ForestExpectation => ({ _tag: "Both", parts })

/**
 * The spans and all that is below them, in the order of a walk from the top, rather than the spans alone.
 *
 * **Example** (a tool, however deep)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceAgent, traceTool } from "effect-agentops"
 * import { Expectation, TestTracing } from "effect-agentops/testing"
 *
 * const program = Effect.void.pipe(traceTool("refund"), traceAgent("support"))
 * const { spans } = await Effect.runPromise(TestTracing.run(program))
 *
 * Expectation.matches(spans, Expectation.anywhere(Expectation.some(Expectation.tool("refund")))) // => true
 * ```
 *
 * @category forests
 * @since 0.1.0
 */
export const anywhere = (forest: ForestExpectation | ReadonlyArray<SpanExpectation>): ForestExpectation => ({
  _tag: "Anywhere",
  forest: list(forest)!
})

/**
 * Nothing beside what is said.
 *
 * **Details**
 *
 * Of a span: no other attribute than those that are named, no other field, and no child where none is said. The lines
 * of the program and the time to the first chunk may be there. Of a list: no other span.
 *
 * @category modifiers
 * @since 0.1.0
 */
export const exactly: {
  /** Nothing beside what is said of the span. */
  (self: SpanExpectation): SpanExpectation
  /** No span beside those of the list. */
  (self: ForestExpectation): ForestExpectation
} = ((self: SpanExpectation | ForestExpectation) => {
  switch (self._tag) {
    case "Span":
      return {
        ...self,
        exact: true,
        children: self.children === undefined ? exactly(inOrder()) : exactly(self.children)
      }
    case "List":
      return { ...self, exact: true }
    case "Both":
      return { ...self, parts: self.parts.map((part) => exactly(part)) }
    case "Anywhere":
      return { ...self, forest: exactly(self.forest) }
    default:
      return self
  }
}) as never

/**
 * The same span, with these expectations for its children.
 *
 * @category modifiers
 * @since 0.1.0
 */
export const withChildren: {
  /** The same span, with these expectations for its children. */
  (children: ForestExpectation | ReadonlyArray<SpanExpectation>): (self: SpanExpectation) => SpanExpectation
  /** The same span, with these expectations for its children. */
  (self: SpanExpectation, children: ForestExpectation | ReadonlyArray<SpanExpectation>): SpanExpectation
} = dual(
  2,
  (self: SpanExpectation, children: ForestExpectation | ReadonlyArray<SpanExpectation>): SpanExpectation => ({
    ...self,
    children: list(children)
  })
)
