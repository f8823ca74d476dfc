/**
 * Credentials in text: what stands for them, whether there can be any, and the text without them.
 *
 * @internal
 */
import { findSecrets, hasSuspect } from "./secrets/findSecrets.ts"

/** @internal */
export const mask = "[redacted]"

// The shortest thing that is known for a secret, with what it is known by.
const shortest = 8

let last = ""
let lastAnswer = false

/**
 * Whether text can have a credential in it, as JSON that is taken apart or as it is: one
 * look that most text passes.
 *
 * @internal
 */
export const mayHaveCredentials = (text: string): boolean => {
  if (text.length < shortest) return false
  // Each rule asks about the same text in turn.
  if (text === last) return lastAnswer
  let found = false
  findSecrets(text, () => {
    found = true
    return false
  }, true)
  last = text
  return lastAnswer = found
}

/** Whether text can have none. @internal */
export const hasNoCredentials = (text: string): boolean => !mayHaveCredentials(text)

/** Whether text that stands as ASCII in bytes can have none: see {@link hasSuspect}. @internal */
export const asciiHasNoCredentials = (text: string, bytes: Uint8Array, from: number): boolean =>
  text.length < shortest || !hasSuspect(text, bytes, from)

/** Text without its credentials: the same text where it has none. @internal */
export const withoutCredentials = (text: string): string => {
  if (text.length < shortest) return text
  let clean = ""
  let copied = 0
  findSecrets(text, (from, to) => {
    if (from < copied) from = copied
    if (to > from && !text.startsWith(mask, from)) {
      clean += text.slice(copied, from) + mask
      copied = to
    }
    return true
  })
  return copied === 0 ? text : clean + text.slice(copied)
}
