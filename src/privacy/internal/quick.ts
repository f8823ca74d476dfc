/**
 * What a redactor leaves as it is, known without asking its rules one by one.
 *
 * Most of what a span says is numbers, names and text without a word that secrets have beside them. A rule that can
 * tell that soon says how, and where all the rules of a redactor do, one look at a value is enough. Where the quick
 * look does not know, the rules are asked: it decides nothing.
 *
 * @internal
 */
import type { Redactor, Rule } from "../Redactor.ts"
import { looksLikeJson, maxLength } from "./json.ts"

/** What one rule leaves alone. @internal */
export interface Quick {
  /** Whether it has nothing to say of a value for the key that it stands under. */
  readonly key: (key: string) => boolean
  /** Whether it leaves a text alone, under such a key. */
  readonly text: (text: string) => boolean
  /** The same of text that stands as ASCII in bytes, from there on. */
  readonly ascii: (text: string, bytes: Uint8Array, from: number) => boolean
  /** Whether it leaves every number alone, under such a key. */
  readonly numbers: boolean
}

const rules = new WeakMap<Rule, Quick>()

/** A rule that tells soon what it leaves alone. @internal */
export const quickly = (rule: Rule, quick: Quick): Rule => {
  rules.set(rule, quick)
  return rule
}

/** Whether it leaves any key alone. @internal */
export const anyKey = (): boolean => true

const unique = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => Array.from(new Set(values))

// Escapes in JSON hide from a look what they stand for.
const isOpen = (text: string): boolean => text.length <= maxLength && (!looksLikeJson(text) || !text.includes("\\u00"))

const combine = (all: ReadonlyArray<Quick>): Quick => {
  const keys = unique(all.map(({ key }) => key))
  // Rules of one kind ask the same of a text.
  const texts = unique(all.map(({ text }) => text))
  const asciis = unique(all.map(({ ascii }) => ascii))
  return {
    key: (key) => keys.every((leaves) => leaves(key)),
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

const none: Quick = { key: anyKey, numbers: true, text: anyKey, ascii: anyKey }

const redactors = new WeakMap<Redactor, Quick | null>()

/** What a redactor leaves alone, if all of its rules tell. @internal */
export const quickOf = (redactor: Redactor): Quick | undefined => {
  let known = redactors.get(redactor)
  if (known === undefined) {
    const all = redactor.rules.map((rule) => rules.get(rule))
    known = all.length === 0 ? none : all.includes(undefined) ? null : combine(all as ReadonlyArray<Quick>)
    redactors.set(redactor, known)
  }
  return known ?? undefined
}
