/**
 * Removes messages from exceptions.
 *
 * @internal
 */
import { textOf } from "../../core/internal/inspect.ts"
import type { Failure } from "../../core/SpanData.ts"

const frame = /^\s+at .*(?:\d:\d+|[)>\]]|native)$/
const causeLine = /^\s*\[cause\]: /

/**
 * An exception without its message, which may quote what people wrote. Its type, the types of its causes and its stack
 * frames are kept. All other lines are removed, because a message may have lines of any form.
 *
 * @internal
 */
export const withoutMessage = (
  exception: Readonly<Record<string, unknown>>,
  causes: ReadonlyArray<string> = []
): Readonly<Record<string, unknown>> => {
  const { "exception.message": _, "exception.stacktrace": stacktrace, ...rest } = exception
  if (typeof stacktrace !== "string") return rest
  let next = 0
  const lines = stacktrace.split("\n").flatMap((line) => {
    if (frame.test(line)) return [line]
    return causeLine.test(line) && next < causes.length ? [`    [cause]: ${causes[next++]}`] : []
  })
  return { ...rest, "exception.stacktrace": [textOf(exception["exception.type"]), ...lines].join("\n") }
}

/** The types of the causes of a recorded exception. @internal */
export const causesOf = (
  failure: Failure | undefined,
  recorded: Readonly<Record<string, unknown>>
): ReadonlyArray<string> =>
  failure?.exceptions.find(({ stacktrace }) => stacktrace === recorded["exception.stacktrace"])?.causes ?? []
