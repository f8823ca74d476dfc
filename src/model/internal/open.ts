/**
 * Schemas that allow unknown names and unknown fields, because conventions and APIs grow.
 */
import * as Schema from "effect/Schema"

/** A known name, or any other text. */
export const openEnum = <const L extends ReadonlyArray<string>>(literals: L) =>
  Schema.Union([Schema.StringForLiteralAutocomplete, Schema.Literals(literals)])

/** An object with these fields and any others. */
export const openStruct = <F extends Schema.Struct.Fields>(fields: F) =>
  Schema.StructWithRest(Schema.Struct(fields), [Schema.Record(Schema.String, Schema.Unknown)])
