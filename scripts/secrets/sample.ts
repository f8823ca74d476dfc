/**
 * Makes texts that match a regular expression, for rules that are written as such.
 *
 * It supports the syntax of such rules: classes, groups, alternatives, repetition, and flags inside of groups.
 * Assertions produce no text.
 */
type Node = () => string

const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
const word = printable.filter((c) => /\w/.test(c))
const digits = printable.filter((c) => /\d/.test(c))
const posix: Readonly<Record<string, ReadonlyArray<string>>> = {
  alnum: printable.filter((c) => /[A-Za-z0-9]/.test(c)),
  alpha: printable.filter((c) => /[A-Za-z]/.test(c)),
  digit: digits
}

/** Returns a function that makes one text after another. */
export const sampler = (pattern: string, random: () => number): () => string => {
  let at = 0
  const pick = <A>(from: ReadonlyArray<A>): A => from[Math.floor(random() * from.length)]!
  const peek = (text: string) => pattern.startsWith(text, at)
  const take = (text: string): boolean => {
    if (!peek(text)) return false
    at += text.length
    return true
  }

  const escape = (): ReadonlyArray<string> => {
    const c = pattern[at++]!
    if (c === "x") {
      const hex = pattern.slice(at, at + 2)
      at += 2
      return [String.fromCharCode(parseInt(hex, 16))]
    }
    switch (c) {
      case "d":
        return digits
      case "w":
        return word
      case "s":
        return [" "]
      case "S":
        return word
      case "n":
        return ["\n"]
      case "r":
        return ["\r"]
      case "t":
        return ["\t"]
      case "b":
      case "B":
      case "z":
      case "A":
        return [""]
      default:
        return [c]
    }
  }

  const characters = (): Node => {
    const negative = take("^")
    const found: Array<string> = []
    while (at < pattern.length && (!peek("]") || found.length === 0)) {
      if (take("[:")) {
        const end = pattern.indexOf(":]", at)
        found.push(...posix[pattern.slice(at, end)] ?? [])
        at = end + 2
        continue
      }
      const from = take("\\") ? escape() : [pattern[at++]!]
      if (from.length === 1 && peek("-") && pattern[at + 1] !== "]") {
        at++
        const to = take("\\") ? escape()[0]! : pattern[at++]!
        for (let code = from[0]!.charCodeAt(0); code <= to.charCodeAt(0); code++) found.push(String.fromCharCode(code))
      } else found.push(...from)
    }
    take("]")
    const set = negative ? printable.filter((c) => !found.includes(c)) : found
    return () => pick(set)
  }

  const repeated = (node: Node): Node => {
    let least = 1
    let most = 1
    if (take("*")) [least, most] = [0, 4]
    else if (take("+")) [least, most] = [1, 24]
    else if (take("?")) [least, most] = [0, 1]
    else if (/^\{\d+(?:,\d*)?\}/.test(pattern.slice(at))) {
      const end = pattern.indexOf("}", at)
      const [low, high] = pattern.slice(at + 1, end).split(",")
      at = end + 1
      least = Number(low)
      most = high === undefined ? least : high === "" ? least + 8 : Number(high)
    } else return node
    take("?")
    return () => {
      const count = least + Math.floor(random() * (Math.min(most, least + 40) - least + 1))
      return Array.from({ length: count }, node).join("")
    }
  }

  const group = (): Node => {
    if (take("?")) {
      if (/^[a-z-]+\)/.test(pattern.slice(at))) {
        at = pattern.indexOf(")", at) + 1
        return () => ""
      }
      if (take("=") || take("!") || take("<=") || take("<!")) {
        alternatives()
        take(")")
        return () => ""
      }
      if (take("P<")) at = pattern.indexOf(">", at) + 1
      else at = pattern.indexOf(":", at) + 1
    }
    const inner = alternatives()
    take(")")
    return inner
  }

  const sequence = (): Node => {
    const nodes: Array<Node> = []
    while (at < pattern.length && !peek("|") && !peek(")")) {
      let node: Node
      if (take("(")) node = group()
      else if (take("[")) node = characters()
      else if (take("\\")) {
        const set = escape()
        node = () => pick(set)
      } else if (take("^") || take("$")) node = () => ""
      else if (take(".")) node = () => pick(word)
      else {
        const c = pattern[at++]!
        node = () => c
      }
      nodes.push(repeated(node))
    }
    return () => nodes.map((node) => node()).join("")
  }

  const alternatives = (): Node => {
    const options = [sequence()]
    while (take("|")) options.push(sequence())
    return () => pick(options)()
  }

  return alternatives()
}
