/**
 * The state of a running session.
 *
 * The session's fibers change it synchronously only, so that no update is lost.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { parseFrame } from "../../../core/internal/callSite.ts"
import { failureOf } from "../../../core/internal/failure.ts"
import { listed, textOf } from "../../../core/internal/inspect.ts"
import { notBefore } from "../../../core/internal/time.ts"
import type { SessionId } from "../../../core/SessionId.ts"
import type { CodeLocation } from "../../../core/SpanData.ts"
import * as Usage from "../../../model/Usage.ts"
import type { Remote } from "../../Remote.ts"
import type { Conversation } from "../../SessionSummary.ts"
import type { TracedSession } from "../../Span.ts"
import type { ActiveBudget } from "../budget/activeBudget.ts"
import type { ActiveEvent } from "../event/activeEvent.ts"
import { Exchange } from "../event/exchange.ts"
import { Failures } from "./failures.ts"

/** @internal */
export type EndState = "Success" | "Fail" | "Indeterminate"

/** A stream that is traced as an event. @internal */
export interface TracedStream {
  readonly label: string
  readonly ended: boolean
}

const maxAnswers = 1_000

/** Converts a value from untyped code to text. @internal */
export const optionalText = (value: unknown): string | undefined => value === undefined ? undefined : textOf(value)

/** @internal */
export class SessionState implements TracedSession {
  id: SessionId
  /** Differs from the id if another library's tracer made the root. */
  traceId: string
  readonly name: string
  /** The start, which recorded events of the past may move back. */
  startTime: bigint
  readonly tags = new Set<string>()
  readonly metadata: Record<string, unknown> = {}
  site: CallSite | undefined = undefined
  /** The tracer that owns the session, if the program has one. */
  tenant: object | undefined = undefined
  /** Whether the session began in another process and this is its part here. */
  continued = false
  /** The input and output that the program set. `null` leaves one out. */
  input: unknown = undefined
  output: unknown = undefined
  /** The input and output as the calls inside reveal them. */
  readonly exchange = new Exchange()
  /** The conversation before this turn. */
  conversation: Conversation | undefined = undefined
  /** The context of the caller whose session it continues. */
  remote: Remote | undefined = undefined
  /** The start before any suspension, and the total time of suspension. */
  began: bigint
  waitedNanos = BigInt(0)
  isSuspended = false
  isResumed = false
  userId: string | undefined = undefined
  agent: string | undefined = undefined
  endTime: bigint | undefined = undefined
  /** Seconds to the first streamed chunk. */
  timeToFirstChunk: number | undefined = undefined
  /** The running traced streams, whose events have not ended. */
  readonly streams = new Set<TracedStream>()
  endState: EndState | undefined = undefined
  endStateReason: string | undefined = undefined
  llmCalls = 0
  toolCalls = 0
  actions = 0
  errors = 0
  /** The number of ended events, the number of those that were recorded later, and the last end of the latter. */
  events = 0
  recorded = 0
  recordedUntil: bigint | undefined = undefined
  /** Whether its start was moved back or given. */
  isPast = false
  usage: Usage.Usage = Usage.zero
  costNanos = 0
  unpricedCalls = 0
  /** The budgets that apply inside: its own, those around its start, and those of the outer session. */
  budgets: ReadonlyArray<ActiveBudget> = []
  /** The session of this process of which it is a part. Counts here also count there. */
  whole: SessionState | undefined = undefined
  /** The outer session that sums its nested sessions. */
  summedBy: SessionState | undefined = undefined
  /** Its root span. */
  root: Tracer.Span | undefined = undefined
  /** Whether it sums its nested sessions, and their share of its cost. */
  sums = false
  innerNanos = 0
  // Whether an event ended after the session. This is logged once.
  #late: "none" | "some" | "logged" = "none"
  readonly #failures = new Failures()
  /** The facts of the answers by response id. If several answers have the same id, their facts as texts. */
  readonly #answers = new Map<string, ReadonlyArray<unknown> | Set<string>>()

  constructor(id: SessionId, traceId: string, name: string, startTime: bigint) {
    this.id = id
    this.traceId = traceId
    this.name = name
    this.startTime = startTime
    this.began = startTime
  }

  addTags(tags: unknown): void {
    for (const tag of listed(tags) ?? []) this.tags.add(textOf(tag))
  }

  get conversationId(): string | undefined {
    return this.conversation?.id
  }

  /** Seconds for which the session was suspended. */
  get waited(): number {
    return Number(this.waitedNanos) / 1e9
  }

