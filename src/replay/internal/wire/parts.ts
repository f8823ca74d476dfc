/**
 * Parts of messages in the form of the APIs' bodies.
 *
 * @internal
 */
import type { Part } from "../../../model/Message.ts"

/** The content of a part whose type no convention defines. @internal */
export const contentOf = (part: Part): string => {
  const { content } = part as { readonly content?: unknown }
  return typeof content === "string" ? content : ""
}

/** The texts of the parts of one type. @internal */
export const textsOf = (parts: ReadonlyArray<Part>, type: "text" | "reasoning"): ReadonlyArray<string> =>
  parts.flatMap((part) => part.type === type && typeof part.content === "string" ? [part.content] : [])

/** The arguments of a call as JSON text. A string is already the model's own text. @internal */
export const argumentsText = (value: unknown): string =>
  value === undefined ? "{}" : typeof value === "string" ? value : JSON.stringify(value)

/** The types of parts that these APIs cannot represent. @internal */
export const withoutPlace = (parts: ReadonlyArray<Part>): ReadonlyArray<string> =>
  [...new Set(parts.map(({ type }) => type))].filter((type) =>
    type !== "text" && type !== "reasoning" && type !== "tool_call" && type !== "refusal"
  )
