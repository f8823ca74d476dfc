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

/** @internal */
export type Put = (value: never, writer: Writer) => void

type Write<T> = (value: T, target: Record<string, AttributeValue>) => void

const puts = new WeakMap<Write<never>, Put>()

/** Makes the `write` of a field that puts its attributes one by one. @internal */
export const written = <T>(put: (value: T, writer: Writer) => void): Write<T> => {
  const write: Write<T> = (value, target) => put(value, new RecordWriter(target))
  puts.set(write, put as Put)
  return write
}

/** Returns the function that puts a field's attributes one by one. @internal */
export const putOf = (field: { readonly write: Write<never> }): Put =>
  puts.get(field.write) ?? ((value, writer) => {
    const attributes: Record<string, AttributeValue> = {}
    field.write(value, attributes)
    for (const key in attributes) writer.put(key, attributes[key])
  })
