/**
 * Baggage: entries that a program passes on to every service that its requests reach.
 *
 * @see https://www.w3.org/TR/baggage/
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import { cleanProperties } from "./internal/propagation/baggage.ts"

/**
 * Entries that a program passes on to every service that its requests reach.
 *
 * @category models
 * @since 0.1.0
 */
export type Baggage = Readonly<Record<string, string>>

/**
 * The baggage of the current effect. Empty by default.
 *
 * @category references
 * @since 0.1.0
 */
export const CurrentBaggage: Context.Reference<Baggage> = Context.Reference<Baggage>("effect-agentops/CurrentBaggage", {
  defaultValue: () => ({})
})

interface Properties {
  readonly value: string
  readonly text: string
}

/**
 * The properties of entries. Each is stored with the value it belongs to, because an entry with a new value loses its
 * properties.
 *
 * @internal
 */
export const CurrentProperties = Context.Reference<Readonly<Record<string, Properties>>>(
  "effect-agentops/CurrentBaggageProperties",
  { defaultValue: () => ({}) }
)

const propertiesOf = (baggage: Baggage, properties: Readonly<Record<string, string>>): Record<string, Properties> =>
  Object.fromEntries(
    Object.keys(properties).flatMap((key) =>
      baggage[key] === undefined ? [] : [[key, { value: baggage[key], text: properties[key]! }]]
    )
  )

/** @internal */
export const addBaggage = <R>(
  context: Context.Context<R>,
  baggage: Baggage,
  properties: Readonly<Record<string, string>>
): Context.Context<R> =>
  context.pipe(
    Context.add(CurrentBaggage, { ...Context.get(context, CurrentBaggage), ...baggage }),
    Context.add(CurrentProperties, { ...Context.get(context, CurrentProperties), ...propertiesOf(baggage, properties) })
  ) as Context.Context<R>

/**
 * An entry: its value, and properties for the services that handle it.
 *
 * @category models
 * @since 0.1.0
 */
export interface BaggageEntry {
  readonly value: string
  /** Such as `ttl=5;private`. Properties that do not follow W3C's grammar are left out. */
  readonly properties?: string | undefined
}

/**
 * Runs an effect with more baggage.
 *
 * **Example** (an entry, and one with properties)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Propagation } from "effect-agentops"
 *
 * const program = Propagation.inject().pipe(
 *   Propagation.withBaggage({ tenant: "blue", route: { value: "a b", properties: "ttl=5" } })
 * )
 * await Effect.runPromise(program) // => { baggage: "tenant=blue,route=a%20b;ttl=5" }
 * ```
 *
 * @category propagation
 * @since 0.1.0
 */
export const withBaggage: {
  /** Runs an effect with more baggage. */
  (
    entries: Readonly<Record<string, string | BaggageEntry>>
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Runs an effect with more baggage. */
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    entries: Readonly<Record<string, string | BaggageEntry>>
  ): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    entries: Readonly<Record<string, string | BaggageEntry>>
  ): Effect.Effect<A, E, R> => {
    const baggage: Record<string, string> = Object.create(null)
    const properties: Record<string, string> = Object.create(null)
    for (const key of Object.keys(entries)) {
      const entry = entries[key]!
      baggage[key] = typeof entry === "string" ? entry : entry.value
      const text = typeof entry === "string" ? "" : cleanProperties(entry.properties ?? "")
      if (text !== "") properties[key] = text
    }
    return Effect.updateContext(self, (context: Context.Context<R>) => addBaggage(context, baggage, properties))
  }
)
