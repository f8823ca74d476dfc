/** Compares original and arrived spans field by field. They are read independently of the code that wrote them. */
import * as assert from "node:assert"
import * as fs from "node:fs"
import { decodeJson, type Message } from "../../test/support/otlp/wire.ts"

interface Request {
  readonly resourceSpans?: ReadonlyArray<{
    readonly resource?: Message
    readonly scopeSpans?: ReadonlyArray<{ readonly scope?: Message; readonly spans?: ReadonlyArray<Message> }>
  }>
}

/** The lines of an OTLP JSON file. A killed process may have torn the last one. */
const lines = (file: string): ReadonlyArray<string> => {
  if (!fs.existsSync(file)) return []
  const all = fs.readFileSync(file, "utf8").split("\n").filter((line) => line !== "")
  return all.filter((line, i) => i < all.length - 1 || line.endsWith("}"))
}

const attributes = (list: unknown): unknown =>
  (list as ReadonlyArray<Message> | undefined)?.toSorted((a, b) => String(a["key"]) < String(b["key"]) ? -1 : 1)

/** All fields of a span, with its resource and scope. The order of attributes does not matter. */
const whole = (span: Message, resource: Message | undefined, scope: Message | undefined): Message =>
  ({
    ...span,
    attributes: attributes(span["attributes"]),
    resource: attributes(resource?.["attributes"]),
    scope: scope?.["name"]
  }) as unknown as Message

/** The spans of a file by their ids, and how many occur twice. */
export const readSpans = (file: string): { readonly spans: ReadonlyMap<string, Message>; readonly twice: number } => {
  const spans = new Map<string, Message>()
  let twice = 0
  for (const line of lines(file)) {
    if (!line.includes("resourceSpans")) continue
    for (const { resource, scopeSpans } of (decodeJson(line) as Request).resourceSpans ?? []) {
      for (const { scope, spans: some } of scopeSpans ?? []) {
        for (const span of some ?? []) {
          const id = String(span["spanId"])
          if (spans.has(id)) twice++
          spans.set(id, whole(span, resource, scope))
        }
      }
    }
  }
  return { spans, twice }
}

export interface Comparison {
  readonly made: number
  readonly arrived: number
  readonly missing: number
  readonly wrong: number
  readonly twice: number
}

/** Compares original and arrived spans by their ids. */
export const compare = (expected: string, arrived: string): Comparison => {
  const made = readSpans(expected).spans
  const { spans, twice } = readSpans(arrived)
  let missing = 0
  let wrong = 0
  for (const [id, span] of made) {
    const other = spans.get(id)
    if (other === undefined) missing++
    else {
      try {
        assert.deepStrictEqual(other, span)
      } catch (error) {
        if (wrong++ === 0) console.log(String((error as Error).message).slice(0, 1_500))
      }
    }
  }
  return { made: made.size, arrived: spans.size, missing, wrong, twice }
}

/** How many lines of a file contain a text. */
export const occurrences = (file: string, text: string): number =>
  lines(file).reduce((sum, line) => sum + line.split(text).length - 1, 0)
