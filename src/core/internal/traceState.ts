/**
 * W3C `tracestate`, and what a span in another process says of itself beside its ids.
 *
 * The text comes from other vendors and from samplers, and goes out as a header: what does
 * not follow the grammar is taken as absent, wherever it comes from.
 *
 * @see https://www.w3.org/TR/trace-context-2/#tracestate-header
 * @internal
 */
import * as Context from "effect/Context"

/** The `tracestate` of a span in another process, which its children here pass on. @internal */
export const TraceState = Context.Reference<string | undefined>("effect-agentops/TraceState", {
  defaultValue: () => undefined
})

/** The `trace-flags` of a span in another process that hold for its whole trace. @internal */
export const TraceFlags = Context.Reference<number>("effect-agentops/TraceFlags", { defaultValue: () => 0 })

/** `trace-flags`: the span is sampled. @internal */
export const sampledFlag = 1

/** `trace-flags`: the last seven bytes of the trace id are random. @internal */
export const randomFlag = 2

/** B3's debug flag, which W3C has no bit for: above the octet, so that it never goes out in one. @internal */
export const debugFlag = 0x100

/** The flags of a trace that each of its spans passes on. @internal */
export const tracewide = randomFlag | debugFlag

const maxLength = 512
const maxMembers = 32
// As many characters as the largest list that the grammar allows, with white space to spare.
const maxRead = 32_768
const longMember = 128
const key = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/
const value = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

const isOws = (text: string, at: number): boolean => text[at] === " " || text[at] === "\t"

/** Without the optional white space of HTTP: spaces and tabs. @internal */
export const trimOws = (text: string): string => {
  // A loop, since a pattern for the end of a text looks at a long run of spaces once for each of them.
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

/** Whether a key and a value may stand in a `tracestate`. @internal */
export const isMember = (name: string, text: string): boolean => key.test(name) && value.test(text)

/** The members of a `tracestate`, the first of each key; undefined where one of them is bad. @internal */
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

/** Whole members as far as there is room: those of more than 128 characters go first, then the last. */
const fit = (members: Array<string>): string => {
  const text = members.join(",")
  if (text.length <= maxLength) return text
  const long = members.findLastIndex((member) => member.length > longMember)
  return fit(members.toSpliced(long < 0 ? members.length - 1 : long, 1))
}

/** Writes members as a `tracestate`, as many as there is room for. @internal */
export const formatTraceState = (members: ReadonlyArray<readonly [key: string, value: string]>): string =>
  fit(members.slice(0, maxMembers).map(([key, value]) => `${key}=${value}`))

/** A `tracestate` as it may be sent; undefined where it is bad or says nothing. @internal */
export const parseTraceState = (header: string | undefined): string | undefined => {
  const members = header === undefined ? undefined : traceStateMembers(header)
  return members === undefined || members.length === 0 ? undefined : formatTraceState(members)
}
