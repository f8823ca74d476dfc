/**
 * Processes that measure, the server that they send to, and tables.
 */
import { execFile, fork } from "node:child_process"
import { once } from "node:events"
import * as path from "node:path"
import { promisify } from "node:util"

export const root = path.join(import.meta.dirname, "..")

// The developer's own collector and keys must not take part.
export const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(OTEL|AGENTOPS)_/.test(name))
)

export const execute = promisify(execFile)

/** What has arrived since it was last asked for. */
export interface Received {
  readonly spans: number
  readonly attributes: number
  readonly bytes: number
}

/** Starts the server in a process of its own. */
export const startReceiver = async () => {
  const receiver = fork(path.join(import.meta.dirname, "receiver.ts"), { env })
  const [port] = await once(receiver, "message") as [number]
  const url = `http://127.0.0.1:${port}`
  return {
    received: async (): Promise<Received> => await (await fetch(`${url}/count`)).json() as Received,
    /** Runs one measurement of `producer.ts` in a separate process. */
    produce: async (mode: string, name: string, count: number): Promise<unknown> => {
      const producer = path.join(import.meta.dirname, "producer.ts")
      const args = ["--conditions=effect-agentops-source", producer, mode, name, `${count}`, url]
      const { stdout } = await execute(process.execPath, args, { cwd: root, env })
      const line = stdout.trim().split("\n").at(-1)!
      return line === "undefined" ? undefined : JSON.parse(line)
    },
    stop: () => receiver.disconnect()
  }
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted.length === 0 ? NaN : (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}

export const text = (value: number, digits: number): string => Number.isNaN(value) ? "" : value.toFixed(digits)

export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): void => {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)))
  const line = (cells: ReadonlyArray<string>) =>
    `| ${cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join(" | ")} |`
  console.log([line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join("\n"))
}
