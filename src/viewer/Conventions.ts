/**
 * A span encoded in each convention: it is decoded into an event and encoded again.
 *
 * @since 0.1.0
 */
import * as Convention from "../convention/Convention.ts"
import { spanOf } from "./internal/spanOf.ts"
import type { SessionRow } from "./SessionRow.ts"
import type { SpanView } from "./SpanView.ts"
import { plainAttributes } from "./SpanView.ts"

/**
 * A span in one convention.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConventionView {
  readonly convention: string
  readonly name: string
  readonly kind: string
  readonly attributes: Readonly<Record<string, unknown>>
}

const conventions: ReadonlyArray<readonly [name: string, convention: Convention.Convention]> = [
  ["Standard", Convention.standard],
  ["OpenTelemetry GenAI, latest", Convention.genAi("latest")],
  ["OpenTelemetry GenAI, 1.41", Convention.genAi("1.41")],
  ["AgentOps", Convention.agentOps],
  ["OpenInference", Convention.openInference],
  ["Langfuse", Convention.langfuse]
]

/**
 * A span of a session in each convention, with its content.
 *
 * **Details**
 *
 * Unknown attributes, such as those that the program set itself, are included unchanged.
 *
 * @category conversions
 * @since 0.1.0
 */
export const inEach = (span: SpanView, row: SessionRow): ReadonlyArray<ConventionView> => {
  const event = spanOf(span, row)
  return conventions.map(([name, convention]) => {
    const encoded = convention.encode(event, { content: true })
    return { convention: name, name: encoded.name, kind: encoded.kind, attributes: plainAttributes(encoded.attributes) }
  })
}
