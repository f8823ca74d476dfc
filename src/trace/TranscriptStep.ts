/**
 * The steps of a transcript.
 *
 * @since 0.1.0
 */
import type { Values } from "../model/Field.ts"
import type { fields as llmFields } from "./LlmEvent.ts"
import type { fields as toolFields } from "./ToolEvent.ts"

/**
 * The start and end of a step, in nanoseconds since the Unix epoch.
 *
 * @category models
 * @since 0.1.0
 */
export interface Times {
  readonly startTime?: bigint | undefined
  readonly endTime?: bigint | undefined
}

/**
 * A call of the model.
 *
 * @category models
 * @since 0.1.0
 */
export interface Turn extends Times {
  readonly _tag: "Turn"
  readonly fields: Values<typeof llmFields>
  readonly error?: string | undefined
}

/**
 * A call of a tool.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolCall extends Times {
  readonly _tag: "Tool"
  readonly fields: Values<typeof toolFields>
  readonly error?: string | undefined
}

/**
 * A call of the model or of a tool.
 *
 * @category models
 * @since 0.1.0
 */
export type Step = Turn | ToolCall

/**
 * A recorded run, with its steps in order.
 *
 * @category models
 * @since 0.1.0
 */
export interface Recorded {
  readonly name?: string | undefined
  readonly model?: string | undefined
  /** The outcome of the run, with the file's own word for it. */
  readonly outcome?: readonly [state: "Success" | "Fail" | "Indeterminate", reason: string] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly steps: ReadonlyArray<Step>
}
