/**
 * Measures the cost of encoding a span, by convention and redactor, as ratios to `standard` without a redactor.
 *
 *     npm run example -- bench/conventions.ts
 *
 * The spans belong to one agent's turn: a model call with a conversation of some kilobytes, the requested tool, the
 * action around both, and the session. Rounds are interleaved, and each ratio is the median of the ratios of its
 * rounds. At the end, it measures how long a prompt of ten megabytes blocks the event loop.
 */
import { Effect, Layer } from "effect"
import { AgentOps, Convention, Message, Redactor, Session, traceAction, traceLlmWith, traceTool } from "effect-agentops"
import { encodeSpan } from "../src/export/internal/encodeSpan.ts"
import type { Span } from "../src/trace/Span.ts"

const ROUNDS = 41
const WARM_UP = 10
const TURNS = 200

const words = "the agent reads a ticket and looks up what the customer ordered last week before it answers politely. "
const text = (length: number, seed: number) =>
  words.repeat(Math.ceil(length / 90) + 1).slice(seed % 90, seed % 90 + length)

const messages = [
  Message.system(text(1500, 3)),
  ...Array.from({ length: 8 }, (_, i) => i % 2 === 0 ? Message.user(text(200, i)) : Message.assistant(text(300, i)))
]

const turn = (i: number) =>
  Effect.andThen(
    Effect.succeed({ text: text(300, i) }).pipe(traceLlmWith({
      provider: "openai",
      model: "gpt-4o",
      responseModel: "gpt-4o-2024-08-06",
      responseId: `chatcmpl-${i}`,
      finishReasons: ["stop"],
      temperature: 0.7,
      usage: { inputTokens: 812 + i, outputTokens: 97, cacheReadTokens: 512 },
      cost: 0.0021,
      inputMessages: messages,
      outputMessages: (answer) => [Message.output(answer.text, { finishReason: "stop" })]
    })),
    Effect.succeed({ hits: [text(80, i)] }).pipe(traceTool("search_orders", { parameters: { query: text(40, i) } }))
  ).pipe(traceAction("handle_ticket", { parameters: { ticket: i } }))

/** The ended spans of some turns, as in the queues of exporters. */
const spansWith = (redactor: Redactor.Redactor, program: Effect.Effect<unknown>): Promise<ReadonlyArray<Span>> => {
  const spans: Array<Span> = []
  const collect = Layer.effectDiscard(
    Effect.flatMap(
      AgentOps.AgentOps,
      (service) => service.addSink({ content: true, onEnd: (span) => spans.push(span) })
    )
  )
  return program.pipe(
    Effect.provide(collect.pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "bench", redactor })))),
    Effect.as(spans),
    Effect.runPromise
  )
}

const turns = Effect.forEach(Array.from({ length: TURNS }, (_, i) => i), turn).pipe(
  Session.withSession({ name: "bench", tags: ["bench"] })
)

const plain = await spansWith(Redactor.none, turns)
const guarded = await spansWith(Redactor.credentials, turns)
const careful = await spansWith(Redactor.combine(Redactor.credentials, Redactor.personalData), turns)

interface Variant {
  readonly name: string
  readonly spans: ReadonlyArray<Span>
  readonly convention: Convention.Convention
  readonly content: boolean
}

const variants: ReadonlyArray<Variant> = [
  { name: "standard, no redactor", spans: plain, convention: Convention.standard, content: true },
  { name: "genAi latest, no redactor", spans: plain, convention: Convention.genAi("latest"), content: true },
  { name: "genAi 1.41, no redactor", spans: plain, convention: Convention.genAi("1.41"), content: true },
  { name: "agentOps, no redactor", spans: plain, convention: Convention.agentOps, content: true },
  { name: "openInference, no redactor", spans: plain, convention: Convention.openInference, content: true },
  { name: "standard, credentials", spans: guarded, convention: Convention.standard, content: true },
  { name: "agentOps, credentials", spans: guarded, convention: Convention.agentOps, content: true },
  { name: "standard, credentials and personal data", spans: careful, convention: Convention.standard, content: true },
  { name: "standard without content, no redactor", spans: plain, convention: Convention.standard, content: false },
  { name: "standard without content, credentials", spans: guarded, convention: Convention.standard, content: false }
]

const times = variants.map((): Array<number> => [])

for (let round = -WARM_UP; round < ROUNDS; round++) {
  variants.forEach(({ content, convention, spans }, i) => {
    const start = process.hrtime.bigint()
    for (const span of spans) encodeSpan(span, convention, { content })
    if (round >= 0) times[i]!.push(Number(process.hrtime.bigint() - start) / spans.length)
  })
}

const median = (values: ReadonlyArray<number>): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

console.log(`node ${process.version}, ${plain.length} spans, ${ROUNDS} rounds`)
variants.forEach(({ name }, i) => {
  const ratio = median(times[i]!.map((time, round) => time / times[0]![round]!))
  const cost = median(times[i]!).toFixed(0)
  console.log(`${name.padEnd(42)} ${cost.padStart(7)} ns a span  x ${ratio.toFixed(2)}`)
})

const huge = words.repeat(100_000)
const hugeCall = Effect.succeed(1).pipe(traceLlmWith({ inputMessages: [Message.user(huge)] }))
for (let run = 0; run < 3; run++) {
  const before = performance.now()
  const spans = await spansWith(Redactor.credentials, hugeCall)
  const ended = performance.now()
  for (const span of spans) encodeSpan(span, Convention.standard, { content: true })
  const encoded = performance.now()
  console.log(
    `a prompt of ${(huge.length / 1e6).toFixed(1)} MB: ${(ended - before).toFixed(1)} ms on the program's path, ` +
      `${(encoded - ended).toFixed(1)} ms on the exporter's`
  )
}
