/**
 * Encodes a session as attributes of its root span, for the standard vocabulary and for other libraries' tracers.
 *
 * @internal
 */
import type { Writer } from "../../../core/Attribute.ts"
import * as Attribute from "../../../core/Attribute.ts"
import { putLocation } from "../../../core/internal/callSite.ts"
import { asMessages } from "../../../model/internal/oneMessage.ts"
import { toDollars } from "../../../model/Pricing.ts"
import type { TracedSession } from "../../Span.ts"

/** @internal */
export const putSession = (
  writer: Writer,
  session: TracedSession,
  reason: string | undefined,
  content: boolean
): void => {
  writer.put("agentops.session.name", session.name)
  if (session.tags.size > 0) writer.put("agentops.tags", Array.from(session.tags))
  writer.put("user.id", session.userId)
  writer.put("gen_ai.agent.name", session.agent)
  writer.put("agentops.session.end_state", session.endState)
  writer.put("agentops.session.end_state_reason", reason)
  writer.put("agentops.session.llm_calls", session.llmCalls)
  writer.put("agentops.session.tool_calls", session.toolCalls)
  writer.put("agentops.session.actions", session.actions)
  writer.put("agentops.session.errors", session.errors)
  writer.put("agentops.session.input_tokens", session.usage.inputTokens)
  writer.put("agentops.session.output_tokens", session.usage.outputTokens)
  writer.put("agentops.session.cost", toDollars(session.costNanos))
  writer.put("agentops.session.time_to_first_chunk", session.timeToFirstChunk)
  if (session.unpricedCalls > 0) writer.put("agentops.session.unpriced_calls", session.unpricedCalls)
  if (session.waited > 0) writer.put("agentops.session.waited", session.waited)
  for (const key in session.metadata) {
    writer.put(`agentops.metadata.${key}`, Attribute.normalize(session.metadata[key]))
  }
  if (content && session.input != null) writer.put("gen_ai.input.messages", asMessages("user", session.input))
  if (content && session.output != null) writer.put("gen_ai.output.messages", asMessages("assistant", session.output))
  putLocation(writer, session.callSite)
}
