/** Hostile values: they throw or misbehave when they are read. */
const trap = (): never => {
  throw new Error("do not look")
}

const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

/** Works for a number of reads, like an object whose producer ends in the meantime. */
const failsAfter = (looks: number): object => {
  let left = looks
  const spent = <A>(answer: A): A => --left < 0 ? trap() : answer
  return new Proxy({ name: "draft", items: [1, 2] }, {
    get: (target, key) => spent(Reflect.get(target, key)),
    has: (target, key) => spent(Reflect.has(target, key)),
    ownKeys: (target) => spent(Reflect.ownKeys(target)),
    getPrototypeOf: (target) => spent(Reflect.getPrototypeOf(target)),
    getOwnPropertyDescriptor: (target, key) => spent(Reflect.getOwnPropertyDescriptor(target, key))
  })
}

const cycle = (): object => {
  const value: Record<string, unknown> = { a: 1 }
  value["self"] = [value]
  value["map"] = new Map([[value, value]])
  return value
}

const deep = (depth: number): unknown => {
  let value: unknown = "end"
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? { value } : [value]
  return value
}

const wide = (parts: number): object => Object.fromEntries(Array.from({ length: parts }, (_, i) => [`key${i}`, i]))

const lying = (): Array<unknown> =>
  new Proxy([], { get: (target, key) => key === "length" ? NaN : Reflect.get(target, key) })

/** Each value is made anew, because some of them wear out. */
export const hostileValues: Readonly<Record<string, () => unknown>> = {
  "a getter that throws": () => ({
    ok: 1,
    get boom() {
      return trap()
    }
  }),
  "a getter that throws, deep": () => ({ a: [{ b: Object.defineProperty({}, "c", { get: trap, enumerable: true }) }] }),
  "an item that throws": () => Object.defineProperty([1, 2, 3], 1, { get: trap, enumerable: true }),
  "a toJSON that throws": () => ({ toJSON: trap, ok: 1 }),
  "a toJSON that gives itself": () => ({
    ok: 1,
    toJSON() {
      return this
    }
  }),
  "a toJSON that is a getter that throws": () => Object.defineProperty({}, "toJSON", { get: trap }),
  "no text": () => ({ toString: trap, valueOf: trap, [Symbol.toPrimitive]: trap }),
  "a text of no text": () => ({ [Symbol.toPrimitive]: () => ({}) }),
  "a tag that throws": () => Object.defineProperty({}, Symbol.toStringTag, { get: trap }),
  "an iterator that throws": () => ({ [Symbol.iterator]: trap, length: 3 }),
  "a proxy that throws": () => new Proxy({}, { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap }),
  "a proxy of a function that throws": () =>
    new Proxy(() => 1, { get: trap, has: trap, apply: trap, getPrototypeOf: trap }),
  "a revoked proxy": () => revoked({}),
  "a revoked list": () => revoked([]),
  "a revoked function": () => revoked(() => 1),
  "a revoked proxy, deep": () => ({ items: [{ draft: revoked({}) }] }),
  "a proxy that throws at its first look": () => failsAfter(0),
  "a proxy that throws at its second look": () => failsAfter(1),
  "a proxy that throws at its seventh look": () => failsAfter(6),
  "a proxy that throws at its thirtieth look": () => failsAfter(29),
  "a list of no length": lying,
  "a cycle": cycle,
  "depth": () => deep(50_000),
  "a sparse list": () => Object.assign([], { [4_000_000_000]: 1 }),
  "a list with a hole": () => [1, , 3], // oxlint-disable-line eslint/no-sparse-arrays
  "many parts": () => wide(30_000),
  "a large map": () => new Map(Array.from({ length: 30_000 }, (_, i) => [i, { i }])),
  "a large set": () => new Set(Array.from({ length: 30_000 }, (_, i) => i)),
  "bytes": () => new Uint8Array(5 * 1024 * 1024),
  "a buffer": () => ({ image: Buffer.alloc(5 * 1024 * 1024), beside: 1 }),
  "numbers": () => new Float64Array(1_000_000),
  "long text": () => "a long text ".repeat(500_000),
  "half a character": () => "a\ud800b",
  "controls": () => "\u0000\u001b[2J\u202e",
  "a map with keys of no text": () => new Map([[{ toString: trap }, 1]]),
  "a Date that is none": () => new Date(NaN),
  "an error of no message": () => Object.defineProperty(new Error("x"), "message", { get: trap }),
  "an error whose message is a list": () => Object.assign(new Error("x"), { message: [revoked({})], name: { a: 1 } }),
  "an error without a stack": () => Object.defineProperty(new Error("x"), "stack", { get: trap }),
  "an error that is its own cause": () => {
    const error = new Error("x")
    error.cause = error
    return error
  },
  "a class": () =>
    class Hidden {
      static #secret = 1
      get secret() {
        return Hidden.#secret
      }
    },
  "a private getter elsewhere": () =>
    Object.create(
      class {
        #value = 1
        get value() {
          return this.#value
        }
      }.prototype
    ),
  "a prototype that is set": () => JSON.parse("{\"__proto__\":{\"polluted\":true},\"ok\":1}"),
  "a function": () => trap,
  "a symbol": () => Symbol("s"),
  "big": () => 2n ** 5_000n,
  "NaN": () => NaN,
  "Infinity": () => -Infinity,
  "nothing": () => null,
  "an empty text": () => "",
  "a promise that fails": () => {
    const promise = Promise.reject(new Error("late"))
    promise.catch(() => {})
    return promise
  }
}
