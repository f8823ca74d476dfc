/**
 * Converts the messages and hooks of one run of the Claude Agent SDK to events.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import { nonEmpty, tryOrUndefined } from "../../../core/internal/inspect.ts"
import * as LlmCall from "../../../model/LlmCall.ts"
import type { fields as agentFields } from "../../../trace/AgentEvent.ts"
import { AgentEvent } from "../../../trace/AgentEvent.ts"
import * as Event from "../../../trace/Event.ts"
import { LlmEvent, toFields } from "../../../trace/LlmEvent.ts"
import * as Session from "../../../trace/Session.ts"
import { Runs } from "../../internal/runs.ts"
import { Accounts } from "./accounts.ts"
import type { Answer } from "./answer.ts"
import { answerOf, failureOf, Streamed } from "./answer.ts"
import { Tools } from "./hooks.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

const api = { api: "messages", provider: "anthropic" } as const

/** The conversation of the agent or of one of its subagents. */
class Thread {
  /** The answer in progress. The SDK sends one message for each of its parts. */
  answer: Answer | undefined = undefined
  /** The call in progress, if the SDK reports its start or its chunks. */
  streamed: Streamed | undefined = undefined
  /** The ids of answers that were streamed, because they also come as complete messages. */
  readonly told = new Set<unknown>()
  /** The messages since the last answer. */
  messages: Array<unknown> = []
  /** The time of the last of these messages. */
  since: bigint | undefined = undefined
}

const main = "main"

/** @internal */
export class Conversation {
  readonly #agent: Event.StartedEvent<typeof agentFields>
  readonly #runs: Runs
  readonly #tools: Tools
  readonly #threads = new Map<string, Thread>()
  readonly #accounts: Accounts
  #model: string | undefined = undefined
  /** The `error.type` of the run, from its result. */
  failed: string | undefined = undefined

  constructor(context: Context.Context<never>, prompt: unknown, resumed: boolean) {
    const input = nonEmpty(prompt)
    this.#agent = Event.startUnsafe(context, AgentEvent, { name: "claude", input })
    this.#runs = new Runs(this.#agent.context)
    this.#tools = new Tools(this.#runs)
    this.#accounts = new Accounts(resumed)
    if (input !== undefined) this.#thread(main).messages.push({ role: "user", content: input })
  }

