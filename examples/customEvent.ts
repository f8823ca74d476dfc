// An event kind of your own, defined like the library's kinds: typed fields, a span and a combinator.
// Run: npm run example -- examples/customEvent.ts
import { Console, Effect, Layer, pipe, Schema } from "effect"
import { AgentOps, Event, Exporter, Field, Session } from "effect-agentops"

/** The agent looked something up in its knowledge base. */
const Retrieval = Event.define("example.retrieval", {
  span: "agent.retrieval",
  attempt: "retrieval.query",
  fields: {
    index: Field.attribute("example.retrieval.index", Schema.String),
    hits: Field.attribute("example.retrieval.hits", Schema.Int),
    // A user's query is content, which exporters leave out by default.
    query: Field.attribute("example.retrieval.query", Schema.String, { content: true })
  },
  nameField: "index"
})

const articles = ["How to change a flight", "How to cancel a flight", "Bags"]

const retrieve = (query: string) =>
  pipe(
    Effect.sync(() => articles.filter((article) => article.includes(query))),
    Effect.delay("5 millis"),
    Retrieval.trace("help-centre", { query, hits: (found) => found.length })
  )

const program = Effect.gen(function*() {
  yield* retrieve("flight").pipe(Session.withSession({ name: "custom-event" }))
  const memory = yield* Exporter.Memory
  const span = (yield* memory.spans).find((span) => span.name === "agent.retrieval")!
  yield* AgentOps.flush()
  yield* Console.log("\nattributes:", span.attributes)
  // The attributes of a span can be decoded into the typed event again.
  const { hits, index, query } = Retrieval.fromAttributes(span.attributes)
  yield* Console.log(`read back: ${hits} hits for "${query}" in ${index}`)
})

const TracingLive = Layer.mergeAll(Exporter.console({ show: "tree" }), Exporter.memory()).pipe(
  Layer.provideMerge(AgentOps.layer({ serviceName: "custom-event" }))
)

await Effect.runPromise(Effect.provide(program, TracingLive))
