/**
 * The facts of a recorded answer, from which response bodies are built.
 *
 * @internal
 */
import type { LlmCall } from "../../model/LlmCall.ts"
import type { RecordedCall } from "../Recording.ts"
import { ReplayError } from "../Recording.ts"
import type { ReplayDifference } from "../ReplayDifference.ts"
import { checkContent } from "./content.ts"
import { withoutPlace } from "./wire/parts.ts"

/** A call of a model. @internal */
export type ModelCall = Extract<RecordedCall, { readonly kind: "model" }>

/** @internal */
export const factsOf = ({ fields, number }: ModelCall): LlmCall => {
  const { inputMessages: _, model, ...rest } = fields
  const unplaced = withoutPlace(fields.outputMessages?.flatMap(({ parts }) => parts) ?? [])
  if (unplaced.length > 0) {
    throw new ReplayError({
      reason: "value",
      message:
        `The answer of call ${number} has parts of the type ${unplaced.join(", ")}, which cannot be written again. ` +
        "Give it by the option value of Replay.layer"
    })
  }
  const { usage } = fields
  return { ...rest, requestModel: model, usage } as LlmCall
}

/** @internal */
export const listOf = (value: unknown): ReadonlyArray<object> => Array.isArray(value) ? value : [value as object]

/** @internal */
export const checkedFacts = (call: ModelCall): LlmCall => {
  checkContent(call)
  return factsOf(call)
}

/** @internal */
export const secondsOf = (time: bigint): number => Number(time / 1_000_000_000n)

/** @internal */
export const isText = (given: unknown): given is string => typeof given === "string"

/** The facts of an answer with another text. @internal */
export const withContent = (call: ModelCall, content: string): LlmCall => ({
  ...call.fields,
  requestModel: call.fields.model,
  outputMessages: [{
    role: "assistant",
    parts: [{ type: "text", content }],
    finish_reason: call.fields.finishReasons?.[0] ?? "stop"
  }]
} as LlmCall)

/** A response that clients do not retry, because a retry would wait and hide the difference. @internal */
export const refused = ({ _tag, message }: ReplayDifference | ReplayError): Response =>
  new Response(JSON.stringify({ type: "error", error: { type: _tag, code: _tag, message } }), {
    status: 400,
    headers: { "content-type": "application/json", "x-should-retry": "false" }
  })
