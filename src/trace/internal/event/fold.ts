/**
 * Folds a model call inside another traced model call, because both are the same call: seen by a framework and by the
 * SDK under it, or by a combinator around either.
 *
 * The inner call opens no event of its own. It becomes an attempt at the outer event, which gets its facts. The costs
 * of all inner calls are settled one by one and added up. Other facts are those of the call that answered last. Fields
 * that the program set on the outer call are kept. The rule is the same for every combination of callers.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { Category } from "../../EventKind.ts"
import type { SessionState } from "../session/sessionState.ts"
import { currentParent, purposeOf } from "../startSpan.ts"
import type { ActiveEvent } from "./activeEvent.ts"
import { factOf, settleCall } from "./charge.ts"
import { fieldOf, fieldsAs, toolFacts } from "./facts.ts"

/** The property in which another library's span keeps the original span. @internal */
export const OriginalSpan: unique symbol = Symbol.for("effect-agentops/OriginalSpan")

/** The events to look for: those of a category, or of a kind without a category. */
interface Wanted {
  readonly category: Category | undefined
  readonly name?: string | undefined
}

const isWanted = ({ category, name }: Wanted, event: ActiveEvent | undefined): boolean =>
  event !== undefined && (category === undefined ? event.kind.name === name : event.kind.category === category)

/**
 * Calls of other libraries whose span is not the parent of their work, by fiber. The function returns the span for a
 * context of the call.
 *
 * @internal
 */
export const unlinked = new WeakMap<object, (context: Context.Context<never>) => Tracer.Span | undefined>()

/** The span of the nearest running event of this sort, or of an attempt at it. @internal */
export const enclosingSpan = (context: Context.Context<never>, wanted: Wanted): Tracer.Span | undefined => {
  const fiber = wanted.category === "modelCall" ? Fiber.getCurrent() : undefined
  const found = fiber === undefined ? undefined : unlinked.get(fiber)?.(context)
  if (found !== undefined) return found
  let span = Option.getOrUndefined(currentParent(context))
  while (span !== undefined && span._tag === "Span") {
    const purpose = purposeOf(span)
    if (purpose !== undefined) {
      return isWanted(wanted, purpose.record) && purpose.record!.span?.status._tag === "Started"
        ? (span as { readonly [OriginalSpan]?: Tracer.Span })[OriginalSpan] ?? span
        : undefined
    }
    span = Option.getOrUndefined(span.parent)
  }
  return undefined
}

/** The current call inside an event. It has no span by which it could be found. @internal */
export const CurrentCall: Context.Reference<ActiveEvent | undefined> = Context.Reference<ActiveEvent | undefined>(
  "effect-agentops/trace/CurrentCall",
  { defaultValue: () => undefined }
)

/** The event of a span that {@link enclosingSpan} found, in this context. @internal */
export const eventOf = (context: Context.Context<never>, span: Tracer.Span | undefined): ActiveEvent | undefined => {
  const event = span === undefined ? undefined : purposeOf(span)?.record
  if (event === undefined) return undefined
  const call = Context.get(context, CurrentCall)
  return call !== undefined && call.outer === event && call.span !== undefined ? call : event
}

/** The running event that encloses the context. @internal */
export const enclosingEvent = (context: Context.Context<never>, wanted: Wanted): ActiveEvent | undefined =>
  eventOf(context, enclosingSpan(context, wanted))

/** Whether the context is inside a running tool of that name. @internal */
export const isInsideTool = (context: Context.Context<never>, name: string): boolean => {
  const tool = enclosingEvent(context, { category: "tool" })
  return tool !== undefined && toolFacts(tool).name === name
}

/** The attempts that belong to a call, so that a concurrent call gets another one. */
const taken = new WeakSet<Tracer.Span>()

/** Lets a call inside this one use the same attempt. @internal */
export const shareAttempt = (span: Tracer.Span | undefined): void => {
  if (span !== undefined) taken.delete(span)
}

/** The attempt for a call inside a call: the current one if it is free, otherwise a new one. @internal */
export const attemptAt = (event: ActiveEvent, around: Tracer.Span, start: () => Tracer.Span): Tracer.Span => {
  const { implicitAttempt } = event
  const free = around !== event.span && around.status._tag === "Started" && !taken.has(around)
  const own = implicitAttempt ?? (free ? around : start())
  event.implicitAttempt = undefined
  taken.add(own)
  return own
}

/** The facts that are added up, and facts about the sum. */
const sums = ["usage", "outputTokens", "cost", "usageEstimated", "costSource", "cached"] as const

/** Facts that only an answered call has. */
const answers = ["responseId", "responseModel", "usage", "output"] as const

const hasAnswer = (call: ActiveEvent): boolean => answers.some((fact) => factOf(call, fact) !== undefined)

const ownFieldNames = (fields: Readonly<Record<string, unknown>>): ReadonlySet<string> =>
  new Set(Object.keys(fields).filter((field) => fields[field] !== undefined))

/** Folds the facts of an ended inner call into its event. @internal */
export const foldInto = (
  context: Context.Context<never>,
  event: ActiveEvent,
  inner: ActiveEvent,
  session: SessionState | undefined,
  exit: Exit.Exit<unknown, unknown>
): void => {
  const folded = event.folded ??= { ownFields: ownFieldNames(event.fields), from: new Set(), calls: [] }
  if (inner.folded === undefined) settleCall(context, inner, session, exit)
  const id = factOf(inner, "responseId")
  const nothing = inner.usage === undefined && inner.costNanos === undefined
  // Another layer may see the same answer, which counts once.
  if (!nothing && (id === undefined || !folded.calls.some((call) => factOf(call, "responseId") === id))) {
    folded.calls.push(inner)
  }
  const { fields } = event
  if (hasAnswer(inner)) {
    for (const field of folded.from) delete fields[field]
    folded.from.clear()
  }
  const added = new Set<string>()
  for (const fact of sums) added.add(fieldOf(event.kind, fact) ?? "")
  const known = fieldsAs(inner, event.kind) as Readonly<Record<string, unknown>>
  for (const field in known) {
    if (known[field] === undefined || added.has(field) || folded.ownFields.has(field)) continue
    if (fields[field] !== undefined || event.omitted.includes(field)) continue
    fields[field] = known[field]
    folded.from.add(field)
  }
}
