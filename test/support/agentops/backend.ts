/**
 * A trace as AgentOps shows it, from an OTLP request to its collector.
 *
 * This follows rule by rule how that backend treats a span. ClickHouse keeps attributes as strings under sorted keys.
 * The API nests them by their dots. The list of traces, the page of a trace and its panels read the result. It shares
 * no code with the convention that it checks.
 */
import type { Message, Value } from "../otlp/wire.ts"

/** A row of the spans table. */
export interface Row {
  readonly name: string
  readonly status: "Ok" | "Error" | "Unset"
  readonly statusMessage: string
  readonly start: bigint
  readonly spanId: string
  readonly parentSpanId: string
  readonly attributes: Readonly<Record<string, string>>
}

const list = (value: Value | undefined): ReadonlyArray<Message> => (value ?? []) as ReadonlyArray<Message>

const plain = (value: Message): unknown => {
  if ("arrayValue" in value) return list((value["arrayValue"] as Message)["values"]).map(plain)
  const [scalar] = Object.values(value)
  if ("intValue" in value) return Number(scalar)
  return scalar
}

const asString = (value: Message): string => {
  const given = plain(value)
  if (Array.isArray(given)) return JSON.stringify(given)
  // A double keeps its point in the collector, and `int("12.0")` is an error later.
  if ("doubleValue" in value && Number.isInteger(given)) return `${String(given)}.0`
  return String(given)
}

/** The rows of a request, in the order of their starts. */
export const rows = (request: Message): ReadonlyArray<Row> =>
  list(request["resourceSpans"])
    .flatMap((resource) => list(resource["scopeSpans"]))
    .flatMap((scope) => list(scope["spans"]))
    .map((span): Row => {
      const status = (span["status"] ?? {}) as Message
      const pairs = list(span["attributes"]).map((pair): [string, string] => [
        String(pair["key"]),
        asString((pair["value"] ?? {}) as Message)
      ])
      return {
        name: String(span["name"]),
        status: status["code"] === 1 ? "Ok" : status["code"] === 2 ? "Error" : "Unset",
        statusMessage: String(status["message"] ?? ""),
        start: BigInt(span["startTimeUnixNano"] as string),
        spanId: String(span["spanId"]),
        parentSpanId: String(span["parentSpanId"] ?? ""),
        attributes: Object.fromEntries(pairs.sort(([a], [b]) => a < b ? -1 : 1))
      }
    })
    .sort((a, b) => a.start < b.start ? -1 : a.start > b.start ? 1 : 0)

export type Nested = string | ReadonlyArray<Nested> | { readonly [key: string]: Nested }

const toLists = (node: Nested): Nested => {
  if (typeof node === "string") return node
  const entries = Object.entries(node).map(([key, value]): [string, Nested] => [key, toLists(value)])
  if (entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key))) {
    // Without a first item there is no list, and the other items are lost.
    if (!("0" in node)) return {}
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value)
  }
  return Object.fromEntries(entries)
}

/** Nests flat attributes by their dots. A scalar at a prefix replaces everything below it. */
export const nest = (attributes: Row["attributes"]): { readonly [key: string]: Nested } => {
  const root: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(attributes)) {
    const segments = key.split(".")
    let at: Record<string, unknown> | undefined = root
    for (const segment of segments.slice(0, -1)) {
      const next: unknown = at[segment] ??= {}
      if (typeof next === "string") {
        at = undefined
        break
      }
      at = next as Record<string, unknown>
    }
    if (at !== undefined) at[segments.at(-1)!] = value
  }
  return toLists(root as Nested) as { readonly [key: string]: Nested }
}

const at = (node: Nested | undefined, ...path: ReadonlyArray<string | number>): Nested | undefined =>
  path.reduce<Nested | undefined>(
    (found, key) => typeof found === "object" ? (found as Readonly<Record<string | number, Nested>>)[key] : undefined,
    node
  )

const segmentTypes: Readonly<Record<string, string>> = { gen_ai: "request", agent: "agent", tool: "tool" }

const firstType = (node: Nested): string | undefined => {
  if (typeof node !== "object" || Array.isArray(node)) return undefined
  for (const [key, value] of Object.entries(node)) {
    const type = segmentTypes[key] ?? firstType(value)
    if (type !== undefined) return type
  }
  return undefined
}

/** `span_type` of the API. */
export const spanType = (row: Row): string => firstType(nest(row.attributes)) ?? "other"

const suffixes = ["session", "agent", "operation", "task", "workflow", "tool"]

/** The kind of picture for a span. */
export const visualType = (row: Row): string => {
  if (row.status === "Error") return "error"
  const suffix = suffixes.find((suffix) => row.name.endsWith(`.${suffix}`))
  return suffix ?? ("gen_ai" in nest(row.attributes) ? "llm" : spanType(row))
}

// Each of these keys makes the API compute the numbers of a span.
const metricKeys = ["prompt_tokens", "completion_tokens", "total_tokens", "total_cost"]

const integer = (text: string | undefined): number => {
  if (text === undefined) return 0
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`int(${JSON.stringify(text)}) raises`)
  return Number(text)
}

/** Tokens and cost of a span, or nothing if the API attaches none. */
export const metrics = (row: Row) => {
  const usage = (name: string): string | undefined => row.attributes[`gen_ai.usage.${name}`]
  if (!metricKeys.some((name) => usage(name) !== undefined)) return undefined
  const prompt = integer(usage("prompt_tokens"))
  const completion = integer(usage("completion_tokens"))
  const cacheRead = integer(usage("cache_read_input_tokens"))
  const reasoning = integer(usage("reasoning_tokens"))
  const total = usage("total_tokens")
  const cost = usage("total_cost")
  return {
    prompt,
    completion,
    cacheRead,
    reasoning,
    total: total === undefined ? prompt + completion + cacheRead + reasoning : integer(total),
    cost: cost === undefined ? undefined : Number(cost)
  }
}

