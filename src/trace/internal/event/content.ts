/**
 * Prepares the content of an ended event for encoding: calls the user's hook, stores binary parts elsewhere or replaces
 * them with notes, and shortens long values.
 *
 * @internal
 */
import * as Attribute from "../../../core/Attribute.ts"
import { copyOf, property, readable, shallow, tryOrUndefined } from "../../../core/internal/inspect.ts"
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

/** An event or a session, with its content. @internal */
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
    // A failing hook may have wanted to remove the content, so it is all removed.
    kept = { fields: Object.fromEntries(names.map((name) => [name, undefined])) }
  }
  const stand = shallow(property(kept ?? {}, "fields"))
  for (const name in stand) record.fields[name] = stand[name]
  const attributes = shallow(property(kept ?? {}, "attributes"))
  for (const key in attributes) span.attribute(key, attributes[key])
}

/** The share of a span's length that content may use. The rest is for the other attributes. */
const share = 0.75

/**
 * A field as plain data without binary parts. Bytes to keep are stored first, because the copy replaces them with
 * notes.
 */
const asData = (value: unknown, keep: Keep | undefined): unknown =>
  withoutBinary(readable(keep === undefined ? value : tryOrUndefined(() => withoutBinary(value, keep)) ?? value), keep)

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
  // Sorts by size, so that each field gets either its full length or an equal share of the rest.
  sizes.sort(([, a], [, b]) => a - b)
  let left = room
  sizes.forEach(([name, size], i) => {
    const length = Math.min(Math.floor(left / (sizes.length - i)), limits.attributeValueLength)
    if (size > length) record.fields[name] = shorten(record.fields[name], length, redactor)
    left -= Math.min(size, length)
  })
  return room - left
}

/** The length of the content if no field has to change, which is the usual case. Otherwise `NaN`. */
const lengthAsIs = ({ fields, kind }: Holder, { limits }: TracerSettings): number => {
  const room = Math.floor(limits.spanLength * share)
  let total = 0
  for (const name in fields) {
    const value = fields[name]
    if (value === undefined || kind.fields[name]?.content !== true) continue
    total += measureAsIs(value, Math.min(room - total, limits.attributeValueLength))
    // `measureAsIs` returns the full length of a string, so the limits are checked again.
    if (!(total <= Math.min(room, limits.attributeValueLength))) return NaN
  }
  return total
}

const prepare = (span: RecordedSpan, record: Holder, content: boolean): number => {
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

/** Content longer than this is encoded in the background. @internal */
export const longContent = 65_536

const copyContent = ({ fields }: Holder, isWanted: (name: string) => boolean): void => {
  for (const name in fields) if (isWanted(name)) fields[name] = copyOf(fields[name])
}

// A getter or proxy may change between two reads. The value is then copied and read again.
const prepareCopy = (span: RecordedSpan, record: Holder, content: boolean): number =>
  tryOrUndefined(() => {
    copyContent(record, () => true)
    return prepare(span, record, content)
  }) ?? 0

// Values that are encoded later must not change until then. Strings cannot change, so they are not copied.
const copyForLater = (record: Holder): void =>
  tryOrUndefined(() => copyContent(record, (name) => record.kind.fields[name]?.content === true))

/** @internal */
export const prepareContent = (span: RecordedSpan, record: Holder, content: boolean): void => {
  try {
    span.contentLength = prepare(span, record, content)
  } catch {
    span.contentLength = prepareCopy(span, record, content)
  }
  if (span.contentLength > longContent) copyForLater(record)
}
