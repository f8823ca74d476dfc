/**
 * W3C `tracestate`, and the other facts that a remote span passes on.
 *
 * The text comes from other vendors and samplers and is sent on as a header. So a text that breaks the grammar counts
 * as absent, wherever it comes from.
 *
 * @see https://www.w3.org/TR/trace-context-2/#tracestate-header
 * @internal
 */
import * as Context from "effect/Context"

/** The `tracestate` of a remote span, which its local children pass on. @internal */
export const TraceState = Context.Reference<string | undefined>("effect-agentops/TraceState", {
  defaultValue: () => undefined
})

/** The `trace-flags` of a remote span that hold for its whole trace. @internal */
export const TraceFlags = Context.Reference<number>("effect-agentops/TraceFlags", { defaultValue: () => 0 })

/** `trace-flags`: the span is sampled. @internal */
export const sampledFlag = 1

/** `trace-flags`: the last seven bytes of the trace id are random. @internal */
export const randomFlag = 2

/** B3's debug flag, for which W3C has no bit. It is above the octet, so it is never sent as a trace flag. @internal */
export const debugFlag = 0x100

/** The flags that each span of a trace passes on. @internal */
export const propagatedFlags = randomFlag | debugFlag

const maxLength = 512
const maxMembers = 32
// The length of the largest list that the grammar allows, with some white space.
const maxRead = 32_768
const longMember = 128
const key = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/
const value = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

const isOws = (text: string, at: number): boolean => text[at] === " " || text[at] === "\t"

/** Trims the optional white space of HTTP: spaces and tabs. @internal */
export const trimOws = (text: string): string => {
  // A loop, because a pattern that ends in `$` rescans a long run of spaces from each of its characters.
  let start = 0
  let end = text.length
  while (start < end && isOws(text, start)) start++
  while (end > start && isOws(text, end - 1)) end--
  return text.slice(start, end)
}

const split = (member: string): readonly [key: string, value: string] | undefined => {
  const at = member.indexOf("=")
  const pair = [member.slice(0, at), member.slice(at + 1)] as const
  return at > 0 && key.test(pair[0]) && value.test(pair[1]) ? pair : undefined
}

/** Whether a key and a value are allowed in a `tracestate`. @internal */
export const isMember = (name: string, text: string): boolean => key.test(name) && value.test(text)

/**
 * The members of a `tracestate`, or `undefined` if one of them is invalid. Of equal keys, the first counts. @internal
 */
export const traceStateMembers = (
  header: string
): ReadonlyArray<readonly [key: string, value: string]> | undefined => {
  if (header.length > maxRead) return undefined
  const members = new Map<string, string>()
  let count = 0
  for (const part of header.split(",")) {
    const text = trimOws(part)
    if (text === "") continue
    const pair = split(text)
    if (pair === undefined || ++count > maxMembers) return undefined
    if (!members.has(pair[0])) members.set(pair[0], pair[1])
  }
  return [...members]
}

/** As many whole members as fit. Members of more than 128 characters are dropped first, then the last ones. */
const fit = (members: Array<string>): string => {
  const text = members.join(",")
  if (text.length <= maxLength) return text
  const long = members.findLastIndex((member) => member.length > longMember)
  return fit(members.toSpliced(long < 0 ? members.length - 1 : long, 1))
}

/** Writes members as a `tracestate`, as many as fit. @internal */
export const formatTraceState = (members: ReadonlyArray<readonly [key: string, value: string]>): string =>
  fit(members.slice(0, maxMembers).map(([key, value]) => `${key}=${value}`))

/** A `tracestate` that may be sent, or `undefined` if the text is invalid or has no members. @internal */
export const parseTraceState = (header: string | undefined): string | undefined => {
  const members = header === undefined ? undefined : traceStateMembers(header)
  return members === undefined || members.length === 0 ? undefined : formatTraceState(members)
}
