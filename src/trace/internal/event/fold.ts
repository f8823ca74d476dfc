/**
 * One call seen twice: a model call that another traced model call makes, by a
 * framework and by the SDK under it, by a combinator around either.
 *
 * The inner one opens no event of its own. It is an attempt at the outer one, which
 * gets its facts: what it cost is worked out for itself, and all of them add up; what
 * it was is that of the call that answered last. What the program told the outer one
 * holds. It is one rule, whoever makes the two.
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
import { factOf, settleOne } from "./charge.ts"
import { fieldOf, fieldsAs, toolFacts } from "./facts.ts"

/** Where a span that is seen through keeps the span itself. @internal */
export const SeenThrough: unique symbol = Symbol.for("effect-agentops/SeenThrough")

/** What tells the events that are looked for: those of a category, or of a kind that has none. */
interface Wanted {
  readonly category: Category | undefined
  readonly name?: string | undefined
}

const isWanted = ({ category, name }: Wanted, event: ActiveEvent | undefined): boolean =>
  event !== undefined && (category === undefined ? event.kind.name === name : event.kind.category === category)

/**
 * Calls of other libraries that do not make their span the parent of what they do, by the fiber that they
 * run on: given a context, the span, if it is the call's.
 *
 * @internal
 */
export const unlinked = new WeakMap<object, (context: Context.Context<never>) => Tracer.Span | undefined>()

/** The nearest span that stands for such an event, or an attempt at it, and has not ended. @internal */
export const enclosingSpan = (context: Context.Context<never>, wanted: Wanted): Tracer.Span | undefined => {
  const fiber = wanted.category === "modelCall" ? Fiber.getCurrent() : undefined
  const found = fiber === undefined ? undefined : unlinked.get(fiber)?.(context)
  if (found !== undefined) return found
  let span = Option.getOrUndefined(currentParent(context))
  while (span !== undefined && span._tag === "Span") {
    const purpose = purposeOf(span)
    if (purpose !== undefined) {
      return isWanted(wanted, purpose.record) && purpose.record!.span?.status._tag === "Started"
        ? (span as { readonly [SeenThrough]?: Tracer.Span })[SeenThrough] ?? span
        : undefined
    }
    span = Option.getOrUndefined(span.parent)
  }
  return undefined
}

/** The call that is made here, where it is the inside of an event: it has no span to be found by. @internal */
export const CurrentCall: Context.Reference<ActiveEvent | undefined> = Context.Reference<ActiveEvent | undefined>(
  "effect-agentops/trace/CurrentCall",
  { defaultValue: () => undefined }
)

/** The event that a span found by {@link enclosingSpan} stands for, here. @internal */
export const eventOf = (context: Context.Context<never>, span: Tracer.Span | undefined): ActiveEvent | undefined => {
  const event = span === undefined ? undefined : purposeOf(span)?.record
  if (event === undefined) return undefined
  const call = Context.get(context, CurrentCall)
  return call !== undefined && call.outer === event && call.span !== undefined ? call : event
}

/** The event that is under way here, if what is done here is part of it. @internal */
export const enclosingEvent = (context: Context.Context<never>, wanted: Wanted): ActiveEvent | undefined =>
  eventOf(context, enclosingSpan(context, wanted))

/** Whether a tool of that name is under way here. @internal */
export const isInsideTool = (context: Context.Context<never>, name: string): boolean => {
  const tool = enclosingEvent(context, { category: "tool" })
  return tool !== undefined && toolFacts(tool).name === name
}

/** Attempts that a call has made its own, so that another at the same time is one more. */
const taken = new WeakSet<Tracer.Span>()

/** Lets what is inside of a call be the same attempt. @internal */
export const shareAttempt = (span: Tracer.Span | undefined): void => {
  if (span !== undefined) taken.delete(span)
}

/** The attempt that a call inside of a call is: the one under way, else a further one. @internal */
export const attemptAt = (event: ActiveEvent, around: Tracer.Span, start: () => Tracer.Span): Tracer.Span => {
  const { implicitAttempt } = event
  const free = around !== event.span && around.status._tag === "Started" && !taken.has(around)
  const own = implicitAttempt ?? (free ? around : start())
  event.implicitAttempt = undefined
  taken.add(own)
  return own
}

/** Those that add up, and what is said of the sum. */
const sums = ["usage", "outputTokens", "cost", "usageEstimated", "costSource", "cached"] as const

/** What only a call that was answered has. */
const answers = ["responseId", "responseModel", "usage", "output"] as const

const isAnswered = (call: ActiveEvent): boolean => answers.some((fact) => factOf(call, fact) !== undefined)

const toldOf = (fields: Readonly<Record<string, unknown>>): ReadonlySet<string> =>
  new Set(Object.keys(fields).filter((field) => fields[field] !== undefined))

/** Takes what an inner call was, as it ends, into the event that it is a part of. @internal */
export const foldInto = (
  context: Context.Context<never>,
  event: ActiveEvent,
  inner: ActiveEvent,
  session: SessionState | undefined,
  exit: Exit.Exit<unknown, unknown>
): void => {
  const folded = event.folded ??= { told: toldOf(event.fields), from: new Set(), calls: [] }
  if (inner.folded === undefined) settleOne(context, inner, session, exit)
  const id = factOf(inner, "responseId")
  const nothing = inner.usage === undefined && inner.costNanos === undefined
  // The same answer seen by one more layer counts once.
  if (!nothing && (id === undefined || !folded.calls.some((call) => factOf(call, "responseId") === id))) {
    folded.calls.push(inner)
  }
  const { fields } = event
  if (isAnswered(inner)) {
    for (const field of folded.from) delete fields[field]
    folded.from.clear()
  }
  const added = new Set<string>()
  for (const fact of sums) added.add(fieldOf(event.kind, fact) ?? "")
  const known = fieldsAs(inner, event.kind) as Readonly<Record<string, unknown>>
  for (const field in known) {
    if (known[field] === undefined || added.has(field) || folded.told.has(field)) continue
    if (fields[field] !== undefined || event.omitted.includes(field)) continue
    fields[field] = known[field]
    folded.from.add(field)
  }
}
