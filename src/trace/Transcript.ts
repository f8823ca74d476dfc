/**
 * Records transcripts of agent runs, written by other tools, as sessions.
 *
 * {@link read} parses the text of a file and returns the detected format: OpenAI's or Anthropic's messages, data sets,
 * benchmarks, or the traces of other tools. A file in another format is an error, and so is a file whose tool calls
 * would not all be kept. {@link record} makes a session from a run: an LLM event for each turn and a tool event for
 * each call, at the times of the file if it has them.
 *
 * The module has its own entry point, `effect-agentops/trace/Transcript`.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { get, list, object, objects } from "../model/internal/wire/lookup.ts"
import { isAnthropic, ofClaudeCode, ofMessages } from "./internal/transcript/anthropic.ts"
import { ofChat, ofShareGpt, ofSweAgent, ofTauBench } from "./internal/transcript/chat.ts"
import { ofAgents, ofLangSmith, ofOtlp } from "./internal/transcript/runs.ts"
import { Problem } from "./internal/transcript/step.ts"
import * as LlmEvent from "./LlmEvent.ts"
import * as Session from "./Session.ts"
import * as ToolEvent from "./ToolEvent.ts"
import type { Recorded, Step } from "./TranscriptStep.ts"

/**
 * The known formats, with their display names.
 *
 * @category formats
 * @since 0.1.0
 */
export const formats = {
  "openai-chat": "OpenAI chat messages",
  "openai-finetune": "OpenAI fine-tuning JSONL",
  "anthropic-messages": "Anthropic messages",
  "sharegpt": "ShareGPT",
  "tau-bench": "tau-bench",
  "swe-agent": "SWE-agent trajectory",
  "claude-code": "Claude Code session JSONL",
  "langsmith": "LangSmith runs",
  "openai-agents": "OpenAI Agents SDK trace",
  "otlp": "OTLP JSON"
} as const

/**
 * The name of a format.
 *
 * @category formats
 * @since 0.1.0
 */
export type Format = keyof typeof formats

/**
 * One run of an agent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Transcript extends Recorded {}

/**
 * The error of a file without a transcript: the file, the path in it, and the problem.
 *
 * **Details**
 *
 * `path` has the form `messages[3].role`, and is empty for the file as a whole.
 *
 * @category errors
 * @since 0.1.0
 */
export class TranscriptError extends Schema.TaggedError<TranscriptError>()("TranscriptError", {
  file: Schema.String,
  path: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return [this.file, this.path, this.problem].filter((part) => part !== "").join(": ")
  }
}

const known = `the formats that are known: ${Object.values(formats).join(", ")}`

const parse = (given: string): { readonly values: ReadonlyArray<unknown>; readonly lines: boolean } => {
  const text = given.replace(/^\uFEFF/, "").trim()
  if (text === "") throw new Problem("", `the file is empty; ${known}`)
  const json = (text: string): unknown => JSON.parse(text)
  try {
    return { values: [json(text)], lines: false }
  } catch (whole) {
    const lines = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "")
    try {
      json(lines[0]!)
    } catch {
      throw new Problem("", `no JSON: ${(whole as Error).message}; ${known}`)
    }
    if (lines.length === 1) throw new Problem("", `no JSON: ${(whole as Error).message}`)
    const values = lines.map((line, i) => {
      try {
        return json(line)
      } catch (error) {
        throw new Problem(`line ${i + 1}`, `no JSON: ${(error as Error).message}`)
      }
    })
    return { values, lines: true }
  }
}

const claudeLines: ReadonlySet<unknown> = new Set([
  "user",
  "assistant",
  "summary",
  "system",
  "progress",
  "file-history-snapshot"
])

const isClaudeLine = (value: unknown): boolean =>
  claudeLines.has(get(value, "type")) &&
  ["sessionId", "leafUuid", "uuid"].some((name) => get(value, name) !== undefined)

const isAgents = (value: unknown): boolean => String(get(value, "object")).startsWith("trace")

type Found = readonly [format: Format, transcripts: ReadonlyArray<Transcript>]

const detect = (text: string): Found => {
  const { lines, values } = parse(text)
  const first = values[0]
  const items = lines || !Array.isArray(first) ? values : first
  const some = (is: (item: unknown) => boolean) => items.some(is)
  if (some((item) => Array.isArray(get(item, "resource_spans")))) return ["otlp", ofOtlp(items)]
  if (some((item) => isAgents(item) || list(get(item, "data")).some(isAgents))) {
    return ["openai-agents", ofAgents(items)]
  }
  if (some((item) => typeof get(item, "run_type") === "string")) return ["langsmith", ofLangSmith(items)]
  if (some(isClaudeLine)) return ["claude-code", [ofClaudeCode(items)]]
  if (Array.isArray(get(first, "trajectory"))) return ["swe-agent", [ofSweAgent(object(first)!)]]
  if (some((item) => Array.isArray(get(item, "traj")))) return ["tau-bench", ofTauBench(items)]
  if (some((item) => Array.isArray(get(item, "conversations")))) return ["sharegpt", ofShareGpt(items)]
  if (lines && items.every((item) => Array.isArray(get(item, "messages")))) {
    return [
      "openai-finetune",
      items.map((item, i) => {
        try {
          return ofChat(item)
        } catch (error) {
          throw error instanceof Problem ? new Problem(`line ${i + 1}: ${error.path}`, error.message) : error
        }
      })
    ]
  }
  if (!lines && Array.isArray(first) && objects(first).some((item) => Array.isArray(item.messages))) {
    return ["openai-chat", first.map(ofChat)]
  }
  const isMessages = Array.isArray(first)
    ? first.length === 0 || "role" in (object(first[0]) ?? {})
    : get(first, "messages") !== undefined
  if (lines || !isMessages) {
    throw new Problem("", `none of ${known}`)
  }
  return isAnthropic(first)
    ? ["anthropic-messages", [ofMessages(Array.isArray(first) ? { messages: first } : object(first)!)]]
    : ["openai-chat", [ofChat(first)]]
}

