/**
 * What belongs to one run of a program, and is another in the next.
 *
 * @internal
 */

/** Attributes that tell of the run, its time or its source text. @internal */
export const isOfRun = (key: string): boolean =>
  key.startsWith("code.") || key.startsWith("thread.") || key === "gen_ai.response.time_to_first_chunk"
