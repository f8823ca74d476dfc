/**
 * Recognizes attributes that differ from run to run.
 *
 * @internal
 */

/** Whether an attribute describes the run, its time or its source text. @internal */
export const isVolatile = (key: string): boolean =>
  key.startsWith("code.") || key.startsWith("thread.") || key === "gen_ai.response.time_to_first_chunk"
