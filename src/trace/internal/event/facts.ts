/**
 * The facts that the engine reads from events. They are found by attribute, so the names of kinds and fields do not
 * matter.
 *
 * @internal
 */
import type { Fields, Values } from "../../../model/Field.ts"
import type { Usage } from "../../../model/Usage.ts"
import type { Category, Kind } from "../../EventKind.ts"

interface AnyEvent {
  readonly kind: Kind<Fields>
  readonly fields: Readonly<Record<string, unknown>>
}

const writes = (fields: Fields, key: string): boolean => Object.values(fields).some(({ keys }) => keys.includes(key))

/** The category of a kind whose definition has none. @internal */
export const categoryOf = (fields: Fields, nameField: string | undefined): Category | undefined => {
  if (writes(fields, "gen_ai.usage.input_tokens")) return "modelCall"
  if (writes(fields, "gen_ai.tool.name")) return "tool"
  if (nameField !== undefined && fields[nameField]?.keys.includes("gen_ai.agent.name") === true) return "agent"
  return writes(fields, "action.type") ? "action" : undefined
}

/** The attribute of each fact. The facts have the names of the library's own kinds. */
const keys = {
  modelCall: {
    provider: "gen_ai.provider.name",
    operation: "gen_ai.operation.name",
    model: "gen_ai.request.model",
    responseModel: "gen_ai.response.model",
    responseServiceTier: "openai.response.service_tier",
    serviceTier: "agentops.response.service_tier",
    responseSpeed: "agentops.response.speed",
    inferenceGeo: "agentops.response.inference_geo",
    webSearches: "agentops.usage.web_searches",
    serverAddress: "server.address",
    serverPort: "server.port",
    usage: "gen_ai.usage.input_tokens",
    outputTokens: "gen_ai.usage.output_tokens",
    cost: "agentops.usage.cost",
    responseId: "gen_ai.response.id",
    timeToFirstChunk: "gen_ai.response.time_to_first_chunk",
    stream: "gen_ai.request.stream",
    input: "gen_ai.input.messages",
    output: "gen_ai.output.messages",
    finishReasons: "gen_ai.response.finish_reasons",
    usageEstimated: "agentops.usage.estimated",
    cached: "agentops.response.cached",
    costSource: "agentops.usage.cost_source"
  },
  tool: { name: "gen_ai.tool.name", type: "gen_ai.tool.type" },
  agent: {
    name: "gen_ai.agent.name",
    id: "gen_ai.agent.id",
    models: "agentops.agent.models",
    input: "agentops.agent.input",
    output: "agentops.agent.output",
    llmCalls: "agentops.agent.llm_calls",
    toolCalls: "agentops.agent.tool_calls",
    inputTokens: "agentops.agent.input_tokens",
    outputTokens: "agentops.agent.output_tokens",
    cost: "agentops.agent.cost"
  },
  error: { type: "error.type", message: "error.message", stacktrace: "exception.stacktrace" }
} as const

type Table = keyof typeof keys

/** The field of a kind for each fact. */
type Names = Readonly<Record<string, string | undefined>>

const nameOf = (fields: Fields, key: string): string | undefined => {
  for (const name in fields) if (fields[name]!.keys.includes(key)) return name
  return undefined
}

const known = new WeakMap<Fields, Map<Table, Names>>()

const namesOf = (fields: Fields, table: Table): Names => {
  let tables = known.get(fields)
  if (tables === undefined) known.set(fields, tables = new Map())
  let names = tables.get(table)
  if (names === undefined) {
    names = Object.fromEntries(Object.entries(keys[table]).map(([fact, key]) => [fact, nameOf(fields, key)]))
    tables.set(table, names)
  }
  return names
}

// Most model calls of a program have one kind, and a `WeakMap` hashes its key at each access.
let lastFields: Fields | undefined
let lastNames: Names = {}

const callNames = (fields: Fields): Names => {
  if (fields !== lastFields) {
    lastNames = namesOf(fields, "modelCall")
    lastFields = fields
  }
  return lastNames
}

/** The fields of a kind that hold the facts of a model call. @internal */
export const callFields = ({ fields }: Kind<Fields>): Names => callNames(fields)

/** The field of a kind that holds a fact of a model call. @internal */
export const fieldOf = ({ fields }: Kind<Fields>, fact: keyof typeof keys.modelCall): string | undefined =>
  callNames(fields)[fact]

const valueOf = ({ fields }: AnyEvent, field: string | undefined): unknown =>
  field === undefined ? undefined : fields[field]

// The fields of an untyped program may have any type.
const textOf = (event: AnyEvent, field: string | undefined): string | undefined => {
  const value = valueOf(event, field)
  return typeof value === "string" ? value : undefined
}

