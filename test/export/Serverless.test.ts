import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Serverless from "../../src/export/Serverless.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { withLog } from "../support/delivery/withLog.ts"
import { arrived, server } from "../support/otlp/server.ts"

const live = (url: string) =>
  Exporter.otlp({ url, exportInterval: "1 hour", shutdownTimeout: "10 millis" }).pipe(
    Layer.provideMerge(AgentOps.layer({ serviceName: "function" }))
  )

describe("Serverless.handler", () => {
  it.live("serverless-cold-start: the spans of the first call have arrived when it answers", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      for (let i = 1; i <= 20; i++) {
        const handler = Serverless.handler(
          live(collector.url),
          (n: number) => Effect.succeed(n * 2).pipe(traceTool("double"))
        )
        assert.strictEqual(yield* Effect.promise(() => handler(i)), i * 2)
        assert.strictEqual(arrived(collector).length, i * 2)
      }
    }))

  it.live("so have those of the calls after it, from one layer", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      let built = 0
      const counting = Layer.provideMerge(Layer.effectDiscard(Effect.sync(() => built++)), live(collector.url))
      const handler = Serverless.handler(counting, () => Effect.void.pipe(traceTool("work")))
      yield* Effect.promise(() => Promise.all([handler(), handler(), handler()]))
      assert.strictEqual(arrived(collector).length, 6)
      yield* Effect.promise(() => handler())
      assert.strictEqual(arrived(collector).length, 8)
      assert.strictEqual(built, 1)
    }))

  it.live("and those of a call that fails, which fails as it would", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const handler = Serverless.handler(live(collector.url), () =>
        Effect.fail(new Error("out of stock")).pipe(traceTool("order")))
      const error = yield* Effect.flip(Effect.tryPromise({
        try: () =>
          handler(),
        catch: (error) => error as Error
      }))
      assert.strictEqual(error.message, "out of stock")
      assert.strictEqual(arrived(collector).length, 2)
    }))

  it.live("a backend that is down holds up the answer for the given time only", () =>
    withLog(() =>
      Effect.gen(function*() {
        const collector = yield* server(() => "hang")
        const handler = Serverless.handler(
          live(collector.url),
          () => Effect.succeed("answer").pipe(traceTool("work")),
          { flushTimeout: "50 millis" }
        )
        assert.strictEqual(yield* Effect.promise(() => handler()), "answer")
      })
    ))
})
