/**
 * Tracing of Vercel's AI SDK, the `ai` package, with its own telemetry integrations.
 *
 * Pass {@link telemetry} as the `telemetry` option of `generateText`, `streamText`, `embed` and similar functions. Then
 * their model calls, embeddings and tools are events of the program's session.
 *
 * It needs the `ai` package, version 7.
 *
 * @since 0.1.0
 */
import type { Telemetry } from "ai"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Scope from "effect/Scope"
import { tryReading } from "../../core/internal/inspect.ts"
import * as Event from "../../trace/Event.ts"
import { LlmEvent, toFields } from "../../trace/LlmEvent.ts"
import { ToolEvent } from "../../trace/ToolEvent.ts"
import { answerOf, embeddingOf, requestOf } from "./internal/facts.ts"

/**
 * The value of the `telemetry` option.
 *
 * @category models
 * @since 0.1.0
 */
export interface TelemetryOption {
  readonly integrations: Array<Telemetry>
}

type Payload = Readonly<Record<PropertyKey, unknown>>

/** The event of a call of the SDK: a model call or a tool. */
type Started = Event.StartedEvent<typeof LlmEvent.fields & typeof ToolEvent.fields>

type Facts = (event: never) => Parameters<typeof toFields>[0]

const read = (event: Payload, facts: Facts) =>
  toFields(tryReading(event, facts as (event: unknown) => ReturnType<Facts>))

/** The open events, by the SDK's ids. */
class Open {
  readonly #context: Context.Context<never>
  readonly #events = new Map<string, Started>()
  /** The ids of calls whose first request has started. */
  readonly #begun = new Set<string>()

  constructor(context: Context.Context<never>) {
    this.#context = context
  }

  model(key: string, payload: Payload, facts: Facts): void {
    this.#start(key, Event.startUnsafe(this.#context, LlmEvent, { below: null, read: () => read(payload, facts) }))
  }

  tool({ input, toolCallId, toolName }: Payload): void {
    const name = String(toolName)
    const callId = String(toolCallId)
    const fields = { name, callId, type: "function", parameters: input as {}, below: null }
    this.#start(callId, Event.startUnsafe(this.#context, ToolEvent, fields))
  }

  #start(key: string, event: Started): void {
    this.end(key)
    this.#events.set(key, event)
  }

  get(key: string): Started | undefined {
    return this.#events.get(key)
  }

  #take(key: string): Started | undefined {
    const event = this.#events.get(key)
    this.#events.delete(key)
    this.#begun.delete(key)
    return event
  }

  end(key: string, exit?: Exit.Exit<unknown, unknown>): void {
    this.#take(key)?.end(exit)
  }

  fail(key: string, error: unknown): void {
    this.#take(key)?.fail(error)
  }

  /** Runs one request of a call. The SDK retries inside of the call. */
  async request<A>(key: string, execute: () => PromiseLike<A>): Promise<A> {
    const event = this.#events.get(key)
    if (event === undefined) return execute()
    if (this.#begun.has(key)) event.nextAttempt()
    this.#begun.add(key)
    try {
      return await execute()
    } catch (error) {
      event.endAttempt(error)
      throw error
    }
  }

  /** Ends the events that the program has abandoned. */
  close(): void {
    for (const event of this.#events.values()) {
      event.add({ streamOutcome: "let_go" })
      event.end()
    }
    this.#events.clear()
  }
}

const makeIntegration = (open: Open): Telemetry => ({
  onLanguageModelCallStart: (event) => open.model(event.callId, event, requestOf),
  executeLanguageModelCall: ({ callId, execute }) => open.request(callId, execute),
  onLanguageModelCallEnd: (event) => {
    open.get(event.callId)?.add(read(event, answerOf))
    open.end(event.callId)
  },
  onEmbedStart: (event) => open.model(event.embedCallId, event, embeddingOf),
  onEmbedEnd: (event) => {
    open.get(event.embedCallId)?.add(read(event, embeddingOf))
    open.end(event.embedCallId)
  },
  onToolExecutionStart: ({ toolCall }) => open.tool(toolCall),
  onToolExecutionEnd: ({ toolCall, toolOutput }) => {
    if (toolOutput.type === "tool-error") return open.fail(toolCall.toolCallId, toolOutput.error)
    open.get(toolCall.toolCallId)?.add({ result: toolOutput.output })
    open.end(toolCall.toolCallId)
  },
  onAbort: ({ callId }) => open.end(callId, Exit.interrupt()),
  onError: (event) => {
    if (Predicate.hasProperty(event, "callId") && typeof event.callId === "string") {
      open.fail(event.callId, Predicate.hasProperty(event, "error") ? event.error : event)
    }
  }
})

/**
 * The `telemetry` option that traces calls of the AI SDK in the effect's session.
 *
 * **Details**
 *
 * Each model call is an LLM event, each attempt of it an `llm.api.call`, and each tool that the SDK runs a tool event
 * beside the call that requested it. A stream's event ends with the stream. Events that are open when the scope closes,
 * such as that of a stream that was not read to its end, get the outcome `let_go`.
 *
 * **Gotchas**
 *
 * The finish reason is one of the SDK's own few values. `recordInputs` and `recordOutputs` have no effect, because the
 * exporters' content policy decides what leaves the process.
 *
 * **Example** (in an effect)
 *
 * ```ts no-run
 * import { generateText } from "ai"
 * import { Effect } from "effect"
 * import * as VercelAi from "effect-agentops/vercel-ai"
 *
 * const ask = (prompt: string) =>
 *   Effect.scoped(Effect.gen(function*() {
 *     const telemetry = yield* VercelAi.telemetry
 *     const { text } = yield* Effect.tryPromise((abortSignal) =>
 *       generateText({ model: "openai/gpt-4o", prompt, abortSignal, telemetry })
 *     )
 *     return text
 *   }))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const telemetry: Effect.Effect<TelemetryOption, never, Scope.Scope> = Effect.gen(function*() {
  const open = new Open((yield* Effect.context<Scope.Scope>()) as Context.Context<never>)
  yield* Scope.addFinalizer(yield* Scope.Scope, Effect.sync(() => open.close()))
  return { integrations: [makeIntegration(open)] }
})