/** The prompts on the page of a span. */
export const prompts = (row: Row): ReadonlyArray<{ readonly role: string; readonly content: string }> => {
  const items = at(nest(row.attributes), "gen_ai", "prompt")
  return !Array.isArray(items) ? [] : items.map((item: Nested) => ({
    role: String(at(item, "role") ?? "user"),
    content: String(at(item, "content") ?? "")
  }))
}

/** The completions on that page: those with tool calls, or else the value of the first key. */
export const completions = (row: Row) => {
  const items = at(nest(row.attributes), "gen_ai", "completion")
  return !Array.isArray(items) ? [] : items.map((item: Nested) => {
    const calls = at(item, "tool_calls")
    return {
      shown: String(Array.isArray(calls) ? at(item, "content") ?? "" : Object.values(item as object)[0]),
      toolCalls: Array.isArray(calls)
        ? calls.map((call: Nested) => ({ name: at(call, "name"), arguments: at(call, "arguments") }))
        : []
    }
  })
}

/** The tool panel. */
export const toolPanel = (row: Row) => {
  const nested = nest(row.attributes)
  return {
    name: at(nested, "tool", "name") ?? at(nested, "operation", "name"),
    parameters: at(nested, "tool", "parameters") ?? at(nested, "agentops", "entity", "input"),
    result: at(nested, "tool", "result") ?? at(nested, "agentops", "entity", "output"),
    error: at(nested, "error", "message") ?? (row.status === "Error" ? row.statusMessage : undefined)
  }
}

/** Whether the list of agents includes the span. */
export const isListedAgent = (row: Row): boolean => {
  const { "agent.description": description, "agent.id": id, "agent.name": name } = row.attributes
  const card = row.name.endsWith(".agent") && id !== undefined
  return card || (spanType(row) === "agent" && name !== undefined && description === undefined)
}

const parsedTags = (text: string | undefined): ReadonlyArray<string> => {
  try {
    const tags: unknown = JSON.parse(text ?? "[]")
    return Array.isArray(tags) ? tags.map(String) : []
  } catch {
    return []
  }
}

/** A trace as in the list of traces and at the head of its page. */
export const trace = (spans: ReadonlyArray<Row>) => {
  const first = spans[0]!
  return {
    name: first.name.replace(/\.session$/, ""),
    tags: parsedTags(first.attributes["agentops.tags"]),
    errors: spans.filter((row) => row.status === "Error").length,
    success: spans.filter((row) => row.status === "Ok").length,
    indeterminate: spans.filter((row) => row.status === "Unset").length,
    /** The charts use the status of the last started span for the whole trace. */
    charted: spans.at(-1)!.status,
    llmCalls: spans.filter((row) => "gen_ai" in nest(row.attributes)).length,
    toolCalls: spans.filter((row) => "tool" in nest(row.attributes)).length,
    tokens: spans.reduce((sum, row) => sum + (metrics(row)?.total ?? 0), 0),
    cost: spans.reduce((sum, row) => sum + (metrics(row)?.cost ?? 0), 0)
  }
}

const countLeaves = (node: Nested): number =>
  typeof node === "string" ? 1 : Object.values(node).reduce((sum: number, child) => sum + countLeaves(child), 0)

/** The violated rules of the backend, as texts. */
export const violations = (spans: ReadonlyArray<Row>): ReadonlyArray<string> =>
  spans.flatMap((row) => {
    const said: Array<string> = []
    const { attributes } = row
    const keys = Object.keys(attributes)
    for (const key of keys) {
      if (keys.some((other) => other.startsWith(`${key}.`))) said.push(`${key} is a prefix of another key`)
    }
    if (countLeaves(nest(attributes)) !== keys.length) said.push("nesting loses attributes")
    try {
      metrics(row)
    } catch (error) {
      said.push(String(error))
    }
    const type = visualType(row)
    const kind = attributes["agentops.span.kind"]
    const drawn = ({ operation: "operation", llm: "llm", tool: "tool", agent: "agent", session: "session" })[kind ?? ""]
    if (drawn !== undefined && type !== drawn && type !== "error") said.push(`a ${kind} is drawn as ${type}`)
    if (kind === "agent" && !isListedAgent(row)) said.push("an agent is not in the list of agents")
    if (kind !== "agent" && spanType(row) === "agent") said.push(`a ${kind} has the type of an agent`)
    if (kind === "tool" && toolPanel(row).name === undefined) said.push("the tool panel has no name")
    if (kind !== "llm" && kind !== undefined && "gen_ai" in nest(attributes)) said.push(`a ${kind} counts as LLM call`)
    if (row.status === "Error" && row.statusMessage === "") said.push("an error without a message")
    const tags = attributes["agentops.tags"]
    if (tags !== undefined && parsedTags(tags).length === 0) said.push("tags that are no JSON list")
    if (tags !== spans[0]!.attributes["agentops.tags"]) said.push("tags that differ from the first span's")
    for (const item of ["prompt", "completion"]) {
      const items = keys.filter((key) => key.startsWith(`gen_ai.${item}.`)).map((key) => key.split(".")[2])
      const content = new Set(items)
      for (const index of content) {
        if (attributes[`gen_ai.${item}.${index}.content`] === undefined) said.push(`${item} ${index} has no content`)
      }
      if (content.size > 0 && !content.has("0")) said.push(`${item}s do not start at 0`)
    }
    completions(row).forEach((completion, i) => {
      if (completion.shown !== attributes[`gen_ai.completion.${i}.content`]) {
        said.push(`completion ${i} shows no content`)
      }
    })
    return said.map((problem) => `${row.name}: ${problem}`)
  })
