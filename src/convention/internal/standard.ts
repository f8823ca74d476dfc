/**
 * The default vocabulary. The names of an event's fields are those that its kind
 * was defined with; what is said beside them is named here.
 *
 * @internal
 */
import * as Attribute from "../../core/Attribute.ts"
import { toDollars } from "../../model/Pricing.ts"
import type { EventRecord } from "../../trace/internal/event/activeEvent.ts"
import type { SessionState } from "../../trace/internal/session/sessionState.ts"
import type { Span } from "../../trace/Span.ts"
import type { Policy, Words } from "../Convention.ts"
import type { Target } from "./spanFacts.ts"
import { agentName, endStateReason, statusOf, writeFields, writeLocation } from "./spanFacts.ts"

const writeEvent = (target: Target, span: Span, record: EventRecord, policy: Policy): void => {
  const { kind } = record
  target["agentops.event.kind"] = kind.name
  writeFields(target, record, policy)
  if (span.agent !== undefined && kind.name !== "agent") {
    const name = agentName(span.agent)
    if (name !== undefined) target["gen_ai.agent.name"] = name
  }
  if (record.unsuccessful) target["error.type"] = "unsuccessful"
  writeLocation(target, record.site)
}

/** @internal */
export const writeSession = (target: Target, session: SessionState, reason: string | undefined): void => {
  target["agentops.session.name"] = session.name
  if (session.tags.size > 0) target["agentops.tags"] = Array.from(session.tags)
  if (session.userId !== undefined) target["user.id"] = session.userId
  if (session.agent !== undefined) target["gen_ai.agent.name"] = session.agent
  if (session.endState !== undefined) target["agentops.session.end_state"] = session.endState
  if (reason !== undefined) target["agentops.session.end_state_reason"] = reason
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

/** @internal */
export const encodeStandard = (span: Span, policy: Policy): Words => {
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
      writeSession(target, span.role.session, endStateReason(span, policy))
      break
  }
  if (span.failure !== undefined) target["error.type"] = span.failure.errorType
  if (span.interrupted) target["effect.fiber.interrupted"] = true
  for (const [key, value] of span.attributes) target[key] = value
  return { name: span.name, kind: span.kind, status: statusOf(span, policy), attributes: target }
}
