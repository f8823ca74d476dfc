/**
 * The result of a run over a data set: each trial, the means, and the comparison with an earlier run.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import { chanceOfDrop, margin, mean } from "./internal/statistics.ts"
import type { Score } from "./Score.ts"

/**
 * The result of one trial of a case. `cost` is in US dollars and `duration` in milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface Result {
  readonly case: string
  readonly trial: number
  /** The trace id of its session. Absent if the trial was skipped. */
  readonly traceId?: string | undefined
  /** The error with which the task failed. */
  readonly error?: string | undefined
  /** Whether the trial was skipped because `maxCost` was spent. */
  readonly skipped?: boolean | undefined
  readonly scores: ReadonlyArray<Score>
  readonly cost: number
  readonly duration: number
}

/**
 * A score over all cases.
 *
 * **Details**
 *
 * `mean` is the mean over cases, where the value of a case is the mean of its trials. `margin` is half the width of the
 * 95 % interval by Student's distribution, infinite for one case. Against a baseline, `change` is the mean difference
 * over the cases that both have. `chance` is the probability of so low a change by chance alone.
 *
 * @category models
 * @since 0.1.0
 */
export interface Summary {
  readonly name: string
  readonly cases: number
  readonly mean: number
  readonly margin: number
  readonly change?: number | undefined
  readonly chance?: number | undefined
  readonly regressed?: boolean | undefined
}

/**
 * The result of a run.
 *
 * @category models
 * @since 0.1.0
 */
export interface Report {
  readonly name: string
  readonly results: ReadonlyArray<Result>
  readonly scores: ReadonlyArray<Summary>
  /** In US dollars. */
  readonly cost: number
  readonly failed: number
  readonly skipped: number
}

/**
 * The mean of each case for each score, with which a later run is compared.
 *
 * @category models
 * @since 0.1.0
 */
export const Baseline = Schema.Struct({
  name: Schema.String,
  scores: Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Finite))
})

/**
 * The mean of each case for each score.
 *
 * @category models
 * @since 0.1.0
 */
export interface Baseline extends Schema.Schema.Type<typeof Baseline> {}

/**
 * The error of a run that misses its thresholds. `problems` lists the reasons.
 *
 * @category errors
 * @since 0.1.0
 */
export class EvaluationFailed extends Data.TaggedError("EvaluationFailed")<{
  readonly problems: ReadonlyArray<string>
  readonly message: string
}> {}

const casesOf = (results: ReadonlyArray<Result>): Readonly<Record<string, Readonly<Record<string, number>>>> => {
  const least = new Map<string, number>()
  for (const { scores } of results) for (const { min, name } of scores) least.set(name, min)
  const values: Record<string, Record<string, Array<number>>> = {}
  for (const { case: id, error, scores, skipped } of results) {
    if (skipped === true) continue
    const given = error === undefined
      ? scores.map(({ name, value }) => [name, value] as const)
      // A failed task gets the lowest value of each scale.
      : [...least]
    for (const [name, value] of given) ((values[name] ??= {})[id] ??= []).push(value)
  }
  return Object.fromEntries(
    Object.entries(values).map(([name, cases]) => [
      name,
      Object.fromEntries(Object.entries(cases).map(([id, trials]) => [id, mean(trials)]))
    ])
  )
}

/**
 * Makes a report from results.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (name: string, results: ReadonlyArray<Result>): Report => ({
  name,
  results,
  scores: Object.entries(casesOf(results)).map(([score, cases]) => {
    const values = Object.values(cases)
    return { name: score, cases: values.length, mean: mean(values), margin: margin(values) }
  }),
  cost: results.reduce((sum, { cost }) => sum + cost, 0),
  failed: results.filter(({ error }) => error !== undefined).length,
  skipped: results.filter(({ skipped }) => skipped === true).length
})

/**
 * The baseline of a report, for a later run.
 *
 * @category baselines
 * @since 0.1.0
 */
export const toBaseline = ({ name, results }: Report): Baseline => ({ name, scores: casesOf(results) })

/**
 * Compares a run with a baseline, case by case.
 *
 * **Details**
 *
 * Data-last and data-first. A score has regressed if its cases dropped by more than chance explains: the one-sided
 * sign-flip test of the pairs gives a probability below `alpha`, by default 0.05. A few cases prove little: if all of
 * four cases drop, the probability is one in sixteen.
 *
 * **Example** (one case got worse)
 *
 * ```ts
 * import { Report, Score } from "effect-agentops/evaluation"
 *
 * const exact = Score.passed("exact")
 * const result = (id: string, passed: boolean) => ({ case: id, trial: 1, scores: [exact.of(passed)], cost: 0, duration: 0 })
 *
 * const before = Report.toBaseline(Report.make("capitals", [result("france", true), result("norway", true)]))
 * const now = Report.make("capitals", [result("france", true), result("norway", false)])
 *
 * Report.compare(now, before).scores.map(({ change, regressed }) => [change, regressed]) // => [[-0.5, false]]
 * ```
 *
 * @category baselines
 * @since 0.1.0
 */
