/**
 * The line of user code that made a span.
 *
 * Taking a stack is cheap beside formatting it, so the stack is taken where the
 * combinator is applied and read only if somebody wants the line.
 *
 * @internal
 */
import type { AttributeValue, Writer } from "../Attribute.ts"
import type { CodeLocation } from "../SpanData.ts"
import { RecordWriter } from "./recordWriter.ts"

/** Where a combinator was applied: a stack that is formatted on first use. @internal */
export interface CallSite {
  /** The frame as V8 writes it, such as `at main (file:///app/agent.ts:12:3)`. */
  readonly frame: () => string | undefined
}

interface StackHolder {
  readonly stack?: string
}

// V8's part of `Error`, which the language itself does not have.
const V8Error = Error as unknown as {
  readonly captureStackTrace?: (target: object, below: unknown) => void
  stackTraceLimit: number
}

/**
 * How many frames to take for a combinator that a user may pass to `pipe` as it is:
 * then Effect calls it, and Effect's own frames are passed over. Each frame has its
 * cost, so the others take one.
 *
 * @internal
 */
export const throughPipe = 4

// A program meets the same few lines over and over, and each is read once.
const maxRemembered = 1_000

const remember = <A>(read: (text: string) => A): (text: string) => A => {
  const known = new Map<string, A>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const value = read(text)
    if (known.size >= maxRemembered) known.clear()
    known.set(text, value)
    return value
  }
}

const effectFrame = /[\\/]node_modules[\\/]effect[\\/](?:src|dist)[\\/]/

const firstFrame = remember((stack) => stack.split("\n").slice(1).find((line) => !effectFrame.test(line))?.trim())

/** Of an application whose line nobody took. @internal */
export const unknown: CallSite = { frame: () => undefined }

/** Of how many applications the line is taken: see the option `callSites` of `AgentOps.layer`. @internal */
export type CallSites = "all" | "some" | "none"

// With "some": those of the first lines of a program, which a short one is made of, and then one in so many.
const first = 64
const oneIn = 32

let wanted: CallSites = "some"
let applied = 0

/** Sets whose lines are taken from now on, and gives what was set before. @internal */
export const setCallSites = (callSites: CallSites): CallSites => {
  const before = wanted
  wanted = callSites
  applied = 0
  return before
}

// Asked before a stack is taken, which is what costs.
const isWanted = (): boolean => wanted === "all" || (wanted === "some" && (++applied <= first || applied % oneIn === 0))

/**
 * Remembers who called `below`, the public function that the user applied.
 *
 * As Effect does for its own spans, it takes no stack in a program that wants none:
 * one that sets `Error.stackTraceLimit` to zero.
 *
 * @internal
 */
export const callSite = (below: unknown, depth = 1): CallSite => {
  if (!isWanted()) return unknown
  const limit = V8Error.stackTraceLimit
  if (V8Error.captureStackTrace === undefined || limit === 0) return unknown
  const holder: StackHolder = {}
  V8Error.stackTraceLimit = depth
  V8Error.captureStackTrace(holder, below)
  V8Error.stackTraceLimit = limit
  let frame: string | undefined
  let read = false
  return {
    frame: () => {
      if (!read) {
        read = true
        // A program that sets `Error.prepareStackTrace` may make anything of a stack.
        const stack: unknown = holder.stack
        if (typeof stack === "string") frame = firstFrame(stack)
      }
      return frame
    }
  }
}

const framePattern = /^at (?:async )?(?:(.+?) \()?(file:\/\/)?(.+?):(\d+):\d+\)?$/

const fromFileUrl = (path: string): string => {
  const local = /^\/[a-zA-Z]:/.test(path) ? path.slice(1) : path
  try {
    return decodeURIComponent(local)
  } catch {
    // A lone percent sign: no URL that Node wrote.
    return local
  }
}

const toLocation = remember((frame): CodeLocation | undefined => {
  const match = framePattern.exec(frame)
  if (match === null) return undefined
  const path = match[3]!
  return { functionName: match[1], filePath: match[2] === undefined ? path : fromFileUrl(path), line: Number(match[4]) }
})

/** Takes a frame apart; none where it has no file and line. @internal */
export const parseFrame = (frame: string | undefined): CodeLocation | undefined =>
  frame === undefined ? undefined : toLocation(frame)

/** Writes where in the program the span was made. @internal */
export const putLocation = (writer: Writer, location: CodeLocation | undefined): void => {
  if (location === undefined) return
  writer.put("code.file.path", location.filePath)
  writer.put("code.line.number", location.line)
  writer.put("code.function.name", location.functionName)
}

/** The same, into a record. @internal */
export const writeLocation = (target: Record<string, AttributeValue>, location: CodeLocation | undefined): void =>
  putLocation(new RecordWriter(target), location)
