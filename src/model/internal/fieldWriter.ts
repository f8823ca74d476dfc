/**
 * One interface for fields that write attributes one by one and fields that write into a record.
 *
 * The function `write` identifies a field of the library, so a field whose `write` a program replaced is not mistaken
 * for one.
 *
 * @internal
 */
import type { AttributeValue, Writer } from "../../core/Attribute.ts"
import { RecordWriter } from "../../core/internal/recordWriter.ts"
import type { Field, Fields } from "../Field.ts"

/** @internal */
export type Put = (value: never, writer: Writer) => void

type AnyField = Fields[string]

type Write = AnyField["write"]

const puts = new WeakMap<Write, Put>()

/** Makes the `write` of a field that puts its attributes one by one. @internal */
export const written = <T>(put: (value: T, writer: Writer) => void): Field<T>["write"] => {
  const write: Field<T>["write"] = (value, target) => put(value, new RecordWriter(target))
  puts.set(write, put as Put)
  return write
}

/** Returns the function that puts a field's attributes one by one. @internal */
export const putOf = (field: AnyField): Put =>
  puts.get(field.write) ?? ((value, writer) => {
    const attributes: Record<string, AttributeValue> = {}
    field.write(value, attributes)
    for (const key in attributes) writer.put(key, attributes[key])
  })
