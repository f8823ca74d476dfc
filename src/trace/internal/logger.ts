/**
 * Where a program's log records meet the exporters of log records: one logger for
 * each `AgentOps` layer, however many exporters there are.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import { hasValidIds } from "../../core/internal/ids.ts"
import type { Origin } from "../Span.ts"
import { clockTime, currentParent, tracerEnabled } from "./startSpan.ts"

/** What a program logged, and the span that it logged it in. @internal */
export interface Logged extends Logger.Options<unknown> {
  readonly span: Tracer.AnySpan
  /** Nanoseconds since the Unix epoch, the same for every exporter. */
  readonly time: bigint
}

/** Where log records go. @internal */
export interface LogSink {
  readonly onLog: (logged: Logged, origin: Origin) => void
}

/** @internal */
export class LogHub {
  #sinks: ReadonlyArray<LogSink> = []
  readonly logger: Logger.Logger<unknown, void>

  constructor(origin: Origin) {
    this.logger = Logger.make((options) => {
      if (this.#sinks.length === 0) return
      const { context } = options.fiber
      // Where tracing is off is where exporters do their own work: what they log of it would make more of it.
      if (!tracerEnabled(context)) return
      const parent = currentParent(context)
      if (parent._tag === "None" || !parent.value.sampled || !hasValidIds(parent.value)) return
      const logged = { ...options, span: parent.value, time: clockTime(context) }
      for (const sink of this.#sinks) sink.onLog(logged, origin)
    })
  }

  /** Gives a sink every log record from now on, until the scope closes. */
  attach(sink: LogSink): Effect.Effect<void, never, Scope.Scope> {
    return Effect.acquireRelease(
      Effect.sync(() => {
        this.#sinks = [...this.#sinks, sink]
      }),
      () =>
        Effect.sync(() => {
          this.#sinks = this.#sinks.filter((other) => other !== sink)
        })
    )
  }
}
