/**
 * What a session knows of itself while it runs.
 *
 * Written by the fibers of the session, from synchronous code only, so that no
 * update is lost between them.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"
import type { SessionId } from "../SessionId.ts"
import * as Usage from "../Usage.ts"
import type { ActiveBudget } from "./activeBudget.ts"
import { costOf } from "./addCost.ts"
import type { CallSite } from "./callSite.ts"
import type { EventRecord } from "./eventRecord.ts"
import { failureOf } from "./failure.ts"

/** @internal */
export type EndState = "Success" | "Fail" | "Indeterminate"

/** @internal */
export class SessionState {
  id: SessionId
  /** Another than the id's where another library's tracer made the root. */
  traceId: string
  readonly name: string
  readonly startTime: bigint
  readonly tags = new Set<string>()
  readonly metadata: Record<string, unknown> = {}
  site: CallSite | undefined = undefined
  /** Whether the session began in another process, and this is its part here. */
  continued = false
  userId: string | undefined = undefined
  agent: string | undefined = undefined
  endTime: bigint | undefined = undefined
  endState: EndState | undefined = undefined
  endStateReason: string | undefined = undefined
  llmCalls = 0
  toolCalls = 0
  actions = 0
  errors = 0
  usage: Usage.Usage = Usage.zero
  costNanos = 0
  unpricedCalls = 0
  budget: ActiveBudget | undefined = undefined
  // A failure that passes through several events of the session is one error.
  readonly #counted = new WeakSet<object>()

  constructor(id: SessionId, traceId: string, name: string, startTime: bigint) {
    this.id = id
    this.traceId = traceId
    this.name = name
    this.startTime = startTime
  }

  /** Takes an ended event into the totals. */
  count(record: EventRecord, exit: Exit.Exit<unknown, unknown>): void {
    switch (record.kind.name) {
      case "llm": {
        this.llmCalls++
        const usage = record.fields["usage"] as Usage.Usage | undefined
        if (usage !== undefined) this.usage = Usage.add(this.usage, usage)
        const cost = costOf(record.fields)
        if (cost === undefined) this.unpricedCalls++
        else this.costNanos += cost
        break
      }
      case "tool":
        this.toolCalls++
        break
      case "action":
        this.actions++
        break
      case "error":
        this.errors++
        return
    }
    if (record.unsuccessful) this.errors++
    else if (exit._tag === "Failure") this.countFailure(exit.cause)
  }

  /** Counts each failure of a cause that this session has not counted yet. */
  countFailure(cause: Cause.Cause<unknown>): void {
    for (const reason of cause.reasons) {
      if (Cause.isInterruptReason(reason)) continue
      const error = Cause.isFailReason(reason) ? reason.error : reason.defect
      const identity = typeof error === "object" && error !== null ? error : reason
      if (this.#counted.has(identity)) continue
      this.#counted.add(identity)
      this.errors++
    }
  }

  /** Settles the end state by the exit, unless the program has set one. */
  end(exit: Exit.Exit<unknown, unknown>, endTime: bigint): void {
    this.endTime = endTime
    if (exit._tag === "Failure") this.countFailure(exit.cause)
    if (this.endState !== undefined) return
    if (exit._tag === "Success") {
      this.endState = "Success"
    } else if (Cause.hasInterruptsOnly(exit.cause)) {
      this.endState = "Indeterminate"
      this.endStateReason ??= "interrupted"
    } else {
      this.endState = "Fail"
      this.endStateReason ??= failureOf(exit)?.message
    }
  }
}
