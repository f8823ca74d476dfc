/**
 * Tracing of the OpenAI Agents SDK, the `@openai/agents` package, with a tracing processor.
 *
 * Add {@link processor} to the SDK once, and run agents with {@link run}. Then agents, model calls, tools, handoffs and
 * guardrails are events of the effect's session.
 *
 * It needs `@openai/agents` or `@openai/agents-core`.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { TypeId } from "../../core/ErrorType.ts"
import * as ApiError from "../../model/ApiError.ts"
import { ActionEvent } from "../../trace/ActionEvent.ts"
import { AgentEvent } from "../../trace/AgentEvent.ts"
import { LlmEvent, toFields } from "../../trace/LlmEvent.ts"
import { ToolEvent } from "../../trace/ToolEvent.ts"
import { addFinder, AmbientValue } from "../internal/ambient.ts"
import { Runs } from "../internal/runs.ts"
import type { Failure } from "../Sdk.ts"
import { callOf, errorOf, object, parsed } from "./internal/facts.ts"

/**
 * A failed run of agents.
 *
 * **Details**
 *
 * `code` is the API's own if a model's API failed, else the name of the SDK's error, such as `MaxTurnsExceededError`.
 * It becomes the span's `error.type`.
 *
 * @category errors
 * @since 0.1.0
 */
export class OpenAiAgentsError extends Data.TaggedError("OpenAiAgentsError")<Failure> {
  /** The span's `error.type`. */
  get [TypeId](): string {
    return this.code
  }
}

/**
 * The fields of the SDK's spans that are read.
 *
 * @category models
 * @since 0.1.0
 */
export interface AgentsSpan {
  readonly spanId: string
  readonly parentId: string | null
  readonly spanData: object
  readonly error: object | null
}

/**
 * The SDK's `TracingProcessor`.
 *
 * @category models
 * @since 0.1.0
 */
export interface TracingProcessor {
  onTraceStart(trace: unknown): Promise<void>
  onTraceEnd(trace: unknown): Promise<void>
  onSpanStart(span: AgentsSpan): Promise<void>
  onSpanEnd(span: AgentsSpan): Promise<void>
  shutdown(timeout?: number): Promise<void>
  forceFlush(): Promise<void>
}

const current = new AmbientValue<Runs>()

/** The runs of each span of the SDK, because a span may end outside of the followed promises. */
const runsOf = new WeakMap<object, Runs>()

const textOf = (value: unknown): string => typeof value === "string" ? value : "unknown"

const started = (runs: Runs, span: AgentsSpan): void => {
  const { parentId, spanId } = span
  const data = object(span.spanData)
  switch (data["type"]) {
    case "agent": {
      const tools = Array.isArray(data["tools"]) ? data["tools"].filter(Predicate.isString) : undefined
      runs.start(spanId, parentId, AgentEvent, { name: textOf(data["name"]), tools })
      break
    }
    case "generation":
    case "response":
      runs.start(spanId, parentId, LlmEvent, { provider: "openai", operation: "chat" })
      break
    case "function":
      runs.start(spanId, parentId, ToolEvent, {
        name: textOf(data["name"]),
        type: data["mcp_data"] === undefined ? "function" : "extension"
      })
      break
    case "handoff":
    case "guardrail":
      runs.start(spanId, parentId, ActionEvent, { type: data["type"] })
      break
    default:
      runs.pass(spanId, parentId)
  }
}

const addSpanData = (runs: Runs, span: AgentsSpan): void => {
  const data = object(span.spanData)
  const event = runs.get(span.spanId)
  if (event === undefined) return
  switch (data["type"]) {
    case "generation":
    case "response":
      return addTo(event, toFields(callOf(data)))
    case "function":
      return addTo(event, { parameters: parsed(data["input"]), result: parsed(data["output"]) })
    case "handoff":
      return addTo(event, { parameters: { from: data["from_agent"], to: data["to_agent"] } })
    case "guardrail":
      return addTo(event, { parameters: { name: data["name"] }, result: { triggered: data["triggered"] } })
  }
}

