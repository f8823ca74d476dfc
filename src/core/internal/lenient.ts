/**
 * Schemas for what other people's servers send: one odd field costs that field,
 * never the reading.
 *
 * A wire struct is made of {@link field}s and {@link list}s. A field that is
 * absent, `null` or of another type than the schema's is left out; everything
 * the struct does not name is ignored. So a struct decodes any object, and only
 * what is not an object at all is turned away.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"

/** A struct field that is left out where it is not what `schema` says. */
export const field = <S extends Schema.Constraint>(schema: S) =>
  Schema.catchDecoding<Schema.optionalKey<S>>(() => Effect.succeedNone)(Schema.optionalKey(schema))

/**
 * A field that holds a list of wire structs. An element that is not an object
 * becomes the empty struct, so that positions stay.
 */
export const list = <S extends Schema.Constraint>(struct: {} extends S["Type"] ? S : never) =>
  field(Schema.Array(Schema.catchDecoding<S>(() => Effect.succeedSome({}))(struct)))

export const string = field(Schema.String)

export const finite = field(Schema.Finite)

export const int = field(Schema.Int)

export const boolean = field(Schema.Boolean)

/** Whatever it is, `null` too. */
export const anything = Schema.optionalKey(Schema.Unknown)

/** A reader for a wire struct: its parser is compiled at the first use, and once. */
export const reader = <S extends Schema.ConstraintDecoder<unknown>>(struct: S) => {
  const decode = SchemaParser.decodeUnknownExit(struct)
  return (input: unknown): S["Type"] | undefined => {
    const exit = decode(input)
    return exit._tag === "Success" ? exit.value : undefined
  }
}
