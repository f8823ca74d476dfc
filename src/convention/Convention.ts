/**
 * How a span is told to a backend: its name, kind, status and attributes.
 *
 * Backends read different names for the same fact. A span carries its typed event,
 * and a convention is the pure function that puts both in one backend's names.
 * Each exporter has its own, so two can send the same trace in two vocabularies,
 * with the same ids and times.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import type { AttributeValue } from "../core/Attribute.ts"
import type { Span } from "../trace/Span.ts"
import type { Encoding, Options } from "./Encoding.ts"
import { encodeAgentOps } from "./internal/agentOps.ts"
import { doublesOf } from "./internal/doubles.ts"
import { encodeGenAi, profiles } from "./internal/genAi.ts"
import { langfuse as langfuseTable } from "./internal/langfuse.ts"
import * as openInferenceTable from "./internal/openInference.ts"
import { encodeTable } from "./internal/spanFacts.ts"
import { encodeStandard } from "./internal/standard.ts"

/**
 * A vocabulary: a name for people, and the function from a span to its encoding.
 *
 * **Details**
 *
 * `encode` is called once for each span that ended, away from the fiber that made
 * it. It must be pure: the span is shared with other conventions.
 *
 * **Example** (shout)
 *
 * ```ts
 * import { Convention } from "effect-agentops"
 *
 * const loud: Convention.Convention = {
 *   name: "loud",
 *   encode: (span, options) => {
 *     const encoding = Convention.standard.encode(span, options)
 *     return { ...encoding, name: encoding.name.toUpperCase() }
 *   }
 * }
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Convention {
  readonly name: string
  /** The OpenTelemetry schema that the names are of; it goes on the scope of the spans. */
  readonly schemaUrl?: string | undefined
  /**
   * How many attributes a span has at most in this vocabulary, if that is more than
   * the span limits: where each message has attributes of its own.
   */
  readonly attributeCount?: number | undefined
  readonly encode: (span: Span, options: Options) => Encoding
}

/**
 * Changes what a convention said.
 *
 * **Details**
 *
 * Data-last and data-first. `f` gets the encoding, the span and the options; the same
 * holds for it as for `encode`.
 *
 * **Example** (a longer name)
 *
 * ```ts
 * import { pipe } from "effect"
 * import { Convention } from "effect-agentops"
 *
 * const named = pipe(
 *   Convention.standard,
 *   Convention.andThen((encoding, span) => ({ ...encoding, name: `${span.session?.name ?? "no session"}: ${encoding.name}` }))
 * )
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const andThen: {
  /**
   * Changes what a convention said.
   *
   * **Details**
   *
   * Data-last and data-first. `f` gets the encoding, the span and the options; the same
   * holds for it as for `encode`.
   */
  (f: (encoding: Encoding, span: Span, options: Options) => Encoding): (self: Convention) => Convention
  /**
   * Changes what a convention said.
   *
   * **Details**
   *
   * Data-last and data-first. `f` gets the encoding, the span and the options; the same
   * holds for it as for `encode`.
   */
  (self: Convention, f: (encoding: Encoding, span: Span, options: Options) => Encoding): Convention
} = dual(2, (self: Convention, f: (encoding: Encoding, span: Span, options: Options) => Encoding): Convention => ({
  ...self,
  encode: (span, options) => f(self.encode(span, options), span, options)
}))

const mapKeys = (encoding: Encoding, span: Span, f: (key: string) => string | undefined): Encoding => {
  const attributes: Record<string, AttributeValue> = {}
  for (const key in encoding.attributes) {
    const renamed = f(key)
    if (renamed !== undefined) attributes[renamed] = encoding.attributes[key]!
  }
  const doubles = [...encoding.doubles ?? doublesOf(span)].flatMap((key) => f(key) ?? [])
  return { ...encoding, attributes, doubles: new Set(doubles) }
}

