/**
 * The only place where the library reads values of the program.
 *
 * A getter, a proxy's trap, a revoked proxy, a `toJSON` or a `toString` may throw at any access, and telemetry must not
 * fail the program. So such reads run in {@link tryOrUndefined}, and the library keeps only the {@link readable} form of a
 * value: data that never throws when it is read later. A placeholder replaces a part that cannot be read, and the parts
 * beside it are kept.
 *
 * The number of values and characters is bounded, so a sparse array or an attribute of many bytes takes no longer than
 * any other value. The time of one access is not bounded: a slow getter or `toJSON` of the program, or an object with
 * millions of keys, takes the time that it takes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"

/** The placeholder of a part that cannot be read. @internal */
export const unreadable = "[unreadable]"

/** Runs code that reads values of the program, and returns `undefined` if it throws. @internal */
export const tryOrUndefined = <A>(look: () => A): A | undefined => {
  try {
    return look()
  } catch {
    return undefined
  }
}

// A closure in a function costs each call of it, so a closure for a rare case has a function of its own.
const tryCopy = <A>(value: unknown, look: (value: unknown) => A): A | undefined =>
  tryOrUndefined(() => look(copyOf(value)))

/** A string that is not empty. @internal */
export const nonEmpty = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined

/** Reads one value. If a part of it throws, reads a copy of the readable parts instead. @internal */
export const tryReading = <A>(value: unknown, look: (value: unknown) => A): A | undefined => {
  try {
    return look(value)
  } catch {
    return tryCopy(value, look)
  }
}

/** Whether an argument is an effect, as opposed to options that may come first. @internal */
export const isEffect = (value: unknown): value is Effect.Effect<unknown, unknown, unknown> => {
  try {
    return Effect.isEffect(value)
  } catch {
    return false
  }
}

/** Whether an argument is a stream. @internal */
export const isStream = (value: unknown): value is Stream.Stream<unknown, unknown, unknown> => {
  try {
    return Stream.isStream(value)
  } catch {
    return false
  }
}

/** Whether an argument is an effect or a stream. @internal */
export const isTraceable = (
  value: unknown
): value is Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown> =>
  isEffect(value) || isStream(value)

/** One property of a value, or the placeholder if it cannot be read. @internal */
export const property = (value: object, key: PropertyKey): unknown => {
  try {
    return (value as Readonly<Record<PropertyKey, unknown>>)[key]
  } catch {
    return unreadable
  }
}

// One property cannot be read, so each is read by itself.
const eachByItself = (value: object): Record<string, unknown> => {
  const target: Record<string, unknown> = {}
  for (const key of tryOrUndefined(() => Object.keys(value)) ?? []) put(target, key, property(value, key))
  return target
}

/** The own properties of an object. Each property that cannot be read is replaced by the placeholder. @internal */
export const shallow = (value: unknown): Record<string, unknown> => {
  if (typeof value !== "object" || value === null) return {}
  try {
    return { ...value } as Record<string, unknown>
  } catch {
    return eachByItself(value)
  }
}

// The bounds of one read: levels, values, and characters of text in all.
const maxDepth = 64
const maxValues = 20_000
const maxCharacters = 8 * 1024 * 1024

/** A copy of a list, or `undefined` if the value is not a list or too long to be copied. @internal */
export const listed = (value: unknown): ReadonlyArray<unknown> | undefined => {
  if (typeof value !== "object") return undefined
  try {
    return Array.isArray(value) && value.length <= maxValues ? value.slice() as Array<unknown> : undefined
  } catch {
    return undefined
  }
}

interface Budget {
  values: number
  /** Kept for the values beside the current list or object. */
  reserved: number
  characters: number
}

const makeBudget = (): Budget => ({ values: maxValues, reserved: 0, characters: maxCharacters })

const plainWithin = (value: unknown, budget: Budget, depth: number): boolean => {
  switch (typeof value) {
    case "string":
      return (budget.characters -= value.length) >= 0
    case "number":
    case "boolean":
    case "undefined":
      return true
    case "object": {
      if (value === null) return true
      // The depth limit also ends a cycle.
      if (depth === maxDepth) return false
      if (Array.isArray(value)) {
        if ((budget.values -= value.length) < 0) return false
        for (let i = 0; i < value.length; i++) {
          if (!plainWithin(value[i], budget, depth + 1)) return false
        }
        return true
      }
      if (Object.getPrototypeOf(value) !== Object.prototype) return false
      for (const key in value) {
        if (--budget.values < 0) return false
        if (!plainWithin((value as Readonly<Record<string, unknown>>)[key], budget, depth + 1)) return false
      }
      return true
    }
    default:
      return false
  }
}

/** Whether `JSON.stringify` alone can write a value quickly: it has only plain parts, and not too many. @internal */
export const isPlain = (value: unknown): boolean => {
  try {
    return plainWithin(value, makeBudget(), 0)
  } catch {
    return false
  }
}

// Reserved at each level, but never more than half of the remaining values.
const reserve = 256

/** Reads the parts of a list or an object, and keeps room for the values beside it. */
const within = <A>(budget: Budget, look: () => A): A => {
  const { reserved } = budget
  budget.reserved += Math.min(reserve, Math.max(0, Math.floor((budget.values - reserved) / 2)))
  try {
    return look()
  } finally {
    budget.reserved = reserved
  }
}

