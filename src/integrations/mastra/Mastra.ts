/**
 * Tracing of Mastra, the `@mastra/core` package, with an exporter of its observability.
 *
 * Pass {@link exporter} in the `exporters` of Mastra's observability. Then agents, workflows and their steps, model
 * calls and tools inside of {@link run} are events of the effect's session.
 *
 * It needs `@mastra/core` version 1, from 1.0.4, with `@mastra/observability`.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { TypeId } from "../../core/ErrorType.ts"
import { tryOrUndefined } from "../../core/internal/inspect.ts"
import * as ApiError from "../../model/ApiError.ts"
import { AmbientValue } from "../internal/ambient.ts"
import type { Failure } from "../Sdk.ts"
import { Run } from "./internal/run.ts"

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

const current = new AmbientValue<Run>()

/** The run of each open span, by its id, because Mastra may report the end of a span in another context. */
const owners = new Map<string, Run>()

/** The error that Mastra threw. */
const causeOf = (exit: Exit.Exit<unknown, MastraError>): unknown =>
  Exit.isSuccess(exit) ? undefined : exit.cause.reasons.find(Cause.isFailReason)?.error.cause

/** The longest wait for Mastra to report the ends of spans after the run. */
const lateSpanWait = "1 second"

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
    tryOrUndefined(() => {
      const run = owners.get(span.id) ??
        (span.parentSpanId === undefined ? undefined : owners.get(span.parentSpanId)) ??
        current.get()
      if (run === undefined) return
      if (type === "span_started") {
        owners.set(span.id, run)
        run.start(span)
      } else if (type === "span_ended") {
        owners.delete(span.id)
        run.end(span)
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
      const run = new Run(context)
      const over = Effect.timeoutOption(
        Effect.callback<void>((resume) => run.onIdle(() => resume(Effect.void))),
        lateSpanWait
      )
      return Effect.tryPromise({
        try: (signal) => current.run(run, () => f(signal)),
        catch: (cause) => {
          const { code, message, requestId, status } = ApiError.read(cause)
          return new MastraError({ code, message, requestId, status, cause })
        }
      }).pipe(
        Effect.onExit((exit) =>
          Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
            ? Effect.sync(() => run.close())
            : Effect.andThen(over, Effect.sync(() => run.endFailed(causeOf(exit))))
        )
      )
    })
  )
