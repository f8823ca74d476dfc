/**
 * Encodes the fields of an event as attributes, one by one or in a record.
 *
 * @internal
 */
import type { Attributes, Writer } from "../../../core/Attribute.ts"
import { copyOf, tryOrUndefined, unreadable } from "../../../core/internal/inspect.ts"
import { RecordWriter } from "../../../core/internal/recordWriter.ts"
import type { Fields } from "../../../model/Field.ts"
import type { Put } from "../../../model/internal/fieldWriter.ts"
import { putOf } from "../../../model/internal/fieldWriter.ts"
import type { Kind } from "../../EventKind.ts"

interface Row {
  readonly key: string | undefined
  readonly content: boolean
  readonly put: Put
}

type PutFields = (values: Readonly<Record<string, unknown>>, content: boolean, writer: Writer) => void

type ToAttributes = Kind<Fields>["toAttributes"]

// A property of the function, so that a kind with a replaced `toAttributes` does not have it.
const PutFields: unique symbol = Symbol("effect-agentops/putFields")

interface OwnToAttributes extends ToAttributes {
  readonly [PutFields]?: PutFields
}

const putCopy = ({ key, put }: Row, value: unknown, writer: Writer): void => {
  const written = tryOrUndefined(() => (put(copyOf(value) as never, writer), true))
  if (written === undefined && key !== undefined) writer.put(key, unreadable)
}

// A field that cannot be written must not lose the others.
const putField = (row: Row, value: unknown, writer: Writer): void => {
  try {
    row.put(value as never, writer)
  } catch {
    putCopy(row, value, writer)
  }
}

/** The `toAttributes` of a kind. @internal */
export const attributesWriter = (fields: Fields, constants: Attributes): Kind<Fields>["toAttributes"] => {
  const rows = new Map<string, Row>(
    Object.entries(fields).map(([name, field]) => [name, {
      key: field.keys[0],
      content: field.content,
      put: putOf(field)
    }])
  )
  const putFields: PutFields = (values, content, writer) => {
    for (const key in constants) writer.put(key, constants[key])
    for (const name in values) {
      const value = values[name]
      if (value === undefined) continue
      const row = rows.get(name)
      if (row !== undefined && (content || !row.content)) putField(row, value, writer)
    }
  }
  const toAttributes: Kind<Fields>["toAttributes"] = (values, options) => {
    const writer = new RecordWriter()
    putFields(values, options?.content !== false, writer)
    return writer.record
  }
  return Object.assign(toAttributes, { [PutFields]: putFields })
}

/** Writes fields of a kind as attributes, one by one. @internal */
export const putAttributes = (
  kind: Kind<Fields>,
  values: Readonly<Record<string, unknown>>,
  content: boolean,
  writer: Writer
): void => {
  const toAttributes: OwnToAttributes = kind.toAttributes
  const putFields = toAttributes[PutFields]
  if (putFields !== undefined) return putFields(values, content, writer)
  const attributes = kind.toAttributes(values, { content })
  for (const key in attributes) writer.put(key, attributes[key])
}
