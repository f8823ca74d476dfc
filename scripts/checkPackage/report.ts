/**
 * The results of the checks: one row each, and a table of them.
 */
import { Clock, Data, Effect } from "effect"

/** Why a check cannot run on this machine. */
export class Skipped extends Data.TaggedError("Skipped")<{ readonly reason: string }> {}

/** The error that a check found. */
export class Wrong extends Data.TaggedError("Wrong")<{ readonly message: string }> {}

export interface Row {
  readonly section: string
  readonly name: string
  readonly result: "ok" | "FAILED" | "skipped"
  /** Figures, or the reason for skipping. */
  readonly detail: string
  readonly seconds: number
  /** The complete output of a failure. */
  readonly output?: string | undefined
}

/** One check. Its returned text is the row's detail. */
export const check = <R>(
  section: string,
  name: string,
  effect: Effect.Effect<string, { readonly _tag: string; readonly message: string } | Skipped, R>
): Effect.Effect<Row, never, R> =>
  Effect.gen(function*() {
    const start = yield* Clock.currentTimeMillis
    const outcome = yield* effect.pipe(
      Effect.map((detail) => ({ result: "ok" as const, detail })),
      Effect.catch((error) =>
        Effect.succeed(
          error instanceof Skipped
            ? { result: "skipped" as const, detail: error.reason }
            : { result: "FAILED" as const, detail: error.message.split("\n", 1)[0]!, output: error.message }
        )
      ),
      Effect.catchDefect((defect) =>
        Effect.succeed({ result: "FAILED" as const, detail: String(defect), output: String((defect as Error).stack) })
      )
    )
    const row = { section, name, ...outcome, seconds: ((yield* Clock.currentTimeMillis) - start) / 1_000 }
    if (row.result === "FAILED") yield* Effect.sync(() => console.log(`-- ${section}, ${name}: ${row.output}`))
    return row
  })

/** The rows as a Markdown table. */
export const table = (rows: ReadonlyArray<Row>): string => {
  const cells = [
    ["Part", "Check", "Result", "Seconds", "Detail"],
    ...rows.map(({ detail, name, result, seconds, section }) => [
      section,
      name,
      result,
      seconds.toFixed(1),
      detail.slice(0, 160)
    ])
  ]
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)))
  const line = (row: ReadonlyArray<string>) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`
  return [line(cells[0]!), line(widths.map((width) => "-".repeat(width))), ...cells.slice(1).map(line)].join("\n")
}
