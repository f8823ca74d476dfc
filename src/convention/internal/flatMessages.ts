/**
 * Messages for vocabularies that give each message attributes of its own. Text, tool calls and tool results are
 * separate, and the number of messages is limited.
 *
 * @internal
 */
import * as Attribute from "../../core/Attribute.ts"
import type * as Message from "../../model/Message.ts"

/** @internal */
export interface FlatToolCall {
  readonly id: string | undefined
  readonly name: string
  /** JSON text. */
  readonly arguments: string | undefined
}

/** One message. Its content is text, or JSON if it has parts other than text. @internal */
export interface FlatMessage {
  readonly role: string
  readonly content: string
  readonly reasoning: string | undefined
  readonly toolCalls: ReadonlyArray<FlatToolCall>
  /** The id of the call that the message answers. */
  readonly toolCallId: string | undefined
  readonly finishReason: string | undefined
}

/** Leaves a string as it is and encodes any other value as JSON. @internal */
export const toText = (value: unknown): string => typeof value === "string" ? value : Attribute.toJson(value)

/** The most messages that one span has. The newest are kept. @internal */
export const maxMessages = 200

interface LoosePart {
  readonly type?: unknown
  readonly id?: unknown
  readonly name?: unknown
  readonly content?: unknown
  readonly arguments?: unknown
  readonly response?: unknown
}

const text = (value: unknown): string | undefined => typeof value === "string" ? value : undefined

const flattenOne = (message: Message.ChatMessage & { readonly finish_reason?: unknown }): Array<FlatMessage> => {
  const role = text(message.role) ?? "user"
  const texts: Array<string> = []
  const reasoned: Array<string> = []
  const others: Array<unknown> = []
  const toolCalls: Array<FlatToolCall> = []
  const answers: Array<FlatMessage> = []
  for (const part of (message.parts ?? []) as ReadonlyArray<LoosePart>) {
    switch (part.type) {
      case "text":
        texts.push(toText(part.content))
        break
      case "reasoning":
        reasoned.push(toText(part.content))
        break
      case "tool_call":
        toolCalls.push({
          id: text(part.id),
          name: text(part.name) ?? "",
          arguments: part.arguments === undefined ? undefined : toText(part.arguments)
        })
        break
      case "tool_call_response":
        answers.push({
          role: "tool",
          content: toText(part.response),
          reasoning: undefined,
          toolCalls: [],
          toolCallId: text(part.id),
          finishReason: undefined
        })
        break
      default:
        others.push(part)
    }
  }
  const parts = message.parts as ReadonlyArray<LoosePart> | undefined
  // Only JSON can hold a picture between two texts in one string.
  const content = others.length === 0
    ? texts.join("\n")
    : Attribute.toJson(parts!.filter((part) => part.type === "text" || others.includes(part)))
  // A message with only tool results becomes one message for each result.
  if (answers.length > 0 && content === "" && toolCalls.length === 0) return answers
  return [
    {
      role,
      content,
      reasoning: reasoned.length === 0 ? undefined : reasoned.join("\n"),
      toolCalls,
      toolCallId: undefined,
      finishReason: text(message.finish_reason)
    },
    ...answers
  ]
}

const plain = (role: string, content: string): FlatMessage => ({
  role,
  content,
  reasoning: undefined,
  toolCalls: [],
  toolCallId: undefined,
  finishReason: undefined
})

/** The input messages of a call, with the instructions first. @internal */
export const flattenInput = (
  instructions: typeof Message.SystemInstructions.Type | undefined,
  messages: ReadonlyArray<Message.ChatMessage> | undefined
): ReadonlyArray<FlatMessage> => {
  const flat = (messages ?? []).flatMap(flattenOne)
  if (instructions !== undefined && instructions.length > 0) {
    flat.unshift(...flattenOne({ role: "system", parts: instructions }))
  }
  if (flat.length <= maxMessages) return flat
  const head = flat[0]!.role === "system" ? flat.slice(0, 1) : []
  const tail = flat.slice(flat.length - (maxMessages - head.length - 1))
  return [...head, plain("system", `[${flat.length - head.length - tail.length} messages left out]`), ...tail]
}

/** The output messages of a call, one for each choice. @internal */
export const flattenOutput = (
  messages: ReadonlyArray<Message.OutputMessage> | undefined
): ReadonlyArray<FlatMessage> => (messages ?? []).flatMap(flattenOne).slice(0, maxMessages)
