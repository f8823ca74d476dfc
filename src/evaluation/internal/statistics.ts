/**
 * Means with intervals, and a test whether pairs differ by more than chance.
 *
 * @internal
 */

/** @internal */
export const mean = (values: ReadonlyArray<number>): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

const z = 1.959963984540054

// Exact values of Student's distribution, because the series below is too inaccurate for few degrees of freedom.
const few = [12.706, 4.303, 3.182, 2.776]

/** The factor of a 95 % interval for the given degrees of freedom. @internal */
export const student = (freedom: number): number =>
  few[freedom - 1] ??
    z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
      (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)

/** Half the width of the 95 % interval of a mean. It is infinite for a single value. @internal */
export const margin = (values: ReadonlyArray<number>): number => {
  if (values.length < 2) return Infinity
  const middle = mean(values)
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1)
  return student(values.length - 1) * Math.sqrt(variance / values.length)
}

/** Up to 14 pairs every assignment of signs is tried. Beyond that, a random sample is. */
const exact = 14
const draws = 20_000

/** A seeded generator, so that the result is the same in each run. */
const random = (seed: number): () => number => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * The probability of so low a sum of differences if each sign were random: the one-sided sign-flip test of pairs.
 *
 * @internal
 */
export const chanceOfDrop = (differences: ReadonlyArray<number>): number => {
  const moved = differences.filter((difference) => difference !== 0)
  if (moved.length === 0) return 1
  const observed = moved.reduce((sum, difference) => sum + difference, 0)
  const slack = 1e-9 * moved.reduce((sum, difference) => sum + Math.abs(difference), 0)
  const flipped = (sign: (i: number) => boolean): boolean =>
    moved.reduce((sum, difference, i) => sum + (sign(i) ? -difference : difference), 0) <= observed + slack
  if (moved.length <= exact) {
    let low = 0
    for (let mask = 0; mask < 2 ** moved.length; mask++) if (flipped((i) => (mask & (1 << i)) !== 0)) low++
    return low / 2 ** moved.length
  }
  const next = random(moved.length)
  let low = 0
  for (let i = 0; i < draws; i++) if (flipped(() => next() < 0.5)) low++
  return (low + 1) / (draws + 1)
}
