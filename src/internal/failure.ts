/**
 * What an exit says about a span: whether it failed, and the errors to record.
 *
 * Follows OpenTelemetry's "Recording errors" and "Recording exceptions": an error
 * of low cardinality names the type, and each failure is one exception record.
 * An interruption is no failure: nobody did anything wrong.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/general/recording-errors/
 * @internal
 */
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"

/** One exception of a failure. @internal */
export interface Exception {
  readonly type: string
  readonly message: string
  readonly stacktrace: string
}

/** How an effect failed. @internal */
export interface Failure {
  readonly errorType: string
  readonly message: string
  readonly exceptions: ReadonlyArray<Exception>
}

/** Where an error carries the word that the one who caused it has for it, such as an API's error code. @internal */
export const ErrorTypeId = "~effect-agentops/errorType"

/** The type of an error: its own word for it, else the tag that a program would match on, else its name. @internal */
export const errorType = (error: unknown): string => {
  if (Predicate.hasProperty(error, ErrorTypeId) && typeof error[ErrorTypeId] === "string") return error[ErrorTypeId]
  if (Predicate.hasProperty(error, "_tag") && typeof error._tag === "string" && error._tag !== "") return error._tag
  if (error instanceof Error) {
    return error.name !== "Error" && error.name !== "" ? error.name : error.constructor.name || "Error"
  }
  return "_OTHER"
}

// One cause passes through every span between its origin and its handler.
const cache = new WeakMap<Cause.Cause<unknown>, Failure | undefined>()

const fromCause = (cause: Cause.Cause<unknown>): Failure | undefined => {
  const reasons = cause.reasons.filter((reason) => !Cause.isInterruptReason(reason))
  if (reasons.length === 0) return undefined
  const errors = Cause.prettyErrors(cause, { includeCauseInStack: true })
  const exceptions = reasons.map((reason, i): Exception => {
    const error = errors[i]!
    return {
      type: errorType(reason._tag === "Fail" ? reason.error : reason.defect),
      message: error.message,
      stacktrace: error.stack ?? ""
    }
  })
  // A typed failure is what the program foresaw, and tells more than a defect beside it.
  const first = reasons.findIndex(Cause.isFailReason)
  const { message, type } = exceptions[first === -1 ? 0 : first]!
  return { errorType: type, message, exceptions }
}

/** The failure of an exit; none for success and for interruption. @internal */
export const failureOf = (exit: Exit.Exit<unknown, unknown>): Failure | undefined => {
  if (exit._tag === "Success") return undefined
  if (cache.has(exit.cause)) return cache.get(exit.cause)
  const failure = fromCause(exit.cause)
  cache.set(exit.cause, failure)
  return failure
}

/** Whether an exit is an interruption and nothing else. @internal */
export const isInterrupted = (exit: Exit.Exit<unknown, unknown>): boolean =>
  exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)
