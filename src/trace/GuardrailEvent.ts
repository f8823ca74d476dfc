/**
 * Guardrails: a check of an input or an output, and its verdict.
 *
 * `input`, `output` and `spec` are AgentOps's attributes. The others are this library's own, because no other
 * convention defines guardrails. No verdict is an error, but a check that could not be made is one.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { property } from "../core/internal/inspect.ts"
import * as Field from "../model/Field.ts"
import * as Event from "./Event.ts"
import { agentOps } from "./EventMetrics.ts"

/**
 * The verdict: continue, continue but review, continue with changed content, or stop.
 *
 * @category models
 * @since 0.1.0
 */
export const Verdict = Schema.Literals(["pass", "flag", "modify", "block"])

/**
 * The verdict.
 *
 * @category models
 * @since 0.1.0
 */
export type Verdict = typeof Verdict.Type

const isVerdict = Schema.is(Verdict)

/**
 * The fields of a guardrail. The checked input and the output are content.
 *
 * @category fields
 * @since 0.1.0
 */
export const fields = {
  name: Field.attribute("agentops.guardrail.name", Schema.String),
  verdict: Field.attribute("agentops.guardrail.verdict", Verdict),
  /** The finding, such as `pii` or `prompt_injection`. */
  category: Field.attribute("agentops.guardrail.category", Schema.String),
  score: Field.attribute("agentops.guardrail.score", Schema.Finite),
  /** Whether it checks the input or the output. */
  spec: Field.attribute("agentops.guardrail.spec", Schema.Literals(["input", "output"])),
  input: Field.input(Field.json("agentops.guardrail.input", Schema.Unknown, { content: true })),
  output: Field.json("agentops.guardrail.output", Schema.Unknown, { content: true }),
  reason: Field.attribute("agentops.guardrail.reason", Schema.String, { content: true })
}

/** Boolean properties of other libraries' results, with the verdict for `true` and for `false`. */
const words: ReadonlyArray<readonly [string, Verdict, Verdict]> = [
  ["passed", "pass", "block"],
  ["allowed", "pass", "block"],
  ["blocked", "block", "pass"],
  ["tripwireTriggered", "block", "pass"],
  ["flagged", "flag", "pass"]
]

const verdictOf = (value: object): Verdict | undefined => {
  const verdict = property(value, "verdict")
  if (isVerdict(verdict)) return verdict
  for (const [key, whenTrue, whenFalse] of words) {
    const found = property(value, key)
    if (typeof found === "boolean") return found ? whenTrue : whenFalse
  }
  return undefined
}

const readValue = (value: unknown): Field.Values<typeof fields> | undefined => {
  if (typeof value === "boolean") return { verdict: value ? "pass" : "block", output: value }
  if (isVerdict(value)) return { verdict: value, output: value }
  if (typeof value !== "object" || value === null) return { output: value }
  const { category, reason, score } = {
    category: property(value, "category"),
    reason: property(value, "reason"),
    score: property(value, "score")
  }
  return {
    verdict: verdictOf(value),
    category: typeof category === "string" ? category : undefined,
    reason: typeof reason === "string" ? reason : undefined,
    score: typeof score === "number" && Number.isFinite(score) ? score : undefined,
    output: value
  }
}

/**
 * The guardrail event: span `agent.guardrail`.
 *
 * **Details**
 *
 * The event is counted in `agentops.guardrails` by its verdict and category. Its duration is recorded in
 * `agentops.guardrail.duration`.
 *
 * @category kinds
 * @since 0.1.0
 */
export const GuardrailEvent = Event.define("guardrail", {
  category: "guardrail",
  span: "agent.guardrail",
  fields,
  nameField: "name",
  readValue,
  metrics: ({ duration, errorType, fields: { category, name, spec, verdict } }, record) => {
    const attributes = { "agentops.guardrail.name": name ?? "guardrail", "error.type": errorType }
    record(agentOps.guardrails, 1, {
      ...attributes,
      "agentops.guardrail.verdict": verdict,
      "agentops.guardrail.category": category,
      "agentops.guardrail.spec": spec
    })
    record(agentOps.guardrailDuration, duration, attributes)
  }
})

/**
 * Traces an effect as a guardrail.
 *
 * **Details**
 *
 * The value, error and requirements stay as they are. The verdict is read from a value that is `true` (pass) or `false`
 * (block), a {@link Verdict}, or an object with `verdict`, `passed`, `allowed`, `blocked`, `flagged` or
 * `tripwireTriggered`. `category`, `score` and `reason` are read from such an object too. Options are fields of
 * {@link fields}, each a value or a function of the success value, and `attributes`, `links` and `success`.
 *
 * **Example** (no addresses in the answer)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceGuardrail } from "effect-agentops"
 *
 * const check = (text: string) =>
 *   Effect.succeed({ passed: !text.includes("@"), category: "pii" }).pipe(
 *     traceGuardrail("no_addresses", { spec: "output", input: text })
 *   )
 * await Effect.runPromise(check("Hello!")) // => { passed: true, category: "pii" }
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceGuardrail: Event.TraceNamed<typeof fields> = GuardrailEvent.trace