/**
 * Calls some attributes by other names.
 *
 * **Details**
 *
 * `names` has the new name of each attribute, or is a function that gives it.
 *
 * **Example** (a backend with a word of its own for the session)
 *
 * ```ts
 * import { Convention } from "effect-agentops"
 *
 * const renamed = Convention.rename(Convention.standard, { "session.id": "langfuse.session.id" })
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const rename: {
  /**
   * Calls some attributes by other names.
   *
   * **Details**
   *
   * `names` has the new name of each attribute, or is a function that gives it.
   */
  (names: Readonly<Record<string, string>> | ((key: string) => string)): (self: Convention) => Convention
  /**
   * Calls some attributes by other names.
   *
   * **Details**
   *
   * `names` has the new name of each attribute, or is a function that gives it.
   */
  (self: Convention, names: Readonly<Record<string, string>> | ((key: string) => string)): Convention
} = dual(
  2,
  (self: Convention, names: Readonly<Record<string, string>> | ((key: string) => string)): Convention =>
    andThen(
      self,
      (encoding, span) =>
        mapKeys(
          encoding,
          span,
          typeof names === "function" ? names : (key) => Object.hasOwn(names, key) ? names[key] : key
        )
    )
)

/**
 * Leaves some attributes out.
 *
 * **Example** (no source locations)
 *
 * ```ts
 * import { Convention } from "effect-agentops"
 *
 * const quiet = Convention.drop(Convention.standard, (key) => key.startsWith("code."))
 * const quieter = Convention.drop(quiet, ["agentops.event.kind"])
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const drop: {
  /** Leaves some attributes out. */
  (keys: ReadonlyArray<string> | ((key: string) => boolean)): (self: Convention) => Convention
  /** Leaves some attributes out. */
  (self: Convention, keys: ReadonlyArray<string> | ((key: string) => boolean)): Convention
} = dual(2, (self: Convention, keys: ReadonlyArray<string> | ((key: string) => boolean)): Convention => {
  const known = typeof keys === "function" ? undefined : new Set(keys)
  const unwanted = typeof keys === "function" ? keys : (key: string) => known!.has(key)
  return andThen(self, (encoding, span) => mapKeys(encoding, span, (key) => unwanted(key) ? undefined : key))
})

/**
 * Tells some spans by another convention.
 *
 * **Details**
 *
 * The schema URL stays that of the first.
 *
 * **Example** (model calls in AgentOps's names, the rest as it was)
 *
 * ```ts
 * import { pipe } from "effect"
 * import { Convention } from "effect-agentops"
 *
 * const mixed = pipe(
 *   Convention.standard,
 *   Convention.when((span) => span.name === "llm.completion", Convention.agentOps)
 * )
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const when: {
  /**
   * Tells some spans by another convention.
   *
   * **Details**
   *
   * The schema URL stays that of the first.
   */
  (predicate: (span: Span) => boolean, that: Convention): (self: Convention) => Convention
  /**
   * Tells some spans by another convention.
   *
   * **Details**
   *
   * The schema URL stays that of the first.
   */
  (self: Convention, predicate: (span: Span) => boolean, that: Convention): Convention
} = dual(3, (self: Convention, predicate: (span: Span) => boolean, that: Convention): Convention => ({
  ...self,
  name: `${self.name}|${that.name}`,
  attributeCount: Math.max(self.attributeCount ?? 0, that.attributeCount ?? 0) || undefined,
  encode: (span, options) => (predicate(span) ? that : self).encode(span, options)
}))

/**
 * The default vocabulary: OpenTelemetry's GenAI attributes on spans with the names
 * of AgentOps's "Open Telemetry V2".
 *
 * **Details**
 *
 * Names such as `llm.completion`, `agent.tool`, `agent.action`, `agent.run`, and
 * the session's own for its root. Status stays unset on success, as OpenTelemetry
 * asks of libraries. Every span of a session carries `session.id`; the root carries
 * tags, end state and totals. Attributes that the program set win.
 *
 * @category conventions
 * @since 0.1.0
 */
export const standard: Convention = {
  name: "standard",
  encode: encodeStandard
}

const genAiLatest: Convention = {
  name: "gen-ai",
  schemaUrl: profiles.latest.schemaUrl,
  encode: encodeGenAi("latest")
}

const genAi141: Convention = {
  name: "gen-ai-1.41",
  schemaUrl: profiles["1.41"].schemaUrl,
  encode: encodeGenAi("1.41")
}

