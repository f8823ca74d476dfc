/** Records the printed and logged output of a program instead of showing it. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"

export interface Output {
  /** The console output of every method. */
  readonly printed: Array<string>
  /** The messages of the log, each with its level: `Warn: …`. */
  readonly logged: Array<string>
}

/** Runs an effect, and all fibers that it starts, with its console and log recorded. */
export const withOutput = <A, E, R>(f: (output: Output) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const output: Output = { printed: [], logged: [] }
    const print = (...args: ReadonlyArray<unknown>) => void output.printed.push(args.map(String).join(" "))
    const logger = Logger.make(({ cause, logLevel, message }) => {
      const text = [message].flat().map(String).join(" ")
      const detail = cause.reasons.length === 0 ? "" : ` ${JSON.stringify(cause)}`
      output.logged.push(`${logLevel}: ${text}${detail}`)
    })
    return f(output).pipe(
      Effect.provideService(
        Console.Console,
        new Proxy(globalThis.console, { get: () => print }) as unknown as Console.Console
      ),
      Effect.provide(Logger.layer([logger, Logger.tracerLogger]))
    )
  })
