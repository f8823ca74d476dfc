/**
 * Renames attributes so that AgentOps can nest them by the dots of their names.
 *
 * @internal
 */
import type { Attributes } from "../../core/Attribute.ts"
import type { Target } from "./spanFacts.ts"

const dottedPrefix = (target: Target, key: string): string | undefined => {
  for (let at = key.indexOf("."); at !== -1; at = key.indexOf(".", at + 1)) {
    const prefix = key.slice(0, at)
    if (prefix in target) return prefix
  }
  return undefined
}

/** Renames the program's attributes by the rules that the library's own names follow. @internal */
export const settle = (target: Attributes, isAgent: boolean): Target => {
  const settled: Target = {}
  for (const key in target) {
    settled[isAgent ? key : key.replace(/(^|\.)agent(\.|$)/g, "$1agent_")] = target[key]!
  }
  for (const key of Object.keys(settled)) {
    let prefix: string | undefined
    while ((prefix = dottedPrefix(settled, key)) !== undefined) {
      settled[`${prefix}_value`] = settled[prefix]!
      delete settled[prefix]
    }
  }
  return settled
}
