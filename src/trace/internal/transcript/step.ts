/**
 * The output of the transcript readers: the steps of an agent in order.
 *
 * @internal
 */
import type { Payload } from "../../../model/internal/wire/lookup.ts"
import { text } from "../../../model/internal/wire/lookup.ts"
import type { Recorded } from "../../TranscriptStep.ts"

export type { Recorded, Step, Times } from "../../TranscriptStep.ts"

/** A problem and its path, such as `messages[3].role`. */
export class Problem extends Error {
  readonly path: string
  constructor(path: string, problem: string) {
    super(problem)
    this.path = path
  }
}

/** The value of a JSON text, or the text itself. */
export const valueOf = (raw: unknown): unknown => {
  if (typeof raw !== "string") return raw
  try {
    return JSON.parse(raw)
  } catch {
    return raw
  }
}

/** Converts an ISO time to nanoseconds. A time without a zone is in UTC. */
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

/** The result of a tool, if it reports an error to the model. */
export const errorOf = (result: unknown): string | undefined =>
  typeof result === "string" && result.startsWith("Error") ? result : undefined

export type { Payload }
