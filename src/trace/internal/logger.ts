/**
 * Passes a program's log records to processors and exporters: one logger for each `AgentOps` layer.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { hasValidIds } from "../../core/internal/ids.ts"
import { SinkSet } from "../../core/internal/sinkSet.ts"
import type { LogRecord } from "../LogRecord.ts"
import type { TracerSettings } from "../Span.ts"
import { currentSession } from "./session/currentSession.ts"
import { RecordedSpan } from "./span.ts"
import { clockTime, currentParent, ownTracer, tracerEnabled } from "./startSpan.ts"
import type { AgentOpsTracer } from "./tracer.ts"

/** Receives log records. @internal */
export interface LogSink {
  readonly onLog: (record: LogRecord, settings: TracerSettings) => void
}

/** Changes or drops a log record before the exporters receive it. @internal */
export type LogProcessor = (record: LogRecord) => LogRecord | undefined

/** The name of the event, for a log record that is an event rather than a log line. @internal */
export const CurrentEventName: Context.Reference<string | undefined> = Context.Reference<string | undefined>(
  "effect-agentops/trace/EventName",
  { defaultValue: () => undefined }
)

/** The log record of a logger call. */
const recordOf = (options: Logger.Options<unknown>, span: LogRecord["span"]): LogRecord => {
  const { context, id } = options.fiber
  const session = currentSession(context) ?? (span instanceof RecordedSpan ? span.session : undefined)
  const attributes: Record<string, unknown> = {
    "effect.fiberId": id,
    ...session === undefined ? undefined : { "session.id": session.id },
    ...session?.conversationId === undefined ? undefined : { "gen_ai.conversation.id": session.conversationId },
    // The program's own annotations take precedence.
    ...options.fiber.getRef(References.CurrentLogAnnotations)
  }
  // Of spans with the same label the outermost comes last, and is kept.
  for (const [label, startTime] of options.fiber.getRef(References.CurrentLogSpans)) {
    attributes[`effect.log_span.${label}`] = options.date.getTime() - startTime
  }
  return {
    span,
    time: clockTime(context),
    level: options.logLevel,
    message: options.message,
    cause: options.cause,
    attributes,
    eventName: Context.get(context, CurrentEventName)
  }
}

const processed = (record: LogRecord, processors: ReadonlyArray<LogProcessor>): LogRecord | undefined => {
  let current = record
  for (const processor of processors) {
    // The processor is user code. If it throws, the record is kept unchanged.
    try {
      const next = processor(current)
      if (next === undefined) return undefined
      current = { ...next, span: record.span }
    } catch {
      continue
    }
  }
  return current
}

/** @internal */
export class LogHub {
  readonly sinks = new SinkSet<LogSink>()
  readonly processors = new SinkSet<LogProcessor>()
  readonly logger: Logger.Logger<unknown, void>

  constructor(tracer: AgentOpsTracer) {
    this.logger = Logger.make((options) => {
      const { all } = this.sinks
      if (all.length === 0) return
      const { context } = options.fiber
      // Exporters disable tracing for their own work. Their log lines must not create more export work.
      if (!tracerEnabled(context)) return
      const parent = currentParent(context)
      if (parent._tag === "None" || !parent.value.sampled || !hasValidIds(parent.value)) return
      const record = processed(recordOf(options, parent.value), this.processors.all)
      if (record === undefined) return
      const settings = tracer.settingsOf(ownTracer(context)?.scope)
      for (const sink of all) sink.onLog(record, settings)
    })
  }
}
