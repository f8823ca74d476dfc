/**
 * The origin of a session: new, a part of a caller's session, or resumed after a suspension.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import { propagatedFlags, sampledFlag, TraceFlags } from "../../../core/internal/traceState.ts"
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

/** Whether a session is new (`false`), a part of the current span's session (`true`), or resumed. @internal */
export type Join = boolean | Suspended

/** @internal */
export interface Origin {
  /** The given options, completed from a trusted caller's baggage. */
  readonly options: Options | undefined
  /** The parent of the root span, if the session continues a trace. */
  readonly parent: Tracer.AnySpan | undefined
  /** The span in which the session starts, if that span is in another trace. */
  readonly around: Tracer.AnySpan | undefined
  readonly links: ReadonlyArray<Tracer.SpanLink>
  /** The caller's context, whose baggage applies inside. */
  readonly remote: Remote | undefined
}

const tagsOf = (text: string | undefined): ReadonlyArray<string> => {
  // Baggage of this name may come from anyone, so it can contain anything.
  const tags: unknown = text === undefined ? undefined : tryOrUndefined((): unknown => JSON.parse(text))
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : []
}

/** Completes the options from the baggage of a caller that is trusted with the session. */
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

const isOption = (value: unknown): value is Option.Option<Remote> =>
  tryOrUndefined(() => Option.isOption(value)) === true

const remoteOf = (options: Options | undefined): Remote | undefined => {
  const given: unknown = options?.remote
  return isOption(given) ? Option.getOrUndefined(given) : given as Remote | undefined ?? undefined
}

const rootOf = ({ flags, spanId, traceId }: Suspended): Tracer.ExternalSpan | undefined =>
  spanId === undefined ? undefined : Tracer.externalSpan({
    traceId,
    spanId,
    sampled: (flags & sampledFlag) !== 0,
    annotations: Context.make(TraceFlags, flags & propagatedFlags)
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
  const isCalled = tryOrUndefined(() => hasTrace(Option.fromUndefinedOr(remote))) === true
  const inside = trusted === undefined ? context : tryOrUndefined(() => remoteContext(context, trusted)) ?? context
  const options = withBaggage(inside, given)
  if (join || (trusted !== undefined && isCalled)) {
    const parent = Option.getOrUndefined(currentParent(inside))
    // The program may have its own span for the request.
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

/** Adds a link from the surrounding span to the session, which already links to it. @internal */
export const linkBack = (around: Tracer.AnySpan | undefined, root: Tracer.Span): void => {
  if (around?._tag === "Span" && root.sampled && around.sampled && around.traceId !== root.traceId) {
    // The span may be another library's or the program's own, so it may throw.
    tryOrUndefined(() => around.addLinks([{ span: root, attributes: { "agentops.link": "session" } }]))
  }
}
