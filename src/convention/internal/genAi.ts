/**
 * OpenTelemetry's names for generative AI, from one table: the operations, kind, name and attributes of each type of
 * span, in two editions.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 * @internal
 */
import type { SpanKind } from "effect/Tracer"
import * as Attribute from "../../core/Attribute.ts"
import { writeLocation } from "../../core/internal/callSite.ts"
import { asMessages } from "../../model/internal/oneMessage.ts"
import * as AgentEvent from "../../trace/AgentEvent.ts"
import * as Event from "../../trace/Event.ts"
import * as LlmEvent from "../../trace/LlmEvent.ts"
import type { Span, TracedEvent } from "../../trace/Span.ts"
import * as ToolEvent from "../../trace/ToolEvent.ts"
import type { Encoding, Options } from "../Encoding.ts"
import { doublesOf141 } from "./doubles.ts"
import type { Target } from "./spanFacts.ts"
import { agentName, attributesOf, errorTypeOf, statusOf } from "./spanFacts.ts"
import { encodeStandard } from "./standard.ts"

/** The requirement level of an attribute in the convention. @internal */
export type Level = "required" | "conditional" | "recommended" | "opt_in"

/** A type of span. @internal */
export interface SpanType {
  /** The first is the default. */
  readonly operations: ReadonlyArray<string>
  readonly kind: SpanKind
  /** The attribute whose value follows the operation in the span's name. */
  readonly subject: string | undefined
  readonly attributes: Readonly<Record<string, Level>>
}

/** @internal */
export type Edition = "latest" | "1.41"

/** @internal */
export interface Profile {
  readonly schemaUrl: string
  readonly types:
    & Readonly<Record<"inference" | "embeddings" | "execute_tool" | "invoke_agent" | "retrieval", SpanType>>
    & {
      readonly memory?: SpanType | undefined
    }
  /** New names of event attributes that have another name in this edition. */
  readonly renamed: Readonly<Record<string, string>>
}

const content = {
  "gen_ai.system_instructions": "opt_in",
  "gen_ai.input.messages": "opt_in",
  "gen_ai.output.messages": "opt_in",
  "gen_ai.tool.definitions": "opt_in"
} as const

const server = { "server.address": "recommended", "server.port": "conditional" } as const

const inference = {
  "gen_ai.operation.name": "required",
  "gen_ai.provider.name": "required",
  "gen_ai.request.model": "conditional",
  "error.type": "conditional",
  "gen_ai.conversation.id": "conditional",
  "gen_ai.output.type": "conditional",
  "gen_ai.request.choice.count": "conditional",
  "gen_ai.request.seed": "conditional",
  "gen_ai.request.stream": "conditional",
  "gen_ai.request.top_k": "conditional",
  ...server,
  "gen_ai.request.max_tokens": "recommended",
  "gen_ai.request.temperature": "recommended",
  "gen_ai.request.top_p": "recommended",
  "gen_ai.request.frequency_penalty": "recommended",
  "gen_ai.request.presence_penalty": "recommended",
  "gen_ai.request.stop_sequences": "recommended",
  "gen_ai.response.id": "recommended",
  "gen_ai.response.model": "recommended",
  "gen_ai.response.finish_reasons": "recommended",
  "gen_ai.response.time_to_first_chunk": "recommended",
  "gen_ai.usage.input_tokens": "recommended",
  "gen_ai.usage.output_tokens": "recommended",
  "gen_ai.usage.cache_read.input_tokens": "recommended",
  "gen_ai.usage.reasoning.output_tokens": "recommended",
  "openai.api.type": "recommended",
  "openai.request.service_tier": "conditional",
  "openai.response.service_tier": "conditional",
  "openai.response.system_fingerprint": "recommended",
  ...content
} as const

const embeddings = {
  "gen_ai.operation.name": "required",
  "gen_ai.provider.name": "required",
  "gen_ai.request.model": "conditional",
  "error.type": "conditional",
  ...server,
  "gen_ai.usage.input_tokens": "recommended",
  "gen_ai.response.model": "recommended",
  "gen_ai.embeddings.dimension.count": "recommended"
} as const

const executeTool = {
  "gen_ai.operation.name": "required",
  "gen_ai.tool.name": "required",
  "error.type": "conditional",
  "gen_ai.tool.type": "recommended",
  "gen_ai.tool.call.id": "recommended",
  "gen_ai.tool.description": "recommended",
  "gen_ai.tool.call.arguments": "opt_in",
  "gen_ai.tool.call.result": "opt_in"
} as const

