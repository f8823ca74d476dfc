import * as Effect from "effect/Effect"
import { onLiveClock } from "./liveClock.ts"

/**
 * Logs a warning if a part does not load. A part never loads if the bundler put modules that it needs into the page's
 * entry and the entry waits for the part. No error occurs then.
 */
const warnIfStuck = Effect.logWarning(
  "effect-agentops: a part of it has not loaded in 5 seconds. If the network is not slow, the page's entry waits for " +
    "it with a top-level `await`, and it waits for the entry, in which the bundler has put modules that it needs. " +
    "Leave out the `await`, or give the modules of node_modules a chunk of their own (rollup: `manualChunks`)"
).pipe(Effect.delay("5 seconds"), onLiveClock)

/** Loads a module when it is first needed, and returns it immediately after that. @internal */
export const lazily = <A extends object>(load: () => Promise<A>): Effect.Effect<A> => {
  let loaded: A | undefined
  return Effect.suspend(() =>
    loaded !== undefined
      ? Effect.succeed(loaded)
      : Effect.forkScoped(warnIfStuck).pipe(
        Effect.andThen(Effect.promise(load)),
        Effect.map((module) => loaded = module),
        Effect.scoped
      )
  )
}
