/**
 * Conventions that write attributes one by one, found by their `encode` function.
 *
 * @internal
 */
import type { Writer } from "../../core/Attribute.ts"
import { RecordWriter } from "../../core/internal/recordWriter.ts"
import type { Span } from "../../trace/Span.ts"
import type { Encoding, Options, Writing } from "../Writing.ts"

type Encode = (span: Span, options: Options) => Encoding

const known = new WeakMap<Encode, Writing>()

/** @internal */
export const encodeBy = (writing: Writing): Encode => {
  const encode: Encode = (span, options) => {
    const head = writing.head(span, options)
    const writer = new RecordWriter()
    writing.attributes(span, options, writer)
    return { ...head, attributes: writer.record }
  }
  known.set(encode, writing)
  return encode
}

/**
 * How a convention writes its attributes one by one. A convention that builds a record is called once, for its head,
 * and the attributes are read from that record.
 *
 * @internal
 */
export const writingOf = (convention: { readonly encode: Encode }): Writing => {
  let writing = known.get(convention.encode)
  if (writing !== undefined) return writing
  let last: Encoding | undefined
  writing = {
    head: (span, options) => last = convention.encode(span, options),
    attributes: (_span, _options, writer: Writer) => {
      const { attributes } = last!
      last = undefined
      for (const key in attributes) writer.put(key, attributes[key])
    }
  }
  return writing
}
