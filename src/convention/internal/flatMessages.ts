/**
 * Messages for vocabularies that give each message attributes of its own: text,
 * tool calls and tool results apart, and no more messages than a span can take.
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

/** One message: what it says as text, and JSON where it is not only text. @internal */
export interface FlatMessage {
  readonly role: string
  readonly content: string
  readonly reasoning: string | undefined
  readonly toolCalls: ReadonlyArray<FlatToolCall>
  /** The call that the message answers. */
  readonly toolCallId: string | undefined
  readonly finishReason: string | undefined
}

/** Text stays as it is, anything else becomes JSON. @internal */
export const toText = (value: unknown): string => typeof value === "string" ? value : Attribute.toJson(value)

/** The messages that one span tells of at most, the newest of them. @internal */
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
  const said: Array<string> = []
  const reasoned: Array<string> = []
  const others: Array<unknown> = []
  const toolCalls: Array<FlatToolCall> = []
  const answers: Array<FlatMessage> = []
  for (const part of (message.parts ?? []) as ReadonlyArray<LoosePart>) {
    switch (part.type) {
      case "text":
        said.push(toText(part.content))
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
  // One string cannot hold a picture between two texts in any other way.
  const content = others.length === 0
    ? said.join("\n")
    : Attribute.toJson(parts!.filter((part) => part.type === "text" || others.includes(part)))
  // A message of nothing but tool results is those results; each is a message of its own here.
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

/** What the model was told, instructions first. @internal */
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

/** What the model answered, one for each choice. @internal */
export const flattenOutput = (
  messages: ReadonlyArray<Message.OutputMessage> | undefined
): ReadonlyArray<FlatMessage> => (messages ?? []).flatMap(flattenOne).slice(0, maxMessages)
