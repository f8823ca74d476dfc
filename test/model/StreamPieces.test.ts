/**
 * Cuts a complete response into pieces as servers with nearly OpenAI's API stream it. However it is cut, it reads like
 * the complete response.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as LlmCall from "../../src/model/LlmCall.ts"
import { readChunks } from "../../src/trace/LlmStream.ts"

interface Call {
  readonly id: string
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
}

interface Answer {
  readonly reasoning: string
  readonly text: string
  readonly calls: ReadonlyArray<Call>
}

/** The behaviours of servers. Each was seen at one server at least. */
const ways = {
  /** Azure starts with a chunk of empty values, other servers with a comment without choices. */
  start: ["none", "empty", "no choices"],
  role: ["first", "each", "none"],
  content: ["text", "parts", "empty between"],
  reasoning: ["reasoning_content", "reasoning", "details", "both empty"],
  index: ["right", "zero", "none", "from one", "null"],
  id: ["first", "each", "empty after", "another each"],
  name: ["first", "each", "null after", "pieces"],
  args: ["pieces", "empty first", "whole", "object", "again"],
  /** Calls one after another, several in one delta, or alternating pieces. */
  together: ["no", "yes", "in turn"],
  finish: ["own", "with last", "empty before and after", "each again"],
  usage: ["own", "with finish", "so far", "x_groq", "choice", "then zero"],
  object: ["right", "none"]
} as const

type Way = { readonly [K in keyof typeof ways]: (typeof ways)[K][number] }

const total = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 }

const zero = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

const cut = (text: string, size: number): ReadonlyArray<string> => {
  const characters = [...text]
  const pieces: Array<string> = []
  for (let i = 0; i < characters.length; i += size) pieces.push(characters.slice(i, i + size).join(""))
  return pieces
}

const indexOf = ({ index }: Way, at: number): object => {
  switch (index) {
    case "right":
      return { index: at }
    case "zero":
      return { index: 0 }
    case "from one":
      return { index: at + 1 }
    case "null":
      return { index: null }
    case "none":
      return {}
  }
}

const argsOf = ({ args }: Way, value: Call["args"], size: number): ReadonlyArray<unknown> => {
  const json = JSON.stringify(value)
  switch (args) {
    case "pieces":
      return cut(json, size)
    case "empty first":
      return ["", ...cut(json, size)]
    case "whole":
      return [json]
    case "object":
      return [value]
    case "again":
      return [...cut(json, size), json]
  }
}

const idOf = ({ id }: Way, own: string, i: number): object =>
  i === 0 || id === "each"
    ? { id: own, type: "function" }
    : id === "empty after"
    ? { id: "" }
    : id === "another each"
    ? { id: `${own}-${i}` }
    : {}

const nameOf = ({ name }: Way, own: string, i: number): object =>
  i === 0 || name === "each" ? { name: own } : name === "null after" ? { name: null } : {}

const callPieces = (way: Way, call: Call, at: number, size: number): ReadonlyArray<object> => {
  const pieces = argsOf(way, call.args, size).map((args, i) => ({
    ...indexOf(way, at),
    ...idOf(way, call.id, i),
    function: { ...nameOf(way, call.name, i), arguments: args }
  }))
  if (way.name !== "pieces") return pieces
  const [start, ...more] = cut(call.name, 3)
  return [
    { ...indexOf(way, at), ...idOf(way, call.id, 0), function: { name: start } },
    ...more.map((name) => ({ ...indexOf(way, at), function: { name } })),
    ...pieces.map((piece) => ({ ...indexOf(way, at), function: { arguments: piece.function.arguments } }))
  ]
}

/** Removes combinations that no server sends, because no reader could assemble them. */
const possible = (way: Way): Way => {
  const isPlaced = way.index === "right" || way.index === "from one"
  return {
    ...way,
    id: way.id === "another each" && way.name === "each" ? "each" : way.id,
    name: way.name === "pieces" && !isPlaced ? "first" : way.name,
    together: way.together === "in turn" && !isPlaced ? "no" : way.together
  }
}

const inTurn = (calls: ReadonlyArray<ReadonlyArray<object>>): ReadonlyArray<object> =>
  Array.from({ length: Math.max(0, ...calls.map((pieces) => pieces.length)) }, (_, i) => i).flatMap((i) =>
    calls.flatMap((pieces) => pieces[i] ?? [])
  )

const thought = (way: Way, piece: string): object => {
  switch (way.reasoning) {
    case "details":
      return { reasoning_details: [{ type: "reasoning.text", text: piece }] }
    case "both empty":
      return { reasoning_content: piece, content: "" }
    default:
      return { [way.reasoning]: piece }
  }
}

const said = (way: Way, piece: string): object => ({
  content: way.content === "parts" ? [{ type: "text", text: piece }] : piece,
  ...(way.reasoning === "both empty" ? { reasoning_content: "" } : {})
})

const deltasOf = (way: Way, answer: Answer, size: number): ReadonlyArray<object> => {
  const calls = answer.calls.map((call, at) => callPieces(way, call, at, size))
  const isWhole = calls.every((pieces) => pieces.length === 1)
  const deltas = [
    ...cut(answer.reasoning, size).map((piece) => thought(way, piece)),
    ...cut(answer.text, size).flatMap((piece) => [
      said(way, piece),
      ...(way.content === "empty between" ? [{ content: "" }, {}] : [])
    ]),
    ...(way.together === "yes" && isWhole && calls.length > 0
      ? [{ tool_calls: calls.flat() }]
      : (way.together === "in turn" ? inTurn(calls) : calls.flat()).map((piece) => ({ tool_calls: [piece] })))
  ]
  return deltas.map((delta, i) =>
    way.role === "each" || (way.role === "first" && i === 0) ? { role: "assistant", ...delta } : delta
  )
}

