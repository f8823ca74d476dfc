/**
 * Applies a redactor's rules to every value of a span or a log record.
 *
 * The input is what would be exported: attribute values, and JSON in them, whose parts the rules check one by one. So
 * no value hides in a getter, a `toJSON` or a private field, and there are no cycles. A value that is too long or
 * nested too deeply to be checked is left out, so that no secret passes unchecked.
 *
 * @internal
 */
import type { Attributes, AttributeValue } from "../../core/Attribute.ts"
import type { Decision, Redactor, Rule } from "../RedactionRule.ts"
import { mask } from "./credentials.ts"
import { looksLikeJson, maxLength } from "./json.ts"
import { isOpaque, verdictOf } from "./secrets/names.ts"

// JSON inside of JSON counts as depth too.
const maxDepth = 64

const drop = Symbol("drop")

type Path = Array<string | number>

const isPrimitive = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"

const wants = (rule: Rule, text: string): boolean => {
  try {
    return rule.hint === undefined || rule.hint(text)
  } catch {
    return true
  }
}

const decide = (rule: Rule, path: Path, value: unknown): Decision => {
  // The rule may be the user's. If it throws, the value must not pass.
  try {
    return rule.decide(path, value)
  } catch {
    return { _tag: "Replace", value: mask }
  }
}

// Later rules see the result of earlier ones.
const applyRules = (rules: ReadonlyArray<Rule>, path: Path, value: unknown): unknown => {
  let current = value
  for (const rule of rules) {
    const decision = decide(rule, path, current)
    if (decision._tag === "Drop") return drop
    if (decision._tag === "Replace") current = isPrimitive(decision.value) ? decision.value : mask
  }
  return current
}

const redactText = (rules: ReadonlyArray<Rule>, path: Path, text: string, depth: number): unknown => {
  if (looksLikeJson(text)) {
    if (text.length > maxLength) return `[${text.length} characters of JSON left out]`
    // Escapes hide from a hint the characters that they encode.
    if (text.includes("\\u00") || rules.some((rule) => wants(rule, text))) {
      let parsed: unknown
      try {
        parsed = JSON.parse(text)
      } catch {
        return applyRules(rules, path, text)
      }
      const redacted = redactNode(rules, path, parsed, depth + 1)
      if (redacted === drop) return drop
      // Parsing drops a duplicate key, which is still in the text.
      return applyRules(rules, path, redacted === parsed ? text : JSON.stringify(redacted))
    }
  }
  return applyRules(rules, path, text.length > maxLength ? text.slice(0, maxLength) : text)
}

const pairValues = new Set(["value", "val", "Value", "content"])

/** In `{"name": "API_KEY", "value": …}`, the name is the key of the value. */
const pairName = (object: Readonly<Record<string, unknown>>): string | undefined => {
  const name = object["name"] ?? object["key"] ?? object["Name"] ?? object["Key"] ?? object["header"] ??
    object["variable"]
  return typeof name === "string" && name.length <= 128 && verdictOf(name) !== "never" ? name : undefined
}

/** In `["X-Api-Key", …]`, Node's form of raw headers, the name is the key of the next item. */
const headerName = (before: unknown, value: unknown): string | undefined =>
  typeof before === "string" && typeof value === "string" && before.length <= 64 && verdictOf(before) !== "never" &&
    (isOpaque(value) || verdictOf(before) === "always" && /^(?=\S*\d)(?=\S*[A-Za-z])\S{8,}$/.test(value))
    ? before
    : undefined

const redactList = (rules: ReadonlyArray<Rule>, path: Path, list: ReadonlyArray<unknown>, depth: number): unknown => {
  let copy: Array<unknown> | undefined
  for (let i = 0; i < list.length; i++) {
    const name = headerName(list[i - 1], list[i])
    path.push(name ?? i)
    const redacted = redactNode(rules, path, list[i], depth + 1)
    path.pop()
    if (copy === undefined && redacted !== list[i]) copy = list.slice(0, i)
    if (redacted !== drop) copy?.push(redacted)
  }
  return copy ?? list
}

