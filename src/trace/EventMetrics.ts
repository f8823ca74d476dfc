/**
 * The metrics of the library's own events and sessions.
 *
 * {@link latest} are the metrics of OpenTelemetry's current GenAI conventions. {@link v1_41} are those of the last
 * numbered release, which most other libraries still send. The option `metrics.convention` of `AgentOps.layer` selects
 * one. {@link agentOps} has the metrics that no convention defines: cost, and the outcomes of agents and sessions.
 * These are always recorded.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Instrument from "../metrics/Instrument.ts"

const optional = Schema.optional(Schema.String)

const durations = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const tokens = Array.from({ length: 14 }, (_, i) => 4 ** i)
const agentDurations = Array.from({ length: 13 }, (_, i) => 2 ** i / 10)
const calls = Array.from({ length: 8 }, (_, i) => 2 ** i)

/** The attributes of every metric of a model call. */
const call = {
  "gen_ai.operation.name": Schema.String,
  "gen_ai.provider.name": Schema.String,
  "gen_ai.request.model": optional,
  "gen_ai.response.model": optional,
  "server.address": optional,
  "server.port": Schema.optional(Schema.Finite)
}

const outcome = { ...call, "error.type": optional }

const seconds = (
  name: string,
  description: string
) => Instrument.histogram(name, { unit: "s", description, boundaries: durations, attributes: outcome })

const chunkSeconds = (
  name: string,
  description: string
) => Instrument.histogram(name, { unit: "s", description, boundaries: durations, attributes: call })

const tokenCounter = (name: string, description: string) =>
  Instrument.counter(name, {
    unit: "{token}",
    description,
    valueType: "int",
    attributes: { ...call, "gen_ai.token.modality": Schema.String }
  })

const tokenHistogram = (name: string, description: string) =>
  Instrument.histogram(name, {
    unit: "{token}",
    description,
    valueType: "int",
    boundaries: tokens,
    attributes: outcome
  })

/**
 * OpenTelemetry's GenAI metrics as of October 2026.
 *
 * **Details**
 *
 * The token counters record every model call, with zero for a failed call without usage. No provider reports how many
 * tokens were text, so their modality is `unknown`.
 *
 * @category instruments
 * @since 0.1.0
 */
export const latest = {
  inferenceDuration: seconds("gen_ai.client.inference.duration", "How long a model call took"),
  timeToFirstChunk: chunkSeconds(
    "gen_ai.client.inference.time_to_first_chunk",
    "How long a streamed answer took to begin"
  ),
  timePerOutputChunk: chunkSeconds(
    "gen_ai.client.inference.time_per_output_chunk",
    "How long each further chunk of a streamed answer took"
  ),
  inputTokens: tokenCounter("gen_ai.client.inference.usage.input_tokens", "Tokens of prompts, cached ones included"),
  outputTokens: tokenCounter("gen_ai.client.inference.usage.output_tokens", "Tokens of answers, reasoning included"),
  cacheReadTokens: tokenCounter(
    "gen_ai.client.inference.usage.cache_read.input_tokens",
    "Tokens of prompts that were read from the provider's cache"
  ),
  cacheWriteTokens: tokenCounter(
    "gen_ai.client.inference.usage.cache_write.input_tokens",
    "Tokens of prompts that were written to the provider's cache"
  ),
  reasoningTokens: tokenCounter(
    "gen_ai.client.inference.usage.reasoning.output_tokens",
    "Tokens of answers that were reasoning"
  ),
  operationInputTokens: tokenHistogram(
    "gen_ai.client.inference.operation.input_tokens",
    "Tokens of a model call's prompt"
  ),
  operationOutputTokens: tokenHistogram(
    "gen_ai.client.inference.operation.output_tokens",
    "Tokens of a model call's answer"
  ),
  operationDuration: seconds(
    "gen_ai.client.operation.duration",
    "How long a call that is no inference took, such as embeddings"
  ),
  agentDuration: Instrument.histogram("gen_ai.invoke_agent.duration", {
    unit: "s",
    description: "How long an agent ran",
    boundaries: agentDurations,
    attributes: { "gen_ai.agent.name": optional, "gen_ai.request.model": optional, "error.type": optional }
  }),
  agentInferenceCalls: Instrument.histogram("gen_ai.invoke_agent.inference_calls", {
    unit: "{inference_call}",
    description: "Model calls that an agent made itself",
    valueType: "int",
    boundaries: calls,
    attributes: { "gen_ai.agent.name": optional }
  }),
  agentToolCalls: Instrument.histogram("gen_ai.invoke_agent.tool_calls", {
    unit: "{tool_call}",
    description: "Tool calls that an agent made itself",
    valueType: "int",
    boundaries: calls,
    attributes: { "gen_ai.agent.name": optional }
  }),
  toolDuration: Instrument.histogram("gen_ai.execute_tool.duration", {
    unit: "s",
    description: "How long a tool ran",
    boundaries: durations,
    attributes: {
      "gen_ai.tool.name": Schema.String,
      "gen_ai.tool.type": optional,
      "gen_ai.agent.name": optional,
      "error.type": optional
    }
  })
}

