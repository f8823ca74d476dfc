// Tests of an agent: the model is scripted, and the tests check the trace. They work in any test runner.
// Run: npm run example -- examples/agentTest.ts
import { Console, Effect, Schema } from "effect"
import { Session, traceAgent } from "effect-agentops"
import * as Ai from "effect-agentops/ai"
import { Expectation, ScriptedModel, TestTracing, Trajectory } from "effect-agentops/testing"
import { Chat, Tool, Toolkit } from "effect/ai"

const toolkit = Toolkit.make(
  Tool.make("find_order", { parameters: Schema.Struct({ id: Schema.String }), success: Schema.String })
)
const ToolsLive = toolkit.toLayer({ find_order: ({ id }) => Effect.succeed(`order ${id} has left our house`) })

/** The agent under test: it asks a model, runs the tools that the model calls, and answers. */
const support = Effect.fnUntraced(function*(prompt: string) {
  const chat = yield* Chat.empty
  let response = yield* chat.generateText({ prompt, toolkit })
  while (response.toolCalls.length > 0) response = yield* chat.generateText({ prompt: [], toolkit })
  return response.text
}, traceAgent("support"))

const ModelLive = ScriptedModel.layer([
  { toolCalls: [{ name: "find_order", arguments: { id: "A-17" } }] },
  { text: "Your order A-17 has left our house." }
])

const spans = await Effect.runPromise(TestTracing.spansOf(
  support("Where is my order A-17?").pipe(
    Session.withSession({ name: "support" }),
    Effect.provide(Ai.layer),
    Effect.provide([ModelLive, ToolsLive])
  )
))

Expectation.assert(spans, Expectation.session("support", { endState: "Success" }))
Trajectory.assert(spans, [
  Trajectory.toolsInOrder(["find_order"]),
  Trajectory.atMostModelCalls(2),
  Trajectory.answeredFrom("find_order")
])
await Effect.runPromise(Console.log("the agent did as it should"))
