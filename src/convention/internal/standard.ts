/**
 * The default vocabulary. The names of an event's fields are those that its kind
 * was defined with; what is said beside them is named here.
 *
 * @internal
 */
import type { AttributeValue } from "../../core/Attribute.ts"
import { writeLocation } from "../../core/internal/callSite.ts"
import { writeSession } from "../../trace/internal/session/sessionAttributes.ts"
import type { Span, TracedEvent } from "../../trace/Span.ts"
import type { Options, Part, Table } from "../Encoding.ts"
import type { Target } from "./spanFacts.ts"
import { agentName, attributesOf, endStateReason } from "./spanFacts.ts"

const eventPart = (event: TracedEvent, span: Span, options: Options): Part => {
  const { kind } = event
  const target: Record<string, AttributeValue | undefined> = { "agentops.event.kind": kind.name }
  Object.assign(target, attributesOf(event, options))
  const agent = kind.category === "agent" ? undefined : agentName(span.agent)
  if (agent !== undefined) target["gen_ai.agent.name"] = agent
  writeLocation(target as Target, event.callSite)
  return { attributes: target }
}

/** @internal */
export const standard: Table = {
  every: ({ session }) => ({ attributes: { "session.id": session?.id } }),
  session: (session, span, options) => {
    const target: Target = {}
    writeSession(target, session, endStateReason(span, options), options.content)
    return { attributes: target }
  },
  events: { other: eventPart },
  attempt: (number, event, span) => {
    const call = span.attempt?.call
    return {
      attributes: {
        "agentops.attempt": number,
        ...call === undefined ? undefined : event.kind.toAttributes(call, { content: false })
      }
    }
  }
}
