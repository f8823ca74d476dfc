/**
 * Schemas of what may grow: names that others may be added to, and objects with more fields than are known.
 */
import * as Schema from "effect/Schema"

/** One of the names that are known, or another. */
export const openEnum = <const L extends ReadonlyArray<string>>(literals: L) =>
  Schema.Union([Schema.StringForLiteralAutocomplete, Schema.Literals(literals)])

/** An object with these fields, and with whatever else it has. */
export const openStruct = <F extends Schema.Struct.Fields>(fields: F) =>
  Schema.StructWithRest(Schema.Struct(fields), [Schema.Record(Schema.String, Schema.Unknown)])
