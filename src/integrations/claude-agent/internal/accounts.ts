/**
 * Compares the tokens of a run's answers with those of its result.
 *
 * The SDK sends some answers without the end of their stream. Their usage is from the start of the stream: all input
 * tokens and almost no output tokens. The result has the sum of all calls for each model. Such answers are recorded when
 * the result arrives, and share the output tokens that no other answer reported. The remaining tokens belong to calls
 * that the SDK made by itself and did not report.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { defined } from "../../../core/internal/defined.ts"
import * as Usage from "../../../model/Usage.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

/** An answer whose output tokens are not known yet. @internal */
export interface Waiting {
  readonly model: string
  readonly usage: Usage.Usage
  readonly content: ReadonlyArray<unknown>
  readonly record: (usage: Usage.Usage, estimated: boolean) => void
}

/** The tokens of calls that the SDK did not report. @internal */
export interface UnreportedUsage {
  readonly model: string
  readonly usage: Usage.Usage
}

interface Estimated {
  /** The output tokens, estimated from the content. */
  readonly estimate: number
}

const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

const count = (value: unknown): number => typeof value === "number" && Number.isSafeInteger(value) ? value : 0

const usageOf = (raw: unknown): Usage.Usage => {
  const fields = object(raw)
  const cacheReadTokens = count(fields["cacheReadInputTokens"])
  const cacheWriteTokens = count(fields["cacheCreationInputTokens"])
  return {
    inputTokens: count(fields["inputTokens"]) + cacheReadTokens + cacheWriteTokens,
    outputTokens: count(fields["outputTokens"]),
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: count(fields["cacheCreationEphemeral1hInputTokens"])
  }
}

const counts = ["inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens"] as const

const minus = (whole: Usage.Usage, part: Usage.Usage): Usage.Usage => {
  const less = (name: keyof Usage.Usage): number => (whole[name] ?? 0) - (part[name] ?? 0)
  return {
    inputTokens: less("inputTokens"),
    outputTokens: less("outputTokens"),
    cacheReadTokens: less("cacheReadTokens"),
    cacheWriteTokens: less("cacheWriteTokens"),
    // Results of older versions do not have it.
    cacheWrite1hTokens: Math.max(0, less("cacheWrite1hTokens"))
  }
}

const lengthOf = (raw: unknown): number => {
  const { input, name, text, thinking, type } = object(raw)
  if (type === "tool_use") return String(name).length + (JSON.stringify(input) ?? "").length
  return [text, thinking].reduce<number>((sum, value) => sum + (typeof value === "string" ? value.length : 0), 0)
}

/** English text has about four characters per token. */
const estimateOf = (content: ReadonlyArray<unknown>): number =>
  Math.ceil(content.reduce<number>((sum, part) => sum + lengthOf(part), 0) / 4)

/** The name of a model without a date or a context size. */
const nameOf = (model: string): string => model.replace(/\[.*\]$/, "").replace(/[-@]\d{8}$/, "")

const inputOf = (usage: Usage.Usage): Usage.Usage => ({ ...usage, outputTokens: 0 })

/** @internal */
export class Accounts {
  /** Whether the sums may include an earlier run that this one resumes. */
  readonly #resumed: boolean
  /** For each model, the tokens of the answers and of the results since the last settlement. */
  readonly #reported = new Map<string, Usage.Usage>()
  readonly #sums = new Map<string, Usage.Usage>()
  #last: Payload = {}
  #results = 0
  #waiting: Array<Waiting & Estimated> = []

  constructor(resumed: boolean) {
    this.#resumed = resumed
  }

  /** Counts an answer whose usage is known. */
  addReported(model: string, usage: Usage.Usage | undefined): void {
    if (usage !== undefined) add(this.#reported, model, usage)
  }

  wait(answer: Waiting): void {
    this.#waiting.push({ ...answer, estimate: estimateOf(answer.content) })
  }

  /** Takes the sums of a result: since the last result, or since the start of the run in older versions. */
  result(message: Payload): void {
    const since = message["model_usage_since_last_result"]
    const whole = object(message["modelUsage"])
    const known = Predicate.isObject(since) || !this.#resumed || this.#results > 0
    this.#results++
    for (const [model, raw] of Object.entries(Predicate.isObject(since) ? since : whole)) {
      const sum = Predicate.isObject(since) ? usageOf(raw) : minus(usageOf(raw), usageOf(this.#last[model]))
      if (known) add(this.#sums, model, sum)
    }
    this.#last = whole
  }

  /** Distributes the tokens of the results over the waiting answers. Returns what is left. */
  distribute(): ReadonlyArray<UnreportedUsage> {
    const waiting = this.#waiting
    const needed = new Set([...this.#reported.keys(), ...waiting.map(({ model }) => nameOf(model))])
    // The results do not have one of the models under this name, so nothing can be compared.
    if ([...needed].some((model) => !this.#sums.has(model))) return []
    const unreported: Array<UnreportedUsage> = []
    for (const [model, sum] of this.#sums) {
      const answers = waiting.filter((answer) => nameOf(answer.model) === model)
      const known = Usage.addAll([
        this.#reported.get(model) ?? Usage.zero,
        ...answers.map(({ usage }) => inputOf(usage))
      ])
      const rest = minus(sum, known)
      if (counts.some((name) => rest[name]! < 0)) continue
      this.#waiting = this.#waiting.filter((answer) => nameOf(answer.model) !== model)
      this.#reported.delete(model)
      this.#sums.delete(model)
      const outputTokens = rest.outputTokens - share(answers, rest)
      const left = { ...rest, outputTokens }
      if (Usage.total(left) > 0) unreported.push({ model, usage: presentOf(left) })
    }
    return unreported
  }

  /** Records the waiting answers with estimates, because no result will come. */
  close(): void {
    for (const { estimate, record, usage } of this.#waiting) {
      record({ ...usage, outputTokens: Math.max(usage.outputTokens, estimate) }, true)
    }
    this.#waiting = []
  }
}

const add = (sums: Map<string, Usage.Usage>, model: string, usage: Usage.Usage): void => {
  const name = nameOf(model)
  sums.set(name, Usage.add(sums.get(name) ?? Usage.zero, usage))
}

/** Leaves out parts that are 0. */
const presentOf = ({ cacheReadTokens, cacheWrite1hTokens, cacheWriteTokens, inputTokens, outputTokens }: Usage.Usage) =>
  Usage.make({
    inputTokens,
    outputTokens,
    ...defined({
      cacheReadTokens: cacheReadTokens || undefined,
      cacheWriteTokens: cacheWriteTokens || undefined,
      cacheWrite1hTokens: cacheWrite1hTokens || undefined
    })
  })

/** Gives each answer its share of the output tokens. Returns the sum. */
const share = (answers: ReadonlyArray<Waiting & Estimated>, rest: Usage.Usage): number => {
  const all = answers.reduce((sum, { estimate }) => sum + estimate, 0)
  // If input tokens are left, there were other calls too, with output of their own.
  const whole = rest.inputTokens > 0 ? Math.min(all, rest.outputTokens) : rest.outputTokens
  let left = whole
  answers.forEach(({ estimate, record, usage }, index) => {
    const own = index === answers.length - 1 ? left : Math.min(left, Math.round(whole * estimate / Math.max(1, all)))
    left -= own
    record({ ...usage, outputTokens: own }, answers.length > 1 || rest.inputTokens > 0)
  })
  return answers.length === 0 ? 0 : whole
}
