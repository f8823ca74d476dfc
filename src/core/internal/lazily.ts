import * as Effect from "effect/Effect"

/** Loads a module when it is first needed, and returns it at once after that. @internal */
export const lazily = <A extends object>(load: () => Promise<A>): Effect.Effect<A> => {
  let loaded: A | undefined
  return Effect.suspend(() =>
    loaded !== undefined ? Effect.succeed(loaded) : Effect.map(Effect.promise(load), (module) => loaded = module)
  )
}
