/**
 * Measures the cost of tracing for a chunk of a stream and for a call of the SDK, compared with the same code without
 * tracing, in one run.
 *
 *     npm run example -- bench/stream.ts
 */
import { Effect, Layer, Stream } from "effect"
import { AgentOps, LlmStream, traceLlmStream } from "effect-agentops"
import * as OpenAi from "effect-agentops/openai"
import OpenAI from "openai"

const rounds = 25
const chunks = 20_000
const calls = 300

// A sink that discards its spans, so that only tracing is measured.
const TracingLive = Layer.effectDiscard(
  Effect.flatMap(AgentOps.AgentOps, (agentOps) => agentOps.addSink({ content: true, onEnd: () => {} }))
).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "bench" })))

const words = ["Why ", "did ", "the ", "span ", "cross ", "the ", "process? "]

const chunk = (i: number) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1755182716,
  model: "gpt-4o-2024-08-06",
  service_tier: "default",
  system_fingerprint: null,
  choices: [{ index: 0, delta: { content: words[i % words.length] }, logprobs: null, finish_reason: null }],
  obfuscation: "44gg1"
})

const source = Array.from({ length: chunks }, (_, i) => chunk(i))

interface Measured {
  readonly name: string
  readonly unit: number
  readonly plain: Effect.Effect<unknown>
  readonly traced: Effect.Effect<unknown>
}

const completion = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  model: "gpt-4o-2024-08-06",
  choices: [{ index: 0, message: { role: "assistant", content: "To get to the other side." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 9, completion_tokens: 8, total_tokens: 17 }
})

// The SDK without a network, so that only the SDK and the tracing remain.
const client = new OpenAI({
  apiKey: "bench",
  fetch: () => Promise.resolve(new Response(completion, { headers: { "content-type": "application/json" } }))
})
const openai = OpenAi.wrap(client)
const body = { model: "gpt-4o", messages: [{ role: "user" as const, content: "Why did the span cross the process?" }] }

const streams = (size: number): Measured => {
  const stream = Stream.fromIterable(source).pipe(Stream.rechunk(size))
  return {
    name: `chunk, ${size} at a time`,
    unit: chunks,
    plain: Stream.runDrain(stream),
    traced: Stream.runDrain(traceLlmStream(stream))
  }
}

const repeated = <E>(self: Effect.Effect<unknown, E>) => Effect.orDie(Effect.repeat(self, { times: calls - 1 }))

const subjects: ReadonlyArray<Measured> = [
  streams(1),
  streams(16),
  {
    name: "call of the SDK",
    unit: calls,
    plain: repeated(Effect.tryPromise(() => client.chat.completions.create(body))),
    traced: repeated(openai.chat.completions.create(body))
  },
  {
    name: "call of the SDK in use",
    unit: calls,
    plain: repeated(Effect.tryPromise(() => client.chat.completions.create(body))),
    traced: repeated(openai.use((client) => client.chat.completions.create(body)))
  }
]

const nanos = (self: Effect.Effect<unknown>) =>
  Effect.gen(function*() {
    const start = process.hrtime.bigint()
    yield* self
    return Number(process.hrtime.bigint() - start)
  })

const reading = Effect.sync(() => LlmStream.readChunks(source))

const main = Effect.gen(function*() {
  const rows: Array<Record<string, string>> = []
  for (const { name, plain, traced, unit } of subjects) {
    const plains: Array<number> = []
    const traceds: Array<number> = []
    for (let round = 0; round < rounds; round++) {
      plains.push((yield* nanos(plain)) / unit)
      traceds.push((yield* nanos(traced)) / unit)
    }
    const [without, withTracing] = [Math.min(...plains), Math.min(...traceds)]
    rows.push({
      "for each": name,
      "plain, ns": without.toFixed(0),
      "traced, ns": withTracing.toFixed(0),
      "added, ns": (withTracing - without).toFixed(0),
      "ratio": (withTracing / without).toFixed(2)
    })
  }
  const read: Array<number> = []
  for (let round = 0; round < rounds; round++) read.push((yield* nanos(reading)) / chunks)
  console.table(rows)
  console.log(`reading a chunk alone: ${Math.min(...read).toFixed(0)} ns`)
})

await Effect.runPromise(Effect.provide(main, TracingLive))