const numberOf = (event: AnyEvent, field: string | undefined): number | undefined => {
  const value = valueOf(event, field)
  return typeof value === "number" ? value : undefined
}

const usageOf = (event: AnyEvent, { outputTokens, usage }: Names): Usage | undefined => {
  const value = valueOf(event, usage)
  if (typeof value === "object" && value !== null) return value as Usage
  // A kind may have a field for each number rather than one for the usage.
  return typeof value === "number"
    ? { inputTokens: value, outputTokens: numberOf(event, outputTokens) ?? 0 }
    : undefined
}

/** The facts of a model call, for prices, totals and metrics. @internal */
export const callFacts = (event: AnyEvent) => {
  const names = callNames(event.kind.fields)
  return {
    provider: textOf(event, names["provider"]),
    operation: textOf(event, names["operation"]),
    model: textOf(event, names["model"]),
    responseModel: textOf(event, names["responseModel"]),
    tier: textOf(event, names["responseServiceTier"]) ?? textOf(event, names["serviceTier"]),
    speed: textOf(event, names["responseSpeed"]),
    residency: textOf(event, names["inferenceGeo"]),
    webSearches: numberOf(event, names["webSearches"]),
    serverAddress: textOf(event, names["serverAddress"]),
    serverPort: numberOf(event, names["serverPort"]),
    timeToFirstChunk: numberOf(event, names["timeToFirstChunk"]),
    usage: usageOf(event, names),
    usageEstimated: valueOf(event, names["usageEstimated"]) === true,
    cost: numberOf(event, names["cost"])
  }
}

/** The messages of a model call. An embedding has none. @internal */
export const exchangeOf = (event: AnyEvent): { readonly input: unknown; readonly output: unknown } => {
  const names = callNames(event.kind.fields)
  return valueOf(event, names["operation"]) === "embeddings"
    ? { input: undefined, output: undefined }
    : { input: valueOf(event, names["input"]), output: valueOf(event, names["output"]) }
}

/** @internal */
export type CallFacts = ReturnType<typeof callFacts>

/** @internal */
export const toolFacts = (event: AnyEvent) => {
  const names = namesOf(event.kind.fields, "tool")
  return { name: textOf(event, names["name"]), type: textOf(event, names["type"]) }
}

/** @internal */
export const agentFacts = (event: AnyEvent) => {
  const names = namesOf(event.kind.fields, "agent")
  return {
    name: textOf(event, names["name"]),
    id: textOf(event, names["id"]),
    models: valueOf(event, names["models"]),
    input: valueOf(event, names["input"]),
    output: valueOf(event, names["output"])
  }
}

/** Facts of an agent as fields of a kind. Facts for which the kind has no field are left out. @internal */
export const agentFields = (
  { fields }: Kind<Fields>,
  facts: Readonly<Partial<Record<keyof typeof keys.agent, unknown>>>
): Readonly<Record<string, unknown>> => {
  const names = namesOf(fields, "agent")
  const known: Record<string, unknown> = {}
  for (const fact in facts) {
    const field = names[fact]
    if (field !== undefined) known[field] = facts[fact as keyof typeof keys.agent]
  }
  return known
}

/** @internal */
export const errorFacts = (event: AnyEvent) => {
  const names = namesOf(event.kind.fields, "error")
  return {
    type: valueOf(event, names["type"]),
    message: valueOf(event, names["message"]),
    stacktrace: valueOf(event, names["stacktrace"])
  }
}

// Whether two kinds use the same field for each attribute that both have.
const agree = (own: Fields, other: Fields): boolean =>
  Object.entries(own).every(([name, field]) =>
    field === other[name] || field.keys.every((key) => nameOf(other, key) === undefined)
  )

const agreed = new WeakMap<Fields, WeakMap<Fields, boolean>>()

const doAgree = (own: Fields, other: Fields): boolean => {
  let others = agreed.get(own)
  if (others === undefined) agreed.set(own, others = new WeakMap())
  let does = others.get(other)
  if (does === undefined) others.set(other, does = agree(own, other))
  return does
}

/** The fields of an event as those of another kind. @internal */
export const fieldsAs = <F extends Fields>({ fields, kind }: AnyEvent, other: Kind<F>): Values<F> => {
  const own: Fields = kind.fields
  if (own === other.fields) return fields as Values<F>
  if (!doAgree(own, other.fields)) {
    try {
      return other.fromAttributes(kind.toAttributes(fields))
    } catch {
      return {}
    }
  }
  const shared: Record<string, unknown> = {}
  for (const name in fields) {
    if (own[name] !== undefined && own[name] === other.fields[name]) shared[name] = fields[name]
  }
  return shared as Values<F>
}
