/**
 * What a recorded failure is to the program.
 *
 * @internal
 */
import type { RecordedCall } from "../Recording.ts"

/** An error with the tag, the name and the message that were recorded: what a program can match on. @internal */
export class RecordedError extends Error {
  readonly _tag: string

  constructor(type: string, message: string) {
    super(message)
    this.name = type
    this._tag = type
    // It stands for what happened in another run, not for a place in this one.
    this.stack = `${type}: ${message}`
  }
}

/** @internal */
export const errorOf = (
  { errorMessage, errorType }: { readonly errorMessage?: string | undefined; readonly errorType?: string | undefined }
): RecordedError => new RecordedError(errorType ?? "Error", errorMessage ?? "")

const status = /^\d{3}$/

const bodyOf = (call: RecordedCall, code: number): string => {
  const said = (call.errorMessage ?? "").replace(new RegExp(`^${code}\\s*`), "")
  // Anthropic's client has the body itself as the message.
  if (said.startsWith("{")) return said
  const type = call.errorType ?? "error"
  return JSON.stringify({ type: "error", error: { type, code: status.test(type) ? null : type, message: said } })
}

/**
 * The answer to a request that failed: attempt `number`, from 1. `undefined` where it did not; a rejection where no
 * answer came.
 *
 * @internal
 */
export const failedResponse = (call: RecordedCall, number: number): Promise<Response> | undefined => {
  const { attempts } = call.node
  const attempt = attempts[number - 1]
  const isLast = number >= attempts.length
  const failure = attempt?.attributes["error.type"] ?? (isLast ? call.errorType : undefined)
  if (failure === undefined) return undefined
  const code = status.test(String(failure)) ? Number(failure) : undefined
  if (code === undefined) return Promise.reject(errorOf(call))
  return Promise.resolve(
    new Response(bodyOf(call, code), {
      status: code,
      headers: {
        "content-type": "application/json",
        "x-should-retry": String(!isLast),
        "retry-after-ms": "1"
      }
    })
  )
}