const invokeAgent = {
  "gen_ai.operation.name": "required",
  "gen_ai.agent.name": "conditional",
  "gen_ai.agent.description": "conditional",
  "error.type": "conditional",
  "gen_ai.input.messages": "opt_in",
  "gen_ai.output.messages": "opt_in"
} as const

const retrieval = {
  "gen_ai.operation.name": "required",
  "gen_ai.provider.name": "conditional",
  "gen_ai.request.model": "conditional",
  "gen_ai.data_source.id": "conditional",
  "error.type": "conditional",
  ...server,
  "gen_ai.retrieval.query.text": "opt_in",
  "gen_ai.retrieval.documents": "opt_in"
} as const

const memory = {
  "gen_ai.operation.name": "required",
  "gen_ai.provider.name": "conditional",
  "gen_ai.memory.store.id": "conditional",
  "gen_ai.memory.record.id": "conditional",
  "error.type": "conditional",
  ...server,
  "gen_ai.memory.record.count": "recommended",
  "gen_ai.memory.query.text": "opt_in",
  "gen_ai.memory.records": "opt_in"
} as const

const inferenceType = (attributes: SpanType["attributes"]): SpanType => ({
  operations: ["chat", "generate_content", "text_completion"],
  kind: "client",
  subject: "gen_ai.request.model",
  attributes
})

const embeddingsType: SpanType = {
  operations: ["embeddings"],
  kind: "client",
  subject: "gen_ai.request.model",
  attributes: embeddings
}

const toolType = (attributes: SpanType["attributes"]): SpanType => ({
  operations: ["execute_tool"],
  kind: "internal",
  subject: "gen_ai.tool.name",
  attributes
})

const agentType = (attributes: SpanType["attributes"]): SpanType => ({
  operations: ["invoke_agent"],
  kind: "internal",
  subject: "gen_ai.agent.name",
  attributes
})

const retrievalType = (attributes: SpanType["attributes"]): SpanType => ({
  operations: ["retrieval"],
  kind: "client",
  subject: "gen_ai.data_source.id",
  attributes
})

const memoryType: SpanType = {
  operations: [
    "search_memory",
    "create_memory",
    "update_memory",
    "upsert_memory",
    "delete_memory",
    "create_memory_store",
    "delete_memory_store"
  ],
  kind: "client",
  subject: undefined,
  attributes: memory
}

/** @internal */
export const profiles: Readonly<Record<Edition, Profile>> = {
  latest: {
    schemaUrl: "https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev",
    types: {
      inference: inferenceType({
        ...inference,
        "gen_ai.request.reasoning.level": "recommended",
        "gen_ai.request.previous_response.id": "recommended",
        "gen_ai.usage.cache_write.input_tokens": "recommended"
      }),
      embeddings: embeddingsType,
      retrieval: retrievalType({ ...retrieval, "gen_ai.retrieval.top_k": "recommended" }),
      memory: memoryType,
      execute_tool: toolType({ ...executeTool, "gen_ai.agent.name": "conditional" }),
      invoke_agent: agentType(invokeAgent)
    },
    // The id of an agent inside this process means nothing to another process.
    renamed: { "gen_ai.agent.id": "agentops.agent.id", "gen_ai.agent.version": "agentops.agent.version" }
  },
  "1.41": {
    schemaUrl: "https://opentelemetry.io/schemas/1.41.0",
    types: {
      inference: inferenceType({
        ...inference,
        "gen_ai.request.top_k": "recommended",
        "gen_ai.usage.cache_creation.input_tokens": "recommended"
      }),
      embeddings: embeddingsType,
      retrieval: retrievalType({ ...retrieval, "gen_ai.request.top_k": "recommended" }),
      execute_tool: toolType(executeTool),
      invoke_agent: agentType({
        ...invokeAgent,
        "gen_ai.provider.name": "required",
        "gen_ai.agent.id": "conditional",
        "gen_ai.agent.version": "conditional"
      })
    },
    renamed: {
      "gen_ai.usage.cache_write.input_tokens": "gen_ai.usage.cache_creation.input_tokens",
      "gen_ai.retrieval.top_k": "gen_ai.request.top_k"
    }
  }
}

