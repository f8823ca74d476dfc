/**
 * Measures the cost of tracing, compared with other ways to trace the same program.
 *
 *     npm run bench                  the figures of docs/explanation/what-it-costs.md, about six minutes
 *     npm run bench -- all           each subject, about twelve minutes
 *     npm run bench -- --quick       one short round of each subject, to see that every span arrives
 *     npm run bench -- otel combinators --rounds 9
 *     npm run bench -- peers         other libraries for the same, which it installs outside of the clone
 *     npm run bench -- imports       what an import costs, alone
 *
 * Each measurement runs in a separate process and sends to a server in another one, which counts spans. The subjects
 * alternate round by round, so that a slow period affects all of them. Absolute times depend on the machine, so compare
 * the ratios. Each ratio is the median of the ratios of its rounds. The bench fails unless every span arrives.
 */
import { parseArgs } from "node:util"
import { buildPackage, importing, imports, pages } from "./imports.ts"
import { latencySettings, measureLatency } from "./latency.ts"
import { env, execute, median, root, startReceiver, table, text } from "./processes.ts"
import type { Minimum, Throughput } from "./producer.ts"
import type { Entry } from "./subjects/index.ts"
import { PEER, peers, subjects } from "./subjects/index.ts"
import { SPANS, STEPS } from "./workload.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    spans: { type: "string" }
  }
})
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5))
const spansPerRun = Number(values.spans ?? (values.quick ? 8_000 : 100_040))
const all = [...subjects, ...peers]
// The subjects with which a peer is compared.
const beside = new Set([PEER, "otel-async", "combinators", "combinators-flat", "combinators-async", "with-span"])
// The subjects that have goals, and those that they are compared with.
const usual = new Set([
  "effect",
  "unprovided",
  PEER,
  "otel-six",
  "otel-service",
  "combinators",
  "combinators-flat",
  "combinators-bare",
  "unsampled",
  "with-span"
])
const isChosen = ({ name }: Entry): boolean =>
  positionals.includes(name) || (positionals.length === 0 && usual.has(name)) ||
  (positionals.includes("peers") && (beside.has(name) || peers.some((peer) => peer.name === name)))
const chosen = positionals.includes("all") || (values.quick && positionals.length === 0)
  ? subjects
  : all.filter(isChosen)
const importsAlone = positionals.length === 1 && positionals[0] === "imports"
const unknown = positionals.filter((name) =>
  !["all", "imports", "peers"].includes(name) && !all.some((entry) => entry.name === name)
)
if (unknown.length > 0 || !(rounds >= 1) || !(spansPerRun >= 1)) {
  console.error(`Subjects: all, peers, imports, ${all.map((entry) => entry.name).join(", ")}; rounds and spans from 1`)
  process.exit(2)
}

const receiver = await startReceiver()
const { produce, received } = receiver

let lost = 0

