/**
 * Reads a model's answer, and finds values of a tool's result in it.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import type { Node } from "../../convention/SpanTree.ts"

/** The text of a model's answer. @internal */
export const textOf = (node: Node | undefined): string | undefined => {
  const parts = node?.decoded.outputMessages?.flatMap((message) => message.parts) ?? []
  const texts = parts.flatMap((part) => part.type === "text" && typeof part.content === "string" ? [part.content] : [])
  return texts.length === 0 ? undefined : texts.join("\n")
}

/** The strings and numbers in a value. @internal */
export const leaves = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") {
    const text = value.trim()
    return text.length < 2 ? [] : [text]
  }
  if (typeof value === "number" || typeof value === "bigint") return [String(value)]
  if (!Predicate.isObject(value)) return []
  return Object.values(value).flatMap(leaves)
}

/** Whether a text contains a value as a whole word: 15 is not in 2015. @internal */
export const isIn = (leaf: string, text: string): boolean => {
  const escaped = leaf.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  return new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, "iu").test(text)
}

/** The text of a model call's input. @internal */
export const inputTextOf = (node: Node | undefined): string =>
  (node?.decoded.inputMessages ?? []).flatMap(({ parts }) => parts).flatMap((part) =>
    part.type === "text" && typeof part.content === "string" ? [part.content] : []
  ).join("\n")
