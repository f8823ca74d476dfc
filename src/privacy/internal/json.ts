/**
 * Detects text that may be JSON, whose parts the rules check one by one.
 *
 * @internal
 */

/** Longer JSON is not parsed, because that would block the event loop. @internal */
export const maxLength = 4 * 1024 * 1024

/** @internal */
export const looksLikeJson = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) continue
    return code === 0x7b || code === 0x5b || code === 0x22
  }
  return false
}