const measureThroughput = async (): Promise<void> => {
  const results = new Map(chosen.map((entry) => [entry.name, [] as Array<Throughput>]))
  const arrivals = new Map<string, { sent: number; arrived: number; attributes: number; bytes: number }>()
  for (let round = 0; round < rounds; round++) {
    // In reverse order in every second round.
    for (const { name, sent, spans } of round % 2 === 0 ? chosen : chosen.toReversed()) {
      const sessions = Math.round(spansPerRun / spans)
      const result = await produce("throughput", name, sessions) as Throughput
      results.get(name)!.push(result)
      const total = arrivals.get(name) ?? { sent: 0, arrived: 0, attributes: 0, bytes: 0 }
      const { attributes, bytes, spans: arrived } = await received()
      total.sent += (sessions + result.warm) * sent
      total.arrived += arrived
      total.attributes += attributes
      total.bytes += bytes
      arrivals.set(name, total)
    }
  }
  const perSpan = (entry: typeof chosen[number], round: number): number =>
    results.get(entry.name)![round]!.cpu / (Math.round(spansPerRun / entry.spans) * entry.spans)
  const peer = chosen.find((entry) => entry.name === PEER)
  const over = (f: (round: number) => number): number => median(Array.from({ length: rounds }, (_, round) => f(round)))
  const rows = chosen.map((entry) => {
    const stepSpans = (entry.spans - 1) / STEPS
    const { arrived, attributes, bytes, sent } = arrivals.get(entry.name)!
    lost += Math.abs(sent - arrived)
    const ratio = over((round) => peer === undefined ? NaN : perSpan(entry, round) / perSpan(peer, round))
    return [
      entry.label,
      text(over((round) => perSpan(entry, round)), 1),
      text(ratio, 2),
      text(stepSpans, 0),
      text(over((round) => perSpan(entry, round) * entry.spans / STEPS), 0),
      text(peer === undefined ? NaN : ratio * entry.spans / peer.spans, 2),
      text(over((round) => 1e6 * spansPerRun / results.get(entry.name)![round]!.wall), 0),
      sent === 0 ? "" : `${arrived} of ${sent}`,
      arrived === 0 ? "" : text(attributes / arrived, 2),
      arrived === 0 ? "" : text(bytes / arrived, 0),
      text(over((round) => results.get(entry.name)![round]!.memory / 2 ** 20), 0)
    ]
  })
  console.log(
    `\nCPU and arrivals: node ${process.version}, ${spansPerRun} spans a run, ${rounds} rounds, medians.\n` +
      `A session has ${STEPS} steps; "ratio" is against the raw SDK, which tells the same attributes. The library's own\n` +
      "action and tool kinds add a span for the attempt, so a step with the same facts is six spans and not four:\n" +
      "\"by step\" compares these. Each process is warm once two blocks of its work agree within 3 %.\n"
  )
  table(
    [
      "",
      "µs/span",
      "ratio",
      "spans/step",
      "µs/step",
      "ratio by step",
      "spans/s",
      "arrived",
      "attributes/span",
      "bytes/span",
      "memory MiB"
    ],
    rows
  )
}

const measureMinimum = async (): Promise<void> => {
  const results = new Map<string, Minimum>()
  for (const { name } of chosen) {
    results.set(name, await produce("minimum", name, values.quick ? 200 : 2_500) as Minimum)
  }
  const peer = results.get(PEER)
  console.log(
    "\nIn one process, requests answered at once: the least of many batches of two sessions, and the tenth part\n"
  )
  table(
    ["", "µs/step", "tenth", "ratio by step", "ratio"],
    chosen.map(({ label, name, spans }) => {
      const { least, tenth } = results.get(name)!
      const ratio = peer === undefined ? NaN : least / peer.least
      return [label, text(least, 1), text(tenth, 1), text(ratio, 2), text(ratio * SPANS / spans, 2)]
    })
  )
}

const measureImports = async (): Promise<void> => {
  buildPackage()
  const runs = imports.map(() => [] as Array<readonly [wall: number, cpu: number, memory: number]>)
  for (let round = 0; round < (values.quick ? 1 : 9); round++) {
    for (const [i, [, modules]] of imports.entries()) {
      const args = ["--input-type=module", "--eval", importing(modules)]
      const { stdout } = await execute(process.execPath, args, { cwd: root, env })
      runs[i]!.push(JSON.parse(stdout) as [number, number, number])
    }
  }
  const effect = imports.findIndex(([label]) => label === "effect/Effect")
  console.log("\nA cold import, as built; the ratio is that of CPU to Effect's own\n")
  table(
    ["", "ms", "CPU ms", "ratio", "memory MiB"],
    imports.map(([label], i) => [
      label,
      text(median(runs[i]!.map(([wall]) => wall)), 0),
      text(median(runs[i]!.map(([, cpu]) => cpu)), 0),
      text(median(runs[i]!.map(([, cpu], round) => cpu / runs[effect]![round]![1])), 2),
      text(median(runs[i]!.map(([, , memory]) => memory)) / 2 ** 20, 0)
    ])
  )
  console.log("\nBundled by vite for a browser, kB gzipped; npm run check:package has the other bundlers\n")
  table(
    ["", "at once", "in all"],
    (await pages()).map(([label, atOnce, all]) => [label, text(atOnce, 1), text(all, 1)])
  )
}

try {
  if (!importsAlone) {
    await measureThroughput()
    await measureMinimum()
  }
  if (positionals.length === 0) {
    await measureLatency(receiver, values.quick ? { ...latencySettings, rounds: 1, calls: 4_000 } : latencySettings)
  }
  if (positionals.length === 0 || importsAlone) await measureImports()
} finally {
  receiver.stop()
}

if (lost > 0) {
  console.error(`\n${lost} spans did not arrive`)
  process.exitCode = 1
}
