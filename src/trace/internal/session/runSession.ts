/**
 * Starts and ends sessions.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Tracer from "effect/Tracer"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { isStream, shallow, textOf, tryOrUndefined } from "../../../core/internal/inspect.ts"
import { RecordWriter } from "../../../core/internal/recordWriter.ts"
import { fixed64 } from "../../../core/internal/time.ts"
import type { SessionId } from "../../../core/SessionId.ts"
import { fromStringUnsafe, makeUnsafe, toTraceId } from "../../../core/SessionId.ts"
import { credentials, redactAttributes } from "../../../privacy/internal/onDemand.ts"
import { activeOf } from "../../Budget.ts"
import { InvalidTime } from "../../InvalidTime.ts"
import type { Options } from "../../SessionOptions.ts"
import { budgetsInForce, together } from "../budget/budgetsInForce.ts"
import { measureSession } from "../ending.ts"
import { nanosOf } from "../nanosOf.ts"
import { endWithAttributes, otherTracer } from "../otherTracer.ts"
import {
  clockTime,
  hasPurpose,
  isRecording,
  ownTracer,
  spanSettings,
  spanTime,
  startSpan,
  tracerEnabled
} from "../startSpan.ts"
import { isAgentOpsTracer } from "../tracer.ts"
import { linkToLast, readConversation, remember } from "./conversation.ts"
import { currentSession, registerLive, tenantOf, unregisterLive } from "./currentSession.ts"
import { registerRoot } from "./failures.ts"
import type { Join } from "./origin.ts"
import { linkBack, originOf } from "./origin.ts"
import { endOf, justBefore } from "./past.ts"
import { putSession } from "./sessionAttributes.ts"
import { prepareSessionContent, readOutput } from "./sessionContent.ts"
import { optionalText, SessionState } from "./sessionState.ts"
import { toSummary } from "./summary.ts"
import { restoreState } from "./suspend.ts"

/** @internal */
export interface ActiveSession {
  readonly state: SessionState
  readonly span: Tracer.Span
  readonly context: Context.Context<never>
  readonly rejectedId: string | undefined
  readonly rejectedTime: InvalidTime | undefined
}

const newId = (context: Context.Context<never>): SessionId =>
  makeUnsafe(Context.get(context, Clock.Clock), Context.get(context, Random.Random))

/** The nearest outer session that sums its nested sessions. */
const summing = (session: SessionState | undefined): SessionState | undefined =>
  session === undefined || session.sums ? session : session.summedBy ?? summing(session.whole)

/** Starts a session and its root span. @internal */
export const startSession = (
  context: Context.Context<never>,
  given: Options | undefined,
  site: CallSite,
  join: Join = false
): ActiveSession => {
  const { around, links, options, parent, remote } = originOf(
    context,
    given === undefined ? undefined : shallow(given) as Options,
    join
  )
  // The id of a continued session is that of its trace.
  const wanted = typeof join === "object" ? join.id ?? join.traceId : parent?.traceId ?? options?.id
  const checked = wanted === undefined ? undefined : fromStringUnsafe(textOf(wanted))
  const id = checked ?? newId(context)
  const tracer = ownTracer(context)
  const started = nanosOf("startTime", options?.startTime)
  const isGiven = typeof started === "bigint"
  const state = new SessionState(
    id,
    toTraceId(id),
    textOf(options?.name ?? "session"),
    isGiven ? started : fixed64(clockTime(context))
  )
  state.isPast = isGiven
  state.site = site
  state.tenant = tenantOf(context)
  for (const tag of tracer?.defaultTags ?? []) state.tags.add(tag)
  state.addTags(options?.tags)
  Object.assign(state.metadata, shallow(options?.metadata))
  state.input = options?.input
  if (typeof options?.output !== "function") state.output = options?.output
  state.userId = optionalText(options?.userId)
  state.agent = optionalText(options?.agent)
  state.conversation = readConversation(options?.conversation)
  state.remote = remote
  state.continued = parent !== undefined
  if (typeof join === "object") restoreState(state, join, state.startTime)
  const outer = currentSession(context)
  // The totals of a resumed session already include its earlier parts.
  if (outer?.traceId === parent?.traceId && !state.isResumed) state.whole = outer
  else state.summedBy = summing(outer)
  state.sums = options?.sums === true
  state.budgets = together(
    options?.budget === undefined
      ? undefined
      : [activeOf(options.budget, id, typeof join === "object" ? join.spentNanos : 0)],
    budgetsInForce(context, outer)
  )
  const settings = spanSettings(context)
  const span = startSpan(tracer === undefined ? settings : { ...settings, tracer }, {
    name: state.name,
    kind: "internal",
    record: undefined,
    attemptNumber: 0,
    isSession: true,
    session: state,
    parent: Option.fromUndefinedOr(parent),
    links: state.conversation === undefined ? links : [...links, ...linkToLast(state.conversation)],
    attributes: undefined,
    // One nanosecond earlier, so that the root starts before its children even if the clock stands still.
    startTime: justBefore(spanTime(context, state.startTime)),
    sampled: tracerEnabled(context)
  })
  if (span.traceId !== state.traceId) {
    state.traceId = span.traceId
    // Another provider may choose the trace id. Sessions are found by trace, so the session takes that id.
    if (tracer !== undefined) state.id = fromStringUnsafe(span.traceId) ?? state.id
  }
  state.root = span
  registerRoot(span, around ?? parent)
  linkBack(around, span)
  registerLive(state)
  return {
    state,
    span,
    context,
    rejectedTime: started instanceof InvalidTime ? started : undefined,
    rejectedId: wanted !== undefined && checked === undefined ? textOf(wanted) : undefined
  }
}

