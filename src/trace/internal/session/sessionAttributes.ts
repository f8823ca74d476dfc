/**
 * A session as attributes of its root span, by the standard vocabulary and on other libraries' tracers.
 *
 * @internal
 */
import * as Attribute from "../../../core/Attribute.ts"
import { writeLocation } from "../../../core/internal/callSite.ts"
import { asMessages } from "../../../model/internal/oneMessage.ts"
import { toDollars } from "../../../model/Pricing.ts"
import type { TracedSession } from "../../Span.ts"

/** @internal */
export const writeSession = (
  target: Record<string, Attribute.AttributeValue>,
  session: TracedSession,
  reason: string | undefined,
  content: boolean
): void => {
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
  if (session.timeToFirstChunk !== undefined) {
    target["agentops.session.time_to_first_chunk"] = session.timeToFirstChunk
  }
  if (session.unpricedCalls > 0) target["agentops.session.unpriced_calls"] = session.unpricedCalls
  for (const key in session.metadata) {
    const value = Attribute.normalize(session.metadata[key])
    if (value !== undefined) target[`agentops.metadata.${key}`] = value
  }
  if (content && session.input != null) target["gen_ai.input.messages"] = asMessages("user", session.input)
  if (content && session.output != null) target["gen_ai.output.messages"] = asMessages("assistant", session.output)
  writeLocation(target, session.callSite)
}
