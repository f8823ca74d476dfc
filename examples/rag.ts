// Retrieval: the program embeds a question, finds documents and reranks them, and a model answers from them.
// Run: npm run example -- examples/rag.ts
import { Console, Effect, Layer } from "effect"
import { AgentOps, Exporter, Session, traceAgent, traceLlmWith, traceRerank, traceRetrieval } from "effect-agentops"

const articles = [
  { id: "bags", text: "A bag of up to 23 kg is included in every fare." },
  { id: "refunds", text: "Refunds take five days and go to the card that paid." },
  { id: "changes", text: "A flight can be changed until two hours before it leaves." }
]

const words = (text: string) => new Set(text.toLowerCase().match(/[a-z]+/g))

/** Replaces an embedding model: a vector has one dimension for each known word. */
const vocabulary = [...words(articles.map(({ text }) => text).join(" "))]
const vector = (text: string): ReadonlyArray<number> => vocabulary.map((word) => words(text).has(word) ? 1 : 0)

const embed = (text: string) =>
  Effect.sync(() => vector(text)).pipe(traceLlmWith({
    operation: "embeddings",
    provider: "openai",
    model: "text-embedding-3-small",
    usage: { inputTokens: words(text).size, outputTokens: 0 },
    dimensionCount: (found) => found.length
  }))

const find = (query: string) =>
  Effect.map(embed(query), (wanted) =>
    articles.map((article) => ({
      ...article,
      score: vector(article.text).reduce((sum, value, i) => sum + value * wanted[i]!, 0)
    })).sort((a, b) => b.score - a.score).slice(0, 2)).pipe(traceRetrieval("help-centre", { query, topK: 2 }))

/** Replaces a reranking model: the score is the number of the question's words in the text. */
const rerank = (query: string, found: ReadonlyArray<{ readonly id: string; readonly text: string }>) =>
  Effect.sync(() =>
    found.map(({ id, text }) => ({ id, text, score: [...words(query)].filter((word) => words(text).has(word)).length }))
      .sort((a, b) => b.score - a.score)
  ).pipe(traceRerank("rerank-v3.5", { provider: "cohere", query, topK: 1 }))

const answer = (question: string, context: string) =>
  Effect.succeed({
    object: "chat.completion",
    model: "gpt-4o-mini-2024-07-18",
    choices: [{ index: 0, message: { role: "assistant", content: context }, finish_reason: "stop" }],
    usage: { prompt_tokens: 48, completion_tokens: 14, total_tokens: 62 }
  }).pipe(
    traceLlmWith({
      provider: "openai",
      request: {
        model: "gpt-4o-mini",
        messages: [{ role: "system", content: `Answer from this: ${context}` }, { role: "user", content: question }]
      }
    }),
    Effect.map(({ choices }) => choices[0]!.message.content)
  )

const ask = Effect.fnUntraced(function*(question: string) {
  const found = yield* find(question)
  const [best] = yield* rerank(question, found)
  return yield* answer(question, best!.text)
}, traceAgent("help-desk"))

const program = Effect.flatMap(ask("How many days do refunds take?"), (text) => Console.log(text)).pipe(
  Session.withSession({ name: "rag" }),
  Effect.andThen(AgentOps.flush())
)

const TracingLive = Exporter.console({ show: "tree" }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "rag" })))

await Effect.runPromise(Effect.provide(program, TracingLive))
