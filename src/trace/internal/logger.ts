/**
 * Where a program's log records meet the exporters of log records: one logger for
 * each `AgentOps` layer, however many exporters there are.
 *
 * @internal
 */
import * as Logger from "effect/Logger"
import type * as Tracer from "effect/Tracer"
import { hasValidIds } from "../../core/internal/ids.ts"
import { SinkSet } from "../../core/internal/sinkSet.ts"
import type { TracerSettings } from "../Span.ts"
import { clockTime, currentParent, tracerEnabled } from "./startSpan.ts"

/** What a program logged, and the span that it logged it in. @internal */
export interface Logged extends Logger.Options<unknown> {
  readonly span: Tracer.AnySpan
  /** Nanoseconds since the Unix epoch, the same for every exporter. */
  readonly time: bigint
}

/** Where log records go. @internal */
export interface LogSink {
  readonly onLog: (logged: Logged, settings: TracerSettings) => void
}

/** @internal */
export class LogHub {
  readonly sinks = new SinkSet<LogSink>()
  readonly logger: Logger.Logger<unknown, void>

  constructor(settings: TracerSettings) {
    this.logger = Logger.make((options) => {
      const { all } = this.sinks
      if (all.length === 0) return
      const { context } = options.fiber
      // Where tracing is off is where exporters do their own work: what they log of it would make more of it.
      if (!tracerEnabled(context)) return
      const parent = currentParent(context)
      if (parent._tag === "None" || !parent.value.sampled || !hasValidIds(parent.value)) return
      const logged = { ...options, span: parent.value, time: clockTime(context) }
      for (const sink of all) sink.onLog(logged, settings)
    })
  }
}
