/**
 * Where a session comes from: nowhere, a caller in this process or another, its own part before it was suspended.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { attempt } from "../../../core/internal/look.ts"
import { sampledFlag, TraceFlags, tracewide } from "../../../core/internal/traceState.ts"
import { CurrentBaggage } from "../../Baggage.ts"
import { hasTrace } from "../../Carrier.ts"
import type { Remote } from "../../Remote.ts"
import { continues, remoteContext, toExternalSpan } from "../../RemoteTrace.ts"
import type { Options } from "../../SessionOptions.ts"
import { readLinks } from "../links.ts"
import { conversationId, sessionName, sessionTags, userId } from "../propagation/sessionBaggage.ts"
import { currentParent } from "../startSpan.ts"
import { currentSession } from "./currentSession.ts"
import type { Suspended } from "./token.ts"

/** Whether a session is new, a part of the one that the current span belongs to, or goes on. @internal */
export type Join = boolean | Suspended

/** @internal */
export interface Origin {
  /** As they were given, with what a caller may say. */
  readonly options: Options | undefined
  /** The span that it is a part of. */
  readonly parent: Tracer.AnySpan | undefined
  /** The span that it starts in, where it is no part of that one's trace. */
  readonly around: Tracer.AnySpan | undefined
  readonly links: ReadonlyArray<Tracer.SpanLink>
  /** What came with a caller, whose baggage holds inside. */
  readonly remote: Remote | undefined
}

const tagsOf = (text: string | undefined): ReadonlyArray<string> => {
  // Anybody may send baggage by this name.
  const tags: unknown = text === undefined ? undefined : attempt((): unknown => JSON.parse(text))
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : []
}

/** What a caller who is trusted with the session says of it, as far as the program does not. */
const withBaggage = (context: Context.Context<never>, options: Options | undefined): Options | undefined => {
  if (options?.trust !== "session") return options
  const baggage = Context.get(context, CurrentBaggage)
  return {
    ...options,
    name: options.name ?? baggage[sessionName],
    tags: [...tagsOf(baggage[sessionTags]), ...options.tags ?? []],
    userId: options.userId ?? baggage[userId],
    conversation: options.conversation ?? baggage[conversationId]
  }
}

const isOption = (value: unknown): value is Option.Option<Remote> => attempt(() => Option.isOption(value)) === true

const remoteOf = (options: Options | undefined): Remote | undefined => {
  const given: unknown = options?.remote
  return isOption(given) ? Option.getOrUndefined(given) : given as Remote | undefined ?? undefined
}

const rootOf = ({ flags, spanId, traceId }: Suspended): Tracer.ExternalSpan | undefined =>
  spanId === undefined ? undefined : Tracer.externalSpan({
    traceId,
    spanId,
    sampled: (flags & sampledFlag) !== 0,
    annotations: Context.make(TraceFlags, flags & tracewide)
  })

const linksTo = (context: Context.Context<never>, span: Tracer.AnySpan | undefined): ReadonlyArray<Tracer.SpanLink> =>
  span === undefined
    ? []
    : [{
      span,
      attributes: { "agentops.link": currentSession(context) === undefined ? "outer_span" : "outer_session" }
    }]

/** @internal */
export const originOf = (context: Context.Context<never>, given: Options | undefined, join: Join): Origin => {
  const links = readLinks(given?.links)
  const here = Option.getOrUndefined(currentParent(context))
  if (typeof join === "object") {
    const options = { ...given, name: given?.name ?? join.name }
    return {
      options,
      parent: rootOf(join),
      around: here,
      links: [...linksTo(context, here), ...links],
      remote: undefined
    }
  }
  const remote = remoteOf(given)
  const trust = given?.trust ?? "continue"
  const trusted = remote === undefined || !continues(trust) ? undefined : remote
  const isCalled = attempt(() => hasTrace(Option.fromUndefinedOr(remote))) === true
  const inside = trusted === undefined ? context : attempt(() => remoteContext(context, trusted)) ?? context
  const options = withBaggage(inside, given)
  if (join || (trusted !== undefined && isCalled)) {
    const parent = Option.getOrUndefined(currentParent(inside))
    // A program that is called from elsewhere may have a span of its own for the request.
    const around = parent === here ? undefined : here
    return { options, parent, around, links: [...linksTo(context, around), ...links], remote: trusted }
  }
  const caller = trust === "link" && isCalled ? [{ span: toExternalSpan(remote!), attributes: {} }] : []
  return {
    options,
    parent: undefined,
    around: here,
    links: [...linksTo(context, here), ...links, ...caller],
    remote: trusted
  }
}

/** Has the span around refer to the session, as the session does to it. @internal */
export const pointBack = (around: Tracer.AnySpan | undefined, root: Tracer.Span): void => {
  if (around?._tag === "Span" && root.sampled && around.sampled && around.traceId !== root.traceId) {
    // It may be another library's, or the program's own.
    attempt(() => around.addLinks([{ span: root, attributes: { "agentops.link": "session" } }]))
  }
}
