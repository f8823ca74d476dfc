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
import { attempt, isStream, shallow, textOf } from "../../../core/internal/look.ts"
import { RecordWriter } from "../../../core/internal/recordWriter.ts"
import { fixed64, notBefore } from "../../../core/internal/time.ts"
import type { SessionId } from "../../../core/SessionId.ts"
import { fromStringUnsafe, makeUnsafe, toTraceId } from "../../../core/SessionId.ts"
import { credentials } from "../../../privacy/internal/onDemand.ts"
import { redactAttributes } from "../../../privacy/internal/redact.ts"
import { activeOf } from "../../Budget.ts"
import type { Options } from "../../SessionService.ts"
import type { Summary } from "../../SessionSummary.ts"
import { budgetsInForce, together } from "../budget/budgetsInForce.ts"
import { readLinks } from "../links.ts"
import { measureSession } from "../measure/session.ts"
import {
  clockTime,
  currentParent,
  isRead,
  isTold,
  ownTracer,
  spanSettings,
  spanTime,
  startSpan,
  tracerEnabled
} from "../startSpan.ts"
import { currentSession, registerLive, unregisterLive } from "./currentSession.ts"
import { putSession } from "./sessionAttributes.ts"
import { contentOf, readOutput, settleSession } from "./sessionContent.ts"
import { optionalText, SessionState } from "./sessionState.ts"

/** @internal */
export interface ActiveSession {
  readonly state: SessionState
  readonly span: Tracer.Span
  readonly context: Context.Context<never>
  readonly rejectedId: string | undefined
}

const newId = (context: Context.Context<never>): SessionId =>
  makeUnsafe(Context.get(context, Clock.Clock), Context.get(context, Random.Random))

/** Starts a session and its root span. @internal */
export const startSession = (
  context: Context.Context<never>,
  given: Options | undefined,
  site: CallSite,
  join = false
): ActiveSession => {
  const options = given === undefined ? undefined : shallow(given) as Options
  const current = Option.getOrUndefined(currentParent(context))
  const parent = join ? current : undefined
  // The id of a session that began elsewhere is that of its trace.
  const wanted = parent?.traceId ?? options?.id
  const checked = wanted === undefined ? undefined : fromStringUnsafe(textOf(wanted))
  const id = checked ?? newId(context)
  const tracer = ownTracer(context)
  const state = new SessionState(id, toTraceId(id), textOf(options?.name ?? "session"), fixed64(clockTime(context)))
  state.site = site
  for (const tag of tracer?.defaultTags ?? []) state.tags.add(tag)
  state.addTags(options?.tags)
  Object.assign(state.metadata, shallow(options?.metadata))
  state.input = options?.input
  if (typeof options?.output !== "function") state.output = options?.output
  state.userId = optionalText(options?.userId)
  state.agent = optionalText(options?.agent)
  state.continued = parent !== undefined
  const outer = currentSession(context)
  if (outer?.traceId === parent?.traceId) state.whole = outer
  else if (outer?.sums === true) state.summedBy = outer
  state.startedIn = current
  state.sums = options?.sums === true
  state.budgets = together(
    options?.budget === undefined ? undefined : [activeOf(options.budget, id, 0)],
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
    links: current === undefined || parent !== undefined
      ? options?.links
      : [{ span: current, attributes: { "agentops.link": "outer_session" } }, ...readLinks(options?.links)],
    attributes: undefined,
    startTime: spanTime(context, state.startTime),
    sampled: tracerEnabled(context)
  })
  if (span.traceId !== state.traceId) {
    state.traceId = span.traceId
    // A provider that chooses the ids: the session is found by its trace, so it takes that id.
    if (tracer !== undefined) state.id = fromStringUnsafe(span.traceId) ?? state.id
  }
  state.root = span
  registerLive(state)
  return {
    state,
    span,
    context,
    rejectedId: wanted !== undefined && checked === undefined ? textOf(wanted) : undefined
  }
}

const staysOpen = "Session.untilConsumed keeps a session open until its effect's value has been read"

/** What whoever runs the program should know of how the session ended. */
const warningOf = ({ rejectedId, state }: ActiveSession, exit: Exit.Exit<unknown, unknown>): string | undefined => {
  const warnings: Array<string> = []
  if (rejectedId !== undefined) {
    warnings.push(
      `${JSON.stringify(rejectedId)} is no session id; the session got ${state.id} instead. ` +
        `Check ids with SessionId.fromString`
    )
  }
  const running = Array.from(state.streams).filter(({ ended }) => !ended)
  if (running.length > 0) {
    const labels = running.map(({ label }) => label).join(", ")
    state.lateIsTold()
    warnings.push(`session ${state.name} (${state.id}) ended while ${labels} still ran. ${staysOpen}`)
  } else if (exit._tag === "Success" && isStream(exit.value)) {
    warnings.push(
      `session ${state.name} (${state.id}) ended with a Stream as its value, which will run outside of it. ${staysOpen}`
    )
  }
  return warnings.length === 0 ? undefined : warnings.join("; ")
}

/** Ends a session and its root span; the effect that is left tells whoever asked. @internal */
export const endSession = (
  active: ActiveSession,
  exit: Exit.Exit<unknown, unknown>,
  options: Options | undefined
): Effect.Effect<void> | undefined => {
  const { context, span, state } = active
  const now = notBefore(state.startTime, clockTime(context))
  state.end(exit, now)
  unregisterLive(state)
  if (exit._tag === "Success") readOutput(state, attempt(() => options?.output), exit.value)
  settleSession(state, span, ownTracer(context)?.content ?? true)
  if (!isTold(span) && isRead(span)) {
    // Another library's tracer: it has no convention, so the session is written out on its span.
    const writer = new RecordWriter({ "session.id": state.id })
    putSession(writer, state, state.endStateReason, true)
    const redacted = redactAttributes(credentials(), ["attributes"], writer.record)
    for (const key in redacted) span.attribute(key, redacted[key])
  }
  const endTime = spanTime(context, now)
  span.end(endTime, exit)
  measureSession(context, state, span, endTime)
  const told = warningOf(active, exit)
  const warning = told === undefined ? Effect.void : Effect.logWarning(`effect-agentops: ${told}`)
  const onEnd = options === undefined ? undefined : attempt(() => options.onEnd)
  if (onEnd === undefined) return told === undefined ? undefined : warning
  return warning.pipe(
    Effect.andThen(Effect.flatMap(toSummary(state), (summary) => Effect.suspend(() => onEnd(summary)))),
    Effect.catchCause((cause) => Effect.logWarning("effect-agentops: onEnd of a session failed", cause))
  )
}

const millis = (from: bigint, to: bigint): number => Number(notBefore(from, to) - from) / 1e6

/** The session as it stands. @internal */
export const toSummary = (state: SessionState): Effect.Effect<Summary> =>
  Effect.clockWith((clock) =>
    Effect.sync(() => ({
      id: state.id,
      traceId: state.traceId,
      name: state.name,
      endState: state.endState,
      endStateReason: state.endStateReason,
      tags: Array.from(state.tags),
      metadata: { ...state.metadata },
      ...contentOf(state),
      userId: state.userId,
      agent: state.agent,
      llmCalls: state.llmCalls,
      toolCalls: state.toolCalls,
      actions: state.actions,
      errors: state.errors,
      usage: state.usage,
      costNanos: state.costNanos,
      unpricedCalls: state.unpricedCalls,
      duration: millis(state.startTime, state.endTime ?? clock.currentTimeNanosUnsafe())
    }))
  )