export const compare: {
  /** Compares a run with a baseline: the baseline first. */
  (baseline: Baseline, options?: { readonly alpha?: number | undefined }): (self: Report) => Report
  /** Compares a run with a baseline, case by case. */
  (self: Report, baseline: Baseline, options?: { readonly alpha?: number | undefined }): Report
} = dual(
  (args) => "results" in (args[0] as object),
  (self: Report, baseline: Baseline, options?: { readonly alpha?: number | undefined }): Report => {
    const now = casesOf(self.results)
    return {
      ...self,
      scores: self.scores.map((summary) => {
        const before = baseline.scores[summary.name] ?? {}
        const cases = now[summary.name] ?? {}
        const differences = Object.keys(cases).filter((id) => Object.hasOwn(before, id)).map((id) =>
          cases[id]! - before[id]!
        )
        if (differences.length === 0) return summary
        const change = mean(differences)
        const chance = chanceOfDrop(differences)
        return { ...summary, change, chance, regressed: change < 0 && chance < (options?.alpha ?? 0.05) }
      })
    }
  }
)

const number = (value: number): string => Number.isFinite(value) ? value.toFixed(3) : "—"

const signed = (value: number): string => `${value >= 0 ? "+" : ""}${value.toFixed(3)}`

/**
 * The report as a table, with the traces of the cases that failed or scored below the best value of their scale.
 *
 * @category rendering
 * @since 0.1.0
 */
export const table = ({ cost, failed, name, results, scores, skipped }: Report): string => {
  const head = ["score", "cases", "mean", "± 95 %", "change", "chance", ""]
  const rows = scores.map(({ cases, chance, change, margin, mean, name, regressed }) => [
    name,
    String(cases),
    number(mean),
    number(margin),
    change === undefined ? "" : signed(change),
    chance === undefined ? "" : chance.toFixed(3),
    regressed === true ? "regressed" : ""
  ])
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)))
  const line = (row: ReadonlyArray<string>) => row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd()
  const missed = results.flatMap(({ case: id, error, scores, skipped, traceId, trial }) => {
    const what = skipped === true
      ? "skipped"
      : error ??
        scores.filter(({ max, value }) => value < max).map(({ label, name, value }) => `${name} ${label ?? value}`)
          .join(", ")
    return what === ""
      ? []
      : [`  ${id}${trial > 1 ? ` (${trial})` : ""}: ${what}${traceId === undefined ? "" : `  ${traceId}`}`]
  })
  return [
    `${name}: ${results.length} runs, $${cost.toFixed(4)}, ${failed} failed, ${skipped} skipped`,
    "",
    line(head),
    ...rows.map(line),
    ...missed.length === 0 ? [] : ["", ...missed]
  ].join("\n")
}

/**
 * The thresholds that a run must meet.
 *
 * @category models
 * @since 0.1.0
 */
export interface Thresholds {
  /** The lowest allowed mean of each score. */
  readonly least?: Readonly<Record<string, number>> | undefined
  /** How many tasks may fail. Default 0. */
  readonly failed?: number | undefined
}

/**
 * Fails with an {@link EvaluationFailed} if a score has regressed or is below its least mean, or if too many tasks
 * failed. Use it in a test, or for the exit code of a program.
 *
 * @category checking
 * @since 0.1.0
 */
export const verify: {
  /** Fails if a run misses its thresholds. */
  (thresholds?: Thresholds): (self: Report) => Effect.Effect<Report, EvaluationFailed>
  /** Fails if a run misses its thresholds. */
  (self: Report, thresholds?: Thresholds): Effect.Effect<Report, EvaluationFailed>
} = dual(
  (args) => typeof args[0] === "object" && args[0] !== null && "results" in args[0],
  (self: Report, thresholds: Thresholds = {}): Effect.Effect<Report, EvaluationFailed> => {
    const problems = [
      ...self.scores.filter(({ regressed }) => regressed).map(({ chance, change, name }) =>
        `${name} has regressed by ${signed(change!)}, which is chance with ${chance!.toFixed(3)}`
      ),
      ...Object.entries(thresholds.least ?? {}).flatMap(([name, least]) => {
        const found = self.scores.find((score) => score.name === name)
        if (found === undefined) return [`there is no score ${name}`]
        return found.mean < least ? [`${name} is ${number(found.mean)}, and has to be ${least}`] : []
      }),
      ...self.failed > (thresholds.failed ?? 0) ? [`${self.failed} tasks failed`] : []
    ]
    return problems.length === 0
      ? Effect.succeed(self)
      : Effect.fail(
        new EvaluationFailed({ problems, message: `${self.name}: ${problems.join("; ")}\n\n${table(self)}` })
      )
  }
)

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Baseline))

/**
 * Reads a baseline from a file, or `undefined` if the file does not exist. Fails if the file is not a baseline.
 *
 * @category baselines
 * @since 0.1.0
 */
export const readBaseline = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  if (!(yield* fs.exists(file))) return undefined
  return yield* decode(yield* fs.readFileString(file))
})

/**
 * Writes a report as the baseline of later runs.
 *
 * @category baselines
 * @since 0.1.0
 */
export const writeBaseline = Effect.fnUntraced(function*(file: string, report: Report) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.writeFileString(file, `${JSON.stringify(toBaseline(report), null, 2)}\n`)
})
