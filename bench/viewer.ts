/**
 * The viewer's store at size: how fast it takes spans in, how large it grows, and how soon it answers.
 *
 * Run: npm run bench:viewer [-- SPANS]
 */
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { encodeTraces } from "../src/otlp/internal/protobuf.ts"
import { readTraces } from "../src/otlp/internal/requestReader.ts"
import * as SqliteStore from "../src/viewer/SqliteStore.ts"
import { TraceSink, TraceStore } from "../src/viewer/TraceStore.ts"
import { session } from "../test/support/viewer/sessions.ts"

const total = Number(process.argv[2] ?? 1_000_000)
const batch = 85
const perSession = session(1).length

const median = (values: Array<number>): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bench-viewer-"))
const file = path.join(folder, "traces.db")

const timed = <A, E>(name: string, times: number, effect: (i: number) => Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const taken: Array<number> = []
    for (let i = 0; i < times; i++) {
      const start = performance.now()
      yield* effect(i)
      taken.push(performance.now() - start)
    }
    console.log(`${name.padEnd(44)} ${median(taken).toFixed(1).padStart(8)} ms`)
  })

const program = Effect.gen(function*() {
  const sink = yield* TraceSink
  const store = yield* TraceStore
  const sessions = Math.ceil(total / perSession)
  let busy = 0
  let made = 0
  for (let first = 0; first < sessions; first += batch) {
    const spans = []
    for (let i = first; i < Math.min(sessions, first + batch); i++) {
      spans.push(...session(i + 1, {
        name: ["support", "refund", "research"][i % 3],
        question: `Where is order ${i} of customer ${i % 997}?`,
        tag: `team${i % 7}`,
        model: ["gpt-4o-mini", "gpt-4o", "claude-sonnet-4"][i % 3],
        at: i * 50
      }))
    }
    const body = encodeTraces(spans)
    const start = performance.now()
    yield* sink.addSpans(readTraces(body))
    busy += performance.now() - start
    made += spans.length
  }
  const size = fs.statSync(file).size + fs.statSync(`${file}-wal`).size
  console.log(`${made} spans in ${sessions} sessions`)
  console.log(
    `taken in, decoded and indexed`.padEnd(44),
    `${Math.round(made / busy * 1000)}`.padStart(8),
    "spans/s on one core"
  )
  console.log(`database`.padEnd(44), `${Math.round(size / made)}`.padStart(8), "bytes a span")
  console.log(
    `memory of the process`.padEnd(44),
    `${Math.round(process.memoryUsage().rss / 2 ** 20)}`.padStart(8),
    "MiB"
  )
  yield* timed("list, the newest 100", 21, () => store.list({}))
  yield* timed("list, by cost", 21, () => store.list({ sort: "cost" }))
  yield* timed("list, one tag", 21, (i) => store.list({ tag: `team${i % 7}` }))
  yield* timed("search, a rare word", 21, (i) => store.list({ text: `order ${i * 31}` }))
  yield* timed("search, a word that is everywhere", 21, () => store.list({ text: "customer" }))
  yield* timed("totals and charts", 21, () => store.stats({}))
  const { rows } = yield* store.list({ limit: 21 })
  yield* timed("one session", 21, (i) => store.session(rows[i]!.traceId))
}).pipe(Effect.provide(SqliteStore.layer({ file, maxBytes: 2 ** 40, maxAge: "36500 days" })))

await Effect.runPromise(program)
fs.rmSync(folder, { recursive: true, force: true })
