/**
 * Documents that a retrieval, a reranker or a memory returned, with their relevance.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { listed, property, textOf, tryOrUndefined } from "../core/internal/inspect.ts"

/**
 * A document that a retrieval, a reranker or a memory returned.
 *
 * **Details**
 *
 * `score` is the relevance, in the unit of the store. `content` is the document's text or other content.
 *
 * @category models
 * @since 0.1.0
 */
export const Document = Schema.Struct({
  id: Schema.optional(Schema.String),
  score: Schema.optional(Schema.Finite),
  content: Schema.optional(Schema.Unknown),
  metadata: Schema.optional(Schema.Record(Schema.String, Schema.Unknown))
})

/**
 * A document that a retrieval, a reranker or a memory returned.
 *
 * @category models
 * @since 0.1.0
 */
export interface Document extends Schema.Schema.Type<typeof Document> {}

const lists = ["documents", "results", "matches", "hits", "points", "records", "memories", "items", "data"]
const ids = ["id", "_id", "document_id", "documentId", "index"]
const scores = ["score", "relevance_score", "relevanceScore", "_score", "similarity"]
const contents = ["content", "text", "pageContent", "page_content", "memory", "document", "value"]
const metadatas = ["metadata", "payload"]

const first = (value: object, keys: ReadonlyArray<string>): unknown => {
  for (const key of keys) {
    const found = property(value, key)
    if (found !== undefined && found !== null) return found
  }
  return undefined
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const readOne = (value: unknown): Document | undefined => {
  if (typeof value === "string") return { content: value }
  // LangChain returns pairs of a document and its score.
  const pair = listed(value)
  if (pair !== undefined) {
    const document = pair.length === 2 && typeof pair[1] === "number" ? readOne(pair[0]) : undefined
    return document === undefined ? undefined : { ...document, score: pair[1] as number }
  }
  if (!isObject(value)) return undefined
  const id = first(value, ids)
  const score = first(value, scores)
  const content = first(value, contents)
  const metadata = first(value, metadatas)
  const isText = isObject(content) && typeof property(content, "text") === "string"
  const document: Document = {
    ...id === undefined ? undefined : { id: textOf(id) },
    ...typeof score === "number" && Number.isFinite(score) ? { score } : undefined,
    ...content === undefined ? undefined : { content: isText ? property(content, "text") : content },
    ...isObject(metadata) ? { metadata: metadata as Record<string, unknown> } : undefined
  }
  return Object.keys(document).length === 0 ? undefined : document
}

/**
 * Reads the documents from the result of a store, a reranker or a memory, if it is a list of them or contains one.
 *
 * **Details**
 *
 * It knows texts, LangChain's documents and its pairs of a document and a score, and objects with an `id`, a `score` or
 * `relevance_score`, `content`, `text`, `pageContent` or `memory`, and `metadata` or `payload`, under the names that
 * Pinecone, Qdrant, Elasticsearch, Cohere and Mem0 use. At most 1,000 documents are read.
 *
 * **Example** (what Cohere's reranker answers)
 *
 * ```ts
 * import { Document } from "effect-agentops"
 *
 * Document.read({ results: [{ index: 2, relevance_score: 0.9 }] }) // => [{ id: "2", score: 0.9 }]
 * ```
 *
 * @category reading
 * @since 0.1.0
 */
export const read = (value: unknown): ReadonlyArray<Document> | undefined =>
  tryOrUndefined(() => {
    const all = listed(value) ?? (isObject(value) ? listed(first(value, lists)) : undefined)
    if (all === undefined) return undefined
    const documents = all.slice(0, 1_000).flatMap((item) => readOne(item) ?? [])
    return documents.length === 0 && all.length > 0 ? undefined : documents
  })
