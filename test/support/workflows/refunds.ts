/**
 * A process that works on refunds, over a cluster's engine whose state is in a database.
 *
 *     node refunds.ts DATABASE COLLECTOR ask    asks whether to refund, prints the token, and waits
 *     node refunds.ts DATABASE COLLECTOR TOKEN  says yes, and prints the result
 */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { Effect, Layer, Schema } from "effect"
import { ClusterWorkflowEngine, SingleRunner } from "effect/cluster"
import { Activity, DurableDeferred, Workflow } from "effect/workflow"
import { AgentOps, Exporter, traceLlmWith, traceTool } from "../../../src/index.ts"
import * as WorkflowTracing from "../../../src/integrations/workflow/WorkflowTracing.ts"
import * as Sqlite from "./sqlite.ts"

const [database, collector, what] = process.argv.slice(2)

const Approval = DurableDeferred.make("approval", { success: Schema.Boolean })

const Refund = Workflow.make("Refund", {
  payload: { order: Schema.String },
  success: Schema.String,
  idempotencyKey: ({ order }) => order
})

let reached = (_: string) => {}
const waiting = new Promise<string>((resolve) => reached = resolve)

const RefundLive = Refund.toLayer(() =>
  Effect.gen(function*() {
    yield* Activity.make({
      name: "ask",
      success: Schema.String,
      execute: Effect.succeed("refund?").pipe(
        traceLlmWith({ model: "m", cost: 0.01, usage: { inputTokens: 5, outputTokens: 2 } })
      )
    })
    const token = yield* DurableDeferred.token(Approval)
    reached(token)
    yield* DurableDeferred.await(Approval)
    return yield* Activity.make({
      name: "pay",
      success: Schema.String,
      execute: Effect.succeed("paid").pipe(traceTool("pay"))
    })
  })
)

const Live = RefundLive.pipe(
  Layer.provideMerge(WorkflowTracing.layer(ClusterWorkflowEngine.layer)),
  Layer.provide(SingleRunner.layer({ runnerStorage: "memory" })),
  Layer.provide([Sqlite.layer(database!), NodeCrypto.layerDigest]),
  Layer.provideMerge(Exporter.otlp({ url: collector!, protocol: "json", exportInterval: "10 millis" })),
  Layer.provideMerge(AgentOps.layer({ serviceName: "refunds" }))
)

const program = Effect.gen(function*() {
  if (what === "ask") {
    yield* Refund.execute({ order: "7" }, { discard: true })
    const token = yield* Effect.promise(() => waiting)
    yield* AgentOps.flush()
    console.log(token)
    return yield* Effect.never
  }
  yield* DurableDeferred.succeed(Approval, { token: what as DurableDeferred.Token, value: true })
  console.log(yield* Refund.execute({ order: "7" }))
})

await Effect.runPromise(Effect.provide(program, Live))
process.exit(0)
