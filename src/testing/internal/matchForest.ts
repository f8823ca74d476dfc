/**
 * Matches expectations of sibling spans against all the spans at once.
 *
 * @internal
 */
import type { Node } from "../../convention/SpanTree.ts"
import * as SpanTree from "../../convention/SpanTree.ts"
import type { Problem, Row } from "../Mismatch.ts"
import type { ForestExpectation, SpanExpectation } from "../SpanExpectation.ts"
import { assign, assignInOrder } from "./assign.ts"
import { expectedCount, matchSpan, problemOf } from "./matchSpan.ts"

/** The cost of a match and its differences. The spans match if the cost is zero. @internal */
export interface Outcome {
  readonly cost: number
  readonly problems: ReadonlyArray<Problem>
  readonly rows: ReadonlyArray<Row>
}

const nothing: Outcome = { cost: 0, problems: [], rows: [] }

// A missing span costs more than a span of the wrong name or kind, which costs 6.
const missingCost = 7
const unexpectedCost = 4

const leastOf = (forest: ForestExpectation): number => {
  switch (forest._tag) {
    case "List":
      return forest.items.reduce((sum, item) => sum + costOf(item), 0)
    case "Count":
      return forest.min * costOf(forest.item)
    case "All":
      return 0
    case "Both":
      return forest.parts.reduce((sum, part) => sum + leastOf(part), 0)
    case "Anywhere":
      return leastOf(forest.forest)
  }
}

const costOf = (item: SpanExpectation): number =>
  missingCost + expectedCount(item) + (item.children === undefined ? 0 : leastOf(item.children))

const deeper = (row: Row): Row => ({ ...row, depth: row.depth + 1 })

const found = (node: Node, mark: Row["mark"]): ReadonlyArray<Row> => [
  { depth: 0, expected: undefined, found: SpanTree.label(node), mark },
  ...node.children.flatMap((child) => found(child, mark)).map(deeper)
]

const expected = (item: SpanExpectation): ReadonlyArray<Row> => [
  { depth: 0, expected: item.label, found: undefined, mark: "missing" },
  ...expectedForest(item.children).map(deeper)
]

const expectedForest = (forest: ForestExpectation | undefined): ReadonlyArray<Row> => {
  if (forest === undefined) return []
  switch (forest._tag) {
    case "List":
      return forest.items.flatMap(expected)
    case "Both":
      return forest.parts.flatMap(expectedForest)
    case "Anywhere":
      return expectedForest(forest.forest)
    default:
      return forest._tag === "Count" && forest.min > 0 ? expected(forest.item) : []
  }
}

/** Caches the outcomes of pairs, because each is needed more than once. */
class Pairs {
  readonly #known = new Map<SpanExpectation, Map<Node, Outcome>>()

  of(item: SpanExpectation, node: Node): Outcome {
    let ofItem = this.#known.get(item)
    if (ofItem === undefined) this.#known.set(item, ofItem = new Map())
    let outcome = ofItem.get(node)
    if (outcome === undefined) ofItem.set(node, outcome = this.#match(item, node))
    return outcome
  }

  #match(item: SpanExpectation, node: Node): Outcome {
    const reasons = matchSpan(item, node)
    const below = item.children === undefined
      ? { ...nothing, rows: node.children.flatMap((child) => found(child, "other")) }
      : forestOutcome(item.children, node.children, this)
    return {
      cost: reasons.reduce((sum, { weight }) => sum + weight, 0) + below.cost,
      problems: [
        ...reasons.map((reason) => problemOf([item.label], reason)),
        ...below.problems.map((problem) => within(item.label, problem))
      ],
      rows: [
        {
          depth: 0,
          expected: item.label,
          found: SpanTree.label(node),
          mark: reasons.length === 0 ? "same" : "differs"
        },
        ...below.rows.map(deeper)
      ]
    }
  }
}

const within = (label: string, problem: Problem): Problem => ({
  ...problem,
  path: [label, ...problem.path],
  message: problem.path.length === 0 ? `${label}: ${problem.message}` : `${label} › ${problem.message}`
})

/** The span with the lowest cost for an expectation that has no span. */
const nearest = (
  item: SpanExpectation,
  candidates: ReadonlyArray<Node>,
  pairs: Pairs
): { readonly node: Node; readonly outcome: Outcome } | undefined => {
  let best: { readonly node: Node; readonly outcome: Outcome } | undefined
  for (const node of candidates) {
    const outcome = pairs.of(item, node)
    if (best === undefined || outcome.cost < best.outcome.cost) best = { node, outcome }
  }
  return best
}

const reasonsOf = (problems: ReadonlyArray<Problem>): string =>
  problems.slice(0, 3).map(({ expected, found, what }) => `${what}: expected ${expected}, found ${found}`).join("; ") +
  (problems.length > 3 ? `; and ${problems.length - 3} more` : "")

const missing = (
  item: SpanExpectation,
  beside: ReadonlyArray<Node>,
  free: ReadonlyArray<Node>,
  pairs: Pairs
): Problem => {
  const below = SpanTree.flatten(beside).filter((node) => !beside.includes(node))
  const near = nearest(item, free, pairs)
  const deep = near?.outcome.cost === 0 ? undefined : nearest(item, below, pairs)
  const why = near?.outcome.cost === 0
    ? "it is there, but not in this order"
    : deep?.outcome.cost === 0
    ? "it is there, but further below: look with Expectation.anywhere"
    : near !== undefined
    ? `the nearest is ${SpanTree.label(near.node)}: ${reasonsOf(near.outcome.problems)}`
    : beside.length === 0
    ? "there is no span here"
    : "each span here is another one that was expected"
  return {
    path: [],
    what: "span",
    expected: item.label,
    found: near === undefined ? "none" : SpanTree.label(near.node),
    message: `expected ${item.label}, and it is missing; ${why}`
  }
}

