/**
 * Looks for any of many words in one pass over a text, whatever their case.
 *
 * This is Aho and Corasick's automaton: one step for each character, where a regular
 * expression tries every word at every character. Most text has none of the words,
 * and to know that is what costs.
 *
 * @internal
 */

// Letters of either case, digits, and each other character that a word has; all the rest is 0.
const classes = 64

/** Makes the search for some words of ASCII characters. @internal */
export const makeScan = (words: ReadonlyArray<string>): (text: string) => boolean => {
  const classOf = new Uint8Array(128)
  let known = 0
  for (const character of new Set(words.join("").toLowerCase())) {
    classOf[character.charCodeAt(0)] = ++known
    classOf[character.toUpperCase().charCodeAt(0)] = known
  }
  const size = words.reduce((sum, word) => sum + word.length, 1)
  const next = new Uint16Array(size * classes)
  const accepts = new Uint8Array(size)
  let states = 1
  for (const word of words) {
    let state = 0
    for (let i = 0; i < word.length; i++) {
      const at = state * classes + classOf[word.charCodeAt(i)]!
      if (next[at] === 0) next[at] = states++
      state = next[at]!
    }
    accepts[state] = 1
  }
  // Where a word breaks off, what was read may be the beginning of another.
  const fallback = new Uint16Array(states)
  const queue = Array.from(next.subarray(0, classes)).filter((state) => state !== 0)
  for (const state of queue) {
    if (accepts[fallback[state]!] === 1) accepts[state] = 1
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
  return (text) => {
    let state = 0
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      state = next[state * classes + (code < 128 ? classOf[code]! : 0)]!
      if (accepts[state] === 1) return true
    }
    return false
  }
}
