/** Returns the fields that are not `undefined`, so that an unknown value leaves no key. */
export const defined = <A extends object>(fields: A): A => {
  const out: Partial<A> = {}
  for (const key in fields) {
    if (fields[key] !== undefined) out[key] = fields[key]
  }
  return out as A
}
