#!/usr/bin/env node
/**
 * The entry point of `npx effect-agentops`.
 *
 * @since 0.1.0
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

const peer = "@effect/platform-node"

const fail = (message: string): Effect.Effect<void> =>
  Effect.andThen(
    Console.error(message),
    Effect.sync(() => {
      const { process } = globalThis as { readonly process?: { exitCode?: number } }
      if (process !== undefined) process.exitCode = 1
    })
  )

// The peer is optional for a program that only traces, so it may be missing here.
const program = Effect.tryPromise({ try: () => import("./start.ts"), catch: (error) => error }).pipe(
  Effect.matchEffect({
    onSuccess: ({ start }) => Effect.sync(start),
    onFailure: (error) =>
      error instanceof Error && error.message.includes(`'${peer}'`)
        ? fail(`effect-agentops: the command needs ${peer}. Install it with: npm install ${peer}`)
        : Effect.die(error)
  })
)

Effect.runPromise(program)
