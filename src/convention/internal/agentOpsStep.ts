/**
 * Steps of an agent in AgentOps's names. AgentOps has a kind for guardrails, and shows the other steps as operations.
 *
 * @internal
 */
import type { Span, TracedEvent } from "../../trace/Span.ts"
import type { Options } from "../Encoding.ts"
import { toText } from "./flatMessages.ts"
import type { Target } from "./spanFacts.ts"
import type { Step } from "./step.ts"
import { stepFacts, stepOf } from "./step.ts"

const writeGuardrail = (target: Target, { input, output }: Step): void => {
  if (input !== undefined) target["agentops.guardrail.input"] = toText(input)
  if (output !== undefined) target["agentops.guardrail.output"] = toText(output)
}

/** Writes the attributes that only a step has. @internal */
export const writeStep = (target: Target, event: TracedEvent, options: Options, span: Span): Step | undefined => {
  const step = stepOf(event, span)
  if (step === undefined) return undefined
  const facts = stepFacts(event, step, options)
  for (const key in facts) {
    // Any `gen_ai.` key would make it a model call.
    const name = key === "gen_ai.operation.name" ? undefined : key.replace(/^gen_ai\./, "")
    if (name !== undefined) target[name] = facts[key]!
  }
  if (step.from !== undefined) target["from_agent"] = step.from
  if (step.to !== undefined) target["to_agent"] = step.to
  if (options.content && step.category === "guardrail") writeGuardrail(target, step)
  return step
}
