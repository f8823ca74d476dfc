/**
 * The default vocabulary. The names of an event's fields are those that its kind
 * was defined with; what is said beside them is named here.
 *
 * @internal
 */
import { writeLocation } from "../../core/internal/callSite.ts"
import type { EventRecord } from "../../trace/internal/event/activeEvent.ts"
import { writeSession } from "../../trace/internal/session/sessionAttributes.ts"
import type { Span } from "../../trace/Span.ts"
import type { Policy, Words } from "../Convention.ts"
import type { Target } from "./spanFacts.ts"
import { agentName, endStateReason, statusOf, writeFields } from "./spanFacts.ts"

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
