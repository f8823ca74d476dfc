/**
 * Marks a model call whose answer could not be read, on its span and once in a debug log.
 *
 * A user needs to know why a trace has no tokens and cost.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

const fields = { responseUnread: true } as const

let reported = false

const report = Effect.logDebug(
  "effect-agentops: nothing was read off the answer of a model call: it is of no API that is known. Say what it tells " +
    "with the options of traceLlmWith, such as usage and outputMessages, or where the API's answer is with response. " +
    "Such spans have agentops.response.unread"
)

/** The fields of a call whose answer could not be read. @internal */
export const unreadResponse = (): typeof fields => {
  const fiber = reported ? undefined : Fiber.getCurrent()
  if (fiber !== undefined) {
    reported = true
    Effect.runForkWith(fiber.context)(report)
  }
  return fields
}
