/**
 * Assigns spans to expectations at the lowest total cost.
 *
 * @internal
 */

/** The costs: `pair(i, j)` of expectation i with span j, `missing(i)` of expectation i without a span. @internal */
export interface Costs {
  readonly rows: number
  readonly columns: number
  readonly pair: (i: number, j: number) => number
  readonly missing: (i: number) => number
}

/** The index of each expectation's span, or -1. Any order is allowed (Hungarian method). @internal */
export const assign = ({ columns, missing, pair, rows }: Costs): ReadonlyArray<number> => {
  // Each row has one extra column that means "without a span".
  const width = columns + rows
  const cost = (i: number, j: number): number => j < columns ? pair(i, j) : j - columns === i ? missing(i) : Infinity
  const rowPotential = new Float64Array(rows + 1)
  const columnPotential = new Float64Array(width + 1)
  const rowOf = new Int32Array(width + 1)
  const before = new Int32Array(width + 1)
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row
    let column = 0
    const least = new Float64Array(width + 1).fill(Infinity)
    const used = new Uint8Array(width + 1)
    do {
      used[column] = 1
      const at = rowOf[column]!
      let delta = Infinity
      let next = 0
      for (let j = 1; j <= width; j++) {
        if (used[j] === 1) continue
        const reduced = cost(at - 1, j - 1) - rowPotential[at]! - columnPotential[j]!
        if (reduced < least[j]!) {
          least[j] = reduced
          before[j] = column
        }
        if (least[j]! < delta) {
          delta = least[j]!
          next = j
        }
      }
      for (let j = 0; j <= width; j++) {
        if (used[j] === 1) {
          rowPotential[rowOf[j]!]! += delta
          columnPotential[j]! -= delta
        } else least[j]! -= delta
      }
      column = next
    } while (rowOf[column] !== 0)
    do {
      const previous = before[column]!
      rowOf[column] = rowOf[previous]!
      column = previous
    } while (column !== 0)
  }
  const found = new Array<number>(rows).fill(-1)
  for (let j = 1; j <= columns; j++) if (rowOf[j]! > 0) found[rowOf[j]! - 1] = j - 1
  return found
}

/** The same, but the spans keep the order of the expectations (dynamic programming). @internal */
export const assignInOrder = ({ columns, missing, pair, rows }: Costs): ReadonlyArray<number> => {
  const width = columns + 1
  const least = new Float64Array((rows + 1) * width)
  for (let i = 1; i <= rows; i++) {
    least[i * width] = least[(i - 1) * width]! + missing(i - 1)
    for (let j = 1; j <= columns; j++) {
      least[i * width + j] = Math.min(
        least[i * width + j - 1]!,
        least[(i - 1) * width + j]! + missing(i - 1),
        least[(i - 1) * width + j - 1]! + pair(i - 1, j - 1)
      )
    }
  }
  const found = new Array<number>(rows).fill(-1)
  for (let i = rows, j = columns; i > 0;) {
    const here = least[i * width + j]!
    if (j > 0 && here === least[(i - 1) * width + j - 1]! + pair(i - 1, j - 1)) found[--i] = --j
    else if (j > 0 && here === least[i * width + j - 1]!) j -= 1
    else i -= 1
  }
  return found
}
