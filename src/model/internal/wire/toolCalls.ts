/**
 * Finds the tool call to which a piece of a stream belongs.
 *
 * OpenAI gives each call an index, and sends its id and name with the first piece. Other servers send index 0 for each
 * call or no index, repeat id and name with each piece, give each piece another id, or send a call in one piece.
 */
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import type { Payload } from "./lookup.ts"
import { get, named, object, text } from "./lookup.ts"
import { append } from "./streamed.ts"

export interface Called {
  name?: string | undefined
  arguments?: unknown
  input?: string | undefined
}

export interface ToolCall {
  id?: string | undefined
  readonly index: number | undefined
  type?: string | undefined
  function?: Called | undefined
  custom?: Called | undefined
}

/** Whether the arguments are complete, so that more arguments must belong to another call. */
const isWhole = (args: unknown): boolean =>
  typeof args === "string"
    ? args !== "" && tryOrUndefined(() => JSON.parse(args) as unknown) !== undefined
    : args !== undefined

const argumentsOf = (called: Called | undefined): unknown => called?.arguments ?? called?.input

export const addCalled = (called: Called | undefined, delta: Payload): Called => {
  const self = called ?? {}
  const name = named(delta.name)
  if (self.name === undefined) self.name = name
  // A name in pieces comes before any arguments. A repeated name is the same name.
  else if (name !== undefined && name !== self.name && argumentsOf(self) === undefined) self.name += name
  const args = delta.arguments
  if (typeof args === "string") {
    // Some servers repeat the complete arguments at the end.
    if (!(self.arguments === args && isWhole(args))) {
      self.arguments = typeof self.arguments === "string" || self.arguments === undefined
        ? append(self.arguments as string | undefined, args)
        : self.arguments
    }
  } else if (object(args) !== undefined || Array.isArray(args)) self.arguments = args
  self.input = append(self.input, delta.input)
  return self
}

const last = (calls: ReadonlyArray<ToolCall>, is: (call: ToolCall) => boolean): ToolCall | undefined =>
  calls.findLast(is)

const calledOf = (call: ToolCall): Called | undefined => call.function ?? call.custom

/** The call that a piece continues, or `undefined` if it starts a new one. */
const callOf = (
  calls: ReadonlyArray<ToolCall>,
  id: string | undefined,
  name: string | undefined,
  index: number | undefined,
  given: unknown
): ToolCall | undefined => {
  const known = id === undefined ? undefined : last(calls, (call) => call.id === id)
  if (known !== undefined) {
    // A server that uses one id for all calls gives them different names and indices.
    const another = name !== undefined && name !== calledOf(known)?.name && index !== known.index
    return another && calledOf(known)?.name !== undefined ? undefined : known
  }
  const there = index === undefined ? calls.at(-1) : last(calls, (call) => call.index === index)
  if (there === undefined || name === undefined) return there
  const called = calledOf(there)
  const args = argumentsOf(called)
  if (called?.name === undefined) return there
  // The name comes in pieces.
  if (called.name !== name) {
    return id === undefined && args === undefined && given === undefined && index !== undefined
      ? there
      : undefined
  }
  if (id !== undefined && there.id !== undefined) {
    return args === undefined || args === "" || isWhole(args)
      ? undefined
      : there
  }
  // A second call of the same tool would have another id, so this piece repeats the call.
  const isAgain = given === args && there.id !== undefined
  return isWhole(args) && !isAgain ? undefined : there
}

export const addToolCall = (calls: Array<ToolCall>, raw: unknown): void => {
  const delta = object(raw)
  if (delta === undefined) return
  const called = object(delta.function)
  const custom = object(delta.custom)
  const id = named(delta.id)
  const index = typeof delta.index === "number" ? delta.index : undefined
  const name = named(called?.name) ?? named(custom?.name)
  let call = callOf(calls, id, name, index, get(called ?? custom, "arguments") ?? get(custom, "input"))
  if (call === undefined) {
    call = { index }
    calls.push(call)
  }
  call.id ??= id
  call.type ??= text(delta.type)
  if (called !== undefined) call.function = addCalled(call.function, called)
  if (custom !== undefined) call.custom = addCalled(call.custom, custom)
}

/** The calls by index if the indices are distinct, else in the order of arrival. */
export const inOrder = (calls: ReadonlyArray<ToolCall>): ReadonlyArray<ToolCall> =>
  new Set(calls.map((call) => call.index)).size === calls.length && calls.every((call) => call.index !== undefined)
    ? calls.toSorted((a, b) => a.index! - b.index!)
    : calls
