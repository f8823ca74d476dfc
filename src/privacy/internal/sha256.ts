/**
 * Synchronous SHA-256. A span needs the hash of its bytes when it ends, and `crypto.subtle` is asynchronous.
 *
 * @see https://doi.org/10.6028/NIST.FIPS.180-4
 * @internal
 */

interface NodeCrypto {
  readonly createHash: (name: "sha256") => {
    readonly update: (bytes: Uint8Array) => { readonly digest: (encoding: "hex") => string }
  }
}

const builtin = (): NodeCrypto | undefined => {
  const { process } = globalThis as {
    readonly process?: { readonly getBuiltinModule?: (name: string) => NodeCrypto | undefined }
  }
  return process?.getBuiltinModule?.("node:crypto")
}

/** The first 32 bits of the fractional part of a root of each of the first prime numbers. */
const fractions = (count: number, power: number): Int32Array => {
  const words = new Int32Array(count)
  for (let found = 0, n = 2; found < count; n++) {
    let isPrime = true
    for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) isPrime = false
    if (!isPrime) continue
    const root = n ** power
    words[found++] = Math.floor((root - Math.floor(root)) * 2 ** 32)
  }
  return words
}

let constants: { readonly initial: Int32Array; readonly rounds: Int32Array } | undefined

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** Mixes one block of 64 bytes into the state. */
const compress = (state: Int32Array, view: DataView, at: number, rounds: Int32Array, words: Int32Array): void => {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i)
  for (let i = 16; i < 64; i++) {
    const early = words[i - 15]!
    const late = words[i - 2]!
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
    words[i] = (words[i - 16]! + s0 + words[i - 7]! + s1) | 0
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const first = (h + s1 + ((e & f) ^ (~e & g)) + rounds[i]! + words[i]!) | 0
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  const mixed = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i]! += mixed[i]!
}

/** SHA-256 without any module of the runtime. @internal */
export const sha256Portable = (bytes: Uint8Array): string => {
  const { initial, rounds } = constants ??= { initial: fractions(8, 1 / 2), rounds: fractions(64, 1 / 3) }
  const state = initial.slice()
  const words = new Int32Array(64)
  const whole = bytes.length - (bytes.length % 64)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < whole; at += 64) compress(state, view, at, rounds, words)
  const rest = bytes.subarray(whole)
  const last = new Uint8Array(rest.length < 56 ? 64 : 128)
  last.set(rest)
  last[rest.length] = 0x80
  const lastView = new DataView(last.buffer)
  lastView.setBigUint64(last.length - 8, BigInt(bytes.length) * BigInt(8))
  for (let at = 0; at < last.length; at += 64) compress(state, lastView, at, rounds, words)
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("")
}

/** The SHA-256 of bytes, in hexadecimal. @internal */
export const sha256 = (bytes: Uint8Array): string => {
  const crypto = builtin()
  return crypto === undefined ? sha256Portable(bytes) : crypto.createHash("sha256").update(bytes).digest("hex")
}
