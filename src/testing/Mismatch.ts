/**
 * Describes how a trace differs from its expectation.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * One difference between spans and their expectation.
 *
 * **Details**
 *
 * `path` leads from the root to the span. `what` is the fact that differs, such as `name` or
 * `attributes["http.route"]`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Problem {
  readonly path: ReadonlyArray<string>
  readonly what: string
  readonly expected: string
  readonly found: string
  readonly message: string
}

/**
 * A line of the two trees side by side.
 *
 * @category models
 * @since 0.1.0
 */
export interface Row {
  readonly depth: number
  readonly expected: string | undefined
  readonly found: string | undefined
  readonly mark: "same" | "differs" | "missing" | "unexpected" | "other"
}

const marks: Readonly<Record<Row["mark"], string>> = {
  same: " ",
  differs: "≠",
  missing: "-",
  unexpected: "+",
  other: "·"
}

const widest = 56

const cut = (text: string): string => text.length > widest ? `${text.slice(0, widest - 1)}…` : text

const column = (row: Row, text: string | undefined): string =>
  text === undefined ? "" : cut(`${"  ".repeat(Math.min(row.depth, 16))}${text}`)

const table = (rows: ReadonlyArray<Row>): string => {
  const left = rows.map((row) => column(row, row.expected))
  const width = Math.max("expected".length, ...left.map(({ length }) => length))
  return [
    `  ${"expected".padEnd(width)} │ found`,
    ...rows.map((row, i) => `${marks[row.mark]} ${left[i]!.padEnd(width)} │ ${column(row, row.found)}`.trimEnd())
  ].join("\n")
}

/**
 * The error for spans that do not match their expectation.
 *
 * **Details**
 *
 * The message lists the differences, and then shows the expected and the found tree side by side. `≠` marks a line that
 * differs, `-` a missing one, `+` one that is not allowed, and `·` one that is allowed but not expected.
 *
 * @category errors
 * @since 0.1.0
 */
export class Mismatch extends Data.TaggedError("Mismatch")<{
  readonly message: string
  readonly problems: ReadonlyArray<Problem>
  readonly rows: ReadonlyArray<Row>
}> {
  /** @internal */
  static of(outcome: { readonly problems: ReadonlyArray<Problem>; readonly rows: ReadonlyArray<Row> }): Mismatch {
    const { problems, rows } = outcome
    const count = problems.length === 1 ? "" : ` (${problems.length} differences)`
    const reasons = problems.map(({ message }) => `  ${message}`).join("\n")
    return new Mismatch({
      message: `The trace is not as expected${count}:\n${reasons}\n\n${table(rows)}\n`,
      problems,
      rows
    })
  }
}