const addTo = (event: unknown, fields: object | undefined): void =>
  (event as { readonly add: (fields: object | undefined) => void }).add(fields)

/**
 * The processor for the SDK's `addTraceProcessor` and `setTraceProcessors`.
 *
 * **Details**
 *
 * Each agent is an agent event, each model call an LLM event, each tool a tool event, and each handoff and guardrail an
 * action. It traces only runs inside of {@link run}. If the SDK makes a call with a traced client, such as the client
 * of `OpenAi.wrap(client).use`, both are one event with an attempt for each request. With
 * `traceIncludeSensitiveData: false` the SDK withholds content from the processor. Then model calls have only the facts
 * that a traced client records.
 *
 * @category constructors
 * @since 0.1.0
 */
export const processor: TracingProcessor = {
  onTraceStart: () => Promise.resolve(),
  onTraceEnd: () => Promise.resolve(),
  onSpanStart: (span) => {
    const runs = current.get()
    if (runs === undefined) return Promise.resolve()
    runsOf.set(span, runs)
    started(runs, span)
    return Promise.resolve()
  },
  onSpanEnd: (span) => {
    const runs = runsOf.get(span)
    if (runs === undefined) return Promise.resolve()
    addSpanData(runs, span)
    const error = errorOf(span.error)
    if (error === undefined) runs.end(span.spanId)
    else runs.fail(span.spanId, error)
    return Promise.resolve()
  },
  shutdown: () => Promise.resolve(),
  forceFlush: () => Promise.resolve()
}

/** The key under which the SDK keeps the current span. */
const storageKey = Symbol.for("openai.agents.core.asyncLocalStorage")

interface Stored {
  readonly getStore?: () => { readonly span?: { readonly spanId?: string } } | undefined
}

const spanContext = (): Context.Context<never> | undefined => {
  const storage = (globalThis as { readonly [storageKey]?: Stored })[storageKey]
  const id = storage?.getStore?.()?.span?.spanId
  const runs = current.get()
  return id !== undefined && runs?.has(id) === true ? runs.contextOf(id) : undefined
}

/**
 * Runs agents as a part of the effect's session.
 *
 * **Details**
 *
 * Interrupting the effect aborts the signal, so pass it to the SDK's `run`. A streamed run continues after the effect
 * has ended, and so do its events. Read the stream inside of the effect.
 *
 * **Gotchas**
 *
 * The session follows the SDK's promises with Node's `AsyncLocalStorage`, which Bun, Deno and Workers have too. In a
 * runtime without it, all spans belong to the run that started last.
 *
 * **Example** (an agent)
 *
 * ```ts no-run
 * import { addTraceProcessor, Agent, run } from "@openai/agents-core"
 * import { Effect } from "effect"
 * import { Session } from "effect-agentops"
 * import * as OpenAiAgents from "effect-agentops/openai-agents"
 *
 * addTraceProcessor(OpenAiAgents.processor)
 * const agent = new Agent({ name: "Forecaster", instructions: "Tell the weather." })
 *
 * const ask = (question: string) =>
 *   OpenAiAgents.run((signal) => run(agent, question, { signal })).pipe(
 *     Effect.map((result) => result.finalOutput),
 *     Session.withSession({ name: "forecast" })
 *   )
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const run = <A>(f: (signal: AbortSignal) => PromiseLike<A>): Effect.Effect<A, OpenAiAgentsError> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.suspend(() => {
      const remove = addFinder(spanContext)
      const runs = new Runs(context)
      return Effect.tryPromise({
        try: (signal) => current.run(runs, () => f(signal)),
        catch: (cause) => {
          const { code, message, requestId, status } = ApiError.read(cause)
          return new OpenAiAgentsError({ code, message, requestId, status, cause })
        }
      }).pipe(
        Effect.onInterrupt(() => Effect.sync(() => runs.close())),
        Effect.ensuring(Effect.sync(remove))
      )
    })
  )
