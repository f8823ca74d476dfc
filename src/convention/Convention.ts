/**
 * The vocabularies in which spans are exported: the name, kind, status and attributes of a span for one backend.
 *
 * Backends read different names for the same fact. A span carries its typed event, and a convention is a pure function
 * that encodes the span in the names of one backend. Each exporter has its own convention, so two exporters can send
 * the same trace in two vocabularies, with the same ids and times.
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
 * A vocabulary: a display name, and the function that encodes a span.
 *
 * **Details**
 *
 * `encode` is called once for each ended span, on another fiber than the span's. It must be pure, because other
 * conventions read the same span.
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
  /** The URL of the OpenTelemetry schema that defines the names. It is set on the scope of the spans. */
  readonly schemaUrl?: string | undefined
  /**
   * The maximum number of attributes of one span, if it is higher than the span limits. It is for vocabularies that
   * give each message its own attributes.
   */
  readonly attributeCount?: number | undefined
  readonly encode: (span: Span, options: Options) => Encoding
}

/**
 * Changes the encoding that a convention returns.
 *
 * **Details**
 *
 * Data-last and data-first. `f` receives the encoding, the span and the options, and must be pure, as `encode` must.
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
   * Changes the encoding that a convention returns.
   *
   * **Details**
   *
   * Data-last and data-first. `f` receives the encoding, the span and the options, and must be pure, as `encode` must.
   */
  (f: (encoding: Encoding, span: Span, options: Options) => Encoding): (self: Convention) => Convention
  /**
   * Changes the encoding that a convention returns.
   *
   * **Details**
   *
   * Data-last and data-first. `f` receives the encoding, the span and the options, and must be pure, as `encode` must.
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
 * Renames attributes.
 *
 * **Details**
 *
 * `names` is a record from old to new names, or a function that returns the new name.
 *
 * **Example** (a backend with another name for the session)
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
   * Renames attributes.
   *
   * **Details**
   *
   * `names` is a record from old to new names, or a function that returns the new name.
   */
  (names: Readonly<Record<string, string>> | ((key: string) => string)): (self: Convention) => Convention
  /**
   * Renames attributes.
   *
   * **Details**
   *
   * `names` is a record from old to new names, or a function that returns the new name.
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
 * Leaves attributes out.
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
  /** Leaves attributes out. */
  (keys: ReadonlyArray<string> | ((key: string) => boolean)): (self: Convention) => Convention
  /** Leaves attributes out. */
  (self: Convention, keys: ReadonlyArray<string> | ((key: string) => boolean)): Convention
} = dual(2, (self: Convention, keys: ReadonlyArray<string> | ((key: string) => boolean)): Convention => {
  const known = typeof keys === "function" ? undefined : new Set(keys)
  const unwanted = typeof keys === "function" ? keys : (key: string) => known!.has(key)
  return andThen(self, (encoding, span) => mapKeys(encoding, span, (key) => unwanted(key) ? undefined : key))
})

/**
 * Encodes some spans by another convention.
 *
 * **Details**
 *
 * The schema URL of the first convention is kept.
 *
 * **Example** (AgentOps's names for model calls only)
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
   * Encodes some spans by another convention.
   *
   * **Details**
   *
   * The schema URL of the first convention is kept.
   */
  (predicate: (span: Span) => boolean, that: Convention): (self: Convention) => Convention
  /**
   * Encodes some spans by another convention.
   *
   * **Details**
   *
   * The schema URL of the first convention is kept.
   */
  (self: Convention, predicate: (span: Span) => boolean, that: Convention): Convention
} = dual(3, (self: Convention, predicate: (span: Span) => boolean, that: Convention): Convention => ({
  ...self,
  name: `${self.name}|${that.name}`,
  attributeCount: Math.max(self.attributeCount ?? 0, that.attributeCount ?? 0) || undefined,
  encode: (span, options) => (predicate(span) ? that : self).encode(span, options)
}))

/**
 * The default vocabulary: OpenTelemetry's GenAI attributes on spans named as in AgentOps's "Open Telemetry V2".
 *
 * **Details**
 *
 * Spans have names such as `llm.completion`, `agent.tool`, `agent.action` and `agent.run`. The root has the session's
 * name. The status stays unset on success, as OpenTelemetry asks of libraries. Every span of a session has
 * `session.id`. The root has tags, end state and totals. An attribute that the program set replaces the library's
 * value.
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
 * OpenTelemetry's own names, for spans too: `chat gpt-4o`, `execute_tool search`, `invoke_agent planner`.
 *
 * **Details**
 *
 * `latest` is the GenAI convention as of October 2026. `1.41` is its last edition among the general conventions, which
 * most backends know. Each span has the attributes that the convention lists for its type, and the scope has the schema
 * URL. The provider of a call is `_OTHER` if it is unknown. Sessions, actions and attempts have no GenAI convention and
 * are encoded as in {@link standard}.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 * @category conventions
 * @since 0.1.0
 */
export const genAi = (edition: "latest" | "1.41"): Convention => edition === "latest" ? genAiLatest : genAi141

// Two hundred messages with a few attributes each.
const indexed = 2048

/**
 * The vocabulary that AgentOps's collector, API and dashboard read.
 *
 * **Details**
 *
 * The name of a span ends in its kind: `support-ticket.session`, `chat gpt-4o.llm`, `search.tool`,
 * `handle_ticket.operation`, `planner.agent`. The status is OK on success. An interrupted span and an indeterminate
 * session have no status. Tokens are `gen_ai.usage.prompt_tokens` and `completion_tokens`, cost is
 * `gen_ai.usage.total_cost`, messages are `gen_ai.prompt.0.content` and so on, and tools are `tool.*`. Every span has
 * the session's tags.
 *
 * **Gotchas**
 *
 * AgentOps nests attributes by the dots of their names. So if the name of a program's attribute is a dotted prefix of
 * another name, `_value` is appended to it. On spans that are not an agent's, `agent.` becomes `agent_`.
 *
 * @category conventions
 * @since 0.1.0
 */
export const agentOps: Convention = { name: "agentops", attributeCount: indexed, encode: encodeAgentOps }

/**
 * OpenInference, the vocabulary that Phoenix and Arize read.
 *
 * **Details**
 *
 * Span kinds are `LLM`, `TOOL`, `AGENT`, `EMBEDDING`, `RETRIEVER`, `RERANKER`, `GUARDRAIL` and `CHAIN`. Messages are
 * `llm.input_messages.0.message.content` and so on, with `input.value` and `output.value` for lists of spans. Tokens
 * are `llm.token_count.prompt` and `completion`, and cost is `llm.cost.total`. A span is named after its tool, action,
 * agent or model. A library span that succeeded has status OK.
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
 * Langfuse's own names, from which its pages read cost, tags, the first token, and the input and output of each step.
 *
 * **Details**
 *
 * Observations are `generation`, `embedding`, `tool`, `agent`, `chain`, `retriever`, `guardrail` and `span`. They have
 * `langfuse.observation.input` and `output`, `cost_details`, and `usage_details`, which counts each token under one
 * kind only. The root has the trace's name, tags and metadata. Attempts have the level `DEBUG`, so that they can be
 * hidden.
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
