/**
 * Transcripts of agents in OpenAI's chat format: how to read one, and how to record it as a session.
 */
import { Clock, Effect, FileSystem, Option, Schema, SchemaIssue } from "effect"
import { LlmCall, LlmEvent, Session, ToolEvent } from "effect-agentops"

const open = <F extends Schema.Struct.Fields>(fields: F) =>
  Schema.StructWithRest(Schema.Struct(fields), [Schema.Record(Schema.String, Schema.Unknown)])

/** Says what is missing, where the schema alone would say that something is. */
const missing = (what: string) => ({ messageMissingKey: `Expected ${what}, but the key is missing` })

const ToolCall = open({
  id: Schema.String.annotateKey(missing("the call's id")),
  function: Schema.Struct({
    name: Schema.String.annotateKey(missing("the tool's name")),
    // JSON as the model wrote it, which may be none.
    arguments: Schema.String.annotateKey(missing("the arguments as a string of JSON"))
  }).annotateKey(missing("an object with name and arguments"))
})
type ToolCall = typeof ToolCall.Type

const Message = open({
  role: Schema.Literals(["system", "developer", "user", "assistant", "tool"]).annotateKey(missing("who speaks")),
  content: Schema.optional(Schema.NullOr(Schema.Union([Schema.String, Schema.Array(Schema.Unknown)]))),
  tool_calls: Schema.optional(Schema.NullOr(Schema.Array(ToolCall))),
  tool_call_id: Schema.optional(Schema.NullOr(Schema.String))
})
type Message = typeof Message.Type

const Messages = Schema.Array(Message).check(Schema.isMinLength(1))

const optional = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))

/** A run of an agent, with what is known of it beside its messages. */
export const Transcript = Schema.Struct({
  task_id: optional(Schema.Union([Schema.String, Schema.Finite])),
  model: optional(Schema.String),
  /** 1 if the task was solved, 0 if not. */
  reward: optional(Schema.Finite),
  /** What the simulated user's model cost, in US dollars. */
  user_cost: optional(Schema.Finite),
  messages: Messages.annotateKey(missing("a list of messages"))
})
export interface Transcript extends Schema.Schema.Type<typeof Transcript> {}

/** A file that holds no transcript: which, where in it, and what is wrong there. */
export class TranscriptError extends Schema.TaggedError<TranscriptError>()("TranscriptError", {
  file: Schema.String,
  /** As in `messages[3].role`; empty for the file as a whole. */
  path: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return [this.file, this.path, this.problem].filter((part) => part !== "").join(": ")
  }
}

/** One thing that the agent did. */
type Step =
  | { readonly _tag: "Turn"; readonly before: ReadonlyArray<Message>; readonly message: Message }
  | { readonly _tag: "Tool"; readonly call: ToolCall; readonly result: Message | undefined }

const formatPath = (path: ReadonlyArray<unknown>): string =>
  path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("").replace(/^\./, "")

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const firstIssue = (file: string, issue: SchemaIssue.Issue): TranscriptError => {
  const [first] = format(issue).issues
  return new TranscriptError({
    file,
    path: formatPath(first?.path ?? []),
    problem: first?.message ?? "not a transcript"
  })
}

const parseJson = (file: string, text: string) =>
  Effect.try({
    try: () => JSON.parse(text) as unknown,
    catch: (error) => new TranscriptError({ file, path: "", problem: `no JSON: ${(error as Error).message}` })
  })

/** Reads a transcript from JSON text: an object with `messages`, or the bare list of messages. */
export const parse = Effect.fnUntraced(function*(file: string, text: string) {
  const json = yield* parseJson(file, text)
  return yield* Effect.mapError(
    Schema.decodeUnknownEffect(Transcript)(Array.isArray(json) ? { messages: json } : json),
    (error) => firstIssue(file, error.issue)
  )
})

/** Reads a transcript from a file. */
export const read = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(file).pipe(
    Effect.mapError((error) => new TranscriptError({ file, path: "", problem: error.message }))
  )
  return yield* parse(file, text)
})