const typeOf = (event: TracedEvent, { types }: Profile): SpanType | undefined => {
  switch (event.kind.category) {
    case "modelCall":
      return Event.as(event, LlmEvent.LlmEvent).operation === "embeddings" ? types.embeddings : types.inference
    case "tool":
      return types.execute_tool
    case "agent":
      return types.invoke_agent
    case "retrieval":
      return types.retrieval
    case "memory":
      return types.memory
    default:
      return undefined
  }
}

// Models write arguments as JSON text, and the convention asks for an object.
const asObject = (value: unknown): string | undefined => {
  if (typeof value !== "string" || !/^\s*[{[]/.test(value)) return undefined
  try {
    return Attribute.toJson(JSON.parse(value))
  } catch {
    return undefined
  }
}

const completeAgent = (target: Target, event: TracedEvent): void => {
  const { input, output } = Event.as(event, AgentEvent.AgentEvent)
  delete target["agentops.agent.input"]
  delete target["agentops.agent.output"]
  if (input !== undefined) target["gen_ai.input.messages"] = asMessages("user", input)
  if (output !== undefined) target["gen_ai.output.messages"] = asMessages("assistant", output)
}

const complete = (target: Target, type: SpanType, event: TracedEvent, options: Options): void => {
  target["gen_ai.operation.name"] ??= type.operations[0]!
  if (type.attributes["gen_ai.provider.name"] === "required") target["gen_ai.provider.name"] ??= "_OTHER"
  if (!options.content) return
  if (event.kind.category === "agent") completeAgent(target, event)
  if (event.kind.category === "tool") {
    const { parameters, result } = Event.as(event, ToolEvent.ToolEvent)
    const arguments_ = asObject(parameters)
    if (arguments_ !== undefined) target["gen_ai.tool.call.arguments"] = arguments_
    const object = asObject(result)
    if (object !== undefined) target["gen_ai.tool.call.result"] = object
  }
  if (event.kind.category === "modelCall" && type.attributes["gen_ai.output.messages"] !== undefined) {
    const { finishReasons, outputMessages } = Event.as(event, LlmEvent.LlmEvent)
    // The convention's schema requires a finish reason.
    if (outputMessages?.some((message) => message.finish_reason == null) === true) {
      target["gen_ai.output.messages"] = Attribute.toJson(
        outputMessages.map((message, i) => ({
          ...message,
          finish_reason: message.finish_reason ?? finishReasons?.[i] ?? "unknown"
        }))
      )
    }
  }
}

const encodeEvent = (span: Span, event: TracedEvent, type: SpanType, profile: Profile, options: Options): Encoding => {
  const source = attributesOf(event, options)
  const target: Target = {}
  if (span.session !== undefined) target["session.id"] = span.session.id
  const conversation = span.session?.conversationId
  if (conversation !== undefined) target["gen_ai.conversation.id"] = conversation
  for (const key in source) {
    const name = profile.renamed[key] ?? key
    // Leaves out the convention's names that this edition or type of span does not have.
    if (type.attributes[name] !== undefined || !/^(?:gen_ai|openai)\./.test(name)) target[name] = source[key]!
  }
  complete(target, type, event, options)
  if (type.attributes["gen_ai.agent.name"] !== undefined) {
    const name = agentName(span.agent)
    if (name !== undefined) target["gen_ai.agent.name"] ??= name
  }
  const errorType = errorTypeOf(span)
  if (errorType !== undefined) target["error.type"] = errorType
  if (span.interrupted) target["effect.fiber.interrupted"] = true
  writeLocation(target, event.callSite)
  const subject = type.subject === undefined ? undefined : target[type.subject]
  const operation = String(target["gen_ai.operation.name"])
  for (const [key, value] of span.attributes) target[key] = value
  return {
    name: subject === undefined ? operation : `${operation} ${String(subject)}`,
    kind: type.kind,
    status: statusOf(span, options),
    attributes: target
  }
}

/** @internal */
export const encodeGenAi = (edition: Edition) => {
  const profile = profiles[edition]
  return (span: Span, options: Options): Encoding => {
    const event = span.tracedEvent
    const type = event === undefined ? undefined : typeOf(event, profile)
    return event !== undefined && type !== undefined
      ? {
        ...encodeEvent(span, event, type, profile, options),
        ...edition === "1.41" ? { doubles: doublesOf141(span) } : {}
      }
      // The convention has no names for sessions, actions, attempts and the program's own spans.
      : encodeStandard(span, options)
  }
}