const staysOpen = "Session.untilConsumed keeps a session open until its effect's value has been read"

/** The warning about a session's end, if there is one. */
const warningOf = (
  { rejectedId, rejectedTime, state }: ActiveSession,
  exit: Exit.Exit<unknown, unknown>
): string | undefined => {
  const warnings: Array<string> = []
  if (rejectedId !== undefined) {
    warnings.push(
      `${JSON.stringify(rejectedId)} is no session id; the session got ${state.id} instead. ` +
        `Check ids with SessionId.fromString`
    )
  }
  if (rejectedTime !== undefined) {
    warnings.push(`${rejectedTime.message}; session ${state.name} (${state.id}) began when it was begun`)
  }
  const running = Array.from(state.streams).filter(({ ended }) => !ended)
  if (running.length > 0) {
    const labels = running.map(({ label }) => label).join(", ")
    state.skipLateWarning()
    warnings.push(`session ${state.name} (${state.id}) ended while ${labels} still ran. ${staysOpen}`)
  } else if (exit._tag === "Success" && isStream(exit.value)) {
    warnings.push(
      `session ${state.name} (${state.id}) ended with a Stream as its value, which will run outside of it. ${staysOpen}`
    )
  }
  return warnings.length === 0 ? undefined : warnings.join("; ")
}

/** Ends a session and its root span. The returned effect logs warnings and calls `onEnd`. @internal */
export const endSession = (
  active: ActiveSession,
  exit: Exit.Exit<unknown, unknown>,
  options: Options | undefined
): Effect.Effect<void> | undefined => {
  const { context, span, state } = active
  const now = endOf(state, clockTime(context))
  state.end(exit, now)
  if (state.conversation !== undefined && !state.isSuspended) remember(state.conversation.id, span)
  unregisterLive(state)
  if (exit._tag === "Success") readOutput(state, tryOrUndefined(() => options?.output), exit.value)
  prepareSessionContent(state, span, ownTracer(context)?.content ?? true)
  // Another library's tracer has no convention, so the session is encoded here.
  const writtenOut = () => {
    const writer = new RecordWriter({ "session.id": state.id })
    writer.put("gen_ai.conversation.id", state.conversationId)
    putSession(writer, state, state.endStateReason, true)
    return redactAttributes(credentials(), ["attributes"], writer.record)
  }
  const { tracer } = spanSettings(context)
  const endTime = spanTime(context, now)
  let other: Effect.Effect<void> | undefined
  if (hasPurpose(span)) {
    if (isAgentOpsTracer(tracer)) span.end(endTime, exit)
    else endWithAttributes(span, writtenOut, endTime, exit)
  } else {
    const read = isRecording(span)
    const attributes = read ? writtenOut() : {}
    for (const key in attributes) span.attribute(key, attributes[key])
    span.end(endTime, exit)
    if (read) other = otherTracer(context, tracer, span)
  }
  measureSession(context, state, span, endTime)
  const warned = warningOf(active, exit)
  const late = warned === undefined ? Effect.void : Effect.logWarning(`effect-agentops: ${warned}`)
  const warning = other === undefined ? late : Effect.andThen(other, late)
  const onEnd = options === undefined ? undefined : tryOrUndefined(() => options.onEnd)
  if (onEnd === undefined) return warned === undefined ? other : warning
  return warning.pipe(
    Effect.andThen(Effect.flatMap(toSummary(state), (summary) => Effect.suspend(() => onEnd(summary)))),
    Effect.catchCause((cause) => Effect.logWarning("effect-agentops: onEnd of a session failed", cause))
  )
}
