/**
 * `npm run soak [rounds] [kills | several | outage]` kills processes at random moments, repeatedly, while the collector
 * comes and goes. Every ended span must arrive, and every started one too. Then several processes share one directory:
 * see `soak/several`. Then follows an outage, with the memory before, during and after it.
 * test/delivery/DiskModel.test.ts covers a loss of power.
 */
import { Effect, Layer, Result } from "effect"
import { AgentOps, Exporter, traceTool } from "effect-agentops"
import * as Fs from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { collector, runAgent, temporaryDirectory } from "../test/support/delivery/collector.ts"
import { live } from "./soak/live.ts"
import { several } from "./soak/several.ts"

const rounds = Number(process.argv[2] ?? 100)
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

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

const parts = {
  kills,
  several: several(Math.max(20, rounds)),
  outage: Effect.andThen(outage(true), outage(false))
}
const [, , , only] = process.argv
const chosen = Object.entries(parts).flatMap(([name, part]) => only === undefined || only === name ? [part] : [])
const result = await Effect.runPromise(Effect.result(Effect.scoped(Effect.all(chosen, { discard: true }))))
if (Result.isFailure(result)) throw result.failure
