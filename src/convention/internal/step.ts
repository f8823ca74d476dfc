/**
 * Steps of an agent in a form that vocabularies share: approvals, handoffs, guardrails, retrievals, reranks and memory
 * operations.
 *
 * @internal
 */
import type { Attributes } from "../../core/Attribute.ts"
import type { Document } from "../../model/Document.ts"
import type { Fields } from "../../model/Field.ts"
import * as ApprovalEvent from "../../trace/ApprovalEvent.ts"
import * as Event from "../../trace/Event.ts"
import type { Category } from "../../trace/EventKind.ts"
import * as GuardrailEvent from "../../trace/GuardrailEvent.ts"
import * as HandoffEvent from "../../trace/HandoffEvent.ts"
import * as MemoryEvent from "../../trace/MemoryEvent.ts"
import * as RerankEvent from "../../trace/RerankEvent.ts"
import * as RetrievalEvent from "../../trace/RetrievalEvent.ts"
import type { Span, TracedEvent } from "../../trace/Span.ts"
import type { Options } from "../Encoding.ts"
import type { Target } from "./spanFacts.ts"
import { agentName, attributesOf, writeOwn } from "./spanFacts.ts"

/** The categories of steps. @internal */
export type StepCategory = Extract<
  Category,
  "approval" | "handoff" | "guardrail" | "retrieval" | "rerank" | "memory"
>

/** A step of any category. Facts of other categories are `undefined`. @internal */
export interface Step {
  readonly category: StepCategory
  readonly name: string
  readonly input: unknown
  readonly output: unknown
  /** The agents of a handoff. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly model?: string | undefined
  readonly topK?: number | undefined
  readonly query?: string | undefined
  /** The documents that a retrieval found or a reranker kept. */
  readonly documents?: ReadonlyArray<Document> | undefined
  /** The documents that a reranker received. */
  readonly inputDocuments?: ReadonlyArray<Document> | undefined
}

type Reader = (event: TracedEvent, span: Span) => Omit<Step, "category">

const readers: Readonly<Record<StepCategory, Reader>> = {
  approval: (event) => {
    const { decision, name, request, response } = Event.as(event, ApprovalEvent.ApprovalEvent)
    return { name: name ?? "approval", input: request, output: response ?? decision }
  },
  handoff: (event, span) => {
    const { from, input, output, to } = Event.as(event, HandoffEvent.HandoffEvent)
    return { name: `handoff to ${to ?? "agent"}`, input, output, to, from: from ?? agentName(span.agent) }
  },
  guardrail: (event) => {
    const { input, name, output } = Event.as(event, GuardrailEvent.GuardrailEvent)
    return { name: name ?? "guardrail", input, output }
  },
  retrieval: (event) => {
    const { dataSource, documents, model, query, topK } = Event.as(event, RetrievalEvent.RetrievalEvent)
    const name = dataSource === undefined ? "retrieval" : `retrieval ${dataSource}`
    return { name, input: query, output: documents, query, documents, model, topK }
  },
  rerank: (event) => {
    const { documents, inputDocuments, model, query, topK } = Event.as(event, RerankEvent.RerankEvent)
    const name = model === undefined ? "rerank" : `rerank ${model}`
    return { name, input: query, output: documents, query, documents, inputDocuments, model, topK }
  },
  memory: (event) => {
    const { operation, query, records } = Event.as(event, MemoryEvent.MemoryEvent)
    const isSearch = operation === undefined || operation === "search_memory"
    return {
      name: operation ?? "search_memory",
      input: isSearch ? query : query ?? records,
      output: isSearch ? records : undefined,
      query,
      documents: isSearch ? records : undefined
    }
  }
}

/** The fields of the library's own kind for each category. @internal */
export const stepFields: Readonly<Record<StepCategory, Fields>> = {
  approval: ApprovalEvent.fields,
  handoff: HandoffEvent.fields,
  guardrail: GuardrailEvent.fields,
  retrieval: RetrievalEvent.fields,
  rerank: RerankEvent.fields,
  memory: MemoryEvent.fields
}

const isStep = (category: Category | undefined): category is StepCategory =>
  category !== undefined && category in readers

/** The step that an event describes, if any. @internal */
export const stepOf = (event: TracedEvent, span: Span): Step | undefined => {
  const { category } = event.kind
  return isStep(category) ? { category, ...readers[category](event, span) } : undefined
}

/** The facts of a step without its content: its kind's fields, and the fields of a program's own kind. @internal */
export const stepFacts = (event: TracedEvent, step: Step, options: Options): Attributes => {
  const target: Target = { ...attributesOf(event, { content: false }) }
  writeOwn(target, event, stepFields[step.category], options)
  return target
}