/**
 * OpenTelemetry's own names, of spans too: `chat gpt-4o`, `execute_tool search`,
 * `invoke_agent planner`.
 *
 * **Details**
 *
 * `latest` is the GenAI convention as of October 2026, `1.41` its last edition
 * among the general conventions, which most backends know. Each span has the
 * attributes that the convention lists for its type, and the schema URL is on the
 * scope. A call whose provider nobody told is one of `_OTHER`. Sessions, actions
 * and attempts, for which there is no convention, are told as {@link standard} does.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 * @category conventions
 * @since 0.1.0
 */
export const genAi = (edition: "latest" | "1.41"): Convention => edition === "latest" ? genAiLatest : genAi141

// Two hundred messages of a few attributes each.
const indexed = 2048

/**
 * AgentOps: what its collector, API and dashboard read.
 *
 * **Details**
 *
 * Span names end in what they are: `support-ticket.session`, `chat gpt-4o.llm`,
 * `search.tool`, `handle_ticket.operation`, `planner.agent`. Success is status OK;
 * an interrupted span and an indeterminate session have no status. Tokens are
 * `gen_ai.usage.prompt_tokens` and `completion_tokens`, cost
 * `gen_ai.usage.total_cost`, messages `gen_ai.prompt.0.content` and so on, tools
 * `tool.*`, and every span carries the session's tags.
 *
 * **Gotchas**
 *
 * AgentOps nests attributes by the dots of their names. So an attribute of the
 * program's that is a dotted prefix of another gets `_value` after its name, and
 * on spans that are no agent's `agent.` becomes `agent_`.
 *
 * @category conventions
 * @since 0.1.0
 */
export const agentOps: Convention = { name: "agentops", attributeCount: indexed, encode: encodeAgentOps }

/**
 * OpenInference: what Phoenix and Arize read.
 *
 * **Details**
 *
 * Span kinds `LLM`, `TOOL`, `AGENT`, `EMBEDDING`, `RETRIEVER`, `RERANKER`, `GUARDRAIL` and `CHAIN`; messages as
 * `llm.input_messages.0.message.content` and so on, with `input.value` and
 * `output.value` for lists of spans; tokens as `llm.token_count.prompt` and
 * `completion`, cost as `llm.cost.total`. A span is called after its tool, action,
 * agent or model. A span of ours that succeeded has status OK.
 *
 * **Example** (Phoenix on this machine)
 *
 * ```ts
 * import { Convention, Exporter } from "effect-agentops"
 *
 * const PhoenixLive = Exporter.otlp({
 *   url: "http://localhost:6006",
 *   convention: Convention.openInference,
 *   content: "span"
 * })
 * ```
 *
 * @see https://arize-ai.github.io/openinference/spec/semantic_conventions.html
 * @category conventions
 * @since 0.1.0
 */
export const openInference: Convention = {
  name: "openinference",
  attributeCount: indexed,
  encode: (span, options) => encodeTable(span, openInferenceTable.openInference, options)
}

/**
 * Langfuse: its own names, which its pages take cost, tags, the first token and each step's input and output from.
 *
 * **Details**
 *
 * Observations are `generation`, `embedding`, `tool`, `agent`, `chain`, `retriever`, `guardrail` and `span`, with `langfuse.observation.input` and
 * `output`, `usage_details` in which every kind of token stands once, and `cost_details`. The root carries the trace's
 * name, tags and metadata. Attempts have the level `DEBUG`, so that they can be hidden.
 *
 * **Example** (a project of Langfuse's)
 *
 * ```ts
 * import { Redacted } from "effect"
 * import { Convention, Exporter } from "effect-agentops"
 *
 * const LangfuseLive = Exporter.otlp({
 *   url: "https://cloud.langfuse.com/api/public/otel",
 *   headers: { authorization: Redacted.make(`Basic ${btoa("pk-lf-key:sk-lf-secret")}`) },
 *   convention: Convention.langfuse,
 *   content: "span"
 * })
 * ```
 *
 * @see https://langfuse.com/integrations/native/opentelemetry
 * @category conventions
 * @since 0.1.0
 */
export const langfuse: Convention = {
  name: "langfuse",
  encode: (span, options) => encodeTable(span, langfuseTable, options)
}
