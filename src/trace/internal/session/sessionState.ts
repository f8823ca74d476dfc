/**
 * What a session knows of itself while it runs.
 *
 * Written by the fibers of the session, from synchronous code only, so that no
 * update is lost between them.
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
import { listed, textOf } from "../../../core/internal/look.ts"
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

/** What an untyped program gives for text, as text. @internal */
export const optionalText = (value: unknown): string | undefined => value === undefined ? undefined : textOf(value)

/** @internal */
export class SessionState implements TracedSession {
  id: SessionId
  /** Another than the id's where another library's tracer made the root. */
  traceId: string
  readonly name: string
  /** When it began, which events of the past may draw back. */
  startTime: bigint
  readonly tags = new Set<string>()
  readonly metadata: Record<string, unknown> = {}
  site: CallSite | undefined = undefined
  /** The tracer whose session it is, where the program has one. */
  tenant: object | undefined = undefined
  /** Whether the session began in another process, and this is its part here. */
  continued = false
  /** What went in and what came out, as the program told it; `null` where it wants nothing told. */
  input: unknown = undefined
  output: unknown = undefined
  /** The same as the calls inside tell it. */
  readonly exchange = new Exchange()
  /** The conversation that it is a turn of, as it was before. */
  conversation: Conversation | undefined = undefined
  /** What came with the caller whose session it goes on with. */
  remote: Remote | undefined = undefined
  /** When it began, before it was suspended, and for how long it has waited since. */
  began: bigint
  waitedNanos = BigInt(0)
  isSuspended = false
  isResumed = false
  userId: string | undefined = undefined
  agent: string | undefined = undefined
  endTime: bigint | undefined = undefined
  /** Seconds to the first chunk of what was streamed. */
  timeToFirstChunk: number | undefined = undefined
  /** The traced streams that run: their events have not ended. */
  readonly streams = new Set<TracedStream>()
  endState: EndState | undefined = undefined
  endStateReason: string | undefined = undefined
  llmCalls = 0
  toolCalls = 0
  actions = 0
  errors = 0
  /** Events that ended in it, and those of them that had happened before; when the last of these ended. */
  events = 0
  recorded = 0
  recordedUntil: bigint | undefined = undefined
  /** Whether it began before it was begun. */
  isPast = false
  usage: Usage.Usage = Usage.zero
  costNanos = 0
  unpricedCalls = 0
  /** Those that hold for what is done in it: its own, those where it started, those of the session around it. */
  budgets: ReadonlyArray<ActiveBudget> = []
  /** The session, in this process, that it is a part of: what counts here counts there. */
  whole: SessionState | undefined = undefined
  /** The session around it that sums those inside of it. */
  summedBy: SessionState | undefined = undefined
  /** Its root span. */
  root: Tracer.Span | undefined = undefined
  /** Whether it sums the sessions inside of it, and what those of its cost are. */
  sums = false
  innerNanos = 0
  // What ends after it is told of once.
  #late: "none" | "some" | "told" = "none"
  readonly #failures = new Failures()
  /** What was told of the answer that came with each id; as texts where several came with one. */
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

  /** Seconds for which it was suspended. */
  get waited(): number {
    return Number(this.waitedNanos) / 1e9
  }

  get callSite(): CodeLocation | undefined {
    return parseFrame(this.site?.frame())
  }

  /** Notes that a chunk came. */
  firstChunk(time: bigint): void {
    this.timeToFirstChunk ??= Number(notBefore(this.startTime, time) - this.startTime) / 1e9
  }

  /** Nobody read on. */
  abandoned(): void {
    if (this.endState !== undefined) return
    this.endState = "Indeterminate"
    this.endStateReason ??= "abandoned"
  }

  /** Tells that something ended after it, the first time that it does. */
  lateWarning(): Effect.Effect<void> | undefined {
    if (this.#late !== "some") return this.whole?.lateWarning()
    this.#late = "told"
    return Effect.logWarning(
      `effect-agentops: something was traced in session ${this.name} (${this.id}) that ended after the session had ` +
        "ended or was suspended: its totals are without it. Await what it forks, or give the work a session of its own"
    )
  }

  /** Streams that run on have been told of by name. */
  lateIsTold(): void {
    this.#late = "told"
  }

  #up(event: ActiveEvent, agent: ActiveEvent | undefined, exit: Exit.Exit<unknown, unknown>): void {
    this.whole?.count(event, agent, exit)
    for (let by = this.summedBy; by !== undefined; by = by.summedBy) {
      by.#add(event, exit, event.span ?? this.root)
      by.innerNanos += event.costNanos ?? 0
    }
  }

  /** Takes an ended event into the totals. */
  count(event: ActiveEvent, agent: ActiveEvent | undefined, exit: Exit.Exit<unknown, unknown>): void {
    this.events++
    if (agent === undefined || event.kind.category === "modelCall") {
      this.exchange.note(event, event.span?.status.startTime)
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

  /** Whether an answer has been counted already: its tokens are not to count twice. */
  repeats(responseId: unknown, facts: ReadonlyArray<unknown>): boolean {
    if (typeof responseId !== "string" || responseId === "") return false
    const known = this.#answers.get(responseId)
    if (known === undefined) {
      // A session may be as long as its process.
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
    // What an untyped program gives as usage may be anything, and must not spoil the sum.
    try {
      if (Number.isFinite(usage?.inputTokens) && Number.isFinite(usage?.outputTokens)) {
        this.usage = Usage.add(this.usage, usage!)
      }
    } catch {
      // No usage, then.
    }
  }

  /** Settles the end state by the exit, unless the program has set one. */
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
