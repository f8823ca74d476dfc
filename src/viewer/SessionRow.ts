/**
 * A session as one row of a list, folded from its spans, which may arrive in any order.
 *
 * @since 0.1.0
 */
import type { SpanView } from "./SpanView.ts"
import { failureOf, inputText, outputText } from "./SpanView.ts"

/**
 * The states of a session.
 *
 * @category constants
 * @since 0.1.0
 */
export const states = ["Running", "Success", "Fail", "Indeterminate"] as const

/**
 * The state of a session.
 *
 * **Details**
 *
 * `Running` is a session whose root has not arrived. The other states are its end state, or follow from its root's
 * status.
 *
 * @category models
 * @since 0.1.0
 */
export type SessionState = typeof states[number]

/**
 * The totals of one model's calls. `time` is in milliseconds, `cost` in US dollars.
 *
 * @category models
 * @since 0.1.0
 */
export interface ModelTotals {
  readonly model: string
  readonly calls: number
  readonly errors: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cost: number
  readonly time: number
}

/**
 * A session as one row of a list.
 *
 * **Details**
 *
 * Times are milliseconds since the Unix epoch, `duration` is in milliseconds, `cost` in US dollars. `unpricedCalls`
 * counts model calls with tokens but without a known price. If there are any, `cost` is a lower bound.
 *
 * @category models
 * @since 0.1.0
 */
export interface SessionRow {
  readonly traceId: string
  readonly sessionId: string | undefined
  readonly name: string
  readonly service: string
  readonly services: ReadonlyArray<string>
  readonly state: SessionState
  readonly reason: string | undefined
  readonly start: number
  readonly duration: number
  readonly spans: number
  readonly llmCalls: number
  readonly toolCalls: number
  readonly failedTools: number
  readonly errors: number
  readonly agents: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cachedTokens: number
  readonly cost: number
  readonly unpricedCalls: number
  /** The total duration of all model calls, in milliseconds. */
  readonly modelTime: number
  readonly models: ReadonlyArray<ModelTotals>
  readonly tags: ReadonlyArray<string>
  readonly userId: string | undefined
  readonly conversationId: string | undefined
  readonly input: string
  readonly output: string
  readonly error: string
}

/**
 * A row into which spans are still folded, with the state of the fold.
 *
 * @category models
 * @since 0.1.0
 */
export interface Draft extends SessionRow {
  readonly end: number
  /** The rank of the span that gave the name: a session ranks highest, then a root, then other spans. */
  readonly nameRank: number
  readonly namedAt: number
  readonly inputAt: number
  readonly outputAt: number
  readonly errorAt: number
  readonly rootSeen: boolean
  /**
   * Parents of counted model calls. A model call around another describes the same call, so it is not counted again.
   */
  readonly innerCalls: ReadonlyArray<string>
}

// Later than any date. `Infinity` would be lost in JSON.
const never = 8.64e15

/**
 * The row of a session without spans.
 *
 * @category constructors
 * @since 0.1.0
 */
export const empty = (traceId: string): Draft => ({
  traceId,
  sessionId: undefined,
  name: "",
  service: "",
  services: [],
  state: "Running",
  reason: undefined,
  start: never,
  duration: 0,
  spans: 0,
  llmCalls: 0,
  toolCalls: 0,
  failedTools: 0,
  errors: 0,
  agents: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  cost: 0,
  unpricedCalls: 0,
  modelTime: 0,
  models: [],
  tags: [],
  userId: undefined,
  conversationId: undefined,
  input: "",
  output: "",
  error: "",
  end: -never,
  nameRank: -1,
  namedAt: never,
  inputAt: never,
  outputAt: -never,
  errorAt: -never,
  rootSeen: false,
  innerCalls: []
})

const maxListed = 20
const maxInner = 1_000

const maxName = 200

// Keeps a very long name out of the list.
const short = (name: string): string =>
  name.length <= maxName ? name : `${name.slice(0, maxName - 1).replace(/[\ud800-\udbff]$/, "")}…`

const including = (list: ReadonlyArray<string>, given: string | undefined): ReadonlyArray<string> => {
  const value = short(given ?? "")
  return value === "" || list.includes(value) || list.length >= maxListed ? list : [...list, value]
}

const firstOf = (known: string | undefined, value: string | undefined): string | undefined =>
  known ?? (value === undefined ? undefined : short(value))

const withModel = (models: ReadonlyArray<ModelTotals>, span: SpanView): ReadonlyArray<ModelTotals> => {
  const model = short(span.responseModel ?? span.model ?? "unknown")
  const known = models.find((totals) => totals.model === model)
  if (known === undefined && models.length >= maxListed) return models
  const next: ModelTotals = {
    model,
    calls: (known?.calls ?? 0) + 1,
    errors: (known?.errors ?? 0) + (span.state === "failed" ? 1 : 0),
    inputTokens: (known?.inputTokens ?? 0) + (span.usage?.inputTokens ?? 0),
    outputTokens: (known?.outputTokens ?? 0) + (span.usage?.outputTokens ?? 0),
    cost: (known?.cost ?? 0) + (span.cost ?? 0),
    time: (known?.time ?? 0) + span.duration
  }
  return known === undefined ? [...models, next] : models.map((totals) => totals === known ? next : totals)
}

