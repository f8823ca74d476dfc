/**
 * Runs one measurement in a separate process: `producer.ts throughput|minimum|latency|prompt SUBJECT COUNT URL`. It prints one
 * line of JSON. The measurement starts after a warm-up and ends when everything has been sent. `minimum` answers HTTP
 * in the same process, and returns the minimum of many short batches.
 */
import { setImmediate } from "node:timers/promises"
import { answerAtOnce } from "./answered.ts"
import { peers, subjects } from "./subjects/index.ts"
import type { Subject } from "./workload.ts"
import { STEPS } from "./workload.ts"

/** The cost of a run of the workload. */
export interface Throughput {
  /** Microseconds of this process, including garbage collection and compilation. */
  readonly cpu: number
  /** Sessions of the warm-up. */
  readonly warm: number
  /** Microseconds of wall time. */
  readonly wall: number
  /** The largest growth of resident memory in bytes. */
  readonly memory: number
}

/** The time of one traced call in microseconds. */
export interface Latency {
  readonly least: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
}

/** The cost of one step without sending. */
export interface Minimum {
  readonly least: number
  readonly tenth: number
}

const maxBlocks = 12

const [mode, name, countText, url] = process.argv.slice(2)
const count = Number(countText)
const entry = [...subjects, ...peers].find((entry) => entry.name === name)!
const open = await entry.load()

/** CPU microseconds of this process. */
const used = (since?: NodeJS.CpuUsage): number => {
  const { system, user } = process.cpuUsage(since)
  return user + system
}

/** Runs blocks until two successive ones agree, and returns the number of sessions. */
const warmUp = async (subject: Subject): Promise<number> => {
  const block = Math.max(20, Math.ceil(count / 8))
  let before = NaN
  for (let blocks = 1;; blocks++) {
    const cpu = process.cpuUsage()
    await subject.run(block)
    const now = used(cpu)
    if (blocks === maxBlocks || (blocks > 1 && Math.abs(now / before - 1) <= 0.03)) return blocks * block
    before = now
  }
}

const throughput = async (): Promise<Throughput> => {
  const warm = await open(url!)
  const sessions = await warmUp(warm)
  await warm.close()
  const subject = await open(url!)
  const memory = process.memoryUsage.rss()
  const start = process.hrtime.bigint()
  const cpu = process.cpuUsage()
  await subject.run(count)
  await subject.close()
  return {
    cpu: used(cpu),
    warm: sessions,
    wall: Number(process.hrtime.bigint() - start) / 1000,
    memory: Math.max(0, process.resourceUsage().maxRSS * 1024 - memory)
  }
}

/** The minimum time of a step in microseconds of wall time, over many batches of two sessions. */
const minimum = async (): Promise<Minimum> => {
  answerAtOnce()
  const subject = await open("http://127.0.0.1:9")
  await subject.run(Math.min(1_000, count))
  const times = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    await subject.run(2)
    // Sending is part of the measurement.
    await setImmediate()
    times[i] = (performance.now() - start) * 1000 / (2 * STEPS)
  }
  await subject.close()
  times.sort()
  return { least: times[0]!, tenth: times[Math.floor(count / 10)]! }
}

const latency = async (): Promise<Latency | undefined> => {
  const subject = await open(url!)
  if (subject.calls === undefined) return undefined
  await subject.calls(Math.ceil(count / 5))
  const times = (await subject.calls(count)).sort()
  await subject.close()
  const at = (share: number): number => times[Math.floor(share * (count - 1))]!
  return { least: times[0]!, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) }
}

/** The same for model calls with prompts of a million characters, all different. */
const prompt = async (): Promise<Latency | undefined> => {
  const subject = await open(url!)
  if (subject.prompts === undefined) return undefined
  const words = "What went in comes out again, and some of it twice. "
  const prompts = Array.from(
    { length: count },
    (_, i) => Buffer.from(`${i} ${words.repeat(1_000_000 / words.length)}`, "latin1").toString("latin1")
  )
  await subject.prompts(prompts.slice(0, 20))
  const times = (await subject.prompts(prompts)).sort()
  await subject.close()
  const at = (share: number): number => times[Math.floor(share * (count - 1))]!
  return { least: times[0]!, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) }
}

const modes = { latency, minimum, prompt, throughput }

console.log(JSON.stringify(await modes[mode as keyof typeof modes]()))
