/**
 * Consistent probability sampling together with the Collector's own sampler. Both keep the same traces, and the arrived
 * spans show how many traces there were.
 */
import * as Effect from "effect/Effect"
import * as path from "node:path"
import { collector, type Options } from "./collector.ts"
import type { Path } from "./paths.ts"
import { connection, program, settled } from "./paths.ts"
import { folder } from "./programs.ts"
import { readSpans } from "./spans.ts"

const sessions = 400

/** The randomness of a trace: the last 56 bits of its id. */
const randomness = (traceId: string) => traceId.slice(-14)

const thresholdOf = (traceState: unknown): string =>
  /(?:^|,)ot=(?:[^,]*;)?th:([0-9a-f]{1,14})/.exec(String(traceState))?.[1] ?? "none"

/** How many traces one kept trace represents, according to its threshold. */
const adjusted = (threshold: string): number => 2 ** 56 / (2 ** 56 - Number(BigInt(`0x${threshold.padEnd(14, "0")}`)))

interface Case {
  readonly name: string
  /** The share that the program keeps. Default: everything. */
  readonly ratio?: number
  readonly sampler: NonNullable<Options["sampler"]>
  /** The threshold that arrived spans must have. Their randomness must reach it. */
  readonly threshold: string
}

const cases: ReadonlyArray<Case> = [
  { name: "all, then a quarter", sampler: { mode: "proportional", percentage: 25 }, threshold: "c" },
  { name: "a quarter, then the same", ratio: 0.25, sampler: { mode: "equalizing", percentage: 25 }, threshold: "c" },
  { name: "half, then a quarter", ratio: 0.5, sampler: { mode: "equalizing", percentage: 25 }, threshold: "c" },
  { name: "half, then half of it", ratio: 0.5, sampler: { mode: "proportional", percentage: 50 }, threshold: "c" },
  { name: "a tenth, then all", ratio: 0.1, sampler: { mode: "equalizing", percentage: 100 }, threshold: "e666" }
]

/** Spans of a sampling program, through a Collector that samples after it. */
export const samplingPaths = (otelcol: string): ReadonlyArray<Path> =>
  cases.map(({ name, ratio, sampler, threshold }) => ({
    name: `consistent sampling: ${name} (${sampler.mode})`,
    run: Effect.gen(function*() {
      const target = yield* collector(otelcol, { sampler })
      yield* target.start
      const expected = path.join(yield* folder, "expected.jsonl")
      yield* program({
        EXPECTED: expected,
        SESSIONS: String(sessions),
        ...ratio === undefined ? {} : { RATIO: String(ratio) },
        ...connection(target, "grpc")
      }).output
      const made = [...readSpans(expected).spans.values()]
      const wanted = made.filter((span) => randomness(String(span["traceId"])) >= threshold)
      yield* settled(target.file, wanted.length)
      const arrived = [...readSpans(target.file).spans.values()]
      const ids = new Set(wanted.map((span) => span["spanId"]))
      const wrong = arrived.filter((span) => !ids.has(span["spanId"]) || thresholdOf(span["traceState"]) !== threshold)
      const traces = new Set(arrived.map((span) => span["traceId"])).size
      const counted = Math.round(traces * adjusted(threshold))
      // Five standard deviations of a random choice.
      const share = 1 / adjusted(threshold)
      const near = Math.abs(counted - sessions) <= 5 * Math.sqrt(sessions * (1 - share) / share)
      return {
        good: wanted.length > 0 && arrived.length === wanted.length && wrong.length === 0 && near,
        detail: `${arrived.length} of ${wanted.length} spans that both keep, ${wrong.length} wrong, ` +
          `${traces} traces at th:${threshold} stand for ${counted} of ${sessions}`
      }
    })
  }))
