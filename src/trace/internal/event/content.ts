/**
 * What is done with an event's content when the event has ended and before it is
 * encoded: the user's hook sees it, binary parts are kept elsewhere or become notes,
 * and what is too long is shortened.
 *
 * @internal
 */
import * as Attribute from "../../../core/Attribute.ts"
import { attempt, copyOf, property, readable, shallow } from "../../../core/internal/look.ts"
import type { Fields } from "../../../model/Field.ts"
import type { Content, Kept } from "../../../privacy/Content.ts"
import { withoutBinary } from "../../../privacy/internal/binary.ts"
import type { Keep } from "../../../privacy/internal/binaryText.ts"
import { measureAsIs } from "../../../privacy/internal/measureAsIs.ts"
import { keeper } from "../../../privacy/internal/media.ts"
import { parseRedacted, redactValue } from "../../../privacy/internal/redact.ts"
import { measure, shorten } from "../../../privacy/internal/truncate.ts"
import type { TracerSettings } from "../../Span.ts"
import type { RecordedSpan } from "../span.ts"

/** What holds content: an event, a session. @internal */
export interface Holder {
  readonly kind: { readonly name: string; readonly fields: Fields }
  readonly fields: Record<string, unknown>
}

const contentNames = (record: Holder): Array<string> =>
  Object.keys(record.fields).filter((name) =>
    record.kind.fields[name]?.content === true && record.fields[name] !== undefined
  )

const askHook = (span: RecordedSpan, record: Holder, names: ReadonlyArray<string>): void => {
  const { contentHook, redactor } = span.settings
  const fields: Record<string, unknown> = {}
  for (const name of names) {
    const json = redactValue(redactor, ["content", name], Attribute.toJson(record.fields[name]))
    fields[name] = typeof json === "string" ? parseRedacted(json) : json
  }
  const content: Content = {
    kind: record.kind.name,
    traceId: span.traceId,
    spanId: span.spanId,
    sessionId: span.session?.id,
    fields
  }
  let kept: Kept | undefined
  try {
    kept = contentHook!(content)
  } catch {
    // The hook is the user's, and nobody knows whether it was going to let this through.
    kept = { fields: Object.fromEntries(names.map((name) => [name, undefined])) }
  }
  const stand = shallow(property(kept ?? {}, "fields"))
  for (const name in stand) record.fields[name] = stand[name]
  const attributes = shallow(property(kept ?? {}, "attributes"))
  for (const key in attributes) span.attribute(key, attributes[key])
}

/** The share of a span that content may take: the rest is for what the span is about. */
const share = 0.75

/** A field as data in which nothing is binary. Bytes that are kept are so before a copy would only tell of them. */
const asData = (value: unknown, keep: Keep | undefined): unknown =>
  withoutBinary(readable(keep === undefined ? value : attempt(() => withoutBinary(value, keep)) ?? value), keep)

const fit = (
  record: Holder,
  names: ReadonlyArray<string>,
  { limits, redactor }: TracerSettings,
  keep: Keep | undefined
): number => {
  const sizes: Array<readonly [name: string, size: number]> = []
  let total = 0
  let largest = 0
  const room = Math.floor(limits.spanLength * share)
  for (const name of names) {
    const value = asData(record.fields[name], keep)
    record.fields[name] = value
    const size = measure(value, room)
    sizes.push([name, size])
    total += size
    largest = Math.max(largest, size)
  }
  if (total <= room && largest <= limits.attributeValueLength) return total
  // The smallest first, so that each gets what it needs or an equal share of what is left.
  sizes.sort(([, a], [, b]) => a - b)
  let left = room
  sizes.forEach(([name, size], i) => {
    const length = Math.min(Math.floor(left / (sizes.length - i)), limits.attributeValueLength)
    if (size > length) record.fields[name] = shorten(record.fields[name], length, redactor)
    left -= Math.min(size, length)
  })
  return room - left
}

/** How much content there is, if all of it can stay as it is, as most can: then there is nothing to do. */
const lengthAsIs = ({ fields, kind }: Holder, { limits }: TracerSettings): number => {
  const room = Math.floor(limits.spanLength * share)
  let total = 0
  for (const name in fields) {
    const value = fields[name]
    if (value === undefined || kind.fields[name]?.content !== true) continue
    total += measureAsIs(value, Math.min(room - total, limits.attributeValueLength))
    // A string is measured whole.
    if (!(total <= Math.min(room, limits.attributeValueLength))) return NaN
  }
  return total
}

const settleContent = (span: RecordedSpan, record: Holder, content: boolean): number => {
  const { contentHook, takeMedia } = span.settings
  if (contentHook === undefined) {
    const length = content && span.sampled ? lengthAsIs(record, span.settings) : 0
    if (!Number.isNaN(length)) return length
  }
  const names = contentNames(record)
  if (names.length === 0) return 0
  if (contentHook !== undefined) askHook(span, record, names)
  if (!content || !span.sampled) return 0
  return fit(record, contentNames(record), span.settings, takeMedia === undefined ? undefined : keeper(takeMedia, span))
}

/** Longer content is written where nobody waits for it. @internal */
export const longContent = 65_536

const copyContent = ({ fields }: Holder, isWanted: (name: string) => boolean): void => {
  for (const name in fields) if (isWanted(name)) fields[name] = copyOf(fields[name])
}

/** @internal */
export const settle = (span: RecordedSpan, record: Holder, content: boolean): void => {
  const length = attempt(() => settleContent(span, record, content)) ??
    // A value may be plain at one look and not at the next: then it is copied, and looked at once more.
    attempt(() => {
      copyContent(record, () => true)
      return settleContent(span, record, content)
    }) ?? 0
  span.contentLength = length
  // What is written later must not change until then. Text does not, so it is not copied.
  if (length > longContent) attempt(() => copyContent(record, (name) => record.kind.fields[name]?.content === true))
}
