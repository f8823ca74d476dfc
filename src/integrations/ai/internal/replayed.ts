/**
 * A model, and tool results, with the answers of a recording.
 *
 * The answers reach Effect like those of a provider, so it decodes them, resolves tools and streams as usual.
 *
 * @internal
 */
import * as LanguageModel from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as Tool from "effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { LlmCall } from "../../../model/LlmCall.ts"
import * as Event from "../../../trace/Event.ts"

// The finish reasons of `effect/ai`, by those of the APIs.
const reasons: Readonly<Record<string, Response.FinishReason>> = {
  stop: "stop",
  end_turn: "stop",
  completed: "stop",
  length: "length",
  max_tokens: "length",
  tool_calls: "tool-calls",
  tool_use: "tool-calls",
  "tool-calls": "tool-calls",
  content_filter: "content-filter",
  "content-filter": "content-filter",
  error: "error",
  pause: "pause",
  other: "other"
}

const finishOf = ({ finishReasons, usage }: LlmCall): Response.FinishPartEncoded => ({
  type: "finish",
  reason: reasons[finishReasons?.[0] ?? ""] ?? "unknown",
  usage: {
    inputTokens: {
      total: usage?.inputTokens,
      uncached: usage?.inputTokens === undefined
        ? undefined
        : usage.inputTokens - (usage.cacheReadTokens ?? 0) - (usage.cacheWriteTokens ?? 0),
      cacheRead: usage?.cacheReadTokens,
      cacheWrite: usage?.cacheWriteTokens
    },
    outputTokens: {
      total: usage?.outputTokens,
      text: usage?.outputTokens === undefined ? undefined : usage.outputTokens - (usage.reasoningTokens ?? 0),
      reasoning: usage?.reasoningTokens
    }
  },
  response: undefined
})

const metadataOf = ({ responseId, responseModel }: LlmCall): ReadonlyArray<Response.ResponseMetadataPartEncoded> =>
  responseId === undefined && responseModel === undefined
    ? []
    : [{ type: "response-metadata", id: responseId, modelId: responseModel, timestamp: undefined }]

const outputParts = (facts: LlmCall) => facts.outputMessages?.flatMap(({ parts }) => parts) ?? []

/** @internal */
export const wholeParts = (facts: LlmCall): Array<Response.PartEncoded> => [
  ...metadataOf(facts),
  ...outputParts(facts).flatMap((part): ReadonlyArray<Response.PartEncoded> =>
    part.type === "text" && typeof part.content === "string"
      ? [{ type: "text", text: part.content }]
      : part.type === "reasoning" && typeof part.content === "string"
      ? [{ type: "reasoning", text: part.content }]
      : part.type === "tool_call"
      ? [{ type: "tool-call", id: String(part.id ?? ""), name: String(part.name), params: part.arguments ?? {} }]
      : []
  ),
  finishOf(facts)
]

const words = /\s*\S+\s*$|\s*\S+|\s+$/g

/** @internal */
export const streamedParts = (
  facts: LlmCall,
  pieces?: (text: string) => ReadonlyArray<string> | undefined
): Array<Response.StreamPartEncoded> => [
  ...metadataOf(facts),
  ...outputParts(facts).flatMap((part, index): ReadonlyArray<Response.StreamPartEncoded> => {
    if (part.type === "tool_call") {
      return [{ type: "tool-call", id: String(part.id ?? ""), name: String(part.name), params: part.arguments ?? {} }]
    }
    if ((part.type !== "text" && part.type !== "reasoning") || typeof part.content !== "string") return []
    const kind = part.type
    const id = String(index)
    return [
      { type: `${kind}-start`, id },
      ...(pieces?.(part.content) ?? part.content.match(words) ?? []).map((delta) => ({
        type: `${kind}-delta` as const,
        id,
        delta
      })),
      { type: `${kind}-end`, id }
    ]
  }),
  finishOf(facts)
]

/** The model that returns the recorded answer, if the call is replayed. @internal */
export const replayedModel = (event: Event.StartedEvent): Effect.Effect<LanguageModel.LanguageModel> | undefined => {
  const answer = Event.recorded(event)?.answer() as Effect.Effect<LlmCall> | undefined
  if (answer === undefined) return undefined
  return LanguageModel.make({
    generateText: () => Effect.map(answer, wholeParts),
    streamText: () => Stream.unwrap(Effect.map(answer, (facts) => Stream.fromIterable(streamedParts(facts))))
  })
}

/** The recorded result of a tool, if the call is replayed. @internal */
export const replayedResult = (
  event: Event.StartedEvent,
  tool: Tool.Any | undefined
): Effect.Effect<Stream.Stream<Tool.HandlerResult<Tool.Any>, unknown, unknown>, unknown, unknown> | undefined => {
  const result = Event.recorded(event)?.result()
  if (result === undefined) return undefined
  return Effect.map(result, (encodedResult) => {
    const decoded = tool === undefined || Tool.isProviderDefined(tool)
      ? Effect.succeed(encodedResult)
      : Schema.decodeUnknownEffect(tool.successSchema as Schema.Codec<unknown, unknown>)(encodedResult)
    return Stream.fromEffect(Effect.map(decoded, (result) => ({
      result: result as never,
      encodedResult,
      isFailure: false,
      preliminary: false
    })))
  })
}
