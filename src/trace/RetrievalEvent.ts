/**
 * Retrievals: documents are looked up for a question, in an index or a knowledge base.
 *
 * Attributes follow OpenTelemetry's GenAI conventions for a `retrieval`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Document from "../model/Document.ts"
import * as Field from "../model/Field.ts"
import * as Event from "./Event.ts"
import { agentOps } from "./EventMetrics.ts"
import { measureOperation } from "./internal/measure/operation.ts"

/**
 * The fields of a retrieval. The question and the documents are content.
 *
 * @category fields
 * @since 0.1.0
 */
export const fields = {
  /** The index, collection or knowledge base. */
  dataSource: Field.attribute("gen_ai.data_source.id", Schema.String),
  provider: Field.attribute("gen_ai.provider.name", Schema.String),
  /** The model that embedded the question. */
  model: Field.attribute("gen_ai.request.model", Schema.String),
  /** How many documents were requested. */
  topK: Field.attribute("gen_ai.retrieval.top_k", Schema.Int),
  /** How many documents were found. */
  documentCount: Field.attribute("agentops.retrieval.document.count", Schema.Int),
  serverAddress: Field.attribute("server.address", Schema.String),
  serverPort: Field.attribute("server.port", Schema.Int),
  query: Field.input(Field.attribute("gen_ai.retrieval.query.text", Schema.String, { content: true })),
  documents: Field.json("gen_ai.retrieval.documents", Schema.Array(Document.Document), { content: true })
}

/**
 * The retrieval event: span `agent.retrieval`, child `retrieval.query`.
 *
 * **Details**
 *
 * Its duration is recorded in `gen_ai.client.operation.duration`, and the number of documents in
 * `agentops.retrieval.documents`.
 *
 * @category kinds
 * @since 0.1.0
 */
export const RetrievalEvent = Event.define("retrieval", {
  category: "retrieval",
  span: "agent.retrieval",
  attempt: "retrieval.query",
  fields,
  nameField: "dataSource",
  constants: { "gen_ai.operation.name": "retrieval" },
  readValue: (value) => {
    const documents = Document.read(value)
    return documents === undefined ? undefined : { documents, documentCount: documents.length }
  },
  metrics: (event, record) => {
    const { dataSource, documentCount } = event.fields
    measureOperation("retrieval", event, record)
    if (documentCount !== undefined) {
      record(agentOps.retrievedDocuments, documentCount, { "gen_ai.data_source.id": dataSource })
    }
  }
})

/**
 * Traces an effect as a retrieval.
 *
 * **Details**
 *
 * The value, error and requirements stay as they are. Documents are read from the value, see `Document.read`. Options
 * are fields of {@link fields}, each a value or a function of the success value, and `attributes`, `links` and
 * `success`.
 *
 * **Example** (looking up a question)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceRetrieval } from "effect-agentops"
 *
 * const search = (query: string) =>
 *   Effect.succeed([{ id: "faq-3", score: 0.91, text: "Refunds take five days." }]).pipe(
 *     traceRetrieval("help_centre", { query, topK: 5 })
 *   )
 * const found = await Effect.runPromise(search("refund"))
 * found.length // => 1
 * ```
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 * @category combinators
 * @since 0.1.0
 */
export const traceRetrieval: Event.TraceNamed<typeof fields> = RetrievalEvent.trace
