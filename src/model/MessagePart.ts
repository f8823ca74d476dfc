/**
 * The parts of a message: text, reasoning, tool calls and their results, and binary content.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import { defined } from "../core/internal/defined.ts"
import { openEnum, openStruct } from "./internal/open.ts"

const id = Schema.optional(Schema.NullOr(Schema.String))

const mime_type = Schema.optional(Schema.NullOr(Schema.String))

/**
 * The kind of a binary part: `image`, `video`, `audio`, `document` or another name.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Modality = openEnum(["image", "video", "audio", "document"])

/**
 * Text that was sent to the model or that it returned.
 *
 * @category schemas
 * @since 0.1.0
 */
export const TextPart = Schema.Struct({ type: Schema.Literal("text"), content: Schema.String })

/**
 * A part of text.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextPart extends Schema.Schema.Type<typeof TextPart> {}

/**
 * Reasoning that the model returned: the full text or the provider's summary.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ReasoningPart = Schema.Struct({ type: Schema.Literal("reasoning"), content: Schema.String })

/**
 * A part of reasoning.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReasoningPart extends Schema.Schema.Type<typeof ReasoningPart> {}

/**
 * A request of the model to run a tool of the caller.
 *
 * **Details**
 *
 * `arguments` is the parsed value of the model's JSON, not its text.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ToolCallPart = Schema.Struct({
  type: Schema.Literal("tool_call"),
  id,
  name: Schema.String,
  arguments: Schema.optional(Schema.Unknown)
})

/**
 * A call of a tool of the caller.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolCallPart extends Schema.Schema.Type<typeof ToolCallPart> {}

/**
 * A tool's result, sent to the model.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ToolCallResponsePart = Schema.Struct({
  type: Schema.Literal("tool_call_response"),
  id,
  response: Schema.Unknown
})

/**
 * The answer to a {@link ToolCallPart}, by its `id`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolCallResponsePart extends Schema.Schema.Type<typeof ToolCallResponsePart> {}

/**
 * A tool that the provider ran by itself, such as its web search.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ServerToolCallPart = Schema.Struct({
  type: Schema.Literal("server_tool_call"),
  id,
  name: Schema.String,
  server_tool_call: openStruct({ type: Schema.String })
})

/**
 * A call of a tool that the provider runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerToolCallPart extends Schema.Schema.Type<typeof ServerToolCallPart> {}

/**
 * The result of a tool that the provider ran.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ServerToolCallResponsePart = Schema.Struct({
  type: Schema.Literal("server_tool_call_response"),
  id,
  server_tool_call_response: openStruct({ type: Schema.String })
})

/**
 * The answer to a {@link ServerToolCallPart}, by its `id`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerToolCallResponsePart extends Schema.Schema.Type<typeof ServerToolCallResponsePart> {}

/**
 * Binary content, inline, as base64.
 *
 * @category schemas
 * @since 0.1.0
 */
export const BlobPart = Schema.Struct({
  type: Schema.Literal("blob"),
  modality: Modality,
  mime_type,
  content: Schema.String
})

/**
 * A part of inline binary content.
 *
 * @category models
 * @since 0.1.0
 */
export interface BlobPart extends Schema.Schema.Type<typeof BlobPart> {}

/**
 * Binary content that was uploaded to the provider earlier.
 *
 * @category schemas
 * @since 0.1.0
 */
export const FilePart = Schema.Struct({
  type: Schema.Literal("file"),
  modality: Modality,
  mime_type,
  file_id: Schema.String
})

/**
 * A part of uploaded binary content.
 *
 * @category models
 * @since 0.1.0
 */
export interface FilePart extends Schema.Schema.Type<typeof FilePart> {}

/**
 * Binary content by reference. A `data:` URL is a {@link BlobPart} instead.
 *
 * @category schemas
 * @since 0.1.0
 */
export const UriPart = Schema.Struct({
  type: Schema.Literal("uri"),
  modality: Modality,
  mime_type,
  uri: Schema.String
})

/**
 * A part that refers to binary content by a URI.
 *
 * @category models
 * @since 0.1.0
 */
export interface UriPart extends Schema.Schema.Type<typeof UriPart> {}

/**
 * The provider replaced earlier messages by a compaction.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CompactionPart = Schema.Struct({
  type: Schema.Literal("compaction"),
  id,
  content: Schema.optional(Schema.NullOr(Schema.String))
})

/**
 * A part that replaces compacted messages.
 *
 * @category models
 * @since 0.1.0
 */
