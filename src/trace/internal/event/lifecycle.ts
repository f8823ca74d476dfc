/**
 * The lifecycle of an event: it starts with its spans, has attempts, and ends with its outcome.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import type { AttributeValue } from "../../../core/Attribute.ts"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { unknown } from "../../../core/internal/callSite.ts"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import { credentials, redactAttributes } from "../../../privacy/internal/onDemand.ts"
import { spendOn } from "../budget/budgetsInForce.ts"
import { measureEvent, prepareContent } from "../ending.ts"
import { endWithAttributes, otherTracer } from "../otherTracer.ts"
import type { SessionState } from "../session/sessionState.ts"
import type { SpanSettings } from "../startSpan.ts"
import { currentParent, hasPurpose, isRecording, startEventSpan, timeOf } from "../startSpan.ts"
import { isAgentOpsTracer } from "../tracer.ts"
import type { ActiveEvent } from "./activeEvent.ts"
import { agentAround, countForAgent, fillInTotals } from "./agents.ts"
import { setAttemptFacts } from "./charge.ts"

/** Starts the span of an event and of its first attempt. Returns the parent for spans inside. @internal */
export const startEvent = (
  context: Context.Context<never>,
  settings: SpanSettings,
  event: ActiveEvent,
  attributes: Readonly<Record<string, unknown>> | undefined,
  links: ReadonlyArray<Tracer.SpanLink> | undefined,
  startTime: bigint
): Tracer.Span => {
  const span = startEventSpan(settings, event, 0, currentParent(context), startTime, attributes, links)
  event.span = span
  if (event.kind.attempt === undefined || !isRecording(span)) return span
  return event.implicitAttempt = startAttempt(settings, event, startTime)
}

/** Starts the span of an event's next attempt. @internal */
export const startAttempt = (settings: SpanSettings, event: ActiveEvent, startTime = timeOf(settings)): Tracer.Span =>
  startEventSpan(
    settings,
    event.outer ?? event,
    ++(event.outer ?? event).attempts,
    Option.some(event.span!),
    startTime
  )

// Another library's tracer has no convention, so the event is encoded here.
const writtenOut = (event: ActiveEvent, session: SessionState | undefined, content: boolean) => {
  const written = tryOrUndefined(() => event.kind.toAttributes(event.fields, { content })) ?? {}
  const attributes: Record<string, AttributeValue> = {
    ...redactAttributes(credentials(), ["attributes"], written),
    "agentops.event.kind": event.kind.name
  }
  if (session === undefined) return attributes
  attributes["session.id"] = session.id
  if (session.conversationId !== undefined) attributes["gen_ai.conversation.id"] = session.conversationId
  return attributes
}

/**
 * Ends an event: its content, cost and metrics, the totals of its session, and its spans. The returned effect logs
 * warnings and updates budgets.
 *
 * @internal
 */
export const endEvent = (
  context: Context.Context<never>,
  { session, tracer }: Pick<SpanSettings, "session" | "tracer">,
  event: ActiveEvent,
  exit: Exit.Exit<unknown, unknown>,
  endTime: bigint
): Effect.Effect<void> | undefined => {
  const { span } = event
  if (span === undefined) return undefined
  const agent = agentAround(span, tracer)
  if (event.own !== undefined) fillInTotals(event)
  const content = !isAgentOpsTracer(tracer) || tracer.content
  setAttemptFacts(event.implicitAttempt, event)
  event.implicitAttempt?.end(endTime, exit)
  let warning: Effect.Effect<void> | undefined
  if (hasPurpose(span)) prepareContent(span, event, content)
  // Nobody reads the spans of the native tracer. Without a layer only the session's totals matter.
  else if (span.sampled && tracer !== Tracer.nativeTracer) {
    const attributes = writtenOut(event, session, content)
    for (const key in attributes) span.attribute(key, attributes[key])
    warning = otherTracer(context, tracer, span)
  }
  if (agent !== undefined) countForAgent(agent, event)
  session?.count(event, agent, exit)
  measureEvent(context, event, agent, exit, endTime)
  if (hasPurpose(span) && !isAgentOpsTracer(tracer)) {
    endWithAttributes(span, () => writtenOut(event, session, content), endTime, exit)
  } else span.end(endTime, exit)
  return either(warning, either(spendOn(context, session, event), session?.lateWarning()))
}

const either = (
  first: Effect.Effect<void> | undefined,
  second: Effect.Effect<void> | undefined
): Effect.Effect<void> | undefined =>
  first === undefined || second === undefined ? first ?? second : Effect.andThen(first, second)

/** Makes `span` the parent of the context's spans, and adds its source location to error traces. @internal */
export const withSpanInContext = (
  context: Context.Context<never>,
  span: Tracer.Span,
  name: string,
  site: CallSite | undefined
): Context.Context<never> => {
  const withParent = Context.add(context, Tracer.ParentSpan, span)
  if (site === undefined || site === unknown) return withParent
  return Context.add(withParent, References.CurrentStackFrame, {
    name,
    stack: site.frame,
    parent: Context.get(context, References.CurrentStackFrame)
  })
}
