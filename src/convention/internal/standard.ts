/**
 * The default vocabulary. The fields of an event have the names that its kind defines. This file names all other
 * attributes.
 *
 * @internal
 */
import type { Writer } from "../../core/Attribute.ts"
import { putLocation } from "../../core/internal/callSite.ts"
import { putAttributes } from "../../trace/internal/event/eventAttributes.ts"
import { putSession } from "../../trace/internal/session/sessionAttributes.ts"
import type { Span, TracedEvent } from "../../trace/Span.ts"
import type { Options, Writing } from "../Encoding.ts"
import { agentName, endStateReason, putEnd, statusOf } from "./spanFacts.ts"
import { encodeBy } from "./writing.ts"

const putEvent = (writer: Writer, event: TracedEvent, span: Span, { content }: Options): void => {
  const { kind } = event
  writer.put("agentops.event.kind", kind.name)
  putAttributes(kind, event.fields, content, writer)
  if (kind.category !== "agent") writer.put("gen_ai.agent.name", agentName(span.agent))
  putLocation(writer, event.callSite)
}

const putAttempt = (writer: Writer, { call, event, number }: NonNullable<Span["attempt"]>): void => {
  writer.put("agentops.attempt", number)
  if (call !== undefined) putAttributes(event.kind, call, false, writer)
}

const standard: Writing = {
  head: (span, options) => ({ name: span.name, kind: span.kind, status: statusOf(span, options) }),
  attributes: (span, options, writer) => {
    const { attempt, session, tracedEvent } = span
    writer.put("session.id", session?.id)
    writer.put("gen_ai.conversation.id", session?.conversationId)
    if (tracedEvent !== undefined) putEvent(writer, tracedEvent, span, options)
    else if (attempt !== undefined) putAttempt(writer, attempt)
    else if (span.isSession && session !== undefined) {
      putSession(writer, session, endStateReason(span, options), options.content)
    }
    putEnd(writer, span)
  }
}

/** @internal */
export const encodeStandard = encodeBy(standard)
