/**
 * Schemas for responses of other servers. An unexpected field costs that field, never the whole response.
 *
 * A wire struct consists of {@link field}s and {@link list}s. A field that is absent, `null` or of the wrong type is
 * left out, and unnamed fields are ignored. So a struct decodes any object and rejects only values that are not
 * objects.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"

/** A struct field that is left out if its value does not match `schema`. */
export const field = <S extends Schema.Constraint>(schema: S) =>
  Schema.catchDecoding<Schema.optionalKey<S>>(() => Effect.succeedNone)(Schema.optionalKey(schema))

/**
 * A field that holds a list of wire structs. An element that is not an object becomes the empty struct, so that the
 * positions of the others stay.
 */
export const list = <S extends Schema.Constraint>(struct: {} extends S["Type"] ? S : never) =>
  field(Schema.Array(Schema.catchDecoding<S>(() => Effect.succeedSome({}))(struct)))

export const string = field(Schema.String)

export const finite = field(Schema.Finite)

export const int = field(Schema.Int)

export const boolean = field(Schema.Boolean)

/** Any value, including `null`. */
export const anything = Schema.optionalKey(Schema.Unknown)

/** Makes a decoder for a wire struct. Its parser is compiled once, at the first use. */
export const reader = <S extends Schema.ConstraintDecoder<unknown>>(struct: S) => {
  const decode = SchemaParser.decodeUnknownExit(struct)
  return (input: unknown): S["Type"] | undefined => {
    const exit = decode(input)
    return exit._tag === "Success" ? exit.value : undefined
  }
}
