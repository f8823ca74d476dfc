/**
 * Tracing of the OpenAI Agents SDK, the `@openai/agents` package, by a tracing
 * processor.
 *
 * Add {@link processor} to the SDK once, and run agents by {@link run}: agents, model
 * calls, tools, handoffs and guardrails are then events of the session that the
 * effect is in.
 *
 * Needs `@openai/agents` or `@openai/agents-core`.
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
import { addFinder, Following } from "../internal/ambient.ts"
import { Runs } from "../internal/runs.ts"
import type { Failure } from "../Sdk.ts"
import { callOf, errorOf, object, parsed } from "./internal/facts.ts"

/**
 * A run of agents failed.
 *
 * **Details**
 *
 * `code` is the API's own where a model refused, else the name of the SDK's error, such
 * as `MaxTurnsExceededError`. It is the span's `error.type`.
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
 * A span of the SDK, as far as it is read.
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

const current = new Following<Runs>()

/** The runs that a span of the SDK belongs to: it may end where nothing follows promises. */
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

const told = (runs: Runs, span: AgentsSpan): void => {
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
 * What the SDK's `addTraceProcessor` and `setTraceProcessors` take.
 *
 * **Details**
 *
 * Each agent is an agent event, each model call an LLM event, each tool a tool event,
 * each handoff and guardrail an action. It traces what {@link run} runs, and nothing
 * else. A call that the SDK makes by a traced client, such as one that
 * `OpenAi.wrap(client).use` lends, is the same event, with an attempt for each request.
 *
 * `traceIncludeSensitiveData: false` keeps what was said from the processor: the model
 * calls then have no more than a traced client tells.
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
    told(runs, span)
    const error = errorOf(span.error)
    if (error === undefined) runs.end(span.spanId)
    else runs.fail(span.spanId, error)
    return Promise.resolve()
  },
  shutdown: () => Promise.resolve(),
  forceFlush: () => Promise.resolve()
}

/** Where the SDK keeps the span that it is in. */
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
 * Runs agents as a part of the session that the effect is in.
 *
 * **Details**
 *
 * The signal is aborted when the effect is interrupted: give it to the SDK's `run`. A
 * streamed run goes on after the effect has ended, and so do its events: read it inside.
 *
 * **Gotchas**
 *
 * What follows the SDK's promises is Node's `AsyncLocalStorage`, which Bun, Deno and
 * Workers have too. Where there is none, all spans are of the run that began last.
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