const chunksOf = (way: Way, answer: Answer, size: number): ReadonlyArray<object> => {
  const reason = answer.calls.length > 0 ? "tool_calls" : "stop"
  const head = {
    id: "c1",
    model: "m-1",
    ...(way.object === "right" ? { object: "chat.completion.chunk" } : {})
  }
  const usage = (so: number) => ({ ...total, completion_tokens: so, total_tokens: 11 + so })
  const deltas = deltasOf(way, answer, size)
  const waits = way.finish === "empty before and after" ? "" : null
  const chunks: Array<Record<string, unknown>> = deltas.map((delta, i) => ({
    ...head,
    choices: [{
      index: 0,
      delta,
      finish_reason: i === deltas.length - 1 && way.finish === "with last" ? reason : waits
    }],
    ...(way.usage === "so far" ? { usage: usage(Math.min(6, i)) } : {})
  }))
  if (way.start === "empty") chunks.unshift({ ...head, id: "", model: "", choices: [] })
  if (way.start === "no choices") chunks.unshift({ ...head, choices: [] })
  const ended = (more: object = {}) => ({ ...head, choices: [{ index: 0, delta: {}, finish_reason: reason, ...more }] })
  if (way.finish !== "with last") chunks.push(ended())
  if (way.finish === "each again") chunks.push(ended())
  if (way.finish === "empty before and after") chunks.push(ended({ finish_reason: "" }))
  const last = chunks.at(-1)!
  switch (way.usage) {
    case "own":
      chunks.push({ ...head, choices: [], usage: total })
      break
    case "with finish":
    case "so far":
      last["usage"] = total
      break
    case "x_groq":
      last["x_groq"] = { id: "r1", usage: total }
      break
    case "choice":
      chunks.push(ended({ usage: total, finish_reason: null }))
      break
    case "then zero":
      chunks.push({ ...head, choices: [], usage: total }, { ...head, choices: [], usage: zero })
      break
  }
  return chunks
}

const wholeOf = ({ calls, reasoning, text }: Answer) => ({
  id: "c1",
  object: "chat.completion",
  model: "m-1",
  choices: [{
    index: 0,
    message: {
      role: "assistant",
      content: text === "" ? null : text,
      ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
      ...(calls.length === 0 ? {} : {
        tool_calls: calls.map(({ args, id, name }) => ({
          id,
          type: "function",
          function: { name, arguments: JSON.stringify(args) }
        }))
      })
    },
    finish_reason: calls.length > 0 ? "tool_calls" : "stop"
  }],
  usage: total
})

const words = Schema.String.check(Schema.isMaxLength(12))

const args = Schema.Struct({ city: Schema.optionalKey(words), query: Schema.optionalKey(Schema.Json) })

/** Calls of one tool or of several, each with its own id. */
const answers = Arbitrary.schema(Schema.Struct({
  reasoning: words,
  text: words,
  calls: Schema.Array(Schema.Struct({ name: Schema.Literals(["weather", "time"]), args }))
    .check(Schema.isMaxLength(3))
})).pipe(
  Arbitrary.map(({ calls, reasoning, text }): Answer => ({
    reasoning,
    text: text === "" && calls.length === 0 ? "Hi" : text,
    // JSON has no negative zero.
    calls: calls.map(({ args, name }, i) => ({
      id: `t${i}`,
      name,
      args: JSON.parse(JSON.stringify(args)) as Call["args"]
    }))
  }))
)

const way = Arbitrary.schema(Schema.Struct({
  start: Schema.Literals(ways.start),
  role: Schema.Literals(ways.role),
  content: Schema.Literals(ways.content),
  reasoning: Schema.Literals(ways.reasoning),
  index: Schema.Literals(ways.index),
  id: Schema.Literals(ways.id),
  name: Schema.Literals(ways.name),
  args: Schema.Literals(ways.args),
  together: Schema.Literals(ways.together),
  finish: Schema.Literals(ways.finish),
  usage: Schema.Literals(ways.usage),
  object: Schema.Literals(ways.object)
}))

const size = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })))

const usual: Way = {
  start: "none",
  role: "first",
  content: "text",
  reasoning: "reasoning_content",
  index: "right",
  id: "first",
  name: "first",
  args: "pieces",
  together: "no",
  finish: "own",
  usage: "own",
  object: "right"
}

const agrees = (given: Way, answer: Answer, size: number): void => {
  const way = possible(given)
  const { provider = "openai", ...read } = readChunks(chunksOf(way, answer, size)) ?? {}
  assert.strictEqual(provider, way.usage === "x_groq" ? "groq" : "openai")
  assert.deepStrictEqual({ provider: "openai", ...read }, LlmCall.readResponse(wholeOf(answer)))
}

describe("the pieces of an answer", () => {
  const sample: Answer = {
    reasoning: "hm, two cities",
    text: "Let me look. 🌦️",
    calls: [
      { id: "t0", name: "weather", args: { city: "Oslo" } },
      { id: "t1", name: "weather", args: { city: "Oslo" } },
      { id: "t2", name: "time", args: {} }
    ]
  }

  for (const [name, values] of Object.entries(ways)) {
    it.each(values.map((value) => [value]))(
      `read as the complete response, whatever the behaviour of ${name}: %s`,
      (value) => {
        for (const size of [1, 3, 1000]) agrees({ ...usual, [name]: value }, sample, size)
      }
    )
  }

  it.prop(
    "read as the complete response in any behaviours together, cut anywhere",
    [way, answers, size],
    ([way, answer, size]) => agrees(way, answer, size),
    { arbitrary: { runs: 300 } }
  )
})
