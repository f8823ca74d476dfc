/**
 * The steps of a run of an agent that was written down.
 *
 * @since 0.1.0
 */
import type { Values } from "../model/Field.ts"
import type { fields as llmFields } from "./LlmEvent.ts"
import type { fields as toolFields } from "./ToolEvent.ts"

/**
 * When a step began and ended, in nanoseconds since the Unix epoch.
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
 * One thing that an agent did.
 *
 * @category models
 * @since 0.1.0
 */
export type Step = Turn | ToolCall

/**
 * What is written of a run, with its steps in their order.
 *
 * @category models
 * @since 0.1.0
 */
export interface Recorded {
  readonly name?: string | undefined
  readonly model?: string | undefined
  /** Whether it came out well, and the file's word for it. */
  readonly outcome?: readonly [state: "Success" | "Fail" | "Indeterminate", reason: string] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly steps: ReadonlyArray<Step>
}
