/**
 * Looks for many words in one pass over a text, whatever their case.
 *
 * This is Aho and Corasick's automaton: one step for each character, where a regular
 * expression tries every word at every character. Most text has none of the words,
 * and to know that is what costs.
 *
 * @internal
 */

// Letters of either case, digits, and each other character that a word has; all the rest is 0.
const classes = 64

/**
 * Walks over a text. `visit` is told each word that is found, by its number, and where it
 * ends; it gives the position to go on from, or -1 to go on from there.
 *
 * @internal
 */
export type Scan = (text: string, visit: (word: number, end: number) => number) => void

/** A search for words. @internal */
export interface Search {
  readonly scan: Scan
  /** Whether one of the words in ASCII text is one that is looked for. */
  readonly some: SomeWord
}

/**
 * Looks for a word in ASCII text that stands in bytes, from there on. `isWanted` is told words in any order, with their
 * ends as positions in the text.
 *
 * @internal
 */
export type SomeWord = (
  text: string,
  bytes: Uint8Array,
  from: number,
  isWanted: (text: string, word: number, end: number) => boolean
) => boolean

// Set in the number of a state in which words end.
const accepting = 1 << 30
const stateBits = accepting - 1

// Shorter text is done before four walks have begun.
const shortText = 64

/**
 * The same walk over bytes, four at once over a quarter of the text each: a step waits for the step before it, and not
 * for those of the others. Each goes on into the next quarter as long as what it read begins in its own.
 */
const makeSome = (
  next: Uint16Array,
  classOf: Uint8Array,
  found: ReadonlyArray<ReadonlyArray<number> | undefined>,
  depths: Uint8Array
): SomeWord => {
  // By the class of a character, which is that of its byte, and with the state as the place of its row.
  const table = new Int32Array(depths.length * classes)
  for (let i = 0; i < table.length; i++) {
    const state = next[i]!
    table[i] = state * classes | (found[state] === undefined ? 0 : accepting)
  }
  const byteClass = new Uint8Array(256)
  byteClass.set(classOf)

  type IsWanted = Parameters<SomeWord>[3]

  const isFound = (text: string, state: number, end: number, isWanted: IsWanted): boolean => {
    if ((state & accepting) === 0) return false
    const words = found[(state & stateBits) / classes]!
    for (let i = 0; i < words.length; i++) if (isWanted(text, words[i]!, end)) return true
    return false
  }

  /** Walks as long as what was read begins before `start`, or so much further. */
  const goOn = (
    text: string,
    bytes: Uint8Array,
    from: number,
    state: number,
    start: number,
    further: number,
    isWanted: IsWanted
  ): boolean => {
    for (let i = start; i < text.length && depths[state / classes]! + further > i - start; i++) {
      state = table[state + byteClass[bytes[from + i]!]!]!
      if (isFound(text, state, i + 1, isWanted)) return true
      state &= stateBits
    }
    return false
  }

  return (text, bytes, from, isWanted) => {
    if (text.length < shortText) return goOn(text, bytes, from, 0, 0, Infinity, isWanted)
    const quarter = text.length >> 2
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let i = 0, at = from; i < quarter; i++, at++) {
      a = table[a + byteClass[bytes[at]!]!]!
      b = table[b + byteClass[bytes[at + quarter]!]!]!
      c = table[c + byteClass[bytes[at + 2 * quarter]!]!]!
      d = table[d + byteClass[bytes[at + 3 * quarter]!]!]!
      if (((a | b | c | d) & accepting) === 0) continue
      if (
        isFound(text, a, i + 1, isWanted) || isFound(text, b, i + 1 + quarter, isWanted) ||
        isFound(text, c, i + 1 + 2 * quarter, isWanted) || isFound(text, d, i + 1 + 3 * quarter, isWanted)
      ) return true
      a &= stateBits
      b &= stateBits
      c &= stateBits
      d &= stateBits
    }
    return goOn(text, bytes, from, a, quarter, 0, isWanted) ||
      goOn(text, bytes, from, b, 2 * quarter, 0, isWanted) ||
      goOn(text, bytes, from, c, 3 * quarter, 0, isWanted) ||
      goOn(text, bytes, from, d, 4 * quarter, Infinity, isWanted)
  }
}

/** Makes the search for some words of ASCII characters. @internal */
export const makeSearch = (words: ReadonlyArray<string>): Search => {
  const lower = words.map((word) => word.toLowerCase())
  const classOf = new Uint8Array(128)
  let known = 0
  for (const character of new Set(lower.join(""))) {
    classOf[character.charCodeAt(0)] = ++known
    classOf[character.toUpperCase().charCodeAt(0)] = known
  }
  const size = lower.reduce((sum, word) => sum + word.length, 1)
  const next = new Uint16Array(size * classes)
  // Of the words that end in a state, and of those that end with it.
  const found: Array<Array<number> | undefined> = []
  let states = 1
  lower.forEach((word, index) => {
    let state = 0
    for (let i = 0; i < word.length; i++) {
      const at = state * classes + classOf[word.charCodeAt(i)]!
      if (next[at] === 0) next[at] = states++
      state = next[at]!
    }
    ;(found[state] ??= []).push(index)
  })
  const trie = next.slice()
  // Where a word breaks off, what was read may be the beginning of another.
  const fallback = new Uint16Array(states)
  const queue = Array.from(next.subarray(0, classes)).filter((state) => state !== 0)
  for (const state of queue) {
    const shorter = found[fallback[state]!]
    if (shorter !== undefined) found[state] = [...found[state] ?? [], ...shorter]
    for (let character = 0; character < classes; character++) {
      const at = state * classes + character
      const after = next[fallback[state]! * classes + character]!
      if (next[at] === 0) {
        next[at] = after
      } else {
        fallback[next[at]!] = after
        queue.push(next[at]!)
      }
    }
  }
  const depths = new Uint8Array(states)
  lower.forEach((word) => {
    let state = 0
    for (let i = 0; i < word.length; i++) {
      state = trie[state * classes + classOf[word.charCodeAt(i)]!]!
      depths[state] = i + 1
    }
  })
  const accepts = new Uint8Array(states)
  for (let state = 0; state < states; state++) if (found[state] !== undefined) accepts[state] = 1
  const scan: Scan = (text, visit) => {
    let state = 0
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      state = next[state * classes + (code < 128 ? classOf[code]! : 0)]!
      if (accepts[state] === 0) continue
      for (const word of found[state]!) {
        const on = visit(word, i + 1)
        if (on < 0) continue
        i = on - 1
        state = 0
        break
      }
    }
  }
  let some: SomeWord | undefined
  return {
    scan,
    get some() {
      return some ??= makeSome(next.subarray(0, states * classes), classOf, found, depths)
    }
  }
}
