/**
 * The vocabularies that a decoder reads, and the categories of spans in all of them.
 *
 * @since 0.1.0
 */

/**
 * The instrumentations whose names the decoder reads.
 *
 * @category models
 * @since 0.1.0
 */
export type Vocabulary =
  | "standard"
  | "genAi"
  | "agentOps"
  | "openInference"
  | "vercelAi"
  | "langfuse"
  | "openLlmetry"

/**
 * The kind of operation that a span describes.
 *
 * **Details**
 *
 * An `attempt` is one try at the event around it. A `chain` is a step around others, for which its vocabulary has no
 * closer category. A `span` is any other span, such as a request to a database.
 *
 * @category models
 * @since 0.1.0
 */
export type Category =
  | "session"
  | "agent"
  | "llm"
  | "embeddings"
  | "tool"
  | "action"
  | "attempt"
  | "retrieval"
  | "rerank"
  | "guardrail"
  | "memory"
  | "approval"
  | "handoff"
  | "evaluation"
  | "chain"
  | "error"
  | "span"
