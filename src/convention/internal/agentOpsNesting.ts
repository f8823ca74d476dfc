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
export const renameAttributes = (target: Attributes, isAgent: boolean): Target => {
  const renamed: Target = {}
  for (const key in target) {
    renamed[isAgent ? key : key.replace(/(^|\.)agent(\.|$)/g, "$1agent_")] = target[key]!
  }
  for (const key of Object.keys(renamed)) {
    let prefix: string | undefined
    while ((prefix = dottedPrefix(renamed, key)) !== undefined) {
      renamed[`${prefix}_value`] = renamed[prefix]!
      delete renamed[prefix]
    }
  }
  return renamed
}
