/**
 * Finds and masks credentials in text.
 *
 * @internal
 */
import { findSecrets, hasSuspect } from "./secrets/findSecrets.ts"

/** @internal */
export const mask = "[redacted]"

// The length of the shortest known secret with its mark.
const shortest = 8

let last = ""
let lastAnswer = false

/**
 * Whether text may contain a credential, as parsed JSON or as it is. Most text is excluded by this single pass.
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

/** Whether text certainly contains no credential. @internal */
export const hasNoCredentials = (text: string): boolean => !mayHaveCredentials(text)

/** Whether ASCII text in bytes certainly contains no credential: see {@link hasSuspect}. @internal */
export const asciiHasNoCredentials = (text: string, bytes: Uint8Array, from: number): boolean =>
  text.length < shortest || !hasSuspect(text, bytes, from)

/** Returns text with its credentials masked. Text without credentials is returned unchanged. @internal */
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
