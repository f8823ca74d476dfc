/** The main example is recorded against its server, and replayed with the server stopped. */
import { assert, describe, it } from "@effect/vitest"
import { Console, Effect, Exit, Layer, Option, Redacted } from "effect"
import * as Agent from "../../examples/airline/agent.ts"
import { Airline } from "../../examples/airline/airline.ts"
import { Model } from "../../examples/airline/model.ts"
import * as Server from "../../examples/airline/server.ts"
import { session } from "../../examples/airline/session.ts"
import { Replay } from "../../src/replay/index.ts"
import { Expectation, SpanTree, TestTracing, Trajectory } from "../../src/testing/index.ts"

const quiet = Layer.succeed(Console.Console, { ...globalThis.console, log: () => {} })

const at = (baseUrl: string) => Model.layer({ baseUrl, apiKey: Redacted.make("no-key"), model: "airline-script" })

const recorded = Effect.scoped(Effect.gen(function*() {
  const url = yield* Server.start
  const { exit, spans } = yield* TestTracing.run(session.pipe(Effect.provide([at(url), Airline.layer, quiet])))
  assert.isTrue(Exit.isSuccess(exit))
  return { spans, url }
}))

describe("the airline's agent", () => {
  it.live("looks before it changes, and answers with the charged amount", () =>
    Effect.gen(function*() {
      const { spans } = yield* recorded
      Trajectory.assert(spans, [
        Trajectory.toolsInOrder(["get_user_details", "search_flights", "update_reservation_flight"]),
        Trajectory.never("cancel_reservation"),
        Trajectory.atMostModelCalls(8),
        Trajectory.noErrorsExcept("ReservationNotFound"),
        Trajectory.answeredFrom("update_reservation_flight")
      ])
      Expectation.assert(
        spans,
        Expectation.session("airline-support", { endState: "Success", tags: ["example"] }, {
          children: [Expectation.agent("support"), Expectation.action("check_outcome")]
        })
      )
    }))

  for (const answers of [["model"], ["model", "tool"]] as const) {
    it.live(`is the same with the server stopped, and makes no request: answers of ${answers.join(" and ")}`, () =>
      Effect.gen(function*() {
        const { spans, url } = yield* recorded
        const again = yield* TestTracing.run(
          Effect.gen(function*() {
            yield* session
            const replay = yield* Replay.Replay
            yield* replay.verify
          }).pipe(Effect.provide(Replay.layer(spans, { answers })), Effect.provide([at(url), Airline.layer, quiet]))
        )
        assert.deepStrictEqual(again.exit, Exit.void)
        const trees = SpanTree.make(spans)
        // Without running the tools, the airline's records stay unchanged, and the program reads those records.
        if (answers.length === 1) {
          Expectation.assert(again.spans, Expectation.exactly(Expectation.inOrder(...trees.map(Expectation.of))))
        } else assert.deepStrictEqual(SpanTree.names(SpanTree.make(again.spans)), SpanTree.names(trees))
      }))
  }

  it.live("differs if the question changes, and the difference is named", () =>
    Effect.gen(function*() {
      const { spans, url } = yield* recorded
      const { exit } = yield* TestTracing.run(
        Effect.gen(function*() {
          yield* Effect.exit(Agent.run("Please cancel my reservation QK7M2T."))
          return yield* Effect.flatMap(Replay.Replay, (replay) => replay.difference)
        }).pipe(Effect.provide(Replay.layer(spans)), Effect.provide([at(url), Airline.layer]))
      )
      const difference = Exit.isSuccess(exit) ? Option.getOrUndefined(exit.value) : undefined
      assert.match(difference!.message, /^The first difference, at call 1 \(model airline-script\): inputMessages\[1\]/)
      assert.match(difference!.message, /recorded: Hello, this is Mira[^]*asked: {4}Please cancel my reservation/)
    }))
})
