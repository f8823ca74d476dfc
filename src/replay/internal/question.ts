/**
 * Compares the input of a call with a recorded input.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { withoutBinary } from "../../privacy/internal/binary.ts"
import { redactString } from "../../privacy/internal/redact.ts"
import type { Redactor } from "../../privacy/Redactor.ts"
import type { RecordedCall } from "../Recording.ts"

/** The fields of a model call that are its input. */
const asks = [
  "operation",
  "model",
  "systemInstructions",
  "inputMessages",
  "toolDefinitions",
  "temperature",
  "topP",
  "topK",
  "maxTokens",
  "frequencyPenalty",
  "presencePenalty",
  "stopSequences",
  "seed",
  "choiceCount",
  "reasoningLevel",
  "outputType",
  "previousResponseId"
] as const

/** The fields of the input that every integration knows when the call starts. */
const always: ReadonlySet<string> = new Set(["inputMessages"])

/** A place where an input differs from the recording. @internal */
export interface Difference {
  /** The path, such as `inputMessages[1].parts[0].content`. */
  readonly at: string
  readonly recorded: string
  readonly actual: string
}

/** Makes both sides comparable. @internal */
export interface Normalize {
  readonly redactor: Redactor
  readonly text: (text: string) => string
}

const shown = (value: unknown): string =>
  value === undefined ? "nothing" : typeof value === "string" ? value : JSON.stringify(value) ?? String(value)

const cut = /^([^]*)…\[(\d+) characters\]$/

const leftOut = /^\[\d+ earlier (?:messages|items) left out, \d+ characters\]$/

const isNote = (value: unknown): boolean =>
  typeof value === "string"
    ? leftOut.test(value)
    : Predicate.isObject(value) &&
      ("parts" in value
        ? Array.isArray(value.parts) && isNote(value.parts[0])
        : isNote((value as { content?: unknown }).content))

const sameText = (recorded: string, asked: string, { redactor, text }: Normalize): boolean => {
  if (recorded === asked) return true
  const redacted = text(redactString(redactor, [], asked))
  const before = text(recorded)
  if (before === redacted) return true
  // A truncated recording is compared as far as it goes.
  const shortened = cut.exec(recorded)
  return shortened !== null && redacted.startsWith(text(shortened[1]!))
}

const compare = (recorded: unknown, asked: unknown, at: string, how: Normalize): Difference | undefined => {
  if (typeof recorded === "string" && typeof asked === "string") {
    return sameText(recorded, asked, how) ? undefined : { at, recorded, actual: asked }
  }
  if (Array.isArray(recorded) && Array.isArray(asked)) {
    // A recorded list that was too long has its first and last items, with a note between them.
    const note = recorded.findIndex(isNote)
    if (note >= 0) {
      const tail = recorded.slice(note + 1)
      return compare(recorded.slice(0, note), asked.slice(0, note), at, how) ??
        compare(tail, asked.slice(-tail.length), `${at}[-${tail.length}…]`, how)
    }
    for (let i = 0; i < Math.max(recorded.length, asked.length); i++) {
      const found = compare(recorded[i], asked[i], `${at}[${i}]`, how)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (Predicate.isObject(recorded) && Predicate.isObject(asked) && !Array.isArray(recorded) && !Array.isArray(asked)) {
    const a = recorded as Readonly<Record<string, unknown>>
    const b = asked as Readonly<Record<string, unknown>>
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const found = compare(a[key], b[key], at === "" ? key : `${at}.${key}`, how)
      if (found !== undefined) return found
    }
    return undefined
  }
  return Object.is(recorded, asked) ? undefined : { at, recorded: shown(recorded), actual: shown(asked) }
}

// Passes both sides through JSON before they are compared. A date becomes its text, and `undefined` is removed.
const plain = (value: unknown): unknown => {
  try {
    const text = JSON.stringify(
      withoutBinary(value),
      (_, inner: unknown) => typeof inner === "bigint" ? `${inner}` : inner
    )
    return text === undefined ? undefined : JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The first difference between the input of a model call and a recorded input. @internal */
export const modelDifference = (
  recorded: Extract<RecordedCall, { readonly kind: "model" }>,
  asked: Readonly<Record<string, unknown>>,
  how: Normalize
): Difference | undefined => {
  const fields = recorded.fields as Readonly<Record<string, unknown>>
  // An integration that reads a request body knows all settings. Others, such as `effect/ai`, learn them during the
  // call, so a missing setting is no difference.
  const isWhole = asked["provider"] !== undefined && fields["apiType"] !== "responses"
  for (const name of asks) {
    if (asked[name] === undefined && (fields[name] === undefined || !(isWhole || always.has(name)))) continue
    const found = compare(plain(fields[name]), plain(asked[name]), name, how)
    if (found !== undefined) return found
  }
  return undefined
}

/** The first difference between the parameters of a tool call and the recorded ones. @internal */
export const toolDifference = (
  recorded: Extract<RecordedCall, { readonly kind: "tool" }>,
  asked: Readonly<Record<string, unknown>>,
  how: Normalize
): Difference | undefined => compare(plain(recorded.fields.parameters), plain(asked["parameters"]), "parameters", how)

const around = 100

/** The part of a text around the first character that differs from the other text. @internal */
export const excerpt = (text: string, other: string): string => {
  let at = 0
  while (at < text.length && at < other.length && text[at] === other[at]) at++
  const start = Math.max(0, at - around)
  const end = Math.min(text.length, at + around)
  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`
}
