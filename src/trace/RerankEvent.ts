/**
 * Reranks: documents are reordered by how well they answer a question.
 *
 * OpenTelemetry's conventions have no rerank operation. OpenInference has one, and its convention writes these names.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Document from "../model/Document.ts"
import * as Field from "../model/Field.ts"
import * as Event from "./Event.ts"
import { measureOperation } from "./internal/measure/operation.ts"

/**
 * The fields of a rerank. The question and the documents are content.
 *
 * @category fields
 * @since 0.1.0
 */
export const fields = {
  model: Field.attribute("gen_ai.request.model", Schema.String),
  provider: Field.attribute("gen_ai.provider.name", Schema.String),
  /** How many documents should be kept. */
  topK: Field.attribute("agentops.rerank.top_k", Schema.Int),
  /** How many documents were kept. */
  documentCount: Field.attribute("agentops.rerank.document.count", Schema.Int),
  serverAddress: Field.attribute("server.address", Schema.String),
  serverPort: Field.attribute("server.port", Schema.Int),
  query: Field.input(Field.attribute("agentops.rerank.query", Schema.String, { content: true })),
  /** The documents that were given. */
  inputDocuments: Field.json("agentops.rerank.input.documents", Schema.Array(Document.Document), { content: true }),
  /** The documents that were kept, the best first. */
  documents: Field.json("agentops.rerank.documents", Schema.Array(Document.Document), { content: true })
}

/**
 * The rerank event: span `agent.rerank`, child `rerank.api.call`. Its duration is recorded in
 * `gen_ai.client.operation.duration`.
 *
 * @category kinds
 * @since 0.1.0
 */
export const RerankEvent = Event.define("rerank", {
  category: "rerank",
  span: "agent.rerank",
  attempt: "rerank.api.call",
  fields,
  nameField: "model",
  constants: { "gen_ai.operation.name": "rerank" },
  readValue: (value) => {
    const documents = Document.read(value)
    return documents === undefined ? undefined : { documents, documentCount: documents.length }
  },
  metrics: (event, record) => measureOperation("rerank", event, record)
})

/**
 * Traces an effect as a rerank by a model.
 *
 * **Details**
 *
 * The value, error and requirements stay as they are. Documents are read from the value, see `Document.read`. Options
 * are fields of {@link fields}, each a value or a function of the success value, and `attributes`, `links` and
 * `success`.
 *
 * **Example** (the best of two)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceRerank } from "effect-agentops"
 *
 * const rerank = (query: string) =>
 *   Effect.succeed({ results: [{ index: 1, relevance_score: 0.98 }] }).pipe(
 *     traceRerank("rerank-v3.5", { provider: "cohere", query, topK: 1 })
 *   )
 * const best = await Effect.runPromise(rerank("refund"))
 * best.results.length // => 1
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceRerank: Event.TraceNamed<typeof fields> = RerankEvent.trace
