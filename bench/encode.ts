/**
 * Measures the cost of encoding each span of a batch, compared with OpenTelemetry's serializers in the same run.
 *
 *     node bench/encode.ts
 *
 * Absolute times depend on the machine, so compare the ratios. Rounds of all variants are interleaved, so that a slow
 * period affects all of them.
 */
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer"
import type { SpanData } from "../src/core/SpanData.ts"
import { assembleJson, encodeSpanJson, encodeTracesJson } from "../src/otlp/internal/json.ts"
import { assemble, encodeSpan, encodeTraces } from "../src/otlp/internal/protobuf.ts"
import { toReadableSpan } from "../src/otlp/internal/readableSpan.ts"

const SPANS = 512
const WARM_UP_ROUNDS = 60
const ROUNDS = 80
const BATCHES_PER_ROUND = 4

const words = "the agent reads a ticket and looks up what the customer ordered last week before it answers politely "

/** A separate string, as in a response. A slice would refer to another string. */
const text = (length: number, seed: number): string =>
  Buffer.from(words.repeat(6)).toString("utf8", seed % 90, seed % 90 + length)

const hex = (length: number, seed: number): string =>
  ((seed + 1) * 2654435761 % 2 ** 32).toString(16).padStart(8, "a").repeat(4).slice(0, length)

const resource = { attributes: { "service.name": "support-bot", "service.version": "1.4.2", "process.pid": 4242 } }
const scope = { name: "effect-agentops", version: "0.1.0" }

const span = (i: number): SpanData => ({
  traceId: hex(32, i >> 5),
  spanId: hex(16, i),
  parentSpanId: i % 41 === 0 ? undefined : hex(16, i - 1),
  parentIsRemote: false,
  traceState: undefined,
  sampled: true,
  name: "llm.completion",
  kind: "client",
  status: { code: "unset" },
  startTime: 1_762_000_000_123_456_789n + BigInt(i) * 1_000_003n,
  endTime: 1_762_000_000_987_654_321n + BigInt(i) * 1_000_003n,
  attributes: {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.response.id": `chatcmpl-${hex(24, i)}`,
    "gen_ai.request.temperature": 0.7,
    "gen_ai.usage.input_tokens": 312 + i,
    "gen_ai.usage.output_tokens": 97 + i,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.prompt.0.content": text(200, i),
    "gen_ai.prompt.1.content": text(200, i + 7),
    "gen_ai.completion.0.content": text(400, i + 13)
  },
  droppedAttributesCount: 0,
  events: [],
  droppedEventsCount: 0,
  links: [],
  droppedLinksCount: 0,
  resource,
  scope
})

const spans = Array.from({ length: SPANS }, (_, i) => span(i))
const readable = spans.map(toReadableSpan)
const encoder = new TextEncoder()

interface Variant {
  readonly name: string
  /** Encodes one batch and returns the number of bytes. */
  readonly run: () => number
  /** The variant to which the ratio refers. */
  readonly peer: string
}

const variants: ReadonlyArray<Variant> = [
  {
    name: "ProtobufTraceSerializer",
    run: () => ProtobufTraceSerializer.serializeRequest(readable)!.length,
    peer: "ProtobufTraceSerializer"
  },
  { name: "encodeTraces", run: () => encodeTraces(spans).length, peer: "ProtobufTraceSerializer" },
  {
    name: "encodeSpan + assemble",
    run: () =>
      assemble(spans.map((span) => ({ resource: span.resource, scope: span.scope, bytes: encodeSpan(span) }))).length,
    peer: "ProtobufTraceSerializer"
  },
  {
    name: "JsonTraceSerializer",
    run: () => JsonTraceSerializer.serializeRequest(readable)!.length,
    peer: "JsonTraceSerializer"
  },
  {
    name: "encodeTracesJson, as bytes",
    run: () => encoder.encode(encodeTracesJson(spans)).length,
    peer: "JsonTraceSerializer"
  },
  {
    name: "encodeSpanJson + assembleJson, as bytes",
    run: () =>
      encoder.encode(
        assembleJson(spans.map((span) => ({ resource: span.resource, scope: span.scope, json: encodeSpanJson(span) })))
      ).length,
    peer: "JsonTraceSerializer"
  },
  { name: "encodeTracesJson, as a string", run: () => encodeTracesJson(spans).length, peer: "JsonTraceSerializer" }
]

interface Figures {
  readonly times: Array<number>
  bytes: number
}

const figures = new Map<string, Figures>(variants.map((variant) => [variant.name, { times: [], bytes: 0 }]))

for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
  for (const variant of variants) {
    const figure = figures.get(variant.name)!
    const start = process.hrtime.bigint()
    for (let i = 0; i < BATCHES_PER_ROUND; i++) figure.bytes = variant.run()
    const elapsed = Number(process.hrtime.bigint() - start) / (BATCHES_PER_ROUND * SPANS)
    if (round >= 0) figure.times.push(elapsed)
  }
}

const minimum = (times: ReadonlyArray<number>): number => Math.min(...times)
const median = (times: ReadonlyArray<number>): number => [...times].sort((a, b) => a - b)[times.length >> 1]!

console.log(`node ${process.version}, ${SPANS} spans a batch, ns for each span`)
for (const { name, peer } of variants) {
  const { bytes, times } = figures.get(name)!
  const peerTimes = figures.get(peer)!.times
  const ratio = (median(times) / median(peerTimes)).toFixed(2)
  console.log(
    `${name.padEnd(40)} min ${minimum(times).toFixed(0).padStart(6)}  median ${median(times).toFixed(0).padStart(6)}` +
      `  x ${ratio} of ${peer}  ${(bytes / SPANS).toFixed(0)} bytes`
  )
}
