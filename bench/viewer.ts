/**
 * Measures the viewer with much data, as a user runs it: `effect-agentops dev` in a separate process with a database
 * file. It measures how many spans a second the viewer accepts over HTTP, whether any is lost, how large the database
 * grows, how fast it answers over a million spans, and how fast Chromium shows a session of 10,000.
 *
 * Run: npm run bench:viewer [-- SPANS]
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as Http from "node:http"
import * as os from "node:os"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { chromium } from "playwright-core"
import type { SpanData } from "../src/core/SpanData.ts"
import { encodeTraces } from "../src/otlp/internal/protobuf.ts"
import { session, span, traceId } from "../test/support/viewer/sessions.ts"

const root = path.join(import.meta.dirname, "..")
const total = Number(process.argv[2] ?? 1_000_000)
const sessionsOfRequest = 85
const perSession = session(1).length
const inFlight = 4

// The fixture's sessions may be too old for the viewer's retention, so they are moved to today.
const shift = BigInt(Date.now() - 3_600_000) * 1_000_000n - 1_790_000_000_000_000_000n
const shifted = (spans: ReadonlyArray<SpanData>): ReadonlyArray<SpanData> =>
  spans.map((span) => ({ ...span, startTime: span.startTime + shift, endTime: span.endTime + shift }))

const print = (name: string, value: string) => console.log(`${name.padEnd(46)} ${value}`)

const median = (values: Array<number>): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!

const agent = new Http.Agent({ keepAlive: true, maxSockets: inFlight })

const ask = (url: string, body?: Uint8Array): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = body === undefined
      ? { agent }
      : { agent, method: "POST", headers: { "content-type": "application/x-protobuf" } }
    const request = Http.request(url, options, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => text += chunk)
      response.on("end", () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`${response.statusCode}: ${text}`)))
    })
    request.on("error", reject)
    request.end(body)
  })

const start = (file: string): Promise<readonly [ChildProcess, string]> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        "--conditions=effect-agentops-source",
        "--disable-warning=ExperimentalWarning",
        path.join(root, "src/cli/internal/main.ts"),
        "dev",
        "--port",
        "0",
        "--db",
        file
      ],
      { stdio: ["ignore", "pipe", "inherit"] }
    )
    child.stdout.on("data", (chunk: Buffer) => {
      const found = /http:\/\/localhost:\d+/.exec(chunk.toString())
      if (found !== null) resolve([child, found[0].replace("localhost", "127.0.0.1")])
    })
    child.on("exit", (code) => reject(new Error(`the viewer ended with ${code}`)))
  })

/** Sends sessions with a few concurrent requests, and returns spans and seconds. */
const fill = async (url: string) => {
  const count = Math.ceil(total / perSession)
  let next = 0
  const sender = async () => {
    while (next < count) {
      const first = next
      next = Math.min(count, first + sessionsOfRequest)
      const spans = Array.from({ length: next - first }, (_, j) => {
        const i = first + j
        return session(i + 1, {
          name: ["support", "refund", "research"][i % 3],
          question: `Where is order ${i} of customer ${i % 997}?`,
          tag: `team${i % 7}`,
          model: ["gpt-4o-mini", "gpt-4o", "claude-sonnet-4"][i % 3],
          at: i * 20
        })
      })
      await ask(`${url}/v1/traces`, encodeTraces(shifted(spans.flat())))
    }
  }
  const begin = performance.now()
  await Promise.all(Array.from({ length: inFlight }, sender))
  return { spans: count * perSession, sessions: count, seconds: (performance.now() - begin) / 1000 }
}

