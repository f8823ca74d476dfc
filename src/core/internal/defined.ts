/** The fields that have a value, so that what is not known leaves no key behind. */
export const defined = <A extends object>(fields: A): A => {
  const out: Partial<A> = {}
  for (const key in fields) {
    if (fields[key] !== undefined) out[key] = fields[key]
  }
  return out as A
}
