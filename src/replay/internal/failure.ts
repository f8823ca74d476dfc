/**
 * Turns recorded failures into errors and responses.
 *
 * @internal
 */
import type { RecordedCall } from "../Recording.ts"

/** An error with the recorded tag, name and message, which a program can match on. @internal */
export class RecordedError extends Error {
  readonly _tag: string

  constructor(type: string, message: string) {
    super(message)
    this.name = type
    this._tag = type
    // The stack has no frames, because the error happened in another run.
    this.stack = `${type}: ${message}`
  }
}

/** @internal */
export const errorOf = (
  { errorMessage, errorType }: { readonly errorMessage?: string | undefined; readonly errorType?: string | undefined }
): RecordedError => new RecordedError(errorType ?? "Error", errorMessage ?? "")

const status = /^\d{3}$/

const bodyOf = (call: RecordedCall, code: number): string => {
  const message = (call.errorMessage ?? "").replace(new RegExp(`^${code}\\s*`), "")
  // Anthropic's client uses the whole body as the message.
  if (message.startsWith("{")) return message
  const type = call.errorType ?? "error"
  return JSON.stringify({ type: "error", error: { type, code: status.test(type) ? null : type, message } })
}

/**
 * The response of failed attempt `number`, from 1. `undefined` if the attempt succeeded, and a rejected promise if
 * there was no response.
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
