/**
 * Reads from an exit whether the span failed, and the errors to record.
 *
 * Follows OpenTelemetry's "Recording errors" and "Recording exceptions": `error.type` has low cardinality, and each
 * failure is one exception record. An interruption is not a failure, because no error caused it.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/general/recording-errors/
 * @internal
 */
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import type { Exception, Failure } from "../SpanData.ts"
import { nonEmpty, textOf, tryOrUndefined } from "./inspect.ts"

/** The property under which an error carries its own type, such as an API's error code. @internal */
export const ErrorTypeId = "~effect-agentops/errorType"

const typeOf = (error: unknown): string | undefined => {
  const own = Predicate.hasProperty(error, ErrorTypeId) ? nonEmpty(error[ErrorTypeId]) : undefined
  if (own !== undefined) return own
  const tag = Predicate.hasProperty(error, "_tag") ? nonEmpty(error._tag) : undefined
  // All failures of `effect/ai` have one tag. Only their reasons differ.
  if (tag === "AiError" && Predicate.hasProperty(error, "reason") && Predicate.hasProperty(error.reason, "_tag")) {
    return nonEmpty(error.reason._tag) ?? tag
  }
  if (tag !== undefined || !(error instanceof Error)) return tag
  const name = nonEmpty(error.name)
  return name !== undefined && name !== "Error" ? name : nonEmpty(error.constructor?.name) ?? "Error"
}

/** The type of an error: its own property, else its tag, else its name. @internal */
export const errorType = (error: unknown): string => tryOrUndefined(() => typeOf(error)) ?? "_OTHER"

const maxCauses = 8

/** The types of an error's causes, the nearest first. */
const causesOf = (error: unknown): ReadonlyArray<string> => {
  const types: Array<string> = []
  const next = (error: unknown) =>
    tryOrUndefined(() => Predicate.hasProperty(error, "cause") ? error.cause ?? undefined : undefined)
  for (let cause = next(error); cause !== undefined && types.length < maxCauses; cause = next(cause)) {
    types.push(errorType(cause))
  }
  return types
}

const pretty = (reason: Cause.Reason<unknown>): Error | undefined =>
  tryOrUndefined(() => Cause.prettyErrors(Cause.fromReasons([reason]), { includeCauseInStack: true })[0])

// One cause passes through every span between its origin and its handler.
const cache = new WeakMap<Cause.Cause<unknown>, Failure | undefined>()

const fromCause = (cause: Cause.Cause<unknown>): Failure | undefined => {
  const reasons = cause.reasons.filter((reason) => !Cause.isInterruptReason(reason))
  if (reasons.length === 0) return undefined
  const exceptions = reasons.map((reason): Exception => {
    const error = reason._tag === "Fail" ? reason.error : reason.defect
    const { message, stack } = pretty(reason) ?? { message: `[${typeof error}]`, stack: undefined }
    return {
      type: errorType(error),
      message: textOf(message),
      stacktrace: textOf(stack ?? ""),
      causes: causesOf(error)
    }
  })
  // A typed failure is more useful than a defect beside it, because the program expected it.
  const first = reasons.findIndex(Cause.isFailReason)
  const { message, type } = exceptions[first === -1 ? 0 : first]!
  return { errorType: type, message, exceptions }
}

/** The failure of an exit, or `undefined` for a success or an interruption. @internal */
export const failureOf = (exit: Exit.Exit<unknown, unknown>): Failure | undefined => {
  if (exit._tag === "Success") return undefined
  if (cache.has(exit.cause)) return cache.get(exit.cause)
  const failure = fromCause(exit.cause)
  cache.set(exit.cause, failure)
  return failure
}

/** Whether an exit is an interruption only. @internal */
export const isInterrupted = (exit: Exit.Exit<unknown, unknown>): boolean =>
  exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)