/**
 * Reads the text of a file, and returns the detected format and its transcripts.
 *
 * **Details**
 *
 * The file is JSON or lines of JSON. Most formats hold one run, but data sets and traces may hold many. It fails if the
 * text is not JSON or has none of the {@link formats}. It also fails if a message is invalid, such as a tool result
 * without its call, because a tool is never left out.
 *
 * **Example** (a conversation in OpenAI's messages)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Transcript from "effect-agentops/trace/Transcript"
 *
 * const text = JSON.stringify([{ role: "user", content: "Hi" }, { role: "assistant", content: "Hello" }])
 * const { format, transcripts } = Effect.runSync(Transcript.read(text))
 * format // => "openai-chat"
 * transcripts[0].steps.length // => 1
 * ```
 *
 * @category reading
 * @since 0.1.0
 */
export const read = (
  text: string,
  options?: { readonly file?: string | undefined }
): Effect.Effect<{ readonly format: Format; readonly transcripts: ReadonlyArray<Transcript> }, TranscriptError> =>
  Effect.try({
    try: () => {
      const [format, transcripts] = detect(text)
      if (!transcripts.some(({ steps }) => steps.length > 0)) {
        throw new Problem("", `no model call and no tool call in it, as ${formats[format]}`)
      }
      return { format, transcripts }
    },
    catch: (error) =>
      new TranscriptError({
        file: options?.file ?? "",
        path: error instanceof Problem ? error.path : "",
        problem: (error as Error).message
      })
  })

// Steps without times get these durations, one directly after the other.
const length = { Turn: BigInt(1_000_000_000), Tool: BigInt(200_000_000) } as const

/** A clock that is set by hand, so that the session's own span gets the times of the steps. */
const makeClock = (start: bigint) => {
  let now = start
  const million = BigInt(1_000_000)
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: () => Number(now / million),
    currentTimeMillis: Effect.sync(() => Number(now / million)),
    currentTimeNanosUnsafe: () => now,
    currentTimeNanos: Effect.sync(() => now),
    monotonicTimeNanosUnsafe: () => now,
    monotonicTimeNanos: Effect.sync(() => now),
    sleep: () => Effect.void
  }
  return { clock, now: () => now, reach: (time: bigint) => Effect.sync(() => void (now = time > now ? time : now)) }
}

/** The error of a step, as recorded in the transcript. */
class StepFailed extends Schema.TaggedError<StepFailed>()("StepFailed", { message: Schema.String }) {}

const recordStep = (step: Step, startTime: bigint, endTime: bigint) => {
  const options = {
    startTime,
    endTime,
    error: step.error === undefined ? undefined : new StepFailed({ message: step.error })
  }
  return step._tag === "Turn"
    ? Session.record(LlmEvent.LlmEvent.make(step.fields), options)
    : Session.record(ToolEvent.ToolEvent.make(step.fields), options)
}

/**
 * Records a run as a session of its own, and returns its summary.
 *
 * **Details**
 *
 * The session has the times of the file. Without them the session ends now, and the steps follow directly one after the
 * other. The end state is the file's outcome of the run.
 *
 * **Example** (from a file to a session)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter } from "effect-agentops"
 * import * as Transcript from "effect-agentops/trace/Transcript"
 *
 * const text = JSON.stringify([{ role: "user", content: "Hi" }, { role: "assistant", content: "Hello" }])
 * const replay = Transcript.read(text).pipe(
 *   Effect.flatMap(({ transcripts }) => Effect.forEach(transcripts, (transcript) => Transcript.record(transcript)))
 * )
 * const TracingLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "replay" })))
 * const [summary] = await Effect.runPromise(Effect.provide(replay, TracingLive))
 * summary.llmCalls // => 1
 * ```
 *
 * @category recording
 * @since 0.1.0
 */
export const record = Effect.fnUntraced(function*(
  transcript: Transcript,
  options?: { readonly file?: string | undefined; readonly format?: Format | undefined }
) {
  const { steps } = transcript
  const dated = steps.every((step) => step.startTime !== undefined)
  const total = steps.reduce((sum, step) => sum + length[step._tag], BigInt(0))
  const ago = (yield* Clock.currentTimeNanos) - total
  const first = dated && steps[0]?.startTime !== undefined ? steps[0].startTime : ago < BigInt(0) ? BigInt(0) : ago
  const { clock, now, reach } = makeClock(first)
  const [summary] = yield* Effect.gen(function*() {
    const session = yield* Session.Session
    yield* Effect.forEach(steps, (step) =>
      Effect.suspend(() => {
        const startTime = dated ? step.startTime! : now()
        const end = dated ? step.endTime ?? startTime : startTime + length[step._tag]
        const endTime = end < startTime ? startTime : end
        return Effect.andThen(reach(endTime), recordStep(step, startTime, endTime))
      }), { discard: true })
    yield* session.setEndState(...(transcript.outcome ?? ["Indeterminate", "no outcome"]))
  }).pipe(
    Session.withSummary({
      name: transcript.name ?? "transcript",
      tags: ["replay"],
      metadata: { file: options?.file ?? null, format: options?.format ?? null, ...transcript.metadata }
    }),
    Effect.provideService(Clock.Clock, clock)
  )
  return summary
})