const spend = (budget: Budget): boolean => budget.values > budget.reserved && budget.values-- > 0

// The length of a key or a word. The number of values bounds how many there are.
const short = 256

const cut = (text: string, budget: Budget): string => {
  const room = Math.max(short, Math.floor(budget.characters / 2))
  if (text.length <= room) {
    budget.characters -= text.length
    return text
  }
  budget.characters -= room
  return `${text.slice(0, room)}…[${text.length} characters]`
}

const put = (target: Record<string, unknown>, key: string, value: unknown): void => {
  // A plain assignment would set the prototype.
  if (key === "__proto__") Object.defineProperty(target, key, { value, enumerable: true, writable: true })
  else target[key] = value
}

type Ancestors = Array<object>

const listOf = (length: number, at: (i: number) => unknown, budget: Budget, ancestors: Ancestors): Array<unknown> => {
  const items: Array<unknown> = []
  let i = length - 1
  // From the end, so that the newest items stay if there are too many.
  for (; i >= 0 && spend(budget); i--) items.push(copy(at(i), budget, ancestors) ?? null)
  if (i >= 0) items.push(`[${i + 1} earlier items left out]`)
  return items.reverse()
}

const keyOf = (key: unknown, budget: Budget, ancestors: Ancestors): string => {
  const copied = copy(key, budget, ancestors)
  return typeof copied === "string" ? copied : copied === undefined ? textOf(key) : JSON.stringify(copied)
}

const entriesOf = (
  entries: Iterable<readonly [key: unknown, value: unknown]>,
  size: number,
  budget: Budget,
  ancestors: Ancestors
): Record<string, unknown> => {
  const target: Record<string, unknown> = {}
  let seen = 0
  for (const [key, value] of entries) {
    if (!spend(budget)) {
      target["…"] = `[${size - seen} more left out]`
      break
    }
    seen++
    const copied = copy(value, budget, ancestors)
    if (copied !== undefined) put(target, keyOf(key, budget, ancestors), copied)
  }
  return target
}

const propertiesOf = function*(value: object, keys: ReadonlyArray<string>) {
  for (const key of keys) yield [key, property(value, key)] as const
}

const boxed = new Set(["[object String]", "[object Number]", "[object Boolean]"])

const partsOf = (value: object, budget: Budget, ancestors: Ancestors): unknown => {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[binary, ${value.byteLength} bytes]`
  if (Redacted.isRedacted(value)) return String(value)
  if (Array.isArray(value)) {
    const { length } = value
    return Number.isSafeInteger(length) ? listOf(length, (i) => property(value, i), budget, ancestors) : unreadable
  }
  const { data, toJSON, type } = value as {
    readonly data?: unknown
    readonly toJSON?: unknown
    readonly type?: unknown
  }
  // The shape of a `Buffer` in JSON.
  if (type === "Buffer" && Array.isArray(data)) return `[binary, ${data.length} bytes]`
  if (typeof toJSON === "function") {
    const own: unknown = toJSON.call(value, "")
    if (own !== value) return copy(own, budget, ancestors)
  }
  if (value instanceof Map) return entriesOf(value, value.size, budget, ancestors)
  if (value instanceof Set) {
    const items: Array<unknown> = []
    for (const item of value) if (items.push(item) > budget.values) break
    return listOf(items.length, (i) => items[i], budget, ancestors)
  }
  if (value instanceof Error) {
    return {
      name: copy(property(value, "name"), budget, ancestors),
      message: copy(property(value, "message"), budget, ancestors)
    }
  }
  if (boxed.has(Object.prototype.toString.call(value))) return copy(value.valueOf(), budget, ancestors)
  const keys = Object.keys(value)
  return entriesOf(propertiesOf(value, keys), keys.length, budget, ancestors)
}

/** Copies a value as JSON would: functions, symbols and `undefined` are left out. */
const copy = (value: unknown, budget: Budget, ancestors: Ancestors): unknown => {
  switch (typeof value) {
    case "string":
      return cut(value, budget)
    case "number":
      return Number.isFinite(value) ? value : null
    case "boolean":
      return value
    case "bigint":
      return cut(value.toString(), budget)
    case "object": {
      if (value === null) return null
      if (ancestors.length === maxDepth) return "[too deep]"
      if (ancestors.includes(value)) return "[Circular]"
      ancestors.push(value)
      try {
        return within(budget, () => partsOf(value, budget, ancestors))
      } catch {
        return unreadable
      } finally {
        ancestors.pop()
      }
    }
    default:
      return undefined
  }
}

/**
 * The value as data: the value itself if it is plain, else a copy of its readable parts as JSON data. `undefined` if
 * JSON cannot express the value.
 *
 * @internal
 */
export const readable = (value: unknown): unknown =>
  typeof value !== "object" || value === null || isPlain(value) ? value : copyOf(value)

/** A copy of the readable parts of a value, as JSON data. @internal */
export const copyOf = (value: unknown): unknown => copy(value, makeBudget(), [])

/** Any value as text. An object becomes JSON. @internal */
export const textOf = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return value
    case "function":
      return "[function]"
    case "object": {
      const data = copyOf(value)
      return typeof data === "string" ? data : JSON.stringify(data) ?? "[object]"
    }
    default:
      return String(value)
  }
}
