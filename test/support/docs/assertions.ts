/**
 * Turns the claims of an example into assertions.
 *
 * `EXPR // => VALUE` becomes a deep comparison of the two, and so does a `// => VALUE` on the line after a statement.
 * After `const x = EXPR`, `x` is compared. A value may continue over the next comment lines. The rewritten code keeps
 * its lines and all other code.
 */
import { parseSync } from "vite"
import type { Example } from "./Example.ts"

/** The statement of a claim: the compared expression, and where the statement ends. */
interface Claimed {
  readonly start: number
  readonly end: number
  /** The variable of a declaration. */
  readonly variable?: string
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && "start" in value && "end" in value

const claimable = (node: Node): Claimed | undefined => {
  if (node.type === "ExpressionStatement" && isNode(node.expression)) {
    return { start: node.expression.start, end: node.expression.end }
  }
  if (
    node.type === "VariableDeclarator" && isNode(node.init) && isNode(node.id) && node.id.type === "Identifier" &&
    typeof node.id.name === "string"
  ) {
    return { start: node.start, end: node.init.end, variable: node.id.name }
  }
}

const collect = (value: unknown, into: Array<Claimed>): Array<Claimed> => {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, into)
  } else if (isNode(value)) {
    const claimed = claimable(value)
    if (claimed !== undefined) into.push(claimed)
    for (const child of Object.values(value)) collect(child, into)
  }
  return into
}

const isExpression = (text: string): boolean => parseSync("value.ts", `(${text})`).errors.length === 0

/**
 * The code of an example with its claims as assertions. Code that does not parse stays unchanged, and the compiler
 * reports it.
 */
export const withAssertions = ({ code, file, line }: Example): string => {
  const parsed = parseSync("example.ts", code)
  if (parsed.errors.length > 0) return code
  const statements = collect(parsed.program, [])
  const { comments } = parsed
  let result = code
  // From the last to the first, so that the positions of the remaining ones stay valid.
  for (let i = comments.length - 1; i >= 0; i--) {
    const comment = comments[i]!
    if (comment.type !== "Line" || !/^\s*=>/.test(comment.value)) continue
    const at = `${file}:${line + code.slice(0, comment.start).split("\n").length - 1}`

    let value = comment.value.replace(/^\s*=>/, "").trim()
    for (let next = i + 1; !isExpression(value); next++) {
      const more = comments[next]
      const follows = more !== undefined && /^\s*$/.test(code.slice(comments[next - 1]!.end, more.start))
      if (!follows) throw new Error(`${at} claims "${value}", which is not an expression`)
      value += ` ${more.value.trim()}`
    }

    const claimed = statements.find(({ end }) => end <= comment.start && /^;?\s*$/.test(code.slice(end, comment.start)))
    if (claimed === undefined) throw new Error(`${at} claims "${value}" of no statement`)
    const compare = "$assert.deepStrictEqual<unknown>("
    const rest = `, (${value}), ${JSON.stringify(at)})`
    const { end, start, variable } = claimed
    result = variable === undefined
      ? `${result.slice(0, start)}${compare}${result.slice(start, end)}${rest}${result.slice(end)}`
      : `${result.slice(0, end)}; ${compare}${variable}${rest}${result.slice(end)}`
  }
  return result
}
