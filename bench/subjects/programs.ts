/**
 * The workload as an Effect program: without tracing, with `Effect.withSpan`, and with the library's combinators.
 */
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type { Subject } from "../workload.ts"
import {
  actionAttributes,
  attemptAttributes,
  attemptResponse,
  callModel,
  request,
  requestAttributes,
  responseAttributes,
  search,
  STEPS,
  toolAttributes,
  toolResult,
  Totals
} from "../workload.ts"

/** One session, and one call without work, with some way of tracing. */
export interface Program {
  readonly session: (number: number) => Effect.Effect<number>
  readonly call: (() => Effect.Effect<void>) | undefined
  /** A model call with the prompt. */
  readonly ask?: ((prompt: string) => Effect.Effect<void>) | undefined
}

export const untraced: Program = {
  session: (number) => {
    const step = (step: number) =>
      Effect.gen(function*() {
        const asked = request(number, step)
        const response = yield* Effect.sync(() => callModel(asked))
        return yield* Effect.sync(() => search(response.outputTokens))
      })
    return Effect.gen(function*() {
      let found = 0
      for (let i = 0; i < STEPS; i++) found += yield* step(i)
      return found
    })
  },
  call: undefined
}

export const withSpans: Program = {
  session: (number) => {
    const totals = new Totals(number)
    const step = (step: number) =>
      pipe(
        Effect.gen(function*() {
          const asked = request(number, step)
          const response = yield* pipe(
            Effect.sync(() => callModel(asked)),
            Effect.tap((response) => Effect.annotateCurrentSpan(attemptResponse(response))),
            Effect.withSpan("llm.api.call", { kind: "client", attributes: attemptAttributes(totals.id, asked) }),
            Effect.tap((response) => Effect.annotateCurrentSpan(responseAttributes(response))),
            Effect.withSpan("llm.completion", { kind: "client", attributes: requestAttributes(totals.id, asked) })
          )
          totals.called(asked, response)
          totals.tools++
          return yield* pipe(
            Effect.sync(() => search(response.outputTokens)),
            Effect.tap((hits) => Effect.annotateCurrentSpan(toolResult(hits))),
            Effect.withSpan("agent.tool", { attributes: toolAttributes(totals.id, response.outputTokens) })
          )
        }),
        Effect.withSpan("agent.action", { attributes: actionAttributes(totals.id, step) })
      )
    return pipe(
      Effect.gen(function*() {
        let found = 0
        for (let i = 0; i < STEPS; i++) found += yield* step(i)
        yield* Effect.annotateCurrentSpan(totals.attributes())
        return found
      }),
      Effect.withSpan("session", { root: true })
    )
  },
  call: () => pipe(Effect.void, Effect.withSpan("agent.tool", { attributes: { "gen_ai.tool.name": "noop" } }))
}

/** Runs a program with a layer. */
export const subject = (program: Program, layer: Layer.Layer<never, unknown>): Subject => {
  const runtime = ManagedRuntime.make(layer)
  const { ask, call } = program
  return {
    run: (sessions) =>
      runtime.runPromise(Effect.gen(function*() {
        for (let i = 0; i < sessions; i++) yield* program.session(i)
      })),
    calls: call === undefined ? undefined : (count) =>
      runtime.runPromise(Effect.gen(function*() {
        const times = new Float64Array(count)
        for (let i = 0; i < count; i++) {
          const start = performance.now()
          yield* call()
          times[i] = (performance.now() - start) * 1000
          // The SDK's program yields as often. Neither measures it.
          if (i % 64 === 63) yield* Effect.yieldNow
        }
        return times
      })),
    prompts: ask === undefined ? undefined : (prompts) =>
      runtime.runPromise(Effect.gen(function*() {
        const times = new Float64Array(prompts.length)
        for (let i = 0; i < prompts.length; i++) {
          const start = performance.now()
          yield* ask(prompts[i]!)
          times[i] = (performance.now() - start) * 1000
          // Lets the exporter encode and send.
          yield* Effect.sleep(5)
        }
        return times
      })),
    close: () => runtime.dispose()
  }
}
