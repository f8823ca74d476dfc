/**
 * What HTTP allows in a header.
 *
 * @internal
 */

/** The problem of a header, without its value, which may be secret. @internal */
export const headerProblem = (name: string, value: string): string | undefined => {
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return `${JSON.stringify(name)} is no name of a header`
  // oxlint-disable-next-line no-control-regex -- a tab is allowed
  if (/^[\u0009\u0020-\u007e\u0080-\u00ff]*$/.test(value.trim())) return undefined
  return `the value of ${JSON.stringify(name)} has characters that a header cannot have`
}