export interface CompactionPart extends Schema.Schema.Type<typeof CompactionPart> {}

/**
 * A part of any other type, with any fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const GenericPart = openStruct({ type: Schema.String })

/**
 * A part of a type that the convention does not name.
 *
 * @category models
 * @since 0.1.0
 */
export interface GenericPart extends Schema.Schema.Type<typeof GenericPart> {}

/**
 * Any part that the convention names.
 *
 * @category schemas
 * @since 0.1.0
 */
export const KnownPart = Schema.Union([
  TextPart,
  ReasoningPart,
  ToolCallPart,
  ToolCallResponsePart,
  ServerToolCallPart,
  ServerToolCallResponsePart,
  BlobPart,
  FilePart,
  UriPart,
  CompactionPart
])

/**
 * Any part that the convention names. `type` tells them apart.
 *
 * @category models
 * @since 0.1.0
 */
export type KnownPart = typeof KnownPart.Type

/**
 * Any part: one that the convention names, or a generic one.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Part = Schema.Union([...KnownPart.members, GenericPart])

/**
 * Any part. {@link isPart} and {@link isKnownPart} tell them apart.
 *
 * @category models
 * @since 0.1.0
 */
export type Part = typeof Part.Type

/**
 * Whether the type of a part is one that the convention names.
 *
 * **Details**
 *
 * After this check, `switch (part.type)` narrows. The open type of a generic part would prevent that.
 *
 * @category guards
 * @since 0.1.0
 */
export const isKnownPart: (part: Part) => part is KnownPart = SchemaParser.is(KnownPart)

/**
 * Whether a part has the given type and that type's fields.
 *
 * **Example** (the tool calls of a model)
 *
 * ```ts
 * import { Message } from "effect-agentops"
 *
 * const { parts } = Message.assistant([
 *   Message.text("Let me look."),
 *   Message.toolCall({ id: "call_1", name: "search", arguments: { query: "orders" } })
 * ])
 * parts.filter(Message.isPart("tool_call")).map((part) => part.name) // => ["search"]
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const isPart = <K extends KnownPart["type"]>(type: K) => {
  const schema = KnownPart.members.find((member) => member.fields.type.literal === type)!
  const is = SchemaParser.is(schema)
  return (part: Part): part is Extract<KnownPart, { readonly type: K }> => part.type === type && is(part)
}

/**
 * A part of text.
 *
 * @category constructors
 * @since 0.1.0
 */
export const text = (content: string): TextPart => ({ type: "text", content })

/**
 * A part of reasoning.
 *
 * @category constructors
 * @since 0.1.0
 */
export const reasoning = (content: string): ReasoningPart => ({ type: "reasoning", content })

/**
 * A part in which the model calls a tool.
 *
 * **Example** (a tool call)
 *
 * ```ts
 * import { Message } from "effect-agentops"
 *
 * Message.toolCall({ id: "call_1", name: "get_weather", arguments: { location: "Boston" } })
 * // => { type: "tool_call", id: "call_1", name: "get_weather", arguments: { location: "Boston" } }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const toolCall = (call: {
  readonly name: string
  readonly id?: string | undefined
  readonly arguments?: unknown
}): ToolCallPart => defined({ type: "tool_call", id: call.id, name: call.name, arguments: call.arguments })

/**
 * A part with a tool's result for the model.
 *
 * **Example** (a tool's result in a message of its own)
 *
 * ```ts
 * import { Message } from "effect-agentops"
 *
 * Message.tool([Message.toolResult({ id: "call_1", response: "rainy, 14 °C" })])
 * // => { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: "rainy, 14 °C" }] }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const toolResult = (result: {
  readonly response: unknown
  readonly id?: string | undefined
}): ToolCallResponsePart =>
  result.id === undefined
    ? { type: "tool_call_response", response: result.response }
    : { type: "tool_call_response", id: result.id, response: result.response }

/**
 * A part of a type that the convention does not name.
 *
 * **Example** (a provider's own part)
 *
 * ```ts
 * import { Message } from "effect-agentops"
 *
 * Message.generic("redacted_thinking", { data: "EmwKAhgB" })
 * // => { type: "redacted_thinking", data: "EmwKAhgB" }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const generic = (type: string, fields?: { readonly [key: string]: unknown }): GenericPart => ({
  ...fields,
  type
})
