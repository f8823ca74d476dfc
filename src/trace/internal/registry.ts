/**
 * The registry of exporters: the internal part of the `AgentOps` service.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import type * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { DestinationStatus } from "../../core/DestinationStatus.ts"
import { onLiveClock } from "../../core/internal/liveClock.ts"
import type { QueueCounts } from "../../core/internal/queueCounts.ts"
import { SinkSet } from "../../core/internal/sinkSet.ts"
import { defaults, Meter, MeterHub } from "../../metrics/internal/meter.ts"
import type { Sink } from "../Span.ts"
import { AgentOps } from "../Tracing.ts"
import type { Backpressure } from "./backpressure.ts"
import type { LogProcessor, LogSink } from "./logger.ts"
import { LogHub } from "./logger.ts"
import { observeTracing } from "./measure/sdk.ts"
import type { AgentOpsTracer } from "./tracer.ts"

/** A destination of spans or log records, which an exporter registers. @internal */
export interface Destination {
  readonly name: string
  /** Receives spans, if the exporter exports spans. */
  readonly sink: Sink | undefined
  /** Receives log records, if the exporter exports log records. */
  readonly logSink?: LogSink | undefined
  /** Waits until all earlier spans and records have been delivered or dropped. */
  readonly flush: Effect.Effect<void>
  readonly status: Effect.Effect<DestinationStatus>
  /** Whether the queue has room, for a caller that can keep its spans and wait. */
  readonly hasRoom?: (() => boolean) | undefined
  /** Present if the program waits while the queue is full. */
  readonly backpressure?: Backpressure | undefined
  /** The counts for the metrics of tracing itself. */
  readonly counts?: (() => QueueCounts & { readonly component: string }) | undefined
}

/** @internal */
export interface Registry {
  /** Passes log records to the exporters of log records. */
  readonly logger: Logger.Logger<unknown, void> | undefined
  /** Registers a destination until the scope closes. */
  readonly add: (destination: Destination) => Effect.Effect<void, never, Scope.Scope>
  /** Registers a span processor until the scope closes. `flush` runs with the flush of all exporters. */
  readonly addSpanProcessor: (sink: Sink, flush: Effect.Effect<void>) => Effect.Effect<void, never, Scope.Scope>
  /** Registers a log record processor until the scope closes. */
  readonly addLogProcessor: (processor: LogProcessor) => Effect.Effect<void, never, Scope.Scope>
}

/** The registry of the current tracing. Undefined if the program made its own `AgentOps` service. @internal */
export const CurrentRegistry = Context.Reference<Registry | undefined>("effect-agentops/Registry", {
  defaultValue: () => undefined
})

/** The registry of the current `AgentOps` service. @internal */
export const registry: Effect.Effect<Registry, never, AgentOps> = Effect.gen(function*() {
  const { addSink } = yield* AgentOps
  return (yield* CurrentRegistry) ?? {
    logger: undefined,
    add: ({ sink }) => sink === undefined ? Effect.void : addSink(sink),
    addSpanProcessor: addSink,
    addLogProcessor: () => Effect.void
  }
})

/** Guards a sink, because a user's sink may throw and runs where the program's spans end. @internal */
export const guardSink = (sink: Sink): Sink => {
  const { onEnd, onStart } = sink
  const guard = <A>(f: (a: A) => void) => (a: A) => {
    try {
      f(a)
    } catch {
      // The sink loses the span, and the program continues.
    }
  }
  return {
    get content() {
      return sink.content
    },
    onEnd: guard(onEnd),
    onStart: onStart === undefined ? undefined : guard(onStart)
  }
}

/** Everything that a tracer and a meter provide to a program. @internal */
export const provideTracer = (
  tracer: AgentOpsTracer,
  meter: MeterHub = new MeterHub(defaults)
): Context.Context<AgentOps> => {
  const logs = new LogHub(tracer)
  const flushes = new SinkSet<Effect.Effect<void>>()
  const sinks = new SinkSet<Sink>((all) => tracer.setSinks(all), tracer.sinks)
  const destinations = new SinkSet<Destination>((all) => {
    const held = all.flatMap(({ backpressure }) => backpressure === undefined ? [] : [backpressure])
    tracer.backpressure = held.length === 0 ? undefined : held
  })
  observeTracing(meter, tracer, () => destinations.all)
  const status = Effect.suspend(() => Effect.forEach(destinations.all, (destination) => destination.status))
  const agentOps = AgentOps.of({
    resource: tracer.resource,
    scope: tracer.scope,
    addSink: (sink) => sinks.add(guardSink(sink)),
    status,
    flush: (timeout) =>
      Effect.suspend(() =>
        Effect.forEach([meter.flush, ...flushes.all, ...destinations.all.map(({ flush }) => flush)], identity, {
          concurrency: "unbounded",
          discard: true
        })
      ).pipe(Effect.timeoutOption(timeout), onLiveClock, Effect.andThen(status))
  })
  const registry: Registry = {
    logger: logs.logger,
    addSpanProcessor: (sink, flush) => Effect.andThen(flushes.add(flush), sinks.add(guardSink(sink))),
    addLogProcessor: (processor) => logs.processors.add(processor),
    add: (destination) =>
      destinations.add(destination).pipe(
        Effect.andThen(destination.sink === undefined ? Effect.void : sinks.add(guardSink(destination.sink))),
        Effect.andThen(destination.logSink === undefined ? Effect.void : logs.sinks.add(destination.logSink))
      )
  }
  return Context.make(AgentOps, agentOps).pipe(
    Context.add(CurrentRegistry, registry),
    Context.add(Tracer.Tracer, tracer),
    Context.add(Meter, meter)
  )
}
