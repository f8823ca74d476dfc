/**
 * What a call asks, and where two questions differ.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { withoutBinary } from "../../privacy/internal/binary.ts"
import { redactString } from "../../privacy/internal/redact.ts"
import type { Redactor } from "../../privacy/Redactor.ts"
import type { RecordedCall } from "../Recording.ts"

/** The fields of a model call that are its question. */
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

/** What a call knows of its question from its start, whoever makes it. */
const always: ReadonlySet<string> = new Set(["inputMessages"])

/** A place where what is asked is not what was recorded. @internal */
export interface Difference {
  /** Where, such as `inputMessages[1].parts[0].content`. */
  readonly at: string
  readonly recorded: string
  readonly asked: string
}

/** Brings both sides to what they have in common. @internal */
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
  // What was cut when it was recorded is compared as far as it is there.
  const shortened = cut.exec(recorded)
  return shortened !== null && redacted.startsWith(text(shortened[1]!))
}

const compare = (recorded: unknown, asked: unknown, at: string, how: Normalize): Difference | undefined => {
  if (typeof recorded === "string" && typeof asked === "string") {
    return sameText(recorded, asked, how) ? undefined : { at, recorded, asked }
  }
  if (Array.isArray(recorded) && Array.isArray(asked)) {
    // Of a list that was too long the end is there, and what it began with.
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
  return Object.is(recorded, asked) ? undefined : { at, recorded: shown(recorded), asked: shown(asked) }
}

// Both sides have been through JSON before they are compared: a date is its text, what is undefined is not there.
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

/** Where a model call asks otherwise than one that was recorded. @internal */
export const modelDifference = (
  recorded: Extract<RecordedCall, { readonly kind: "model" }>,
  asked: Readonly<Record<string, unknown>>,
  how: Normalize
): Difference | undefined => {
  const fields = recorded.fields as Readonly<Record<string, unknown>>
  // Who reads the body of a request knows all of it at once; a library that is told bit by bit, such as `effect/ai`,
  // learns the settings from the provider as it goes.
  const isWhole = asked["provider"] !== undefined && fields["apiType"] !== "responses"
  for (const name of asks) {
    if (asked[name] === undefined && (fields[name] === undefined || !(isWhole || always.has(name)))) continue
    const found = compare(plain(fields[name]), plain(asked[name]), name, how)
    if (found !== undefined) return found
  }
  return undefined
}

/** Where a tool is called otherwise than was recorded. @internal */
export const toolDifference = (
  recorded: Extract<RecordedCall, { readonly kind: "tool" }>,
  asked: Readonly<Record<string, unknown>>,
  how: Normalize
): Difference | undefined => compare(plain(recorded.fields.parameters), plain(asked["parameters"]), "parameters", how)

const around = 100

/** The part of a text about the first place where it is not the other. @internal */
export const excerpt = (text: string, other: string): string => {
  let at = 0
  while (at < text.length && at < other.length && text[at] === other[at]) at++
  const start = Math.max(0, at - around)
  const end = Math.min(text.length, at + around)
  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`
}
