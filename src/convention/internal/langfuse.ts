/**
 * Langfuse's own vocabulary, in addition to OpenTelemetry's names. Langfuse's pages read cost, tags, the first token
 * and the input and output of a trace from it.
 *
 * @see https://langfuse.com/integrations/native/opentelemetry#property-mapping
 * @internal
 */
import * as Attribute from "../../core/Attribute.ts"
import { writeLocation } from "../../core/internal/callSite.ts"
import * as ActionEvent from "../../trace/ActionEvent.ts"
import * as AgentEvent from "../../trace/AgentEvent.ts"
import * as Event from "../../trace/Event.ts"
import * as LlmEvent from "../../trace/LlmEvent.ts"
import type { Span, TracedEvent } from "../../trace/Span.ts"
import * as ToolEvent from "../../trace/ToolEvent.ts"
import type { Options, Part, Table } from "../Encoding.ts"
import { toText } from "./flatMessages.ts"
import { attributesOf, endStateReason, statusOf } from "./spanFacts.ts"
import type { StepCategory } from "./step.ts"
import { stepFacts, stepOf } from "./step.ts"

type Attributes = Record<string, Attribute.AttributeValue | undefined>

const observation = "langfuse.observation"

const level = (span: Span, otherwise: string | undefined, options: Options): Attributes => {
  const { code, message } = statusOf(span, options)
  return code === "error"
    ? { [`${observation}.level`]: "ERROR", [`${observation}.status_message`]: message }
    : { [`${observation}.level`]: span.interrupted ? "WARNING" : otherwise }
}

const exchange = (of: string, input: unknown, output: unknown, { content }: Options): Attributes =>
  !content ? {} : {
    [`${of}.input`]: input == null ? undefined : toText(input),
    [`${of}.output`]: output == null ? undefined : toText(output)
  }

/** Counts each token under one kind: the input excludes cached tokens, and the output excludes reasoning tokens. */
const usageDetails = (usage: Readonly<Partial<Record<string, number>>> | undefined): string | undefined => {
  if (usage === undefined) return undefined
  const { cacheReadTokens, cacheWriteTokens, inputTokens, outputTokens, reasoningTokens } = usage
  const rest = (all: number | undefined, ...parts: ReadonlyArray<number | undefined>) =>
    all === undefined ? undefined : Math.max(0, parts.reduce<number>((left, part) => left - (part ?? 0), all))
  return Attribute.toJson({
    input: rest(inputTokens, cacheReadTokens, cacheWriteTokens),
    output: rest(outputTokens, reasoningTokens),
    input_cached_tokens: cacheReadTokens,
    input_cache_creation: cacheWriteTokens,
    output_reasoning_tokens: reasoningTokens,
    total: inputTokens === undefined && outputTokens === undefined
      ? undefined
      : (inputTokens ?? 0) + (outputTokens ?? 0)
  })
}

const modelCall = (event: TracedEvent, span: Span, options: Options): Part => {
  const fields = Event.as(event, LlmEvent.LlmEvent)
  const model = fields.responseModel ?? fields.model
  const operation = fields.operation ?? "chat"
  const parameters = Attribute.toJson({
    temperature: fields.temperature,
    max_tokens: fields.maxTokens,
    top_p: fields.topP,
    top_k: fields.topK,
    frequency_penalty: fields.frequencyPenalty,
    presence_penalty: fields.presencePenalty
  })
  const first = fields.timeToFirstChunk
  const messages = fields.systemInstructions === undefined
    ? fields.inputMessages
    : [{ role: "system", parts: fields.systemInstructions }, ...fields.inputMessages ?? []]
  return {
    name: model === undefined ? operation : `${operation} ${model}`,
    attributes: {
      [`${observation}.type`]: operation === "embeddings" ? "embedding" : "generation",
      [`${observation}.model.name`]: model,
      [`${observation}.model.parameters`]: parameters === "{}" ? undefined : parameters,
      [`${observation}.usage_details`]: usageDetails(fields.usage as never),
      [`${observation}.cost_details`]: fields.cost === undefined ? undefined : Attribute.toJson({ total: fields.cost }),
      [`${observation}.completion_start_time`]: first === undefined
        ? undefined
        : new Date(Number(span.startTime / 1_000_000n) + first * 1_000).toISOString(),
      "gen_ai.provider.name": fields.provider,
      ...exchange(observation, messages, fields.outputMessages, options)
    }
  }
}

const named = (type: string, name: string | undefined, input: unknown, output: unknown, options: Options): Part => ({
  name,
  attributes: { [`${observation}.type`]: type, ...exchange(observation, input, output, options) }
})

/** Langfuse's observation types for steps. Other steps are spans. */
const stepTypes: Partial<Record<StepCategory, string>> = {
  guardrail: "guardrail",
  retrieval: "retriever",
  rerank: "retriever"
}

const stepPart = (event: TracedEvent, span: Span, options: Options): Part | undefined => {
  const step = stepOf(event, span)
  if (step === undefined) return undefined
  const { category, documents, input, name, output } = step
  const type = stepTypes[category] ?? (documents === undefined ? "span" : "retriever")
  return {
    name,
    attributes: { ...stepFacts(event, step, options), ...named(type, name, input, output, options).attributes }
  }
}

const row = (event: TracedEvent, span: Span, options: Options): Part => {
  switch (event.kind.category) {
    case "modelCall":
      return modelCall(event, span, options)
    case "tool": {
      const { name, parameters, result } = Event.as(event, ToolEvent.ToolEvent)
      return named("tool", name, parameters, result, options)
    }
    case "agent": {
      const { input, name, output } = Event.as(event, AgentEvent.AgentEvent)
      return named("agent", name, input, output, options)
    }
    case "action": {
      const { parameters, result, type } = Event.as(event, ActionEvent.ActionEvent)
      return named("chain", type, parameters, result, options)
    }
    default:
      return stepPart(event, span, options) ??
        { attributes: { [`${observation}.type`]: "span", ...attributesOf(event, options) } }
  }
}

const metadata = (values: Readonly<Record<string, unknown>>): Attributes =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`langfuse.trace.metadata.${key}`, Attribute.normalize(value)])
  )

/** @internal */
export const langfuse: Table = {
  // A session in Langfuse contains many traces, so it is our conversation if there is one.
  every: ({ session }) => ({
    attributes: {
      "session.id": session?.conversationId ?? session?.id,
      "gen_ai.conversation.id": session?.conversationId,
      "user.id": session?.userId
    }
  }),
  session: (session, span, options) => {
    const attributes: Record<string, Attribute.AttributeValue> = {}
    writeLocation(attributes, session.callSite)
    return {
      attributes: {
        ...attributes,
        "langfuse.trace.name": session.name,
        "langfuse.trace.tags": session.tags.size === 0 ? undefined : Array.from(session.tags),
        ...metadata(session.metadata),
        ...exchange("langfuse.trace", session.input, session.output, options),
        ...exchange(observation, session.input, session.output, options),
        "langfuse.trace.metadata.end_state": session.endState,
        "langfuse.trace.metadata.end_state_reason": endStateReason(span, options),
        ...level(span, undefined, options)
      }
    }
  },
  events: {
    other: (event, span, options) => {
      const { attributes, name } = row(event, span, options)
      const location: Record<string, Attribute.AttributeValue> = {}
      writeLocation(location, event.callSite)
      return { name, attributes: { ...location, ...attributes, ...level(span, undefined, options) } }
    }
  },
  attempt: (number, _event, span, options) => ({
    attributes: {
      [`${observation}.type`]: "span",
      "agentops.attempt": number,
      ...level(span, "DEBUG", options)
    }
  })
}
