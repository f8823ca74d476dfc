/**
 * Processes on one directory, and what happens to them for a while: they are killed, stopped and started, have clocks
 * that are wrong, and lose their directories, wholly or in part.
 *
 * A process that is killed before it has found out that its directory is gone takes along what had not arrived. It tells
 * when it has moved out, so what is lost for this reason is known exactly. Any other loss is an error, and is told with
 * what had happened to its process.
 */
import { Effect } from "effect"
import { AgentOps } from "effect-agentops"
import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"
import type { Run } from "../../test/support/delivery/collector.ts"
import { collector, runWithClock, temporaryDirectory } from "../../test/support/delivery/collector.ts"
import { live } from "./live.ts"

interface Removal {
  readonly path: string
  readonly isPartial: boolean
  readonly at: number
  /** How many spans had ended by then, as far as is known. */
  readonly ended: number
}

interface Known {
  readonly run: Run
  readonly skew: number
  readonly removals: Array<Removal>
  killedAt: number
}

const processes = 4

/** The program in one file: else most of the time would go into starting it. */
const bundled = Effect.gen(function*() {
  const directory = yield* temporaryDirectory
  const file = `${directory}/agent.mjs`
  yield* Effect.promise(async () => {
    const bundle = await rolldown({
      input: fileURLToPath(new URL("../../test/support/delivery/agent.ts", import.meta.url)),
      platform: "node",
      resolve: { conditionNames: ["effect-agentops-source", "node", "import", "default"] },
      logLevel: "silent"
    })
    await bundle.write({ file, format: "esm", codeSplitting: false })
  })
  return file
})

/** Whether a process had told that it moved out of all directories that it lost. */
const hadMovedOut = ({ removals, run }: Known) =>
  removals.every(({ path }) => run.logged.some((line) => line.includes(`${path} was no longer this process's own`)))

/** What had happened to a process. */
const describe = (known: Known) => {
  const removals = known.removals.map(({ at, ended, isPartial, path }) =>
    `${path.replace(/^.*\//, "")}${isPartial ? " in part" : ""} after ${ended} had ended, ` +
    `${known.killedAt - at} ms before the kill`
  )
  const said = known.run.logged.flatMap((line) => /exporter otlp: (.*(?:own|take).*)$/.exec(line)?.[1] ?? [])
  return `process ${known.run.child.pid}, clock ${Math.round(known.skew / 1000)} s off; removed ${
    removals.join(", ") || "nothing"
  }; it said ${said.join(", ") || "nothing"}`
}

