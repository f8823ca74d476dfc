/**
 * Measures how long one traced call holds the program: a call that does nothing, and a model call with a prompt of a
 * million characters.
 *
 *     npm run bench:latency          less than a minute
 *
 * Each measurement runs in a separate process, and the subjects alternate. A ratio is to the raw SDK in the same round.
 * Each figure is the median of its rounds. All subjects yield to the event loop between measured calls and never inside
 * one: after 64 calls that do nothing, and after each long prompt.
 */
import type { Receiver } from "./processes.ts"
import { median, startReceiver, table, text } from "./processes.ts"
import type { Latency } from "./producer.ts"
import { PEER, subjects } from "./subjects/index.ts"

interface Settings {
  readonly rounds: number
  readonly calls: number
  readonly prompts: number
}

const traced = [PEER, "combinators-flat", "combinators", "combinators-bare", "with-span", "unprovided"]
const prompted = [PEER, "combinators"]

const measure = async (
  { produce, received }: Receiver,
  mode: string,
  names: ReadonlyArray<string>,
  count: number,
  rounds: number
): Promise<ReadonlyMap<string, ReadonlyArray<Latency>>> => {
  const results = new Map(names.map((name) => [name, [] as Array<Latency>]))
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      results.get(name)!.push(await produce(mode, name, count) as Latency)
    }
  }
  await received()
  return results
}

const rowsOf = (
  results: ReadonlyMap<string, ReadonlyArray<Latency>>,
  fields: ReadonlyArray<keyof Latency>
): ReadonlyArray<ReadonlyArray<string>> =>
  Array.from(results, ([name, runs]) => [
    subjects.find((entry) => entry.name === name)!.label,
    ...fields.flatMap((field) => [
      text(median(runs.map((run) => run[field])), 1),
      text(median(runs.map((run, round) => run[field] / results.get(PEER)![round]![field])), 2)
    ])
  ])

export const latencySettings: Settings = { rounds: 3, calls: 40_000, prompts: 60 }

/** Prints both tables. */
export const measureLatency = async (receiver: Receiver, { calls, prompts, rounds }: Settings): Promise<void> => {
  const nothing = await measure(receiver, "latency", traced, calls, rounds)
  console.log(
    `\nOne traced call that does nothing, in µs, while spans are exported: ${calls} calls, ${rounds} rounds. The library's\n` +
      "tool kind has two spans; with 4 spans a step it has one, as the SDK.\n"
  )
  table(
    ["", "least", "ratio", "p50", "ratio", "p99", "ratio", "p99.9", "ratio"],
    rowsOf(nothing, ["least", "p50", "p99", "p999"])
  )
  const long = await measure(receiver, "prompt", prompted, prompts, rounds)
  console.log(
    `\nOne traced call with a prompt of 1 MB, in µs, until the program goes on: ${prompts} calls, ${rounds} rounds\n`
  )
  table(["", "least", "ratio", "p50", "ratio", "p90", "ratio"], rowsOf(long, ["least", "p50", "p90"]))
}

if (process.argv[1] === import.meta.filename) {
  const receiver = await startReceiver()
  try {
    await measureLatency(receiver, latencySettings)
  } finally {
    receiver.stop()
  }
}
