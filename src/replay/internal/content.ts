/**
 * Checks that a recording has the inputs and outputs of calls, and that they are not truncated.
 *
 * @internal
 */
import type { RecordedCall } from "../Recording.ts"
import { ReplayError } from "../Recording.ts"

type ModelCall = Extract<RecordedCall, { readonly kind: "model" }>

const lengthNote = /…\[(\d+) characters\]/

const parses = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Whether an attribute that this library wrote as JSON is truncated. @internal */
export const isCut = ({ node: { span: { attributes } } }: RecordedCall, key: string): boolean => {
  const text = attributes[key]
  return typeof text === "string" && attributes["agentops.event.kind"] !== undefined &&
    (lengthNote.test(text) || !parses(text))
}

/** @internal */
export const cutError = (what: string): ReplayError =>
  new ReplayError({
    reason: "content",
    message: `${what} was cut when it was recorded, since it was too long. ` +
      "Record with a greater spanLimits.spanLength, and without spanLimits.attributeValueLength"
  })

/** Throws if the recording lacks the answer or has truncated it. @internal */
export const checkContent = (call: ModelCall): void => {
  if (call.errorType !== undefined) return
  const what = `call ${call.number} (model ${call.name})`
  if (isCut(call, "gen_ai.output.messages")) throw cutError(`The answer of ${what}`)
  if (call.fields.outputMessages !== undefined) return
  throw new ReplayError({
    reason: "content",
    message: `What ${what} answered is not in the recording: it was made without content, or the program left it ` +
      "out. Record with an exporter whose option content is true"
  })
}

/** The error for an input that cannot be compared because the recording truncated it. @internal */
export const cutQuestion = (call: RecordedCall, at: string): ReplayError | undefined => {
  const key = at.startsWith("inputMessages")
    ? "gen_ai.input.messages"
    : at.startsWith("systemInstructions")
    ? "gen_ai.system_instructions"
    : at.startsWith("toolDefinitions")
    ? "gen_ai.tool.definitions"
    : at.startsWith("parameters")
    ? "gen_ai.tool.call.arguments"
    : undefined
  const text = key === undefined ? undefined : call.node.span.attributes[key]
  return typeof text === "string" && key !== undefined && isCut(call, key) && !parses(text)
    ? cutError(`What call ${call.number} (${call.kind} ${call.name}) was asked`)
    : undefined
}