/**
 * OpenTelemetry's GenAI client metrics of version 1.41 of the semantic conventions.
 *
 * @category instruments
 * @since 0.1.0
 */
export const v1_41 = {
  tokenUsage: Instrument.histogram("gen_ai.client.token.usage", {
    unit: "{token}",
    description: "Tokens of a model call, in and out",
    valueType: "int",
    boundaries: tokens,
    attributes: { ...call, "gen_ai.token.type": Schema.Literals(["input", "output"]) }
  }),
  operationDuration: seconds("gen_ai.client.operation.duration", "How long a model call took"),
  timeToFirstChunk: chunkSeconds(
    "gen_ai.client.operation.time_to_first_chunk",
    "How long a streamed answer took to begin"
  ),
  timePerOutputChunk: chunkSeconds(
    "gen_ai.client.operation.time_per_output_chunk",
    "How long each further chunk of a streamed answer took"
  )
}

const sessionSeconds = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200]

const sessionAttributes = {
  "agentops.session.name": Schema.String,
  "gen_ai.agent.name": optional,
  "agentops.session.end_state": Schema.Literals(["Success", "Fail", "Indeterminate"])
}

const approval = {
  "agentops.approval.name": Schema.String,
  /** Also `pending` if the wait was interrupted, and `unknown`. */
  "agentops.approval.decision": Schema.String,
  "gen_ai.agent.name": optional,
  "error.type": optional
}

/**
 * The metrics that no convention defines: cost, and the outcomes of agents and sessions.
 *
 * **Details**
 *
 * Cost is in nano-dollars, as whole numbers, so that sums do not drift. A call of unknown price is counted in
 * `agentops.usage.unpriced_calls` instead. The share of runs or sessions with the end state `Success` is the success
 * rate.
 *
 * @category instruments
 * @since 0.1.0
 */
export const agentOps = {
  cost: Instrument.counter("agentops.usage.cost", {
    unit: "nanodollars",
    description: "What model calls cost, in billionths of a US dollar",
    valueType: "int",
    attributes: { ...call, "gen_ai.agent.name": optional }
  }),
  unpricedCalls: Instrument.counter("agentops.usage.unpriced_calls", {
    unit: "{call}",
    description: "Model calls whose cost is not known",
    valueType: "int",
    attributes: { ...call, "gen_ai.agent.name": optional }
  }),
  agentRuns: Instrument.counter("agentops.agent.runs", {
    unit: "{run}",
    description: "Runs of an agent, by how they ended",
    valueType: "int",
    attributes: {
      "gen_ai.agent.name": optional,
      "agentops.agent.end_state": Schema.Literals(["Success", "Fail", "Indeterminate"])
    }
  }),
  approvals: Instrument.counter("agentops.approvals", {
    unit: "{approval}",
    description: "Approvals that were asked for, by what was decided",
    valueType: "int",
    attributes: approval
  }),
  approvalWait: Instrument.histogram("agentops.approval.wait", {
    unit: "s",
    description: "How long a decision took",
    boundaries: [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400, 604_800],
    attributes: approval
  }),
  handoffs: Instrument.counter("agentops.handoffs", {
    unit: "{handoff}",
    description: "Tasks that one agent left to another",
    valueType: "int",
    attributes: {
      "agentops.handoff.to": Schema.String,
      "agentops.handoff.from": optional,
      "error.type": optional
    }
  }),
  guardrails: Instrument.counter("agentops.guardrails", {
    unit: "{check}",
    description: "Checks of guardrails, by their verdict",
    valueType: "int",
    attributes: {
      "agentops.guardrail.name": Schema.String,
      "agentops.guardrail.verdict": optional,
      "agentops.guardrail.category": optional,
      "agentops.guardrail.spec": optional,
      "error.type": optional
    }
  }),
  guardrailDuration: Instrument.histogram("agentops.guardrail.duration", {
    unit: "s",
    description: "How long a guardrail took",
    boundaries: durations,
    attributes: { "agentops.guardrail.name": Schema.String, "error.type": optional }
  }),
  retrievedDocuments: Instrument.histogram("agentops.retrieval.documents", {
    unit: "{document}",
    description: "Documents that a retrieval found",
    valueType: "int",
    boundaries: [0, 1, 2, 5, 10, 20, 50, 100],
    attributes: { "gen_ai.data_source.id": optional }
  }),
  sessions: Instrument.counter("agentops.sessions", {
    unit: "{session}",
    description: "Sessions, by how they ended",
    valueType: "int",
    attributes: sessionAttributes
  }),
  sessionDuration: Instrument.histogram("agentops.session.duration", {
    unit: "s",
    description: "How long a session took",
    boundaries: sessionSeconds,
    attributes: sessionAttributes
  }),
  sessionCost: Instrument.histogram("agentops.session.cost", {
    unit: "nanodollars",
    description: "What a session's model calls cost, in billionths of a US dollar",
    valueType: "int",
    boundaries: [1e6, 1e7, 1e8, 5e8, 1e9, 2e9, 5e9, 1e10, 1e11],
    attributes: sessionAttributes
  })
}
