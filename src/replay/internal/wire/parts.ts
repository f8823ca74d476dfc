/**
 * Parts of messages, as the bodies of the APIs have them.
 *
 * @internal
 */
import type { Part } from "../../../model/Message.ts"

/** What a part that no convention has a form for says. @internal */
export const contentOf = (part: Part): string => {
  const { content } = part as { readonly content?: unknown }
  return typeof content === "string" ? content : ""
}

/** The texts of the parts of one type. @internal */
export const textsOf = (parts: ReadonlyArray<Part>, type: "text" | "reasoning"): ReadonlyArray<string> =>
  parts.flatMap((part) => part.type === type && typeof part.content === "string" ? [part.content] : [])

/** The arguments of a call as the JSON that a model writes; a text that is not JSON is what it wrote. @internal */
export const argumentsText = (value: unknown): string =>
  value === undefined ? "{}" : typeof value === "string" ? value : JSON.stringify(value)

/** The parts that these APIs have no place for. @internal */
export const withoutPlace = (parts: ReadonlyArray<Part>): ReadonlyArray<string> =>
  [...new Set(parts.map(({ type }) => type))].filter((type) =>
    type !== "text" && type !== "reasoning" && type !== "tool_call" && type !== "refusal"
  )
