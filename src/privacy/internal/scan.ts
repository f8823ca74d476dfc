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

/** Makes the search for some words of ASCII characters. @internal */
export const makeScan = (words: ReadonlyArray<string>): Scan => {
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
  const accepts = new Uint8Array(states)
  for (let state = 0; state < states; state++) if (found[state] !== undefined) accepts[state] = 1
  return (text, visit) => {
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
}
