/**
 * Marks attributes that never change, so that the meter can find their series by identity.
 *
 * Finding a series by its attribute values costs about as much as recording, and one event records several times with
 * the same few sets of attributes.
 *
 * @internal
 */

const interned = new WeakSet<object>()

/** Whether the series of these attributes can be found by identity. @internal */
export const isInterned = (attributes: object): boolean => interned.has(attributes)

/** Marks and freezes attributes with primitive values. @internal */
export const intern = <A extends object>(attributes: A): Readonly<A> => {
  interned.add(attributes)
  return Object.freeze(attributes)
}

// More than the models, errors and agents of any program.
const maxKept = 1_000

/** Remembers a value for each key, up to the limit. @internal */
export const keeper = <A>(): (key: string, make: () => A) => A => {
  const kept = new Map<string, A>()
  return (key, make) => {
    const known = kept.get(key)
    if (known !== undefined) return known
    if (kept.size >= maxKept) kept.clear()
    const made = make()
    kept.set(key, made)
    return made
  }
}