export const several = Effect.fnUntraced(function*(seconds: number) {
  const server = yield* collector
  const directory = yield* temporaryDirectory
  const agent = yield* bundled
  const total = { kills: 0, stops: 0, removals: 0, partial: 0, outages: 0 }
  const all: Array<Known> = []
  const living = new Set<Known>()
  // A process takes a while to start. What happens to one happens while another works.
  const any = () => {
    const working = [...living].filter(({ run }) => run.started.size > 0)
    return working.length < 2 ? undefined : working[Math.floor(Math.random() * working.length)]
  }
  yield* Effect.scoped(Effect.gen(function*() {
    const spawn = Effect.gen(function*() {
      const skew = Math.random() < 0.5 ? 0 : Math.round((Math.random() - 0.5) * 7_200_000)
      const run = yield* runWithClock([process.execPath, agent], skew, server.url, directory, "calm")
      const known: Known = { run, skew, removals: [], killedAt: 0 }
      all.push(known)
      living.add(known)
    })
    const kill = (known: Known) =>
      Effect.gen(function*() {
        if (known.run.child.exitCode !== null) throw new Error(`a process ended by itself: ${known.run.errors()}`)
        known.run.child.kill("SIGKILL")
        known.killedAt = Date.now()
        living.delete(known)
        total.kills++
        yield* known.run.exited
      })
    const stop = ({ run }: Known) =>
      Effect.gen(function*() {
        run.child.kill("SIGSTOP")
        total.stops++
        yield* Effect.sleep(Math.random() * 3_000)
        run.child.kill("SIGCONT")
      })
    const remove = ({ removals, run }: Known) => {
      const names = Fs.existsSync(`${directory}/otlp`) ? Fs.readdirSync(`${directory}/otlp`) : []
      const own = names.find((name) => name.includes(`-${run.child.pid}-`) && !name.includes("~"))
      if (own === undefined) return
      const path = `${directory}/otlp/${own}`
      const isPartial = Math.random() < 0.3
      removals.push({ path, isPartial, at: Date.now(), ended: run.ended.size })
      // The first in order, so that what is removed is in the way of what is read.
      if (isPartial) Fs.rmSync(`${path}/${Fs.readdirSync(path).find((name) => name.endsWith("log"))}`, { force: true })
      else Fs.rmSync(path, { recursive: true, force: true, maxRetries: 3 })
      total[isPartial ? "partial" : "removals"]++
    }
    yield* Effect.repeat(spawn, { times: processes - 1 })
    const end = Date.now() + seconds * 1_000
    while (Date.now() < end) {
      yield* Effect.sleep(Math.random() * 400)
      const known = any()
      const dice = Math.random()
      if (living.size < processes) yield* spawn
      else if (known === undefined) continue
      else if (dice < 0.25) yield* kill(known)
      else if (dice < 0.35) yield* stop(known)
      else if (dice < 0.7) remove(known)
      else if (dice < 0.85) {
        server.status = server.status === 200 ? 503 : 200
        if (server.status !== 200) total.outages++
      }
    }
    for (const known of living) yield* kill(known)
  }))
  server.status = 200
  const statuses: Array<Record<string, number>> = []
  for (let i = 0; i < 3; i++) {
    const [status] = yield* Effect.provide(AgentOps.flush("1 minute"), live(server.url, directory))
    statuses.push({ ...status!.dropped })
  }
  const count = (kind: "started" | "ended") => all.reduce((sum, { run }) => sum + run[kind].size, 0)
  const missing = (kind: "started" | "ended") =>
    all.flatMap((known) => [...known.run[kind]].flatMap((id) => server.arrived.has(id) ? [] : [{ known, id }]))
  const lost = missing("ended")
  const lostOpen = missing("started")
  const unexplained = lost.filter(({ known }) => hadMovedOut(known))
  const unexplainedOpen = lostOpen.filter(({ known }) => hadMovedOut(known))
  const late = all.filter((known) => known.removals.length > 0 && !hadMovedOut(known))
  const rows: ReadonlyArray<readonly [string, unknown]> = [
    ["seconds", seconds],
    ["processes, of them with a wrong clock", `${all.length}, ${all.filter(({ skew }) => skew !== 0).length}`],
    ["kill -9, SIGSTOP, outages", `${total.kills}, ${total.stops}, ${total.outages}`],
    ["directories removed, files removed in them", `${total.removals}, ${total.partial}`],
    ["processes killed before they had moved out", late.length],
    ["spans started, ended", `${count("started")}, ${count("ended")}`],
    ["different spans that arrived", server.arrived.size],
    ["arrived more than once", [...server.arrived.values()].filter((count) => count > 1).length],
    ["sent for the dead", server.recovered.size],
    ["dropped, by reason", JSON.stringify(statuses[0])],
    ["left on disk", Fs.readdirSync(`${directory}/otlp`).length],
    [
      "gone with those processes, ended, started",
      `${lost.length - unexplained.length}, ${lostOpen.length - unexplainedOpen.length}`
    ],
    ["lost otherwise, ended, started", `${unexplained.length}, ${unexplainedOpen.length}`]
  ]
  console.log("several processes on one directory")
  for (const [what, figure] of rows) console.log(`  ${what.padEnd(48)} ${String(figure)}`)
  for (const known of late) console.log(`  killed before it had moved out: ${describe(known)}`)
  for (const { id, known } of [...unexplained, ...unexplainedOpen].slice(0, 20)) {
    const started = [...known.run.started].indexOf(id)
    console.log(`  lost: ${id}, started as number ${started} of ${known.run.started.size}: ${describe(known)}`)
  }
  if (unexplained.length + unexplainedOpen.length > 0) process.exitCode = 1
})
