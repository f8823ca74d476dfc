/**
 * The options of a combinator, as given. They are read when the event happens.
 *
 * @internal
 */
import type { SpanLink } from "effect/Tracer"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { listed, shallow, tryOrUndefined, tryReading } from "../../../core/internal/inspect.ts"
import type { Fields } from "../../../model/Field.ts"
import type { Kind } from "../../EventKind.ts"
import { ActiveEvent } from "./activeEvent.ts"

/** @internal */
export interface Plan {
  readonly kind: Kind<Fields>
  /** By field: its value, a function that reads it from the success value, or `null` to leave it out. */
  readonly options: Readonly<Record<string, unknown>>
  /** The field that has its own argument of the combinator, and its value. */
  readonly nameField: string | undefined
  readonly name: unknown
  /** Reads fields when the event starts, only if it is traced. Given fields take precedence. */
  readonly readBefore: (() => Readonly<Record<string, unknown>> | undefined) | undefined
  /** Reads fields from the success value. Given fields take precedence. */
  readonly readValue: ((value: unknown) => Readonly<Record<string, unknown>> | undefined) | undefined
}

const noOptions: Plan["options"] = {}

/** @internal */
export const makePlan = (
  kind: Kind<Fields>,
  options: object | undefined,
  readBefore?: Plan["readBefore"],
  more?: Partial<Pick<Plan, "readValue" | "nameField" | "name">>
): Plan => ({
  kind,
  options: options === undefined ? noOptions : shallow(options),
  nameField: more?.nameField,
  name: more?.name,
  readBefore,
  readValue: more?.readValue ?? kind.readValue
})

/** Further attributes of the event's span. @internal */
export const attributesOf = ({ options }: Plan) =>
  options["attributes"] as Readonly<Record<string, unknown>> | undefined

/** @internal */
export const linksOf = ({ options }: Plan) => options["links"] as ReadonlyArray<SpanLink> | undefined

const isLate = (kind: Kind<Fields>, field: string, value: unknown): value is (value: unknown) => unknown =>
  typeof value === "function" && !("input" in kind.fields[field]!)

const none: ReadonlyArray<string> = []

/** Makes the event that starts now, with the fields that are known. @internal */
export const beginEvent = (plan: Plan, site: CallSite | undefined): ActiveEvent => {
  const { kind, nameField, options, readBefore } = plan
  // Options contain user functions, whose exceptions must not reach the effect.
  const fields: Record<string, unknown> = readBefore === undefined ? {} : shallow(tryOrUndefined(readBefore))
  let omitted: Array<string> | undefined
  for (const field in options) {
    const value = options[field]
    if (value === undefined || !Object.hasOwn(kind.fields, field) || isLate(kind, field, value)) continue
    if (value === null) {
      delete fields[field]
      ;(omitted ??= []).push(field)
      // A list is copied, because programs usually append to a list of messages later.
    } else fields[field] = listed(value) ?? value
  }
  if (nameField !== undefined && plan.name !== undefined && plan.name !== null) fields[nameField] = plan.name
  return new ActiveEvent(kind, fields, omitted ?? none, site)
}

const readLate = (late: (value: unknown) => unknown, value: unknown): unknown => {
  try {
    return late(value)
  } catch {
    return undefined
  }
}

const fillFrom = (event: ActiveEvent, value: unknown, read: NonNullable<Plan["readValue"]>): void => {
  try {
    const fields: unknown = read(value)
    if (typeof fields === "object") event.fillIn(fields as Readonly<Record<string, unknown>>)
  } catch {
    // A part of the value, or of the fields, cannot be read.
    event.fillIn(shallow(tryReading(value, read)))
  }
}

/** Reads the fields that the success value contains. @internal */
export const readSuccess = (plan: Plan, event: ActiveEvent, value: unknown): void => {
  const { kind, options, readValue } = plan
  if (readValue !== undefined) fillFrom(event, value, readValue)
  for (const field in options) {
    const late = options[field]
    if (typeof late !== "function" || !Object.hasOwn(kind.fields, field) || !isLate(kind, field, late)) continue
    const result = readLate(late, value)
    if (result === null) delete event.fields[field]
    else if (result !== undefined) event.fields[field] = result
  }
  const success = options["success"]
  if (typeof success === "function") event.success = tryOrUndefined(() => success(value) as unknown) !== false
}
