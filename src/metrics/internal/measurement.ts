/**
 * Checks a measurement and finds its series.
 *
 * @internal
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Attributes, AttributeValue } from "../../core/Attribute.ts"
import * as Attribute from "../../core/Attribute.ts"
import { textOf } from "../../core/internal/inspect.ts"
import type { Instrument } from "../InstrumentDefinition.ts"
import { InstrumentError } from "../InstrumentError.ts"

/** The attributes as typed or untyped callers pass them. @internal */
export type Given = Readonly<Record<string, unknown>> | undefined

type Reason = InstrumentError["reason"]

const refuse = (instrument: Instrument, reason: Reason, problem: string, fix: string): InstrumentError =>
  new InstrumentError({ instrument: instrument.name, reason, problem, fix })

const onlyGrows = new Set<Instrument["kind"]>(["counter", "histogram", "observableCounter"])

/** @internal */
export const checkValue = (instrument: Instrument, value: unknown): InstrumentError | undefined => {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    return refuse(instrument, "value", `${textOf(value).slice(0, 100)} is no finite number`, "Give a number")
  }
  if (value < 0 && onlyGrows.has(instrument.kind)) {
    return refuse(instrument, "value", `a ${instrument.kind} does not take ${value}`, "Give a number from 0")
  }
  if (instrument.valueType === "int" && !Number.isInteger(value)) {
    return refuse(instrument, "value", `it takes whole numbers, not ${value}`, "Round the value")
  }
  return undefined
}

const part = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return `s${value.length}:${value}`
    case "number":
    case "boolean":
      return `${String(value)};`
    case "undefined":
      return ";"
    default: {
      const text = Attribute.toJson(value)
      return `j${text.length}:${text}`
    }
  }
}

/**
 * A key that equal sets of attributes share, in whatever order they were given. `undefined` if an attribute is not
 * declared.
 *
 * @internal
 */
export const seriesKey = (names: ReadonlyArray<string>, attributes: Given): string | undefined => {
  if (attributes === undefined) return ";".repeat(names.length)
  let key = ""
  let found = 0
  for (let i = 0; i < names.length; i++) {
    const value = attributes[names[i]!]
    if (value !== undefined) found++
    key += part(value)
  }
  for (const name in attributes) {
    if (attributes[name] !== undefined) found--
  }
  return found === 0 ? key : undefined
}

// A series is kept as long as the program runs, so its key is bounded: each text to `maxText`, and the whole key to
// `maxKey`.
const maxText = 1024
const maxKey = 4096

/** Whether a key is too long to be kept. `cut` is the number of attributes that may have been cut already. @internal */
export const isTooLong = (key: string | undefined, cut = 0): boolean =>
  key !== undefined && key.length > maxKey + 2 * maxText * cut

/** Cuts the texts of attributes and appends their former length. @internal */
export const shortened = (attributes: Given): Given => {
  const target: Record<string, unknown> = {}
  for (const name in attributes) {
    const value = attributes[name]
    target[name] = typeof value === "string" && value.length > maxText
      ? `${value.slice(0, maxText)}…[${value.length} characters]`
      : value
  }
  return target
}

/** Encodes attributes by their schemas, or returns the error. @internal */
export const encodeAttributes = (instrument: Instrument, attributes: Given): Attributes | InstrumentError => {
  const { fields } = instrument.attributes
  const given = attributes ?? {}
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name) && given[name] !== undefined)
  if (unknown !== undefined) {
    const names = Object.keys(fields).join(", ")
    return refuse(
      instrument,
      "attributes",
      `it has no attribute ${JSON.stringify(unknown)}`,
      names === "" ? "Give none" : `Give no others than: ${names}`
    )
  }
  const encoded = Schema.encodeUnknownResult(instrument.attributes)(given)
  if (Result.isFailure(encoded)) {
    return refuse(instrument, "attributes", encoded.failure.message, "Give the attributes that it declares")
  }
  const target: Record<string, AttributeValue> = {}
  const values = encoded.success as Readonly<Record<string, unknown>>
  for (const name in values) {
    const value = Attribute.normalize(values[name])
    if (value !== undefined) target[name] = value
  }
  return target
}

/** The encoded attributes of a measurement, or its error. @internal */
export const checkMeasurement = (
  instrument: Instrument,
  value: unknown,
  attributes: Given
): Attributes | InstrumentError =>
  guarded(instrument, () => checkValue(instrument, value) ?? encodeAttributes(instrument, attributes))

/**
 * Catches exceptions while attributes are read. They may come from untyped code, and their schemas from the user.
 * @internal
 */
export const guarded = <A>(instrument: Instrument, f: () => A): A | InstrumentError => {
  try {
    return f()
  } catch {
    return refuse(instrument, "attributes", "the attributes cannot be read", "Give plain values")
  }
}

/** A text that is equal for two instruments with the same definition. @internal */
export const definitionOf = (instrument: Instrument): string =>
  JSON.stringify([
    instrument.kind,
    instrument.unit,
    instrument.description,
    instrument.valueType,
    instrument.boundaries,
    schemasOf(instrument)
  ])

// Functions in a schema are not compared. A recursive schema cannot be written as JSON, so only its names are compared.
const schemasOf = ({ attributes: { fields } }: Instrument): unknown => {
  try {
    return JSON.stringify(Object.entries(fields).map(([name, { ast }]) => [name, ast]))
  } catch {
    return Object.keys(fields)
  }
}
