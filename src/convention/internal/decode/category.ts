/**
 * Recognizes the vocabulary and the category of a span.
 *
 * @internal
 */
import type { Attributes } from "../../../core/Attribute.ts"
import type { Category, Vocabulary } from "../../Vocabulary.ts"

type Table = Readonly<Record<string, Category>>

// The library's own kinds. A kind that a program defined is decoded as an action.
const ours: Table = {
  llm: "llm",
  tool: "tool",
  agent: "agent",
  action: "action",
  error: "error",
  approval: "approval",
  handoff: "handoff",
  guardrail: "guardrail",
  retrieval: "retrieval",
  rerank: "rerank",
  memory: "memory"
}

const agentOps: Table = {
  session: "session",
  workflow: "chain",
  llm: "llm",
  tool: "tool",
  agent: "agent",
  operation: "action",
  task: "action",
  guardrail: "guardrail"
}

const openInference: Table = {
  LLM: "llm",
  EMBEDDING: "embeddings",
  TOOL: "tool",
  AGENT: "agent",
  CHAIN: "chain",
  RETRIEVER: "retrieval",
  RERANKER: "rerank",
  GUARDRAIL: "guardrail",
  EVALUATOR: "evaluation",
  PROMPT: "chain"
}

const langfuse: Table = {
  generation: "llm",
  embedding: "embeddings",
  tool: "tool",
  agent: "agent",
  chain: "chain",
  retriever: "retrieval",
  guardrail: "guardrail",
  evaluator: "evaluation",
  span: "chain",
  event: "span"
}

const openLlmetry: Table = { workflow: "chain", task: "action", agent: "agent", tool: "tool" }

const requestTypes: Table = {
  chat: "llm",
  completion: "llm",
  embedding: "embeddings",
  rerank: "rerank"
}

const operations: Table = {
  chat: "llm",
  text_completion: "llm",
  generate_content: "llm",
  fetch_response: "llm",
  embeddings: "embeddings",
  execute_tool: "tool",
  invoke_agent: "agent",
  create_agent: "agent",
  invoke_workflow: "chain",
  retrieval: "retrieval",
  rerank: "rerank",
  search_memory: "memory",
  create_memory: "memory",
  update_memory: "memory",
  delete_memory: "memory"
}

// Spans of Vercel's AI SDK. The outer span adds up the inner ones, so it is no model call.
const vercel = (operation: string): Category => {
  if (/\.do(Generate|Stream)$/.test(operation)) return "llm"
  if (operation.endsWith(".doEmbed")) return "embeddings"
  return operation === "ai.toolCall" ? "tool" : "chain"
}

const look = (table: Table, value: unknown): Category | undefined =>
  typeof value === "string" && Object.hasOwn(table, value) ? table[value] : undefined

// Attributes that only a model call has, for spans that name no category.
const callsModel = [
  "gen_ai.request.model",
  "gen_ai.response.model",
  "gen_ai.usage.input_tokens",
  "gen_ai.usage.prompt_tokens",
  "llm.model_name"
]

interface Found {
  readonly vocabulary: Vocabulary | undefined
  readonly category: Category
}

/** @internal */
export const categoryOf = (attributes: Attributes): Found => {
  const found = (vocabulary: Vocabulary, category: Category | undefined): Found => ({
    vocabulary,
    category: category ?? "span"
  })
  if (attributes["agentops.attempt"] !== undefined) return found("standard", "attempt")
  const kind = attributes["agentops.event.kind"]
  if (kind !== undefined) {
    const category = look(ours, kind) ?? "action"
    const isEmbedding = category === "llm" && attributes["gen_ai.operation.name"] === "embeddings"
    return found("standard", isEmbedding ? "embeddings" : category)
  }
  const spanKind = attributes["agentops.span.kind"]
  if (spanKind !== undefined) {
    const isEmbedding = spanKind === "llm" && attributes["gen_ai.request.type"] === "embedding"
    return found("agentOps", isEmbedding ? "embeddings" : look(agentOps, spanKind) ?? "action")
  }
  if (attributes["agentops.session.name"] !== undefined) return found("standard", "session")
  const inferenceKind = attributes["openinference.span.kind"]
  if (inferenceKind !== undefined) {
    if (attributes["agentops.session.end_state"] !== undefined) return found("openInference", "session")
    return found("openInference", look(openInference, inferenceKind) ?? "chain")
  }
  const observation = attributes["langfuse.observation.type"]
  if (observation !== undefined) return found("langfuse", look(langfuse, observation) ?? "span")
  if (attributes["langfuse.trace.name"] !== undefined) return found("langfuse", "session")
  const operationId = attributes["ai.operationId"]
  if (typeof operationId === "string") return found("vercelAi", vercel(operationId))
  const entity = attributes["traceloop.span.kind"]
  if (entity !== undefined) return found("openLlmetry", look(openLlmetry, entity) ?? "chain")
  const requestType = attributes["llm.request.type"]
  if (requestType !== undefined) return found("openLlmetry", look(requestTypes, requestType) ?? "llm")
  const operation = attributes["gen_ai.operation.name"]
  if (operation !== undefined) return found("genAi", look(operations, operation) ?? "chain")
  if (attributes["gen_ai.tool.name"] !== undefined) return found("genAi", "tool")
  if (callsModel.some((key) => attributes[key] !== undefined)) return found("genAi", "llm")
  return { vocabulary: undefined, category: "span" }
}
