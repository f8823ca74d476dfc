/**
 * Records a score on the span, as a log record, in the metrics and in the backends' own APIs.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import type { AttributeValue } from "../../core/Attribute.ts"
import { defined } from "../../core/internal/defined.ts"
import { SinkSet } from "../../core/internal/sinkSet.ts"
import * as Instrument from "../../metrics/Instrument.ts"
import { CurrentEventName } from "../../trace/internal/logger.ts"
import { CurrentRegistry } from "../../trace/internal/registry.ts"
import { Span } from "../../trace/Span.ts"
import { AgentOps } from "../../trace/Tracing.ts"
import type { Score, Target } from "../Score.ts"
import { normalized } from "../Score.ts"

/** A receiver of scores with an API of its own. @internal */
export interface ScoreSink {
  readonly send: (score: Score, target: Target) => void
}

const sinks = new WeakMap<object, SinkSet<ScoreSink>>()

/** The score sinks of a tracing layer. @internal */
export const sinksOf = (agentOps: object): SinkSet<ScoreSink> => {
  let found = sinks.get(agentOps)
  if (found === undefined) sinks.set(agentOps, found = new SinkSet<ScoreSink>())
  return found
}

/** The name of OpenTelemetry's event. @internal */
export const eventName = "gen_ai.evaluation.result"

/** The histogram of scores. All are normalized to 0 to 1, because each score has a scale of its own. @internal */
export const scores = Instrument.histogram("agentops.evaluation.score", {
  unit: "1",
  description: "How good sessions and steps were found to be, from 0 to 1",
  boundaries: Array.from({ length: 9 }, (_, i) => (i + 1) / 10),
  attributes: {
    "gen_ai.evaluation.name": Schema.String,
    "gen_ai.evaluation.score.label": Schema.optional(Schema.String),
    "agentops.evaluation.source": Schema.String
  }
})

const responseIdOf = (span: Tracer.AnySpan): string | undefined => {
  if (!(span instanceof Span)) return undefined
  const id = span.tracedEvent?.fields["responseId"]
  return typeof id === "string" ? id : undefined
}

/** The attributes of the event, in the convention's names and, beyond them, in this library's. @internal */
export const attributesOf = (
  { explanation, label, max, min, name, source, value }: Score,
  span: Tracer.AnySpan | undefined
): Readonly<Record<string, AttributeValue>> =>
  defined({
    "gen_ai.evaluation.name": name,
    "gen_ai.evaluation.score.value": value,
    "gen_ai.evaluation.score.label": label,
    "gen_ai.evaluation.explanation": explanation,
    "gen_ai.response.id": span === undefined ? undefined : responseIdOf(span),
    "agentops.evaluation.source": source,
    "agentops.evaluation.scale.min": min,
    "agentops.evaluation.scale.max": max
  }) as Readonly<Record<string, AttributeValue>>

// A score of an ended span becomes a span, because a backend of spans has no other place. These attributes mark it as
// an evaluation.
const asEvaluator = { "openinference.span.kind": "EVALUATOR", "langfuse.observation.type": "evaluator" }

const isOpen = (span: Tracer.AnySpan): span is Tracer.Span => span._tag === "Span" && span.status._tag === "Started"

/** The span of the event. If the given span is an attempt, that is its parent. @internal */
export const eventSpanOf = (span: Tracer.AnySpan): Tracer.AnySpan =>
  span instanceof Span && span.attempt !== undefined ? Option.getOrElse(span.parent, () => span) : span

const addToSpan = (score: Score, span: Tracer.AnySpan): Effect.Effect<void> =>
  isOpen(span)
    ? Effect.map(Clock.currentTimeNanos, (now) => span.event(eventName, now, { ...attributesOf(score, span) }))
    : Effect.void.pipe(
      Effect.withSpan(`evaluation ${score.name}`, {
        parent: span,
        attributes: { ...attributesOf(score, span), ...asEvaluator }
      })
    )

const emitLogRecord = (score: Score, span: Tracer.AnySpan): Effect.Effect<void> =>
  Effect.flatMap(CurrentRegistry, (registry) =>
    registry?.logger === undefined
      ? Effect.void
      : Effect.withFiber((fiber) => {
        registry.logger!.log({
          message: [`${score.name}: ${score.label ?? score.value}`],
          logLevel: "Info",
          cause: Cause.empty,
          fiber,
          date: new Date(fiber.getRef(Clock.Clock).currentTimeMillisUnsafe())
        })
        return Effect.void
      }).pipe(
        Effect.provideService(References.CurrentLogAnnotations, attributesOf(score, span)),
        Effect.provideService(CurrentEventName, eventName),
        Effect.provideService(Tracer.ParentSpan, span)
      ))

const writeToSinks = (score: Score, span: Tracer.AnySpan): Effect.Effect<void> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.sync(() => {
      const agentOps = Context.getOption(context, AgentOps)
      if (agentOps._tag === "None") return
      const target = { traceId: span.traceId, spanId: span.spanId }
      for (const sink of sinksOf(agentOps.value).all) sink.send(score, target)
    })
  )

const measure = (score: Score): Effect.Effect<void> =>
  Instrument.record(scores, normalized(score), {
    "gen_ai.evaluation.name": score.name,
    "gen_ai.evaluation.score.label": score.label,
    "agentops.evaluation.source": score.source
  })

/** @internal */
export const emit = (score: Score, span: Tracer.AnySpan): Effect.Effect<void> =>
  Effect.all([addToSpan(score, span), emitLogRecord(score, span), measure(score), writeToSinks(score, span)], {
    discard: true
  })