const answers = async (url: string, pid: number) => {
  const timed = async (name: string, target: (i: number) => string) => {
    const taken: Array<number> = []
    const before = processorSeconds(pid)
    for (let i = 0; i < 21; i++) {
      const begin = performance.now()
      await ask(`${url}${target(i)}`)
      taken.push(performance.now() - begin)
    }
    const own = 1000 * (processorSeconds(pid) - before) / 21
    print(name, `${median(taken).toFixed(1).padStart(8)} ms, the median of 21; ${own.toFixed(1)} ms of processor time`)
  }
  await timed("list, the newest 100", () => "/api/sessions")
  await timed("list, by cost", () => "/api/sessions?sort=cost")
  await timed("list, one tag", (i) => `/api/sessions?tag=team${i % 7}`)
  await timed("search, a rare word", (i) => `/api/sessions?text=order+${i * 31}`)
  await timed("search, a word that is everywhere", () => "/api/sessions?text=customer")
  await timed("totals and charts", () => "/api/stats")
  await timed("one session", (i) => `/api/sessions/${traceId(i + 1)}`)
}

const opens = async (url: string) => {
  const executablePath = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((file) => fs.existsSync(file))
  if (executablePath === undefined) return print("a session of 10,000 spans", "there is no Chromium here")
  const trace = total * 2
  const steps = [
    span({ trace, id: 1, name: "long", lasts: 10_000 }),
    ...Array.from(
      { length: 9_999 },
      (_, i) => span({ trace, id: i + 2, parent: 1, name: `step ${i}`, at: i, lasts: 1 })
    )
  ]
  await ask(`${url}/v1/traces`, encodeTraces(shifted(steps)))
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] })
  const taken: Array<number> = []
  for (let i = 0; i < 5; i++) {
    const page = await browser.newPage()
    const begin = performance.now()
    await page.goto(`${url}/#/session/${traceId(trace)}`)
    await page.waitForSelector(".row")
    taken.push(performance.now() - begin)
    if (i === 4) {
      const slowest = await page.evaluate(async () => {
        const box = document.querySelector(".rows")!
        let last = performance.now()
        let most = 0
        for (let i = 0; i < 120; i++) {
          box.scrollTop += 900
          await new Promise(requestAnimationFrame)
          const now = performance.now()
          most = Math.max(most, now - last)
          last = now
        }
        return most
      })
      print("scrolling it, the slowest of 120 frames", `${slowest.toFixed(1).padStart(8)} ms`)
    }
    await page.close()
  }
  print("a session of 10,000 spans, until it is shown", `${median(taken).toFixed(0).padStart(8)} ms, the median of 5`)
  await browser.close()
}

/** The CPU time of a process in seconds, which does not depend on the load of the machine. */
const processorSeconds = (pid: number): number => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ")
  return (Number(fields[11]) + Number(fields[12])) / 100
}

spawnSync(process.execPath, [path.join(root, "scripts/buildPage.ts")])
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bench-viewer-"))
const file = path.join(folder, "traces.db")
const [child, url] = await start(file)
try {
  const before = processorSeconds(child.pid!)
  const { seconds, sessions, spans } = await fill(url)
  const used = processorSeconds(child.pid!) - before
  print("sent over HTTP, as protobuf", `${spans} spans in ${sessions} sessions`)
  print("taken in", `${Math.round(spans / seconds)} spans/s on ${os.cpus().length} cores, sender included`)
  print("by the viewer's own processor time", `${Math.round(spans / used)} spans/s`)
  const reader = new DatabaseSync(file, { readOnly: true })
  const kept = Number(reader.prepare("select count(*) as n from spans").get()?.["n"])
  reader.close()
  print("lost", `${spans - kept}`)
  const bytes = fs.statSync(file).size + fs.statSync(`${file}-wal`).size
  print("database", `${Math.round(bytes / spans)} bytes a span, ${Math.round(bytes / 2 ** 20)} MiB in all`)
  const status = fs.readFileSync(`/proc/${child.pid}/status`, "utf8")
  print("memory of the viewer, at most", `${Math.round(Number(/VmHWM:\s*(\d+)/.exec(status)?.[1]) / 1024)} MiB`)
  await answers(url, child.pid!)
  await opens(url)
} finally {
  child.removeAllListeners("exit")
  child.kill()
  fs.rmSync(folder, { recursive: true, force: true })
}
