/**
 * Shortens values and keeps their shape: JSON stays valid, a list keeps its newest items, and a shortened part states
 * its former length.
 *
 * @internal
 */
import type { Redactor } from "../Redactor.ts"
import { redactString } from "./redact.ts"
import { redactionMargin } from "./redactionMargin.ts"

const maxDepth = 64

/** The redactor also sees this many characters before the cut, because no secret is longer. */
const seenBefore = 65_536

const lengthNote = /…\[(\d+) characters\]$/

/** Cuts text to a length without splitting a character, and appends the former length. @internal */
export const cutText = (text: string, length: number, redactor: Redactor): string => {
  if (text.length <= length) return text
  // Text that was already cut keeps the note of its original length.
  const whole = lengthNote.exec(text.slice(-32))?.[1] ?? text.length
  const note = `…[${whole} characters]`
  // The text before this is redacted with the rest of the span.
  const from = Math.max(0, length - seenBefore)
  const seen = text.slice(0, from) + redactString(redactor, [], text.slice(from, length + redactionMargin))
  const cut = seen.slice(0, Math.max(0, length - note.length))
  const code = cut.charCodeAt(cut.length - 1)
  return (code >= 0xd800 && code < 0xdc00 ? cut.slice(0, -1) : cut) + note
}

const sizeOf = (value: unknown, limit: number, depth: number): number => {
  if (typeof value === "string") return value.length + 2
  if (typeof value !== "object" || value === null) return 8
  if (depth > maxDepth) return 8
  let size = 2
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && size <= limit; i++) size += 1 + sizeOf(value[i], limit - size, depth + 1)
    return size
  }
  for (const key in value) {
    if (size > limit) break
    size += key.length + 4 + sizeOf((value as Record<string, unknown>)[key], limit - size, depth + 1)
  }
  return size
}

/** The approximate length of a value's JSON. The measurement stops soon after `limit`. @internal */
export const measure = (value: unknown, limit: number): number => sizeOf(value, limit, 0)

// A shorter piece of an item would be useless.
const crumb = 64

// The measurement of the part that is left out stops here.
const maxMeasured = 64 * 1024 * 1024

// Room for the note about the items that are left out.
const noteLength = 128

const isMessage = (value: unknown): value is { readonly role: unknown; readonly parts: unknown } =>
  typeof value === "object" && value !== null && "role" in value && "parts" in value

const shortenList = (list: ReadonlyArray<unknown>, length: number, redactor: Redactor, depth: number): unknown => {
  const messages = isMessage(list[0])
  const kept: Array<unknown> = []
  // The system message is more important than the messages after it.
  const head = messages && (list[0] as { readonly role: unknown }).role === "system"
    ? [shorten(list[0], Math.floor(length / 4), redactor, depth + 1)]
    : []
  let left = length - (list.length === 1 ? 0 : noteLength) - (head.length === 0 ? 0 : measure(head[0], length))
  let i = list.length - 1
  for (; i >= head.length && left > (messages ? 4 * crumb : crumb); i--) {
    const item = shorten(list[i], left, redactor, depth + 1)
    left -= measure(item, left) + 1
    kept.unshift(item)
  }
  const omitted = i + 1 - head.length
  if (omitted <= 0) return [...head, ...kept]
  const characters = list.slice(head.length, i + 1).reduce<number>((sum, item) => sum + measure(item, maxMeasured), 0)
  const text = `[${omitted} earlier ${messages ? "messages" : "items"} left out, ${characters} characters]`
  const stand = messages
    ? { role: "system", parts: [{ type: "text", content: text }] }
    : typeof list[0] === "object"
    ? { type: "text", content: text }
    : text
  return [...head, stand, ...kept]
}

/** Shortens a value to about that length of JSON. @internal */
export const shorten = (value: unknown, length: number, redactor: Redactor, depth = 0): unknown => {
  if (typeof value === "string") return cutText(value, Math.max(crumb, length - 2), redactor)
  if (typeof value !== "object" || value === null || measure(value, length) <= length) return value
  if (depth > maxDepth) return "[too deep]"
  if (Array.isArray(value)) return shortenList(value, length, redactor, depth)
  const entries: Array<readonly [string, unknown]> = []
  let left = length
  let omitted = 0
  for (const [key, item] of Object.entries(value)) {
    if (left <= crumb && typeof item !== "number" && typeof item !== "boolean") {
      omitted++
      continue
    }
    const shortened = shorten(item, left - key.length, redactor, depth + 1)
    left -= key.length + 4 + measure(shortened, left)
    entries.push([key, shortened])
  }
  if (omitted > 0) entries.push(["…", `[${omitted} more left out]`])
  return Object.fromEntries(entries)
}

/** Shortens JSON text to about that length, and cuts other text. @internal */
export const shortenText = (text: string, length: number, redactor: Redactor): string => {
  if (text.length <= length) return text
  if (/^\s*[{[]/.test(text)) {
    try {
      // Escaped characters take more room than was measured, so the room is halved until it fits.
      for (let room = length; room > crumb; room = Math.floor(room / 2)) {
        const shortened = JSON.stringify(shorten(JSON.parse(text), room, redactor))
        if (shortened.length <= length) return shortened
      }
    } catch {
      // The text only begins like JSON.
    }
  }
  return cutText(text, length, redactor)
}
