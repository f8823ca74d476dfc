/** Records the logged messages instead of printing them. */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"

export const withLog = <A, E, R>(
  f: (log: Array<string>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const log: Array<string> = []
    const logger = Logger.make(({ message }) => void log.push([message].flat().map(String).join(" ")))
    return f(log).pipe(Effect.provide(Logger.layer([logger])))
  })