  get callSite(): CodeLocation | undefined {
    return parseFrame(this.site?.frame())
  }

  /** Records the arrival of a chunk. */
  firstChunk(time: bigint): void {
    this.timeToFirstChunk ??= Number(notBefore(this.startTime, time) - this.startTime) / 1e9
  }

  /** Sets the end state for a session that nobody reads any more. */
  abandoned(): void {
    if (this.endState !== undefined) return
    this.endState = "Indeterminate"
    this.endStateReason ??= "abandoned"
  }

  /** The warning that an event ended after the session, the first time only. */
  lateWarning(): Effect.Effect<void> | undefined {
    if (this.#late !== "some") return this.whole?.lateWarning()
    this.#late = "logged"
    return Effect.logWarning(
      `effect-agentops: something was traced in session ${this.name} (${this.id}) that ended after the session had ` +
        "ended or was suspended: its totals are without it. Await what it forks, or give the work a session of its own"
    )
  }

  /** Skips that warning, because running streams have been reported by name. */
  skipLateWarning(): void {
    this.#late = "logged"
  }

  #up(event: ActiveEvent, agent: ActiveEvent | undefined, exit: Exit.Exit<unknown, unknown>): void {
    this.whole?.count(event, agent, exit)
    for (let by = this.summedBy; by !== undefined; by = by.summedBy) {
      by.#add(event, exit, event.span ?? this.root)
      by.innerNanos += event.costNanos ?? 0
    }
  }

  /** Adds an ended event to the totals. */
  count(event: ActiveEvent, agent: ActiveEvent | undefined, exit: Exit.Exit<unknown, unknown>): void {
    this.events++
    if (agent === undefined || event.kind.category === "modelCall") {
      this.exchange.add(event, event.span?.status.startTime)
    }
    this.#add(event, exit, event.span)
    this.#up(event, agent, exit)
  }

  #add(event: ActiveEvent, exit: Exit.Exit<unknown, unknown>, span: Tracer.AnySpan | undefined): void {
    if ((this.endTime !== undefined || this.isSuspended) && this.#late === "none") this.#late = "some"
    switch (event.kind.category) {
      case "modelCall":
        this.llmCalls++
        this.#addUsage(event.usage)
        this.costNanos += event.costNanos ?? 0
        if (event.unpriced) this.unpricedCalls++
        break
      case "tool":
        this.toolCalls++
        break
      case "action":
        this.actions++
        break
      default:
    }
    if (!event.success) this.errors++
    else if (exit._tag === "Failure") this.errors += this.#failures.count(exit.cause, span)
  }

  /** Whether an answer has been counted already, so that its tokens do not count twice. */
  repeats(responseId: unknown, facts: ReadonlyArray<unknown>): boolean {
    if (typeof responseId !== "string" || responseId === "") return false
    const known = this.#answers.get(responseId)
    if (known === undefined) {
      // A session may last as long as its process, so the map is limited.
      if (this.#answers.size >= maxAnswers) this.#answers.clear()
      this.#answers.set(responseId, facts)
      return false
    }
    const texts = known instanceof Set ? known : new Set([known.join(" ")])
    const text = facts.join(" ")
    if (texts.has(text)) return true
    if (texts.size >= maxAnswers) texts.clear()
    texts.add(text)
    this.#answers.set(responseId, texts)
    return false
  }

  #addUsage(usage: Usage.Usage | undefined): void {
    // Untyped code may give any value as usage, which must not break the sum.
    try {
      if (Number.isFinite(usage?.inputTokens) && Number.isFinite(usage?.outputTokens)) {
        this.usage = Usage.add(this.usage, usage!)
      }
    } catch {
      // The usage is left out.
    }
  }

  /** Sets the end state from the exit, unless the program has set one. */
  end(exit: Exit.Exit<unknown, unknown>, endTime: bigint): void {
    this.endTime = endTime
    if (exit._tag === "Failure") this.errors += this.#failures.count(exit.cause, undefined)
    if (this.endState !== undefined) return
    if (exit._tag === "Success") {
      this.endState = this.isSuspended ? "Indeterminate" : "Success"
      if (this.isSuspended) this.endStateReason ??= "suspended"
    } else if (Cause.hasInterruptsOnly(exit.cause)) {
      this.endState = "Indeterminate"
      this.endStateReason ??= "interrupted"
    } else {
      this.endState = "Fail"
      this.endStateReason ??= failureOf(exit)?.message
    }
  }
}
