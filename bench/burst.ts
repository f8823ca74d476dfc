/**
 * `npm run bench:burst [spans] [burst | batch | recovery]` makes half a million spans without a pause, with a server that
 * takes 50 ms for each request and an exporter's default settings. Then it makes one batch of 65,536 spans, and starts
 * with spans that a process left on disk. It prints the arrived spans, the memory, and how long the event loop was
 * blocked.
 */
import { Effect, Layer } from "effect"
import { AgentOps, Exporter, traceTool } from "effect-agentops"
import { fork } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { monitorEventLoopDelay } from "node:perf_hooks"

const SPANS = Number(process.argv[2] ?? 500_000)

const receiver = (delay: number) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly stop: () => void }>((resume) => {
      const child = fork(Path.join(import.meta.dirname, "receiver.ts"), [String(delay)], {
        execArgv: ["--conditions=effect-agentops-source"]
      })
      child.on("message", (port) =>
        resume(Effect.succeed({ url: `http://127.0.0.1:${Number(port)}`, stop: () => void child.kill() })))
    }),
    ({ stop }) =>
      Effect.sync(stop)
  )

const arrived = (url: string) =>
  Effect.promise(async () => (await (await fetch(`${url}/count`)).json() as { readonly spans: number }).spans)

const work = (spans: number) =>
  Effect.forEach(
    Array.from({ length: spans / 2 }),
    (_, i) => Effect.succeed(i).pipe(traceTool("search", { parameters: { query: "weather in Paris", limit: i } })),
    { discard: true }
  )

const traced = <A, E, R>(layer: Layer.Layer<A, E, R>) =>
  Layer.provideMerge(layer, AgentOps.layer({ serviceName: "burst" }))

const memory = () => Math.round(process.memoryUsage.rss() / 1e6)

/** Runs an effect, and returns how long the event loop was blocked during it. */
const watched = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const ms = (nanos: number) => (nanos / 1e6 - 1).toFixed(1)
    return Effect.map(self, (value) => {
      delay.disable()
      return [value, `loop stood still ${ms(delay.percentile(99.9))} ms at p99.9, ${ms(delay.max)} at most`] as const
    })
  })

const burst = Effect.gen(function*() {
  const server = yield* receiver(50)
  const before = memory()
  let largest = before
  const timer = setInterval(() => largest = Math.max(largest, memory()), 20)
  const start = performance.now()
  let made = 0
  const run = Effect.gen(function*() {
    yield* work(SPANS)
    made = performance.now()
    largest = Math.max(largest, memory())
    return yield* watched(AgentOps.flush("5 minutes"))
  })
  const [status, stalls] = yield* Effect.provide(run, traced(Exporter.otlp({ url: server.url, content: true })))
  clearInterval(timer)
  const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1)
  console.log(
    `burst: ${SPANS} spans made in ${seconds(start, made)} s, sent in ${seconds(made, performance.now())} s: ` +
      `${yield* arrived(server.url)} arrived, dropped ${
        JSON.stringify(status[0]!.dropped)
      }; memory ${before} MB before, ` +
      `${largest} MB at most; while it is sent the ${stalls}`
  )
})

const batch = Effect.gen(function*() {
  const server = yield* receiver(0)
  const size = 65_536
  const run = Effect.gen(function*() {
    yield* work(size)
    return yield* watched(AgentOps.flush("1 minute"))
  })
  const exporter = Exporter.otlp({
    url: server.url,
    maxBatchSize: size,
    maxBatchBytes: 64 * 1024 * 1024,
    exportInterval: "1 minute"
  })
  const [, stalls] = yield* Effect.provide(run, traced(exporter))
  console.log(`one batch of ${yield* arrived(server.url)} spans: ${stalls}`)
})

const recovery = Effect.gen(function*() {
  const directory = Fs.mkdtempSync(Path.join(Os.tmpdir(), "effect-agentops-burst-"))
  const server = yield* receiver(0)
  const durable = (url: string) =>
    traced(Exporter.otlp({ url, shutdownTimeout: "1 second" }).pipe(Exporter.durable({ directory })))
  yield* Effect.provide(work(200_000), durable("http://127.0.0.1:1"))
  const [status, stalls] = yield* watched(Effect.provide(AgentOps.flush("1 minute"), durable(server.url)))
  console.log(
    `recovery of ${yield* arrived(server.url)} spans, ${JSON.stringify(status[0]!.dropped)} dropped: ${stalls}`
  )
  Fs.rmSync(directory, { recursive: true, force: true })
})

const parts = { burst, batch, recovery }
const [, , , only] = process.argv
const chosen = Object.entries(parts).flatMap(([name, part]) => only === undefined || only === name ? [part] : [])
await Effect.runPromise(Effect.scoped(Effect.all(chosen, { discard: true })))
