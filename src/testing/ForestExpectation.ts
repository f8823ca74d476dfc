/**
 * Expectations of sibling spans: which spans, how many, and in which order.
 *
 * `Expectation` exports all of this, with the functions that check spans.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import type { ForestExpectation, SpanExpectation } from "./SpanExpectation.ts"
import { list } from "./SpanExpectation.ts"

/**
 * These spans in this order. Other spans may come before, between and after them.
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
 * These spans in any order, each matched by a different span. Other spans may be there too.
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
 * At least `min` such spans.
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
 * At most `max` such spans.
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
 * Every span is such a span. An empty list of spans matches.
 *
 * @category forests
 * @since 0.1.0
 */
export const all = (item: SpanExpectation): ForestExpectation => ({ _tag: "All", item })

/**
 * All of these expectations together.
 *
 * @category forests
 * @since 0.1.0
 */
export const both = (...parts: ReadonlyArray<ForestExpectation>): ForestExpectation => ({ _tag: "Both", parts })

/**
 * Applies an expectation to the spans and all their descendants, parents before children.
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
 * Allows nothing that the expectation does not name.
 *
 * **Details**
 *
 * A span may have no other attribute or field than those named, and no child if no child is named. Source locations and
 * the time to the first chunk are always allowed. A list may have no other span.
 *
 * @category modifiers
 * @since 0.1.0
 */
export const exactly: {
  /** Allows nothing on the span that the expectation does not name. */
  (self: SpanExpectation): SpanExpectation
  /** Allows no spans other than those of the list. */
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
