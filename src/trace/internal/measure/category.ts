/**
 * The metrics of model calls, tools and agents of any kind.
 *
 * @internal
 */
import { intern, keeper } from "../../../metrics/internal/attributeSet.ts"
import type { Ended, Measure } from "../../EventKind.ts"
import { agentOps, latest, v1_41 } from "../../EventMetrics.ts"
import type { ActiveEvent } from "../event/activeEvent.ts"
import type { CallFacts } from "../event/facts.ts"
import { agentFacts, callFacts, toolFacts } from "../event/facts.ts"

const isInference = (operation: string): boolean =>
  operation === "chat" || operation === "text_completion" || operation === "generate_content"

const isCount = (count: number | undefined): count is number =>
  count !== undefined && Number.isSafeInteger(count) && count >= 0

/** A model call that has ended, with its facts. */
interface EndedCall extends Ended {
  readonly facts: CallFacts
  readonly costNanos: number | undefined
  readonly unpriced: boolean
}

const attributesOf = ({ agent, errorType, facts }: EndedCall, operation: string) => {
  const base = {
    "gen_ai.operation.name": operation,
    "gen_ai.provider.name": facts.provider ?? "_OTHER",
    "gen_ai.request.model": facts.model,
    "gen_ai.response.model": facts.responseModel,
    "server.address": facts.serverAddress,
    "server.port": facts.serverPort
  }
  return {
    base: intern(base),
    withError: intern({ ...base, "error.type": errorType }),
    withAgent: intern({ ...base, "gen_ai.agent.name": agent }),
    counted: intern({ ...base, "gen_ai.token.modality": "unknown" }),
    input: intern({ ...base, "gen_ai.token.type": "input" as const }),
    output: intern({ ...base, "gen_ai.token.type": "output" as const })
  }
}

const kept = keeper<ReturnType<typeof attributesOf>>()

const callAttributes = (event: EndedCall, operation: string) => {
  const { model, provider, responseModel, serverAddress, serverPort } = event.facts
  // The same objects are returned for the same call, so that the meter finds its series by identity.
  const key = JSON.stringify([
    operation,
    provider,
    model,
    responseModel,
    serverAddress,
    serverPort,
    event.errorType,
    event.agent
  ])
  return kept(key, () => attributesOf(event, operation))
}

const measureOld = (event: EndedCall, attributes: ReturnType<typeof attributesOf>, record: Measure): void => {
  const { timeToFirstChunk, usage } = event.facts
  record(v1_41.operationDuration, event.duration, attributes.withError)
  if (timeToFirstChunk !== undefined) record(v1_41.timeToFirstChunk, timeToFirstChunk, attributes.base)
  for (const gap of event.chunkGaps) record(v1_41.timePerOutputChunk, gap, attributes.base)
  if (isCount(usage?.inputTokens)) record(v1_41.tokenUsage, usage.inputTokens, attributes.input)
  if (isCount(usage?.outputTokens)) record(v1_41.tokenUsage, usage.outputTokens, attributes.output)
}

const measureLatest = (event: EndedCall, attributes: ReturnType<typeof attributesOf>, record: Measure): void => {
  const { base, counted, withError } = attributes
  const { timeToFirstChunk, usage } = event.facts
  record(latest.inferenceDuration, event.duration, withError)
  if (timeToFirstChunk !== undefined) record(latest.timeToFirstChunk, timeToFirstChunk, base)
  for (const gap of event.chunkGaps) record(latest.timePerOutputChunk, gap, base)
  const input = isCount(usage?.inputTokens) ? usage.inputTokens : 0
  const output = isCount(usage?.outputTokens) ? usage.outputTokens : 0
  record(latest.inputTokens, input, counted)
  record(latest.outputTokens, output, counted)
  record(latest.operationInputTokens, input, withError)
  record(latest.operationOutputTokens, output, withError)
  if (isCount(usage?.cacheReadTokens)) record(latest.cacheReadTokens, usage.cacheReadTokens, counted)
  if (isCount(usage?.cacheWriteTokens)) record(latest.cacheWriteTokens, usage.cacheWriteTokens, counted)
  if (isCount(usage?.reasoningTokens)) record(latest.reasoningTokens, usage.reasoningTokens, counted)
}

const measureCall = (event: EndedCall, record: Measure): void => {
  const operation = event.facts.operation ?? "chat"
  const attributes = callAttributes(event, operation)
  const cost = event.costNanos
  if (event.unpriced) record(agentOps.unpricedCalls, 1, attributes.withAgent)
  if (cost !== undefined) record(agentOps.cost, cost, attributes.withAgent)
  if (event.convention === "1.41") measureOld(event, attributes, record)
  else if (isInference(operation)) measureLatest(event, attributes, record)
  else record(latest.operationDuration, event.duration, attributes.withError)
}

const measureTool = (event: Ended, { name, type }: ReturnType<typeof toolFacts>, record: Measure): void => {
  if (event.convention === "1.41") return
  record(latest.toolDuration, event.duration, {
    "gen_ai.tool.name": name ?? "unknown",
    "gen_ai.tool.type": type,
    "gen_ai.agent.name": event.agent,
    "error.type": event.errorType
  })
}

const measureAgent = (event: Ended, { models, name }: ReturnType<typeof agentFacts>, record: Measure): void => {
  const agent = { "gen_ai.agent.name": name }
  record(agentOps.agentRuns, 1, { ...agent, "agentops.agent.end_state": event.endState })
  if (event.convention === "1.41") return
  const model: unknown = Array.isArray(models) && models.length === 1 ? models[0] : undefined
  record(latest.agentDuration, event.duration, {
    ...agent,
    // The convention allows the model only for an agent that has exactly one.
    "gen_ai.request.model": typeof model === "string" ? model : undefined,
    "error.type": event.errorType
  })
  record(latest.agentInferenceCalls, event.calls.llm, agent)
  record(latest.agentToolCalls, event.calls.tool, agent)
}

/** Measures an event by its category, for kinds without metrics of their own. @internal */
export const measureCategory = (active: ActiveEvent, event: Ended, record: Measure): void => {
  switch (active.kind.category) {
    case "modelCall":
      return measureCall(
        { ...event, facts: callFacts(active), costNanos: active.costNanos, unpriced: active.unpriced },
        record
      )
    case "tool":
      return measureTool(event, toolFacts(active), record)
    case "agent":
      return measureAgent(event, agentFacts(active), record)
    default:
  }
}
