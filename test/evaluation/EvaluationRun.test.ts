/** A run over a data set scores each case in a session of its own, and is compared with an earlier run. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, pipe } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { EvaluationRun, Report, Score } from "../../src/evaluation/index.ts"
import { chanceOfDrop, margin, student } from "../../src/evaluation/internal/statistics.ts"
import { Expectation, TestTracing, Trajectory } from "../../src/testing/index.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"

const exact = Score.passed("exact")
const length = Score.numeric("length", { min: 0, max: 10 })

const cases = [
  { id: "france", input: "France", expected: "Paris" },
  { id: "norway", input: "Norway", expected: "Oslo" },
  { id: "italy", input: "Italy", expected: "Rome" }
]

const capitals: Readonly<Record<string, string>> = { France: "Paris", Norway: "Bergen", Italy: "Rome" }

const task = (country: string) =>
  Effect.succeed(capitals[country]!).pipe(
    traceTool("look_up", { parameters: country }),
    Effect.tap(() =>
      traceLlmWith(Effect.void, {
        provider: "openai",
        model: "gpt-4o",
        usage: { inputTokens: 100_000, outputTokens: 0 }
      })
    )
  )

const scorers = [
  (outcome: EvaluationRun.Outcome<string, string, string>) => exact.of(outcome.output === outcome.case.expected),
  (outcome: EvaluationRun.Outcome<string, string, string>) => Effect.succeed([length.of(outcome.output.length)])
]

describe("a run", () => {
  it.effect("has a session for each trial of each case, scored at its root", () =>
    Effect.gen(function*() {
      const { exit, spans } = yield* TestTracing.run(
        EvaluationRun.run({ name: "capitals", cases, task, scorers, trials: 2, concurrency: 3 })
      )
      assert.isTrue(Exit.isSuccess(exit))
      if (Exit.isFailure(exit)) return
      const report = exit.value
      assert.deepStrictEqual(
        report.results.map(({ case: id, scores, trial }) => [
          id,
          trial,
          scores.map(({ label, value }) => label ?? value)
        ]),
        [
          ["france", 1, ["pass", 5]],
          ["france", 2, ["pass", 5]],
          ["norway", 1, ["fail", 6]],
          ["norway", 2, ["fail", 6]],
          ["italy", 1, ["pass", 4]],
          ["italy", 2, ["pass", 4]]
        ]
      )
      assert.deepStrictEqual(report.scores.map(({ cases, mean, name }) => [name, cases, mean]), [["exact", 3, 2 / 3], [
        "length",
        3,
        5
      ]])
      assert.closeTo(report.cost, 6 * 0.25, 1e-9)
      const roots = spans.filter(({ attributes }) => attributes["agentops.session.end_state"] !== undefined)
      assert.sameMembers(roots.map(({ traceId }) => traceId), report.results.map(({ traceId }) => traceId!))
      Expectation.assert(
        spans.filter(({ traceId }) => traceId === report.results[2]!.traceId),
        Expectation.session("capitals/norway", { tags: ["evaluation"] }, {
          children: Expectation.inAnyOrder(
            Expectation.tool("look_up"),
            Expectation.modelCall(),
            Expectation.span("evaluation exact", { attributes: { "gen_ai.evaluation.score.label": "fail" } }),
            Expectation.span("evaluation length", { attributes: { "gen_ai.evaluation.score.value": 6 } })
          )
        })
      )
    }))

  it.effect("passes the spans to scorers, for trajectory rules", () =>
    Effect.gen(function*() {
      const way = Score.passed("way")
      const report = yield* EvaluationRun.run({
        name: "capitals",
        cases,
        task,
        scorers: [({ spans }) => {
          const broken = Trajectory.brokenBy(
            spans,
            Trajectory.toolsInOrder(["look_up"]),
            Trajectory.atMostModelCalls(1)
          )
          return way.of(broken.length === 0, { explanation: broken.join("\n") })
        }]
      }).pipe(Effect.provide(TestTracing.layer()))
      assert.strictEqual(report.scores[0]?.mean, 1)
    }))

  it.effect("scores failures lowest, and skips cases beyond the budget", () =>
    Effect.gen(function*() {
      const program = (maxCost: number | undefined) =>
        EvaluationRun.run({
          name: "capitals",
          cases,
          task: (country) =>
            Effect.andThen(
              task(country),
              (city) => city === "Bergen" ? Effect.fail(new Error("wrong city")) : Effect.succeed(city)
            ),
          scorers,
          maxCost
        }).pipe(Effect.provide(TestTracing.layer()))
      const report = yield* program(undefined)
      assert.deepStrictEqual([report.failed, report.skipped, report.scores.map(({ mean }) => mean)], [1, 0, [2 / 3, 3]])
      assert.match(report.results[1]!.error!, /wrong city/)
      assert.match(
        yield* Effect.flip(Report.verify(report)).pipe(Effect.map(({ message }) => message)),
        /1 tasks failed/
      )
      const bounded = yield* program(0.3)
      assert.deepStrictEqual([bounded.failed, bounded.skipped], [1, 1])
      assert.include(Report.table(bounded), "  italy: skipped")
    }))
})

describe("a report", () => {
  const result = (id: string, value: number) => ({
    case: id,
    trial: 1,
    traceId: `trace-${id}`,
    scores: [length.of(value)],
    cost: 0.01,
    duration: 1
  })
  const reportOf = (values: ReadonlyArray<number>) =>
    Report.make("lengths", values.map((value, i) => result(`case-${i}`, value)))

  it("is a table, with the cases below the best score and their traces", () => {
    assert.strictEqual(
      Report.table(Report.compare(reportOf([10, 8, 6]), Report.toBaseline(reportOf([10, 9, 8])))),
      [
        "lengths: 3 runs, $0.0300, 0 failed, 0 skipped",
        "",
        "score   cases  mean   ± 95 %  change  chance",
        "length  3      8.000  4.969   -1.000  0.250",
        "",
        "  case-1: length 8  trace-case-1",
        "  case-2: length 6  trace-case-2"
      ].join("\n")
    )
  })

  it.effect("fails if a score has regressed by more than chance, or is below its demand", () =>
    Effect.gen(function*() {
      const before = Report.toBaseline(reportOf(Array.from({ length: 8 }, (_, i) => 5 + i % 3)))
      const worse = reportOf(Array.from({ length: 8 }, (_, i) => 4 + i % 3))
      const error = yield* Effect.flip(pipe(worse, Report.compare(before), Report.verify()))
      assert.deepStrictEqual([error._tag, error.problems], ["EvaluationFailed", [
        "length has regressed by -1.000, which is chance with 0.004"
      ]])
      yield* pipe(worse, Report.compare(before, { alpha: 0.001 }), Report.verify())
      yield* Report.verify(Report.compare(reportOf(Array.from({ length: 8 }, (_, i) => 6 + i % 3)), before), {
        least: { length: 5 }
      })
      assert.deepStrictEqual((yield* Effect.flip(Report.verify(worse, { least: { length: 9, other: 1 } }))).problems, [
        "length is 4.875, and has to be 9",
        "there is no score other"
      ])
    }))

  it.effect("is kept as a baseline in a file", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "evaluation-"))),
        (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
      )
      const file = path.join(folder, "baseline.json")
      assert.isUndefined(yield* Report.readBaseline(file))
      const report = reportOf([1, 2])
      yield* Report.writeBaseline(file, report)
      assert.deepStrictEqual(yield* Report.readBaseline(file), Report.toBaseline(report))
      fs.writeFileSync(file, "{}")
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Report.readBaseline(file))))
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})

describe("the statistics", () => {
  it("has Student's factors", () => {
    for (
      const [freedom, factor] of [[1, 12.706], [4, 2.776], [5, 2.571], [10, 2.228], [30, 2.042], [100, 1.984]] as const
    ) {
      assert.closeTo(student(freedom), factor, 0.004)
    }
    assert.strictEqual(margin([1]), Infinity)
    assert.strictEqual(margin([2, 2, 2]), 0)
  })

  it("computes the probability exactly for few pairs, and approximately for many", () => {
    assert.strictEqual(chanceOfDrop([]), 1)
    assert.strictEqual(chanceOfDrop([0, 0]), 1)
    assert.strictEqual(chanceOfDrop([-1, -1, -1]), 1 / 8)
    assert.strictEqual(chanceOfDrop([-1, -2, 3]), 5 / 8)
    assert.strictEqual(chanceOfDrop([1, 1, 1]), 1)
    assert.isBelow(chanceOfDrop(Array.from({ length: 30 }, () => -1)), 0.001)
    const mixed = Array.from({ length: 40 }, (_, i) => i % 2 === 0 ? 1 : -1)
    assert.closeTo(chanceOfDrop(mixed), 0.56, 0.03)
    assert.strictEqual(chanceOfDrop(mixed), chanceOfDrop(mixed))
  })
})
