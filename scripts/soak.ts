/**
 * `npm run soak [rounds]` kills processes at random moments, repeatedly, while the collector comes and goes. Every
 * ended span must arrive, and every started one too. Then several processes share one directory. They are killed,
 * stopped and started, their clocks are wrong, and their directories are removed. Then follows an outage, with the
 * memory before, during and after it. test/delivery/DiskModel.test.ts covers a loss of power.
 */
import { Effect, Layer, Result } from "effect"
import { AgentOps, Exporter, traceTool } from "effect-agentops"
import * as Fs from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"
import type { Run } from "../test/support/delivery/collector.ts"
import { collector, runAgent, runAgentWithClock, temporaryDirectory } from "../test/support/delivery/collector.ts"

const rounds = Number(process.argv[2] ?? 100)
// A killed process loses its count of spans that a full disk queue drops. That must not look like a loss.
const maxBytes = 4_000_000_000
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

const live = (url: string, directory: string) =>
  Exporter.otlp({ url }).pipe(
    Exporter.durable({ directory, maxBytes }),
    Layer.provideMerge(AgentOps.layer({ serviceName: "soak" }))
  )

const size = (directory: string) =>
  Fs.readdirSync(directory, { recursive: true }).reduce<number>(
    (sum, name) => sum + Fs.statSync(`${directory}/${String(name)}`).size,
    0
  )

const kills = Effect.gen(function*() {
  const server = yield* collector
  const directory = yield* temporaryDirectory
  const total = { started: 0, ended: 0, lost: 0, lostOpen: 0, twice: 0, recovered: 0, disk: 0 }
  for (let round = 0; round < rounds; round++) {
    server.status = ([200, 503, "reset"] as const)[round % 3]!
    const started = new Set<string>()
    const ended = new Set<string>()
    yield* Effect.scoped(Effect.gen(function*() {
      const run = yield* runAgent(server.url, directory)
      while (run.started.size === 0) yield* Effect.sleep("5 millis")
      yield* Effect.sleep(Math.random() * 500)
      run.child.kill("SIGKILL")
      yield* run.exited
      for (const id of run.started) started.add(id)
      for (const id of run.ended) ended.add(id)
    }))
    total.disk = Math.max(total.disk, size(directory))
    server.status = 200
    yield* Effect.provide(AgentOps.flush(), live(server.url, directory))
    const missing = (ids: ReadonlySet<string>) => [...ids].filter((id) => !server.arrived.has(id)).length
    total.started += started.size
    total.ended += ended.size
    total.lost += missing(ended)
    total.lostOpen += missing(started)
    total.twice += [...server.arrived.values()].filter((count) => count > 1).length
    total.recovered += server.recovered.size
    server.arrived.clear()
    server.recovered.clear()
  }
  console.log(
    `${rounds} kills: ${total.started} spans started, ${total.ended} ended; lost ${total.lost} that had ended, ` +
      `${total.lostOpen} that had started; ${total.recovered} sent for the dead, ${total.twice} arrived twice; ` +
      `at most ${megabytes(total.disk)} on disk`
  )
  if (total.lost + total.lostOpen > 0) process.exitCode = 1
})

