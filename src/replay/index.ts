/**
 * Replays runs from their traces.
 *
 * @since 0.1.0
 */
export * as Recording from "./Recording.ts"
export * as Replay from "./Replay.ts"
