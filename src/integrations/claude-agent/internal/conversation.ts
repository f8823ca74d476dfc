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
import { attempt } from "../../../core/internal/look.ts"
import * as ChunkReader from "../../../model/ChunkReader.ts"
import * as LlmCall from "../../../model/LlmCall.ts"
import type { fields as agentFields } from "../../../trace/AgentEvent.ts"
import { AgentEvent } from "../../../trace/AgentEvent.ts"
import * as Event from "../../../trace/Event.ts"
import type { fields as llmFields } from "../../../trace/LlmEvent.ts"
import { LlmEvent, toFields } from "../../../trace/LlmEvent.ts"
import * as Session from "../../../trace/Session.ts"
import { Runs } from "../../internal/runs.ts"
import { toolHooks } from "./hooks.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

const text = (value: unknown): string | undefined => typeof value === "string" && value !== "" ? value : undefined

const api = { api: "messages", provider: "anthropic" } as const

/** An answer in progress. It comes as one message for each of its parts. */
interface Answer {
  message: Payload
  readonly content: Array<unknown>
  readonly error: string | undefined
  /** The context of the tool that runs the subagent. The tool may end before the subagent's last answer is complete. */
  readonly context: Context.Context<never>
  readonly startTime: bigint
  endTime: bigint
}

/** An answer that is being streamed. */
interface Streamed {
  readonly event: Event.StartedEvent<typeof llmFields>
  readonly reader: ChunkReader.ChunkReader
}

/** The conversation of the agent or of one of its subagents. */
class Thread {
  answer: Answer | undefined = undefined
  streamed: Streamed | undefined = undefined
  /** The ids of answers that were streamed, because they also come as complete messages. */
  readonly told = new Set<unknown>()
  /** The messages since the last answer. */
  said: Array<unknown> = []
  /** The time of the last of these messages. */
  since: bigint | undefined = undefined
}

const main = "main"

/** @internal */
export class Conversation {
  readonly #agent: Event.StartedEvent<typeof agentFields>
  readonly #runs: Runs
  readonly #threads = new Map<string, Thread>()
  #failed: string | undefined = undefined

  constructor(context: Context.Context<never>, prompt: unknown) {
    const input = text(prompt)
    this.#agent = Event.startUnsafe(context, AgentEvent, { name: "claude", input })
    this.#runs = new Runs(this.#agent.context)
    if (input !== undefined) this.#thread(main).said.push({ role: "user", content: input })
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
    for (const [name, matcher] of Object.entries(toolHooks(this.#runs))) {
      merged[name] = [...given?.[name] ?? [], matcher]
    }
    return merged
  }

  /** Processes the next message. */
  take(raw: unknown): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeNanos, (now) => attempt(() => this.#take(object(raw), now)) ?? Effect.void)
  }

  #take(message: Payload, now: bigint): Effect.Effect<void> {
    const id = text(message["parent_tool_use_id"]) ?? main
    const thread = this.#thread(id)
    switch (message["type"]) {
      case "system":
        if (message["subtype"] === "init") this.#begin(thread, message, now)
        return Effect.void
      case "stream_event":
        this.#takeChunk(thread, id, object(message["event"]))
        return Effect.void
      case "assistant":
        return this.#takeAnswer(thread, id, message, now)
      case "user": {
        const finished = this.#finish(thread)
        thread.said.push(message["message"])
        thread.since = now
        return finished
      }
      case "result": {
        const type = text(message["subtype"])
        this.#agent.add({ output: message["result"] })
        this.#failed = message["is_error"] !== true
          ? undefined
          : type === undefined || type === "success"
          ? "error"
          : type
        return this.#finish(thread)
      }
    }
    return Effect.void
  }

  #begin(thread: Thread, message: Payload, now: bigint): void {
    const model = text(message["model"])
    this.#agent.add({
      id: text(message["session_id"]),
      models: model === undefined ? undefined : [model],
      tools: Array.isArray(message["tools"]) ? message["tools"].filter(Predicate.isString) : undefined
    })
    thread.since = now
  }

  #requestOf(thread: Thread, model: unknown): LlmCall.LlmCall | undefined {
    return LlmCall.readRequest({ model, messages: thread.said }, api)
  }

  #takeChunk(thread: Thread, id: string, event: Payload): void {
    if (event["type"] === "message_start") {
      this.#endStream(thread, "interrupted")
      const { id: messageId, model } = object(event["message"])
      thread.told.add(messageId)
      const read = () => toFields({ ...this.#requestOf(thread, model), stream: true })
      thread.streamed = {
        event: Event.startUnsafe(this.#runs.contextOf(id), LlmEvent, { provider: "anthropic", read }),
        reader: ChunkReader.make()
      }
      thread.said = []
    }
    const { streamed } = thread
    if (streamed === undefined) return
    streamed.event.chunk()
    streamed.reader.add(event)
    if (event["type"] === "message_stop") this.#endStream(thread, "drained")
  }

  #endStream(thread: Thread, streamOutcome: string): void {
    const { streamed } = thread
    thread.streamed = undefined
    streamed?.event.add({ ...toFields(streamed.reader.facts()), streamOutcome })
    streamed?.event.end()
  }

  #takeAnswer(thread: Thread, id: string, raw: Payload, now: bigint): Effect.Effect<void> {
    const message = object(raw["message"])
    if (thread.told.has(message["id"])) return Effect.void
    const content = Array.isArray(message["content"]) ? message["content"] : []
    const { answer } = thread
    if (answer !== undefined && answer.message["id"] === message["id"]) {
      answer.content.push(...content)
      answer.message = message
      answer.endTime = now
      return Effect.void
    }
    const finished = this.#finish(thread)
    const startTime = thread.since ?? now
    thread.answer = {
      message,
      content: [...content],
      error: text(raw["error"]),
      context: this.#runs.contextOf(id),
      startTime,
      endTime: now
    }
    return finished
  }

  /** Records a completed answer. */
  #finish(thread: Thread): Effect.Effect<void> {
    const { answer } = thread
    if (answer === undefined) return Effect.void
    thread.answer = undefined
    const { content, context, endTime, error, message, startTime } = answer
    const event = LlmEvent.make({
      ...toFields(this.#requestOf(thread, message["model"])),
      ...toFields(LlmCall.readResponse({ ...message, type: "message", content }, api)),
      model: text(message["model"])
    })
    thread.said = []
    thread.since = endTime
    const failure = error === undefined ? undefined : { error: { _tag: error } }
    const recorded = Session.record(event, { startTime, endTime, ...failure })
    return Effect.provideContext(Effect.ignore(recorded), context)
  }

  /** Ends all events of the run. */
  close(exit: Exit.Exit<unknown, unknown>): void {
    for (const thread of this.#threads.values()) {
      this.#endStream(thread, "interrupted")
      Effect.runSync(this.#finish(thread))
    }
    this.#runs.close()
    if (exit._tag === "Success" && this.#failed !== undefined) this.#agent.unsuccessful(this.#failed)
    this.#agent.end(exit)
  }
}
