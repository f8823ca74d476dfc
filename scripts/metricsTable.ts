/**
 * Writes the tables of metrics into their page, from the instruments themselves.
 *
 *     node --conditions=effect-agentops-source scripts/metricsTable.ts
 */
import { EventMetrics, type Instrument, SdkMetrics } from "effect-agentops"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

type Names<T> = { readonly [K in keyof T]: string }

/** The moment when each metric is recorded, which its schema does not contain. */
const latest: Names<typeof EventMetrics.latest> = {
  inferenceDuration: "a model call ends",
  timeToFirstChunk: "a model call ends that has `timeToFirstChunk` or `LlmEvent.chunk`",
  timePerOutputChunk: "a model call ends, for each `LlmEvent.chunk` after the first",
  inputTokens: "a model call ends; 0 without a usage",
  outputTokens: "a model call ends; 0 without a usage",
  cacheReadTokens: "a model call ends whose usage has it",
  cacheWriteTokens: "a model call ends whose usage has it",
  reasoningTokens: "a model call ends whose usage has it",
  operationInputTokens: "a model call ends; 0 without a usage",
  operationOutputTokens: "a model call ends; 0 without a usage",
  operationDuration:
    "a model call that is no inference ends, such as `embeddings`; a retrieval, rerank or memory operation ends",
  agentDuration: "an agent's run ends",
  agentInferenceCalls: "an agent's run ends; without the calls of agents inside of it",
  agentToolCalls: "an agent's run ends; without the calls of agents inside of it",
  toolDuration: "a tool call ends"
}

const v1_41: Names<typeof EventMetrics.v1_41> = {
  tokenUsage: "a model call ends whose usage is known, once for input and once for output",
  operationDuration: "a model call ends",
  timeToFirstChunk: "a model call ends that has `timeToFirstChunk` or `LlmEvent.chunk`",
  timePerOutputChunk: "a model call ends, for each `LlmEvent.chunk` after the first"
}

const agentOps: Names<typeof EventMetrics.agentOps> = {
  cost: "a model call ends whose cost is known",
  unpricedCalls: "a model call ends whose cost is not known",
  agentRuns: "an agent's run ends",
  approvals: "an approval ends; `pending` if its wait was interrupted",
  approvalWait: "an approval was decided",
  handoffs: "a handoff ends",
  guardrails: "a guardrail ends",
  guardrailDuration: "a guardrail ends",
  retrievedDocuments: "a retrieval ends whose documents are known",
  sessions: "a session ends that began in this process",
  sessionDuration: "a session ends that began in this process",
  sessionCost: "a session ends that began in this process"
}

const sdk: Names<typeof SdkMetrics.sdk> = {
  started: "read: total since the start",
  live: "read: current value",
  queueSize: "read: current value",
  queueCapacity: "read: current value",
  processed: "read: total since the start",
  inFlight: "read: current value",
  exported: "read: total since the start",
  operationDuration: "a request of an exporter ends"
}

const call = Object.keys(EventMetrics.v1_41.operationDuration.attributes.fields).filter((name) => name !== "error.type")

const code = (text: string) => `\`${text}\``

const attributesOf = (instrument: Instrument.Instrument): string => {
  const names = Object.keys(instrument.attributes.fields)
  const isCall = call.every((name) => names.includes(name))
  const rest = (isCall ? names.filter((name) => !call.includes(name)) : names).map(code)
  return (isCall ? ["attributes of a call", ...rest] : rest).join(", ")
}

const table = (instruments: object, when: Readonly<Record<string, string>>): string => {
  const rows = (Object.entries(instruments) as ReadonlyArray<[string, Instrument.Instrument]>).map((
    [key, instrument]
  ) =>
    `| ${code(instrument.name)} | ${code(instrument.unit)} | ${instrument.kind} | ${attributesOf(instrument)} | ${
      when[key]
    } |`
  )
  return ["| Metric | Unit | Type | Attributes | When |", "| --- | --- | --- | --- | --- |", ...rows].join("\n")
}

/** The text between the marks in the page. */
export const metricsTables = (): string =>
  [
    `The attributes of a call are ${call.map(code).join(", ")}.`,
    "With the convention `latest`, the default:",
    table(EventMetrics.latest, latest),
    "With the convention `1.41`:",
    table(EventMetrics.v1_41, v1_41),
    "With both, for facts without a conventional name:",
    table(EventMetrics.agentOps, agentOps),
    "Of tracing itself, with OpenTelemetry's names for metrics of an SDK:",
    table(SdkMetrics.sdk, sdk)
  ].join("\n\n")

/** The marks around the tables in the page. */
export const marks = ["<!-- metrics: scripts/metricsTable.ts -->", "<!-- metrics end -->"] as const

const file = path.join(import.meta.dirname, "../docs/reference/metrics.md")

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = fs.readFileSync(file, "utf8")
  const [before, rest] = page.split(marks[0])
  const after = rest!.split(marks[1])[1]
  fs.writeFileSync(file, `${before}${marks[0]}\n\n${metricsTables()}\n\n${marks[1]}${after}`)
}
