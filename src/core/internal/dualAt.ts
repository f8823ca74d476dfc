/**
 * Functions that take `self` first or last and know the line that applied them.
 *
 * Effect's `dual` calls the body of the data-last form after the caller has returned, when its line is gone.
 *
 * @internal
 */
import type { CallSite } from "./callSite.ts"
import { callSite } from "./callSite.ts"

/**
 * Makes such a function. `isSelf` recognises the data-first form. `body` gets the line and the other arguments, and
 * returns what is applied to `self`. A function that `pipe` may apply without arguments gives `depth`.
 *
 * @internal
 */
export const dualAt = <F>(
  isSelf: (value: unknown) => boolean,
  body: (site: CallSite, ...args: Array<never>) => (self: never) => unknown,
  depth?: number
): F => {
  const apply = (...args: ReadonlyArray<unknown>): unknown => {
    if (!isSelf(args[0])) return body(callSite(apply), ...args as Array<never>)
    const site = callSite(apply, depth)
    return body(site, ...args.slice(1) as Array<never>)(args[0] as never)
  }
  return apply as F
}
