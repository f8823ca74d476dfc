/**
 * One measurement in a process of its own: `producer.ts throughput|latency SUBJECT COUNT URL`.
 *
 * Prints one line of JSON. What is measured begins after a warm-up and ends when everything has
 * been sent.
 */
import { subjects } from "./subjects/index.ts"

/** What a run of the workload took. */
export interface Throughput {
  /** Microseconds of this process, its garbage collection and compilation included. */
  readonly cpu: number
  /** Microseconds on the wall. */
  readonly wall: number
  /** Bytes that resident memory grew by at its largest. */
  readonly memory: number
}

/** How long one traced call took, in microseconds. */
export interface Latency {
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

const [mode, name, countText, url] = process.argv.slice(2)
const count = Number(countText)
const entry = subjects.find((entry) => entry.name === name)!
const open = await entry.load()

const throughput = async (): Promise<Throughput> => {
  const warm = await open(url!)
  await warm.run(Math.ceil(count / 5))
  await warm.close()
  const subject = await open(url!)
  const memory = process.memoryUsage.rss()
  const start = process.hrtime.bigint()
  const cpu = process.cpuUsage()
  await subject.run(count)
  await subject.close()
  const used = process.cpuUsage(cpu)
  return {
    cpu: used.user + used.system,
    wall: Number(process.hrtime.bigint() - start) / 1000,
    memory: Math.max(0, process.resourceUsage().maxRSS * 1024 - memory)
  }
}

const latency = async (): Promise<Latency | undefined> => {
  const subject = await open(url!)
  if (subject.calls === undefined) return undefined
  await subject.calls(Math.ceil(count / 5))
  const times = (await subject.calls(count)).sort()
  await subject.close()
  const at = (share: number): number => times[Math.floor(share * (count - 1))]!
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}

console.log(JSON.stringify(await (mode === "latency" ? latency() : throughput())))
