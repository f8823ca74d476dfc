/**
 * How a span is told to a backend: its name, kind, status and attributes.
 *
 * Backends read different names for the same fact. A span carries its typed event,
 * and a convention is the pure function that puts both in one backend's words.
 * Each exporter has its own, so two can send the same trace in two vocabularies,
 * with the same ids and times.
 *
 * @since 0.1.0
 */
import type { SpanKind } from "effect/Tracer"
import type { Attributes, AttributeValue } from "./Attribute.ts"
import * as Attribute from "./Attribute.ts"
import { parseFrame } from "./internal/callSite.ts"
import type { EventRecord } from "./internal/eventRecord.ts"
import type { SessionState } from "./internal/sessionState.ts"
import { toDollars } from "./Pricing.ts"
import type { Span } from "./Span.ts"
import type { Status } from "./SpanData.ts"

/**
 * A span in one vocabulary.
 *
 * @category models
 * @since 0.1.0
 */
export interface Words {
  readonly name: string
  readonly kind: SpanKind
  readonly status: Status
  readonly attributes: Attributes
}

/**
 * What a convention may tell.
 *
 * @category models
 * @since 0.1.0
 */
export interface Policy {
  /** Whether content may leave: prompts, completions, a tool's arguments and results. */
  readonly content: boolean
}

/**
 * A vocabulary: a name for people, and the function from a span to its words.
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
 *   encode: (span, policy) => {
 *     const words = Convention.standard.encode(span, policy)
 *     return { ...words, name: words.name.toUpperCase() }
 *   }
 * }
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Convention {
  readonly name: string
  readonly schemaUrl?: string | undefined
  readonly encode: (span: Span, policy: Policy) => Words
}

const unset: Status = { code: "unset" }

const statusOf = (span: Span): Status => {
  if (span.failure !== undefined) return { code: "error", message: span.failure.message }
  if (span.role?._tag === "Event" && span.role.record.unsuccessful) return { code: "error", message: "unsuccessful" }
  if (span.role?._tag === "Session" && span.role.session.endState === "Fail") {
    return { code: "error", message: span.role.session.endStateReason }
  }
  return unset
}

type Target = Record<string, AttributeValue>

const writeLocation = (target: Target, site: EventRecord["site"]): void => {
  const location = parseFrame(site?.frame())
  if (location === undefined) return
  target["code.file.path"] = location.filePath
  target["code.line.number"] = location.line
  if (location.functionName !== undefined) target["code.function.name"] = location.functionName
}

const writeEvent = (target: Target, span: Span, record: EventRecord, policy: Policy): void => {
  const { kind } = record
  target["agentops.event.kind"] = kind.name
  const attributes = record.attributes ?? kind.toAttributes(record.fields, policy)
  for (const key in attributes) target[key] = attributes[key]!
  if (!policy.content) {
    for (const name in record.fields) {
      const field = kind.fields[name]
      if (field?.content === true) { for (const key of field.keys) delete target[key] }
    }
  }
  if (span.agent !== undefined && kind.name !== "agent") {
    const name = span.agent.fields["name"]
    if (typeof name === "string") target["gen_ai.agent.name"] = name
  }
  if (record.unsuccessful) target["error.type"] = "unsuccessful"
  writeLocation(target, record.site)
}

/** @internal */
export const writeSession = (target: Target, session: SessionState): void => {
  target["agentops.session.name"] = session.name
  if (session.tags.size > 0) target["agentops.tags"] = Array.from(session.tags)
  if (session.userId !== undefined) target["user.id"] = session.userId
  if (session.agent !== undefined) target["gen_ai.agent.name"] = session.agent
  if (session.endState !== undefined) target["agentops.session.end_state"] = session.endState
  if (session.endStateReason !== undefined) target["agentops.session.end_state_reason"] = session.endStateReason
  target["agentops.session.llm_calls"] = session.llmCalls
  target["agentops.session.tool_calls"] = session.toolCalls
  target["agentops.session.actions"] = session.actions
  target["agentops.session.errors"] = session.errors
  target["agentops.session.input_tokens"] = session.usage.inputTokens
  target["agentops.session.output_tokens"] = session.usage.outputTokens
  target["agentops.session.cost"] = toDollars(session.costNanos)
  if (session.unpricedCalls > 0) target["agentops.session.unpriced_calls"] = session.unpricedCalls
  for (const key in session.metadata) {
    const value = Attribute.normalize(session.metadata[key])
    if (value !== undefined) target[`agentops.metadata.${key}`] = value
  }
  writeLocation(target, session.site)
}

const encodeStandard = (span: Span, policy: Policy): Words => {
  const target: Target = {}
  if (span.session !== undefined) target["session.id"] = span.session.id
  switch (span.role?._tag) {
    case "Event":
      writeEvent(target, span, span.role.record, policy)
      break
    case "Attempt":
      target["agentops.attempt"] = span.role.number
      break
    case "Session":
      writeSession(target, span.role.session)
      break
  }
  if (span.failure !== undefined) target["error.type"] = span.failure.errorType
  if (span.interrupted) target["effect.fiber.interrupted"] = true
  for (const [key, value] of span.attributes) target[key] = value
  return { name: span.name, kind: span.kind, status: statusOf(span), attributes: target }
}

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
export const standard: Convention = { name: "standard", encode: encodeStandard }
