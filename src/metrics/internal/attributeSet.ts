/**
 * Attributes that never change, so that a meter may know their series by which object they are.
 *
 * Telling a series by its values costs about as much as recording in it, and one event records with
 * the same few sets of attributes many times over.
 *
 * @internal
 */

const interned = new WeakSet<object>()

/** Whether a series may be known by the object. @internal */
export const isInterned = (attributes: object): boolean => interned.has(attributes)

/** Marks attributes, whose values are primitive, and freezes them. @internal */
export const intern = <A extends object>(attributes: A): Readonly<A> => {
  interned.add(attributes)
  return Object.freeze(attributes)
}

// More than the models, errors and agents of any program, and bounded.
const maxKept = 1_000

/** Keeps what is made for a key, up to a bound. @internal */
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
