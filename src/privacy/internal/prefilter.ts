/**
 * Decides cheaply which values a redactor certainly keeps.
 *
 * Most values of a span are numbers, names and text without any word that accompanies secrets. A rule that can detect
 * cheaply has a {@link Prefilter}. If all rules of a redactor have one, a single pass over a value is
 * enough. If the check is not certain, the rules run as usual.
 *
 * @internal
 */
import type { Redactor, Rule } from "../RedactionRule.ts"
import { looksLikeJson, maxLength } from "./json.ts"

/** The values that one rule certainly keeps. @internal */
export interface Prefilter {
  /** Whether the rule keeps every value of this key, unless the value itself is a secret. */
  readonly key: (key: string) => boolean
  /** Whether the rule keeps a text under such a key. */
  readonly text: (text: string) => boolean
  /** The same check for ASCII text in bytes, from a position on. */
  readonly ascii: (text: string, bytes: Uint8Array, from: number) => boolean
  /** Whether the rule keeps every number under such a key. */
  readonly numbers: boolean
}

const rules = new WeakMap<Rule, Prefilter>()

/** Registers the prefilter of a rule. @internal */
export const withPrefilter = (rule: Rule, prefilter: Prefilter): Rule => {
  rules.set(rule, prefilter)
  return rule
}

/** Accepts any key. @internal */
export const anyKey = (): boolean => true

const unique = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => Array.from(new Set(values))

// Escapes in JSON hide the characters that they encode.
const isOpen = (text: string): boolean => text.length <= maxLength && (!looksLikeJson(text) || !text.includes("\\u00"))

const combine = (all: ReadonlyArray<Prefilter>): Prefilter => {
  const keys = unique(all.map(({ key }) => key))
  // Rules of one kind share the check of a text.
  const texts = unique(all.map(({ text }) => text))
  const asciis = unique(all.map(({ ascii }) => ascii))
  return {
    key: (key) => keys.every((keeps) => keeps(key)),
    numbers: all.every(({ numbers }) => numbers),
    text: (text) => {
      for (let i = 0; i < texts.length; i++) if (!texts[i]!(text)) return false
      return isOpen(text)
    },
    ascii: (text, bytes, from) => {
      for (let i = 0; i < asciis.length; i++) if (!asciis[i]!(text, bytes, from)) return false
      return isOpen(text)
    }
  }
}

const none: Prefilter = { key: anyKey, numbers: true, text: anyKey, ascii: anyKey }

const redactors = new WeakMap<Redactor, Prefilter | null>()

/** The combined check of a redactor, or `undefined` if one of its rules has none. @internal */
export const prefilterOf = (redactor: Redactor): Prefilter | undefined => {
  let known = redactors.get(redactor)
  if (known === undefined) {
    const all = redactor.rules.map((rule) => rules.get(rule))
    known = all.length === 0 ? none : all.includes(undefined) ? null : combine(all as ReadonlyArray<Prefilter>)
    redactors.set(redactor, known)
  }
  return known ?? undefined
}