const listOutcome = (
  { exact, items, ordered }: Extract<ForestExpectation, { readonly _tag: "List" }>,
  nodes: ReadonlyArray<Node>,
  pairs: Pairs
): Outcome => {
  const chosen = (ordered ? assignInOrder : assign)({
    rows: items.length,
    columns: nodes.length,
    pair: (i, j) => pairs.of(items[i]!, nodes[j]!).cost,
    missing: (i) => costOf(items[i]!) + (exact ? unexpectedCost : 0)
  })
  const itemOf = new Map<number, number>()
  chosen.forEach((j, i) => {
    if (j >= 0) itemOf.set(j, i)
  })
  const free = nodes.filter((_, j) => !itemOf.has(j))
  const problems: Array<Problem> = []
  const rows: Array<Row> = []
  let cost = 0
  let next = 0
  const addMissing = (until: number) => {
    for (; next < until; next++) {
      const item = items[next]!
      if (chosen[next]! >= 0) continue
      cost += costOf(item)
      problems.push(missing(item, nodes, free, pairs))
      rows.push(...expected(item))
    }
  }
  nodes.forEach((node, j) => {
    const i = itemOf.get(j)
    if (i === undefined) {
      rows.push(...found(node, exact ? "unexpected" : "other"))
      if (!exact) return
      cost += unexpectedCost
      problems.push(unexpected(node))
      return
    }
    if (ordered) addMissing(i)
    const outcome = pairs.of(items[i]!, node)
    cost += outcome.cost
    problems.push(...outcome.problems)
    rows.push(...outcome.rows)
  })
  addMissing(items.length)
  return { cost, problems, rows }
}

const unexpected = (node: Node): Problem => ({
  path: [],
  what: "span",
  expected: "no other span",
  found: SpanTree.label(node),
  message: `expected no other span, found ${SpanTree.label(node)}`
})

const countOutcome = (
  { item, max, min }: Extract<ForestExpectation, { readonly _tag: "Count" }>,
  nodes: ReadonlyArray<Node>,
  pairs: Pairs
): Outcome => {
  const outcomes = nodes.map((node) => pairs.of(item, node))
  const count = outcomes.filter(({ cost }) => cost === 0).length
  const rows = nodes.flatMap((node, i) =>
    outcomes[i]!.cost === 0
      ? max === 0 ? found(node, "unexpected") : outcomes[i]!.rows
      : found(node, "other")
  )
  if (count > max) {
    const problem = {
      path: [],
      what: "count",
      expected: max === 0 ? `no ${item.label}` : `at most ${max} of ${item.label}`,
      found: `${count}`
    }
    return {
      cost: (count - max) * unexpectedCost,
      rows,
      problems: [{ ...problem, message: `expected ${problem.expected}, found ${count}` }]
    }
  }
  if (count >= min) return { cost: 0, problems: [], rows }
  const others = nodes.filter((_, i) => outcomes[i]!.cost > 0)
  const near = missing(item, nodes, others, pairs)
  const what = min === 1 ? `some ${item.label}` : `at least ${min} of ${item.label}`
  return {
    cost: (min - count) * costOf(item),
    rows: [...rows, ...expected(item)],
    problems: [{
      path: [],
      what: "count",
      expected: what,
      found: `${count}`,
      message: `expected ${what}, found ${count === 0 ? "none" : count}; ${near.message.replace(/^.*?missing; /, "")}`
    }]
  }
}

const forestOutcome = (forest: ForestExpectation, nodes: ReadonlyArray<Node>, pairs: Pairs): Outcome => {
  switch (forest._tag) {
    case "List":
      return listOutcome(forest, nodes, pairs)
    case "Count":
      return countOutcome(forest, nodes, pairs)
    case "All": {
      const outcomes = nodes.map((node) => pairs.of(forest.item, node))
      return {
        cost: outcomes.reduce((sum, { cost }) => sum + cost, 0),
        problems: outcomes.flatMap(({ problems }, i) =>
          problems.map((problem) => ({ ...problem, message: `${SpanTree.label(nodes[i]!)} is not ${problem.message}` }))
        ),
        rows: outcomes.flatMap(({ rows }) => rows)
      }
    }
    case "Both": {
      const outcomes = forest.parts.map((part) => forestOutcome(part, nodes, pairs))
      // All parts match the same spans, so the first part that fails is shown.
      const shown = outcomes.find(({ cost }) => cost > 0) ?? outcomes[0]
      return {
        cost: outcomes.reduce((sum, { cost }) => sum + cost, 0),
        problems: outcomes.flatMap(({ problems }) => problems),
        rows: shown?.rows ?? []
      }
    }
    case "Anywhere":
      return forestOutcome(forest.forest, SpanTree.flatten(nodes), pairs)
  }
}

/** @internal */
export const matchForest = (forest: ForestExpectation, nodes: ReadonlyArray<Node>): Outcome =>
  forestOutcome(forest, nodes, new Pairs())
