/**
 * Tracing of Mastra, the `@mastra/core` package, with an exporter of its observability.
 *
 * Pass {@link exporter} in the `exporters` of Mastra's observability. Then agents, workflows and their steps, model
 * calls and tools inside of {@link run} are events of the effect's session.
 *
 * It needs `@mastra/core` version 1, with `@mastra/observability`.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { TypeId } from "../../core/ErrorType.ts"
import { attempt } from "../../core/internal/look.ts"
import * as ApiError from "../../model/ApiError.ts"
import { ActionEvent } from "../../trace/ActionEvent.ts"
import { AgentEvent } from "../../trace/AgentEvent.ts"
import { LlmEvent, toFields } from "../../trace/LlmEvent.ts"
import { ToolEvent } from "../../trace/ToolEvent.ts"
import { Following } from "../internal/ambient.ts"
import { Runs } from "../internal/runs.ts"
import type { Failure } from "../Sdk.ts"
import { answerOf, errorOf, object, requestOf, text } from "./internal/facts.ts"

/**
 * A failed run of Mastra.
 *
 * **Details**
 *
 * `code` is the API's own if a model's API failed, else the id of Mastra's error or the name of its class. It becomes
 * the span's `error.type`.
 *
 * @category errors
 * @since 0.1.0
 */
export class MastraError extends Data.TaggedError("MastraError")<Failure> {
  /** The span's `error.type`. */
  get [TypeId](): string {
    return this.code
  }
}

/**
 * The fields of Mastra's spans that are read.
 *
 * @category models
 * @since 0.1.0
 */
export interface MastraSpan {
  readonly id: string
  readonly parentSpanId?: string | undefined
  readonly name: string
  readonly type: string
}

/**
 * Mastra's `ObservabilityExporter`, as far as it is needed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Exporter {
  readonly name: string
  exportTracingEvent(event: { readonly type: string; readonly exportedSpan: MastraSpan }): Promise<void>
  flush(): Promise<void>
  shutdown(): Promise<void>
}

const current = new Following<Runs>()

/** The runs of each open span, by its id, because Mastra may report the end of a span in another context. */
const owners = new Map<string, Runs>()

/** A generation in progress and its step. Mastra reports a step only after its first chunk. */
interface Generation {
  readonly span: MastraSpan
  step: string | undefined
  steps: number
}

const generations = new Map<string, Generation>()

const started = (runs: Runs, span: MastraSpan): void => {
  const { id, name, parentSpanId: parent, type } = span
  const { attributes, input } = object(span)
  switch (type) {
    case "agent_run":
    case "workflow_run":
      runs.start(id, parent, AgentEvent, {
        name: text(object(span)["entityName"]) ?? name,
        id: text(object(span)["entityId"]),
        input: input as object
      })
      break
    case "model_generation":
      generations.set(id, { span, step: undefined, steps: 0 })
      runs.pass(id, parent)
      break
    case "model_step": {
      const generation = generations.get(parent ?? "")
      if (generation !== undefined) {
        generation.step = id
        generation.steps++
      }
      runs.start(id, parent, LlmEvent, { read: () => toFields(requestOf(generation?.span, span)) })
      break
    }
    case "tool_call":
    case "mcp_tool_call":
    case "client_tool_call":
      runs.start(id, parent, ToolEvent, {
        name: text(object(span)["entityName"]) ?? name,
        callId: text(object(attributes)["toolCallId"]),
        description: text(object(attributes)["toolDescription"]),
        type: type === "mcp_tool_call" ? "extension" : "function",
        parameters: input as object
      })
      break
    case "workflow_step":
    case "rag_action":
    case "rag_vector_operation":
    case "memory_operation":
      runs.start(id, parent, ActionEvent, { type: name, parameters: input as object })
      break
    default:
      runs.pass(id, parent)
  }
}

/** Ends a failed generation, and with it the failed step, which Mastra may not have reported. */
const endGeneration = (runs: Runs, span: MastraSpan, error: Error | undefined): void => {
  const generation = generations.get(span.id)
  generations.delete(span.id)
  if (error === undefined || generation === undefined) return
  const { step, steps } = generation
  if (step !== undefined) return runs.fail(step, error)
  if (steps > 0) return
  const id = `${span.id} failed`
  runs.start(id, span.id, LlmEvent, { read: () => toFields(requestOf(span)) })
  runs.fail(id, error)
}

const ended = (runs: Runs, span: MastraSpan): void => {
  const event = runs.get(span.id) as { readonly add: (fields: object | undefined) => void } | undefined
  const { errorInfo, output } = object(span)
  const error = errorOf(errorInfo)
  if (span.type === "model_generation") endGeneration(runs, span, error)
  if (span.type === "model_step") {
    const generation = generations.get(span.parentSpanId ?? "")
    if (generation?.step === span.id) generation.step = undefined
    event?.add(toFields(answerOf(span)))
    event?.add(toFields(requestOf(generation?.span, span)))
  } else event?.add({ result: output, output })
  if (error === undefined) runs.end(span.id)
  else runs.fail(span.id, error)
}

/**
 * The exporter for the `exporters` of Mastra's observability.
 *
 * **Details**
 *
 * Agents and workflows are agent events, model calls are LLM events and tools are tool events. Workflow steps,
 * retrieval and memory operations are actions. It traces only runs inside of {@link run}.
 *
 * @category constructors
 * @since 0.1.0
 */
export const exporter: Exporter = {
  name: "effect-agentops",
  exportTracingEvent: ({ exportedSpan: span, type }) => {
    attempt(() => {
      const runs = owners.get(span.id) ??
        (span.parentSpanId === undefined ? undefined : owners.get(span.parentSpanId)) ??
        current.get()
      if (runs === undefined) return
      if (type === "span_started") {
        owners.set(span.id, runs)
        started(runs, span)
      } else if (type === "span_ended") {
        // Mastra reports a span that marks a moment only once.
        if (!runs.has(span.id)) started(runs, span)
        ended(runs, span)
        owners.delete(span.id)
      }
    })
    return Promise.resolve()
  },
  flush: () => Promise.resolve(),
  shutdown: () => Promise.resolve()
}

/**
 * Runs agents and workflows as a part of the effect's session.
 *
 * **Details**
 *
 * Interrupting the effect aborts the signal, so pass it to Mastra as `abortSignal`.
 *
 * **Gotchas**
 *
 * As for the OpenAI Agents SDK, the session follows promises with Node's `AsyncLocalStorage`, which Bun, Deno and
 * Workers have too.
 *
 * **Example** (an agent)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Mastra from "effect-agentops/mastra"
 *
 * // new Observability({ configs: { default: { serviceName: "app", exporters: [Mastra.exporter] } } })
 * const agent = { generate: (question: string) => Promise.resolve({ text: `You asked: ${question}` }) }
 *
 * const ask = (question: string) => Mastra.run(() => agent.generate(question))
 * await Effect.runPromise(Effect.map(ask("Hi"), (answer) => answer.text)) // => "You asked: Hi"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const run = <A>(f: (signal: AbortSignal) => PromiseLike<A>): Effect.Effect<A, MastraError> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.suspend(() => {
      const runs = new Runs(context)
      return Effect.tryPromise({
        try: (signal) => current.run(runs, () => f(signal)),
        catch: (cause) => {
          const { code, message, requestId, status } = ApiError.read(cause)
          return new MastraError({ code, message, requestId, status, cause })
        }
      }).pipe(Effect.onInterrupt(() => Effect.sync(() => runs.close())))
    })
  )
