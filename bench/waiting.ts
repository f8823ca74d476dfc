/**
 * Compares two ways to keep a waiting span: encoded when it ends, or kept as it is and encoded when it is sent.
 * `npm run bench:waiting` runs the same agent with both, alternating in separate processes. It prints the cost of a
 * span when it ends and when it is sent, the longest blocking of the event loop while sending, and the memory of a
 * waiting span.
 */
import { Effect } from "effect"
import { AgentOps, Convention, Session, traceAction, traceLlm, traceTool } from "effect-agentops"
import type { Span } from "effect-agentops"
import { spawnSync } from "node:child_process"
import type { EncodedSpan } from "../src/core/internal/scoped.ts"
import { encodeSpan } from "../src/export/internal/encodeSpan.ts"
import { assemble, encodeSpan as toBytes, encodeTraces } from "../src/otlp/internal/protobuf.ts"

const BATCH = 1024
const SLICE = 64
const ROUNDS = 5

interface Figures {
  readonly end: number
  readonly send: number
  readonly stretch: number
  readonly bytes: number
}

const policy = { content: true }
const encode = (span: Span.Span) => encodeSpan(span, Convention.standard, policy)

/** The waiting data, and how a batch of it becomes a request. */
const kept = () => {
  const waiting: Array<Span.Span> = []
  return {
    waiting,
    add: (span: Span.Span) => void waiting.push(span),
    send: () => encodeTraces(waiting.splice(0, BATCH).map(encode))
  }
}
const encoded = () => {
  const waiting: Array<EncodedSpan> = []
  return {
    waiting,
    add: (span: Span.Span) => {
      const data = encode(span)
      waiting.push({ bytes: toBytes(data), resource: data.resource, scope: data.scope })
    },
    send: () => assemble(waiting.splice(0, BATCH))
  }
}

/** Encodes in slices of some spans. */
const sliced = () => {
  const { add, send, waiting } = encoded()
  const staged: Array<Span.Span> = []
  return {
    waiting,
    add: (span: Span.Span) => {
      if (staged.push(span) < SLICE) return
      for (const span of staged) add(span)
      staged.length = 0
    },
    send
  }
}

const answer = () => ({
  id: `x${Math.random()}`,
  object: "chat.completion",
  model: "gpt-4o",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "y".repeat(400) } }],
  usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
})
const step = Effect.sync(answer).pipe(
  traceLlm,
  Effect.andThen(Effect.succeed("z".repeat(100)).pipe(traceTool("search", { parameters: { q: "q".repeat(200) } }))),
  traceAction("step")
)
const agent = Effect.forEach(Array.from({ length: 5 }), () => step, { discard: true }).pipe(
  Session.withSession({ name: "agent" })
)

const measure = (how: string) =>
  Effect.gen(function*() {
    const { add, send, waiting } = how === "kept" ? kept() : how === "sliced" ? sliced() : encoded()
    const agentOps = yield* AgentOps.AgentOps
    yield* agentOps.addSink({ content: true, onEnd: add })
    for (let i = 0; i < 200; i++) {
      yield* agent
      if (waiting.length >= BATCH) send()
    }
    let spans = 0
    let end = 0n
    let sending = 0n
    let stretch = 0n
    for (let i = 0; i < 1500; i++) {
      const before = waiting.length
      const start = process.hrtime.bigint()
      yield* agent
      end += process.hrtime.bigint() - start
      spans += waiting.length - before
      if (waiting.length < BATCH) continue
      const from = process.hrtime.bigint()
      send()
      const took = process.hrtime.bigint() - from
      sending += took
      if (took > stretch) stretch = took
    }
    waiting.length = 0
    const memory = () => {
      globalThis.gc!()
      const { arrayBuffers, heapUsed } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const empty = memory()
    while (waiting.length < 40_000) yield* agent
    const figures: Figures = {
      end: Number(end) / spans / 1e3,
      send: Number(sending) / spans / 1e3,
      stretch: Number(stretch) / 1e6,
      bytes: (memory() - empty) / waiting.length
    }
    console.log(JSON.stringify(figures))
  }).pipe(Effect.scoped, Effect.provide(AgentOps.layer({ serviceName: "bench" })))

const run = (how: string): Figures => {
  const args = ["--expose-gc", "--conditions=effect-agentops-source", import.meta.filename, how]
  const { status, stderr, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Figures
}

const median = (values: ReadonlyArray<number>): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

if (process.argv[2] === undefined) {
  const all: Record<string, Array<Figures>> = { kept: [], encoded: [], sliced: [] }
  for (let round = 0; round < ROUNDS; round++) for (const how in all) all[how]!.push(run(how))
  const figure = (how: string, field: keyof Figures) => median(all[how]!.map((figures) => figures[field]))
  console.log("medians                         kept   encoded    sliced")
  for (
    const [title, field] of [
      ["µs a span, the program", "end"],
      ["µs a span, sending", "send"],
      ["ms, the longest batch", "stretch"],
      ["bytes of one that waits", "bytes"]
    ] as const
  ) {
    const columns = Object.keys(all).map((how) => figure(how, field).toFixed(1).padStart(9))
    console.log(title.padEnd(27) + columns.join(" "))
  }
} else {
  await Effect.runPromise(measure(process.argv[2]))
}
