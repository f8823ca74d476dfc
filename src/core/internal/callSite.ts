/**
 * The line of user code that made a span.
 *
 * Capturing a stack is cheap, formatting it is not. So the stack is captured where the combinator is applied, and
 * formatted only if the line is needed.
 *
 * @internal
 */
import type { AttributeValue, Writer } from "../Attribute.ts"
import type { CodeLocation } from "../SpanData.ts"
import { RecordWriter } from "./recordWriter.ts"

/** Where a combinator was applied: a captured stack that is formatted on first use. @internal */
export interface CallSite {
  /** The frame as V8 writes it, such as `at main (file:///app/agent.ts:12:3)`. */
  readonly frame: () => string | undefined
}

interface StackHolder {
  readonly stack?: string
}

// A V8 extension of `Error`.
const V8Error = Error as unknown as {
  readonly captureStackTrace?: (target: object, below: unknown) => void
  stackTraceLimit: number
}

/**
 * How many frames to capture for a combinator that a user may pass to `pipe` directly. Then Effect is the caller, and
 * its frames are skipped. Each frame has a cost, so the other combinators capture one.
 *
 * @internal
 */
export const throughPipe = 4

// A program has few call sites, so each stack text is parsed once.
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

/** The call site of an application whose stack was not captured. @internal */
export const unknown: CallSite = { frame: () => undefined }

/** How many call sites are captured: the option `callSites` of `AgentOps.layer`. @internal */
export type CallSites = "all" | "some" | "none"

// With "some", the first 64 applications are captured, which covers a short program, and then one in 32.
const first = 64
const oneIn = 32

let wanted: CallSites = "some"
let applied = 0

/** Sets which call sites are captured from now on, and returns the previous setting. @internal */
export const setCallSites = (callSites: CallSites): CallSites => {
  const before = wanted
  wanted = callSites
  applied = 0
  return before
}

// Checked before the stack is captured, because capturing has the cost.
const isWanted = (): boolean => wanted === "all" || (wanted === "some" && (++applied <= first || applied % oneIn === 0))

/**
 * Captures the caller of `below`, the public function that the user applied.
 *
 * As for Effect's own spans, no stack is captured in a program that sets `Error.stackTraceLimit` to zero.
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
        // A program's `Error.prepareStackTrace` may return any value.
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
    // A lone percent sign: Node did not write this URL.
    return local
  }
}

const toLocation = remember((frame): CodeLocation | undefined => {
  const match = framePattern.exec(frame)
  if (match === null) return undefined
  const path = match[3]!
  return { functionName: match[1], filePath: match[2] === undefined ? path : fromFileUrl(path), line: Number(match[4]) }
})

/** Parses a frame. Returns `undefined` if it has no file and line. @internal */
export const parseFrame = (frame: string | undefined): CodeLocation | undefined =>
  frame === undefined ? undefined : toLocation(frame)

/** Writes the attributes of the call site. @internal */
export const putLocation = (writer: Writer, location: CodeLocation | undefined): void => {
  if (location === undefined) return
  writer.put("code.file.path", location.filePath)
  writer.put("code.line.number", location.line)
  writer.put("code.function.name", location.functionName)
}

/** Writes the attributes of the call site into a record. @internal */
export const writeLocation = (target: Record<string, AttributeValue>, location: CodeLocation | undefined): void =>
  putLocation(new RecordWriter(target), location)
