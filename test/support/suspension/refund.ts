/** A process that does one part of a refund, according to its arguments: it asks, or it continues after the answer. */
import { Effect, Layer, pipe } from "effect"
import { AgentOps, Budget, Exporter, Session, traceLlmWith, traceTool } from "effect-agentops"

const [part, file, token] = process.argv.slice(2)

const think = pipe(
  Effect.sleep("20 millis"),
  traceLlmWith({ model: "m", cost: 0.04, usage: { inputTokens: 100, outputTokens: 20 } }),
  Budget.within
)
const budget = { limit: 0.1, onExceeded: "fail" } as const
const key = "a secret of thirty-two characters"

const parts: Record<string, Effect.Effect<unknown, unknown>> = {
  ask: pipe(
    Effect.all([think, pipe(Effect.void, traceTool("send"))]),
    Effect.andThen(Session.suspend({ key })),
    Session.withSession({ name: "refund", budget, conversation: "c-1", tags: ["vip"], input: "give me my money" })
  ),
  answer: pipe(
    Effect.all([think, Effect.exit(think), Effect.exit(think)]),
    Effect.map(([, ...exits]) => exits.map(({ _tag }) => _tag)),
    Session.resume(token!, { key, budget, onEnd: (summary) => Effect.sync(() => ended = summary) })
  )
}

let ended: Session.Summary | undefined
const value = await Effect.runPromise(
  parts[part!]!.pipe(
    Effect.provide(Exporter.file({ path: file! }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: part! }))))
  )
)
process.stdout.write(`\n${JSON.stringify({ value, ended })}`)
