/**
 * Searches for many words in one pass over a text, ignoring case.
 *
 * This is Aho and Corasick's automaton: one step for each character, where a regular expression tries every word at
 * every character. Most text contains none of the words, and finding that out is most of the cost.
 *
 * @internal
 */

// One class for each letter in either case, each digit, and each other character of a word. All other characters are
// class 0.
const classes = 64

/**
 * Searches a text. `visit` gets the number of each word found and the position of its end. It returns the position from
 * which to continue, or -1 to continue right there.
 *
 * @internal
 */
export type Scan = (text: string, visit: (word: number, end: number) => number) => void

/** A search for words. @internal */
export interface Search {
  readonly scan: Scan
  /** Whether ASCII text contains a wanted word. */
  readonly hasWord: HasWord
}

/**
 * Searches ASCII text in bytes, from a position on. `isWanted` gets the words in any order, with the positions of their
 * ends in the text.
 *
 * @internal
 */
export type HasWord = (
  text: string,
  bytes: Uint8Array,
  from: number,
  isWanted: (text: string, word: number, end: number) => boolean
) => boolean

// A bit in the number of a state in which words end.
const accepting = 1 << 30
const stateBits = accepting - 1

// A shorter text is finished before four walks have started.
const shortText = 64

/**
 * The same walk over bytes, with four walks at once over a quarter of the text each. A step must wait for the previous
 * step of its walk but not for the other walks. Each walk continues into the next quarter while its current match began
 * in its own.
 */
const makeHasWord = (
  next: Uint16Array,
  classOf: Uint8Array,
  found: ReadonlyArray<ReadonlyArray<number> | undefined>,
  depths: Uint8Array
): HasWord => {
  // The table is indexed by state and class. Bytes have the classes of their characters, and a state is stored as the
  // offset of its row.
  const table = new Int32Array(depths.length * classes)
  for (let i = 0; i < table.length; i++) {
    const state = next[i]!
    table[i] = state * classes | (found[state] === undefined ? 0 : accepting)
  }
  const byteClass = new Uint8Array(256)
  byteClass.set(classOf)

  type IsWanted = Parameters<HasWord>[3]

  const isFound = (text: string, state: number, end: number, isWanted: IsWanted): boolean => {
    if ((state & accepting) === 0) return false
    const words = found[(state & stateBits) / classes]!
    for (let i = 0; i < words.length; i++) if (isWanted(text, words[i]!, end)) return true
    return false
  }

  /** Continues a walk while its current match began before `start`, or for `further` more characters. */
  const continueWalk = (
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
    if (text.length < shortText) return continueWalk(text, bytes, from, 0, 0, Infinity, isWanted)
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
    return continueWalk(text, bytes, from, a, quarter, 0, isWanted) ||
      continueWalk(text, bytes, from, b, 2 * quarter, 0, isWanted) ||
      continueWalk(text, bytes, from, c, 3 * quarter, 0, isWanted) ||
      continueWalk(text, bytes, from, d, 4 * quarter, Infinity, isWanted)
  }
}

/** Makes the search for a list of ASCII words. @internal */
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
  // The words that end in a state, the shorter ones included.
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
  // If a word does not continue, its end may be the beginning of another word.
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
  let hasWord: HasWord | undefined
  return {
    scan,
    get hasWord() {
      return hasWord ??= makeHasWord(next.subarray(0, states * classes), classOf, found, depths)
    }
  }
}
