/**
 * An instrument as a value: its kind, its name and unit, and the schemas of its attributes.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import type { AttributeValue } from "../core/Attribute.ts"

/**
 * The kinds of instruments, with OpenTelemetry's names.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = "counter" | "upDownCounter" | "histogram" | "gauge" | Observable

/**
 * The kinds whose values are read at collection.
 *
 * @category models
 * @since 0.1.0
 */
export type Observable = "observableCounter" | "observableUpDownCounter" | "observableGauge"

/**
 * The schemas of an instrument's attributes, by attribute name.
 *
 * @category models
 * @since 0.1.0
 */
export interface Fields {
  // oxlint-disable-next-line typescript/no-explicit-any -- a codec is invariant in its type, so only `any` ranges over all
  readonly [name: PropertyKey]: Schema.Codec<any, AttributeValue | undefined>
}

/**
 * The attributes of a measurement.
 *
 * @category models
 * @since 0.1.0
 */
export type Attributes<F extends Fields> = [keyof F] extends [never] ? { readonly [name: string]: never }
  : Schema.Struct.Type<F>

/**
 * A metric: its name, unit and kind, and the attributes that distinguish its series.
 *
 * **Details**
 *
 * `unit` is in UCUM, as OpenTelemetry asks: `s`, `By`, `1`, or the counted things in braces.
 *
 * @category models
 * @since 0.1.0
 */
export interface Instrument<K extends Kind = Kind, F extends Fields = Fields> {
  readonly kind: K
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly valueType: "int" | "double"
  /** Upper bounds of a histogram's buckets, in ascending order. */
  readonly boundaries: ReadonlyArray<number> | undefined
  readonly attributes: Schema.Struct<F>
}
