/** Spans as they were made, and as they arrived: read apart from the code that wrote them, and compared field by field. */
import * as assert from "node:assert"
import * as fs from "node:fs"
import { decodeJson, type Message } from "../../test/support/otlp/wire.ts"

interface Request {
  readonly resourceSpans?: ReadonlyArray<{
    readonly resource?: Message
    readonly scopeSpans?: ReadonlyArray<{ readonly scope?: Message; readonly spans?: ReadonlyArray<Message> }>
  }>
}

/** The lines of a file of OTLP JSON; a process that was killed may have torn the last one. */
const lines = (file: string): ReadonlyArray<string> => {
  if (!fs.existsSync(file)) return []
  const all = fs.readFileSync(file, "utf8").split("\n").filter((line) => line !== "")
  return all.filter((line, i) => i < all.length - 1 || line.endsWith("}"))
}

const attributes = (list: unknown): unknown =>
  (list as ReadonlyArray<Message> | undefined)?.toSorted((a, b) => String(a["key"]) < String(b["key"]) ? -1 : 1)

/** All that a span says, with its resource and scope; a list of attributes has no order. */
const whole = (span: Message, resource: Message | undefined, scope: Message | undefined): Message =>
  ({
    ...span,
    attributes: attributes(span["attributes"]),
    resource: attributes(resource?.["attributes"]),
    scope: scope?.["name"]
  }) as unknown as Message

/** The spans in a file, by their ids; one that arrived twice is counted. */
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

/** Compares what was made with what arrived, by span id. */
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

/** How often a text stands in the lines of a file. */
export const occurrences = (file: string, text: string): number =>
  lines(file).reduce((sum, line) => sum + line.split(text).length - 1, 0)
