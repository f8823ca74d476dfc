/**
 * The fields of an event: the type and the span attributes of each.
 *
 * A field pairs a `Schema` with one attribute key, or with several for a struct whose parts have separate keys. The
 * pair defines the field's TypeScript type, how it is written to a span and how it is read back. Writing and reading
 * are inverse.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Attribute from "../core/Attribute.ts"
import { doubleProperties, isDouble } from "./internal/doubles.ts"
import { written } from "./internal/fieldWriter.ts"

/**
 * A field of type `T`.
 *
 * **Details**
 *
 * `content` marks what people wrote or a model answered: prompts, completions, a tool's arguments and results.
 * Exporters leave content out by default.
 *
 * @category models
 * @since 0.1.0
 */
export interface Field<in out T> {
  readonly schema: Schema.Codec<T, unknown>
  readonly content: boolean
  readonly keys: ReadonlyArray<string>
  /** The keys whose values are doubles: an encoding with both number types writes `1` as `1.0`. */
  readonly doubles?: ReadonlyArray<string> | undefined
  /** Adds the attributes of `value` to `target`. */
  readonly write: (value: T, target: Record<string, Attribute.AttributeValue>) => void
  /** Reads the field from attributes. The result is none if the field is absent or does not decode. */
  readonly read: (attributes: Attribute.Attributes) => Option.Option<T>
}

/**
 * A field that is known before the effect runs, such as a tool's arguments. It is never read from the effect's value,
 * so an option for it may have any value.
 *
 * @category models
 * @since 0.1.0
 */
export interface InputField<in out T> extends Field<T> {
  readonly input: true
}

/**
 * The fields of an event kind, by name.
 *
 * @category models
 * @since 0.1.0
 */
export interface Fields {
  // oxlint-disable-next-line typescript/no-explicit-any -- a field is invariant in its type, so only `any` ranges over all
  readonly [name: string]: Field<any>
}

/**
 * The values of some fields. A value may be missing, because an event gets its values while it happens.
 *
 * @category models
 * @since 0.1.0
 */
export type Values<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Field<infer T> ? T | undefined : never
}

/**
 * Settings of a field.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Whether exporters treat the field as content. Default `false`. */
  readonly content?: boolean | undefined
  /**
   * Whether numbers are exported as integers, if they are whole, or always as doubles. Default: integers for
   * `Schema.Int` and schemas with its check, doubles for any other number.
   */
  readonly numbers?: "integers" | "doubles" | undefined
}

const areDoubles = (options: Options | undefined, ofSchema: () => boolean): boolean =>
  options?.numbers === undefined ? ofSchema() : options.numbers === "doubles"

const encoder = <T>(schema: Schema.Codec<T, unknown>): (value: T) => unknown => {
  if (Schema.toEncoded(schema).ast === schema.ast) return (value) => value
  const encode = Schema.encodeUnknownOption(schema)
  return (value) => Option.getOrUndefined(encode(value))
}

/**
 * A field with one attribute. Its schema encodes to a string, number, boolean or an array of one of these.
 *
 * **Example** (a field of a checkout event)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { Field } from "effect-agentops"
 *
 * const total = Field.attribute("shop.cart.total", Schema.Finite)
 * total.keys // => ["shop.cart.total"]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const attribute = <T, E extends Attribute.AttributeValue>(
  key: string,
  schema: Schema.Codec<T, E>,
  options?: Options
): Field<T> => {
  const encode = encoder<T>(schema)
  const decode = Schema.decodeUnknownOption(schema)
  return {
    schema,
    content: options?.content === true,
    keys: [key],
    doubles: areDoubles(options, () => isDouble(Schema.toEncoded(schema).ast)) ? [key] : undefined,
    write: written((value: T, writer) => writer.put(key, Attribute.normalize(encode(value)))),
    read: (attributes) => key in attributes ? decode(attributes[key]) : Option.none()
  }
}

/**
 * A field of any shape, written as JSON text in one attribute.
 *
 * **Details**
 *
 * A value that JSON cannot express is written as closely as {@link Attribute.toJson} can. Such a value does not read
 * back the same.
 *
 * @category constructors
 * @since 0.1.0
 */
export const json = <T>(key: string, schema: Schema.Codec<T, unknown>, options?: Options): Field<T> => {
  const encode = encoder(schema)
  const decode = Schema.decodeUnknownOption(Schema.fromJsonString(schema))
  return {
    schema,
    content: options?.content === true,
    keys: [key],
    write: written((value: T, writer) => {
      const encoded = encode(value)
      if (encoded !== undefined) writer.put(key, Attribute.toJson(encoded))
    }),
    read: (attributes) => key in attributes ? decode(attributes[key]) : Option.none()
  }
}

/**
 * A field that is a struct. Each property has its own attribute.
 *
 * **Details**
 *
 * `keys` names the attribute of each property. Absent properties are left out. The field reads back as absent if none
 * of its attributes is present.
 *
 * @category constructors
 * @since 0.1.0
 */
export const group = <T extends object>(
  schema: Schema.Codec<T, unknown>,
  keys: { readonly [K in keyof T]-?: string },
  options?: Options
): Field<T> => {
  const encode = encoder(schema)
  const decode = Schema.decodeUnknownOption(schema)
  const pairs: ReadonlyArray<readonly [string, string]> = Object.entries(keys)
  const doubles = doubleProperties(Schema.toEncoded(schema).ast)
  return {
    schema,
    content: options?.content === true,
    keys: pairs.map(([, key]) => key),
    doubles: pairs.flatMap(([property, key]) => areDoubles(options, () => doubles.includes(property)) ? [key] : []),
    write: written((value: T, writer) => {
      const encoded = encode(value) as Record<string, unknown> | undefined
      if (encoded === undefined) return
      for (let i = 0; i < pairs.length; i++) writer.put(pairs[i]![1], Attribute.normalize(encoded[pairs[i]![0]]))
    }),
    read: (attributes) => {
      const encoded: Record<string, unknown> = {}
      let found = false
      for (const [property, key] of pairs) {
        if (!(key in attributes)) continue
        encoded[property] = attributes[key]
        found = true
      }
      return found ? decode(encoded) : Option.none()
    }
  }
}

/**
 * Marks a field as an {@link InputField}.
 *
 * **Example** (the input of a job)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { Field } from "effect-agentops"
 *
 * const payload = Field.input(Field.json("job.payload", Schema.Unknown, { content: true }))
 * payload.input // => true
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const input = <T>(field: Field<T>): InputField<T> => ({ ...field, input: true })
