/**
 * The part of OpenAI's chat completions that this agent and its server use.
 *
 * @see https://platform.openai.com/docs/api-reference/chat
 */
import { Schema } from "effect"

export const ToolCall = Schema.Struct({
  id: Schema.String,
  type: Schema.Literal("function"),
  /** `arguments` is the JSON that the model wrote, which may be invalid. */
  function: Schema.Struct({ name: Schema.String, arguments: Schema.String })
})
export interface ToolCall extends Schema.Schema.Type<typeof ToolCall> {}

export const AssistantMessage = Schema.Struct({
  role: Schema.Literal("assistant"),
  content: Schema.optional(Schema.NullOr(Schema.String)),
  tool_calls: Schema.optional(Schema.Array(ToolCall))
})
export interface AssistantMessage extends Schema.Schema.Type<typeof AssistantMessage> {}

export const ToolMessage = Schema.Struct({
  role: Schema.Literal("tool"),
  tool_call_id: Schema.String,
  content: Schema.String
})
export interface ToolMessage extends Schema.Schema.Type<typeof ToolMessage> {}

export const Message = Schema.Union([
  Schema.Struct({ role: Schema.Literals(["system", "user"]), content: Schema.String }),
  AssistantMessage,
  ToolMessage
])
export type Message = typeof Message.Type

export const ToolDefinition = Schema.Struct({
  type: Schema.Literal("function"),
  function: Schema.Struct({ name: Schema.String, description: Schema.String, parameters: Schema.Unknown })
})
export interface ToolDefinition extends Schema.Schema.Type<typeof ToolDefinition> {}

/** The body of a request. */
export const Request = Schema.Struct({
  model: Schema.String,
  messages: Schema.NonEmptyArray(Message),
  tools: Schema.Array(ToolDefinition)
})
export interface Request extends Schema.Schema.Type<typeof Request> {}

/** The part of a response that the agent reads. */
export const Completion = Schema.Struct({
  choices: Schema.NonEmptyArray(Schema.Struct({ message: AssistantMessage }))
})
