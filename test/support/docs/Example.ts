/**
 * The examples in the documentation: every ```` ```ts ```` fence of a JSDoc comment or a Markdown page.
 */

/** One fence, and its place for error messages. */
export interface Example {
  /** The file of the fence, from the root of the repository. */
  readonly file: string
  /** The line on which its code starts, from 1. */
  readonly line: number
  /** The text in `**Example** (text)` or the Markdown heading before it. */
  readonly title: string
  readonly code: string
  /** False for ```` ```ts no-run ````: the code must compile, but it is not run. */
  readonly run: boolean
}

const fence = /^(\s*)(`{3,})(.*)$/
const titles = [/^\*\*Example\*\* \((.*)\)\s*$/, /^#+ (.*)$/]

const fromLines = (file: string, lines: ReadonlyArray<string>): Array<Example> => {
  const examples: Array<Example> = []
  let title = ""
  for (let i = 0; i < lines.length; i++) {
    for (const pattern of titles) title = pattern.exec(lines[i]!)?.[1] ?? title
    const open = fence.exec(lines[i]!)
    if (open === null) continue
    const [, indent = "", ticks = "", info = ""] = open
    const start = i + 1
    do i++
    while (i < lines.length && lines[i]!.trim() !== ticks)
    if (i === lines.length) throw new Error(`${file}:${start} opens a code fence that nothing closes`)
    const [language, ...modifiers] = info.trim().split(/\s+/)
    if (language !== "ts") continue
    const unknown = modifiers.filter((modifier) => modifier !== "no-run")
    // Otherwise a misspelt modifier would have no effect.
    if (unknown.length > 0) throw new Error(`${file}:${start} "ts ${unknown.join(" ")}": the only modifier is no-run`)
    examples.push({
      file,
      line: start + 1,
      title,
      code: lines.slice(start, i).map((line) => line.startsWith(indent) ? line.slice(indent.length) : line).join("\n"),
      run: modifiers.length === 0
    })
  }
  return examples
}

/** The examples of a Markdown page. */
export const fromMarkdown = (file: string, text: string): Array<Example> => fromLines(file, text.split("\n"))

/** The examples of a module's JSDoc comments. All other lines become empty, so line numbers stay the same. */
export const fromSource = (file: string, text: string): Array<Example> => {
  let inside = false
  const lines = text.split("\n").map((line) => {
    if (/^\s*\/\*\*/.test(line)) inside = true
    const prose = inside ? line.replace(/^\s*\/?\*+ ?/, "") : ""
    if (line.includes("*/")) inside = false
    return prose
  })
  return fromLines(file, lines)
}
