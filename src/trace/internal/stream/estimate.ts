/**
 * Estimates the tokens of an answer that ended before its provider reported them.
 *
 * @internal
 */
import type { OutputMessage } from "../../../model/Message.ts"
import * as Usage from "../../../model/Usage.ts"

/** English text has about four characters a token, in the tokenizers of all large providers. */
const charactersPerToken = 4

const lengthOf = (part: OutputMessage["parts"][number]): number => {
  if (part.type === "text" || part.type === "reasoning") return String(part["content"] ?? "").length
  if (part.type !== "tool_call") return 0
  const args = part["arguments"]
  const json = args === undefined ? "" : typeof args === "string" ? args : JSON.stringify(args) ?? ""
  return String(part["name"] ?? "").length + json.length
}

/** The estimated number of tokens in a model's output so far. @internal */
export const outputTokens = (messages: ReadonlyArray<OutputMessage>): number =>
  Math.ceil(
    messages.flatMap((message) => message.parts).reduce((sum, part) => sum + lengthOf(part), 0) / charactersPerToken
  )

/**
 * Estimates the output tokens of a stream that was not read to its end, and marks the usage as estimated. A reported
 * usage is kept, unless it is an early one and the consumer has read more since.
 *
 * @internal
 */
export const estimateUsage = (fields: Record<string, unknown>, stopped: boolean): void => {
  const messages = fields["outputMessages"] as ReadonlyArray<OutputMessage> | undefined
  if (messages === undefined) return
  const estimate = outputTokens(messages)
  const reported = fields["usage"] as Usage.Usage | undefined
  if (estimate === 0 || reported !== undefined && (!stopped || reported.outputTokens >= estimate)) return
  fields["usage"] = reported === undefined
    ? Usage.make({ outputTokens: estimate })
    : { ...reported, outputTokens: estimate }
  fields["usageEstimated"] = true
}
