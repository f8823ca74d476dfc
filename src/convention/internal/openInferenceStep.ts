/**
 * Steps of an agent in OpenInference's names: retrievers, rerankers and guardrails, and chains for all other steps.
 *
 * @see https://arize-ai.github.io/openinference/spec/semantic_conventions.html
 * @internal
 */
import * as Attribute from "../../core/Attribute.ts"
import type { Document } from "../../model/Document.ts"
import type { Span, TracedEvent } from "../../trace/Span.ts"
import type { Options } from "../Encoding.ts"
import { toText } from "./flatMessages.ts"
import type { Target } from "./spanFacts.ts"
import type { Step } from "./step.ts"
import { stepFacts, stepOf } from "./step.ts"

/** The names of the vocabulary that this file writes. @internal */
export const stepNames = {
  documents: "retrieval.documents",
  documentId: "document.id",
  documentScore: "document.score",
  documentContent: "document.content",
  documentMetadata: "document.metadata",
  rerankerQuery: "reranker.query",
  rerankerModel: "reranker.model_name",
  rerankerTopK: "reranker.top_k",
  rerankerInput: "reranker.input_documents",
  rerankerOutput: "reranker.output_documents",
  node: "graph.node.id",
  parentNode: "graph.node.parent_id"
} as const

const kindOf = ({ category, documents }: Step): string => {
  switch (category) {
    case "guardrail":
      return "GUARDRAIL"
    case "retrieval":
      return "RETRIEVER"
    case "rerank":
      return "RERANKER"
    case "memory":
      return documents === undefined ? "CHAIN" : "RETRIEVER"
    default:
      return "CHAIN"
  }
}

const put = (target: Target, key: string, value: Attribute.AttributeValue | undefined): void => {
  if (value !== undefined) target[key] = value
}

const writeDocuments = (target: Target, key: string, documents: ReadonlyArray<Document> | undefined): void => {
  for (const [i, document] of (documents ?? []).entries()) {
    const at = `${key}.${i}`
    put(target, `${at}.${stepNames.documentId}`, document.id)
    put(target, `${at}.${stepNames.documentScore}`, document.score)
    put(
      target,
      `${at}.${stepNames.documentContent}`,
      document.content === undefined ? undefined : toText(document.content)
    )
    put(
      target,
      `${at}.${stepNames.documentMetadata}`,
      document.metadata === undefined ? undefined : Attribute.toJson(document.metadata)
    )
  }
}

/** Writes a step except its kind, input and output, and returns these and its name. @internal */
export const writeStep = (target: Target, event: TracedEvent, options: Options, span: Span) => {
  const step = stepOf(event, span)
  if (step === undefined) return undefined
  Object.assign(target, stepFacts(event, step, options))
  if (step.category === "handoff") {
    put(target, stepNames.node, step.to)
    put(target, stepNames.parentNode, step.from)
  }
  if (step.category === "rerank") {
    put(target, stepNames.rerankerModel, step.model)
    put(target, stepNames.rerankerTopK, step.topK)
  }
  if (options.content) {
    if (step.category === "rerank") {
      put(target, stepNames.rerankerQuery, step.query)
      writeDocuments(target, stepNames.rerankerInput, step.inputDocuments)
      writeDocuments(target, stepNames.rerankerOutput, step.documents)
    } else writeDocuments(target, stepNames.documents, step.documents)
  }
  return { kind: kindOf(step), name: step.name, input: step.input, output: step.output }
}