/** Processes that share a directory, and the disturbances of a period. */
const several = Effect.gen(function*() {
  const server = yield* collector
  const directory = yield* temporaryDirectory
  const seconds = Math.max(20, rounds)
  const total = { processes: 0, kills: 0, stops: 0, removals: 0, skewed: 0, outages: 0 }
  const started = new Set<string>()
  const ended = new Set<string>()
  const runs = new Set<Run>()
  /** Processes whose directory was removed. They have a moment to notice it before the next disturbance. */
  const spared = new Set<Run>()
  const living = () => [...runs].filter((run) => !spared.has(run) && run.started.size > 0)
  const any = () => living()[Math.floor(Math.random() * living().length)]
  const note = (run: Run) => {
    for (const id of run.started) started.add(id)
    for (const id of run.ended) ended.add(id)
  }
  yield* Effect.scoped(Effect.gen(function*() {
    const spawn = Effect.gen(function*() {
      const isSkewed = Math.random() < 0.5
      const run = yield* isSkewed
        ? runAgentWithClock((Math.random() - 0.5) * 7_200_000, server.url, directory)
        : runAgent(server.url, directory)
      total.processes++
      if (isSkewed) total.skewed++
      runs.add(run)
    })
    const kill = (run: Run) =>
      Effect.gen(function*() {
        run.child.kill("SIGKILL")
        yield* run.exited
        note(run)
        runs.delete(run)
        total.kills++
      })
    const stop = (run: Run) =>
      Effect.gen(function*() {
        run.child.kill("SIGSTOP")
        total.stops++
        yield* Effect.sleep(Math.random() * 3_000)
        run.child.kill("SIGCONT")
      })
    const remove = (run: Run) =>
      Effect.gen(function*() {
        const names = Fs.existsSync(`${directory}/otlp`) ? Fs.readdirSync(`${directory}/otlp`) : []
        const own = names.find((name) => name.includes(`-${run.child.pid}-`) && !name.includes("~"))
        if (own === undefined) return
        spared.add(run)
        Fs.rmSync(`${directory}/otlp/${own}`, { recursive: true, force: true })
        total.removals++
        yield* Effect.forkScoped(Effect.andThen(Effect.sleep("8 seconds"), Effect.sync(() => spared.delete(run))))
      })
    yield* Effect.repeat(spawn, { times: 2 })
    const end = Date.now() + seconds * 1_000
    while (Date.now() < end) {
      yield* Effect.sleep(Math.random() * 800)
      const run = any()
      const dice = Math.random()
      if (runs.size < 3) yield* spawn
      else if (run === undefined) continue
      else if (dice < 0.3) yield* kill(run)
      else if (dice < 0.45) yield* stop(run)
      else if (dice < 0.75) yield* remove(run)
      else if (dice < 0.9) {
        server.status = server.status === 200 ? 503 : 200
        if (server.status !== 200) total.outages++
      }
    }
    yield* Effect.sleep("9 seconds")
    for (const run of runs) yield* kill(run)
  }))
  server.status = 200
  const statuses: Array<unknown> = []
  for (let i = 0; i < 3; i++) {
    statuses.push((yield* Effect.provide(AgentOps.flush("1 minute"), live(server.url, directory)))[0])
  }
  const lost = [...ended].filter((id) => !server.arrived.has(id))
  const lostOpen = [...started].filter((id) => !server.arrived.has(id))
  const rows: ReadonlyArray<readonly [string, unknown]> = [
    ["seconds", seconds],
    ["processes, of them with a wrong clock", `${total.processes}, ${total.skewed}`],
    [
      "kill -9, SIGSTOP, directories removed, outages",
      Object.values(total).slice(1, 4).concat(total.outages).join(", ")
    ],
    ["spans started", started.size],
    ["spans ended", ended.size],
    ["different spans that arrived", server.arrived.size],
    ["arrived more than once", [...server.arrived.values()].filter((count) => count > 1).length],
    ["sent for the dead", server.recovered.size],
    ["dropped, by reason", JSON.stringify((statuses[0] as { readonly dropped: object }).dropped)],
    ["left on disk", Fs.readdirSync(`${directory}/otlp`).length],
    ["lost that had ended", lost.length],
    ["lost that had started", lostOpen.length]
  ]
  console.log("several processes on one directory")
  for (const [what, figure] of rows) console.log(`  ${what.padEnd(48)} ${String(figure)}`)
  if (lost.length + lostOpen.length > 0) process.exitCode = 1
})

const outage = Effect.fnUntraced(function*(durable: boolean) {
  const server = yield* collector
  const directory = yield* temporaryDirectory
  const count = 200_000
  const layer = durable ? live(server.url, directory) : Exporter.otlp({ url: server.url }).pipe(
    Layer.provideMerge(AgentOps.layer({ serviceName: "soak" }))
  )
  const memory = () => {
    globalThis.gc?.()
    const { arrayBuffers, heapUsed } = process.memoryUsage()
    return megabytes(heapUsed + arrayBuffers)
  }
  const stalls = monitorEventLoopDelay({ resolution: 1 })
  const work = (n: number) =>
    Effect.forEach(
      Array.from({ length: n / 2 }),
      (_, i) => Effect.andThen(Effect.sleep(0), Effect.succeed(i).pipe(traceTool("work"))),
      { concurrency: 100, discard: true }
    )
  yield* Effect.gen(function*() {
    yield* work(10_000)
    yield* AgentOps.flush()
    const before = memory()
    server.status = 503
    stalls.enable()
    yield* work(count)
    stalls.disable()
    const during = memory()
    const [pending] = yield* AgentOps.status
    const disk = size(directory)
    server.status = 200
    const [status] = yield* AgentOps.flush("2 minutes")
    console.log(
      `outage, ${durable ? "durable" : "in memory"}, ${count} spans: memory ${before} before, ${during} during, ` +
        `${memory()} after; ${pending!.pending} pending, ${megabytes(disk)} on disk; longest loop stall ` +
        `${(stalls.max / 1e6).toFixed(1)} ms, 99.9% under ${(stalls.percentile(99.9) / 1e6).toFixed(1)} ms; then ` +
        JSON.stringify(status)
    )
  }).pipe(Effect.provide(layer))
})

const result = await Effect.runPromise(
  Effect.result(Effect.scoped(Effect.all([kills, several, outage(true), outage(false)], { discard: true })))
)
if (Result.isFailure(result)) throw result.failure
