/**
 * What the readers of transcripts give: one thing that an agent did after the other.
 *
 * @internal
 */
import type { Values } from "../../../model/Field.ts"
import type { Payload } from "../../../model/internal/wire/lookup.ts"
import { text } from "../../../model/internal/wire/lookup.ts"
import type { fields as llmFields } from "../../LlmEvent.ts"
import type { fields as toolFields } from "../../ToolEvent.ts"

export interface Times {
  readonly startTime?: bigint | undefined
  readonly endTime?: bigint | undefined
}

export interface Turn extends Times {
  readonly _tag: "Turn"
  readonly fields: Values<typeof llmFields>
  readonly error?: string | undefined
}

export interface ToolCall extends Times {
  readonly _tag: "Tool"
  readonly fields: Values<typeof toolFields>
  readonly error?: string | undefined
}

export type Step = Turn | ToolCall

export interface Recorded {
  readonly name?: string | undefined
  readonly model?: string | undefined
  /** Whether it came out well, and the file's word for it. */
  readonly outcome?: readonly [state: "Success" | "Fail" | "Indeterminate", reason: string] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly steps: ReadonlyArray<Step>
}

/** What is wrong, and where: `messages[3].role`. */
export class Problem extends Error {
  readonly path: string
  constructor(path: string, problem: string) {
    super(problem)
    this.path = path
  }
}

/** The value that a text says in JSON, or the text itself. */
export const valueOf = (raw: unknown): unknown => {
  if (typeof raw !== "string") return raw
  try {
    return JSON.parse(raw)
  } catch {
    return raw
  }
}

/** Nanoseconds of an ISO time; one without a zone is in UTC. */
export const timeOf = (raw: unknown): bigint | undefined => {
  const iso = text(raw)
  if (iso === undefined) return undefined
  const millis = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso}Z`)
  return Number.isNaN(millis) ? undefined : BigInt(millis) * BigInt(1_000_000)
}

export const rewardOf = (reward: unknown): Recorded["outcome"] =>
  reward === 1
    ? ["Success", "reward 1"]
    : reward === 0
    ? ["Fail", "reward 0"]
    : ["Indeterminate", typeof reward === "number" ? `reward ${reward}` : "no reward"]

/** What a tool gave back that told the model of an error. */
export const errorOf = (result: unknown): string | undefined =>
  typeof result === "string" && result.startsWith("Error") ? result : undefined

export type { Payload }
