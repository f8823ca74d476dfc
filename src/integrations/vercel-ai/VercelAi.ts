/**
 * Tracing of Vercel's AI SDK, the `ai` package, by its own telemetry integrations.
 *
 * {@link telemetry} is a value for the `telemetry` option of `generateText`,
 * `streamText`, `embed` and their kin: their model calls, embeddings and tools are
 * then events of the session that the program is in.
 *
 * Needs the `ai` package, version 7.
 *
 * @since 0.1.0
 */
import type { Telemetry } from "ai"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Scope from "effect/Scope"
import { attemptWith } from "../../core/internal/look.ts"
import * as Event from "../../trace/Event.ts"
import { LlmEvent, toFields } from "../../trace/LlmEvent.ts"
import { ToolEvent } from "../../trace/ToolEvent.ts"
import { answerOf, embeddingOf, requestOf } from "./internal/facts.ts"

/**
 * What the `telemetry` option takes.
 *
 * @category models
 * @since 0.1.0
 */
export interface TelemetryOption {
  readonly integrations: Array<Telemetry>
}

type Payload = Readonly<Record<PropertyKey, unknown>>

/** What a call of the SDK is told while it goes on: a model call or a tool. */
type Started = Event.StartedEvent<typeof LlmEvent.fields & typeof ToolEvent.fields>

type Facts = (event: never) => Parameters<typeof toFields>[0]

const read = (event: Payload, facts: Facts) =>
  toFields(attemptWith(event, facts as (event: unknown) => ReturnType<Facts>))

/** The events that are open, by what the SDK calls them. */
class Open {
  readonly #context: Context.Context<never>
  readonly #events = new Map<string, Started>()
  /** Calls whose first request has begun. */
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

  /** One request of a call: the SDK tries again inside of the call. */
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

  /** What the program has let go of. */
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
 * The `telemetry` option that traces calls of the AI SDK where the effect runs.
 *
 * **Details**
 *
 * Each model call is an LLM event, each try of it an `llm.api.call`, each tool that
 * the SDK runs a tool event beside the call that asked for it. A stream's event
 * ends with the stream. What is still open when the scope closes, such as a stream
 * that nobody read to its end, is `let_go`.
 *
 * **Gotchas**
 *
 * The finish reason is one of the SDK's own few words. `recordInputs` and
 * `recordOutputs` are not asked: what leaves the process is the exporters' policy.
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