const redactObject = (
  rules: ReadonlyArray<Rule>,
  path: Path,
  object: Readonly<Record<string, unknown>>,
  depth: number
): unknown => {
  const entries: Array<readonly [string, unknown]> = []
  const named = pairName(object)
  let changed = false
  for (const key of Object.keys(object)) {
    const name = redactKey(rules, path, key)
    path.push(named !== undefined && pairValues.has(key) ? named : key)
    const redacted = redactNode(rules, path, object[key], depth + 1)
    path.pop()
    if (name !== key || redacted !== object[key]) changed = true
    if (redacted !== drop) entries.push([name, redacted])
  }
  return changed ? Object.fromEntries(entries) : object
}

// Rules for text apply to keys too, because a map may have secrets as its keys.
const redactKey = (rules: ReadonlyArray<Rule>, path: Path, key: string): string => {
  if (key.length < 8) return key
  const redacted = applyRules(rules.filter((rule) => rule.text === true && wants(rule, key)), path, key)
  return typeof redacted === "string" ? redacted : mask
}

const redactNode = (rules: ReadonlyArray<Rule>, path: Path, value: unknown, depth: number): unknown => {
  if (depth > maxDepth) return mask
  if (typeof value === "string") return redactText(rules, path, value, depth)
  if (typeof value !== "object" || value === null) return applyRules(rules, path, value)
  const judged = applyRules(rules, path, value)
  if (judged !== value) return judged
  return Array.isArray(value)
    ? redactList(rules, path, value, depth)
    : redactObject(rules, path, value as Readonly<Record<string, unknown>>, depth)
}

/** Applies the rules to a value. The result is `undefined` if it is dropped. @internal */
export const redactValue = (redactor: Redactor, path: Path, value: AttributeValue): AttributeValue | undefined => {
  const redacted = redactNode(redactor.rules, path, value, 0)
  return redacted === drop ? undefined : redacted as AttributeValue
}

/** Parses JSON that was redacted as text. A rule may have replaced it by text that is not JSON. @internal */
export const parseRedacted = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

/** Applies the rules to text that cannot be absent. If it is dropped, it is masked. @internal */
export const redactString = (redactor: Redactor, path: Path, text: string): string =>
  redactor.rules.length === 0 ? text : String(redactValue(redactor, path, text) ?? mask)

// A program has few attribute names, and each is on many spans.
const cleanNames = new WeakMap<Redactor, Set<string>>()

/** The redacted name of an attribute. @internal */
export const redactName = (redactor: Redactor, place: Path, name: string): string => {
  let clean = cleanNames.get(redactor)
  if (clean === undefined) cleanNames.set(redactor, clean = new Set())
  if (clean.has(name)) return name
  const redacted = redactKey(redactor.rules, place, name)
  if (redacted === name && clean.size < 2048) clean.add(name)
  return redacted
}

/** Applies the rules to attributes. If nothing changes, the same object is returned. @internal */
export const redactAttributes = (redactor: Redactor, place: Path, attributes: Attributes): Attributes => {
  const { rules } = redactor
  if (rules.length === 0) return attributes
  const path = [...place, ""]
  const last = path.length - 1
  let copy: Record<string, AttributeValue> | undefined
  for (const key in attributes) {
    path[last] = key
    const value = attributes[key]!
    const redacted = redactValue(redactor, path, value)
    const name = redactName(redactor, place, key)
    if (redacted === value && name === key) {
      if (copy !== undefined) copy[key] = value
      continue
    }
    if (copy === undefined) {
      copy = {}
      for (const before in attributes) {
        if (before === key) break
        copy[before] = attributes[before]!
      }
    }
    if (redacted !== undefined) copy[name] = redacted
  }
  return copy ?? attributes
}