  #thread(id: string): Thread {
    const found = this.#threads.get(id)
    if (found !== undefined) return found
    const thread = new Thread()
    this.#threads.set(id, thread)
    return thread
  }

  /** The program's hooks and the tracing ones. */
  hooks(given: Readonly<Record<string, ReadonlyArray<unknown>>> | undefined): Record<string, ReadonlyArray<unknown>> {
    const merged: Record<string, ReadonlyArray<unknown>> = { ...given }
    for (const [name, matcher] of Object.entries(this.#tools.hooks())) {
      merged[name] = [...given?.[name] ?? [], matcher]
    }
    return merged
  }

  /** Processes the next message. */
  take(raw: unknown): Effect.Effect<void> {
    return Effect.flatMap(
      Clock.currentTimeNanos,
      (now) => Effect.sync(() => void tryOrUndefined(() => this.#take(object(raw), now)))
    )
  }

  #take(message: Payload, now: bigint): void {
    const thread = this.#thread(nonEmpty(message["parent_tool_use_id"]) ?? main)
    switch (message["type"]) {
      case "system":
        return this.#takeNews(thread, message, now)
      case "stream_event":
        return this.#takeChunk(thread, message, object(message["event"]))
      case "assistant":
        return this.#takeAnswer(thread, message, now)
      case "user":
        this.#finish(thread)
        thread.messages.push(message["message"])
        thread.since = now
        return
      case "result":
        return this.#takeResult(thread, message)
    }
  }

  #takeNews(thread: Thread, message: Payload, now: bigint): void {
    switch (message["subtype"]) {
      case "init":
        this.#model = nonEmpty(message["model"])
        this.#agent.add({
          id: nonEmpty(message["session_id"]),
          models: this.#model === undefined ? undefined : [this.#model],
          tools: Array.isArray(message["tools"]) ? message["tools"].filter(Predicate.isString) : undefined
        })
        thread.since = now
        return
      case "status":
        if (message["status"] !== "requesting") return
        this.#finish(thread)
        this.#endStream(thread)
        thread.streamed = this.#startStream(thread, message, now)
        return
      case "api_retry":
        thread.streamed?.retry(message["error_status"], message["error"])
    }
  }

  #requestOf(thread: Thread): LlmCall.LlmCall | undefined {
    return LlmCall.readRequest({ model: this.#model, messages: thread.messages }, api)
  }

  #startStream(thread: Thread, message: Payload, startTime: bigint | undefined): Streamed {
    const { messages } = thread
    thread.messages = []
    const read = () => toFields({ ...LlmCall.readRequest({ model: this.#model, messages }, api), stream: true })
    const context = this.#runs.contextOf(this.#tools.ownerOf(message))
    return new Streamed(Event.startUnsafe(context, LlmEvent, { provider: "anthropic", startTime, read, below: null }))
  }

  #takeChunk(thread: Thread, message: Payload, event: Payload): void {
    if (event["type"] === "message_start") {
      if (thread.streamed?.began === true) this.#endStream(thread)
      thread.told.add(object(event["message"])["id"])
      // Older versions do not report the request. It follows the last message.
      thread.streamed ??= this.#startStream(thread, message, thread.since)
    }
    thread.streamed?.chunk(event)
    if (event["type"] === "message_stop") this.#endStream(thread)
  }

  #endStream(thread: Thread, exit?: Exit.Exit<unknown, unknown>): void {
    const { streamed } = thread
    thread.streamed = undefined
    const facts = streamed?.end(exit)
    if (facts !== undefined) this.#accounts.addReported(facts.responseModel ?? this.#model ?? "", facts.usage)
  }

  #takeAnswer(thread: Thread, raw: Payload, now: bigint): void {
    const message = object(raw["message"])
    if (thread.told.has(message["id"])) return
    const content = Array.isArray(message["content"]) ? message["content"] : []
    const { answer } = thread
    const owner = this.#tools.ownerOf(raw)
    if (owner !== undefined) this.#tools.asks(owner, content)
    if (answer !== undefined && answer.message["id"] === message["id"]) {
      answer.content.push(...content)
      answer.message = message
      answer.endTime = now
      return
    }
    this.#finish(thread)
    thread.answer = {
      message,
      content: [...content],
      failure: failureOf(raw),
      // The tool that runs the subagent may end before the subagent's last answer is complete.
      context: this.#runs.contextOf(owner),
      startTime: thread.since ?? now,
      endTime: now
    }
  }

  /** Records a completed answer. */
  #finish(thread: Thread): void {
    const { answer, streamed } = thread
    if (answer === undefined) return
    thread.answer = undefined
    const facts = answerOf(answer)
    if (streamed?.began === false) {
      // The SDK fell back to a request without a stream, or the request failed.
      thread.streamed = undefined
      this.#accounts.addReported(facts.responseModel ?? "", facts.usage)
      streamed.whole(answer, facts)
    } else this.#record(answer, facts, this.#requestOf(thread))
    thread.messages = []
    thread.since = answer.endTime
  }

  #record(answer: Answer, facts: LlmCall.LlmCall, request: LlmCall.LlmCall | undefined): void {
    const { context, endTime, failure, startTime } = answer
    const write = (fields: object) => {
      const known: Record<string, unknown> = { ...toFields(request), ...toFields(facts), ...fields }
      const event = LlmEvent.make({ ...known, model: this.#modelOf(facts) })
      const failed = failure === undefined ? undefined : { error: { _tag: failure } }
      const recorded = Session.record(event, { startTime, endTime, ...failed })
      Effect.runSyncWith(context)(Effect.ignore(recorded))
    }
    const { responseModel, usage } = facts
    const whole = failure !== undefined || answer.message["stop_reason"] !== null
    if (whole || usage === undefined || responseModel === undefined) {
      if (responseModel !== undefined) this.#accounts.addReported(responseModel, usage)
      return write({})
    }
    this.#accounts.wait({
      model: responseModel,
      usage,
      content: answer.content,
      record: (usage, estimated) => write({ usage, usageEstimated: estimated ? true : undefined })
    })
  }

  /** The model of the answer, or for a failed call the model that the run started with. */
  #modelOf(facts: LlmCall.LlmCall): string | undefined {
    return facts.responseModel ?? this.#model
  }

  #takeResult(thread: Thread, message: Payload): void {
    const subtype = nonEmpty(message["subtype"]) ?? "error"
    const failed = message["is_error"] === true || subtype.startsWith("error")
    this.#agent.add({ output: message["result"] })
    this.failed = !failed
      ? undefined
      : nonEmpty(message["api_error_type"]) ?? (subtype === "success" ? "error" : subtype)
    this.#finish(thread)
    this.#accounts.result(message)
    // The result may already count a running subagent's call whose answer has not arrived.
    if (!this.#tools.busy) this.#settle()
  }

  #settle(): void {
    for (const thread of this.#threads.values()) this.#finish(thread)
    for (const { model, usage } of this.#accounts.distribute()) {
      const event = LlmEvent.make({ provider: "anthropic", operation: "chat", model, usage })
      Effect.runSyncWith(this.#agent.context)(Session.record(event))
    }
  }

  /** Ends all events of the run. */
  close(exit: Exit.Exit<unknown, unknown>): void {
    for (const thread of this.#threads.values()) {
      this.#finish(thread)
      this.#endStream(thread, exit)
    }
    this.#settle()
    this.#accounts.close()
    this.#runs.close()
    if (exit._tag === "Success" && this.failed !== undefined) this.#agent.unsuccessful(this.failed)
    this.#agent.end(exit)
  }
}