const nameRank = (span: SpanView): number =>
  span.category === "session"
    ? 4
    : span.parentSpanId === undefined
    ? 3
    : span.sessionName !== undefined
    ? 2
    : span.category === "agent"
    ? 1
    : 0

const stateOf = (span: SpanView): SessionState => {
  if (span.endState === "Success" || span.endState === "Fail" || span.endState === "Indeterminate") return span.endState
  return span.state === "failed" ? "Fail" : span.state === "interrupted" ? "Indeterminate" : "Success"
}

const events: ReadonlySet<string> = new Set(["llm", "embeddings", "tool", "agent", "action", "retrieval", "chain"])

/**
 * Folds one span into a row. A span must be folded only once.
 *
 * @category folding
 * @since 0.1.0
 */
export const fold = (draft: Draft, span: SpanView): Draft => {
  const end = Math.max(draft.end, span.start + span.duration)
  const start = Math.min(draft.start, span.start)
  const isRoot = span.parentSpanId === undefined || span.category === "session"
  const rank = nameRank(span)
  const named = rank > draft.nameRank || (rank === draft.nameRank && span.start < draft.namedAt)
  const isCall = span.category === "llm" || span.category === "embeddings"
  const counts = isCall && !draft.innerCalls.includes(span.spanId)
  const isTool = span.category === "tool"
  // The root of a failed session repeats the failure of a span below it.
  const failed = span.state === "failed" && events.has(span.category)
  const hasText = isRoot || isCall
  const question = hasText ? inputText(span) : ""
  const answer = hasText ? outputText(span) : ""
  const questionAt = isRoot ? -never : span.start
  const answerAt = isRoot ? never : span.start + span.duration
  const takesQuestion = question !== "" && questionAt < draft.inputAt
  const takesAnswer = answer !== "" && answerAt > draft.outputAt
  const problem = failureOf(span)
  const takesProblem = problem !== "" && span.start + span.duration > draft.errorAt
  return {
    ...draft,
    sessionId: firstOf(draft.sessionId, span.sessionId),
    name: named ? short(span.sessionName ?? span.title) : draft.name,
    nameRank: named ? rank : draft.nameRank,
    namedAt: named ? span.start : draft.namedAt,
    service: named ? short(span.service) : draft.service,
    services: including(draft.services, span.service),
    state: isRoot && named ? stateOf(span) : draft.state,
    reason: isRoot && named ? firstOf(undefined, span.endStateReason) : draft.reason,
    rootSeen: draft.rootSeen || isRoot,
    start,
    end,
    duration: end - start,
    spans: draft.spans + 1,
    llmCalls: draft.llmCalls + (counts ? 1 : 0),
    toolCalls: draft.toolCalls + (isTool ? 1 : 0),
    failedTools: draft.failedTools + (isTool && span.state === "failed" ? 1 : 0),
    errors: draft.errors + (failed ? 1 : 0),
    agents: draft.agents + (span.category === "agent" ? 1 : 0),
    inputTokens: draft.inputTokens + (counts ? span.usage?.inputTokens ?? 0 : 0),
    outputTokens: draft.outputTokens + (counts ? span.usage?.outputTokens ?? 0 : 0),
    cachedTokens: draft.cachedTokens + (counts ? span.usage?.cacheReadTokens ?? 0 : 0),
    cost: draft.cost + (counts || isTool ? span.cost ?? 0 : 0),
    unpricedCalls: draft.unpricedCalls + (counts && span.usage !== undefined && span.cost === undefined ? 1 : 0),
    modelTime: draft.modelTime + (counts ? span.duration : 0),
    models: counts ? withModel(draft.models, span) : draft.models,
    tags: (span.tags ?? []).reduce(including, draft.tags),
    userId: firstOf(draft.userId, span.userId),
    conversationId: firstOf(draft.conversationId, span.conversationId),
    input: takesQuestion ? question : draft.input,
    inputAt: takesQuestion ? questionAt : draft.inputAt,
    output: takesAnswer ? answer : draft.output,
    outputAt: takesAnswer ? answerAt : draft.outputAt,
    error: takesProblem ? problem.slice(0, 300) : draft.error,
    errorAt: takesProblem ? span.start + span.duration : draft.errorAt,
    // An inner call without usage is not listed here, so that the call around it is counted.
    innerCalls:
      counts && span.usage !== undefined && span.parentSpanId !== undefined && draft.innerCalls.length < maxInner
        ? [...draft.innerCalls, span.parentSpanId]
        : draft.innerCalls
  }
}

/**
 * The row without the state of the fold.
 *
 * @category folding
 * @since 0.1.0
 */
export const toRow = (draft: Draft): SessionRow => {
  const {
    end: _e,
    errorAt: _r,
    inputAt: _i,
    innerCalls: _c,
    nameRank: _n,
    namedAt: _a,
    outputAt: _o,
    rootSeen: _s,
    ...row
  } = draft
  return row.start === never ? { ...row, start: 0 } : row
}

/**
 * The row of a whole session.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (traceId: string, spans: ReadonlyArray<SpanView>): SessionRow =>
  toRow(spans.reduce(fold, empty(traceId)))
