/**
 * The input and output of a step in the form that AgentOps's panels parse.
 *
 * @internal
 */
import * as Attribute from "../../core/Attribute.ts"
import { toText } from "./flatMessages.ts"
import type { Target } from "./spanFacts.ts"

// The form in which AgentOps's own SDK writes the arguments of a call.
const entityInput = (parameters: unknown): string =>
  Attribute.toJson(
    typeof parameters === "object" && parameters !== null && !Array.isArray(parameters)
      ? { args: [], kwargs: parameters }
      : { args: Array.isArray(parameters) ? parameters : [parameters], kwargs: {} }
  )

/** @internal */
export const writeEntity = (target: Target, input: unknown, output: unknown): void => {
  if (input != null) target["agentops.entity.input"] = entityInput(input)
  if (output != null) target["agentops.entity.output"] = toText(output)
}