/** The agent's turns, each followed by the tools that it called. */
export const steps = Effect.fnUntraced(function*({ messages }: Transcript, file = "transcript") {
  const steps: Array<Step> = []
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i]!
    if (message.role === "tool") {
      return yield* new TranscriptError({
        file,
        path: `messages[${i}].tool_call_id`,
        problem: `Expected the id of a call that has no result yet, got ${JSON.stringify(message.tool_call_id)}`
      })
    }
    if (message.role !== "assistant") continue
    steps.push({ _tag: "Turn", before: messages.slice(0, i), message })
    // Ids may come again in a later turn, so a result belongs to the turn right before it.
    const waiting = [...message.tool_calls ?? []]
    while (messages[i + 1]?.role === "tool") {
      const result = messages[i + 1]!
      const call = waiting.findIndex((call) => call.id === result.tool_call_id)
      if (call < 0) break
      steps.push({ _tag: "Tool", call: waiting.splice(call, 1)[0]!, result })
      i++
    }
    for (const call of waiting) steps.push({ _tag: "Tool", call, result: undefined })
  }
  return steps
})

const fromJson = Schema.decodeOption(Schema.fromJsonString(Schema.Json))

/** The value that a text says in JSON, or the text itself. */
const valueOf = (text: string): Schema.Json => Option.getOrElse(fromJson(text), () => text)

const turnEvent = (model: string | undefined, { before, message }: Extract<Step, { readonly _tag: "Turn" }>) => {
  const asked = LlmCall.readRequest({ model, messages: before }, { api: "chat_completions" })
  const answered = LlmCall.readResponse({ choices: [{ message }] }, { api: "chat_completions" })
  return LlmEvent.LlmEvent.make({
    operation: "chat",
    model,
    inputMessages: asked?.inputMessages,
    outputMessages: answered?.outputMessages
  })
}

const toolEvent = ({ call, result }: Extract<Step, { readonly _tag: "Tool" }>) =>
  ToolEvent.ToolEvent.make({
    name: call.function.name,
    callId: call.id,
    parameters: valueOf(call.function.arguments),
    result: typeof result?.content === "string" ? valueOf(result.content) : result?.content ?? undefined
  })

/** What a tool of the transcript failed with, as it was told to the model. */
class ToolFailed extends Schema.TaggedError<ToolFailed>()("ToolFailed", { message: Schema.String }) {}

const toolError = (result: Message | undefined): ToolFailed | undefined => {
  const content = result?.content
  return typeof content === "string" && content.startsWith("Error") ? new ToolFailed({ message: content }) : undefined
}

// A transcript has no times, so each step gets one: long enough to be seen, one right after the other.
const nanos = { Turn: 1_000_000_000n, Tool: 200_000_000n } as const

/** A clock that moves only when it is told to, so that the session's own span has the steps' time too. */
const makeClock = (start: bigint) => {
  let now = start
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: () => Number(now / 1_000_000n),
    currentTimeMillis: Effect.sync(() => Number(now / 1_000_000n)),
    currentTimeNanosUnsafe: () => now,
    currentTimeNanos: Effect.sync(() => now),
    monotonicTimeNanosUnsafe: () => now,
    monotonicTimeNanos: Effect.sync(() => now),
    sleep: () => Effect.void
  }
  return { clock, advance: (by: bigint) => Effect.sync(() => void (now += by)) }
}

const outcome = (reward: number | null | undefined): readonly [Session.EndState, string] =>
  reward === 1
    ? ["Success", "reward 1"]
    : reward === 0
    ? ["Fail", "reward 0"]
    : ["Indeterminate", reward === null || reward === undefined ? "no reward" : `reward ${reward}`]

/**
 * Records a transcript as a session that ends now, and gives its summary: an LLM
 * event for each turn of the assistant, a tool event for each call of a tool.
 */
export const record = Effect.fnUntraced(function*(transcript: Transcript, options: { readonly file: string }) {
  const all = yield* steps(transcript, options.file)
  const total = all.reduce((sum, step) => sum + nanos[step._tag], 0n)
  const { advance, clock } = makeClock((yield* Clock.currentTimeNanos) - total)
  const model = transcript.model ?? undefined

  const recordStep = Effect.fnUntraced(function*(step: Step) {
    const startTime = yield* Clock.currentTimeNanos
    yield* advance(nanos[step._tag])
    yield* step._tag === "Turn"
      ? Session.record(turnEvent(model, step), { startTime })
      : Session.record(toolEvent(step), { startTime, error: toolError(step.result) })
  })

  const [summary] = yield* Effect.gen(function*() {
    const session = yield* Session.Session
    yield* Effect.forEach(all, recordStep, { discard: true })
    yield* session.setEndState(...outcome(transcript.reward))
  }).pipe(
    Session.withSummary({
      name: "transcript",
      tags: ["replay"],
      metadata: { file: options.file, taskId: transcript.task_id ?? null, userCost: transcript.user_cost ?? null }
    }),
    Effect.provideService(Clock.Clock, clock)
  )
  return summary
})
